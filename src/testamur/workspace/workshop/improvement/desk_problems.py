"""What waits in problems, risks, control plans, costs and boards, and their doors."""

from __future__ import annotations

from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from testamur.improvement.queries import boards, control_plans, costs, problems, risks
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.workspace.desk import Card, Waiting
from testamur.workspace.workshop.improvement.parts import UNIT, left_of

#: Days ahead of which an action against a risk shows itself.
AHEAD = 30
APPROVE = gettext_noop("Read the draft, and approve it")
TAKE = gettext_noop("Carry out: {action}")
LOOK = gettext_noop("Look at the rows of the control plan whose risk changed: {rows}")
CLOSE = gettext_noop("Close it: everything is on record")


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
        Card(
            "improvement", _("Control plans"), _("What is watched, how often, and what happens if it is off."),
            reverse("workspace:workshop-control-plans"), "list-check", control_plans.visible_to(membership).count(),
        ),
        Card(
            "improvement", _("Cost of quality"),
            _("Prevention and appraisal against failures, inside and at the customer."),
            reverse("workspace:workshop-costs"), "receipt", costs.visible_to(membership).count(),
        ),
        Card(
            "improvement", _("PDCA boards"), _("Plan, do, check, act: improvements in sight of everybody."),
            reverse("workspace:workshop-boards"), "refresh", boards.visible_to(membership).count(),
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
                about=turn.problem.title, by=by, left=left_of(by, today), unit=UNIT,
            )
        )  # fmt: skip
    for one in risks.due(membership, today + timedelta(days=AHEAD)):
        failure = one.failure
        found.append(
            Waiting(
                what=TAKE, facts={"action": one.what}, function=str(Function.QUALITY),
                href=reverse("workspace:workshop-failure", args=[failure.fmea.public_id, failure.public_id]),
                number=str(failure), about=failure.mode, by=one.due_on, left=left_of(one.due_on, today), unit=UNIT,
            )
        )  # fmt: skip
    for draft in control_plans.drafts(membership):
        plan = draft.plan
        found.append(
            Waiting(
                what=APPROVE, facts={}, function=str(Function.QUALITY), number=plan.number, about=plan.title,
                href=reverse("workspace:workshop-control-plan", args=[plan.public_id]),
            )
        )  # fmt: skip
    for plan, rows in control_plans.rows_to_look_at(membership):
        found.append(
            Waiting(
                what=LOOK, facts={"rows": len(rows)}, function=str(Function.QUALITY), number=plan.number,
                about=plan.title, href=reverse("workspace:workshop-control-plan", args=[plan.public_id]),
            )
        )  # fmt: skip
    for card in boards.due(membership, today + timedelta(days=AHEAD)):
        found.append(
            Waiting(
                what=TAKE, facts={"action": card.title}, function=str(Function.QUALITY), about=card.board.title,
                href=reverse("workspace:workshop-board", args=[card.board.public_id]), by=card.due_on,
                left=left_of(card.due_on, today), unit=UNIT,
            )
        )  # fmt: skip
    return found
