"""Which processes there are."""

from __future__ import annotations

from django.db.models import QuerySet

from testamur.improvement.models import Process
from testamur.kernel.words import Function
from testamur.parties.models import Membership


def visible_to(membership: Membership | None) -> QuerySet[Process]:
    """Return the processes of a membership's own organisation."""
    if membership is None or not membership.holds(Function.QUALITY):
        return Process.objects.none()
    return Process.objects.filter(organisation=membership.organisation_id).select_related("owner__person")


def living(membership: Membership | None) -> QuerySet[Process]:
    """Return those that are still done."""
    return visible_to(membership).filter(ended_at=None)
