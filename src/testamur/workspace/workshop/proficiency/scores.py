"""A laboratory's scores over rounds: signals, charts with memory, and its answers to what is not acceptable."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files import tables
from testamur.kernel import clock
from testamur.parties import acting
from testamur.proficiency import drift, policies, queries
from testamur.proficiency.actions import editions
from testamur.proficiency.models import Score
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency.frame import drawing, member_of, page, rating
from testamur.workspace.workshop.proficiency.said import RATINGS, SIGNALS

PAGE = 50


@require_safe
@acting.requires("quality")
def scores(request: HttpRequest) -> HttpResponse:
    """List one's own scores in force, newest first, and what each measurand does over rounds; also as a file."""
    membership = member_of(request)
    found = queries.in_force(queries.own_scores(membership).prefetch_related("responses"))
    asked = request.GET.get("rating", "")
    listed = [one for one in reversed(found) if asked not in RATINGS or one.rating == asked]
    sort = request.GET.get("sort", "-round")
    if sort.lstrip("-") == "score":
        listed.sort(key=lambda one: abs(float(one.score or 0)), reverse=sort.startswith("-"))
    elif sort == "round":
        listed.reverse()
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["round", "provider", "results_until", "measurand", "unit", "result", "score", "rating"]
        rows = [
            [
                words(one.edition.round.title),
                words(one.edition.round.organisation.names),
                one.edition.round.results_until,
                words(one.measurand.name),
                one.measurand.unit,
                one.value,
                one.score,
                one.rating,
            ]
            for one in listed
        ]
        return tables.as_file(kind, columns, rows, name="proficiency-scores")
    shown = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    for name in ("format", "page"):
        kept.pop(name, None)
    heads = [
        {"label": _("Measurand")},
        {"label": _("Round"), "sort": "round"},
        {"label": _("Result")},
        {"label": _("Score"), "sort": "score"},
        {"label": _("Rating")},
        {"label": _("Explanation")},
    ]
    table = {
        "caption": _("Scores"),
        "columns": heads,
        "sorted": sort,
        "rows": [
            {
                "href": reverse("workspace:workshop-score", args=[one.public_id]),
                "cells": [
                    one.measurand.name,
                    one.edition.round.title,
                    one.value,
                    "" if one.score is None else f"{one.score:.2f}",
                    rating(one.rating),
                    answer_words(one),
                ],
            }
            for one in shown
        ],
    }
    blocks: list[dict[str, Any]] = [
        {
            "title": _("Scores"),
            "text": [] if listed else [_("No score yet. They show here when a round is reported.")],
            "table": table,
            "exports": kept.urlencode() if listed else None,
        }
    ]
    blocks += [series_block(one) for one in drift.series(found)]
    open_ones = queries.unanswered(membership)
    step = None
    if open_ones:
        href = reverse("workspace:workshop-score", args=[open_ones[0].public_id])
        step = {
            "step": _("Find the cause of {measurand} and say what you did.").format(
                measurand=words(open_ones[0].measurand.name)
            ),
            "who": membership.organisation.names,
            "source": policies.MONITORING,
            "tone": "warn",
            "actions": [{"label": _("Answer the score"), "href": href, "main": True}],
        }
    chips = [("", _("All")), *((key, gettext(one[0])) for key, one in RATINGS.items())]
    return page(
        request,
        _("Our scores"),
        blocks,
        next=step,
        template="scores",
        crumbs=[{"label": _("Our scores")}],
        page=shown,
        chips=[
            {"label": label, "href": f"?rating={key}", "count": None, "current": asked == key} for key, label in chips
        ],
    )


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def score(request: HttpRequest, score_id: str) -> HttpResponse:
    """Show one score and the answers to it; answer it."""
    membership = member_of(request)
    one = get_object_or_404(queries.own_scores(membership), public_id=score_id)
    answers = Answers(request)
    if answers.attempt(
        lambda: editions.respond(
            score=one, cause=answers.text("cause"), action=answers.text("action"), by=membership, at=clock.now()
        )
    ):
        messages.success(request, _("Your answer is kept with the score."))
        return redirect("workspace:workshop-score", one.public_id)
    found = one.edition.round
    facts = [
        {
            "label": _("Round"),
            "value": {"text": found.title, "href": reverse("workspace:workshop-round", args=[found.public_id])},
        },
        {"label": _("Result"), "value": one.value},
        {"label": _("Score"), "value": "" if one.score is None else f"{one.score:.2f}"},
        {"label": _("Rating"), "value": rating(one.rating)},
        {"label": _("Edition"), "value": str(one.edition.number)},
    ]
    blocks: list[dict[str, Any]] = [{"title": _("The score"), "facts": facts}]
    blocks += [
        {
            "title": _("Explanation"),
            "text": [each.cause, each.action],
            "facts": [{"label": _("Kept"), "value": {"instant": each.effective_at}}],
        }
        for each in one.responses.all()
    ]
    step = None
    if one.rating in (Score.Rating.WARNING, Score.Rating.ACTION):
        about = _("Were results issued to customers affected? Say what was done about them too.")
        questions = [
            answers.ask("cause", "long_text", _("What is the cause?")),
            answers.ask("action", "long_text", _("What was done?"), help=about),
        ]
        title = _("Answer the score") if not one.responses.exists() else _("Add to the answer")
        blocks.append(
            {"title": title, "form": {"answers": answers, "questions": questions, "button": _("Keep the answer")}}
        )
        if not one.responses.exists():
            step = {
                "step": _("Find the cause and say what you did."),
                "who": membership.organisation.names,
                "source": policies.MONITORING,
                "tone": "warn",
            }
    trail = [{"label": _("Our scores"), "href": reverse("workspace:workshop-scores")}, {"label": one.measurand.name}]
    return page(request, one.measurand.name, blocks, next=step, crumbs=trail)


def answer_words(one: Score) -> str:
    """Return whether a score is answered, or asks for it."""
    if one.responses.all():
        return _("answered")
    return _("asked for") if one.rating in (Score.Rating.WARNING, Score.Rating.ACTION) else ""


def series_block(one: drift.Series) -> dict[str, Any]:
    """Return a measurand's scores over rounds: signals, and charts with memory."""
    title = _("{measurand} over rounds").format(measurand=words(one.measurand.name))
    checks = [
        {"state": "warn", "text": gettext(SIGNALS[code]), "facts": words(one.scores[place].edition.round.title)}
        for code, place in one.signals
    ]
    if one.cusum is None:
        return {"title": title, "text": [_("One round so far; a chart begins with the second.")], "checks": checks}
    if not checks:
        checks = [{"state": "ok", "text": _("No signal.")}]
    note = _("Cumulative sum of the scores: it shows a bias that no single round does.")
    return {"title": title, "text": [note], "checks": checks, "figure": drawing(one.cusum), "second": drawing(one.ewma)}
