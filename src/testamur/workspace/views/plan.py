"""The plan as the client sees it: agree, or object (ISO/IEC 17021-1:2015, 9.2.3.4)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.parties import acting
from testamur.parties.models import Site
from testamur.selection import actions, planning, policies
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.said import PLACES, word


@require_http_methods(["GET", "POST"])
@acting.requires()
def plan(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show team and dates as proposed; the applicant agrees or objects."""
    case, membership, side = case_pages.open_case(request, case_id, "plan")
    proposal = planning.standing_plan(case)
    answers = Answers(request)
    if answers.sent and proposal is not None:
        agreeing = request.POST.get("answer") == "agree"

        def act() -> Any:
            if agreeing:
                return actions.agree(plan=proposal, by=membership, at=clock.now())
            return actions.object_to(plan=proposal, objection=answers.text("objection"), by=membership, at=clock.now())

        if answers.attempt(act):
            messages.success(
                request,
                _("You agreed to the team and the dates.")
                if agreeing
                else _("Your objection is recorded; the planner answers it."),
            )
            return redirect("workspace:plan", case.public_id)
    refusal = refusal_of(policies.check_may_answer_plan, case, membership, clock.now())
    waiting = proposal is not None and proposal.agreed_at is None and proposal.objected_at is None
    titles = {role.id: role.title for role in case.scheme.definition.roles}
    shot = proposal.snapshot if proposal else {"team": [], "visits": []}
    sites = (
        {site.public_id: site.names for site in Site.objects.filter(organisation=case.client)} if case.client else {}
    )
    return case_pages.show(
        request,
        case,
        "plan",
        "workspace/plan.html",
        title=_("Plan"),
        plan=proposal,
        answers=answers,
        may_answer=waiting and refusal is None and side == "client",
        until=planning.objection_until(proposal) if proposal else None,
        team=[{**row, "title": titles.get(row["role"], row["role"])} for row in shot["team"]],
        visits=[
            {
                **row,
                "title": case.scheme.definition.activity(row["activity"]).title,
                "place": translated(word(PLACES, row["where"])),
                "named": [sites.get(one, one) for one in row["sites"]],
            }
            for row in shot["visits"]
        ],
        days=shot.get("days"),
        objection=answers.ask(
            "objection", "long_text", _("To whom or to what do you object, and why?"), required=False
        ),
        source=str(case.scheme.definition.team.source[0])
        if case.scheme.definition.team
        else "iso-17021-1@2015#9.2.3.4",
    )
