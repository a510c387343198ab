"""Releases: who may see one's own results; and for accreditors, the results they may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.proficiency import policies, queries
from testamur.proficiency.actions import releases as actions
from testamur.proficiency.models import Release, Score
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency import history, reporting
from testamur.workspace.workshop.proficiency.frame import member_of, organisation_called, oversight_trail, page

PAGE = 50
USUAL_DAYS = 365


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def releases(request: HttpRequest) -> HttpResponse:
    """List to whom one's own results are released; release them, end a release."""
    membership = member_of(request)
    today = queries.today_of(membership.organisation)
    taken = {one.round.public_id: one.round for one in queries.participations(membership) if not one.group.blind}
    answers = Answers(request, initial={"until_day": today + timedelta(days=USUAL_DAYS), "round": "all"})
    if answers.attempt(lambda: _released(answers, taken, membership)):
        messages.success(request, _("Released. You may take it back at any time, for the future."))
        return redirect("workspace:workshop-releases")
    rows = [_row(one, today) for one in queries.releases(membership)]
    labels = (_("To whom"), _("Round"), _("Until"), _("State"))
    table = {"caption": _("Releases"), "columns": [{"label": label} for label in labels], "rows": rows}
    choices = [{"id": "all", "label": _("All our rounds, also later ones")}]
    choices += [{"id": key, "label": words(one.title)} for key, one in taken.items()]
    questions = [
        answers.ask("to", "text", _("To whom"), help=_("Whole name, code or number.")),
        answers.ask("round", "choice", _("Which results"), options=choices),
        answers.ask("until_day", "date", _("Until")),
    ]
    living = [one for one in queries.releases(membership) if one.revoked_at is None and one.until_day >= today]
    secret = _("Others see results where a round's rules said so before you enrolled, or where you release them here.")
    blocks = [
        {"title": _("Releases"), "text": [secret], "table": table},
        {
            "title": _("Release results"),
            "form": {"answers": answers, "questions": questions, "button": _("Release them")},
        },
    ]
    return page(
        request,
        _("Who may see our results"),
        blocks,
        template="releases",
        living=living,
        crumbs=[{"label": _("Who may see our results")}],
    )


@require_POST
@acting.requires("quality")
def revocation(request: HttpRequest, release_id: str) -> HttpResponse:
    """Take a release back, from now on."""
    membership = member_of(request)
    found = get_object_or_404(queries.releases(membership), public_id=release_id)
    try:
        actions.revoke(found=found, by=membership, at=clock.now())
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("The release is ended; from now on nothing is shown by it."))
    return redirect("workspace:workshop-releases")


@require_safe
@acting.requires()
def released(request: HttpRequest) -> HttpResponse:
    """List for an accreditor whose results it may see; a look into one of them is recorded."""
    membership = member_of(request)
    refusal = refusal_of(policies.check_may_look, membership, clock.now())
    if refusal is not None:
        return acting.refused(request, refusal)
    rows = queries.shown_to(membership, queries.today_of(membership.organisation))
    text = request.GET.get("q", "").strip()[:100].lower()
    found = [
        one
        for one in rows
        if not text or text in " ".join([*one.organisation.names.values(), *one.round.title.values()]).lower()
    ]
    sort = request.GET.get("sort", "")
    if sort.lstrip("-") == "laboratory":
        found.sort(key=lambda one: words(one.organisation.names), reverse=sort.startswith("-"))
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["laboratory", "round", "provider", "results_until"]
        listed = [
            [
                words(one.organisation.names),
                words(one.round.title),
                words(one.round.organisation.names),
                one.round.results_until,
            ]
            for one in found
        ]
        return tables.as_file(kind, columns, listed, name="released-rounds")
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    heads = [
        {"label": _("Laboratory"), "sort": "laboratory"},
        {"label": _("Round")},
        {"label": _("Provider")},
        {"label": _("Results until")},
    ]
    table = {
        "caption": _("Released results"),
        "columns": heads,
        "sorted": sort,
        "rows": [
            {
                "href": reverse("workspace:workshop-released-results", args=[one.public_id]),
                "cells": [
                    one.organisation.names,
                    one.round.title,
                    one.round.organisation.names,
                    one.round.results_until,
                ],
            }
            for one in shown
        ],
    }
    note = _("What a round's rules or a laboratory's release shows you. Opening a row is recorded.")
    block = {
        "title": _("Released results"),
        "text": [note] if found else [note, _("Nothing is released to you today.")],
        "table": table,
        "exports": "" if found else None,
    }
    blocks = [block, history.laboratories_block(found[: PAGE * 10])]
    return page(
        request,
        _("Results of proficiency tests"),
        blocks,
        template="released",
        text=text,
        page=shown,
        trail=oversight_trail(inside=False),
        crumbs=[{"label": _("Released results")}],
    )


@require_safe
@acting.requires()
def results(request: HttpRequest, participant_id: str) -> HttpResponse:
    """Show an accreditor one laboratory's results of one round, its own line alone; the look is recorded."""
    membership = member_of(request)
    refusal = refusal_of(policies.check_may_look, membership, clock.now())
    if refusal is not None:
        return acting.refused(request, refusal)
    rows = queries.shown_to(membership, queries.today_of(membership.organisation))
    one = get_object_or_404(rows, public_id=participant_id)
    edition = queries.issued(one.round)
    if edition is None:
        raise Http404
    actions.look(participant=one, by=membership, at=clock.now())
    blocks: list[dict[str, Any]] = reporting.blocks(one, edition, peers=False)
    for each in Score.objects.filter(edition=edition, participant=one).prefetch_related("responses"):
        blocks += [
            {
                "title": _("Answer of the laboratory: {measurand}").format(measurand=words(each.measurand.name)),
                "text": [said.cause, said.action],
            }
            for said in each.responses.all()
        ]
    facts = [
        words(one.round.title),
        words(one.round.organisation.names),
        _("Edition {number}").format(number=edition.number),
    ]
    return page(
        request,
        one.organisation.names,
        blocks,
        head={
            "facts": facts,
            "actions": [
                {
                    "label": _("All rounds of this laboratory"),
                    "href": reverse("workspace:workshop-released-laboratory", args=[one.organisation.public_id]),
                    "icon": "chart-line",
                }
            ],
        },
        trail=oversight_trail(),
        crumbs=[{"label": one.organisation.names}],
    )


def _released(answers: Answers, taken: dict[str, Any], membership: Membership) -> Release | None:
    until = answers.day("until_day")
    to = organisation_called(answers.text("to"), "to")
    found = answers.chosen("round", {**taken, "all": "all"})
    if until is None or found is None:
        return None
    return actions.release(
        to=to, found=None if found == "all" else found, until_day=until, by=membership, at=clock.now()
    )


def _row(one: Release, today: Any) -> dict[str, Any]:
    state = _("ended by us") if one.revoked_at else _("in force") if one.until_day >= today else _("over")
    which = one.round.title if one.round else _("All our rounds, also later ones")
    return {"cells": [one.to.names, which, one.until_day, state]}
