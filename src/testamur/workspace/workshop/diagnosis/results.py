"""The result of a check-up: scores, radar, what to do next, and the report."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from testamur.diagnosis import actions, benchmark, queries, radar, scoring
from testamur.diagnosis.models import Assessment, PlanItem
from testamur.diagnosis.questionnaires import Questionnaire
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.wording.templatetags.say import day, words
from testamur.workspace.workshop.diagnosis import pages

#: Next steps on the page before "all of them".
FIRST = 5


@require_safe
@acting.requires(Function.QUALITY)
def assessment(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Show the result of a finished check-up, or how far a draft is."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = pages.own(membership, assessment_id)
    if found.finished_at is None:
        return _unfinished(request, found)
    everything = request.GET.get("all") == "1"
    return render(request, "workshop/diagnosis/result.html", {**result_of(found, membership), "everything": everything})


def _unfinished(request: HttpRequest, found: Assessment) -> HttpResponse:
    questionnaire = queries.questionnaire_of(found)
    answers = queries.answers_of(found)
    groups = [one for one in questionnaire.groups if questionnaire.of_group(one.id, found.form)]
    rows, first = [], 0
    for n, group in enumerate(groups, 1):
        asked = questionnaire.of_group(group.id, found.form)
        done = len([one for one in asked if one.id in answers])
        first = first or (n if done < len(asked) else 0)
        rows.append(
            {
                "state": "ok" if done == len(asked) else "wait",
                "text": group.title,
                "facts": _("{done} of {count} answered").format(done=done, count=len(asked)),
                "href": reverse("workspace:workshop-assessment-questions", args=[found.public_id, n]),
            }
        )
    if first:
        step = _("Answer what is still open")
        href = reverse("workspace:workshop-assessment-questions", args=[found.public_id, first])
        action: dict[str, Any] = {"label": _("Go on"), "href": href, "main": True}
    else:
        step = _("Everything is answered: finish. Then the answers stay as they are.")
        post = reverse("workspace:workshop-assessment-finish", args=[found.public_id])
        action = {"label": _("Finish"), "post": post, "main": True, "icon": "check"}
    facts = {
        "head": {
            "title": questionnaire.title,
            "pills": [{"tone": "mute", "text": _("draft")}],
            "facts": [str(pages.FORMS[found.form])],
        },
        "crumbs": pages.crumbs({"label": questionnaire.title}),
        "next": {"step": step, "actions": [action]},
        "checks": rows,
    }
    return render(request, "workshop/diagnosis/unfinished.html", facts)


def result_of(found: Assessment, membership: Membership, *, guest: bool = False) -> dict[str, Any]:
    """Return what the page of a result shows; a guest gets no buttons and no benchmark."""
    questionnaire = queries.questionnaire_of(found)
    suggestions = queries.suggestions_of(found)
    planned = {one.question: one for one in found.plan_items.filter(dropped_at=None).select_related("owner__person")}
    rank = [_step(questionnaire, one, planned.get(one.question.id), found) for one in suggestions]
    before = [] if guest else queries.earlier(found)  # what was granted is this one, no other
    like = None if guest else benchmark.comparison(questionnaire, found.organisation_id)
    answers = found.answers.count()
    whose = words(found.organisation.names) if guest else _("You")
    assert found.finished_at is not None
    return {
        "head": {
            "title": _("Your check-up: what to do next") if not guest else words(questionnaire.title),
            "facts": [
                words(questionnaire.title),
                _("{count} questions answered, finished on {day}").format(
                    count=answers, day=day(found.finished_at, found.organisation.country)
                ),
                _("seen by your organisation only")
                if not found.grants.filter(revoked_at=None).exists()
                else _("seen by your organisation and those you let in"),
            ],
            "actions": []
            if guest
            else [
                {
                    "label": _("Report (PDF)"),
                    "href": reverse("workspace:workshop-assessment-report", args=[found.public_id]),
                    "icon": "file-download",
                }
            ],
        },
        "crumbs": pages.crumbs({"label": questionnaire.title}),
        "assessment": found,
        "questionnaire": questionnaire,
        "next": None if guest else _next(rank, found, membership),
        "rank": rank,
        "first": rank[:FIRST],
        "reordered": bool(found.rank),
        "guest": guest,
        **_standing(found, questionnaire, before[0] if before else None, like, whose),
        "history": [
            {
                "href": reverse("workspace:workshop-assessment", args=[one.public_id]),
                "day": day(one.finished_at, found.organisation.country),
                "total": one.total,
            }
            for one in [found, *before]
        ]
        if before and not guest
        else [],
        "advice": queries.advice_to(membership, found),
    }


def _step(
    questionnaire: Questionnaire, one: scoring.Suggestion, item: PlanItem | None, found: Assessment
) -> dict[str, Any]:
    reason = found.answers.filter(question=one.question.id).values_list("reason", flat=True).first()
    return {
        "id": one.question.id,
        "what": pages.step_of(questionnaire, one.question, one.after),
        "ask": one.question.ask,
        "answered": pages.said(questionnaire, one.question, one.value),
        "reason": reason,
        "source": pages.clause_key(questionnaire, one.question),
        "effort": pages.effort_words(one.question.effort),
        "efforts": [n < min(5, max(1, int(one.question.effort + 1))) for n in range(5)],
        "effects": [n < one.question.effect for n in range(5)],
        "gain": one.gain,
        "item": item,
        "plan": reverse("workspace:workshop-plan-new") + f"?assessment={found.public_id}&question={one.question.id}",
    }


def _next(rank: list[dict[str, Any]], found: Assessment, membership: Membership) -> dict[str, Any]:
    todo = [one for one in rank if one["item"] is None]
    waiting = sorted((one["item"] for one in rank if one["item"] and not one["item"].done_on), key=lambda i: i.due_on)
    if todo and (not waiting or todo[0] is rank[0]):
        return {
            "step": todo[0]["what"],
            "source": todo[0]["source"],
            "who": membership.person.names,
            "actions": [{"label": _("Plan it"), "href": todo[0]["plan"], "main": True}],
        }
    if waiting:
        item = waiting[0]
        return {
            "step": item.what,
            "who": item.owner.person.names,
            "by": item.due_on,
            "actions": [
                {
                    "label": _("Open the plan"),
                    "href": reverse("workspace:workshop-plan-item", args=[item.public_id]),
                    "main": True,
                }
            ],
        }
    return {
        "step": _("Nothing is open here. Repeat the check-up in a year, or when much has changed."),
        "who": membership.person.names,
        "actions": [{"label": _("Begin a check-up"), "href": reverse("workspace:workshop-assessment-start")}],
    }


def _standing(
    found: Assessment, questionnaire: Questionnaire, before: Assessment | None, like: benchmark.Shown | None, whose: str
) -> dict[str, Any]:
    """Return radar and table: the firm itself (``whose`` is its name to the reader), those alike, the time before."""
    columns: list[dict[str, Any]] = [{"label": _("Clause group")}, {"label": whose, "numeric": True}]
    if like:
        columns += [{"label": _("Like you: median"), "numeric": True}, {"label": _("Middle half"), "numeric": True}]
    if before:
        columns.append({"label": _("Earlier"), "numeric": True})
    groups = [one for one in questionnaire.groups if questionnaire.of_group(one.id, found.form)]
    rows = []
    for ident, title in [*((one.id, one.title) for one in groups), ("total", {"en": "Together", "zh": "合计"})]:
        cells: list[Any] = [title, _score(found, ident)]
        if like:
            figures = like.figures.get(ident)
            cells += [figures["median"], f"{figures['q1']} – {figures['q3']}"] if figures else ["–", "–"]
        if before:
            cells.append(_score(before, ident))
        rows.append({"cells": cells})
    shapes = [radar.Shape(whose, [_number(found.scores.get(one.id)) for one in groups])]
    legend = [_("solid: {who}, {score} of 100").format(who=whose, score=found.total)]
    if like:
        shapes.append(
            radar.Shape(_("Like you"), [_number(like.figures.get(one.id, {}).get("median")) for one in groups])
        )
        legend.append(_("dashed: {who}").format(who=like_words(like)))
    if before:
        shapes.append(radar.Shape(_("Earlier"), [_number(before.scores.get(one.id)) for one in groups]))
        when = day(before.finished_at, found.organisation.country)
        legend.append((_("dotted: {day}") if like else _("dashed: {day}")).format(day=when))
    label = _("Radar of {count} groups; the numbers are in the table below").format(count=len(groups))
    axes = [f"{words(one.title)} {_score(found, one.id)}" for one in groups]
    return {
        "radar": radar.svg(axes, shapes, label) if len(groups) > 2 else "",
        "legend": legend,
        "table": {"columns": columns, "rows": rows, "caption": _("Scores from 0 to 100")},
        "like": like_words(like) if like else "",
    }


def like_words(like: benchmark.Shown) -> str:
    """Say who is compared with: how many, of which industry and size."""
    if like.at_most:
        count = _("{low} to {high} enterprises").format(low=like.at_least, high=like.at_most)
    else:
        count = _("{low} enterprises or more").format(low=like.at_least)
    return " · ".join(filter(None, [count, cell_words(like.cell) if any(like.cell) else ""]))


def cell_words(cell: benchmark.Cell) -> str:
    """Say which enterprises a cell of the benchmark holds."""
    section, size = cell
    if not section:
        return _("all industries")
    return " · ".join(filter(None, [words(queries.sections()[section]), str(pages.SIZES[size]) if size else ""]))


def _score(one: Assessment, ident: str) -> Any:
    value = one.total if ident == "total" else one.scores.get(ident)
    return value if value is not None else "–"


def _number(value: Any) -> float | None:
    return float(value) if value is not None else None


@require_POST
@acting.requires(Function.QUALITY)
def rank(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Move one next step up, or go back to the computed order."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    found = pages.own(membership, assessment_id)
    order = [one.question.id for one in queries.suggestions_of(found)] if found.finished_at else []
    moved = request.POST.get("up", "")
    if moved in order and order.index(moved) > 0:
        place = order.index(moved)
        order[place - 1 : place + 1] = [moved, order[place - 1]]
    try:
        actions.reorder(
            assessment=found, rank=[] if request.POST.get("reset") else order, by=membership, at=clock.now()
        )
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    return redirect(reverse("workspace:workshop-assessment", args=[found.public_id]) + "?all=1#next-steps")
