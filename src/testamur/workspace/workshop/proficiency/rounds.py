"""Rounds: the list, a draft's form, a round's own page for its provider and for laboratories."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files import tables
from testamur.kernel import clock
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.proficiency import queries
from testamur.proficiency.actions import rounds as actions
from testamur.proficiency.models import Round
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency import running, taking_part
from testamur.workspace.workshop.proficiency.frame import (
    crumb,
    member_of,
    options,
    organisation_called,
    page,
    run,
    state_pill,
)
from testamur.workspace.workshop.proficiency.said import ADMITS, GROUPING, STATES

PAGE = 50
SORTS = {"results": "results_until", "enrol": "enrol_until", "state": "state"}


@require_safe
@acting.requires("quality")
def rounds(request: HttpRequest) -> HttpResponse:
    """List the rounds one runs, takes part in, or may enrol in; also as a file."""
    membership = member_of(request)
    own = Q(organisation=membership.organisation_id)
    inside = Q(participants__organisation=membership.organisation_id)
    sides = {"run": own, "part": inside, "open": Q(state=Round.State.OPEN) & ~own & ~inside}
    side, state = request.GET.get("side", ""), request.GET.get("state", "")
    rows = queries.visible_to(membership)
    if side in sides:
        rows = rows.filter(sides[side])
    if state in STATES:
        rows = rows.filter(state=state)
    text = request.GET.get("q", "").strip()[:100]
    if text:
        rows = rows.filter(Q(title__en__icontains=text) | Q(title__zh__icontains=text))
    sort = request.GET.get("sort", "-results")
    key = SORTS.get(sort.lstrip("-"), "results_until")
    rows = rows.select_related("organisation").order_by(f"-{key}" if sort.startswith("-") else key, "-pk").distinct()
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["id", "title", "provider", "state", "enrol_until", "results_until", "report_on"]
        listed = [
            [
                one.public_id,
                words(one.title),
                words(one.organisation.names),
                one.state,
                one.enrol_until,
                one.results_until,
                one.report_on,
            ]
            for one in rows
        ]
        return tables.as_file(kind, columns, listed, name="proficiency-tests")
    found = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    for name in ("format", "page"):
        kept.pop(name, None)
    chips = [("", _("All")), ("run", _("Run by us")), ("part", _("We take part")), ("open", _("Open for enrolment"))]
    return page(
        request,
        _("Proficiency tests"),
        [],
        template="rounds",
        head={
            "facts": [_("Rounds by ISO/IEC 17043: enrol, measure, learn how you compare.")],
            "actions": [
                {"label": _("Our scores"), "href": reverse("workspace:workshop-scores"), "icon": "chart-line"},
                {"label": _("Who may see our results"), "href": reverse("workspace:workshop-releases"), "icon": "eye"},
                {"label": _("Run a round"), "href": reverse("workspace:workshop-round-new"), "icon": "plus"},
            ],
        },
        chips=[{"label": label, "href": f"?side={key}", "count": None, "current": side == key} for key, label in chips],
        text=text,
        state=state,
        side=side,
        filtered=bool(text or state or side),
        states=[(key, gettext(one[0])) for key, one in STATES.items()],
        page=found,
        query=kept.urlencode(),
        table={
            "caption": _("Proficiency tests"),
            "sorted": sort,
            "columns": [
                {"label": _("Round")},
                {"label": _("Provider")},
                {"label": _("State"), "sort": "state"},
                {"label": _("Enrolment until"), "sort": "enrol"},
                {"label": _("Results until"), "sort": "results"},
                {"label": _("Report")},
            ],
            "rows": [
                {
                    "href": reverse("workspace:workshop-round", args=[one.public_id]),
                    "cells": [
                        one.title,
                        one.organisation.names,
                        gettext(STATES[one.state][0]),
                        one.enrol_until,
                        one.results_until,
                        one.report_on,
                    ],
                }
                for one in found
            ],
        },
    )


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def round_new(request: HttpRequest) -> HttpResponse:
    """Draft a round."""
    membership = member_of(request)
    answers = Answers(request, initial={"replicates": 1, "admits": "everybody", "grouping": "one"})
    if answers.attempt(lambda: _drafted(answers, membership)):
        if answers.result is None:
            return redirect("workspace:workshop-rounds")
        messages.success(request, _("The draft is kept. Say next what is measured."))
        return redirect("workspace:workshop-round", answers.result.public_id)
    return _form(request, answers, _("Run a round"), _("Keep the draft"), reverse("workspace:workshop-rounds"))


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def round_edit(request: HttpRequest, round_id: str) -> HttpResponse:
    """Change a draft."""
    membership, found = member_of(request), run(request, round_id)
    shown = {
        f"{name}-{tongue}": getattr(found, name).get(tongue, "")
        for name in ("title", "rules")
        for tongue in ("en", "zh")
    }
    shown |= {name: getattr(found, name) for name in ("admits", "grouping", "replicates", "price", *actions.DAYS)}
    shown["accreditors"] = "\n".join(found.accreditors.values_list("public_id", flat=True))
    answers = Answers(request, initial={**shown, "version": found.version})
    if answers.attempt(lambda: _edited(answers, found, membership)):
        messages.success(request, _("The draft is kept."))
        return redirect("workspace:workshop-round", found.public_id)
    return _form(request, answers, _("Change the draft"), _("Keep the draft"), crumb(found)["href"], found)


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def round_rules(request: HttpRequest, round_id: str) -> HttpResponse:
    """Change days or words of a round that is open: a new version, which participants see."""
    membership, found = member_of(request), run(request, round_id)
    initial = {f"rules-{tongue}": found.rules.get(tongue, "") for tongue in ("en", "zh")}
    answers = Answers(
        request, initial={**initial, **{name: getattr(found, name) for name in actions.DAYS}, "version": found.version}
    )
    if answers.attempt(
        lambda: actions.change_rules(
            found=found,
            reason=answers.text("reason"),
            version=answers.number("version"),
            rules=answers.both("rules"),
            by=membership,
            at=clock.now(),
            **_days(answers),
        )
    ):
        messages.success(request, _("The new version is in force; every participant is asked to read it."))
        return redirect("workspace:workshop-round", found.public_id)
    questions = [*_rules_questions(answers), *_day_questions(answers), answers.ask("reason", "long_text", _("Why"))]
    form = {
        "answers": answers,
        "questions": questions,
        "button": _("Put the new version in force"),
        "version": answers.raw("version"),
        "back": crumb(found)["href"],
    }
    note = _("To whom results go, and how they are judged, stays as it was when enrolment began.")
    return page(
        request,
        _("Change the rules"),
        [{"title": _("New version"), "text": [note], "form": form}],
        crumbs=[crumb(found)],
    )


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def round_page(request: HttpRequest, round_id: str) -> HttpResponse:
    """Show a round: to its provider how it goes, to a laboratory its rules and its part."""
    membership = member_of(request)
    rows = queries.visible_to(membership).select_related("organisation")
    found = get_object_or_404(rows, public_id=round_id)
    if found.organisation_id == membership.organisation_id:
        return running.shown(request, found, membership)
    return taking_part.shown(request, found, membership)


def _days(answers: Answers) -> dict[str, Any]:
    # A day that cannot be read is noted at its field, and then nothing is done.
    return {name: day for name in actions.DAYS if (day := answers.day(name)) is not None}


def _values(answers: Answers) -> dict[str, Any]:
    replicates = str(answers.raw("replicates")).strip()
    named = [line for line in answers.text("accreditors").splitlines() if line.strip()]
    return {
        "title": answers.both("title"),
        "rules": answers.both("rules"),
        "price": answers.decimal("price"),
        "admits": answers.chosen("admits", {key: key for key in ADMITS}) or "everybody",
        "grouping": answers.chosen("grouping", {key: key for key in GROUPING}) or "one",
        "replicates": int(replicates) if replicates.isdecimal() and len(replicates) < 3 else 0,
        "accreditors": [organisation_called(line, "accreditors") for line in named[:20]],
        **_days(answers),
    }


def _drafted(answers: Answers, membership: Membership) -> Round | None:
    values = _values(answers)
    return None if answers.errors else actions.draft(by=membership, at=clock.now(), **values)


def _edited(answers: Answers, found: Round, membership: Membership) -> Round | None:
    values = _values(answers)
    if answers.errors:
        return None
    return actions.edit(found=found, by=membership, at=clock.now(), version=answers.number("version"), **values)


def _rules_questions(answers: Answers) -> list[dict[str, Any]]:
    told = _("What is agreed before anybody enrols: treating the items, judging results, what is published.")
    return [
        answers.ask("rules-en", "long_text", _("Rules, in English"), help=told, required=False),
        answers.ask("rules-zh", "long_text", _("Rules, in Chinese"), required=False),
    ]


def _day_questions(answers: Answers) -> list[dict[str, Any]]:
    return [
        answers.ask("enrol_until", "date", _("Enrolment until")),
        answers.ask("dispatch_on", "date", _("Items are dispatched on")),
        answers.ask("results_until", "date", _("Results until")),
        answers.ask("report_on", "date", _("Report on")),
    ]


def _form(
    request: HttpRequest, answers: Answers, title: str, button: str, back: str, found: Round | None = None
) -> HttpResponse:
    who = _(
        "One a line: whole name, code or number. They see names and results; others only by a laboratory's own release."
    )
    questions = [
        answers.ask("title-en", "text", _("Title, in English"), help=_("In one language at least."), required=False),
        answers.ask("title-zh", "text", _("Title, in Chinese"), required=False),
        *_rules_questions(answers),
        answers.ask("accreditors", "long_text", _("Accreditors who are told the results"), help=who, required=False),
        answers.ask("admits", "choice", _("Who may enrol"), options=options(ADMITS)),
        answers.ask("grouping", "choice", _("Groups"), options=options(GROUPING)),
        answers.ask("replicates", "whole_number", _("Results asked for each measurand")),
        answers.ask("price", "decimal", _("Price for a participant, CNY"), required=False),
        *_day_questions(answers),
    ]
    form = {
        "answers": answers,
        "questions": questions,
        "button": button,
        "version": answers.raw("version"),
        "back": back,
    }
    crumbs = [crumb(found)] if found else []
    return page(
        request,
        title,
        [{"title": _("The round"), "form": form}],
        crumbs=[*crumbs, {"label": title}],
        head={"pills": [state_pill(found)]} if found else {},
    )
