"""Decision, signatures and sending back (ISO/IEC 17021-1:2015, 9.5; 17065:2012, 7.6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.decision import actions as decisions
from testamur.decision import policies
from testamur.decision import queries as decision_queries
from testamur.decision.models import Decision, Vote
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Outcome
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.review import queries as review_queries
from testamur.review.models import Review
from testamur.selection.models import Case
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages, working
from testamur.workspace.answers import Answers, options
from testamur.workspace.dossiers import dossier_of, findings_of
from testamur.workspace.said import OUTCOMES, WANT_DECLARATION


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
        dossier=dossier_of(case, last, digest),
        digest=last.digest if last else digest,
        may_checks=_may_checks(case, membership, refusal),
        findings=findings_of(case),
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
    signs = decision_queries.next_to_sign(made)
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
        awaited=[(titles.get(role, role), role == signs) for role in awaited],
        mine=[
            (role, words(titles.get(role, role)), refusal_of(policies.check_signs_next, made, role)) for role in mine
        ],
        votes=list(made.votes.select_related("by__person")) if side != "client" else [],
        until=until,
        appeals=list(made.appeals.order_by("id")),
        may_appeal=may_appeal is None and side == "client",
        dossier_digest=made.review.digest if made.review and side != "client" else "",
        appeal_to=case.scheme.definition.decision.appeal_to,
    )
