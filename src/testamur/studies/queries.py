"""What may be seen of studies, and what waits: an organisation sees its own, others nothing."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, QuerySet

from testamur.kernel.days import day_of
from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.schemes.language.moments import working_days_after
from testamur.studies.models import Characteristic, Chart, Gauge, Study

#: Days before the last day of a calibration at which its renewal begins to wait.
SOON = 30
#: Working days after a signal within which its keeper says what was different.
REACT_WITHIN = 1


def _own(membership: Membership | None) -> dict[str, int]:
    """Return the filter by which somebody sees: those who do quality work see their organisation's."""
    holds = membership is not None and membership.holds(Function.QUALITY)
    return {"organisation": membership.organisation_id if membership is not None and holds else 0}


def characteristics_visible_to(membership: Membership | None) -> QuerySet[Characteristic]:
    """Return what somebody's organisation measures."""
    return Characteristic.objects.filter(**_own(membership))


def gauges_visible_to(membership: Membership | None) -> QuerySet[Gauge]:
    """Return the measuring instruments of somebody's organisation."""
    return Gauge.objects.filter(**_own(membership))


def charts_visible_to(membership: Membership | None) -> QuerySet[Chart]:
    """Return the control charts of somebody's organisation."""
    return Chart.objects.filter(**_own(membership)).select_related(
        "characteristic", "gauge", "keeper__person", "organisation"
    )


def studies_visible_to(membership: Membership | None) -> QuerySet[Study]:
    """Return the kept computations of somebody's organisation."""
    return Study.objects.filter(**_own(membership)).select_related("characteristic", "gauge", "chart", "by__person")


def calibrations_due(membership: Membership, today: date) -> QuerySet[Gauge]:
    """Return the gauges whose calibration has run out or does so within :data:`SOON` days, the latest first."""
    return gauges_visible_to(membership).filter(calibration_due_on__lte=today + timedelta(days=SOON)).order_by(
        "calibration_due_on", "number"
    )  # fmt: skip


def charts_to_explain(membership: Membership, today: date) -> QuerySet[Chart]:
    """Return the open charts on which a point signals that nobody has commented: those that a member keeps, and those
    whose keeper acts for the organisation no more, so that no signal waits for nobody."""
    theirs = Q(keeper=membership) | Q(keeper__until_day__lt=today)
    return charts_visible_to(membership).filter(theirs, closed_at=None).exclude(signals=[])


def comment_due(chart: Chart) -> date | None:
    """Return the day by which the first signal without a comment is to be commented; None where there is none.

    It is the next working day, by the calendar of the organisation's country, after the signal was there to be seen:
    after its measurements were entered, or after limits that judge it were frozen, whichever came later. Old signals
    are not due the sooner for that, and those of a weekend wait for Monday (ISO 7870-1:2019 asks to act promptly).
    """
    if not chart.signals:
        return None
    first = chart.signals[0]
    point = chart.subgroups.select_related("intake").filter(number=first).first()
    if point is None:
        return None
    seen = [point.intake.effective_at]
    seen += chart.limit_sets.filter(holds_from__lte=first).values_list("effective_at", flat=True)
    area = chart.organisation.country
    return working_days_after(day_of(max(seen), area), REACT_WITHIN, area)


def keepers(membership: Membership, today: date) -> list[Membership]:
    """Return the members of an organisation who do quality work: one of them keeps each chart."""
    living = Membership.objects.filter(organisation=membership.organisation_id, from_day__lte=today).select_related(
        "person", "organisation"
    )
    return [one for one in living if one.lives_on(today) and one.holds(Function.QUALITY)]
