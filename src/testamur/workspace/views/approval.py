"""The second person's page: a new edition that a colleague decided and proposed, outside a case."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.attestation import actions, approvals, policies, queries
from testamur.kernel import clock, days
from testamur.kernel.refusal import refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated
from testamur.workspace.answers import Answers
from testamur.workspace.certificate_pages import crumbs, holder_of, open_certificate
from testamur.workspace.differences import differences
from testamur.workspace.said import OUTCOMES


@require_http_methods(["GET", "POST"])
@acting.requires()
def approval(request: HttpRequest, attestation_id: str, decision_id: str) -> HttpResponse:
    """Look at what was proposed, and issue it as the second person."""
    found, membership = open_certificate(request, attestation_id)
    if membership.organisation_id != found.issuer_id:
        raise Http404
    made = get_object_or_404(queries.visible_to(membership), public_id=decision_id, attestation=found, case=None)
    answers = Answers(request)
    if answers.attempt(lambda: actions.carry_out(decision=made, by=membership, at=clock.now())):
        messages.success(request, _("It is issued, signed, published and logged."))
        return redirect("workspace:certificate", found.public_id)
    edition = found.editions.select_related("scheme", "attestation").order_by("-edition").first()
    if edition is None or edition.scheme is None:
        raise Http404  # nothing is in force that could be written anew
    number, definition = edition.number, edition.scheme.definition
    today = days.day_of(clock.now(), definition.area)
    refusal = refusal_of(_check, made, membership)
    return render(
        request,
        "workspace/certificate_approval.html",
        {
            "head": {"title": _("Approve a new edition"), "number": number, "facts": [holder_of(found)]},
            "crumbs": crumbs(found, number, _("Approve a new edition")),
            "attestation": found,
            "decision": made,
            "outcome": translated(OUTCOMES[made.outcome][0]),
            "table": None if made.issued_at else differences(edition, made, definition, today),
            "answers": answers,
            "questions": [],
            "refusal": refusal,
            "approvals": approvals.given(approvals.decision_key(made.public_id)),
        },
    )


def _check(made: policies.Decision, by: Membership) -> None:
    policies.check_may_carry_out(made, by, clock.now())
    approvals.check_another(queries.waiting_proposal(made), by)
