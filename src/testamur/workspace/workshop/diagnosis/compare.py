"""Compare with others: what may be shown, taking part, and leaving."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.diagnosis import actions, benchmark, queries, questionnaires
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.diagnosis import pages
from testamur.workspace.workshop.diagnosis.results import cell_words, like_words


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def compare(request: HttpRequest) -> HttpResponse:
    """Show what may be shown, and take part or leave."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    organisation = membership.organisation
    part = queries.participation(organisation)
    sections = queries.sections()
    node = str((organisation.industry or {}).get("node", ""))[:1]
    initial = {"section": node if node in sections else "", "size": benchmark.size_of(organisation.personnel)}
    join = Answers(request, act="join", initial=initial)
    leave = Answers(request, act="leave")
    if join.sent:
        section = join.chosen("section", {key: key for key in sections})
        size = join.chosen("size", {key: key for key in pages.SIZES})
        if join.attempt(lambda: actions.join_benchmark(section=section, size=size, by=membership, at=clock.now())):
            messages.success(request, _("You take part. Your finished check-ups count, nameless, from now on."))
            return redirect("workspace:workshop-benchmark")
    if leave.attempt(lambda: actions.leave_benchmark(by=membership, at=clock.now())):
        messages.success(request, _("You no longer take part; nothing computed from now on has you in it."))
        return redirect("workspace:workshop-benchmark")
    tables = []
    for one in questionnaires.offered():
        found = benchmark.comparison(one, organisation.pk)
        rows = []
        for group in one.groups:
            figures = found.figures.get(group.id) if found else None
            if figures:
                rows.append({"cells": [group.title, figures["q1"], figures["median"], figures["q3"]]})
        tables.append(
            {
                "title": one.title,
                "who": like_words(found) if found else "",
                "on": found.released_at if found else None,
                "withheld": [cell_words(cell) for cell in benchmark.narrower(one, organisation.pk)],
                "table": {
                    "caption": _("Scores from 0 to 100, rounded to 5"),
                    "columns": [
                        {"label": _("Clause group")},
                        {"label": _("A quarter is below"), "numeric": True},
                        {"label": _("Median"), "numeric": True},
                        {"label": _("A quarter is above"), "numeric": True},
                    ],
                    "rows": rows,
                },
            }
        )
    return render(
        request,
        "workshop/diagnosis/compare.html",
        {
            "head": {
                "title": _("Compare with others"),
                "facts": [_("Medians of enterprises alike; nobody can be recognised in them.")],
            },
            "crumbs": pages.crumbs({"label": _("Compare with others")}),
            "part": part,
            "section": words(sections[part.section]) if part else "",
            "size": str(pages.SIZES[part.size]) if part else "",
            "tables": tables,
            "join": join,
            "leave": leave,
            "questions": [
                join.ask(
                    "section",
                    "choice",
                    _("Your industry"),
                    options=[
                        {"id": key, "label": {k: f"{key} {v}" for k, v in text.items()}}
                        for key, text in sections.items()
                    ],
                ),
                join.ask("size", "choice", _("How many people work for you?"), options=options(pages.SIZES.items())),
            ],
            "back": reverse("workspace:workshop-diagnosis"),
        },
    )
