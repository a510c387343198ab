"""What is on its way, dealt with by who runs the installation: sent again, or given up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import Refused, _
from testamur.notices import outbox, queries_outgoing
from testamur.notices.models import Message
from testamur.notices.policies import check_may_run_outbox
from testamur.parties.models import Membership

#: Ids that an event names; how many there were it says in any case.
NAMED = 100
#: Longest reason, characters.
REASON = 300


@transaction.atomic
def send_again(*, messages: Iterable[Message], by: Membership, at: datetime) -> int:
    """Have messages that never arrived sent again, under the same ids and from the first try on.

    Returns:
        How many are sent again. What arrived is left alone, and so is what waits for a webhook to be switched on: that
        is its owner's to do.

    Raises:
        Refused: somebody who does not run this installation; none of them can be sent.
    """
    check_may_run_outbox(by, at)
    rows = list(filter(queries_outgoing.sendable, messages))
    count = outbox.again(rows)
    if not count:
        raise Refused(
            _("Nothing of this can be sent again: it arrived, is being sent, or its webhook is switched off."),
            rule="notices.outbox",
        )
    _record("sent_again", rows, count, by, at)
    return count


@transaction.atomic
def give_up(*, messages: Iterable[Message], reason: str, by: Membership, at: datetime) -> int:
    """Try messages no more; they stay in the list, and can be sent again, for 90 days.

    Args:
        reason: 1 to 300 characters; stays with the event.

    Returns:
        How many were given up. What is being sent at this moment is left alone.

    Raises:
        Refused: somebody who does not run this installation; no reason; none of them waits.
    """
    check_may_run_outbox(by, at)
    if not reason.strip():
        raise Refused(_("Say why it is given up."), rule="notices.outbox", field="reason")
    if len(reason) > REASON:
        raise Refused(_("Say it in {most} characters."), {"most": REASON}, rule="notices.outbox", field="reason")
    rows = list(messages)
    count = outbox.give_up(rows)
    if not count:
        raise Refused(_("Nothing of this waits: it arrived, is being sent, or was given up."), rule="notices.outbox")
    _record("given_up", rows, count, by, at, reason=reason.strip())
    return count


def _record(what: str, rows: list[Message], count: int, by: Membership, at: datetime, **facts: object) -> None:
    # Ids, not addresses: an event stays, and a mail address is kept no longer than its watch.
    ids = [one.public_id for one in rows[:NAMED]]
    record(f"notices.{what}", subject=by.organisation, by=by, at=at, payload={"count": count, "messages": ids, **facts})
