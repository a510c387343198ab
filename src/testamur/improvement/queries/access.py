"""Whose rows a membership may see: its own organisation's, and only with the function *quality*."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from testamur.kernel.words import Function
from testamur.parties.models import Membership

Row = TypeVar("Row", bound=Model)


def own(rows: QuerySet[Row], membership: Membership | None) -> QuerySet[Row]:
    """Return the rows of the membership's organisation; none for those who do no quality work."""
    if membership is None or not membership.holds(Function.QUALITY):
        return rows.none()
    return rows.filter(organisation_id=membership.organisation_id)


def colleagues(membership: Membership, on: date) -> QuerySet[Membership]:
    """Return who acts for the same organisation on a day, and can be given work."""
    living: Any = Q(until_day__isnull=True) | Q(until_day__gte=on)
    rows = Membership.objects.filter(living, organisation_id=membership.organisation_id, from_day__lte=on)
    return rows.select_related("person").order_by("pk")
