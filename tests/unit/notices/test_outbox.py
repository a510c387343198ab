"""The outbox: once, in turn, again after a failure, and never by two workers at the same time."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.db import transaction

from small_world import organisation
from testamur.cli import outbox as command
from testamur.kernel import clock
from testamur.notices import calls, outbox, secrets, tasks
from testamur.notices.calling import Answer
from testamur.notices.models import Attempt, Endpoint, Message, Secret, Watcher

pytestmark = pytest.mark.django_db
GOOD = Answer(200, "", "ok", 12)
BUSY = Answer(503, "HTTP 503", "busy", 30)
BODY = {"subject": "S", "text": "T\n", "html": "<p>T</p>", "unsubscribe": "", "language": "en"}


@pytest.fixture
def endpoint():
    found = Endpoint.objects.create(organisation=organisation("Owner"), url="https://hooks.example.org/in")
    Secret.objects.create(endpoint=found, sealed=secrets.seal(secrets.new()))
    return found


@pytest.fixture
def answers(monkeypatch):
    """What endpoints answer, in turn; the last one goes on."""
    given = [GOOD]
    monkeypatch.setattr(calls, "made", lambda _one: given.pop(0) if len(given) > 1 else given[0])
    return given


@pytest.fixture
def letter():
    watcher = Watcher.objects.create(address="li@sample.example")
    return outbox.put("watch.list", "list:1", BODY, watcher=watcher)


@pytest.fixture
def later(monkeypatch):
    """Move the machine's own clock forwards."""
    real, ahead = clock.real_now, [timedelta(0)]
    monkeypatch.setattr(clock, "real_now", lambda: real() + ahead[0])

    def move(**by):
        ahead[0] += timedelta(**by)

    return move


def queued(endpoint, once="one"):
    return outbox.put(calls.CHANGED, once, {"type": calls.CHANGED, "data": {}}, endpoint=endpoint)


def test_the_same_is_queued_once(endpoint):
    assert queued(endpoint) is not None
    with transaction.atomic():
        assert queued(endpoint) is None
        assert queued(endpoint, "two") is not None  # the transaction goes on
    assert Message.objects.count() == 2


def test_a_letter_goes_out_once_with_its_own_id(letter):
    assert tasks.send() == 1
    assert tasks.send() == 0

    (sent,) = mail.outbox
    letter.refresh_from_db()
    assert letter.state == "sent" and letter.attempts.get().problem == ""
    assert sent.extra_headers["Message-ID"] == f"<{letter.public_id}@{settings.HOST}>"
    assert sent.to == ["li@sample.example"] and sent.alternatives[0][1] == "text/html"


def test_a_message_goes_only_to_those_who_are_still_there(letter):
    letter.watcher.delete()

    assert tasks.send() == 0 and mail.outbox == []


def test_after_a_failure_it_is_tried_again_ever_later_and_then_given_up(endpoint, monkeypatch, later):
    monkeypatch.setattr(calls, "made", lambda _one: BUSY)
    message = queued(endpoint)
    waits = []
    for _try in range(outbox.TRIES):
        assert tasks.send() == 1
        assert tasks.send() == 0  # not due before its time
        message.refresh_from_db()
        waits.append((message.due_at - clock.real_now()).total_seconds())
        later(seconds=max(waits[-1], 0) + 1)

    assert message.state == "dead" and message.attempts.count() == outbox.TRIES == message.attempted
    # Half to one and a half of 5, 20, 80 … seconds, and twelve hours at most.
    for place, wait in enumerate(waits[:-1]):
        usual = min(5 * 4**place, 12 * 3600)
        assert 0.4 * usual < wait <= 1.5 * usual
    assert tasks.send() == 0


def test_what_arrives_late_is_sent_and_the_endpoint_counts_as_well(endpoint, answers, later):
    answers[:] = [BUSY, GOOD]
    message = queued(endpoint)
    tasks.send()
    endpoint.refresh_from_db()
    assert endpoint.failing_since is not None
    later(minutes=1)

    tasks.send()

    message.refresh_from_db()
    endpoint.refresh_from_db()
    assert (message.state, message.attempted, endpoint.failing_since) == ("sent", 2, None)
    assert [one.code for one in message.attempts.all()] == [200, 503]


def test_a_mailbox_that_is_not_there_is_not_tried_again(letter, monkeypatch):
    def refuse(self, *_args):
        raise smtplib.SMTPRecipientsRefused({"li@sample.example": (550, b"no such user")})

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    tasks.send()

    letter.refresh_from_db()
    assert letter.state == "dead" and letter.attempts.get().code == 550


def test_a_mail_server_that_is_down_is_asked_again(letter, monkeypatch, later):
    def fail(*_args):
        raise OSError("down")

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)
    tasks.send()
    letter.refresh_from_db()
    assert letter.state == "waiting" and "down" in letter.attempts.get().problem

    monkeypatch.undo()
    Message.objects.update(due_at=clock.real_now())
    tasks.send()
    assert len(mail.outbox) == 1


def test_what_one_worker_holds_another_leaves_alone(endpoint):
    queued(endpoint), queued(endpoint, "two")

    first, second = outbox.claim(), outbox.claim()

    assert len(first) == 2 and second == []


def test_a_worker_that_died_between_sending_and_marking_sends_once_more_under_the_same_id(endpoint, later, monkeypatch):
    message = queued(endpoint)
    sent = []
    monkeypatch.setattr(calls, "made", lambda one: sent.append(one.headers["webhook-id"]) or GOOD)
    monkeypatch.setattr(outbox, "mark", lambda *_args: (_ for _ in ()).throw(SystemExit))
    with pytest.raises(SystemExit):
        tasks.send()
    monkeypatch.setattr(outbox, "mark", REAL_MARK)

    assert tasks.send() == 0  # the claim still stands
    later(minutes=6)
    assert tasks.send() == 1
    assert sent == [f"msg_{message.public_id}"] * 2 and Message.objects.get().state == "sent"


REAL_MARK = outbox.mark


def test_a_worker_that_comes_back_too_late_marks_nothing(endpoint, later):
    queued(endpoint)
    (slow,) = outbox.claim()
    later(minutes=6)
    (fast,) = outbox.claim()
    assert outbox.mark(fast, GOOD)

    assert not outbox.mark(slow, BUSY)

    assert Message.objects.get().state == "sent" and Attempt.objects.count() == 1


def test_an_endpoint_that_hangs_holds_up_only_its_own(endpoint, answers):
    other = Endpoint.objects.create(organisation=endpoint.organisation, url="https://other.example.org/")
    Secret.objects.create(endpoint=other, sealed=secrets.seal(secrets.new()))
    for one in range(30):
        queued(endpoint, f"many:{one}")
    queued(other, "other")

    claimed = outbox.claim()

    assert len([one for one in claimed if one.endpoint_id == endpoint.pk]) == outbox.CALLS
    assert [one.once for one in claimed if one.endpoint_id == other.pk] == ["other"]


def test_what_is_old_is_forgotten(letter, endpoint, later):
    tasks.send()
    dead = queued(endpoint)
    Message.objects.filter(pk=dead.pk).update(state="dead")
    later(days=outbox.KEPT_SENT + 1)

    tasks.daily()
    assert list(Message.objects.all()) == [dead]
    later(days=outbox.KEPT_DEAD)
    tasks.daily()
    assert not Message.objects.exists()


def test_the_operator_sees_what_was_given_up_and_sends_it_again(letter, endpoint, capsys):
    queued(endpoint)
    Message.objects.filter(pk=letter.pk).update(state="dead", attempted=10)
    assert command.main([]) == 1
    told = capsys.readouterr().out
    assert "1 wait" in told and f"msg_{letter.public_id}" in told and "sample.example" not in told

    assert command.main(["--replay", "--id", f"msg_{letter.public_id}"]) == 0
    assert Message.objects.get(pk=letter.pk).state == "waiting" and command.main([]) == 0
