"""Management reviews, the period each looks back on, and decisions that are still open."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from testamur.improvement.models import ManagementReview, ReviewDecision
from testamur.improvement.queries.inputs.lines import Period
from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.kernel.words import Function
from testamur.parties.models import Membership

STATES = {"planned": _("planned"), "frozen": _("inputs frozen"), "closed": _("closed")}
KINDS = {
    ReviewDecision.Kind.IMPROVEMENT: _("improvement"),
    ReviewDecision.Kind.CHANGE: _("change of the system"),
    ReviewDecision.Kind.RESOURCES: _("resources"),
}


def visible_to(membership: Membership | None) -> QuerySet[ManagementReview]:
    """Return the reviews of a membership's own organisation."""
    if membership is None or not membership.holds(Function.QUALITY):
        return ManagementReview.objects.none()
    rows = ManagementReview.objects.filter(organisation=membership.organisation_id)
    return rows.select_related("chair__person", "organisation")


def state_of(review: ManagementReview) -> str:
    """Return the state of a review, a key of ``STATES``."""
    if review.closed_at is not None:
        return "closed"
    return "frozen" if review.frozen_at is not None else "planned"


def period_of(review: ManagementReview, today: date) -> Period:
    """Return what a review looks back on: since the one before, or a year; never past today."""
    before = ManagementReview.objects.filter(
        organisation=review.organisation_id, held_on__lt=review.held_on, closed_at__isnull=False
    ).first()
    since = before.held_on if before else days.add_months(review.held_on, -12)
    return Period(review.organisation, since, min(review.held_on, today))


def open_decisions(membership: Membership) -> QuerySet[ReviewDecision]:
    """Return the decisions of closed reviews that are not done."""
    rows = ReviewDecision.objects.filter(
        review__in=visible_to(membership), review__closed_at__isnull=False, done_on__isnull=True
    )
    return rows.select_related("owner__person", "review").order_by("due_on")


def to_do(membership: Membership, today: date, *, days_ahead: int = 14) -> list[ReviewDecision]:
    """Return one's own decisions that are due within some days, and those that are late."""
    mine = open_decisions(membership).filter(owner=membership)
    return [one for one in mine if (one.due_on - today).days <= days_ahead]
