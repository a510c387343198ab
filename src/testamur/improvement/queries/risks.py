"""Questions about FMEA sheets: the rows by priority, and which high risks nobody works on."""

from __future__ import annotations

from datetime import date

from django.db.models import Prefetch, QuerySet

from testamur.improvement.models import FailureMode, Fmea, RiskAction
from testamur.improvement.queries.access import own
from testamur.parties.models import Membership

ORDER = {"H": 0, "M": 1, "L": 2}


def visible_to(membership: Membership | None) -> QuerySet[Fmea]:
    """Return the sheets of the membership's organisation."""
    return own(Fmea.objects.all(), membership).select_related("organisation", "by__person")


def failures(rows: QuerySet[FailureMode]) -> QuerySet[FailureMode]:
    """Return rows with their ratings and actions read along."""
    actions = RiskAction.objects.select_related("owner__person")
    return rows.select_related("fmea", "chart").prefetch_related("ratings", Prefetch("actions", queryset=actions))


def living(fmea: Fmea) -> list[FailureMode]:
    """Return the rows of a sheet that were not removed, the highest action priority first."""
    rows = list(failures(fmea.failures.filter(removed_because="")))
    return sorted(rows, key=lambda one: (ORDER[one.rating.priority], -one.rating.severity, one.place))


def of_organisation(membership: Membership) -> QuerySet[FailureMode]:
    """Return every living row of the organisation's sheets."""
    return FailureMode.objects.filter(fmea__in=visible_to(membership), removed_because="").select_related("fmea")


def unanswered(rows: list[FailureMode]) -> list[FailureMode]:
    """Return high risks without any action: the handbook wants one, or the reason why there is none."""
    return [one for one in rows if one.rating.priority == "H" and not one.actions.all()]


def due(membership: Membership, until: date) -> QuerySet[RiskAction]:
    """Return this member's own actions that are not taken and fall due until a day."""
    rows = RiskAction.objects.filter(failure__fmea__in=visible_to(membership), owner=membership, done_on=None)
    return rows.filter(due_on__lte=until, failure__removed_because="").select_related("failure__fmea")
