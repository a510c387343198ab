"""Pages of quality objectives: the list, one objective with its line, a draft, and the processes they belong to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.improvement.actions import objectives as actions
from testamur.improvement.drawings import objective_figure
from testamur.improvement.models import Objective
from testamur.improvement.policies import objectives as policies
from testamur.improvement.queries import objectives as queries
from testamur.improvement.queries import processes
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.studies.models import Chart
from testamur.wording.templatetags.say import language, refusal, translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import said
from testamur.workspace.workshop.improvement.system import frame
from testamur.workspace.workshop.improvement.system.words import BETTER

TONES = {"on_track": "ok", "reached": "ok", "behind": "warn", "missed": "bad", "draft": "info", "unmeasured": "info",
         "ended": "mute"}  # fmt: skip


@require_safe
@acting.requires(Function.QUALITY)
def objectives(request: HttpRequest) -> HttpResponse:
    """List the objectives with how they stand; also as a file."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    stands = [(one, queries.progress(one, today)) for one in queries.visible_to(membership)]
    return frame.listing(
        request,
        title=_("Quality objectives"),
        lead=_("What shall be better by when, whose it is, and how it stands."),
        rows=stands,
        columns=[
            frame.Column("objective", _("Objective"), lambda row: row[0].statement),
            frame.Column("owner", _("Owner"), lambda row: words(row[0].owner.person.names)),
            frame.Column("state", _("State"), lambda row: translated(queries.WORDS[row[1].state])),
            frame.Column("last", _("Last value"), lambda row: row[1].last.value if row[1].last else None,
                         lambda row: _valued(row[0], row[1].last.typed) if row[1].last else "", numeric=True),
            frame.Column("target", _("Target"), lambda row: row[0].target,
                         lambda row: _valued(row[0], row[0].target) if row[0].target else "", numeric=True),
            frame.Column("by", _("By"), lambda row: row[0].target_on),
            frame.Column("next", _("Next measuring"), lambda row: row[1].next_on),
        ],
        href=lambda row: reverse("workspace:workshop-objective", args=[row[0].public_id]),
        name="objectives",
        icon="target",
        states=queries.WORDS,
        state_of=lambda row: row[1].state,
        actions=[
            {"label": _("New objective"), "href": reverse("workspace:workshop-objective-new"), "icon": "plus"},
            {"label": _("Processes"), "href": reverse("workspace:workshop-processes"), "icon": "hierarchy"},
        ],
        empty=(
            _("No objective yet"),
            _("An objective says what is measured, where you stand, which number you want by when, and whose it is."),
        ),
    )  # fmt: skip


def _valued(objective: Objective, typed: str) -> str:
    return f"{typed} {objective.unit}".strip()


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def objective_new(request: HttpRequest) -> HttpResponse:
    """Write an objective down; what is incomplete stays a draft."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    answers = Answers(request, initial={"better": "more", "every_months": 1, "start_on": today.isoformat(),
                                        "owner": membership.public_id})  # fmt: skip
    if answers.attempt(
        lambda: actions.draft_objective(terms=_terms(answers, membership, today, None), by=membership, at=clock.now())
    ):
        return (
            redirect("workspace:workshop-objective", answers.result.public_id)
            if answers.result
            else redirect("workspace:workshop-objectives")
        )
    return frame.sheet(
        request,
        head={"title": _("New objective"), "facts": [_("A draft may be incomplete; its page says what is missing.")]},
        way=frame.crumbs((_("Quality objectives"), reverse("workspace:workshop-objectives")), (_("New"), "")),
        main=[_draft_form(answers, membership, today, None)],
    )


def _draft_form(answers: Answers, membership: Membership, today: date, objective: Objective | None) -> dict[str, Any]:
    people = frame.colleagues(membership, today, objective.owner if objective else None)
    charts = Chart.objects.filter(organisation=membership.organisation, closed_at=None)
    questions = [
        answers.ask("statement", "text", _("What shall be better?"), max=300,
                    help=_("One sentence, for example: fewer customer returns of turned parts.")),
        answers.ask("owner", "choice", _("Owner"), options=frame.named(people)),
        answers.ask("process", "choice", _("Process"), required=False,
                    options=options((one.public_id, one.name) for one in processes.living(membership))),
        answers.ask("indicator", "text", _("What the indicator measures"), required=False, max=120,
                    help=_("The indicator: a share, a time, a count, an amount.")),
        answers.ask("unit", "text", _("Unit"), required=False, max=30),
        answers.ask("better", "choice", _("Direction"), options=frame.worded(BETTER)),
        answers.ask("start", "decimal", _("Value to start from"), required=False),
        answers.ask("start_on", "date", _("Measured on"), required=False),
        answers.ask("target", "decimal", _("Number to reach"), required=False),
        answers.ask("target_on", "date", _("Reached by"), required=False),
        answers.ask("every_months", "whole_number", _("Measured every … months")),
        answers.ask("means", "long_text", _("How it will be reached"), required=False,
                    help=_("What is done, with which means, by whom, and how the result will be judged.")),
        answers.ask("chart", "choice", _("Control chart that shows it"), required=False,
                    options=options((one.public_id, one.name) for one in charts)),
    ]  # fmt: skip
    # A list with nothing in it is no question.
    questions = [one for one in questions if one["id"] not in ("process", "chart") or one["options"]]
    return frame.form(
        answers, _("The objective"), questions, _("Save the draft"), source="iso-9001@2015#6.2", main=True,
        hidden=[("seen", objective.version)] if objective else [],
    )  # fmt: skip


def _terms(answers: Answers, membership: Membership, today: date, objective: Objective | None) -> actions.Terms:
    people = frame.colleagues(membership, today, objective.owner if objective else None)
    processes_by = {one.public_id: one for one in processes.living(membership)}
    if objective is not None and objective.process is not None:
        processes_by[objective.process.public_id] = objective.process
    charts = {one.public_id: one for one in Chart.objects.filter(organisation=membership.organisation)}
    owner = answers.chosen("owner", people)
    return actions.Terms(
        statement=answers.text("statement", required=True, most=300),
        owner=owner or membership,
        indicator=answers.text("indicator", most=120),
        unit=answers.text("unit", most=30),
        better=str(answers.raw("better")),
        start=answers.decimal("start"),
        start_on=answers.day("start_on", required=False),
        target=answers.decimal("target"),
        target_on=answers.day("target_on", required=False),
        every_months=answers.number("every_months") or 0,
        means=answers.text("means", most=5000),
        process=answers.chosen("process", processes_by, required=False),
        chart=answers.chosen("chart", charts, required=False),
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def objective(request: HttpRequest, objective_id: str) -> HttpResponse:
    """Show one objective: its line with the target, and the forms by which it is agreed, measured and ended."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    found = get_object_or_404(queries.visible_to(membership), public_id=objective_id)
    measured = Answers(request, "measure", {"measured_on": today.isoformat()})
    agreed, ended, redrawn = Answers(request, "agree"), Answers(request, "end"), Answers(request, "draft", _kept(found))
    for answers, act, words_ in (
        (measured, lambda: _measure(measured, found, membership), _("The value is recorded.")),
        (agreed, lambda: actions.agree_objective(objective=found, by=membership, at=clock.now()),
         _("The objective is agreed.")),
        (ended, lambda: actions.end_objective(objective=found, because=ended.text("because", required=True, most=300),
                                              by=membership, at=clock.now()), _("The objective ended.")),
        (redrawn, lambda: actions.draft_objective(
            terms=_terms(redrawn, membership, today, found), by=membership, at=clock.now(), objective=found,
            version=redrawn.number("seen") or 0), _("The draft is saved.")),
    ):  # fmt: skip
        if answers.attempt(act):
            messages.success(request, words_)
            return redirect("workspace:workshop-objective", found.public_id)
    stands = queries.progress(found, today)
    return frame.sheet(
        request,
        head={
            "title": found.statement,
            "pills": [{"tone": TONES[stands.state], "text": translated(queries.WORDS[stands.state])}],
            "facts": [found.owner.person.names, *([found.process.name] if found.process else [])],
        },
        way=frame.crumbs(
            (_("Quality objectives"), reverse("workspace:workshop-objectives")), (_("Objective"), "")
        ),
        next_step=_next(found, stands, today),
        main=[
            _missing(found),
            _line(found, stands, today),
            _measure_form(measured, found, stands),
            {"title": _("How it will be reached"), "paragraphs": [found.means], "source": policies.PLANNED}
            if found.means and found.agreed_at
            else None,
            _draft_form(redrawn, membership, today, found) if not found.agreed_at and not found.ended_at else None,
        ],
        aside=[
            _facts(found, stands),
            frame.form(agreed, _("Agree"), [], _("Agree this objective"), main=True,
                       lead=_("From then on its numbers do not move."),
                       refused=next(iter(policies.missing(found)), None))
            if not found.agreed_at and not found.ended_at
            else None,
            frame.form(ended, _("End"), [ended.ask("because", "text", _("Why it ends"), max=300)],
                       _("End this objective"), folded=True)
            if not found.ended_at
            else {"title": _("Ended"), "paragraphs": [found.ended_because]},
        ],
    )  # fmt: skip


def _kept(found: Objective) -> dict[str, Any]:
    return {
        "statement": found.statement, "owner": found.owner.public_id, "indicator": found.indicator,
        "process": found.process.public_id if found.process else "", "unit": found.unit, "better": found.better,
        "start": found.start, "target": found.target, "every_months": found.every_months, "means": found.means,
        "start_on": found.start_on.isoformat() if found.start_on else "",
        "target_on": found.target_on.isoformat() if found.target_on else "",
        "chart": found.chart.public_id if found.chart else "",
    }  # fmt: skip


def _measure(answers: Answers, found: Objective, by: Membership) -> Any:
    value, day = answers.decimal("value", required=True), answers.day("measured_on")
    source = answers.text("source", required=True, most=200)
    if value is None or day is None:
        return None
    return actions.measure_objective(
        objective=found, value=value, measured_on=day, source=source, by=by, at=clock.now()
    )


def _next(found: Objective, stands: queries.Progress, today: date) -> dict[str, Any]:
    who = found.owner.person.names
    if stands.state == "ended":
        return {"step": _("Nothing: this objective ended."), "tone": "wait"}
    if stands.state == "draft":
        gaps = policies.missing(found)
        step = refusal(gaps[0]) if gaps else _("Agree the objective")
        return {"step": step, "who": who, "source": gaps[0].source if gaps else policies.MEASURABLE, "tone": "warn"}
    if stands.state == "missed" and stands.next_on is None:
        return {"step": _("The target was missed: find out why, end this objective and set a new one"), "who": who,
                "by": found.target_on, "tone": "bad"}  # fmt: skip
    if stands.next_on is None:
        return {"step": _("Reached: end this objective, and set the next one"), "who": who, "tone": "wait"}
    left = (stands.next_on - today).days
    return {
        "step": _("Measure it"),
        "who": who,
        "by": stands.next_on,
        "left": case_pages.left_words(left, "day"),
        "tone": "bad" if left < 0 else "warn" if left <= 7 else "",
    }


def _missing(found: Objective) -> dict[str, Any] | None:
    if found.agreed_at or found.ended_at:
        return None
    gaps = policies.missing(found)
    if not gaps:
        return None
    return {
        "title": _("Why this is still a draft"),
        "checks": [{"state": "bad", "text": gap, "source": gap.source} for gap in gaps],
    }


def _line(found: Objective, stands: queries.Progress, today: date) -> dict[str, Any] | None:
    figure = objective_figure(found, today)
    if figure is None:
        return None
    from testamur.tqm.figures.svg import to_svg  # loads numpy

    rows = [
        {
            "cells": [
                row.measured_on,
                _valued(found, row.typed),
                row.source,
                row.by.person.names,
                {"instant": row.recorded_at},
            ]
        }
        for row in found.measurements.all()
    ]
    columns = [_("Day"), _("Value"), _("Where the number comes from"), _("By"), _("Recorded")]
    return {
        "title": _("Progress"),
        "pill": {"tone": TONES[stands.state], "text": translated(queries.WORDS[stands.state])},
        "lead": said(queries.RULE),
        # Written by us; every text of somebody else in it is escaped there.
        "drawing": mark_safe(to_svg(figure, _, table=False, language=language())),
        "details": {
            "title": _("Every value"),
            "table": {"columns": [{"label": label} for label in columns], "rows": rows},
        }
        if rows
        else None,
    }


def _measure_form(answers: Answers, found: Objective, stands: queries.Progress) -> dict[str, Any] | None:
    if found.agreed_at is None or found.ended_at is not None:
        return None
    questions = [
        answers.ask("value", "decimal", found.indicator, unit=found.unit),
        answers.ask("measured_on", "date", _("Measured on")),
        answers.ask("source", "text", _("Where the number comes from"), max=200),
    ]
    return frame.form(
        answers, _("Record a value"), questions, _("Record the value"), main=stands.next_on is not None,
        lead=_("A correction is a second value of the same day; both stay, the later one counts."),
    )  # fmt: skip


def _facts(found: Objective, stands: queries.Progress) -> dict[str, Any]:
    facts: list[dict[str, Any]] = [
        {"label": _("Indicator"), "value": found.indicator or "–"},
        {"label": _("Direction"), "value": translated(BETTER[found.better])},
    ]
    if found.start:
        facts.append({"label": _("Start"), "value": _valued(found, found.start)})
    if found.target:
        facts.append({"label": _("Target"), "value": _valued(found, found.target)})
    if found.target_on:
        facts.append({"label": _("By"), "value": found.target_on})
    if stands.last is not None and stands.expected is not None:
        facts.append({"label": _("Last value"), "value": _valued(found, stands.last.typed)})
        facts.append({"label": _("The line asks for"), "value": _valued(found, f"{stands.expected:.4g}")})
    if found.chart is not None:
        facts.append({"label": _("Control chart"), "value": found.chart.name})
    return {"title": _("Numbers"), "facts": facts}
