"""The list of problems, opening one, its files and its report."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files.responses import download
from testamur.improvement.actions import problems as actions
from testamur.improvement.disciplines import Need, Standing
from testamur.improvement.models import Problem
from testamur.improvement.queries import problems as queries
from testamur.kernel import clock, days
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages
from testamur.workspace.answers import options
from testamur.workspace.listing import Column, listing
from testamur.workspace.workshop.improvement.parts import Part, name_of, short
from testamur.workspace.workshop.improvement.problems.page import origin_words, problem_of, state_pill
from testamur.workspace.workshop.improvement.problems.statement import read_statement, statement_questions

LIST = "workspace:workshop-problems"


@require_safe
@acting.requires(Function.QUALITY)
def problems(request: HttpRequest) -> HttpResponse:
    """List the organisation's problems: what each waits for, with whom and until when; also as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = queries.visible_to(membership)
    text, state, method = (request.GET.get(key, "").strip()[:100] for key in ("q", "state", "method"))
    counts = {"open": rows.filter(closed_at=None).count(), "closed": rows.exclude(closed_at=None).count()}
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text) | Q(what__icontains=text))
    if state in counts:
        rows = rows.filter(closed_at__isnull=state == "open")
    if method in Problem.Method.values:
        rows = rows.filter(method=method)
    standings: dict[int, Standing] = {}

    def standing(row: Problem) -> Standing:
        return standings.setdefault(row.pk, Standing(row))

    def need(row: Problem) -> Need | None:
        return None if row.closed_at else standing(row).next

    columns: list[Column[Problem]] = [
        Column("number", _("Number"), lambda row: row.number),
        Column("title", _("Problem"), lambda row: row.title),
        Column("origin", _("Origin"), origin_words),
        Column("since", _("Since"), lambda row: row.since),
        Column("state", _("State"), lambda row: state_pill(standing(row))["text"], sorts=False),
        Column("next", _("Next"), lambda row: translated(one.sentence) if (one := need(row)) else "", sorts=False),
        Column("who", _("Who"), lambda row: name_of(one.who) if (one := need(row)) else "", sorts=False),
        Column("by", _("By"), lambda row: one.due_on if (one := need(row)) else None, sorts=False),
    ]
    listed = listing(
        request, list(rows), columns, name="problems", caption=_("Problems"), sort="-number",
        href=lambda row: reverse("workspace:workshop-problem", args=[row.public_id]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    chips = [
        {"label": _("All"), "href": "?", "count": sum(counts.values()), "current": state not in counts},
        {"label": _("Open"), "href": "?state=open", "count": counts["open"], "current": state == "open"},
        {"label": _("Closed"), "href": "?state=closed", "count": counts["closed"], "current": state == "closed"},
    ]
    context = {
        "crumbs": [{"label": _("Quality workshop"), "href": reverse("workspace:workshop")}, {"label": _("Problems")}],
        "head": {
            "title": _("Problems"),
            "facts": [_("Corrective actions and 8D: nothing closes without its cause and its check.")],
            "actions": [
                {"label": _("Open a problem"), "href": reverse("workspace:workshop-problem-new"), "icon": "plus"}
            ],
        },
        "filters": chips,
        "text": text,
        "state": state,
        "filtered": bool(text or state or method),
        "none": (_("No problem here"), _("What went wrong and must not happen again is opened here.")),
        "icon": "tool",
        "today": case_pages.today_cn(),
        **listed,
    }
    return render(request, "workshop/improvement/list.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def problem_new(request: HttpRequest) -> HttpResponse:
    """Open a problem; ``?chart=…&point=…`` or ``?finding=…`` say where it was seen."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    findings = {one.public_id: one for one in queries.findings(membership)[:200]}
    charts = {one.public_id: one for one in queries.charts(membership)[:200]}
    part = Part(request, "new", _seen(request, findings, charts))
    eight = str(part.raw(part("method"))) != Problem.Method.FOUR_STEPS
    methods = {key: translated(str(label)) for key, label in Problem.Method.choices}
    origins = {key: translated(str(label)) for key, label in Problem.Origin.choices}
    questions = [
        part.question("method", "choice", _("How is it solved?"), options=options(methods.items()),
                      help=_("Four steps for most; 8D where a customer asks for it or a team is needed.")),
        part.question("origin", "choice", _("Where does it come from?"), options=options(origins.items())),
        *statement_questions(part, Problem.Method.EIGHT_D if eight else Problem.Method.FOUR_STEPS),
    ]  # fmt: skip
    if findings:
        named = options((key, f"{one.number}: {short(one.statement, 80)}") for key, one in findings.items())
        questions.append(part.question("finding", "choice", _("Audit finding"), required=False, options=named))
    if charts:
        named = options((key, one.name) for key, one in charts.items())
        questions.append(part.question("chart", "choice", _("Control chart"), required=False, options=named))
        questions.append(part.question("point", "whole_number", _("Point of the chart"), required=False))
    questions.append(
        part.question("number", "text", _("Number"), required=False, max=30,
                      help=_("Only to keep a number from your own books; else the next is given."))
    )  # fmt: skip
    if part.sent and part.attempt(lambda: _open(part, membership, methods, origins, findings, charts)):
        if part.result is None:  # sent twice
            return redirect(LIST)
        messages.success(request, _("The problem is open."))
        return redirect("workspace:workshop-problem", problem_id=part.result.public_id)
    context = {
        "crumbs": [
            {"label": _("Quality workshop"), "href": reverse("workspace:workshop")},
            {"label": _("Problems"), "href": reverse(LIST)},
            {"label": _("New")},
        ],
        "head": {"title": _("Open a problem"), "facts": [_("Say what is known; it can be said better later.")]},
        "answers": part,
        "questions": questions,
        "button": _("Open the problem"),
        "today": case_pages.today_cn(),
    }
    return render(request, "workshop/improvement/form.html", context)


def _seen(request: HttpRequest, findings: dict[str, Any], charts: dict[str, Any]) -> dict[str, Any]:
    """Return what the form begins with, from the finding or the point of a chart that led here."""
    initial: dict[str, Any] = {"since": days.day_of(clock.now()).isoformat(), "origin": Problem.Origin.INTERNAL}
    finding, chart = findings.get(request.GET.get("finding", "")), charts.get(request.GET.get("chart", ""))
    if finding is not None:
        initial |= {"origin": Problem.Origin.FINDING, "finding": finding.public_id, "what": finding.statement}
    if chart is not None:
        point = request.GET.get("point", "")[:6]
        initial |= {"origin": Problem.Origin.SIGNAL, "chart": chart.public_id, "place": chart.name, "point": point}
    return initial


def _open(
    part: Part, by: Membership, methods: dict[str, str], origins: dict[str, str], findings: dict[str, Any],
    charts: dict[str, Any],
) -> Problem:  # fmt: skip
    chart = part.one_of("chart", charts, required=False) if charts else None
    point = part.decimal(part("point")) if charts else None
    return actions.open_problem(
        method=part.one_of("method", {key: key for key in methods}) or "",
        origin=part.one_of("origin", {key: key for key in origins}) or "",
        statement=read_statement(part), by=by, at=clock.now(),
        finding=part.one_of("finding", findings, required=False) if findings else None,
        chart=chart, point=int(point) if point is not None and chart and 0 < point < 10**6 else None,
        number=part.said("number"),
    )  # fmt: skip


@require_safe
@acting.requires(Function.QUALITY)
def problem_file(request: HttpRequest, problem_id: str, file_id: str) -> HttpResponse:
    """Hand over a file that proves something about a problem."""
    row = problem_of(request.membership, problem_id)  # type: ignore[attr-defined]
    file = get_object_or_404(row.files.select_related("file"), public_id=file_id)
    return download(file.file, file.name)


@require_safe
@acting.requires(Function.QUALITY)
def problem_report(request: HttpRequest, problem_id: str) -> HttpResponse:
    """Return the report of a problem as PDF, for the customer or the auditor."""
    from testamur.files.reports import to_pdf
    from testamur.workspace.workshop.improvement.problems.report import report_of

    row = problem_of(request.membership, problem_id)  # type: ignore[attr-defined]
    response = HttpResponse(to_pdf(report_of(Standing(row))), content_type="application/pdf")
    name = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "-" for sign in row.number)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
