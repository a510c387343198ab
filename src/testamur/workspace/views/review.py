"""Review of a case before it is decided (ISO/IEC 17021-1:2015, 9.5.2; 17065:2012, 7.5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.decision import policies
from testamur.determination import queries as determination
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Occasion
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.review import actions as reviews
from testamur.review import policies as review_policies
from testamur.review import queries as review_queries
from testamur.review.models import Review
from testamur.selection.models import Case
from testamur.selection.queries import agreed_scope
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages, working
from testamur.workspace.answers import Answers, options
from testamur.workspace.dossiers import dossier_of, findings_of, grade_of, reports_of
from testamur.workspace.said import OUTCOMES


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
    again = case.stage == Case.Stage.DECISION and review_queries.standing_review(case) is None
    here = case.stage == Case.Stage.REVIEW or again
    refusal = refusal_of(review_policies.check_may_review, case, membership) if here else None
    buttons = None
    if here:
        back = (
            [] if again else [{"label": _("Want more evidence"), "form": "review", "name": "verdict", "value": "more"}]
        )
        buttons = [
            *back,
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
        dossier=dossier_of(case, None if here and not again else last, digest),
        digest=digest,
        last=last,
        last_lines=working.lines_in_words(case.scheme.definition, last.scope) if last else [],
        checks=case_pages.checks(determination.missing(case)),
        findings=findings_of(case),
        reports=reports_of(case),
        grade=grade_of(case),
        outcome_words={key: translated(value[0]) for key, value in OUTCOMES.items()},
    )


def _reviewable(case: Case) -> list[dict[str, Any]]:
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
