"""The improvement plan: what, who, by when, and what came of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.diagnosis import actions, folder, queries
from testamur.diagnosis.models import Assessment, PlanItem
from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.diagnosis import pages

PAGE = 50
SORTS = {"what": "what", "due": "due_on", "done": "done_on", "clause": "clause"}


@require_safe
@acting.requires(Function.QUALITY)
def plan(request: HttpRequest) -> HttpResponse:
    """List the plan; also as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = pages.today_of(membership)
    everything = queries.plan(membership)
    state = request.GET.get("state", "")
    rows = {
        "open": everything.filter(done_on=None),
        "late": everything.filter(done_on=None, due_on__lt=today),
        "done": everything.exclude(done_on=None),
        "mine": everything.filter(done_on=None, owner=membership),
    }.get(state, everything)
    sort = request.GET.get("sort", "due")
    key = SORTS.get(sort.lstrip("-"), "due_on")
    rows = rows.order_by(f"-{key}" if sort.startswith("-") else key, "pk")
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["what", "clause", "owner", "due", "done", "outcome"]
        listed = (
            [one.what, one.clause, words(one.owner.person.names), one.due_on, one.done_on, one.outcome] for one in rows
        )
        return tables.as_file(kind, columns, listed, name="improvement-plan")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    chips = [
        ("", _("All"), everything.count()),
        ("open", _("Still to do"), everything.filter(done_on=None).count()),
        ("late", _("Late"), everything.filter(done_on=None, due_on__lt=today).count()),
        ("mine", _("Mine"), everything.filter(done_on=None, owner=membership).count()),
        ("done", _("Done"), everything.exclude(done_on=None).count()),
    ]
    first = everything.filter(done_on=None).order_by("due_on").first()
    new = {"label": _("Plan something"), "href": reverse("workspace:workshop-plan-new"), "main": first is None}
    following: dict[str, Any] = {"step": _("Plan the first step"), "actions": [new]}
    if first is not None:
        href = reverse("workspace:workshop-plan-item", args=[first.public_id])
        following = {
            "step": first.what,
            "who": first.owner.person.names,
            "by": first.due_on,
            "tone": "bad" if first.due_on < today else "",
            "actions": [{"label": _("Open"), "href": href, "main": True}, new],
        }
    return render(
        request,
        "workshop/diagnosis/plan.html",
        {
            "head": {"title": _("Improvement plan"), "facts": [_("What you decided to do, who does it, by when.")]},
            "crumbs": pages.crumbs({"label": _("Improvement plan")}),
            "next": following,
            "filters": [
                {"label": label, "href": f"?state={key}" if key else "?", "count": count, "current": state == key}
                for key, label, count in chips
            ],
            "table": {
                "caption": _("Improvement plan"),
                "sorted": sort,
                "columns": [
                    {"label": _("What"), "sort": "what"},
                    {"label": _("Clause"), "sort": "clause"},
                    {"label": _("Who")},
                    {"label": _("By"), "sort": "due"},
                    {"label": _("Done on"), "sort": "done"},
                ],
                "rows": [_row(one) for one in page],
            },
            "page": page,
            "query": f"state={state}" if state else "",
        },
    )


def _row(one: PlanItem) -> dict[str, Any]:
    return {
        "href": reverse("workspace:workshop-plan-item", args=[one.public_id]),
        "cells": [
            one.what,
            one.clause,
            one.owner.person.names,
            {"day": one.due_on},
            {"day": one.done_on} if one.done_on else "",
        ],
    }


def _questions(answers: Answers, membership: Membership, *, clause: bool) -> list[dict[str, Any]]:
    people = pages.colleagues(membership, pages.today_of(membership))
    asked = [
        answers.ask("what", "long_text", _("What will be done?")),
        answers.ask(
            "owner",
            "choice",
            _("Who does it?"),
            options=options((key, one.person.names) for key, one in people.items()),
        ),
        answers.ask("due_on", "date", _("By when?")),
    ]
    if clause:
        numbers = options((one, one) for one in folder.clauses())
        label = _("Clause of ISO 9001 it belongs to")
        asked.append(answers.ask("clause", "choice", label, options=numbers, required=False))
    return asked


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def plan_new(request: HttpRequest) -> HttpResponse:
    """Plan a suggestion of a check-up, or something of one's own."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    source: Assessment | None = None
    question, initial = request.GET.get("question", ""), {"owner": membership.public_id}
    if request.GET.get("assessment"):
        source = pages.own(membership, request.GET["assessment"])
        suggestion = next((one for one in queries.suggestions_of(source) if one.question.id == question), None)
        if suggestion is None:
            raise Http404
        initial["what"] = pages.step_of(queries.questionnaire_of(source), suggestion.question, suggestion.after)
    answers = Answers(request, initial=initial)
    if answers.sent:
        people = pages.colleagues(membership, pages.today_of(membership))
        what, owner, due = answers.text("what", required=True), answers.chosen("owner", people), answers.day("due_on")
        numbers = {one: one for one in folder.clauses()}
        clause = "" if source else answers.chosen("clause", numbers, required=False) or ""
        if answers.attempt(
            lambda: actions.plan_item(
                what=what,
                owner=owner,
                due_on=due,  # type: ignore[arg-type]  # an error is noted where there is none
                assessment=source,
                question=question if source else "",
                clause=clause,
                by=membership,
                at=clock.now(),
            )
        ):
            messages.success(request, _("Planned. It waits in the inbox of whoever does it."))
            if source:
                return redirect("workspace:workshop-assessment", source.public_id)
            return redirect("workspace:workshop-plan")
    return render(
        request,
        "workspace/case_form.html",
        {
            "head": {"title": _("Plan a step"), "facts": []},
            "crumbs": pages.crumbs(
                {"label": _("Improvement plan"), "href": reverse("workspace:workshop-plan")},
                {"label": _("Plan a step")},
            ),
            "answers": answers,
            "questions": _questions(answers, membership, clause=source is None),
            "button": _("Plan"),
            "back": reverse("workspace:workshop-assessment", args=[source.public_id])
            if source
            else reverse("workspace:workshop-plan"),
        },
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def plan_item(request: HttpRequest, item_id: str) -> HttpResponse:
    """Show one step: complete it, change it, take it out."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    item = queries.plan(membership).filter(public_id=item_id).first()
    if item is None:
        raise Http404
    today = pages.today_of(membership)
    done = Answers(request, act="done", initial={"done_on": today.isoformat(), "version": item.version})
    change = Answers(
        request,
        act="change",
        initial={
            "what": item.what,
            "owner": item.owner.public_id,
            "due_on": item.due_on.isoformat(),
            "version": item.version,
        },
    )
    drop = Answers(request, act="drop", initial={"version": item.version})
    common: dict[str, Any] = {"item": item, "by": membership, "at": clock.now()}
    back = redirect("workspace:workshop-plan-item", item.public_id)
    if done.sent:
        day, outcome, version = done.day("done_on"), done.text("outcome", required=True), done.number("version")
        if done.attempt(lambda: actions.complete_item(done_on=day, outcome=outcome, version=version, **common)):  # type: ignore[arg-type]
            messages.success(request, _("Done. It stands in the folder for the auditor."))
            return back
    if change.sent:
        people = pages.colleagues(membership, today)
        what, owner = change.text("what", required=True), change.chosen("owner", people)
        due, version = change.day("due_on"), change.number("version")
        if change.attempt(
            lambda: actions.change_item(what=what, owner=owner, due_on=due, version=version, **common)  # type: ignore[arg-type]
        ):
            messages.success(request, _("Changed."))
            return back
    if drop.attempt(lambda: actions.drop_item(version=drop.number("version"), **common)):
        messages.success(request, _("Taken out of the plan."))
        return redirect("workspace:workshop-plan")
    facts = [
        {"label": _("Who"), "value": item.owner.person.names},
        {"label": _("By"), "value": {"day": item.due_on}},
    ]
    if item.clause:
        facts.append({"label": _("Clause"), "value": f"ISO 9001, {item.clause}"})
    if item.done_on:
        facts += [
            {"label": _("Done on"), "value": {"day": item.done_on}},
            {"label": _("Outcome"), "value": item.outcome},
        ]
    return render(
        request,
        "workshop/diagnosis/plan_item.html",
        {
            "head": {
                "title": item.what,
                "pills": [
                    {"tone": "ok", "text": _("done")}
                    if item.done_on
                    else {"tone": "bad", "text": _("late")}
                    if item.due_on < today
                    else {"tone": "info", "text": _("open")}
                ],
            },
            "crumbs": pages.crumbs(
                {"label": _("Improvement plan"), "href": reverse("workspace:workshop-plan")}, {"label": item.what}
            ),
            "item": item,
            "next": {
                "step": _("Do it, then say here what came of it") if not item.done_on else _("Nothing: it is done"),
                "who": item.owner.person.names,
                "by": None if item.done_on else item.due_on,
                "tone": "bad" if not item.done_on and item.due_on < today else "",
            },
            "facts": facts,
            "done": done,
            "done_questions": [
                done.ask("done_on", "date", _("Done on")),
                done.ask(
                    "outcome", "long_text", _("What came of it?"), help=_("In figures where you can: before, after.")
                ),
            ],
            "change": change,
            "change_questions": _questions(change, membership, clause=False),
            "drop": drop,
            "version": item.version,
        },
    )
