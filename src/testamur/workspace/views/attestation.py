"""Attestation: carry a decision out (ISO/IEC 17065:2012, 7.7; 17021-1:2015, 8.2)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.attestation import actions, approvals, policies, queries
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Outcome
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated
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
