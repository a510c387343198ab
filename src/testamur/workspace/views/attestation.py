"""Attestation: carry a decision out (ISO/IEC 17065:2012, 7.7; 17021-1:2015, 8.2)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from testamur.attestation import actions, approvals, policies, queries
from testamur.decision.models import Decision
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Function, Outcome
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages, working
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import OUTCOMES


@require_http_methods(["GET", "POST"])
@acting.requires()
def issue(request: HttpRequest, case_id: str) -> HttpResponse:
    """Carry a decision out: issue the statement, sign it, publish and log it."""
    case, membership, _side = case_pages.open_case(request, case_id, "attestation")
    made = case.decisions.order_by("-id").first()
    if made is None:
        raise Http404
    own = {site.public_id: site for site in case.client.sites.filter(closed_on=None)} if case.client else {}
    answers = Answers(request)
    chosen = [own[key] for key in answers.several("site") if key in own] if answers.sent else []
    if answers.attempt(lambda: actions.carry_out(decision=made, by=membership, at=clock.now(), sites=chosen)):
        done = answers.result
        if done is None and made.issued_at is None and queries.waiting_proposal(made) is not None:
            messages.success(request, _("It is proposed. A second person of your organisation has to issue it."))
            return redirect("workspace:attestation", case.public_id)
        messages.success(request, _("It is issued, signed, published and logged."))
        if done is not None:
            return redirect("workspace:certificate", done.attestation.public_id)
        return redirect("workspace:case", case.public_id)
    refusal = refusal_of(_check, made, membership)
    questions = []
    if own and made.outcome == Outcome.GRANT and len(own) > 1:
        rows = [(key, site.names) for key, site in own.items()]
        questions.append(
            answers.ask(
                "site",
                "choices",
                _("Sites that get a sub-certificate of their own"),
                required=False,
                options=options(rows),
                help=_("All sites stand in the list of the main certificate in any case."),
            )
        )
    waiting = case.stage == "attestation"
    done_ = actions.carried_out(made)
    return case_pages.show(
        request,
        case,
        "attestation",
        "workspace/attestation.html",
        title=_("Attestation"),
        decision=made,
        answers=answers,
        questions=questions,
        refusal=refusal if waiting else None,
        may=waiting and refusal is None,
        outcome=translated(OUTCOMES[made.outcome][0]),
        means=translated(OUTCOMES[made.outcome][1]),
        lines=working.lines_in_words(case.scheme.definition, made.scope),
        done=done_,
        shows=_shows(case, made),
        two=case.issuer.two_to_issue,
        proposal=queries.waiting_proposal(made) if case.issuer.two_to_issue else None,
        approvals=approvals.given(approvals.decision_key(made.public_id)),
    )


#: Decisions shown, and so issued, at once.
AT_ONCE = 500


@require_http_methods(["GET", "POST"])
@acting.requires(Function.ATTESTATION)
def issue_many(request: HttpRequest) -> HttpResponse:
    """Carry out many of the decisions that wait, in one act: all of those chosen, or none."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    waiting = {one.public_id: one for one in queries.ready(membership)[:AT_ONCE] if _not_mine(one, membership)}
    answers = Answers(request)
    chosen = [waiting[key] for key in answers.several("decision") if key in waiting]
    if answers.sent and not chosen:
        answers.refuse(Refused(_("Choose at least one decision to issue."), rule="form", field="decision"))

    def act() -> object:
        try:
            return actions.carry_out_many(decisions=chosen, by=membership, at=clock.now())
        except Refused as refused:
            if refused.field:
                messages.warning(request, _("Case {case} stops it; nothing was issued.").format(case=refused.field))
            raise

    if answers.attempt(act):
        count = len(answers.result or ())
        done = ngettext(
            "{n} decision is carried out: signed, published and logged.",
            "{n} decisions are carried out: signed, published and logged.",
            count,
        )
        if count:
            messages.success(request, done.format(n=count))
        if proposed := len(chosen) - count:
            told = ngettext(
                "{n} decision is proposed; another person who may sign has to issue it.",
                "{n} decisions are proposed; another person who may sign has to issue them.",
                proposed,
            )
            messages.success(request, told.format(n=proposed))
        return redirect("workspace:issue-many")
    rows = [(key, _in_words(one)) for key, one in waiting.items()]
    question = answers.ask("decision", "choices", _("Decisions to carry out"), options=options(rows))
    return render(
        request,
        "workspace/issue_many.html",
        {
            "head": {"title": _("Issue what was decided"), "facts": [_("One act: all of those chosen, or none.")]},
            "answers": answers,
            "questions": [question] if rows else [],
        },
    )


def _not_mine(made: Decision, by: Membership) -> bool:
    """Leave out what this person proposed: another one has to issue it."""
    if not by.organisation.two_to_issue:
        return True
    return refusal_of(approvals.check_another, queries.waiting_proposal(made), by) is None


def _in_words(made: Decision) -> str:
    case = made.case
    assert case is not None
    holder = case.client or case.person
    outcome = translated(OUTCOMES[made.outcome][0])
    return " · ".join([case.number, words(holder.names), words(case.scheme.title), outcome])


def _check(made: Any, by: Membership) -> None:
    policies.check_outcome(made)
    policies.check_signed(made)
    policies.check_may_carry_out(made, by, clock.now())
    if policies.issuer_of(made).two_to_issue:
        approvals.check_another(queries.waiting_proposal(made), by)


def _shows(case: Any, made: Any) -> list[dict[str, Any]]:
    party = case.client or case.person
    return [
        {"label": _("Holder"), "value": party.names},
        {"label": _("Scheme"), "value": case.scheme.title},
        {"label": _("Scope"), "value": made.statement},
        {"label": _("Decided"), "value": made.decided_on},
        {"label": _("Issuer"), "value": case.issuer.names},
    ]
