"""Watching by mail: asked twice, told once, ended by one click, and nothing kept of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail

from small_world import PLATFORM, instant, member, organisation
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.notices import links, subjects, tasks
from testamur.notices.actions import watches as actions
from testamur.notices.models import Message, Watch, Watcher
from testamur.parties.actions import open_account
from testamur.register.models import Current
from told_world import deliver, record, source

pytestmark = pytest.mark.django_db
MARCH, APRIL, MAY = (date(2026, month, 1) for month in (3, 4, 5))


def row(key: str, **more):
    return {"key": key, "effective_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1), **more}


@pytest.fixture
def issuer():
    return organisation("Issuer")


@pytest.fixture
def mirror(issuer):
    mirror = source(issuer)
    deliver(mirror, issuer, MARCH, [row("A"), row("B")])
    tasks.tell()
    return mirror


def asked(subject, address="li@sample.example", pace="at_once", language="en"):
    actions.ask(address=address, subject=subject, pace=pace, language=language)
    return Watch.objects.filter(watcher__address=address.strip().lower()).last()


def confirmed(subject, **more):
    watch = asked(subject, **more)
    token = links.confirm(watch.public_id).rsplit("/", 1)[1]
    return actions.confirm(token=token)


def letters() -> list:
    mail.outbox.clear()
    tasks.send()
    return list(mail.outbox)


def certificate(mirror, key="A"):
    return subjects.find("certificate", record(mirror, key).public_id)


def test_a_watch_begins_only_when_its_letter_is_answered(mirror, issuer):
    watch = asked(certificate(mirror))
    (letter,) = letters()
    token = re.search(r"/watch/confirm/(\S+)", letter.body)[1]
    deliver(mirror, issuer, APRIL, [row("A", status=Status.SUSPENDED), row("B")])
    tasks.tell()
    assert letters() == []

    actions.confirm(token=token)
    deliver(mirror, issuer, MAY, [row("A"), row("B")])
    tasks.tell()

    (letter,) = letters()
    assert letter.subject == f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}A: Restored"  # nothing from before it began
    assert Watch.objects.get() == watch


def test_letters_speak_the_watchers_language_in_two_forms_without_anything_that_counts(mirror, issuer):
    confirmed(certificate(mirror), language="zh-hans")
    letters()
    deliver(mirror, issuer, APRIL, [row("A", status=Status.SUSPENDED), row("B")])
    tasks.tell()

    (letter,) = letters()

    html = letter.alternatives[0][0]
    assert "暂停" in letter.subject and "暂停" in letter.body and "暂停" in html and 'lang="zh-Hans"' in html
    assert "<img" not in html and "style" not in html and "http-equiv" not in html
    for address in re.findall(r"https?://[^\s\"<>]+", html + letter.body):
        assert address.startswith(settings.ORIGIN) and "?" not in address, address


def test_every_letter_can_be_answered_with_one_click(client, mirror, issuer):
    watch = confirmed(certificate(mirror))
    letters()
    deliver(mirror, issuer, APRIL, [row("A", status=Status.WITHDRAWN), row("B")])
    tasks.tell()
    (letter,) = letters()
    address = letter.extra_headers["List-Unsubscribe"].strip("<>")
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in letter.body

    shown = client.get(address)
    assert Watch.objects.filter(pk=watch.pk).exists() and b"<button" in shown.content  # looking ends nothing
    strict = type(client)(enforce_csrf_checks=True)
    assert strict.post(address, "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded").status_code == 200

    assert not Watcher.objects.exists() and not Message.objects.exists()  # the address went with its last watch
    assert client.get(address).status_code == 200 and strict.post(address).status_code == 200


def test_a_body_a_standard_and_a_search_are_watched_too(mirror, issuer):
    deliver(mirror, issuer, APRIL, [row("A"), row("B"), row("C")])
    Current.objects.filter(attestation__origin_key="C").update(standards="ISO 9001:2015", region="CN-SH")
    tasks.tell()
    for kind, key in (("body", issuer.public_id), ("standard", "ISO 9001:2015"), ("search", "region=CN-SH")):
        confirmed(subjects.find(kind, key), address=f"{kind}@sample.example")
    letters()

    deliver(mirror, issuer, MAY, [row("A", status=Status.SUSPENDED), row("B"), row("C", number="C-2")])
    tasks.tell()

    sent = {one.to[0]: one.body for one in letters()}
    assert set(sent) == {"body@sample.example", "standard@sample.example", "search@sample.example"}
    assert "A: Suspended" in sent["body@sample.example"] and "C-2" in sent["body@sample.example"]
    for kind in ("standard", "search"):
        assert "C-2: Details changed" in sent[f"{kind}@sample.example"] and "A:" not in sent[f"{kind}@sample.example"]


def test_one_delivery_is_one_letter_however_much_it_changes(mirror, issuer):
    confirmed(subjects.find("body", issuer.public_id))
    letters()
    deliver(mirror, issuer, APRIL, [row(f"K{number:03}") for number in range(120)], whole=False)
    tasks.tell()

    (letter,) = letters()

    assert letter.body.count("Entered in the register") == 50 and "newest 50" in letter.body
    tasks.tell()
    assert letters() == []


def test_a_digest_gathers_a_day_and_says_nothing_where_nothing_happened(mirror, issuer, monkeypatch):
    watch = confirmed(certificate(mirror), pace="daily")
    letters()
    deliver(mirror, issuer, APRIL, [row("A", status=Status.SUSPENDED), row("B")])
    deliver(mirror, issuer, MAY, [row("A"), row("B")])
    tasks.tell(), tasks.daily()
    assert letters() == []
    Watch.objects.update(confirmed_at=clock.now() - timedelta(days=1, minutes=1))

    tasks.daily()
    (letter,) = letters()
    assert letter.body.index("Suspended") < letter.body.index("Restored")

    Watch.objects.update(told_at=clock.now() - timedelta(days=2))
    tasks.daily()
    assert letters() == []
    watch.refresh_from_db()
    assert watch.told_at > clock.now() - timedelta(minutes=1)


def test_who_asks_again_is_told_by_letter_only_and_at_most_so_often(mirror):
    subject = certificate(mirror)
    confirmed(subject)
    letters()
    for _again in range(8):
        actions.ask(address="LI@sample.example ", subject=subject, pace="daily", language="en")

    sent = letters()

    assert len(sent) == actions.LETTERS_A_DAY - 1 and all("already" in one.body for one in sent)
    assert Watch.objects.get().pace == "at_once"  # a stranger alters nothing


@pytest.mark.parametrize(
    "address", ["", "li", "li@", "a@b.c\nBcc: x@y.example", "x" * 300 + "@sample.example", "<li@s.example>"]
)
def test_what_is_no_address_gets_no_letter(mirror, address):
    with pytest.raises(Refused, match="no e-mail address"):
        asked(certificate(mirror), address=address)

    assert not Watcher.objects.exists() and not Message.objects.exists()


def test_a_link_that_asks_ends_and_what_was_never_confirmed_is_forgotten(mirror, monkeypatch):
    watch = asked(certificate(mirror))
    token = links.confirm(watch.public_id).rsplit("/", 1)[1]
    monkeypatch.setattr(links, "TO_CONFIRM", -1)
    with pytest.raises(Refused, match="too old"):
        actions.confirm(token=token)
    monkeypatch.undo()
    for wrong in ("", "x", token[:-1], links.stop(watch.public_id).rsplit("/", 1)[1]):
        with pytest.raises(Refused):
            actions.confirm(token=wrong)
    Watch.objects.update(made_at=clock.now() - timedelta(hours=49))
    Watcher.objects.update(made_at=clock.now() - timedelta(hours=49))

    tasks.daily()

    assert not Watcher.objects.exists() and not Message.objects.exists()


def test_what_is_not_public_cannot_be_watched(mirror):
    Current.objects.filter(attestation=record(mirror, "A")).update(personal=True)

    assert certificate(mirror, "A") is None and certificate(mirror, "B") is not None
    for kind, key in (
        ("certificate", "x"),
        ("body", "NOBODY"),
        ("standard", "none"),
        ("search", ""),
        ("x", "y"),
        ("search", "x=%00"),
    ):
        assert subjects.find(kind, key) is None, (kind, key)


def test_a_member_watches_with_a_verified_address_and_no_letter_asks(mirror, issuer):
    one = member(issuer, "administration")
    account = open_account(
        person=one.person, email="wang@sample.example", by=PLATFORM, at=instant(MARCH), verified=True
    )
    actions.watch_as(account=account, subject=certificate(mirror), pace="at_once")
    deliver(mirror, issuer, APRIL, [row("A", status=Status.SUSPENDED), row("B")])
    tasks.tell()

    assert [letter.to for letter in letters()] == [["wang@sample.example"]]
    EmailAddress.objects.update(verified=False)
    with pytest.raises(Refused, match="Verify"):
        actions.watch_as(account=account, subject=certificate(mirror, "B"), pace="at_once")


# ------------------------------------------------------------ pages


def test_the_public_page_answers_alike_whether_the_address_is_known_or_not(client, mirror):
    subject = certificate(mirror)
    form = {"kind": subject.kind, "key": subject.key, "pace": "daily", "address": "li@sample.example"}
    shown = client.get("/watch", {"kind": subject.kind, "key": subject.key})
    assert subject.names["en"] in shown.content.decode() and 'name="address"' in shown.content.decode()

    def shown_to(address: str, route: str = "/watch") -> bytes:
        answer = client.post(route, {**form, "address": address})
        assert answer.status_code == 200
        assert "no-store" in answer["Cache-Control"]
        return re.sub(rb'value="\w{64}"', b"", answer.content)  # the form's own token

    unknown, asked_once = shown_to("li@sample.example"), shown_to("li@sample.example")
    list_unknown, list_asked = (
        shown_to("nobody@sample.example", "/watch/mine"),
        shown_to("li@sample.example", "/watch/mine"),
    )
    confirmed(subject)

    assert unknown == asked_once == shown_to("li@sample.example")
    assert list_unknown == list_asked == shown_to("li@sample.example", "/watch/mine")


def test_a_link_in_a_letter_shows_a_button_and_only_the_button_acts(client, mirror):
    watch = asked(certificate(mirror))
    address = links.confirm(watch.public_id)
    assert client.get(address).status_code == 200 and Watch.objects.get().confirmed_at is None

    listed = client.post(address, follow=True)

    assert Watch.objects.get().confirmed_at is not None
    assert (
        listed.status_code == 200 and "A" in listed.content.decode() and "li@sample.example" in listed.content.decode()
    )
    assert client.get("/watch/confirm/wrong").status_code == 404


def test_ones_list_is_changed_ended_taken_away_and_forgotten(client, mirror, issuer):
    for key in ("A", "B"):
        confirmed(certificate(mirror, key))
    confirmed(subjects.find("body", issuer.public_id), address="other@sample.example")
    first = Watch.objects.first()
    address = links.listed(first.watcher.public_id)
    others = Watch.objects.get(watcher__address="other@sample.example")

    client.post(address, {"act": "pace", "watch": first.public_id, "pace": "weekly"})
    client.post(address, {"act": "stop", "watch": others.public_id})  # somebody else's
    client.post(address, {"act": "pace", "watch": first.public_id, "pace": "hourly"})
    first.refresh_from_db()
    assert first.pace == "weekly" and Watch.objects.count() == 3
    for form in ("csv", "xlsx", "json"):
        assert client.get(address, {"as": form}).status_code == 200
    assert client.get(address, {"as": "json"}).json()["address"] == "li@sample.example"

    client.post(address, {"act": "forget"})
    assert list(Watcher.objects.values_list("address", flat=True)) == ["other@sample.example"]
    assert client.get(address).status_code == 404


def test_the_form_says_at_its_place_what_is_wrong(client, mirror):
    subject = certificate(mirror)
    wrong = client.post("/watch", {"kind": subject.kind, "key": subject.key, "address": "<b>x", "pace": "daily"})

    html = wrong.content.decode()
    assert "no e-mail address" in html and "&lt;b&gt;x" in html and 'aria-invalid="true"' in html
    assert client.get("/watch").status_code == 200
    assert client.get("/watch", {"kind": "body", "key": "\0"}).status_code in (200, 404)
    assert client.get("/watch", {"kind": "search", "key": "q=" + "%" * 900}).status_code in (200, 404)
