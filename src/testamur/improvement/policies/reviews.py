"""What a management review needs (ISO 9001:2015, 9.3.2 and 9.3.3)."""

from __future__ import annotations

from datetime import datetime

from testamur.improvement.models import ManagementReview, ReviewDecision
from testamur.improvement.policies.quality import check_may_work
from testamur.improvement.queries.inputs import TOPICS
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

INPUTS = "iso-9001@2015#9.3.2"
OUTPUTS = "iso-9001@2015#9.3.3"


def check_may_change(by: Membership, review: ManagementReview, at: datetime) -> None:
    """Minutes that were closed do not change."""
    check_may_work(by, review.organisation, at)
    if review.closed_at is not None:
        raise Refused(_("The minutes of this review are closed."), rule="improvement.review", source=OUTPUTS)


def check_may_freeze(by: Membership, review: ManagementReview, at: datetime) -> None:
    """Inputs are frozen once, on the day of the review or after it."""
    check_may_change(by, review, at)
    if review.frozen_at is not None:
        raise Refused(_("The inputs are frozen already."), rule="improvement.review", source=INPUTS)
    if day_of(at, review.organisation.country) < review.held_on:
        raise Refused(
            _("The review is on {day}. Freeze its inputs on that day; until then they are shown as they stand."),
            {"day": review.held_on},
            rule="improvement.review",
            source=INPUTS,
            until=review.held_on,
        )


def check_may_decide(by: Membership, review: ManagementReview, at: datetime) -> None:
    """Decisions rest on inputs that stay."""
    check_may_change(by, review, at)
    if review.frozen_at is None:
        raise Refused(_("Freeze the inputs first: decisions rest on them."), rule="improvement.review", source=INPUTS)


def check_may_close(by: Membership, review: ManagementReview, at: datetime) -> None:
    """Each input was considered: what the platform knows nothing of needs a remark."""
    check_may_decide(by, review, at)
    said = set(review.remarks.values_list("topic", flat=True))
    empty = {row["key"] for row in review.inputs if not row["lines"]} - said
    if empty:
        raise Refused(
            _("Nothing is recorded here on {count} points of the agenda. Write a remark to each of them first."),
            {"count": len(empty & {topic.key for topic in TOPICS})},
            rule="improvement.review",
            source=INPUTS,
        )


def check_may_finish(by: Membership, decision: ReviewDecision, at: datetime) -> None:
    """A decision of closed minutes is done once."""
    check_may_work(by, decision.review.organisation, at)
    if decision.review.closed_at is None or decision.done_on is not None:
        raise Refused(
            _("This decision is done already, or its minutes are not closed."),
            rule="improvement.review",
            source=OUTPUTS,
        )
