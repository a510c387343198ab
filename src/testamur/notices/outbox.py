"""The outbox: rows that wait are claimed, sent, and marked; who crashes between leaves a claim that runs out.

A claim is taken in one short transaction (rows that another worker holds are skipped), the sending happens outside of
any, and the mark is set only while the claim still stands. So two workers never send the same message at the same
time, and a crash between sending and marking sends it once more, under the same id.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from testamur.kernel import clock
from testamur.notices import calls, letters
from testamur.notices.calling import Answer
from testamur.notices.models import Attempt, Endpoint, Message

State, Channel = Message.State, Message.Channel
#: Tries until a message is given up: about two days.
TRIES = 10
#: Seconds before the second try; each further one waits four times as long, up to ``LONGEST``.
FIRST, LONGEST = 5, 12 * 3600
#: How long one worker may hold a message: longer than any sending takes.
CLAIM = timedelta(minutes=5)
#: Messages of one round: letters, and calls to one endpoint, so that one that hangs holds up few.
LETTERS, CALLS, TOGETHER = 50, 8, 8
#: Days for which what was sent, and what was given up, can be looked up.
KEPT_SENT, KEPT_DEAD = 7, 90


def put(kind: str, once: str, body: dict[str, Any], **to: Any) -> Message | None:
    """Queue a message, in the transaction of what it tells.

    Args:
        once: what it tells; the same is queued one time only.
        to: ``watcher`` (and ``watch``), ``account`` or ``endpoint``.

    Returns:
        The message; None where the same was queued before.
    """
    channel = Channel.WEBHOOK if "endpoint" in to else Channel.MAIL
    message = Message(kind=kind, once=once, body=body, channel=channel, **to)
    try:
        with transaction.atomic():
            message.save()
    except IntegrityError:
        if Message.objects.filter(once=once).exists():
            return None
        raise
    return message


def send_due(most: int = 100) -> int:
    """Send what is due, round by round, until nothing is or so many rounds are over.

    Returns:
        How many messages were tried.
    """
    tried = 0
    for _round in range(most):
        claimed = claim()
        if not claimed:
            break
        tried += len(claimed)
        _send([one for one in claimed if one.channel == Channel.MAIL], letters.send, at_once=1)
        _send([one for one in claimed if one.channel == Channel.WEBHOOK], None, at_once=TOGETHER)
    return tried


def claim() -> list[Message]:
    """Claim messages that are due and that nobody else holds."""
    mark, now = secrets.token_hex(16), clock.real_now()
    with transaction.atomic():
        due = Message.objects.filter(state=State.WAITING, due_at__lte=now).filter(_free(now))
        ids = _locked(due.filter(channel=Channel.MAIL).order_by("due_at"), LETTERS)
        waiting = due.filter(endpoint=OuterRef("pk"))
        lives = Endpoint.objects.filter(removed_at=None, disabled_at=None)
        for endpoint in lives.filter(Exists(waiting))[:200]:
            ids += _locked(due.filter(channel=Channel.WEBHOOK, endpoint=endpoint).order_by("due_at", "id"), CALLS)
        # On a database that locks no rows this condition is what decides between two workers.
        Message.objects.filter(_free(now), pk__in=ids, state=State.WAITING).update(
            claim=mark, claimed_until=now + CLAIM
        )
    return list(
        Message.objects.filter(claim=mark, state=State.WAITING)
        .select_related("watcher__account", "watch", "account", "endpoint")
        .order_by("due_at", "id")
    )


def _free(now: datetime) -> Q:
    return Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)


def _locked(rows: QuerySet[Message], most: int) -> list[int]:
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows.values_list("pk", flat=True)[:most])


def _send(messages: list[Message], send: Callable[[Message], Answer] | None, *, at_once: int) -> None:
    if not messages:
        return
    if send is not None:
        for message in messages:
            mark(message, send(message))
        return
    # What touches the database is done here; the threads only call.
    prepared = [(message, calls.prepared(message)) for message in messages]
    with ThreadPoolExecutor(at_once) as pool:
        for message, answer in zip(messages, pool.map(lambda one: calls.made(one[1]), prepared), strict=True):
            mark(message, answer)


@transaction.atomic
def mark(message: Message, answer: Answer) -> bool:
    """Write down what came of a try, and when the next one is.

    Returns:
        Whether the claim still stood; where not, another worker has taken the message over.
    """
    now, tried = clock.real_now(), message.attempted + 1
    fields: dict[str, Any] = {"attempted": tried, "claim": "", "claimed_until": None}
    if not answer.problem:
        fields |= {"state": State.SENT, "sent_at": now}
    elif tried >= TRIES or answer.code in FOR_GOOD.get(message.channel, ()):
        fields |= {"state": State.DEAD}
    else:
        fields |= {"due_at": now + delay(tried)}
    if not Message.objects.filter(pk=message.pk, claim=message.claim, state=State.WAITING).update(**fields):
        return False
    Attempt.objects.create(
        message=message, at=now, code=answer.code, took=answer.took, problem=answer.problem, answer=answer.text
    )
    if message.endpoint is not None:
        calls.note(message.endpoint, answer, now)
    return True


#: Answers after which no further try is made: the mailbox or the endpoint is not there.
FOR_GOOD: dict[str, tuple[int, ...]] = {Channel.MAIL: (550, 551, 553), Channel.WEBHOOK: (410,)}


def delay(tried: int) -> timedelta:
    """Return how long to wait after so many tries: four times as long each time, half to one and a half of it."""
    seconds = min(FIRST * 4 ** (tried - 1), LONGEST)
    return timedelta(seconds=seconds * random.uniform(0.5, 1.5))


def again(messages: Iterable[Message]) -> int:
    """Have messages sent again, under the same ids; returns how many. Those being sent are left alone."""
    ids, now = [one.pk for one in messages], clock.real_now()
    return (
        Message.objects.filter(pk__in=ids)
        .exclude(state=State.WAITING, claimed_until__gte=now)
        .update(state=State.WAITING, due_at=now, attempted=0, claim="", claimed_until=None)
    )


def give_up(messages: Iterable[Message]) -> int:
    """Try messages no more that wait; returns how many. Those being sent are left alone."""
    ids = [one.pk for one in messages]
    waiting = Message.objects.filter(_free(clock.real_now()), pk__in=ids, state=State.WAITING)
    return waiting.update(state=State.DEAD, claim="", claimed_until=None)


def tidy() -> int:
    """Forget what was sent or given up long enough ago; returns how many messages."""
    now = clock.real_now()
    old = Q(state=State.SENT, made_at__lt=now - timedelta(days=KEPT_SENT)) | Q(
        state=State.DEAD, made_at__lt=now - timedelta(days=KEPT_DEAD)
    )
    return Message.objects.filter(old).delete()[1].get("notices.Message", 0)
