"""Limits and stages of a chart: freeze with a reason, split and join with a reason, and what stood before."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.studies import actions, charting, policies
from testamur.studies.models import LimitSet
from testamur.tqm.figures.figure import written
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.studies import frame
from testamur.workspace.workshop.studies.chart import visible
from testamur.workspace.workshop.studies.words import NUMBERS

#: Points that limits usually rest on (ISO 7870-2).
USUAL = 25


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def chart_limits(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Freeze limits with a reason; every version stays to be read."""
    membership = frame.acting(request)
    chart = visible(membership, chart_id)
    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    count = chart.subgroups.count()
    drawn = charting.stretches_of(
        count, list(chart.stages.filter(ended_at=None).values_list("first", flat=True)), list(chart.limit_sets.all())
    )
    start = drawn[-1].start + 1 if drawn else 1
    answers = Answers(request, initial={"first": str(start), "last": str(min(count, start + USUAL - 1))})

    def freeze() -> Any:
        first, last = answers.number("first"), answers.number("last")
        return actions.freeze_limits(
            chart=chart, first=first or 0, last=last or 0, reason=answers.text("reason"), by=membership, at=clock.now()
        )

    if answers.attempt(freeze):
        text = _("The limits are frozen. They judge from now on and do not move when data come.")
        messages.success(request, text)
        return redirect(here)
    may = refusal_of(policies.check_may_keep, membership, chart, clock.now()) is None
    context = {
        "head": {"title": _("Limits"), "facts": [chart.name]},
        "crumbs": frame.crumbs(
            (_("Control charts"), reverse("workspace:workshop-charts")), (chart.name, here), (_("Limits"), "")
        ),
        "answers": answers,
        "questions": [
            answers.ask("first", "whole_number", _("First point they rest on")),
            answers.ask(
                "last",
                "whole_number",
                _("Last point they rest on"),
                help=_("20 to 25 points from a time when nothing unusual happened."),
            ),
            answers.ask(
                "reason", "long_text", _("Why these limits, and why now?"), help=_("For example: after new tool")
            ),
        ],
        "table": _versions(list(chart.limit_sets.select_related("by__person"))),
        "may": may and count > 0,
        "back": here,
    }
    return render(request, "workshop/studies/limits.html", context)


def _versions(sets: list[LimitSet]) -> dict[str, Any]:
    rows = []
    for one in reversed(sets):
        known = one.frozen["parameters"]
        numbers = [
            f"{label} {written(float(known[name]), 6)}"
            for name, label in NUMBERS.items()
            if _is_number(known.get(name))
        ]
        who = words(one.by.person.names) if one.by else ""
        rows.append(
            {
                "cells": [
                    str(one.version),
                    f"{one.first}–{one.last}",
                    {"text": _("from point {number}").format(number=one.holds_from)},
                    "; ".join(numbers),
                    one.reason,
                    who,
                    {"instant": one.effective_at},
                    {"hash": one.digest[:16]},
                ]
            }
        )
    heads = [_("Version"), _("Baseline"), _("Judges"), _("Numbers"), _("Why"), _("Who"), _("When"), _("Digest")]
    return {"caption": _("Versions, the newest first"), "columns": [{"label": one} for one in heads], "rows": rows}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def chart_stages(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Begin a stage where the process became another one, or take one back; both with the reason."""
    membership = frame.acting(request)
    chart = visible(membership, chart_id)
    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    stages = {str(one.first): one for one in chart.stages.filter(ended_at=None)}
    split, join = Answers(request, "split"), Answers(request, "join")
    known: dict[str, Any] = {"chart": chart, "by": membership, "at": clock.now()}
    if split.attempt(
        lambda: actions.split_stage(**known, first=split.number("first") or 0, reason=split.text("reason"))
    ):
        messages.success(request, _("A new stage begins there; it has limits of its own."))
        return redirect(here)

    def take_back() -> Any:
        stage = join.chosen("stage", stages)
        return stage and actions.join_stage(**known, first=stage.first, reason=join.text("reason"))

    if join.attempt(take_back):
        messages.success(request, _("The stage is taken back; its points belong to the one before again."))
        return redirect(here)
    may = refusal_of(policies.check_may_keep, membership, chart, clock.now()) is None
    listed = options((key, _("from point {number}").format(number=key)) for key in stages)
    context = {
        "head": {"title": _("Stages"), "facts": [chart.name]},
        "crumbs": frame.crumbs(
            (_("Control charts"), reverse("workspace:workshop-charts")), (chart.name, here), (_("Stages"), "")
        ),
        "split": split,
        "split_questions": [
            split.ask("first", "whole_number", _("First point of the new stage")),
            split.ask("reason", "long_text", _("What is different from there on?"), help=_("For example: new tool")),
        ],
        "join": join,
        "join_questions": [
            join.ask("stage", "choice", _("Which stage"), options=listed),
            join.ask("reason", "long_text", _("Why was it no new stage?")),
        ]
        if stages
        else [],
        "stages": chart.stages.select_related("by__person", "ended_by__person"),
        "may": may and chart.subgroups.exists(),
        "back": here,
    }
    return render(request, "workshop/studies/stages.html", context)
