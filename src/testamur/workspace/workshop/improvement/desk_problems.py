"""What waits in problems, risks, control plans, costs and boards, and their doors."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.improvement.queries import problems, risks
from testamur.kernel.refusal import _ as message
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting

#: Days ahead of which an action against a risk shows itself.
AHEAD = 30
TAKE = message("Carry out: {action}")
CLOSE = message("Close it: everything is on record")


def cards(membership: Membership, today: date) -> list[Card]:
    """Return the doors of the workshop's first page."""
    rows = problems.visible_to(membership)
    return [
        Card(
            "improvement", _("Problems"), _("8D and corrective action: cause, cure, and proof that it lasts."),
            reverse("workspace:workshop-problems"), "tool", rows.count(), rows.filter(closed_at=None).count(),
        ),
        Card(
            "improvement", _("FMEA"), _("What could fail, how badly, and what is done about it."),
            reverse("workspace:workshop-fmeas"), "shield-exclamation", risks.visible_to(membership).count(),
        ),
    ]  # fmt: skip


def waiting(membership: Membership, today: date) -> list[Waiting]:
    """Return what waits for this member: the next step of a problem, where it is theirs."""
    found = []
    for turn in problems.mine(membership):
        by = turn.need.due_on if turn.need else None
        found.append(
            Waiting(
                what=turn.need.sentence if turn.need else CLOSE, facts={}, function=str(Function.QUALITY),
                href=reverse("workspace:workshop-problem", args=[turn.problem.public_id]), number=turn.problem.number,
                about=turn.problem.title, by=by, left=(by - today).days if by else None, unit="day",
            )
        )  # fmt: skip
    for one in risks.due(membership, today + timedelta(days=AHEAD)):
        failure = one.failure
        found.append(
            Waiting(
                what=TAKE, facts={"action": one.what}, function=str(Function.QUALITY),
                href=reverse("workspace:workshop-failure", args=[failure.fmea.public_id, failure.public_id]),
                number=str(failure), about=failure.mode, by=one.due_on, left=(one.due_on - today).days, unit="day",
            )
        )  # fmt: skip
    return found
