"""Pages of audit programmes: the list, a new one, and one with its coverage matrix."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.improvement import clauses as known
from testamur.improvement.actions import audits as actions
from testamur.improvement.models import AuditProgramme
from testamur.improvement.policies import audits as policies
from testamur.improvement.queries import audits as queries
from testamur.improvement.queries import processes as process_queries
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import day as said_day
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.improvement.system import frame
from testamur.workspace.workshop.improvement.system.words import PROGRAMMES

TONES = {"running": "info", "gap": "warn", "complete": "ok"}


def _state(programme: AuditProgramme) -> str:
    if programme.completed_at is not None:
        return "complete"
    found = queries.gaps(programme)
    return "gap" if found.unplanned_clauses or found.unplanned_processes else "running"


@require_safe
@acting.requires(Function.QUALITY)
def programmes(request: HttpRequest) -> HttpResponse:
    """List the audit programmes; also as a file."""
    rows = [(one, _state(one)) for one in queries.visible_to(frame.member_of(request))]
    return frame.listing(
        request,
        title=_("Internal audits"),
        lead=_("Each clause and each process is looked at within the cycle, by somebody who does not answer for it."),
        rows=rows,
        columns=[
            frame.Column("title", _("Programme"), lambda row: row[0].title),
            frame.Column("first", _("From"), lambda row: row[0].first_day),
            frame.Column("last", _("To"), lambda row: row[0].last_day),
            frame.Column("audits", _("Audits"), lambda row: row[0].audits.count(), numeric=True),
            frame.Column("state", _("State"), lambda row: translated(PROGRAMMES[row[1]])),
        ],
        href=lambda row: _page(row[0]),
        name="audit-programmes",
        icon="list-check",
        states=PROGRAMMES,
        state_of=lambda row: row[1],
        actions=[
            {"label": _("New programme"), "href": reverse("workspace:workshop-programme-new"), "icon": "plus"},
            {"label": _("Processes"), "href": reverse("workspace:workshop-processes"), "icon": "hierarchy"},
        ],
        empty=(
            _("No audit programme yet"),
            _("Name your processes and who answers for each, then begin the programme of a year."),
        ),
    )


def _page(programme: AuditProgramme) -> str:
    return reverse("workspace:workshop-programme", args=[programme.public_id])


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def programme_new(request: HttpRequest) -> HttpResponse:
    """Begin a programme."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    steps = {one.public_id: one for one in process_queries.living(membership)}
    answers = Answers(
        request,
        initial={
            "title": _("Internal audits {year}").format(year=today.year),
            "first_day": date(today.year, 1, 1).isoformat(),
            "last_day": date(today.year, 12, 31).isoformat(),
            "processes": list(steps),
            "clauses": list(known.titles()),
        },
    )
    if answers.attempt(lambda: _begin(answers, membership, steps)):
        return redirect(_page(answers.result) if answers.result else reverse("workspace:workshop-audits"))
    questions = [
        answers.ask("title", "text", _("Name"), max=120),
        answers.ask("first_day", "date", _("First day")),
        answers.ask("last_day", "date", _("Last day")),
        answers.ask("processes", "choices", _("Processes, departments, shifts"), options=_processes(steps),
                    help=_("Leave none out that works by itself: a night shift is looked at by night.")),
        answers.ask("clauses", "choices", _("Clauses"), options=_clauses(known.titles())),
    ]  # fmt: skip
    return frame.sheet(
        request,
        head={"title": _("New programme"), "facts": [_("What it covers is fixed when it begins.")]},
        way=frame.crumbs((_("Internal audits"), reverse("workspace:workshop-audits")), (_("New"), "")),
        main=[
            frame.form(answers, _("The programme"), questions, _("Begin the programme"), main=True,
                       source=policies.PROGRAMME)
        ],
    )  # fmt: skip


def _processes(steps: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"id": key, "label": one.name, "note": words(one.owner.person.names)}
        for key, one in steps.items()
    ]  # fmt: skip


def _clauses(titles: dict[str, dict[str, str]]) -> list[dict[str, Any]]:
    return [{"id": number, "label": f"{number} {words(title)}"} for number, title in titles.items()]


def _begin(answers: Answers, by: Membership, steps: dict[str, Any]) -> Any:
    first, last = answers.day("first_day"), answers.day("last_day")
    title = answers.text("title", required=True, most=120)
    if first is None or last is None:
        return None
    return actions.begin_programme(
        title=title, first_day=first, last_day=last, by=by, at=clock.now(),
        processes=[steps[key] for key in answers.several("processes") if key in steps],
        clauses=answers.several("clauses"),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def programme(request: HttpRequest, programme_id: str) -> HttpResponse:
    """Show a programme: its gaps, its matrix, its audits; plan an audit, and call the programme complete."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    found = get_object_or_404(queries.visible_to(membership), public_id=programme_id)
    steps = {one.public_id: one for one in found.processes.select_related("owner__person")}
    auditors = {
        key: one for key, one in frame.colleagues(membership, today).items() if one.holds(Function.QUALITY)
    }  # fmt: skip
    planned, completed = Answers(request, "plan"), Answers(request, "complete")
    if planned.attempt(lambda: _plan(planned, found, membership, steps, auditors)):
        messages.success(request, _("The audit is planned."))
        return redirect(_page(found))
    if completed.attempt(lambda: actions.complete_programme(programme=found, by=membership, at=clock.now())):
        messages.success(request, _("The programme is complete."))
        return redirect(_page(found))
    state = _state(found)
    return frame.sheet(
        request,
        head={
            "title": found.title,
            "pills": [{"tone": TONES[state], "text": translated(PROGRAMMES[state])}],
            "facts": [f"{said_day(found.first_day)} – {said_day(found.last_day)}"],
        },
        way=frame.crumbs((_("Internal audits"), reverse("workspace:workshop-audits")), (found.title, "")),
        next_step=_next(found, state),
        main=[_gaps(found, today), _matrix(found), _audits(found)],
        aside=[
            _plan_form(planned, found, steps, auditors) if found.completed_at is None else None,
            frame.form(completed, _("Complete"), [], _("Call the programme complete"), source=policies.PROGRAMME,
                       refused=refusal_of(policies.check_may_complete, membership, found, clock.now()))
            if found.completed_at is None
            else {"title": _("Complete"), "facts": [{"label": _("Since"), "value": found.completed_at}]},
        ],
    )  # fmt: skip


def _next(found: AuditProgramme, state: str) -> dict[str, Any]:
    if state == "complete":
        return {"step": _("Nothing: this programme is complete."), "tone": "wait"}
    missing = queries.gaps(found)
    names = [one.name for one in missing.unplanned_processes] + list(missing.unplanned_clauses)
    if names:
        return {"step": _("Plan an audit of what nobody looks at: {names}").format(names=", ".join(names)),
                "by": found.last_day, "source": policies.PROGRAMME, "tone": "warn"}  # fmt: skip
    following = found.audits.filter(reported_at=None, dropped_because="").first()
    if following is not None:
        return {"step": _("Hold audit {number}").format(number=following.number),
                "who": following.auditor.person.names, "by": following.planned_on}  # fmt: skip
    return {"step": _("Call the programme complete"), "by": found.last_day}


def _gaps(found: AuditProgramme, today: date) -> dict[str, Any] | None:
    missing, titles = queries.gaps(found), known.titles()
    checks = [
        _gap(one.name, missing.process_days[one.pk], found, today, who=one.owner.person.names)
        for one in missing.processes
    ] + [
        _gap(f"{number} {words(titles.get(number))}", missing.clause_days[number], found, today)
        for number in missing.clauses
    ]  # fmt: skip
    if not checks:
        return None
    checks.sort(key=lambda one: ("bad", "warn", "wait").index(one["state"]))
    return {"title": _("What nobody looked at yet"), "source": policies.PROGRAMME, "checks": checks}


def _gap(name: str, planned: date | None, found: AuditProgramme, today: date, who: Any = "") -> dict[str, Any]:
    """Return what nobody looked at yet, and by when somebody does: an audit is planned, late, or missing."""
    if planned is None:
        text, day, state = _("{name}: nobody looks at it. Plan an audit by {day}."), found.last_day, "bad"
    elif planned < today:
        text, day, state = _("{name}: was to be looked at on {day}, and was not"), planned, "warn"
    else:
        text, day, state = _("{name}: planned for {day}"), planned, "wait"
    return {"state": state, "text": text.format(name=name, day=said_day(day)), "who": who}


def _matrix(found: AuditProgramme) -> dict[str, Any]:
    cells, titles = queries.matrix(found), known.titles()
    columns = list(found.processes.all())

    def cell(one: queries.Cell) -> dict[str, Any]:
        shown = {"state": one.state, "note": translated(queries.CELLS[one.state])}
        if one.audit is None:
            return shown
        href = reverse("workspace:workshop-audit", args=[one.audit.public_id])
        return shown | {"text": said_day(one.day), "href": href}

    rows = [
        {"label": f"{number} {words(titles.get(number))}", "cells": [cell(cells[number, one.pk]) for one in columns]}
        for number in found.clauses
    ]
    return {
        "title": _("Coverage: clauses and processes"),
        "lead": _("Each clause and each process needs at least one audit in the cycle; – marks what none looked at."),
        "matrix": {"corner": _("Clause"), "columns": [one.name for one in columns], "rows": rows},
    }


def _audits(found: AuditProgramme) -> dict[str, Any]:
    rows = [
        {
            "href": reverse("workspace:workshop-audit", args=[one.public_id]),
            "cells": [one.number, one.auditor.person.names, one.held_on or one.planned_on,
                      translated(queries.STATES[queries.state_of(one)]), one.findings.count()],
        }
        for one in found.audits.select_related("auditor__person")
    ]  # fmt: skip
    labels = [_("Audit"), _("Auditor"), _("Day"), _("State"), _("Findings, all kinds")]
    return {
        "title": _("Audits"),
        "table": {"columns": [{"label": label} for label in labels], "rows": rows, "empty": _("None is planned yet.")},
    }


def _plan_form(
    answers: Answers, found: AuditProgramme, steps: dict[str, Any], auditors: dict[str, Membership]
) -> dict[str, Any]:
    titles = known.titles()
    questions = [
        answers.ask("auditor", "choice", _("Auditor"), options=frame.named(auditors),
                    help=_("Somebody who answers for none of the processes chosen.")),
        answers.ask("planned_on", "date", _("Planned for")),
        answers.ask("processes", "choices", _("Processes"), options=_processes(steps)),
        answers.ask("clauses", "choices", _("Clauses"),
                    options=_clauses({number: titles.get(number, {}) for number in found.clauses})),
        answers.ask("scope", "text", _("What it looks at in particular"), required=False, max=300),
    ]  # fmt: skip
    return frame.form(answers, _("Plan an audit"), questions, _("Plan the audit"), folded=True, main=True)


def _plan(
    answers: Answers, found: AuditProgramme, by: Membership, steps: dict[str, Any], auditors: dict[str, Membership]
) -> Any:
    auditor, day = answers.chosen("auditor", auditors), answers.day("planned_on")
    if auditor is None or day is None:
        return None
    return actions.plan_audit(
        programme=found, auditor=auditor, planned_on=day, scope=answers.text("scope", most=300), by=by, at=clock.now(),
        processes=[steps[key] for key in answers.several("processes") if key in steps],
        clauses=answers.several("clauses"),
    )  # fmt: skip
