"""A management review is planned, its inputs frozen; it decides, closes, and its decisions are carried out."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.improvement.models import ManagementReview, ReviewDecision, ReviewRemark
from testamur.improvement.policies import reviews as policies
from testamur.improvement.policies.quality import SOURCE, check_colleague, check_may_work, check_not_ahead, check_text
from testamur.improvement.queries import reviews as queries
from testamur.improvement.queries.inputs import TOPICS, collect
from testamur.journal.actions import record
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Organisation


@transaction.atomic
def plan_review(*, held_on: date, chair: Membership, attendees: str, by: Membership, at: datetime) -> ManagementReview:
    """Plan a review; its agenda is collected by the platform."""
    organisation = Organisation.objects.select_for_update().get(pk=by.organisation_id)  # numbers follow each other
    check_may_work(by, organisation, at)
    check_colleague(chair, by, day_of(at, organisation.country), "chair")
    count = ManagementReview.objects.filter(organisation=organisation, number__startswith=f"MR-{held_on.year}-").count()
    made = ManagementReview.objects.create(
        organisation=organisation, number=f"MR-{held_on.year}-{count + 1}", held_on=held_on, chair=chair,
        attendees=check_text(attendees, "attendees", most=500), by=by, effective_at=at,
    )  # fmt: skip
    record("improvement.review_planned", subject=made, by=by, at=at, payload={"on": held_on.isoformat()})
    return made


def _locked(review: ManagementReview) -> ManagementReview:
    return ManagementReview.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=review.pk)


@transaction.atomic
def freeze_inputs(*, review: ManagementReview, by: Membership, at: datetime) -> ManagementReview:
    """Keep what the platform knows of each point of the agenda; it does not change any more."""
    review = _locked(review)
    policies.check_may_freeze(by, review, at)
    review.inputs = collect(queries.period_of(review, day_of(at, review.organisation.country)))
    review.frozen_at = at
    review.save(update_fields=["inputs", "frozen_at"])
    record("improvement.review_frozen", subject=review, by=by, at=at,
           payload={"lines": sum(len(row["lines"]) for row in review.inputs)}, source=policies.INPUTS)  # fmt: skip
    return review


@transaction.atomic
def remark(*, review: ManagementReview, topic: str, text: str, by: Membership, at: datetime) -> ReviewRemark:
    """Write a remark to a point of the agenda."""
    review = _locked(review)
    policies.check_may_change(by, review, at)
    if topic not in {one.key for one in TOPICS}:
        raise Refused(_("Choose one of the answers offered."), rule="improvement.own", source=SOURCE, field="topic")
    made = ReviewRemark.objects.create(review=review, topic=topic, text=check_text(text, "remark", most=5000), by=by)
    record("improvement.review_remarked", subject=review, by=by, at=at, payload={"topic": topic})
    return made


@transaction.atomic
def decide(
    *, review: ManagementReview, kind: str, text: str, owner: Membership, due_on: date, by: Membership, at: datetime
) -> ReviewDecision:
    """Write down what the management decides, who does it and by when."""
    review = _locked(review)
    policies.check_may_decide(by, review, at)
    check_colleague(owner, by, day_of(at, review.organisation.country), "owner")
    if kind not in ReviewDecision.Kind.values or due_on < review.held_on:
        raise Refused(
            _("Choose a kind, and a day from the review on."), rule="improvement.review", source=policies.OUTPUTS,
            field="due_on",
        )  # fmt: skip
    made = ReviewDecision.objects.create(
        review=review, number=review.decisions.count() + 1, kind=kind, text=check_text(text, "decision", most=2000),
        owner=owner, due_on=due_on, by=by, effective_at=at,
    )  # fmt: skip
    record("improvement.review_decided", subject=review, by=by, at=at,
           payload={"number": made.number, "owner": owner.pk, "due": due_on.isoformat()})  # fmt: skip
    return made


@transaction.atomic
def close_review(*, review: ManagementReview, conclusion: str, by: Membership, at: datetime) -> ManagementReview:
    """Close the minutes with what the management concludes of the system: suitable, adequate, effective, aligned."""
    review = _locked(review)
    policies.check_may_close(by, review, at)
    review.conclusion, review.closed_at = check_text(conclusion, "conclusion", most=5000), at
    review.save(update_fields=["conclusion", "closed_at"])
    record("improvement.review_closed", subject=review, by=by, at=at, source=policies.OUTPUTS)
    return review


@transaction.atomic
def finish_decision(
    *, decision: ReviewDecision, done_on: date, result: str, by: Membership, at: datetime
) -> ReviewDecision:
    """Say that a decision was carried out, and what came of it."""
    decision = ReviewDecision.objects.select_for_update(of=("self",)).select_related("review__organisation").get(
        pk=decision.pk
    )  # fmt: skip
    policies.check_may_finish(by, decision, at)
    check_not_ahead(done_on, at, by, "done_on")
    decision.done_on, decision.result = done_on, check_text(result, "result", most=500)
    decision.save(update_fields=["done_on", "result"])
    record("improvement.review_decision_done", subject=decision.review, by=by, at=at,
           payload={"number": decision.number, "on": done_on.isoformat()})  # fmt: skip
    return decision
