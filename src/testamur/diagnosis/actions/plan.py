"""Plan an improvement, change it, complete it, drop it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.diagnosis import policies, questionnaires
from testamur.diagnosis.models import Assessment, PlanItem
from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


@transaction.atomic
def plan_item(
    *,
    what: str,
    owner: Membership,
    due_on: date,
    by: Membership,
    at: datetime,
    assessment: Assessment | None = None,
    question: str = "",
    clause: str = "",
) -> PlanItem:
    """Put something into the plan: from a suggestion of an assessment, or of one's own.

    Args:
        question: of the assessment, whose clause then counts; "" where it is one's own idea.
        clause: of ISO 9001, for the folder; "" for none.
    """
    policies.check_may_work(by, by.organisation, at)
    if assessment is not None:
        policies.check_may_work(by, assessment.organisation, at)
        policies.check_finished(assessment)
        found = questionnaires.get(assessment.questionnaire, assessment.edition)
        if question:
            asked = {one.id: one for one in found.asked(assessment.form)}
            if question not in asked:
                raise Refused(_("There is no such suggestion."), rule="diagnosis.plan", source=policies.SOURCE)
            clause = asked[question].clause if found.id == "iso-9001" else clause
            if assessment.plan_items.filter(question=question, dropped_at=None).exists():
                raise Refused(_("This stands in the plan already."), rule="diagnosis.plan", source=policies.SOURCE)
    today = day_of(at, by.organisation.country)
    _check(what, owner, due_on, by, today)
    if due_on < today:
        raise Refused(_("Choose a day that is still to come."), rule="diagnosis.plan", field="due_on")
    item = PlanItem.objects.create(
        organisation=by.organisation,
        assessment=assessment,
        question=question,
        clause=clause,
        what=" ".join(what.split()),
        owner=owner,
        due_on=due_on,
        by=by,
        effective_at=at,
    )
    payload = {"owner": owner.public_id, "due": due_on.isoformat(), "question": question}
    record("diagnosis.item_planned", subject=item, by=by, at=at, payload=payload)
    return item


@transaction.atomic
def change_item(
    *, item: PlanItem, what: str, owner: Membership, due_on: date, version: int | None, by: Membership, at: datetime
) -> PlanItem:
    """Change what is done, by whom, or until when; ``version`` is that of the page on which it was changed."""
    item = _open(item, version, by, at)
    _check(what, owner, due_on, by, day_of(at, by.organisation.country))
    before = {"due": item.due_on.isoformat(), "owner": item.owner.public_id}
    item.what, item.owner, item.due_on = " ".join(what.split()), owner, due_on
    item.version += 1
    item.save(update_fields=["what", "owner", "due_on", "version"])
    payload = {"before": before, "due": due_on.isoformat(), "owner": owner.public_id}
    record("diagnosis.item_changed", subject=item, by=by, at=at, payload=payload)
    return item


@transaction.atomic
def complete_item(
    *, item: PlanItem, done_on: date, outcome: str, version: int | None, by: Membership, at: datetime
) -> PlanItem:
    """Say that it is done, when, and what came of it; an auditor reads the latter."""
    item = _open(item, version, by, at)
    today = day_of(at, by.organisation.country)
    if done_on > today:
        raise Refused(_("It cannot be done on a day that is still to come."), rule="diagnosis.plan", field="done_on")
    if not outcome.strip() or len(outcome) > 1000:
        raise Refused(
            _("Say in at most 1000 characters what came of it."),
            rule="diagnosis.plan",
            source="iso-9001@2015#6.2.2",
            field="outcome",
        )
    item.done_on, item.outcome = done_on, outcome.strip()
    item.version += 1
    item.save(update_fields=["done_on", "outcome", "version"])
    record("diagnosis.item_done", subject=item, by=by, at=at, payload={"on": done_on.isoformat()})
    return item


@transaction.atomic
def drop_item(*, item: PlanItem, version: int | None, by: Membership, at: datetime) -> PlanItem:
    """Take it out of the plan; the suggestion can be planned again."""
    item = _open(item, version, by, at)
    item.dropped_at = clock.now()
    item.version += 1
    item.save(update_fields=["dropped_at", "version"])
    record("diagnosis.item_dropped", subject=item, by=by, at=at)
    return item


def _open(item: PlanItem, version: int | None, by: Membership, at: datetime) -> PlanItem:
    item = PlanItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    policies.check_may_work(by, item.organisation, at)
    policies.check_item_open(item, version)
    return item


def _check(what: str, owner: Membership, due_on: date, by: Membership, today: date) -> None:
    if not what.strip() or len(what) > 300:
        raise Refused(
            _("Say in at most 300 characters what will be done."),
            rule="diagnosis.plan",
            source="iso-9001@2015#6.2.2",
            field="what",
        )
    policies.check_owner(owner, by.organisation, today)
