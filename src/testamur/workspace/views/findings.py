"""Findings: raised by the auditor, answered by the client, judged by the auditor."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.determination import actions, policies
from testamur.determination.models import Activity, Finding
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.selection.models import Case
from testamur.wording.templatetags.say import day as say_day
from testamur.wording.templatetags.say import words
from testamur.workspace import case_files, case_pages
from testamur.workspace.answers import Answers, options
from testamur.workspace.dossiers import pill
from testamur.workspace.said import CHOOSE_ACTIVITY, said


@require_http_methods(["GET", "POST"])
@acting.requires()
def findings(request: HttpRequest, case_id: str) -> HttpResponse:
    """List the findings of a case; the team raises new ones."""
    case, membership, side = case_pages.open_case(request, case_id, "findings")
    running = {row.public_id: row for row in case.activities.filter(completed_at=None)}
    answers = Answers(request, initial={"activity": next(iter(running), "")})
    if answers.attempt(lambda: _raise(case, membership, answers, running)):
        messages.success(request, _("The finding is recorded and the client is notified."))
        return redirect("workspace:findings", case.public_id)
    stopped = refusal_of(policies.check_works_on, case, membership)
    may = side in ("issuer", "performer") and stopped is None and bool(running)
    return case_pages.show(
        request,
        case,
        "findings",
        "workspace/findings.html",
        title=_("Findings"),
        rows=[_row(case, one) for one in case.findings.select_related("site", "activity")],
        answers=answers,
        questions=_questions(case, answers, running) if may else [],
        may=may,
    )


def _raise(case: Case, by: Membership, answers: Answers, running: dict[str, Activity]) -> Any:
    activity = answers.chosen("activity", running)
    statement = answers.text("statement", required=True)
    seen = answers.text("seen", required=True)
    grade = str(answers.raw("grade"))
    sites = {site.public_id: site for site in (case.client.sites.all() if case.client else [])}
    site = answers.chosen("site", sites, required=False)
    if activity is None:
        answers.errors["activity"] = said(CHOOSE_ACTIVITY)
    if answers.errors or activity is None:
        return None
    clauses = [one.strip() for one in answers.text("clauses").replace(";", ",").split(",") if one.strip()]
    return actions.raise_finding(
        activity=activity,
        grade=grade,
        clauses=clauses,
        statement=statement,
        seen=seen,
        site=site,
        by=by,
        at=clock.now(),
    )


def _questions(case: Case, answers: Answers, running: dict[str, Activity]) -> list[dict[str, Any]]:
    definition = case.scheme.definition
    grades = [{"id": one.id, "label": one.title, "note": one.means} for one in definition.findings]
    sites = [("", _("not one site alone"))] + [
        (site.public_id, words(site.names))
        for site in (case.client.sites.filter(closed_on=None) if case.client else [])
    ]
    return [
        answers.ask(
            "activity",
            "choice",
            _("Found in"),
            options=options((key, definition.activity(row.activity).title) for key, row in running.items()),
        ),
        answers.ask("grade", "choice", _("Grade, as the scheme grades it"), options=grades),
        answers.ask("clauses", "text", _("Clauses"), help=_("Several with commas: 7.1.5, 8.5.1")),
        answers.ask("statement", "long_text", _("What is not as required")),
        answers.ask("seen", "long_text", _("What was seen, where and when")),
        answers.ask("site", "choice", _("Site"), required=False, options=options(sites)),
    ]


def _row(case: Case, finding: Finding) -> dict[str, Any]:
    table = case.scheme.definition.finding(finding.grade)
    return {
        "finding": finding,
        "grade": table.title,
        "pill": pill(finding),
        "serious": table.nonconformity and bool(table.blocks),
        "track": track(case, finding),
        "href": reverse("workspace:finding", args=[case.public_id, finding.public_id]),
    }


def track(case: Case, finding: Finding) -> list[dict[str, Any]]:
    """Return the steps a finding goes through and where it is."""
    needs = case.scheme.definition.finding(finding.grade).needs
    answer = finding.answers.order_by("-id").first()
    judged = answer.verifications.order_by("-id").first() if answer else None
    accepted = judged is not None and judged.accepted
    steps = [
        (_("Raised"), True, say_day(finding.effective_at)),
        (
            _("Answered"),
            answer is not None and (judged is None or accepted),
            say_day(answer.effective_at) if answer else "",
        ),
        (
            _("Answer accepted"),
            accepted or finding.closed_at is not None,
            say_day(judged.effective_at) if accepted and judged else "",
        ),
    ]
    if "verification" in needs:
        steps.append((_("Effect verified"), finding.closed_at is not None, ""))
    steps.append((_("Closed"), finding.closed_at is not None, say_day(finding.closed_at) if finding.closed_at else ""))
    drawn, now = [], True
    for label, done, note in steps:
        state = "done" if done else "now" if now else "later"
        now = now and done
        drawn.append({"label": label, "note": note, "state": state})
    return drawn


@require_http_methods(["GET", "POST"])
@acting.requires()
def finding(request: HttpRequest, case_id: str, finding_id: str) -> HttpResponse:
    """One finding with its answers; the client answers, the team judges or withdraws."""
    case, membership, side = case_pages.open_case(request, case_id, "findings")
    found = get_object_or_404(case.findings.select_related("site", "activity"), public_id=finding_id)
    found.case = case
    answer = found.answers.order_by("-id").first()
    given = Answers(request, act="answer", initial=_given(answer))
    judged = Answers(request, act="judge")
    taken = Answers(request, act="withdraw")
    here = redirect("workspace:finding", case.public_id, found.public_id)
    if given.sent and given.attempt(lambda: _answer(found, membership, given)):
        messages.success(request, _("Your answer is with the auditor."))
        return here
    if judged.sent:
        if answer is None:
            raise Http404
        # An older page judges what it showed.
        seen = found.answers.filter(pk=judged.number("answer") or 0).first() or answer
        if judged.attempt(lambda: _judge(seen, membership, judged)):
            messages.success(request, _("Your judgement is recorded."))
            return here
    if taken.sent and taken.attempt(
        lambda: actions.withdraw_finding(finding=found, because=taken.text("because"), by=membership, at=clock.now())
    ):
        messages.success(request, _("The finding is withdrawn; it stays on record."))
        return here
    table = case.scheme.definition.finding(found.grade)
    may_answer = refusal_of(policies.check_may_answer, found, membership, clock.now()) if side == "client" else said("")
    may_judge = (
        refusal_of(policies.check_may_verify, answer, membership, clock.now())
        if answer and side != "client"
        else said("")
    )
    works = side in ("issuer", "performer") and refusal_of(policies.check_works_on, case, membership) is None
    return case_pages.show(
        request,
        case,
        "findings",
        "workspace/finding.html",
        title=_("Finding {number}").format(number=found.number),
        finding=found,
        table=table,
        pill=pill(found),
        track=track(case, found),
        answers_given=_answers(case, found),
        given=given,
        given_questions=_given_questions(table, given)
        if may_answer is None and found.closed_at is None and table.nonconformity
        else [],
        judged=judged,
        newest=answer.pk if answer else "",
        judged_questions=_judge_questions(table, judged) if may_judge is None and answer else [],
        judge_refusal=may_judge if may_judge is not None and may_judge.message_id else None,
        taken=taken,
        taken_questions=[taken.ask("because", "text", _("Why it was a mistake"))]
        if works and found.closed_at is None
        else [],
        needs=[policies.NEEDS[one] for one in table.needs if one in policies.NEEDS],
        source=str(table.source[0]) if table.source else "",
    )


def _given(answer: Any) -> dict[str, Any]:
    if answer is None:
        return {}
    return {
        "correction": answer.correction,
        "cause": answer.cause,
        "corrective_action": answer.corrective_action,
        "done_by": answer.done_by.isoformat() if answer.done_by else "",
    }


def _answer(found: Finding, by: Membership, answers: Answers) -> Any:
    done_by = answers.day("done_by", required=False)
    texts = {name: answers.text(name) for name in ("correction", "cause", "corrective_action")}
    files = [(content, name) for name, content in answers.files("file")]
    if answers.errors:
        return None
    return actions.answer_finding(finding=found, done_by=done_by, files=files, by=by, at=clock.now(), **texts)


def _given_questions(table: Any, answers: Answers) -> list[dict[str, Any]]:
    needs = set(table.needs)
    planned = bool({"plan", "corrective_action"} & needs)
    return [
        answers.ask("correction", "long_text", _("Correction: what you did at once"), required="correction" in needs),
        answers.ask(
            "cause",
            "long_text",
            _("Cause: why it could happen"),
            required="cause" in needs,
            help=_("Ask “why?” until the answer is something you can change."),
        ),
        answers.ask(
            "corrective_action",
            "long_text",
            _("Corrective action: what keeps it from happening again"),
            required=planned,
        ),
        answers.ask("done_by", "date", _("Done by"), required="plan" in needs),
        answers.ask("file", "files", _("Files that show it"), required=False),
    ]


def _judge(answer: Any, by: Membership, answers: Answers) -> Any:
    verdict = str(answers.raw("verdict"))
    how = answers.text("how", required=True)
    if verdict not in ("accepted", "verified", "back"):
        answers.chosen("verdict", {})
    if answers.errors:
        return None
    return actions.verify_answer(
        answer=answer, accepted=verdict != "back", verified=verdict == "verified", how=how, by=by, at=clock.now()
    )


def _judge_questions(table: Any, answers: Answers) -> list[dict[str, Any]]:
    rows = [
        {
            "id": "accepted",
            "label": _("Accept the answer"),
            "note": _("The plan is convincing; its effect is not yet seen."),
        },
        {"id": "verified", "label": _("Accept, and its effect is verified"), "note": _("You have seen that it works.")},
        {"id": "back", "label": _("Send it back"), "note": _("The client answers again; say what is lacking.")},
    ]
    return [
        answers.ask("verdict", "choice", _("Your judgement"), options=rows),
        answers.ask("how", "long_text", _("What it rests on, or your question to the client")),
    ]


def _answers(case: Case, found: Finding) -> list[dict[str, Any]]:
    rows = []
    for one in found.answers.select_related("by__person").order_by("-id"):
        rows.append(
            {
                "answer": one,
                "files": [
                    {
                        "name": row.name,
                        "href": case_files.address(case, "answer", row.pk),
                        "size": row.file.size,
                        "sha256": row.file.sha256,
                    }
                    for row in one.files.select_related("file")
                ],
                "judgements": list(one.verifications.select_related("by__person").order_by("id")),
            }
        )
    return rows
