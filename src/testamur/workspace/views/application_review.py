"""Application review: the scheme's questions, the audit time, the accepted scope (ISO/IEC 17021-1:2015, 9.1.2)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register import authority
from testamur.selection import actions, policies
from testamur.selection import queries as selection
from testamur.selection.models import ApplicationReview, Case
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages, working
from testamur.workspace.answers import Answers, in_its_language, options
from testamur.workspace.said import ANSWERED_BY, HOLDS, said


@require_http_methods(["GET", "POST"])
@acting.requires()
def application_review(request: HttpRequest, case_id: str) -> HttpResponse:
    """Answer the scheme's questions, see the audit time worked out, adjust it; accept, refuse, ask for more."""
    case, membership, _side = case_pages.open_case(request, case_id, "application-review")
    standing = case.application_reviews.order_by("-id").first()
    answers = Answers(request, initial=_initial(standing))
    typed = _typed(case, answers)
    verdict = request.POST.get("verdict", "") if answers.sent else ""
    if verdict in ("accept", "refuse") and answers.attempt(
        lambda: _review(case, membership, typed, verdict == "accept", answers.number("seen"))
    ):
        messages.success(
            request,
            _("The application is accepted.")
            if verdict == "accept"
            else _("The application is refused, with reasons."),
        )
        return redirect("workspace:team" if verdict == "accept" else "workspace:case", case.public_id)
    asking = Answers(request, act="ask")
    asked = [
        {"field": row.get("field", ""), "sentence": in_its_language(row["sentence"])}
        for row in asking.rows("asked")
        if row.get("sentence")
    ]
    if asking.attempt(lambda: actions.ask_to_complete(case=case, asked=asked, by=membership, at=clock.now())):
        messages.success(request, _("The applicant was asked, once and completely. The clocks rest until the answer."))
        return redirect("workspace:case", case.public_id)
    refusal = refusal_of(policies.check_may_review_application, case, membership, clock.now())
    if case.stage == Case.Stage.APPLICATION:
        calculation, trouble = _calculate(case, typed)
        lines = selection.proposed(case, calculation.facts) if calculation else []
        against = _against(case, calculation)
        steps = calculation.to_json() if calculation else []
    else:
        trouble, lines, against = None, standing.scope if standing else [], []
        steps = standing.calculation if standing else []
    if trouble is not None:
        answers.refuse(trouble)
    buttons = [
        {"label": _("Refuse"), "form": "review", "name": "verdict", "value": "refuse"},
        {
            "label": _("Accept and plan"),
            "form": "review",
            "name": "verdict",
            "value": "accept",
            "main": True,
            "refused": refusal,
        },
    ]
    open_ = case.stage == Case.Stage.APPLICATION
    return case_pages.show(
        request,
        case,
        "application-review",
        "workspace/application_review.html",
        title=_("Application review"),
        actions=buttons if open_ and refusal is None else None,
        answers=answers,
        asking=asking,
        sum=working.sum_of(steps, _("Working of the rules")),
        days=standing.days if standing else None,
        questions=_questions(case, answers),
        against=_said_against(case, against),
        open=open_ and refusal is None,
        refusal=refusal if open_ else None,
        standing=standing,
        seen=case.application_reviews.count(),
        fields=_more_questions(case, answers, lines, steps),
        lines=working.lines_in_words(case.scheme.definition, lines),
        ask_question=_ask_question(case, asking),
        kept=_kept(standing),
        accepted_scope=standing.statement if standing else {},
        may_ask=open_ and refusal is None and getattr(case, "application", None) is not None,
        not_again=refusal_of(policies.check_may_ask_to_complete, case, membership, clock.now()),
    )


def _initial(standing: ApplicationReview | None) -> dict[str, Any]:
    if standing is None:
        return {}
    found: dict[str, Any] = {f"q-{name}": "true" if value else "false" for name, value in standing.answers.items()}
    found["notes"] = standing.notes
    found["adjustments"] = [
        {"reason": words(row["reason"]), "percent": _percent(row["share"])} for row in standing.adjustments
    ]
    found |= {f"statement-{language}": text for language, text in standing.statement.items()}
    return found


def _percent(share: Any) -> str:
    return f"{(Decimal(str(share)) * 100).normalize():f}"


def _typed(case: Case, answers: Answers) -> dict[str, Any]:
    """Return what the page says, in the shapes the action wants."""
    given_answers = {}
    for one in case.scheme.definition.questions:
        raw = str(answers.raw(f"q-{one.id}"))
        if raw in ("true", "false"):
            given_answers[one.id] = raw == "true"
    adjustments = []
    for row in answers.rows("adjustments"):
        typed = row.get("percent", "").replace("%", "").replace("−", "-")
        try:
            share: Any = str(Decimal(typed) / 100)
        except InvalidOperation:
            share = typed
        adjustments.append({"reason": in_its_language(row.get("reason", "")), "share": share})
    given = {}
    if answers.sent:
        for key in request_keys(answers, "given-"):
            text = answers.text(f"given-{key}")
            if text:
                given[key] = int(text) if text.isdecimal() else text
    chosen = answers.several("line") if answers.sent else None
    return {
        "answers": given_answers,
        "adjustments": adjustments,
        "given": given,
        "notes": answers.text("notes"),
        "statement": answers.both("statement"),
        "lines": chosen,
    }


def request_keys(answers: Answers, prefix: str) -> list[str]:
    """Return what follows a prefix in the names of the inputs that were sent."""
    return [key.removeprefix(prefix) for key in answers.request.POST if key.startswith(prefix)]


def _calculate(case: Case, typed: dict[str, Any]) -> tuple[Any, Refused | None]:
    try:
        return selection.calculate(
            case, adjustments=[one for one in typed["adjustments"] if one["reason"]], given=typed["given"]
        ), None
    except Refused as refused:
        return selection.calculate(case), refused


def _against(case: Case, calculation: Any) -> list[Refused]:
    return list(selection.against_accepting(case, calculation)) if calculation is not None else []


def _said_against(case: Case, against: list[Refused]) -> list[dict[str, Any]]:
    """Return what the rules and the body's authority say before anybody answers a question."""
    if against:
        return [{"state": "bad", "text": one, "source": one.source, "who": translated(one.who)} for one in against]
    rows = []
    for table in case.scheme.definition.authorities_of("issuer"):
        rows.append(
            {
                "state": "ok",
                "text": said(HOLDS, {"kind": authority.KINDS[table.kind]}),
                "source": str(table.source[0]) if table.source else "",
            }
        )
    return rows


def _review(case: Case, by: Membership, typed: dict[str, Any], accepted: bool, seen: int | None) -> Any:
    scope = None
    if typed["lines"] is not None:
        proposed = selection.proposed(
            case, selection.calculate(case, adjustments=typed["adjustments"], given=typed["given"]).facts
        )
        picked = [line for place, line in enumerate(proposed) if str(place) in typed["lines"]]
        scope = None if len(picked) == len(proposed) else picked
    try:
        return actions.review_application(
            case=case,
            answers=typed["answers"],
            adjustments=typed["adjustments"],
            notes=typed["notes"],
            accepted=accepted,
            scope=scope,
            statement=typed["statement"],
            given=typed["given"],
            seen=seen,
            by=by,
            at=clock.now(),
        )
    except Refused as refused:
        known = {one.id for one in case.scheme.definition.questions}
        for one in getattr(refused, "problems", [refused]):
            if one.field in known:
                one.field = f"q-{one.field}"
            elif one.field.startswith("adjustments"):
                one.field = "adjustments"
            elif one.field == "scope":
                one.field = "line"
        raise


def _questions(case: Case, answers: Answers) -> list[dict[str, Any]]:
    titles = {role.id: role.title for role in case.scheme.definition.roles}
    return [
        answers.ask(
            f"q-{one.id}",
            "yes_no",
            one.text,
            source=str(one.source[0]) if one.source else "",
            help=said(ANSWERED_BY, {"role": titles.get(one.by, one.by)})
            if len({q.by for q in case.scheme.definition.questions}) > 1
            else "",
        )
        for one in case.scheme.definition.questions
    ]


def _more_questions(case: Case, answers: Answers, lines: list[Any], steps: list[Any]) -> list[dict[str, Any]]:
    fields = []
    needs = working.open_inputs(steps)
    for name in needs:
        fields.append(
            answers.ask(
                f"given-{name}", "text", _("Input “{name}” that only you know").format(name=name), required=False
            )
        )
    if case.scheme.definition.rule_for("audit_time") is not None:
        fields.append(
            answers.ask(
                "adjustments",
                "people",
                _("Adjustments of the table value"),
                required=False,
                source="iaf-md5@2023#8",
                help=_("Percent, a reduction with a minus; each with its reason, which the client reads."),
                columns=[
                    {"id": "reason", "label": _("Reason"), "type": "text"},
                    {"id": "percent", "label": _("Percent"), "type": "decimal"},
                ],
            )
        )
    said_lines = working.lines_in_words(case.scheme.definition, lines)
    if lines:
        if not answers.sent:
            answers.initial["line"] = [str(place) for place in range(len(lines))]
        fields.append(
            answers.ask(
                "line",
                "choices",
                _("Scope lines that are accepted"),
                required=False,
                options=options(enumerate(said_lines)),
                help=_("Proposed from the answers. Path validation reads these; people read the words below."),
            )
        )
    fields += [
        answers.ask("statement-zh", "long_text", _("Scope in words, Chinese"), required=False),
        answers.ask("statement-en", "long_text", _("Scope in words, English"), required=False),
        answers.ask(
            "notes", "long_text", _("Notes; where you refuse, the reasons the applicant reads"), required=False
        ),
    ]
    return fields


def _ask_question(case: Case, asking: Answers) -> dict[str, Any]:
    names = [("", _("the whole application"))]
    definitions = [case.scheme.definition, *([case.integrated.definition] if case.integrated else [])]
    for definition in definitions:
        for part in definition.parts_on(case.occasion):
            names += [(field.id, words(field.label)) for field in definition.fields_of(part.id)]
    once = policies.told_once(case)
    return asking.ask(
        "asked",
        "people",
        _("What is missing"),
        help=_("Everything at once; the law allows asking only one time.")
        if once
        else _("Everything at once, so that the applicant has to answer only one time."),
        source=once,
        columns=[
            {"id": "field", "label": _("About"), "type": "choice", "choices": names},
            {"id": "sentence", "label": _("What the applicant should do"), "type": "text"},
        ],
    )


def _kept(standing: ApplicationReview | None) -> list[dict[str, Any]]:
    """Return the reasons of a refusal as they were given."""
    if standing is None or standing.accepted:
        return []
    return [
        {"state": "bad", "text": said(row["sentence"], row["facts"]), "source": row["source"]}
        for row in standing.refusal
    ]
