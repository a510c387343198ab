"""How an objective stands: on track, behind, reached or missed, and when it is measured next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from testamur.improvement.models import Measurement, Objective
from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.models import Membership

#: Progress of an objective: its words; the rule stands in :func:`progress`.
WORDS = {
    "draft": _("draft"),
    "unmeasured": _("not measured yet"),
    "on_track": _("on track"),
    "behind": _("behind"),
    "reached": _("reached"),
    "missed": _("missed"),
    "ended": _("ended"),
}
RULE = _(
    "On track: the last value is as good as the straight line from start to target on its day, or better. "
    "Reached: it is as good as the target. Missed: the target's day has passed and it is not."
)


@dataclass(frozen=True)
class Progress:
    """How an objective stands on a day.

    Attributes:
        state: key of ``WORDS``.
        last: the value that counts; None where nothing was measured.
        expected: the straight line's value on the day of the last one; None without it.
        next_on: day by which it is measured next; None where nothing is to be measured any more.
    """

    state: str
    last: Measurement | None = None
    expected: Decimal | None = None
    next_on: date | None = None


def visible_to(membership: Membership | None) -> QuerySet[Objective]:
    """Return the objectives of a membership's own organisation, with their values."""
    if membership is None or not membership.holds(Function.QUALITY):
        return Objective.objects.none()
    return of_organisation(membership.organisation_id)


def of_organisation(organisation: int) -> QuerySet[Objective]:
    """Return the objectives of an organisation, with their values."""
    values = Prefetch("measurements", queryset=Measurement.objects.select_related("by__person"))
    rows = Objective.objects.filter(organisation=organisation)
    return rows.select_related("owner__person", "process", "chart", "organisation").prefetch_related(values)


def counted(objective: Objective, until: date | None = None) -> list[Measurement]:
    """Return one value a day, the last recorded of each, in the order of the days."""
    found = {row.measured_on: row for row in objective.measurements.all() if until is None or row.measured_on <= until}
    return [found[day] for day in sorted(found)]


def line_at(objective: Objective, on: date) -> Decimal:
    """Return the value of the straight line from start to target on a day, in the objective's unit."""
    assert objective.start_on is not None and objective.target_on is not None
    start, target = Decimal(objective.start), Decimal(objective.target)
    span = (objective.target_on - objective.start_on).days
    share = Decimal(min(max((on - objective.start_on).days, 0), span)) / Decimal(span)
    return start + (target - start) * share


def progress(objective: Objective, today: date) -> Progress:
    """Return how an objective stands on a day, by the rule in ``RULE``."""
    if objective.agreed_at is None:
        return Progress("ended" if objective.ended_at else "draft")
    assert objective.start_on is not None and objective.target_on is not None
    values = counted(objective, today)
    last = values[-1] if values else None
    if objective.ended_at is not None:
        return Progress("ended", last)
    since = last.measured_on if last else objective.start_on
    next_on = min(days.add_months(since, objective.every_months), max(objective.target_on, since))
    if last is None:
        return Progress("missed" if today > objective.target_on else "unmeasured", next_on=next_on)
    expected = line_at(objective, last.measured_on)
    if _as_good(objective, last.value, Decimal(objective.target)):
        state = "reached"
    elif today > objective.target_on:
        state = "missed"
    else:
        state = "on_track" if _as_good(objective, last.value, expected) else "behind"
    measured_out = last.measured_on >= objective.target_on
    return Progress(state, last, expected, None if measured_out else next_on)


def _as_good(objective: Objective, value: Decimal, wanted: Decimal) -> bool:
    return value >= wanted if objective.better == Objective.Better.MORE else value <= wanted


def to_measure(membership: Membership, today: date, *, days_ahead: int = 7) -> list[tuple[Objective, date]]:
    """Return whose next measuring falls due within some days, with its day, the earliest first."""
    rows = visible_to(membership).filter(ended_at=None, agreed_at__isnull=False)
    found = [(one, day) for one in rows if (day := progress(one, today).next_on) and (day - today).days <= days_ahead]
    return sorted(found, key=lambda pair: pair[1])
