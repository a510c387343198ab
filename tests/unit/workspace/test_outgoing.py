"""What is on its way, for who runs the installation: found, sent again, given up, and nobody's address shown."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta

import pytest
from django.core.cache import cache

from small_world import World, member, organisation
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.notices import outbox, queries_outgoing
from testamur.notices.actions import outgoing as actions
from testamur.notices.calling import Answer
from testamur.notices.models import Endpoint, Message, Watcher
from tests.unit.workspace.forms import Desk

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
BUSY = Answer(503, "HTTP 503", "a secret of theirs", 30)
BODY = {"subject": "S", "text": "T\n", "html": "<p>T</p>", "unsubscribe": "", "language": "en"}


class Outbox:
    """Two letters and three calls: one waits, one fails, one is given up, one arrived, one is held back."""

    def __init__(self) -> None:
        world = World()
        self.operator = member(world.regulator, "administration", name="Runs")
        self.body = member(world.body, "administration", name="Body")
        self.records = member(world.regulator, "records", name="Records")
        self.endpoint = Endpoint.objects.create(
            organisation=world.body, url="https://hooks.example.org/in/K3Y-of-theirs"
        )
        off = Endpoint.objects.create(
            organisation=world.client, url="http://off.example.net/x", disabled_at=clock.real_now(), disabled_for="gone"
        )
        li, wang = (Watcher.objects.create(address=f"{name}@private.example") for name in ("li", "wang"))
        self.waiting = outbox.put("watch.list", "1", BODY, watcher=li)
        self.failing = self.tried(outbox.put("watch.changes", "2", BODY, watcher=wang), BUSY)
        told = outbox.put("register.changed", "3", {}, endpoint=self.endpoint)
        self.dead = self.tried(told, Answer(410, "HTTP 410", "", 4))
        self.sent = self.tried(outbox.put("endpoint.test", "4", {}, endpoint=self.endpoint), Answer(200, "", "ok", 9))
        self.held = outbox.put("register.changed", "5", {}, endpoint=off)
        Endpoint.objects.filter(pk=self.endpoint.pk).update(disabled_at=None)  # 410 switches it off

    @staticmethod
    def tried(message, answer):
        Message.objects.filter(pk=message.pk).update(claim="c")
        message.claim = "c"
        assert outbox.mark(message, answer)
        return Message.objects.get(pk=message.pk)


@pytest.fixture
def box(db):
    clock.permit_travel(True)
    cache.clear()
    return Outbox()


def ids(page):
    return {one.public_id for one in Message.objects.all() if f"msg_{one.public_id}" in page.text}


def named(*messages):
    return {one.public_id for one in messages}


def test_the_list_shows_what_has_not_arrived_and_nobodys_address(box) -> None:
    page = Desk(box.operator, DAY).get("outgoing")

    assert page.status == 200 and ids(page) == named(box.waiting, box.failing, box.dead, box.held)
    hosts = ("l…@private.example", "https://hooks.example.org/…")
    for shown in (*hosts, "HTTP 503", "Held back", "Given up", "What changed"):
        assert shown in page.text, shown
    for hidden in ("li@private", "wang@", "K3Y-of-theirs", "a secret of theirs"):
        assert hidden not in page.text
    # What is held back is not sent, and can be given up.
    assert "Send 3 again" in page.text and "Give up 3" in page.text
    assert "待发通知" in Desk(box.operator, DAY, "zh").get("outgoing").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "waiting"}, ["waiting", "held"]),
        ({"state": "failing"}, ["failing"]),
        ({"state": "dead"}, ["dead"]),
        ({"state": "sent"}, ["sent"]),
        ({"state": "nonsense"}, ["waiting", "failing", "dead", "held"]),
        ({"channel": "mail"}, ["waiting", "failing"]),
        ({"channel": "webhook", "state": "dead"}, ["dead"]),
        ({"q": "LI@private.example"}, ["waiting"]),
        ({"q": "li@"}, []),
        ({"q": "@private.example"}, []),
        ({"q": "private"}, []),
        ({"q": "hooks.example"}, ["dead"]),
        ({"q": "https://hooks.example.org"}, ["dead"]),
        ({"q": "hooks.example.org/in/K"}, []),
        ({"q": "K3Y"}, []),
        ({"q": "%"}, []),
        ({"q": "\0"}, ["waiting", "failing", "dead", "held"]),
        ({"q": "x" * 5000}, []),
        ({"sort": "-made"}, ["waiting", "failing", "dead", "held"]),
        ({"sort": "problem"}, ["waiting", "failing", "dead", "held"]),
        ({"sort": "next", "page": "99"}, ["waiting", "failing", "dead", "held"]),
    ],
)
def test_the_list_is_narrowed_by_whole_addresses_and_hosts_only(box, query, found) -> None:
    page = Desk(box.operator, DAY).get("outgoing", **query)

    assert page.status == 200 and ids(page) == named(*(getattr(box, name) for name in found))


def test_a_message_is_found_by_its_id(box) -> None:
    page = Desk(box.operator, DAY).get("outgoing", q=f"msg_{box.failing.public_id}")

    assert ids(page) == named(box.failing)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_the_list_is_taken_away_without_addresses(box, kind) -> None:
    client = Desk(box.operator, DAY).client

    answer = client.get("/w/outgoing/", {"format": kind, "state": "failing"})
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content

    assert answer.status_code == 200
    if kind == "xlsx":
        import openpyxl

        rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True))
        content = json.dumps(rows, default=str).encode()
    assert box.failing.public_id.encode() in content and b"wang@" not in content


def test_one_message_shows_its_tries_and_is_sent_again(box) -> None:
    desk = Desk(box.operator, DAY)
    page = desk.get("outgoing-message", box.dead.public_id)
    assert "HTTP 410" in page.text and "Sample Body" in page.text and "K3Y" not in page.text

    done = desk.send(desk.form("outgoing-message", box.dead.public_id, act="again"))

    assert "1 message is sent again." in done.text and done.events == ["notices.sent_again"]
    again = Message.objects.get(pk=box.dead.pk)
    assert (again.state, again.attempted, again.attempts.count()) == ("waiting", 0, 1)
    event = Event.objects.get(kind="notices.sent_again")
    assert event.payload == {"count": 1, "messages": [box.dead.public_id]}


def test_what_a_switched_off_webhook_holds_back_offers_no_sending(box) -> None:
    page = Desk(box.operator, DAY).get("outgoing-message", box.held.public_id)

    assert "Its owner switches it on again" in page.text and "Give it up" in page.text
    assert "Send it again" not in page.text
    assert "What to do" not in Desk(box.operator, DAY).get("outgoing-message", box.sent.public_id).text


def test_giving_up_needs_a_reason_and_keeps_it(box) -> None:
    desk = Desk(box.operator, DAY)
    form = desk.form("outgoing-message", box.failing.public_id, act="give_up")

    refused = desk.send(form, reason=" ")
    assert refused.events == [] and Message.objects.get(pk=box.failing.pk).state == "waiting"
    long = desk.send(desk.form("outgoing-message", box.failing.public_id, act="give_up"), reason="x" * 400)
    assert long.status == 200 and long.events == []
    done = desk.send(desk.form("outgoing-message", box.failing.public_id, act="give_up"), reason="The server is gone")

    assert done.events == ["notices.given_up"] and Message.objects.get(pk=box.failing.pk).state == "dead"
    payload = Event.objects.get(kind="notices.given_up").payload
    assert payload["reason"] == "The server is gone" and "wang" not in json.dumps(payload)


def test_a_whole_list_is_dealt_with_as_it_is_narrowed(box) -> None:
    desk = Desk(box.operator, DAY)

    done = desk.post("outgoing", act="again", once="a" * 16, state="open", channel="mail", q="")
    assert "2 messages are sent again." in done.text and "channel=mail" in done.to
    done = desk.post("outgoing", act="give_up", once="b" * 16, state="waiting", channel="", q="", reason="Moved")

    # What a switched-off webhook holds back can be given up, and is not sent over its owner's head.
    assert "3 messages were given up." in done.text
    assert Message.objects.filter(state="dead").count() == 4 and Message.objects.get(pk=box.sent.pk).state == "sent"


def test_a_form_that_is_sent_twice_acts_once(box) -> None:
    desk = Desk(box.operator, DAY)
    for _turn in range(2):
        desk.post("outgoing", act="again", once="a" * 16, state="dead", channel="", q="")

    assert Event.objects.filter(kind="notices.sent_again").count() == 1


def test_what_arrived_or_is_being_sent_is_left_alone(box) -> None:
    now = clock.now()
    Message.objects.filter(pk=box.waiting.pk).update(claim="w", claimed_until=clock.real_now() + timedelta(minutes=1))

    with pytest.raises(Refused, match="arrived"):
        actions.send_again(messages=[box.sent], by=box.operator, at=now)
    with pytest.raises(Refused, match="switched off"):
        actions.send_again(messages=[box.held], by=box.operator, at=now)
    for act in (actions.send_again, lambda **more: actions.give_up(reason="x", **more)):
        with pytest.raises(Refused, match="being sent"):
            act(messages=[Message.objects.get(pk=box.waiting.pk)], by=box.operator, at=now)
    assert not Event.objects.filter(kind__startswith="notices.").exclude(kind="notices.endpoint_disabled").exists()
    assert outbox.mark(Message.objects.get(pk=box.waiting.pk), Answer(200, "", "", 1))


def test_it_is_for_who_runs_the_installation_and_nobody_else(box) -> None:
    for stranger in (box.body, box.records):
        desk = Desk(stranger, DAY)
        for answer in (
            desk.get("outgoing"),
            desk.get("outgoing", format="csv"),
            desk.get("outgoing-message", box.dead.public_id),
            desk.post("outgoing", act="again", once="a" * 16, state="open"),
            desk.post("outgoing-message", box.dead.public_id, act="give_up", once="b" * 16, reason="x"),
        ):
            assert answer.status == 403 and "msg_" not in answer.text and answer.events == []
        with pytest.raises(Refused):
            actions.send_again(messages=[box.dead], by=stranger, at=clock.now())
    assert "/w/outgoing/" in Desk(box.operator, DAY).get("organisation-webhooks").page
    assert "/w/outgoing/" not in Desk(box.body, DAY).get("organisation-webhooks").page


@pytest.mark.parametrize("state", ["open", "sent", "dead"])
def test_an_empty_list_says_why(db, state) -> None:
    cache.clear()
    operator = member(World().regulator, "administration", name="Runs")

    page = Desk(operator, DAY).get("outgoing", state=state)

    assert page.status == 200 and {"open": "on its way", "sent": "seven days", "dead": "ten times"}[state] in page.text
    refused = Desk(operator, DAY).post("outgoing", act="again", once="a" * 16, state=state)
    assert refused.status == 200 and "sent again" in refused.text
    assert Desk(operator, DAY).get("outgoing-message", "NOBODY").status == 404


def test_a_receiver_is_named_by_no_more_than_is_needed(db) -> None:
    owner = organisation("Owner")
    endpoint = Endpoint.objects.create(organisation=owner, url="https://user-part.example:8443/a?token=1")
    message = outbox.put("endpoint.test", "x", {}, endpoint=endpoint)

    assert queries_outgoing.receiver(message) == "https://user-part.example/…"
