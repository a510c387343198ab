"""Questions about control plans: which edition holds, which is a draft."""

from __future__ import annotations

from django.db.models import QuerySet

from testamur.improvement.models import ControlPlan, ControlPlanEdition, ControlPlanRow, FailureMode
from testamur.improvement.queries.access import own
from testamur.parties.models import Membership
from testamur.studies.models import Characteristic, Gauge


def visible_to(membership: Membership | None) -> QuerySet[ControlPlan]:
    """Return the control plans of the membership's organisation."""
    return own(ControlPlan.objects.all(), membership).select_related("organisation", "by__person")


def editions(plan: ControlPlan) -> list[ControlPlanEdition]:
    """Return every edition of a plan, the newest first."""
    rows = plan.editions.select_related("by__person", "approved_by__person").prefetch_related(
        "rows__characteristic", "rows__gauge", "rows__chart", "rows__failure__fmea", "rows__failure__ratings",
        "rows__looks__rating", "rows__rating",
    )
    return list(rows.order_by("-edition"))


def drafts(membership: Membership) -> QuerySet[ControlPlanEdition]:
    """Return drafts that wait for this member's approval: those that somebody else wrote."""
    rows = ControlPlanEdition.objects.filter(plan__in=visible_to(membership), approved_at=None)
    return rows.exclude(by__person_id=membership.person_id).select_related("plan")


def rows_to_look_at(membership: Membership) -> list[tuple[ControlPlan, list[ControlPlanRow]]]:
    """Return the plans this member drafted with the rows whose risk changed since they were looked at: those of the
    draft, for the edition in force is replaced by it; else those in force."""
    plans = visible_to(membership).filter(by=membership)
    listed = ((one, [row for row in editions(one)[0].rows.all() if row.to_look_at]) for one in plans)
    return [(plan, rows) for plan, rows in listed if rows]


def controlling(failure: FailureMode) -> list[ControlPlanRow]:
    """Return the rows that control a failure in the newest edition of each plan."""
    rows = ControlPlanRow.objects.filter(failure=failure).select_related("edition__plan", "chart", "rating")
    newest: dict[int, int] = {}
    for plan, edition in ControlPlanEdition.objects.filter(plan__organisation=failure.fmea.organisation_id).values_list(
        "plan_id", "edition"
    ):
        newest[plan] = max(edition, newest.get(plan, 0))
    return [one for one in rows if one.edition.edition == newest[one.edition.plan_id]]


def characteristics(membership: Membership) -> QuerySet[Characteristic]:
    """Return what the organisation measures."""
    return own(Characteristic.objects.all(), membership)


def gauges(membership: Membership) -> QuerySet[Gauge]:
    """Return the measuring instruments of the organisation."""
    return own(Gauge.objects.all(), membership)
