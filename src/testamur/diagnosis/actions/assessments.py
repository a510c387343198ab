"""Begin, answer, finish, and the firm's own order of what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from testamur.diagnosis import benchmark, policies, questionnaires, scoring
from testamur.diagnosis.models import Answer, Assessment
from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


@transaction.atomic
def begin(*, questionnaire: str, form: str, by: Membership, at: datetime) -> Assessment:
    """Begin a self-assessment by the newest version of a questionnaire; a draft of the same is taken up again.

    Args:
        questionnaire: id of a file of the library.
        form: ``full`` or ``short`` (where the questionnaire has one).
    """
    policies.check_may_work(by, by.organisation, at)
    found = questionnaires.get(questionnaire)
    if form not in questionnaires.FORMS or (form == "short" and not found.has_short):
        raise Refused(
            _("Choose the full or the short form; not every questionnaire has a short one."),
            rule="diagnosis.questionnaire",
            source=policies.SOURCE,
            field="form",
        )
    draft = Assessment.objects.filter(
        organisation=by.organisation, questionnaire=found.id, edition=found.version, form=form, finished_at=None
    ).first()
    if draft is not None:
        return draft
    made = Assessment.objects.create(
        organisation=by.organisation,
        questionnaire=found.id,
        edition=found.version,
        form=form,
        by=by,
        effective_at=at,
    )
    payload = {"questionnaire": found.id, "version": found.version, "form": form}
    record("diagnosis.assessment_begun", subject=made, by=by, at=at, payload=payload)
    return made


@transaction.atomic
def answer_page(
    *, assessment: Assessment, answers: Mapping[str, tuple[str, str]], by: Membership, at: datetime
) -> Assessment:
    """Keep the answers of a page; who answers a question last is kept with it.

    Args:
        answers: id of the question → (answer, reason); an empty answer is left as it was.

    Raises:
        Refused: finished already; an answer that is not offered; *not applicable* without a reason.
    """
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    policies.check_may_work(by, assessment.organisation, at)
    policies.check_open(assessment)
    found = questionnaires.get(assessment.questionnaire, assessment.edition)
    asked = {one.id: one for one in found.asked(assessment.form)}
    before = {row.question: row for row in assessment.answers.all()}
    rows = []
    for ident, (value, reason) in answers.items():
        if ident not in asked or not value:
            continue
        policies.check_answer(found, asked[ident], value, reason)
        row = before.get(ident) or Answer(assessment=assessment, question=ident)
        row.value, row.reason, row.answered_by, row.answered_at = value, reason.strip(), by, clock.now()
        rows.append(row)
    Answer.objects.bulk_create(row for row in rows if row.pk is None)
    Answer.objects.bulk_update(
        (row for row in rows if row.pk is not None), ["value", "reason", "answered_by", "answered_at"]
    )
    kept = [row.question for row in rows]
    record("diagnosis.page_answered", subject=assessment, by=by, at=at, payload={"questions": kept})
    return assessment


@transaction.atomic
def finish(*, assessment: Assessment, by: Membership, at: datetime) -> Assessment:
    """Freeze the answers with their scores."""
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    policies.check_may_work(by, assessment.organisation, at)
    policies.check_open(assessment)
    found = questionnaires.get(assessment.questionnaire, assessment.edition)
    policies.check_complete(assessment, found.asked(assessment.form))
    answers = dict(assessment.answers.values_list("question", "value"))
    scores = scoring.scores(found, assessment.form, answers)
    assessment.finished_at, assessment.finished_by = at, by
    assessment.total = scores.total
    assessment.scores = {group: str(score) for group, score in scores.groups.items()}
    assessment.save(update_fields=["finished_at", "finished_by", "total", "scores"])
    payload = {"questionnaire": found.id, "version": found.version, "total": str(scores.total), "answers": answers}
    record("diagnosis.assessment_finished", subject=assessment, by=by, at=at, payload=payload)
    benchmark.refresh(found.id)
    return assessment


@transaction.atomic
def reorder(*, assessment: Assessment, rank: Sequence[str], by: Membership, at: datetime) -> Assessment:
    """Put the next steps into the firm's own order; an empty one goes back to the computed order."""
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    policies.check_may_work(by, assessment.organisation, at)
    policies.check_finished(assessment)
    found = questionnaires.get(assessment.questionnaire, assessment.edition)
    known = {one.id for one in found.asked(assessment.form)}
    assessment.rank = [one for n, one in enumerate(rank) if one in known and one not in rank[:n]]
    assessment.save(update_fields=["rank"])
    record("diagnosis.rank_changed", subject=assessment, by=by, at=at, payload={"rank": assessment.rank})
    return assessment
