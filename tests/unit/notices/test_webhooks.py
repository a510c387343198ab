"""Webhooks: signed so that the reference library believes them, only to public addresses, and never without end."""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import time
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core import mail
from standardwebhooks import Webhook, WebhookVerificationError

from small_world import PLATFORM, instant, member, organisation
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.notices import calling, calls, outbox, tasks
from testamur.notices.actions import endpoints as actions
from testamur.notices.calling import Answer, call, check_url, public
from testamur.notices.models import Change, Endpoint, Message, Secret
from testamur.parties.actions import open_account
from told_world import deliver, source

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
URL = "https://hooks.example.org/in?from=testamur"
GOOD = Answer(200, "", "", 5)


def row(key: str, **more):
    return {"key": key, "effective_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1), **more}


@pytest.fixture
def issuer(db):
    return organisation("Issuer")


@pytest.fixture
def owner(issuer):
    one = member(issuer, "administration")
    open_account(person=one.person, email="owner@sample.example", by=PLATFORM, at=instant(MARCH), verified=True)
    return one


@pytest.fixture
def add(owner):
    def act(url: str = URL, about: str = "everything", **more):
        return actions.add(url=url, about=about, by=more.pop("by", owner), at=clock.now(), **more)

    return act


@pytest.fixture
def made(monkeypatch):
    """Calls that were made; what is answered is the last one's ``answer``."""
    found, answer = [], [GOOD]

    def make(one):
        found.append(one)
        return answer[0]

    monkeypatch.setattr(calls, "made", make)
    return found, answer


# ------------------------------------------------------------ what is told, and to whom


def test_a_call_is_believed_by_the_reference_library_and_by_no_other_secret(add, issuer, made):
    endpoint, secret = add()
    tasks.tell()
    deliver(source(issuer), issuer, MARCH, [row("A"), row("B")])
    tasks.tell(), tasks.send()

    (one,) = made[0]
    told = Webhook(secret).verify(one.body, one.headers)
    assert told["type"] == "register.changed" and [line["number"] for line in told["data"]["changes"]] == ["A", "B"]
    assert {line["kind"] for line in told["data"]["changes"]} == {"appeared"}
    assert one.url == URL and one.headers["webhook-id"] == f"msg_{endpoint.messages.get().public_id}"
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 43 + "=").verify(one.body, one.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(one.body.replace(b"appeared", b"withdrawn"), one.headers)


def test_the_secret_is_shown_once_and_kept_sealed(add):
    endpoint, secret = add()

    assert secret.startswith("whsec_") and len(secret) == 6 + 44
    kept = bytes(Secret.objects.get().sealed)
    assert secret.encode() not in kept and len(kept) == 12 + 32 + 16
    assert secret not in json.dumps(list(Event.objects.values_list("payload", flat=True)))
    assert URL not in json.dumps(list(Event.objects.values_list("payload", flat=True)))
    assert endpoint.secrets.count() == 1


def test_while_a_secret_takes_over_both_sign_and_afterwards_the_new_one_alone(add, owner, made, monkeypatch):
    endpoint, old = add()
    new = actions.rotate(endpoint=endpoint, by=owner, at=clock.now())
    actions.test(endpoint=endpoint, by=owner, at=clock.now())
    tasks.send()
    (one,) = made[0]
    assert Webhook(old).verify(one.body, one.headers) == Webhook(new).verify(one.body, one.headers)

    real = clock.real_now
    monkeypatch.setattr(clock, "real_now", lambda: real() + timedelta(hours=actions.OVERLAP, minutes=1))
    message = Message.objects.get()
    later = calls.prepared(message)
    assert later.headers["webhook-signature"].count("v1,") == 1
    actions.rotate(endpoint=endpoint, by=owner, at=clock.now())
    assert endpoint.secrets.count() == 2  # the first one is destroyed


@pytest.mark.parametrize(
    ("about", "key", "kinds", "wanted"),
    [
        ("everything", "", (), ["A", "B", "X", "A"]),
        ("everything", "", ("suspended",), ["A"]),
        ("issued", "", (), ["A", "B", "A"]),
        ("held", "", (), []),
        ("body", "other", (), ["X"]),
        ("scheme", "sample", ("appeared",), ["A", "B", "X"]),
        ("standard", "ISO 9001:2015", (), ["X"]),
    ],
)
def test_an_endpoint_hears_what_it_chose(add, issuer, made, about, key, kinds, wanted):
    from testamur.register.models import Current

    other = organisation("Other")
    first = source(other, "zero")
    deliver(first, other, date(2026, 2, 1), [row("S")])
    Current.objects.update(standards="ISO 9001:2015")
    tasks.tell()
    add(about=about, key=other.public_id if key == "other" else key, kinds=kinds)
    mirror = source(issuer)
    deliver(mirror, issuer, MARCH, [row("A"), row("B")])
    deliver(source(other, "two"), other, MARCH, [row("X")])
    Current.objects.filter(attestation__origin_key="X").update(standards="ISO 9001:2015")
    deliver(mirror, issuer, APRIL, [row("A", status=Status.SUSPENDED), row("B")])

    tasks.tell(), tasks.send()

    assert [line["number"] for one in made[0] for line in json.loads(one.body)["data"]["changes"]] == wanted


def test_a_delivery_of_many_changes_is_few_calls_each_change_in_one(add, issuer, made, monkeypatch):
    add()
    tasks.tell()
    deliver(source(issuer), issuer, MARCH, [row(f"K{number:03}") for number in range(250)])
    monkeypatch.setattr("testamur.notices.notifying.TOGETHER", 1)
    monkeypatch.setattr("testamur.notices.notifying.BATCH", 110)

    tasks.tell(), tasks.send()

    told = [line["id"] for one in made[0] for line in json.loads(one.body)["data"]["changes"]]
    assert sorted(told) == sorted(Change.objects.values_list("pk", flat=True)) and len(told) == len(set(told)) == 250
    assert len(made[0]) == 5  # 100 + 10, 100 + 10, 30
    assert max(len(one.body) for one in made[0]) < 64 * 1024


# ------------------------------------------------------------ failing


def test_an_endpoint_that_fails_for_long_is_switched_off_and_its_administrators_are_told(add, owner, made, monkeypatch):
    endpoint, _secret = add()
    made[1][0] = Answer(500, "HTTP 500", "oops", 9)
    actions.test(endpoint=endpoint, by=owner, at=clock.now())
    tasks.send()
    Endpoint.objects.update(failing_since=clock.real_now() - calls.FAILING)
    Message.objects.update(due_at=clock.real_now())

    tasks.send(), tasks.send()

    endpoint.refresh_from_db()
    assert (endpoint.disabled_for, endpoint.lives) == ("failing", False)
    (letter,) = mail.outbox
    assert letter.to == ["owner@sample.example"] and URL in letter.body and "five days" in letter.body
    Message.objects.update(due_at=clock.real_now())
    assert tasks.send() == 0  # what waits goes nowhere while it is off
    assert Event.objects.filter(kind="notices.endpoint_disabled", by_rule="notices.failing").count() == 1

    actions.switch_on(endpoint=endpoint, by=owner, at=clock.now())
    made[1][0] = GOOD
    assert tasks.send() == 1


def test_an_endpoint_that_is_gone_is_switched_off_at_once(add, owner, made):
    endpoint, _secret = add()
    made[1][0] = Answer(410, "HTTP 410", "", 9)
    actions.test(endpoint=endpoint, by=owner, at=clock.now())
    tasks.send()

    endpoint.refresh_from_db()
    assert endpoint.disabled_for == "gone" and Message.objects.get(endpoint=endpoint).state == "dead"


def test_dead_letters_are_sent_again_one_or_all_since_under_their_ids(add, owner, made):
    endpoint, _secret = add()
    for number in range(3):
        outbox.put(calls.CHANGED, f"m{number}", {"type": "x", "data": {}}, endpoint=endpoint)
    old, dead, sent = Message.objects.order_by("pk")
    Message.objects.exclude(pk=sent.pk).update(state="dead", attempted=10)
    Message.objects.filter(pk=sent.pk).update(state="sent")
    Message.objects.filter(pk=old.pk).update(made_at=clock.real_now() - timedelta(days=9))

    assert actions.replay(endpoint=endpoint, since=clock.real_now() - timedelta(days=2), by=owner, at=clock.now()) == 1
    tasks.send()
    assert [one.headers["webhook-id"] for one in made[0]] == [f"msg_{dead.public_id}"]
    assert actions.replay(endpoint=endpoint, message=sent, by=owner, at=clock.now()) == 1
    assert actions.replay(endpoint=endpoint, by=owner, at=clock.now()) == 2  # the old one, and the one that waits
    tasks.send()
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"} and len(made[0]) == 3


def test_only_who_administers_the_organisation_may_act(add, issuer, owner):
    endpoint, _secret = add()
    clerk, stranger = member(issuer, "records"), member(organisation("Stranger"), "administration")

    for one in (clerk, stranger):
        for act in (actions.rotate, actions.test, actions.remove, actions.replay, actions.switch_off):
            with pytest.raises(Refused):
                act(endpoint=endpoint, by=one, at=clock.now())
    with pytest.raises(Refused):
        add(by=clerk)
    actions.remove(endpoint=endpoint, by=owner, at=clock.now())
    assert not Secret.objects.exists()
    with pytest.raises(Refused, match="removed"):
        actions.test(endpoint=endpoint, by=owner, at=clock.now())


# ------------------------------------------------------------ what is never called


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "http://example.org/", "ftp://example.org/", "https://", "https://user:secret@example.org/",
        "https://localhost/", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.1/", "https://169.254.169.254/latest",
        "https://[::ffff:127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://0.0.0.0/", "https://printer.local/",
        "https://example.org:0/", "https://example.org:99999/", "https://[bad/", "https://example.org/#part",
        "https://224.0.0.1/", "https://100.64.0.1/", "https://[fd00::1]/", "https://[2002:7f00:1::]/",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused_in_words(url):
    with pytest.raises(Refused) as refused:
        check_url(url)

    assert refused.value.field == "url" and refused.value.sentence()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "::1", "fe80::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"]
)
def test_a_name_that_leads_to_a_private_address_is_not_called(monkeypatch, address):
    def resolve(host, port, **_more):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port)),
            (family, socket.SOCK_STREAM, 6, "", (address, port)),
        ]

    monkeypatch.setattr(calling.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(calling.socket, "create_connection", lambda *_args, **_more: pytest.fail("it was called"))

    found = call("https://inside.example.org/", b"{}", {})

    assert found.code is None and "no public address" in found.problem
    assert not public(ipaddress.ip_address(address)) and public(ipaddress.ip_address("93.184.216.34"))


class Site(BaseHTTPRequestHandler):
    """Answers as its path says; what it was sent is kept on the server."""

    def do_POST(self) -> None:
        read = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), read))  # type: ignore[attr-defined]
        if self.path == "/drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _byte in range(100):
                self.wfile.write(b"X")
                time.sleep(0.05)
            return
        if self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(b"x" * 65536)
        if self.path == "/silent":
            time.sleep(3)
            return
        self.send_response({"/elsewhere": 302, "/busy": 503}.get(self.path, 204 if self.path == "/none" else 200))
        self.send_header("Location", "/landed")
        self.end_headers()
        if self.path != "/none":
            self.wfile.write(b"heard \0 you")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads, server.got = True, []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def at(site, path: str, **more) -> Answer:
    return call(f"http://127.0.0.1:{site.server_port}{path}", b'{"a":1}', {"webhook-id": "m"}, private=True, **more)


def test_what_is_sent_arrives_as_it_is_and_the_answer_is_kept_short(site):
    found = at(site, "/in?x=1")

    path, headers, body = site.got[0]
    assert (path, body, headers["webhook-id"]) == ("/in?x=1", b'{"a":1}', "m")
    assert (found.code, found.problem, found.text) == (200, "", "heard  you")
    assert at(site, "/none").code == 204 and at(site, "/busy").problem == "HTTP 503"


def test_no_redirect_is_followed(site):
    found = at(site, "/elsewhere")

    assert (found.code, found.problem) == (302, "HTTP 302") and [one[0] for one in site.got] == ["/elsewhere"]


def test_an_answer_without_end_is_read_only_so_far(site):
    found = at(site, "/endless")

    assert found.code == 200 and len(found.text) == calling.KEPT


@pytest.mark.parametrize("path", ["/drip", "/silent"])
def test_who_drips_or_says_nothing_is_cut_off_in_time(site, monkeypatch, path):
    monkeypatch.setattr(calling, "WHOLE", 0.5)
    began = time.monotonic()

    found = at(site, path)

    assert found.code is None and found.problem == "no answer in time" and time.monotonic() - began < 1.5


def test_this_machine_is_called_only_where_the_setting_says_so(site):
    found = call(f"http://127.0.0.1:{site.server_port}/in", b"{}", {})

    assert found.code is None and site.got == []
