"""May this happen? Who may answer, see, plan and advise; each check raises ``Refused`` with what to do."""

from __future__ import annotations

from datetime import date, datetime

from testamur.diagnosis.models import Assessment, Grant, PlanItem
from testamur.diagnosis.questionnaires import Question, Questionnaire
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Function
from testamur.parties import policies as parties
from testamur.parties.models import Membership, Organisation

SOURCE = "testamur@2026-1#diagnosis"
#: Longest look at an assessment that is given at once, days.
GRANT_DAYS = 366


def check_may_work(by: Membership, organisation: Organisation, at: datetime) -> None:
    """A living membership of this organisation with the function *quality*."""
    parties.check_lives(by, at)
    parties.check_holds(by, Function.QUALITY, organisation)


def check_open(assessment: Assessment) -> None:
    """A finished assessment is frozen."""
    if assessment.finished_at is not None:
        raise Refused(
            _("This self-assessment was finished on {day} and stays as it is. Begin a new one and compare."),
            {"day": day_of(assessment.finished_at, assessment.organisation.country)},
            rule="diagnosis.frozen",
            source=SOURCE,
        )


def check_finished(assessment: Assessment) -> None:
    """What is compared, planned from or shown to others is finished."""
    if assessment.finished_at is None:
        raise Refused(
            _("Finish this self-assessment first; a draft is seen by nobody else and has no result."),
            rule="diagnosis.draft",
            source=SOURCE,
        )


def check_answer(questionnaire: Questionnaire, question: Question, value: str, reason: str) -> None:
    """The answer is one of those offered; *not applicable* says why (ISO 9001, 4.3)."""
    if value not in questionnaire.values():
        raise Refused(
            _("Choose one of the answers offered."), rule="diagnosis.answer", source=SOURCE, field=question.id
        )
    if value == "na" and not reason.strip():
        raise Refused(
            _("Say in a few words why this does not apply to you; an auditor will ask."),
            rule="diagnosis.not_applicable",
            source="iso-9001@2015#4.3",
            field=f"{question.id}-reason",
        )
    if len(reason) > 500:
        raise Refused(
            _("At most 500 characters are kept here."),
            rule="diagnosis.answer",
            source=SOURCE,
            field=f"{question.id}-reason",
        )


def check_complete(assessment: Assessment, questions: tuple[Question, ...]) -> None:
    """Every question has an answer, and not everything is not applicable."""
    answers = dict(assessment.answers.values_list("question", "value"))
    lacking = [one for one in questions if one.id not in answers]
    if lacking:
        raise Refused(
            _("{count} questions have no answer yet, the first is about {clause}. Answer them, then finish."),
            {"count": len(lacking), "clause": lacking[0].clause},
            rule="diagnosis.complete",
            source=SOURCE,
        )
    if all(answers[one.id] == "na" for one in questions):
        raise Refused(
            _("Nothing applies, so there is nothing to score. Look at the answers again."),
            rule="diagnosis.complete",
            source=SOURCE,
        )


def check_item_open(item: PlanItem, version: int | None) -> None:
    """The item is still in the plan, not done, and nobody changed it in the meantime."""
    if item.dropped_at is not None:
        raise Refused(_("This was taken out of the plan."), rule="diagnosis.plan", source=SOURCE)
    if item.done_on is not None:
        raise Refused(
            _("This was done on {day} and stays as it is."), {"day": item.done_on}, rule="diagnosis.plan", source=SOURCE
        )
    if version is not None and version != item.version:
        raise Refused(
            _(
                "Somebody changed this in the meantime. What you typed is kept; "
                "look at the newer state and send it again."
            ),
            rule="version",
            source="testamur@2026-1#versions",
        )


def check_owner(owner: Membership, organisation: Organisation, on: date) -> None:
    """Who does it acts for the same organisation."""
    if owner.organisation_id != organisation.pk or not owner.lives_on(on):
        raise Refused(
            _("Choose somebody who acts for your organisation."), rule="diagnosis.plan", source=SOURCE, field="owner"
        )


def check_may_let_in(assessment: Assessment, to: Organisation, until_day: date, by: Membership, at: datetime) -> None:
    """One's own finished assessment, to another organisation, for at most a year."""
    check_may_work(by, assessment.organisation, at)
    check_finished(assessment)
    today = day_of(at, assessment.organisation.country)
    if to.pk == assessment.organisation_id:
        raise Refused(_("Your own organisation sees it already."), rule="diagnosis.grant", source=SOURCE, field="to")
    if not 0 <= (until_day - today).days <= GRANT_DAYS:
        raise Refused(
            _("Choose a last day from today to a year ahead."), rule="diagnosis.grant", source=SOURCE, field="until_day"
        )
    if assessment.grants.filter(to=to, revoked_at=None).exists():
        raise Refused(
            _("{organisation} is let in already. Revoke that first if it should change."),
            {"organisation": to.names},
            rule="diagnosis.grant",
            source=SOURCE,
            field="to",
        )


def check_known(organisation: Organisation | None) -> None:
    """Whoever is let in is known here."""
    if organisation is None:
        raise Refused(
            _("No organisation with this number is here. Ask them for theirs."),
            rule="diagnosis.grant",
            source=SOURCE,
            field="to",
        )


def check_may_look(grant: Grant, by: Membership, at: datetime) -> None:
    """A living membership of the organisation that was let in, until the last day, unless revoked."""
    parties.check_lives(by, at)
    if by.organisation_id != grant.to_id:
        raise Refused(_("There is nothing here for you to look at."), rule="diagnosis.grant", source=SOURCE)
    if grant.revoked_at is not None or grant.until_day < day_of(at, grant.assessment.organisation.country):
        raise Refused(
            _("You may look at this no longer. Ask {organisation} to let you in again."),
            {"organisation": grant.assessment.organisation.names},
            rule="diagnosis.grant",
            source=SOURCE,
        )


def check_consequence_known(confirmed: bool) -> None:
    """Whoever writes a solution for one firm knows before what it costs: two years (17021-1, 5.2.5, 5.2.7, 5.2.10)."""
    if not confirmed:
        raise Refused(
            _(
                "This is client-specific. After it neither you nor your organisation can audit, decide or certify here "
                "for two years. Confirm that, or write what is generic."
            ),
            rule="diagnosis.client_specific",
            source="iso-17021-1@2015#5.2.5",
            field="confirmed",
        )
