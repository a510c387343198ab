"""Check-ups: the list, beginning one, and answering it page by page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from testamur.diagnosis import actions, queries, questionnaires
from testamur.diagnosis.models import Assessment
from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.diagnosis import pages

PAGE = 50
SORTS = {"begun": "effective_at", "finished": "finished_at", "score": "total", "name": "questionnaire"}


@require_safe
@acting.requires(Function.QUALITY)
def checkups(request: HttpRequest) -> HttpResponse:
    """List one's own self-assessments; also as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = queries.visible_to(membership)
    chosen = request.GET.get("questionnaire", "")
    if chosen in {one.id for one in questionnaires.offered()}:
        rows = rows.filter(questionnaire=chosen)
    sort = request.GET.get("sort", "-begun")
    key = SORTS.get(sort.lstrip("-"), "effective_at")
    rows = rows.select_related("by__person").order_by(f"-{key}" if sort.startswith("-") else key, "-pk")
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["id", "questionnaire", "version", "form", "begun", "finished", "score"]
        listed = (
            [one.public_id, one.questionnaire, one.edition, one.form, one.effective_at, one.finished_at, one.total]
            for one in rows
        )
        return tables.as_file(kind, columns, listed, name="check-ups")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    draft = queries.visible_to(membership).filter(finished_at=None).first()
    return render(
        request,
        "workshop/diagnosis/checkups.html",
        {
            "head": {
                "title": _("Where you stand"),
                "facts": [_("Check-ups of your own; seen by your organisation only, unless you let somebody in.")],
            },
            "crumbs": [*pages.crumbs()[:1], {"label": _("Check-ups")}],
            "next": _next(membership, draft),
            "filters": [{"label": _("All"), "href": "?", "count": None, "current": not chosen}]
            + [
                {
                    "label": one.title,
                    "href": f"?questionnaire={one.id}",
                    "count": None,
                    "current": chosen == one.id,
                }
                for one in questionnaires.offered()
            ],
            "table": {
                "caption": _("Check-ups"),
                "sorted": sort,
                "columns": [
                    {"label": _("Check-up"), "sort": "name"},
                    {"label": _("Questions")},
                    {"label": _("Begun"), "sort": "begun"},
                    {"label": _("Begun by")},
                    {"label": _("Finished on"), "sort": "finished"},
                    {"label": _("Score of 100"), "sort": "score", "numeric": True},
                ],
                "rows": [_row(one) for one in page],
            },
            "page": page,
            "query": f"questionnaire={chosen}" if chosen else "",
        },
    )


def _row(one: Assessment) -> dict[str, Any]:
    questionnaire = queries.questionnaire_of(one)
    country = one.organisation.country
    return {
        "href": reverse("workspace:workshop-assessment", args=[one.public_id]),
        "cells": [
            questionnaire.title,
            str(pages.FORMS[one.form]),
            {"day": day_of(one.effective_at, country)},
            one.by.person.names if one.by else "",
            {"day": day_of(one.finished_at, country)} if one.finished_at else _("not yet"),
            one.total if one.total is not None else "",
        ],
    }


def _next(membership: Membership, draft: Assessment | None) -> dict[str, Any]:
    start = {"label": _("Begin a check-up"), "href": reverse("workspace:workshop-assessment-start")}
    if draft is not None:
        go_on = {
            "label": _("Go on"),
            "href": reverse("workspace:workshop-assessment", args=[draft.public_id]),
            "main": True,
        }
        return {
            "step": _("Go on with “{title}”").format(title=words(queries.questionnaire_of(draft).title)),
            "who": membership.person.names,
            "actions": [go_on, start],
        }
    return {
        "step": _("Find out where you stand: 20 minutes in the short form"),
        "who": membership.person.names,
        "actions": [{**start, "main": True}]
        if queries.visible_to(membership).exists()
        else [pages.begin_short(), {**start, "label": _("Choose another")}],
    }


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def start(request: HttpRequest) -> HttpResponse:
    """Choose a questionnaire and how much of it."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    offered = questionnaires.offered()
    options = []
    for one in offered:
        for form in ("short", "full"):
            if form == "short" and not one.has_short:
                continue
            count = len(one.asked(form))
            note = _("{count} questions, about {minutes} minutes").format(count=count, minutes=one.minutes(count))
            label = f"{words(one.title)} · {pages.FORMS[form]}"
            said = [f"{note}.", words(one.lead)]
            if one.unconfirmed:
                said.append(_("Unconfirmed: not compared with a copy of the standard."))
            options.append({"id": f"{one.id}.{form}", "label": label, "note": " ".join(said)})
    answers = Answers(request, initial={"questionnaire": "iso-9001.short"})
    chosen = answers.chosen("questionnaire", {one["id"]: one["id"] for one in options}) if answers.sent else None

    def act() -> Assessment:
        ident, _dot, form = str(chosen).rpartition(".")
        return actions.begin(questionnaire=ident, form=form, by=membership, at=clock.now())

    if answers.attempt(act):
        if answers.again:
            return redirect("workspace:workshop-diagnosis")
        return redirect("workspace:workshop-assessment-questions", answers.result.public_id, 1)
    asked = [answers.ask("questionnaire", "choice", _("Which check-up?"), options=options)]
    return render(
        request,
        "workspace/case_form.html",
        {
            "head": {
                "title": _("Begin a check-up"),
                "facts": [_("Answer as it is today, not as it should be: nobody else sees it.")],
            },
            "crumbs": pages.crumbs({"label": _("Begin")}),
            "answers": answers,
            "questions": asked,
            "button": _("Begin"),
            "back": reverse("workspace:workshop-diagnosis"),
        },
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def questions(request: HttpRequest, assessment_id: str, page: int) -> HttpResponse:
    """Answer the questions of one group; what is sent is kept as a draft, complete or not."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    assessment = pages.own(membership, assessment_id)
    if assessment.finished_at is not None:
        return redirect("workspace:workshop-assessment", assessment.public_id)
    questionnaire = queries.questionnaire_of(assessment)
    groups = [one for one in questionnaire.groups if questionnaire.of_group(one.id, assessment.form)]
    if not 1 <= page <= len(groups):
        raise Http404
    group = groups[page - 1]
    asked = questionnaire.of_group(group.id, assessment.form)
    rows = {one.question: one for one in assessment.answers.all()}
    initial = {ident: row.value for ident, row in rows.items()}
    initial |= {f"{ident}-reason": row.reason for ident, row in rows.items()}
    answers = Answers(request, initial=initial)
    given = {one.id: (answers.text(one.id), answers.text(f"{one.id}-reason", most=500)) for one in asked}
    if answers.attempt(
        lambda: actions.answer_page(assessment=assessment, answers=given, by=membership, at=clock.now())
    ):
        if page < len(groups):
            return redirect("workspace:workshop-assessment-questions", assessment.public_id, page + 1)
        return redirect("workspace:workshop-assessment", assessment.public_id)
    everything = questionnaire.asked(assessment.form)
    left = len([one for one in everything if one.id not in rows])
    return render(
        request,
        "workshop/diagnosis/questions.html",
        {
            "head": {
                "title": group.title,
                "facts": [
                    words(questionnaire.title),
                    _("part {n} of {count}").format(n=page, count=len(groups)),
                    _("{done} of {count} answered").format(done=len(everything) - left, count=len(everything)),
                    _("about {minutes} minutes left").format(minutes=questionnaire.minutes(left)),
                ],
                "saved": _("A draft is kept while you answer"),
            },
            "crumbs": pages.crumbs({"label": questionnaire.title}),
            "assessment": assessment,
            "answers": answers,
            "questions": [one for question in asked for one in pages.ask(answers, questionnaire, question)],
            "parts": _parts(assessment, questionnaire, groups, set(rows), page),
            "progress": {"value": len(everything) - left, "max": len(everything)},
            "last": page == len(groups),
            "draft": reverse("workspace:workshop-assessment-draft", args=[assessment.public_id]),
            "back": reverse("workspace:workshop-assessment-questions", args=[assessment.public_id, page - 1])
            if page > 1
            else reverse("workspace:workshop-diagnosis"),
        },
    )


def _parts(
    assessment: Assessment,
    questionnaire: questionnaires.Questionnaire,
    groups: list[questionnaires.Group],
    answered: set[str],
    page: int,
) -> list[dict[str, Any]]:
    found = []
    for n, group in enumerate(groups, 1):
        asked = questionnaire.of_group(group.id, assessment.form)
        done = len([one for one in asked if one.id in answered])
        found.append(
            {
                "href": reverse("workspace:workshop-assessment-questions", args=[assessment.public_id, n]),
                "title": group.title,
                "done": done,
                "count": len(asked),
                "state": "ok" if done == len(asked) else "part" if done else "empty",
                "current": n == page,
            }
        )
    return found


@require_POST
@acting.requires(Function.QUALITY)
def draft(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Keep answers while they are given; says so in the head of the page."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    assessment = pages.own(membership, assessment_id)
    questionnaire = queries.questionnaire_of(assessment)
    given = {}
    for one in questionnaire.asked(assessment.form):
        value = request.POST.get(one.id, "").replace("\x00", "")
        reason = request.POST.get(f"{one.id}-reason", "").replace("\x00", "")
        # What still lacks its reason waits for it; everything else is kept now.
        if value and not (value == "na" and not reason.strip()):
            given[one.id] = (value, reason)
    facts: dict[str, Any] = {"saved_at": clock.now()}
    try:
        actions.answer_page(assessment=assessment, answers=given, by=membership, at=clock.now())
    except Refused as refusal:
        facts = {"refused": refusal}
    return render(request, "workspace/_saved.html", facts)


@require_POST
@acting.requires(Function.QUALITY)
def finish(request: HttpRequest, assessment_id: str) -> HttpResponse:
    """Freeze the answers and show what follows from them."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    assessment = pages.own(membership, assessment_id)
    try:
        actions.finish(assessment=assessment, by=membership, at=clock.now())
    except Refused as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("Finished. Below is where you stand and what to do next."))
    return redirect("workspace:workshop-assessment", assessment.public_id)
