"""Raise findings, answer them, judge the answers (17021-1 9.4.5 to 9.4.10; 17065 7.4.6 to 7.4.8)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from testamur.determination import policies
from testamur.determination.models import Activity, AnswerFile, CorrectiveAction, Finding, Verification
from testamur.files.actions import store
from testamur.files.models import StoredFile
from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, Site, actor
from testamur.schemes.language.moments import resolve
from testamur.selection import actions as selection
from testamur.selection import moments
from testamur.selection.models import Case
from testamur.selection.roles import cite


@transaction.atomic
def raise_finding(
    *,
    activity: Activity,
    grade: str,
    clauses: Iterable[str],
    statement: str,
    seen: str,
    by: Membership,
    at: datetime,
    site: Site | None = None,
) -> Finding:
    """Raise a finding, graded as the scheme grades it; the client is notified by it.

    Args:
        grade: id of the scheme's ``[[finding]]``.
        clauses: clauses that are not fulfilled; at least one for a nonconformity.
        statement: what is not as required.
        seen: the evidence for it: what was seen, where, when.
    """
    activity = (
        Activity.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .get(pk=activity.pk)
    )
    # Numbers are the case's: one after the other.
    case = Case.objects.select_for_update(of=("self",)).get(pk=activity.case_id)
    policies.check_stage(case, Case.Stage.DETERMINATION)
    policies.check_not_in_future(at)
    role = policies.check_works_on(case, by, at=at)
    policies.check_running(activity)
    definition = case.scheme.definition
    known = {one.id: one for one in definition.findings}
    if grade not in known:
        raise Refused(
            _("The scheme knows no grade “{grade}”; it knows: {known}."),
            {"grade": grade, "known": [one.title for one in definition.findings]},
            rule="finding.grade",
            source=cite(definition.scheme),
            field="grade",
        )
    table = known[grade]
    named = [str(clause).strip() for clause in clauses if str(clause).strip()]
    if table.nonconformity and not named:
        raise Refused(
            _("Name the clause that is not fulfilled."), rule="finding.clauses", source=cite(table), field="clauses"
        )
    for name, text in (("statement", statement), ("seen", seen)):
        if not text.strip() and (table.nonconformity or name == "statement"):
            message = (
                _("Say what is not as required.") if name == "statement" else _("Say what was seen, where and when.")
            )
            raise Refused(message, rule="finding.evidence", source="iso-17021-1@2015#9.4.5.3", field=name)
    count = case.findings.count() + 1
    on = days.day_of(at, definition.area)
    made = Finding.objects.create(
        case=case,
        activity=activity,
        number=f"{'NC' if table.nonconformity else 'OB'}-{count}",
        grade=grade,
        clauses=named,
        site=site,
        statement=statement.strip(),
        seen=seen.strip(),
        effective_at=at,
        close_by=resolve(
            table.close_by_on(case.occasion), {**moments.known_days(case), "notified": on}, definition.area
        )
        if table.nonconformity
        else None,
        **actor(by),
    )
    if table.nonconformity:
        selection.pause(case=case, why="corrective_action", by=by, at=at)
    record(
        "determination.finding_raised",
        subject=made,
        by=by,
        at=at,
        case=case.public_id,
        role=role,
        source=cite(table),
        payload={
            "number": made.number,
            "grade": grade,
            "clauses": named,
            "close_by": made.close_by.isoformat() if made.close_by else None,
        },
    )
    return made


@transaction.atomic
def withdraw_finding(*, finding: Finding, because: str, by: Membership, at: datetime) -> Finding:
    """Withdraw a finding that was a mistake, with the reason; it stays on record."""
    finding = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .get(pk=finding.pk)
    )
    role = policies.check_works_on(finding.case, by, at=at)
    policies.check_stage(finding.case, Case.Stage.DETERMINATION)
    policies.check_open(finding)
    if not because.strip():
        raise Refused(
            _("Give the reason for withdrawing the finding."),
            rule="finding.withdrawn",
            source="iso-17021-1@2015#9.4.6",
            field="because",
        )
    finding.closed_at = at
    finding.withdrawn_because = because.strip()[:300]
    finding.version += 1
    finding.save(update_fields=["closed_at", "withdrawn_because", "version"])
    record(
        "determination.finding_withdrawn",
        subject=finding,
        by=by,
        at=at,
        case=finding.case.public_id,
        role=role,
        payload={"number": finding.number, "because": finding.withdrawn_because},
    )
    _resume_when_answered(finding.case, by, at)
    return finding


@transaction.atomic
def answer_finding(
    *,
    finding: Finding,
    correction: str = "",
    cause: str = "",
    corrective_action: str = "",
    done_by: date | None = None,
    files: Iterable[tuple[bytes, str] | StoredFile] = (),
    by: Membership,
    at: datetime,
) -> CorrectiveAction:
    """Answer a finding: correction, cause, corrective action and by when. What is left out stays as it was
    answered before.

    Args:
        done_by: day by which the corrective action will be done.
        files: ``[(bytes, name), …]`` or stored files that support the answer.

    Raises:
        Refused: not the client, the finding is closed, nothing was said, or a file is empty or of a wrong kind.
    """
    supporting = list(files)
    finding = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .get(pk=finding.pk)
    )
    policies.check_may_answer(finding, by, at)
    policies.check_not_in_future(at)
    before = finding.answers.order_by("-id").first()
    said = {"correction": correction.strip(), "cause": cause.strip(), "corrective_action": corrective_action.strip()}
    if not any(said.values()) and not supporting and done_by is None:
        raise Refused(
            _("Say at least what you did at once, why it happened, or what will be different."),
            rule="finding.answer",
            source=cite(finding.case.scheme.definition.finding(finding.grade)),
            field="correction",
        )
    raised = days.day_of(finding.effective_at, finding.case.scheme.definition.area)
    if done_by is not None and done_by < raised:
        raise Refused(
            _("The action cannot be done by {day}; the finding was raised on {raised}."),
            {"day": done_by, "raised": raised},
            rule="finding.days",
            source="testamur@2026-1#clocks",
            field="done_by",
        )
    whole = {name: text or (getattr(before, name) if before else "") for name, text in said.items()}
    until = done_by or (before.done_by if before else None)
    same = (
        before is not None
        and all(getattr(before, name) == text for name, text in whole.items())
        and before.done_by == until
        and not supporting
    )
    if same and before is not None and not before.verifications.exists():
        return before
    made = CorrectiveAction.objects.create(finding=finding, done_by=until, effective_at=at, **whole, **actor(by))
    for one in supporting:
        stored, name = (one, "") if isinstance(one, StoredFile) else (store(one[0], name=one[1]), one[1])
        AnswerFile.objects.create(answer=made, file=stored, name=name[:255] or stored.sha256[:12])
    record(
        "finding.answered",
        subject=made,
        by=by,
        at=at,
        case=finding.case.public_id,
        payload={
            "number": finding.number,
            "files": list(made.files.values_list("file__sha256", flat=True)),
            "done_by": until.isoformat() if until else None,
        },
    )
    _resume_when_answered(finding.case, by, at)
    return made


@transaction.atomic
def verify_answer(
    *, answer: CorrectiveAction, accepted: bool, verified: bool, how: str, by: Membership, at: datetime
) -> Verification:
    """Judge the newest answer to a finding. Accepted, and with everything that its grade needs, the finding is closed.

    Args:
        accepted: the answer is accepted; else it goes back to the client with ``how`` as the question.
        verified: its effect was seen, not only the plan accepted.
        how: what the judgement rests on, or the question to the client.

    Raises:
        Refused: not on the team, an own answer, or accepted although parts are missing.
    """
    answer = CorrectiveAction.objects.select_related(
        "finding__case__scheme", "finding__case__issuer", "finding__case__client", "finding__case__person", "by"
    ).get(pk=answer.pk)
    finding = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__issuer", "case__client", "case__person")
        .get(pk=answer.finding_id)
    )
    answer.finding = finding
    last = answer.verifications.order_by("-id").first()
    if last is not None and (last.accepted, last.verified, last.how) == (accepted, verified, how.strip()):
        policies.check_works_on(finding.case, by, at=at)
        return last
    role = policies.check_may_verify(answer, by, at)
    if finding.case.stage == Case.Stage.CLOSED:
        policies.check_stage(finding.case, *policies.OPEN)
    policies.check_not_in_future(at)
    if not how.strip():
        raise Refused(
            _("Say what your judgement rests on.") if accepted else _("Ask the client what is still open."),
            rule="finding.verification",
            source="iso-17021-1@2015#9.4.10",
            field="how",
        )
    table = finding.case.scheme.definition.finding(finding.grade)
    given = {
        "correction": answer.correction,
        "cause": answer.cause,
        "corrective_action": answer.corrective_action,
        "done_by": answer.done_by,
    }
    if accepted:
        parts = [need for need in policies.lacking(finding, given, verified=True) if need != "verification"]
        if parts:
            raise Refused(
                _("The answer to finding {finding} cannot be accepted; it lacks {parts}."),
                {"finding": finding.number, "parts": [policies.NEEDS[part] for part in parts]},
                rule="finding.needs",
                source=cite(table),
                who=_("the client, by a fuller answer"),
            )
    made = Verification.objects.create(
        answer=answer, accepted=accepted, verified=verified and accepted, how=how.strip(), effective_at=at, **actor(by)
    )
    closed = accepted and not policies.lacking(finding, given, verified=made.verified)
    if closed:
        finding.closed_at = at
        finding.version += 1
        finding.save(update_fields=["closed_at", "version"])
    record(
        "determination.answer_verified",
        subject=made,
        by=by,
        at=at,
        case=finding.case.public_id,
        role=role,
        source=cite(table),
        payload={"number": finding.number, "accepted": accepted, "verified": made.verified, "closed": closed},
    )
    if not accepted:
        selection.pause(case=finding.case, why="corrective_action", by=by, at=at)
    else:
        _resume_when_answered(finding.case, by, at)
    return made


def _resume_when_answered(case: Case, by: Membership, at: datetime) -> None:
    """The clocks run again when no open nonconformity waits for the client."""
    from testamur.determination.queries import awaits_client

    if not any(awaits_client(finding) for finding in case.findings.filter(closed_at=None)):
        selection.resume(case=case, why="corrective_action", by=by, at=at)
