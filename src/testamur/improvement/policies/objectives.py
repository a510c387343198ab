"""What an objective needs before it counts (ISO 9001:2015, 6.2.1 and 6.2.2)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from testamur.improvement.models import Objective
from testamur.improvement.policies.quality import check_may_work, check_not_ahead
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

MEASURABLE = "iso-9001@2015#6.2.1"
PLANNED = "iso-9001@2015#6.2.2"


def missing(objective: Objective) -> list[Refused]:
    """Return what keeps a draft from being an objective, a sentence each; nothing: it can be agreed."""
    found = []
    for absent, sentence, field, source in (
        (not objective.indicator, _("Nothing says what is measured. Name the indicator."), "indicator", MEASURABLE),
        (not objective.start or objective.start_on is None,
         _("There is no value to start from. Measure where you stand, and say on which day."), "start", MEASURABLE),
        (not objective.target, _("There is no number to reach, so nobody can say later whether it was."), "target",
         MEASURABLE),
        (objective.target_on is None, _("There is no day by which it is reached."), "target_on", PLANNED),
        (not objective.means, _("Nothing says what will be done for it and with what."), "means", PLANNED),
    ):  # fmt: skip
        if absent:
            found.append(Refused(sentence, rule="improvement.objective", source=source, field=field))
    if found or objective.start_on is None or objective.target_on is None:
        return found
    if objective.target_on <= objective.start_on:
        found.append(
            Refused(
                _("The target's day {target} is not after the start's day {start}."),
                {"target": objective.target_on, "start": objective.start_on},
                rule="improvement.objective",
                source=PLANNED,
                field="target_on",
            )
        )
    gain = Decimal(objective.target) - Decimal(objective.start)
    if gain == 0 or (gain > 0) != (objective.better == Objective.Better.MORE):
        found.append(
            Refused(
                _("From {start} to {target} is no step in the direction chosen. Check numbers and direction."),
                {"start": objective.start, "target": objective.target},
                rule="improvement.objective",
                source=MEASURABLE,
                field="target",
            )
        )
    return found


def check_may_change(by: Membership, objective: Objective, at: datetime) -> None:
    """An objective that ended is a record."""
    check_may_work(by, objective.organisation, at)
    if objective.ended_at is not None:
        raise Refused(
            _("This objective ended; what was measured stays as it is. Set a new one."),
            rule="improvement.objective",
            source=PLANNED,
        )


def check_may_redraw(by: Membership, objective: Objective, at: datetime) -> None:
    """What was agreed is not moved to where one stands: only a draft is rewritten."""
    check_may_change(by, objective, at)
    if objective.agreed_at is not None:
        raise Refused(
            _("This objective was agreed; its numbers do not move. End it with the reason, and set a new one."),
            rule="improvement.objective",
            source=PLANNED,
        )


def check_may_agree(by: Membership, objective: Objective, at: datetime) -> None:
    """Only what can be measured is agreed."""
    check_may_redraw(by, objective, at)
    for refusal in missing(objective)[:1]:
        raise refusal


def check_may_measure(by: Membership, objective: Objective, on: date, at: datetime) -> None:
    """A value belongs to an agreed objective and to a day from its start until today."""
    check_may_change(by, objective, at)
    if objective.agreed_at is None or objective.start_on is None:
        raise Refused(
            _("This is still a draft. Complete and agree it, then record what is measured."),
            rule="improvement.objective",
            source=MEASURABLE,
        )
    check_not_ahead(on, at, by, "measured_on")
    if on < objective.start_on:
        raise Refused(
            _("It counts from {start}; a value of {day} is older."),
            {"start": objective.start_on, "day": on},
            rule="improvement.objective",
            source=MEASURABLE,
            field="measured_on",
        )
