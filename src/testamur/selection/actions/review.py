"""Application review (申请评审): accept with the work calculated, ask once for what is missing, or refuse with the
clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.kernel.scope import MalformedScope, Scope
from testamur.parties.models import Membership, actor
from testamur.register import authority
from testamur.selection import policies
from testamur.selection.actions.cases import close_case, pause
from testamur.selection.calculation import Calculation, calculate
from testamur.selection.impartiality import check_body_did_not_advise
from testamur.selection.models import Application, ApplicationReview, Case
from testamur.selection.programme import make_programme
from testamur.selection.roles import cite, fills, is_applicant
from testamur.selection.scope import check_some, proposed
from testamur.selection.turns import Problems, plain

State = Application.State
Line = dict[str, Any]


@transaction.atomic
def review_application(
    *,
    case: Case,
    answers: dict[str, bool],
    adjustments: Sequence[Mapping[str, Any]] = (),
    notes: str = "",
    accepted: bool,
    scope: list[Line] | None = None,
    statement: dict[str, str] | None = None,
    given: Mapping[str, Any] | None = None,
    seen: int | None = None,
    by: Membership,
    at: datetime,
) -> ApplicationReview:
    """Answer the scheme's questions, let the rules calculate, accept or refuse.

    Args:
        answers: question id → yes or no.
        adjustments: ``[{"reason": {bcp47: text}, "share": "-0.10"}]``, shares of the table value; each with its reason.
        scope: coded scope lines; None: those that the answers propose.
        statement: the scope in words, ``{bcp47: text}``, on which people will decide.
        given: inputs that only the planner knows, e.g. ``{"N": 1200}``.
        seen: how many reviews of this application the planner's page showed; None: not asked.

    Returns:
        The review, with the whole working kept in ``calculation``.

    Raises:
        Problems: it was to be accepted, and something stands against it; each refusal names its clause.
        Nothing is written.
        Refused: wrong role or stage; a refusal without a reason.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    role = policies.check_may_review_application(case, by, at)
    policies.check_reviews_seen(case, seen)
    application = _application(case)
    if application.state == State.DRAFT:
        raise Refused(
            _("The application has not been handed in yet."),
            rule="application.state",
            source="testamur@2026-1#application",
        )
    if application.state == State.RETURNED:
        raise Refused(
            _("The applicant was asked to complete the application and has not answered yet."),
            rule="application.state",
            source="testamur@2026-1#application",
        )
    given_answers = {str(name): bool(value) for name, value in answers.items()}
    adjusted = _adjustments(adjustments)
    calculation = calculate(case, adjustments=adjusted, given=given)
    lines = _lines(case, scope, calculation)
    if accepted and scope is not None:
        check_some(lines, rule="scope.form", source="testamur@2026-1#scope")
    against = standing_against(case, given_answers, calculation, lines, by=by, at=at)
    made = ApplicationReview(
        case=case,
        answers=given_answers,
        notes=notes.strip(),
        adjustments=plain(adjusted),
        calculation=calculation.to_json(),
        days=calculation.days(case.occasion),
        accepted=accepted,
        scope=lines,
        statement=dict(statement or {}),
        refusal=[] if accepted else [_kept(one) for one in against],
        effective_at=at,
        **actor(by),
    )
    if accepted:
        unanswered = [one for one in case.scheme.definition.questions if one.id not in given_answers]
        problems = against + [
            Refused(
                _("The question is not answered: {question}"),
                {"question": one.text},
                rule="application_review.question",
                source=cite(one),
                field=one.id,
            )
            for one in unanswered
        ]
        if problems:
            raise Problems(
                _("The application cannot be accepted; {count} things stand against it."),
                {"count": len(problems)},
                problems,
                rule=problems[0].rule,
                source=problems[0].source,
                field=problems[0].field,
                who=problems[0].who,
                until=problems[0].until,
            )
        return _accept(case, application, made, calculation, role=role, by=by, at=at)
    if not against and not made.notes:
        raise Refused(
            _("Nothing stands against the application; give the reason for refusing it, the applicant reads it."),
            rule="application_review.reason",
            source="cn-rca@2023-07-20#art. 60",
            field="notes",
        )
    return _refuse(case, application, made, role=role, by=by, at=at)


def _application(case: Case) -> Application:
    application = Application.objects.filter(case=case).first()
    if application is None:
        raise Refused(
            _("This case has no application to review."), rule="application.state", source="testamur@2026-1#application"
        )
    return application


def _adjustments(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for place, row in enumerate(rows, 1):
        reason = row.get("reason")
        reason = {"en": reason} if isinstance(reason, str) else dict(reason or {})
        if not any(str(text).strip() for text in reason.values()):
            raise Refused(
                _("Adjustment {place} has no reason; the client is given it, and the accreditor on request."),
                {"place": place},
                rule="MD5.audit_time",
                source="iaf-md5@2023#4.4",
                field=f"adjustments.{place}.reason",
            )
        try:
            share = Decimal(str(row.get("share")))
        except InvalidOperation:
            share = Decimal("NaN")
        if not share.is_finite() or not Decimal(-1) < share <= 10:
            raise Refused(
                _("Adjustment {place} is no share; write for example −0.10 for ten percent less."),
                {"place": place},
                rule="MD5.audit_time",
                source="iaf-md5@2023#3.9",
                field=f"adjustments.{place}.share",
            )
        found.append({"reason": reason, "share": str(share)})
    return found


def _lines(case: Case, scope: list[Line] | None, calculation: Calculation) -> list[Line]:
    lines = proposed(case, calculation.facts) if scope is None else scope
    try:
        Scope.from_json(lines)
    except MalformedScope as error:
        raise Refused(
            _("The scope cannot be read: {why}"),
            {"why": str(error)},
            rule="scope.form",
            source="testamur@2026-1#scope",
            field="scope",
        ) from None
    known = {one.id: one for one in case.scheme.definition.scopes}
    for line in lines:
        strange = sorted(set(line) - set(known))
        if strange:
            raise Refused(
                _("The scheme has no scope dimension {names}."),
                {"names": strange},
                rule="scope.form",
                source=cite(case.scheme.definition.scheme),
                field="scope",
            )
    for name, dimension in known.items():
        nodes = {str(line[name]) for line in lines if name in line}
        if not dimension.many and len(nodes) > 1:
            raise Refused(
                _("One attestation names exactly one {dimension}; apply for each by itself."),
                {"dimension": dimension.title},
                rule="scope.many",
                source=cite(dimension),
                field="scope",
            )
    return lines


def standing_against(
    case: Case,
    answers: Mapping[str, bool],
    calculation: Calculation,
    lines: list[Line],
    *,
    by: Membership | None = None,
    at: datetime,
) -> list[Refused]:
    """Return everything that stands against accepting: answers that must be otherwise, conditions of the
    rules, and a scope
    that the body's own authority does not cover on this day."""
    definition = case.scheme.definition
    found = []
    for question in definition.questions:
        answer = answers.get(question.id)
        if question.must_be is not None and answer is not None and answer is not question.must_be:
            found.append(
                Refused(
                    _("The answer to “{question}” does not allow the application to be accepted."),
                    {"question": question.text},
                    rule=f"question.{question.id}",
                    source=cite(question),
                    field=question.id,
                )
            )
        if by is not None and answer is not None and not fills(case, question.by, by):
            found.append(
                Refused(
                    _("“{question}” is answered by the {role}."),
                    {"question": question.text, "role": definition.role(question.by).title},
                    rule="functions.of_the_role",
                    source=cite(question),
                    field=question.id,
                )
            )
    found += calculation.refusals
    if definition.rule_for("audit_time", case.occasion) is not None and calculation.days(case.occasion) is None:
        found += [why for rule, why in calculation.open.values() if rule.decides in ("personnel", "audit_time")]
    if definition.scopes and not lines:
        found.append(
            Refused(
                _("No scope is named; say what is to be attested."),
                rule="scope.named",
                source=cite(definition.scheme),
                field="scope",
            )
        )
    on = days.day_of(at, definition.area)
    if case.occasion in policies.ASKING:
        try:
            check_body_did_not_advise(definition, issuer=case.issuer, client=case.client, on=on)
        except Refused as refused:
            found.append(refused)
    tables = definition.authorities_of("issuer")
    holdings = authority.holdings_for(case.issuer, tables, on=on)
    for table in tables:
        try:
            authority.check_authority(
                table, definition=definition, holder=case.issuer, claim=lines, on=on, holdings=holdings
            )
        except Refused as refused:
            refused.field = "scope"
            refused.source = refused.source or cite(table)
            found.append(refused)
    return found


def _kept(refused: Refused) -> dict[str, Any]:
    return {
        "sentence": refused.message_id,
        "facts": plain(refused.facts),
        "rule": refused.rule,
        "source": refused.source,
    }


def _accept(
    case: Case,
    application: Application,
    made: ApplicationReview,
    calculation: Calculation,
    *,
    role: str,
    by: Membership,
    at: datetime,
) -> ApplicationReview:
    made.save()
    if application.state != State.ACCEPTED:
        application.state = State.ACCEPTED
        application.version += 1
        application.save(update_fields=["state", "version"])
    if case.stage == Case.Stage.APPLICATION:
        case.move(Case.Stage.SELECTION, on=days.day_of(at, case.scheme.definition.area))
    make_programme(case, calculation)
    for leader in (case.leader,):  # the integrated time rests on every member's own time
        if leader.pk != case.pk:
            _recalculate(leader, at)
    record(
        "selection.application_accepted",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        role=role,
        payload={
            "answers": made.answers,
            "days": str(made.days) if made.days is not None else None,
            "rules": sorted(step["rule"] for step in made.calculation),
        },
    )
    return made


def _recalculate(leader: Case, at: datetime) -> None:
    standing = leader.application_reviews.filter(accepted=True).order_by("-id").first()
    if standing is None or leader.stage != Case.Stage.SELECTION:
        return
    again = calculate(leader, adjustments=standing.adjustments)
    if again.to_json() != standing.calculation:
        standing.calculation = again.to_json()
        standing.save(update_fields=["calculation"])


def _refuse(
    case: Case, application: Application, made: ApplicationReview, *, role: str, by: Membership, at: datetime
) -> ApplicationReview:
    made.save()
    application.state = State.REFUSED
    application.version += 1
    application.save(update_fields=["state", "version"])
    because = {
        "en": made.notes or "; ".join(str(one["sentence"]).format_map(_Loose(one["facts"])) for one in made.refusal)
    }
    record(
        "selection.application_refused",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        role=role,
        payload={"refusal": made.refusal, "notes": made.notes},
        source=made.refusal[0]["source"] if made.refusal else "",
        rule=made.refusal[0]["rule"] if made.refusal else "",
    )
    close_case(case=case, because=because, by=by, at=at)
    return made


class _Loose(dict[str, Any]):
    """Facts of a kept sentence; a two-language one is said in English here, both languages stay on the review."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        return value.get("en", value) if isinstance(value, dict) else value


@transaction.atomic
def ask_to_complete(*, case: Case, asked: list[dict[str, Any]], by: Membership, at: datetime) -> Application:
    """Tell the applicant, once and completely, what is missing; the clocks that stop for the answer stand still.

    Args:
        asked: ``[{"field": "manual", "sentence": {"en": …, "zh": …}}]``.

    Raises:
        Refused: nothing is said; not handed in; asked a second time where the law allows it once
            (``policies.check_may_ask_to_complete``).
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    role = policies.check_may_ask_to_complete(case, by, at)
    application = _application(case)
    if application.state != State.SUBMITTED:
        raise Refused(
            _("Only an application that was handed in can be returned."),
            rule="application.state",
            source="testamur@2026-1#application",
        )
    said = [
        {
            "field": str(row.get("field") or ""),
            "sentence": {"en": row["sentence"]} if isinstance(row["sentence"], str) else dict(row["sentence"]),
        }
        for row in asked
        if row.get("sentence")
    ]
    if not said:
        raise Refused(
            _("Say what is missing; the applicant is told once and completely."),
            rule="application_review.once",
            source=policies.told_once(case) or "testamur@2026-1#application",
            field="asked",
        )
    on = days.day_of(at, case.scheme.definition.area)
    rows = [application]
    if case.integrated_id:
        rows = list(Application.objects.filter(case__in=[one.pk for one in case.group]))
    for row in rows:
        row.state = State.RETURNED
        row.asked = said
        row.version += 1
        row.save(update_fields=["state", "asked", "version"])
        row.case.remember(asked=on)
        pause(case=row.case, why="applicant_answer", by=by, at=at)
    record(
        "selection.application_returned",
        subject=application,
        by=by,
        at=at,
        case=case.public_id,
        role=role,
        payload={"asked": said},
    )
    application.refresh_from_db()
    return application


@transaction.atomic
def take_back(*, case: Case, reason: str, by: Membership, at: datetime) -> Case:
    """The applicant takes the application back; the case is closed. After the decision it is too late."""
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    policies.parties.check_lives(by, at)
    if not is_applicant(case, by):
        raise Refused(
            _("Only the applicant takes an application back."), rule="application.by", source="iso-17000@2020#4.9"
        )
    policies.check_stage(
        case, Case.Stage.APPLICATION, Case.Stage.SELECTION, Case.Stage.DETERMINATION, Case.Stage.REVIEW
    )
    if not reason.strip():
        raise Refused(
            _("Give the reason; it is kept with the case."),
            rule="application.take_back",
            source="testamur@2026-1#application",
            field="reason",
        )
    application = getattr(case, "application", None)
    if application is not None:
        application.state = State.TAKEN_BACK
        application.version += 1
        application.save(update_fields=["state", "version"])
        record(
            "application.taken_back",
            subject=application,
            by=by,
            at=at,
            case=case.public_id,
            payload={"reason": reason.strip()},
        )
    return close_case(case=case, because={"en": reason.strip()}, by=by, at=at)
