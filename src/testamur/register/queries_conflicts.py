"""Questions about stored conflicts: those that concern somebody, and those that wait for a word."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from testamur.kernel.words import Function
from testamur.parties.models import Membership
from testamur.register.models import Conflict
from testamur.register.policies_reporting import mirrors


def concerning(membership: Membership | None) -> QuerySet[Conflict]:
    """Return the conflicts of certificates that somebody's organisation issued; all for who runs the register."""
    if membership is None or not membership.holds(Function.RECORDS):
        return Conflict.objects.none()
    rows = Conflict.objects.select_related(
        "first__source", "first__issuer", "first__current", "second__source", "second__issuer", "second__current",
        "holds", "found_by",
    )  # fmt: skip
    if mirrors(membership):
        return rows
    own = membership.organisation_id
    return rows.filter(Q(first__issuer=own) | Q(second__issuer=own))


def to_settle(membership: Membership) -> QuerySet[Conflict]:
    """Return the open conflicts that wait for somebody's word: of who runs the register, those of two bodies."""
    rows = concerning(membership).filter(ended_by=None).exclude(rule=Conflict.Rule.SETTLED)
    return rows.exclude(first__issuer=F("second__issuer")) if mirrors(membership) else rows
