"""Questions; each begins with what a membership may see: its own organisation's, or what it was let in to see."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from testamur.diagnosis import questionnaires, scoring
from testamur.diagnosis.models import Advice, Assessment, FolderPaper, Grant, Participation, PlanItem
from testamur.kernel import days
from testamur.kernel.words import Function
from testamur.parties.models import Membership, Organisation
from testamur.requirements import code_lists


def visible_to(membership: Membership | None) -> QuerySet[Assessment]:
    """Return the assessments of one's own organisation, for those who do quality work."""
    if membership is None or not membership.holds(Function.QUALITY):
        return Assessment.objects.none()
    return Assessment.objects.filter(organisation_id=membership.organisation_id)


def plan(membership: Membership | None) -> QuerySet[PlanItem]:
    """Return what stands in one's own plan, with what is done and without what was dropped."""
    if membership is None or not membership.holds(Function.QUALITY):
        return PlanItem.objects.none()
    rows = PlanItem.objects.filter(organisation_id=membership.organisation_id, dropped_at=None)
    return rows.select_related("owner__person", "assessment")


def papers(membership: Membership | None) -> QuerySet[FolderPaper]:
    """Return what lies in one's own folder."""
    if membership is None or not membership.holds(Function.QUALITY):
        return FolderPaper.objects.none()
    rows = FolderPaper.objects.filter(organisation_id=membership.organisation_id, removed_at=None)
    return rows.select_related("file", "by__person", "document").prefetch_related(
        "document__versions__approved_by__person", "document__versions__document"
    )


def let_in(membership: Membership | None, on: date) -> QuerySet[Grant]:
    """Return what other organisations let one's own look at on a day."""
    if membership is None:
        return Grant.objects.none()
    rows = Grant.objects.filter(to_id=membership.organisation_id, revoked_at=None, until_day__gte=on)
    return rows.select_related("assessment__organisation")


def advice_to(membership: Membership, assessment: Assessment) -> QuerySet[Advice]:
    """Return the advice on an assessment: all of it to the firm itself, to a guest what its own organisation wrote."""
    rows = assessment.advice.select_related("by__person", "by__organisation")
    if membership.organisation_id == assessment.organisation_id:
        return rows
    return rows.filter(by__organisation=membership.organisation_id)


def participation(organisation: Organisation) -> Participation | None:
    """Return the living participation in the benchmark."""
    return Participation.objects.filter(organisation=organisation, withdrawn_at=None).first()


def answers_of(assessment: Assessment) -> dict[str, str]:
    """Return question → answer."""
    return dict(assessment.answers.values_list("question", "value"))


def questionnaire_of(assessment: Assessment) -> questionnaires.Questionnaire:
    """Return the version that the assessment was begun with."""
    return questionnaires.get(assessment.questionnaire, assessment.edition)


def suggestions_of(assessment: Assessment) -> list[scoring.Suggestion]:
    """Return what to do next, in the firm's order."""
    return scoring.suggestions(
        questionnaire_of(assessment), assessment.form, answers_of(assessment), list(assessment.rank)
    )


def earlier(assessment: Assessment) -> list[Assessment]:
    """Return finished assessments by the same questionnaire before this one, the newest first."""
    rows = Assessment.objects.filter(
        organisation_id=assessment.organisation_id, questionnaire=assessment.questionnaire
    ).exclude(finished_at=None)
    if assessment.finished_at is not None:
        rows = rows.filter(finished_at__lt=assessment.finished_at)
    return list(rows.exclude(pk=assessment.pk).order_by("-finished_at", "-id"))


def last_checkup(organisation: Organisation) -> Assessment | None:
    """Return the last finished check-up by ISO 9001."""
    rows = Assessment.objects.filter(organisation=organisation, questionnaire="iso-9001").exclude(finished_at=None)
    return rows.order_by("-finished_at", "-id").first()


def is_fresh(assessment: Assessment, today: date) -> bool:
    """Say whether an assessment is at most a year old."""
    assert assessment.finished_at is not None
    return today <= days.add_months(days.day_of(assessment.finished_at, assessment.organisation.country), 12)


def sections() -> dict[str, dict[str, str]]:
    """Return the sections of GB/T 4754 by their letters, in both languages."""
    nodes = code_lists.written()["industries@gbt-4754-2017"]["nodes"]
    return {code: {"en": row["en"], "zh": row["zh"]} for code, row in nodes.items() if code.isalpha()}


def with_number(text: str) -> Organisation | None:
    """Return an organisation by its number here or by an identifier of its own (USCC, LEI …)."""
    if not text:
        return None
    asked = Q(public_id=text) | Q(public_id=text.upper()) | Q(identifiers__value=text.upper())
    return Organisation.objects.filter(asked).order_by("id").first()
