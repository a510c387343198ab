"""Review, decision, signatures, sending back and appeals (ISO/IEC 17021-1 9.5, 9.7; 17065 7.5, 7.6, 7.13)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.attestation import actions as attestation
from testamur.attestation import queries as attestation_queries
from testamur.attestation.policies import STATUS_OUTCOMES
from testamur.decision import actions as decisions
from testamur.decision import policies
from testamur.decision import queries as decision_queries
from testamur.decision.models import Appeal, Decision, Vote
from testamur.determination import queries as determination
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Occasion, Outcome
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.review import actions as reviews
from testamur.review import policies as review_policies
from testamur.review import queries as review_queries
from testamur.review.models import Review
from testamur.selection.models import Case
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages, working
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import OUTCOMES, WANT_DECLARATION


def _count_files(case: Case) -> int:
    from testamur.determination.models import AnswerFile, Evidence
    from testamur.selection.models import Attachment

    return (
        Evidence.objects.filter(activity__case=case).count()
        + AnswerFile.objects.filter(answer__finding__case=case).count()
        + Attachment.objects.filter(application__case__in=[case.pk, case.leader.pk], removed_at=None).count()
    )


def _dossier(case: Case, review: Review | None, digest: str) -> dict[str, Any]:
    return {
        "sha256": review.digest if review else digest,
        "frozen_at": review.effective_at if review else clock.now(),
        "files": _count_files(case),
        "unchanged": review is None or review.digest == digest,
        "href": reverse("workspace:case-files", args=[case.public_id]),
    }


# Review --------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@acting.requires()
def review(request: HttpRequest, case_id: str) -> HttpResponse:
    """Read the dossier by its hash; recommend, or want more."""
    case, membership, _side = case_pages.open_case(request, case_id, "review")
    last = case.reviews.order_by("-id").first()
    _body, digest = review_queries.dossier(case)
    lines = _reviewable(case)
    answers = Answers(request, initial=_first_review(case, last, lines))
    if answers.sent:
        more = request.POST.get("verdict") == "more"
        act = (
            (lambda: _want_more(case, membership, answers))
            if more
            else (lambda: _recommend(case, membership, answers, lines))
        )
        if answers.attempt(act):
            messages.success(
                request,
                _("The case is back in determination, with your reasons.")
                if more
                else _("The review is recorded on this dossier."),
            )
            return redirect("workspace:case", case.public_id)
    here = case.stage == Case.Stage.REVIEW
    again = case.stage == Case.Stage.DECISION and review_queries.standing_review(case) is None
    refusal = refusal_of(review_policies.check_may_review, case, membership) if here else None
    buttons = None
    if here:
        buttons = [
            {"label": _("Want more evidence"), "form": "review", "name": "verdict", "value": "more"},
            {"label": _("Record the review"), "form": "review", "main": True, "icon": "signature", "refused": refusal},
        ]
    return case_pages.show(
        request,
        case,
        "review",
        "workspace/review.html",
        title=_("Review"),
        actions=buttons,
        answers=answers,
        questions=_review_questions(case, answers, lines) if here else [],
        may=here and refusal is None,
        refusal=refusal,
        again=again,
        dossier=_dossier(case, None if here else last, digest),
        digest=digest,
        last=last,
        last_lines=working.lines_in_words(case.scheme.definition, last.scope) if last else [],
        checks=case_pages.checks(determination.missing(case)),
        findings=_finding_rows(case),
        reports=_reports(case),
        grade=_grade(case),
        outcome_words={key: translated(value[0]) for key, value in OUTCOMES.items()},
    )


def _reviewable(case: Case) -> list[dict[str, Any]]:
    from testamur.selection.queries import agreed_scope

    return list(agreed_scope(case))


def _first_review(case: Case, last: Review | None, lines: list[Any]) -> dict[str, Any]:
    accepted = case.application_reviews.filter(accepted=True).order_by("-id").first()
    statement = (last.statement if last else None) or (accepted.statement if accepted else {}) or {}
    found: dict[str, Any] = {f"statement-{language}": text for language, text in statement.items()}
    found["line"] = [str(place) for place in range(len(lines))]
    favourable = determination.FAVOURABLE.get(Occasion(case.occasion))
    possible = policies.outcomes(case)
    found["outcome"] = str(favourable if favourable in possible else possible[0]) if possible else ""
    return found


def _review_questions(case: Case, answers: Answers, lines: list[Any]) -> list[dict[str, Any]]:
    rows = [
        {"id": str(one), "label": translated(OUTCOMES[one][0]), "note": translated(OUTCOMES[one][1])}
        for one in policies.outcomes(case)
    ]
    questions = [
        answers.ask(
            "recommends",
            "yes_no",
            _("Is the evidence suitable and sufficient, and do you recommend the outcome?"),
            source="iso-17000@2020#A.4",
        ),
        answers.ask("outcome", "choice", _("Outcome you recommend"), options=rows),
        answers.ask("reasons", "long_text", _("Reasons for the record")),
        answers.ask(
            "statement-zh",
            "long_text",
            _("Scope in words, Chinese"),
            required=False,
            help=_("People decide on these words, and the certificate shows them."),
        ),
        answers.ask("statement-en", "long_text", _("Scope in words, English"), required=False),
    ]
    if lines:
        labels = working.lines_in_words(case.scheme.definition, lines)
        questions.append(
            answers.ask("line", "choices", _("Scope lines"), required=False, options=options(enumerate(labels)))
        )
    return questions


def _recommend(case: Case, by: Membership, answers: Answers, lines: list[Any]) -> Any:
    if str(answers.raw("recommends")) not in ("true", "false"):
        answers.chosen("recommends", {})
    if answers.errors:
        return None
    picked = [line for place, line in enumerate(lines) if str(place) in answers.several("line")]
    try:
        return reviews.review(
            case=case,
            recommends=answers.yes("recommends"),
            outcome=str(answers.raw("outcome")),
            reasons=answers.text("reasons"),
            statement=answers.both("statement"),
            scope=picked,
            by=by,
            at=clock.now(),
            seen=str(answers.raw("seen")),
        )
    except Refused as refused:
        if refused.field == "statement":
            refused.field = "statement-zh"
        raise


def _want_more(case: Case, by: Membership, answers: Answers) -> Any:
    return reviews.want_more(case=case, reasons=answers.text("reasons"), by=by, at=clock.now())


def _finding_rows(case: Case) -> list[dict[str, Any]]:
    from testamur.workspace.views.findings import pill

    definition = case.scheme.definition
    return [
        {
            "number": one.number,
            "grade": definition.finding(one.grade).title,
            "statement": one.statement,
            "pill": pill(one),
            "href": reverse("workspace:finding", args=[case.public_id, one.public_id]),
        }
        for one in case.findings.all()
    ]


def _reports(case: Case) -> list[dict[str, Any]]:
    definition = case.scheme.definition
    return [
        {
            "title": definition.activity(row.activity).title,
            "row": row,
            "href": reverse("workspace:activity", args=[case.public_id, row.public_id]),
        }
        for row in case.activities.select_related("completed_by__person", "performer")
    ]


def _grade(case: Case) -> Any:
    from testamur.review.grades import grade

    if not case.scheme.definition.grades:
        return ""
    reached = grade(case.scheme.definition, determination.facts(case))
    return case.scheme.definition.grade(reached).title if reached else _("none is reached")


# Decision ------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@acting.requires()
def decision(request: HttpRequest, case_id: str) -> HttpResponse:
    """Grant, refuse or send back; give one of several votes; sign the conclusion."""
    case, membership, side = case_pages.open_case(request, case_id, "decision")
    made = case.decisions.order_by("-id").first()
    if side == "client":
        if made is None:
            raise Http404
        return _decided(request, case, made, membership, side)
    standing = review_queries.standing_review(case) if case.stage == Case.Stage.DECISION else None
    last = case.reviews.order_by("-id").first()
    answers = Answers(request, initial=_first_decision(standing))
    signing = Answers(request, act="sign")
    if signing.sent and made is not None:
        role = str(signing.raw("role"))
        if signing.attempt(lambda: decisions.sign(decision=made, role=role, by=membership, at=clock.now())):
            messages.success(request, _("Your signature is recorded."))
            return redirect("workspace:case", case.public_id)
    if answers.sent:
        back = str(answers.raw("outcome")).startswith("back-")
        if answers.attempt(
            lambda: _send_back(case, membership, answers) if back else _decide(case, membership, answers, standing)
        ):
            messages.success(request, _said_done(back, answers.result))
            return redirect("workspace:case", case.public_id)
    if case.stage != Case.Stage.DECISION:
        return _decided(request, case, made, membership, side, signing)
    refusal = refusal_of(policies.check_may_decide, case, membership)
    _body, digest = review_queries.dossier(case)
    return case_pages.show(
        request,
        case,
        "decision",
        "workspace/decision.html",
        title=_("Decision"),
        answers=answers,
        standing=standing,
        last=last,
        questions=_decision_questions(case, answers, standing) if standing else [],
        refusal=refusal,
        may=refusal is None,
        dossier=_dossier(case, last, digest),
        digest=last.digest if last else digest,
        may_checks=_may_checks(case, membership, refusal),
        findings=_finding_rows(case),
        votes=list(case.votes.filter(decision=None, review=last).select_related("by__person")) if last else [],
        needed=case.scheme.definition.decision.persons,
        confirm=_confirm(case, standing, last),
        lines=working.lines_in_words(case.scheme.definition, standing.scope) if standing else [],
        outcome_words={key: translated(value[0]) for key, value in OUTCOMES.items()},
        blocked_label=_("Decide"),
    )


def _said_done(back: bool, result: Any) -> str:
    if back:
        return _("The case is sent back, with your reasons.")
    if isinstance(result, Vote):
        return _("Your vote is recorded; the others' votes are awaited.")
    return _("The decision is recorded and logged.")


def _first_decision(standing: Review | None) -> dict[str, Any]:
    if standing is None:
        return {}
    return {
        "line": [str(place) for place in range(len(standing.scope))],
        "outcome": standing.outcome if standing.recommends else "",
    }


def _decision_questions(case: Case, answers: Answers, standing: Review) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {"id": str(one), "label": translated(OUTCOMES[one][0]), "note": translated(OUTCOMES[one][1])}
        for one in policies.outcomes(case)
    ]
    rows += [
        {
            "id": "back-review",
            "label": _("Send back to review"),
            "note": _("Say what is missing; the dossier is reviewed anew."),
        },
        {
            "id": "back-determination",
            "label": _("Send back to determination"),
            "note": _("More has to be found out first."),
        },
    ]
    questions = [answers.ask("outcome", "choice", _("Outcome"), options=rows)]
    grounds = case.scheme.definition.grounds
    if grounds and {Outcome.SUSPEND, Outcome.WITHDRAW, Outcome.REDUCE} & set(policies.outcomes(case)):
        named = [("", _("none: the attestation is granted, kept or refused"))] + [
            (one.id, words(one.means)) for one in grounds if str(one.to) != "expired"
        ]
        questions.append(
            answers.ask(
                "ground",
                "choice",
                _("Ground, where it suspends, reduces or ends"),
                required=False,
                options=options(named),
            )
        )
    table = case.scheme.definition.decision
    if table.partial and len(standing.scope) > 1:
        labels = working.lines_in_words(case.scheme.definition, standing.scope)
        questions.append(
            answers.ask(
                "line",
                "choices",
                _("Scope lines decided on"),
                required=False,
                options=options(enumerate(labels)),
                help=_("Fewer than were reviewed is a partial decision."),
            )
        )
    questions += [
        answers.ask(
            "conditions",
            "long_text",
            _("Conditions"),
            required=False,
            help=_("For the programme, not printed on the certificate."),
        ),
        answers.ask("reasons", "long_text", _("Reasons for the record"), help=_("The client reads them.")),
    ]
    return questions


def _decide(case: Case, by: Membership, answers: Answers, standing: Review | None) -> Any:
    scope = None
    if standing is not None and case.scheme.definition.decision.partial and len(standing.scope) > 1:
        picked = answers.several("line")
        scope = [line for place, line in enumerate(standing.scope) if str(place) in picked]
        if len(scope) == len(standing.scope):
            scope = None
    if not answers.yes("apart"):
        raise Refused(WANT_DECLARATION, rule="CAB.decision_independence", source="iso-17021-1@2015#9.5.1")
    return decisions.decide(
        case=case,
        outcome=str(answers.raw("outcome")),
        reasons=answers.texts("reasons"),
        by=by,
        at=clock.now(),
        scope=scope,
        conditions=answers.texts("conditions") or None,
        ground=str(answers.raw("ground") or ""),
        seen=str(answers.raw("seen")),
    )


def _send_back(case: Case, by: Membership, answers: Answers) -> Any:
    return decisions.send_back(
        case=case,
        to=str(answers.raw("outcome")).removeprefix("back-"),
        reasons=answers.texts("reasons"),
        by=by,
        at=clock.now(),
    )


def _may_checks(case: Case, by: Membership, refusal: Refused | None) -> list[dict[str, Any]]:
    if refusal is not None:
        return [{"state": "bad", "text": refusal, "source": refusal.source, "who": translated(refusal.who)}]
    table = case.scheme.definition.decision
    source = str(table.source[0]) if table.source else ""
    return [
        {
            "state": "ok",
            "text": _("You took no part in what was determined and reviewed"),
            "source": "iso-17021-1@2015#9.5.1",
        },
        {"state": "ok", "text": _("You hold the function and the role that decides"), "source": source},
    ]


def _confirm(case: Case, standing: Review | None, last: Review | None) -> dict[str, Any]:
    party = case.client or case.person
    return {
        "title": _("Confirm: what you chose above is decided"),
        "text": _(
            "This writes your decision to the public log. It cannot be deleted; a mistake is corrected "
            "by a later decision."
        ),
        "facts": [
            {"label": _("Applicant"), "value": party.names if party else ""},
            {"label": _("Scope"), "value": standing.statement if standing else ""},
            {"label": _("On dossier"), "value": last.digest if last else "", "mono": True},
        ],
        "declare": {
            "name": "apart",
            "label": _("I took no part in this assessment and have no interest in the client."),
        },
        "button": _("Record this decision"),
        "back_href": reverse("workspace:case", args=[case.public_id]),
    }


def _decided(
    request: HttpRequest,
    case: Case,
    made: Decision | None,
    membership: Membership,
    side: str,
    signing: Answers | None = None,
) -> HttpResponse:
    if made is None:
        if case.stage != Case.Stage.CLOSED and side != "issuer":
            raise Http404
        return case_pages.show(request, case, "decision", "workspace/decided.html", title=_("Decision"), decision=None)
    titles = {role.id: role.title for role in case.scheme.definition.roles}
    awaited = decision_queries.roles_to_sign(made)
    mine = [role for role in awaited if decision_queries.may_sign(made, role, membership)] if side == "issuer" else []
    until = decision_queries.appeal_until(made)
    may_appeal = refusal_of(
        policies.check_may_appeal, made, membership, on=case_pages.queries.today_of(case), until=until
    )
    return case_pages.show(
        request,
        case,
        "decision",
        "workspace/decided.html",
        title=_("Decision"),
        decision=made,
        signing=signing or Answers(request, act="sign"),
        outcome=translated(OUTCOMES[made.outcome][0]),
        lines=working.lines_in_words(case.scheme.definition, made.scope),
        signatures=[
            {"role": titles.get(row.role, row.role), "row": row} for row in made.signatures.select_related("by__person")
        ],
        awaited=[titles.get(role, role) for role in awaited],
        mine=[(role, words(titles.get(role, role))) for role in mine],
        votes=list(made.votes.select_related("by__person")) if side != "client" else [],
        until=until,
        appeals=list(made.appeals.order_by("id")),
        may_appeal=may_appeal is None and side == "client",
        dossier_digest=made.review.digest if made.review and side != "client" else "",
        appeal_to=case.scheme.definition.decision.appeal_to,
    )


# Appeals -------------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@acting.requires()
def appeal_against(request: HttpRequest, decision_id: str) -> HttpResponse:
    """Ask the body to reconsider: free, and heard by people who were not involved."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    made = get_object_or_404(decision_queries.visible_to(membership), public_id=decision_id)
    answers = Answers(request)
    if answers.attempt(
        lambda: decisions.file_appeal(decision=made, reasons=answers.text("reasons"), by=membership, at=clock.now())
    ):
        messages.success(request, _("Your appeal is filed. It is heard by persons who took no part."))
        return redirect(_back(made))
    until = decision_queries.appeal_until(made)
    area_day = case_pages.today_cn()
    return render(
        request,
        "workspace/appeal_form.html",
        {
            "head": {
                "title": _("Appeal against a decision"),
                "facts": [translated(OUTCOMES[made.outcome][0]), made.decided_on],
            },
            "crumbs": [{"label": _("Decision"), "href": _back(made)}, {"label": _("Appeal")}],
            "decision": made,
            "answers": answers,
            "until": until,
            "refusal": refusal_of(policies.check_may_appeal, made, membership, on=area_day, until=until),
            "questions": [
                answers.ask("reasons", "long_text", _("What is wrong with the decision, and what do you ask for?"))
            ],
            "back": _back(made),
            "today": area_day,
        },
    )


def _back(made: Decision) -> str:
    if made.case is not None:
        return reverse("workspace:decision", args=[made.case.public_id])
    assert made.attestation is not None
    return reverse("workspace:certificate", args=[made.attestation.public_id])


@require_http_methods(["GET", "POST"])
@acting.requires()
def appeal(request: HttpRequest, appeal_id: str) -> HttpResponse:
    """Hear an appeal and answer it; upheld, the act it is about is annulled and the history keeps both."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = Appeal.objects.filter(decision__in=decision_queries.visible_to(membership)).select_related(
        "decision__case", "decision__attestation"
    )
    found = get_object_or_404(rows, public_id=appeal_id)
    answers = Answers(request)
    if answers.attempt(lambda: _answer_appeal(found, membership, answers)):
        messages.success(request, _("The appeal is answered."))
        return redirect("workspace:appeal", found.public_id)
    annulling = Answers(request, act="annul")
    if annulling.sent and annulling.attempt(lambda: attestation.annul(appeal=found, by=membership, at=clock.now())):
        messages.success(request, _("The act is annulled; the history shows both."))
        return redirect("workspace:appeal", found.public_id)
    refusal = refusal_of(policies.check_may_hear, found, membership) if found.upheld is None else None
    questions = [
        answers.ask(
            "upheld",
            "choice",
            _("Your answer"),
            options=[
                {
                    "id": "true",
                    "label": _("Uphold the appeal"),
                    "note": _("The act is annulled from the beginning; the history keeps both."),
                },
                {
                    "id": "false",
                    "label": _("Reject the appeal"),
                    "note": _("The act stands; the appellant may go to the authority."),
                },
            ],
        ),
        answers.ask("answer", "long_text", _("Reasons of the answer")),
    ]
    return render(
        request,
        "workspace/appeal.html",
        {
            "head": {
                "title": _("Appeal"),
                "facts": [translated(OUTCOMES[found.decision.outcome][0]), found.decision.decided_on],
            },
            "crumbs": [{"label": _("Decision"), "href": _back(found.decision)}, {"label": _("Appeal")}],
            "appeal": found,
            "answers": answers,
            "questions": questions if found.upheld is None and refusal is None else [],
            "refusal": refusal if membership.organisation_id == _issuer(found) else None,
            "annulling": annulling,
            "annul": attestation_queries.upheld_appeals(membership).filter(pk=found.pk).exists()
            and membership.holds("attestation")
            and found.decision.outcome in STATUS_OUTCOMES,
            "today": case_pages.today_cn(),
        },
    )


def _issuer(found: Appeal) -> int | None:
    decision = found.decision
    return (
        decision.attestation.issuer_id if decision.attestation else decision.case.issuer_id if decision.case else None
    )


def _answer_appeal(found: Appeal, by: Membership, answers: Answers) -> Any:
    upheld = str(answers.raw("upheld"))
    if upheld not in ("true", "false"):
        answers.chosen("upheld", {})
        return None
    return decisions.answer_appeal(
        appeal=found, upheld=upheld == "true", answer=answers.texts("answer"), by=by, at=clock.now()
    )
