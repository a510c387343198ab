"""Questions about control plans: which edition holds, which is a draft."""

from __future__ import annotations

from django.db.models import QuerySet

from testamur.improvement.models import ControlPlan, ControlPlanEdition
from testamur.improvement.queries.access import own
from testamur.parties.models import Membership
from testamur.studies.models import Characteristic, Gauge


def visible_to(membership: Membership | None) -> QuerySet[ControlPlan]:
    """Return the control plans of the membership's organisation."""
    return own(ControlPlan.objects.all(), membership).select_related("organisation", "by__person")


def editions(plan: ControlPlan) -> list[ControlPlanEdition]:
    """Return every edition of a plan, the newest first."""
    rows = plan.editions.select_related("by__person", "approved_by__person").prefetch_related(
        "rows__characteristic", "rows__gauge", "rows__chart", "rows__failure__fmea"
    )
    return list(rows.order_by("-edition"))


def drafts(membership: Membership) -> QuerySet[ControlPlanEdition]:
    """Return drafts that wait for this member's approval: those that somebody else wrote."""
    rows = ControlPlanEdition.objects.filter(plan__in=visible_to(membership), approved_at=None)
    return rows.exclude(by__person_id=membership.person_id).select_related("plan")


def characteristics(membership: Membership) -> QuerySet[Characteristic]:
    """Return what the organisation measures."""
    return own(Characteristic.objects.all(), membership)


def gauges(membership: Membership) -> QuerySet[Gauge]:
    """Return the measuring instruments of the organisation."""
    return own(Gauge.objects.all(), membership)
