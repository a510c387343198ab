"""Who follows the register in the sample world: a body's own system that is called, and a member who watches."""

from __future__ import annotations

from datetime import date, timedelta

from testamur.notices import calls, outbox, queries, subjects, telling
from testamur.notices.actions import endpoints, watches
from testamur.notices.calling import Answer
from testamur.notices.models import Attempt, Endpoint, Message
from testamur.notices.queries import Asked
from testamur.sample.walk import Walk, on

DAY = date(2026, 11, 20)
#: An address that nobody has (RFC 2606): what waits in the sample is called, and never arrives.
ADDRESS = "https://hooks.sample.example/testamur"
ARRIVED = Answer(200, "", '{"received":true}', 84)
SLOW = Answer(None, "no answer in time", "", 15_003)
BROKEN = Answer(503, "HTTP 503", "Service Unavailable: maintenance until Monday", 212)


def follow(walk: Walk) -> None:
    """Tell what happened in the sample world, with a webhook that was mended, and a watch."""
    with on(DAY) as at:
        telling.follow()
        owner = walk.member("head")
        endpoint, _secret = endpoints.add(url=ADDRESS, about=Endpoint.About.ISSUED, kinds=(), by=owner, at=at)
        rows = queries.page(Asked(body=owner.organisation_id), limit=8).rows[::-1]
        histories = ([ARRIVED], [SLOW, ARRIVED], [BROKEN] * outbox.TRIES, [ARRIVED])
        for place, answers in enumerate(histories):
            part = rows[2 * place : 2 * place + 2]
            if not part:
                break
            once = f"call:{endpoint.public_id}:{part[0].pk}-{part[-1].pk}"
            message = outbox.put(calls.CHANGED, once, calls.told(part, part[-1].recorded_at), endpoint=endpoint)
            if message is not None:
                _tried(message, answers)
        # It failed over a weekend and answers again.
        Endpoint.objects.filter(pk=endpoint.pk).update(failing_since=None)
        account = walk.member("applicant").person.account
        body = subjects.find("body", owner.organisation.public_id)
        standard = subjects.find("standard", "GB/T 19001-2016")
        for subject, pace in ((body, "at_once"), (standard, "weekly")):
            if subject is not None:
                watches.watch_as(account=account, subject=subject, pace=pace)


def _tried(message: Message, answers: list[Answer]) -> None:
    for answer in answers:
        message.refresh_from_db()
        outbox.mark(message, answer)
    # The tries of a sample are made at one moment; they stand as far apart as real ones do.
    back = timedelta(0)
    for place, one in enumerate(message.attempts.order_by("-pk")):
        Attempt.objects.filter(pk=one.pk).update(at=one.at - back)
        back += outbox.delay(max(1, len(answers) - place - 1))
    Message.objects.filter(pk=message.pk).update(made_at=message.made_at - back)
