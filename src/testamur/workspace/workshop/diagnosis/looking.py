"""Who may look at a check-up, and the pages of those who were let in: reading, and advice sentence by sentence."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from testamur.diagnosis import actions, policies, queries
from testamur.diagnosis.models import Grant
from testamur.kernel import clock, days
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.selection.impartiality import MONTHS
from testamur.wording.templatetags.say import day, words
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.diagnosis import pages
from testamur.workspace.workshop.diagnosis.results import result_of

ABOUT = {
    "maturity": gettext_lazy("where the firm stands"),
    "benchmark": gettext_lazy("comparison with others"),
    "opportunity": gettext_lazy("an opportunity, without saying how"),
    "method": gettext_lazy("what a method is and how it works"),
    "solution": gettext_lazy("a solution for this firm"),
}


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def grants(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Let an organisation look at one's own check-up, see who may, and revoke it."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = pages.own(membership, assessment_id)
    answers, revoke = Answers(request, act="let"), Answers(request, act="revoke")
    here = redirect("workspace:workshop-assessment-grants", found.public_id)
    if answers.sent:
        typed, until = answers.text("to", required=True, most=80), answers.day("until_day")
        to = queries.with_number(typed)
        unknown = refusal_of(policies.check_known, to)
        if typed and unknown is not None:
            answers.refuse(unknown)
        fee = answers.yes("fee_tied")
        if answers.attempt(
            lambda: actions.let_in(
                assessment=found,
                to=to,  # type: ignore[arg-type]  # an error is noted where there is none
                until_day=until,  # type: ignore[arg-type]
                fee_tied=fee,
                by=membership,
                at=clock.now(),
            )
        ):
            messages.success(request, _("They may look until the day you chose."))
            return here
    if revoke.sent:
        grant = found.grants.filter(public_id=revoke.text("grant")).first()
        if grant is None:
            raise Http404
        if revoke.attempt(lambda: actions.revoke_grant(grant=grant, by=membership, at=clock.now())):
            messages.success(request, _("They can no longer look."))
            return here
    return render(
        request,
        "workshop/diagnosis/grants.html",
        {
            "head": {"title": _("Who may look at this check-up"), "facts": [queries.questionnaire_of(found).title]},
            "crumbs": pages.crumbs(
                {
                    "label": queries.questionnaire_of(found).title,
                    "href": reverse("workspace:workshop-assessment", args=[found.public_id]),
                },
                {"label": _("Who may look")},
            ),
            "grants": found.grants.select_related("to"),
            "today": pages.today_of(membership),
            "answers": answers,
            "revoke": revoke,
            "questions": [
                answers.ask(
                    "to",
                    "text",
                    _("Number of the organisation"),
                    help=_("Its number here, or its unified social credit code."),
                ),
                answers.ask("until_day", "date", _("Last day")),
                answers.ask(
                    "fee_tied",
                    "yes_no",
                    _("Does what you pay for their help depend on certification?"),
                    help=_("Then all they advise counts as client-specific: they cannot certify you for two years."),
                    source="iso-17021-1@2015#5.2.5",
                ),
            ],
        },
    )


@require_safe
@acting.requires()
def visits(request: HttpRequest) -> HttpResponse:
    """List what other organisations let one's own look at."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = queries.let_in(membership, pages.today_of(membership))
    return render(
        request,
        "workshop/diagnosis/visits.html",
        {
            "head": {
                "title": _("Check-ups of others that you may look at"),
                "facts": [_("They chose you, until a day, and can end it.")],
            },
            "crumbs": [{"label": _("Check-ups of others")}],
            "table": {
                "caption": _("Check-ups of others"),
                "columns": [{"label": _("Organisation")}, {"label": _("Check-up")}, {"label": _("Last day")}],
                "rows": [
                    {
                        "href": reverse("workspace:workshop-visit", args=[one.public_id]),
                        "cells": [
                            one.assessment.organisation.names,
                            queries.questionnaire_of(one.assessment).title,
                            {"day": one.until_day},
                        ],
                    }
                    for one in rows
                ],
            },
        },
    )


@require_http_methods(["GET", "POST"])
@acting.requires()
def visit(request: HttpRequest, grant_id: str) -> HttpResponse:
    """Read a check-up that one was let in to see, and write advice: generic, or client-specific after a warning."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = pages.today_of(membership)
    grant = queries.let_in(membership, today).filter(public_id=grant_id).first()
    if grant is None:
        raise Http404
    answers = Answers(request, initial={"kind": "generic"})
    if answers.sent:
        kind = answers.chosen("kind", {"generic": "generic", "specific": "specific"})
        about = answers.chosen("about", {key: key for key in ABOUT})
        text, confirmed = answers.text("sentence", required=True, most=500), answers.yes("confirmed")
        if answers.attempt(
            lambda: actions.write_advice(
                grant=grant,
                sentence=text,
                kind=kind,
                about=about,
                confirmed=confirmed,
                by=membership,
                at=clock.now(),
            )
        ):
            messages.success(request, _("Written. The firm reads it beside its result."))
            return redirect("workspace:workshop-visit", grant.public_id)
    return render(request, "workshop/diagnosis/visit.html", {**_visit(grant, membership, answers), "answers": answers})


def _visit(grant: Grant, membership: Membership, answers: Answers) -> dict[str, Any]:
    facts = result_of(grant.assessment, membership, guest=True)
    free = days.add_months(pages.today_of(membership), MONTHS)
    client = words(grant.assessment.organisation.names)
    cost = _(
        "From then on until {day} you cannot audit, review or decide for {client}, and {organisation} "
        "cannot certify it."
    ).format(day=day(free), client=client, organisation=words(membership.organisation.names))
    facts["head"] = {
        "title": client,
        "facts": [*facts["head"]["facts"][:2], _("you may look until {day}").format(day=day(grant.until_day))],
    }
    facts["crumbs"] = [
        {"label": _("Check-ups of others"), "href": reverse("workspace:workshop-visits")},
        {"label": client},
    ]
    facts["next"] = {
        "step": _("Read it; then you may write advice that could be said to any firm like this"),
        "who": membership.person.names,
        "actions": [{"label": _("Write advice"), "href": "#advice", "main": True}],
    }
    facts["cost"] = cost
    facts["fee_tied"] = grant.fee_tied
    facts["questions"] = [
        answers.ask("sentence", "long_text", _("One sentence of advice")),
        answers.ask("about", "choice", _("What is it about?"), options=options(ABOUT.items())),
        answers.ask(
            "kind",
            "choice",
            _("Is it generic or client-specific?"),
            options=[
                {
                    "id": "generic",
                    "label": _("Generic"),
                    "note": _("Could be said to any firm like this: maturity, comparison, opportunity, method."),
                },
                {
                    "id": "specific",
                    "label": _("Client-specific"),
                    "note": _("Says how this firm should solve it. ") + cost,
                },
            ],
            source="iso-17021-1@2015#3.3",
        ),
        answers.ask(
            "confirmed",
            "choices",
            _("Only for client-specific advice"),
            options=[{"id": "yes", "label": _("I know what follows and write it all the same")}],
            required=False,
        ),
    ]
    return facts
