"""Duties of an attestation: the case of a round, a trigger or a renewal; reports that set work off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from testamur.decision import queries as decisions
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.register import status as register_status
from testamur.register.models import Attestation
from testamur.surveillance import actions as surveillance_actions
from testamur.surveillance import queries as surveillance
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.certificate_pages import crumbs, holder_of, number_of, open_certificate


@require_POST
@acting.requires()
def open_due(request: HttpRequest, due_id: int) -> HttpResponse:
    """Open the case of a round, a trigger or a renewal; a second press leads to the same case."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    due = get_object_or_404(surveillance.visible_to(membership), pk=due_id)
    try:
        case = surveillance_actions.open_follow_up(due=due, by=membership, at=clock.now())
    except Refused as refused:
        messages.error(request, sentence(refused))
        return redirect("workspace:certificate", due.attestation.public_id)
    messages.success(request, _("The case is open."))
    return redirect("workspace:case", case.public_id)


def triggers_of(found: Attestation, membership: Membership, definition: Any, holder_side: bool) -> list[Any]:
    """Return what may be reported from here."""
    if definition is None:
        return []
    governing = decisions.governing_definition(found, register_status.today(found))
    issuer = membership.organisation_id == found.issuer_id
    allowed = (
        {"anyone"}
        | ({"holder"} if holder_side else set())
        | ({"regulator", "accreditor"} if membership.holds("supervision") else set())
    )
    return [one for one in governing.triggers if issuer or one.told_by in allowed]


@require_http_methods(["GET", "POST"])
@acting.requires()
def report(request: HttpRequest, attestation_id: str) -> HttpResponse:
    """Report a change, a complaint or another event that sets work off."""
    found, membership = open_certificate(request, attestation_id)
    edition = found.editions.select_related("scheme").order_by("-edition").first()
    definition = edition.scheme.definition if edition and edition.scheme else None
    holder_side = membership.organisation_id == found.holder_id or membership.person_id == found.person_id
    triggers = {one.id: one for one in triggers_of(found, membership, definition, holder_side)}
    if not triggers:
        raise Http404
    answers = Answers(request)
    trigger = answers.chosen("trigger", triggers) if answers.sent else None
    what = answers.texts("what", required=True) if answers.sent else {}
    if answers.attempt(
        lambda: surveillance_actions.tell(
            attestation=found, trigger=trigger.id, what=what, by=membership, at=clock.now()
        )
    ):
        messages.success(request, _("Your report is with the issuer; what is to be done and by when shows here."))
        return redirect("workspace:certificate", found.public_id)
    rows = [{"id": key, "label": one.event} for key, one in triggers.items()]
    return render(
        request,
        "workspace/report.html",
        {
            "head": {"title": _("Report what happened"), "number": number_of(found), "facts": [holder_of(found)]},
            "crumbs": crumbs(found, number_of(found), _("Report")),
            "answers": answers,
            "questions": [
                answers.ask("trigger", "choice", _("What happened?"), options=rows),
                answers.ask("what", "long_text", _("In your words: what, when, where")),
            ],
            "back": reverse("workspace:certificate", args=[found.public_id]),
            "today": case_pages.today_cn(),
        },
    )
