"""FMEA sheets: the list, a new one, and a sheet sorted by priority."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.improvement import verdicts
from testamur.improvement.actions import risks as actions
from testamur.improvement.models import FailureMode, Fmea
from testamur.improvement.queries import problems as problem_queries
from testamur.improvement.queries import risks as queries
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.selection.turns import Problems
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages
from testamur.workspace.answers import options
from testamur.workspace.listing import Column, listing
from testamur.workspace.workshop.improvement.cited import chart_proof
from testamur.workspace.workshop.improvement.parts import Form, Part, name_of, tried
from testamur.workspace.workshop.improvement.risks.questions import (
    LIST,
    crumbs,
    rating_questions,
    row_questions,
    sheet_of,
    texts_of,
)
from testamur.workspace.workshop.improvement.upload import rows_of

#: Column of an uploaded sheet → the headings by which it is known.
COLUMNS = {
    "item": ("Item", "Function", "Process step", "项目", "功能", "过程步骤"),
    "mode": ("Failure mode", "失效模式"),
    "effect": ("Effect", "Failure effect", "失效影响", "影响"),
    "cause": ("Cause", "Failure cause", "失效起因", "原因"),
    "prevention": ("Prevention", "Prevention control", "预防控制"),
    "detection": ("Detection", "Detection control", "探测控制"),
    "severity": ("S", "Severity", "严重度"),
    "occurrence": ("O", "Occurrence", "频度"),
    "detection_rating": ("D", "Detection rating", "探测度"),
}


@require_safe
@acting.requires(Function.QUALITY)
def fmeas(request: HttpRequest) -> HttpResponse:
    """List the sheets with how many high risks each holds."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    text = request.GET.get("q", "").strip()[:100]
    rows = queries.visible_to(membership)
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text))
    sheets = list(rows)
    held = {one.pk: queries.living(one) for one in sheets}

    def high(row: Fmea) -> int:
        return sum(one.rating.priority == "H" for one in held[row.pk])

    columns: list[Column[Fmea]] = [
        Column("number", _("Number"), lambda row: row.number),
        Column("title", _("What is analysed"), lambda row: row.title),
        Column("kind", _("Kind"), lambda row: translated(str(Fmea.Kind(row.kind).label))),
        Column("rows", _("Rows"), lambda row: len(held[row.pk]), numeric=True),
        Column("high", _("High priority"), high, numeric=True),
        Column("open", _("High without action"), lambda row: len(queries.unanswered(held[row.pk])), numeric=True),
    ]
    listed = listing(
        request, sheets, columns, name="fmea", caption=_("FMEA sheets"), sort="number",
        href=lambda row: reverse("workspace:workshop-fmea", args=[row.public_id]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    new = {"label": _("Begin an FMEA"), "href": reverse("workspace:workshop-fmea-new"), "icon": "plus"}
    context = {
        "crumbs": [{"label": _("Quality workshop"), "href": reverse("workspace:workshop")}, {"label": _("FMEA")}],
        "head": {
            "title": _("FMEA sheets"), "facts": [_("What could fail, how badly, and what is done about it.")],
            "actions": [new],
        },
        "text": text, "filtered": bool(text), "icon": "shield-exclamation", "today": case_pages.today_cn(),
        "none": (_("No FMEA yet"), _("Begin with the step of the process that worries you most.")), **listed,
    }  # fmt: skip
    return render(request, "workshop/improvement/list.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def fmea_new(request: HttpRequest) -> HttpResponse:
    """Begin a sheet."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    part = Part(request, "new", {"kind": Fmea.Kind.PROCESS})
    kinds = {key: translated(str(label)) for key, label in Fmea.Kind.choices}
    questions = [
        part.question("kind", "choice", _("Kind"), options=options(kinds.items())),
        part.question("title", "text", _("What is analysed"), max=160),
        part.question("number", "text", _("Number"), required=False, max=30,
                      help=_("Only to keep a number from your own books; else the next is given.")),
    ]  # fmt: skip
    if part.sent and part.attempt(
        lambda: actions.begin_fmea(
            kind=part.one_of("kind", {key: key for key in kinds}) or "", title=part.said("title"),
            number=part.said("number"), by=membership, at=clock.now(),
        )
    ):  # fmt: skip
        if part.result is None:
            return redirect(LIST)
        return redirect("workspace:workshop-fmea", fmea_id=part.result.public_id)
    context = {
        "crumbs": [*crumbs(), {"label": _("New")}], "head": {"title": _("Begin an FMEA"), "facts": []},
        "answers": part, "questions": questions, "button": _("Begin"), "today": case_pages.today_cn(),
    }  # fmt: skip
    return render(request, "workshop/improvement/form.html", context)


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def fmea(request: HttpRequest, fmea_id: str) -> HttpResponse:
    """Show a sheet by priority; add a row, or many from a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    sheet = sheet_of(membership, fmea_id)
    at = clock.now()
    charts = {one.public_id: one for one in problem_queries.charts(membership)[:200]}
    rows = queries.living(sheet)
    adding, loading = Part(request, "add"), Part(request, "load")
    forms = [
        Form("add", _("Add a row"), adding,
             [*row_questions(adding, charts), *rating_questions(adding, "detection_rating")], _("Add the row"),
             not rows or adding.sent),
        Form("load", _("Add rows from a file"), loading,
             [loading.question("file", "file", _("Table"), accept=["csv", "xlsx"], help=_(
                 "First row: Item, Failure mode, Effect, Cause, Prevention, Detection, S, O, D."))],
             _("Add the rows"), loading.sent),
    ]  # fmt: skip

    def add() -> Any:
        row = {**texts_of(adding), **{key: adding.said(key) for key in ("severity", "occurrence", "detection_rating")}}
        chart = adding.one_of("chart", charts, required=False) if charts else None
        return actions.add_failures(fmea=sheet, rows=[row], chart=chart, by=membership, at=at)

    refused_rows: list[Any] = []

    def load() -> Any:
        files = loading.files("load-file")
        read = rows_of(*files[0], COLUMNS) if files else []
        try:
            return actions.add_failures(fmea=sheet, rows=read, by=membership, at=at)
        except Problems as problems:
            refused_rows.extend(problems.problems)
            raise

    for part, act in ((adding, add), (loading, load)):
        if tried(part, act):
            count = len(part.result or ())
            many = _("{count} rows were added.").format(count=count)
            messages.success(request, many if count > 1 else _("Recorded."))
            return redirect("workspace:workshop-fmea", fmea_id=sheet.public_id)
    if refused_rows:
        loading.refused = None
    columns = _row_columns(rows)
    listed = listing(
        request, rows, columns, name=f"fmea-{sheet.public_id}", caption=_("Rows by action priority"),
        href=lambda row: reverse("workspace:workshop-failure", args=[sheet.public_id, row.public_id]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    counts = {key: sum(one.rating.priority == key for one in rows) for key in "HML"}
    open_high = queries.unanswered(rows)
    step = _("Choose actions for {n} high risks that have none").format(n=len(open_high)) if open_high else ""
    context = {
        "crumbs": [*crumbs(), {"label": sheet.number, "mono": True}],
        "head": {
            "title": f"{sheet.number}: {sheet.title}",
            "facts": [translated(str(Fmea.Kind(sheet.kind).label)), _("AIAG & VDA, 2019")],
        },
        "next": {
            "step": step or _("Nothing: every high risk has an action"), "who": name_of(sheet.by) if step else "",
            "tone": "" if step else "wait", "actions": [],
        },
        "figures": [
            {"label": _("Action priority {letter}").format(letter=key), "value": value} for key, value in counts.items()
        ],
        "forms": forms, "refused_rows": refused_rows, "today": case_pages.today_cn(), **listed,
    }  # fmt: skip
    return render(request, "workshop/improvement/fmea.html", context)


def _row_columns(rows: list[FailureMode]) -> list[Column[FailureMode]]:
    order = queries.ORDER
    last = verdicts.last_days(row.chart for row in rows if row.chart is not None)

    def detection(row: FailureMode) -> Any:
        if row.chart is None:
            return row.detection
        said = chart_proof(row.chart, verdicts.of_kept(row.chart, last.get(row.chart.pk)))
        return {"text": row.detection or said["text"], "href": said["href"], "note": said["verdict"]}

    def actions_of(row: FailureMode) -> str:
        return "; ".join(f"{one.what} ({name_of(one.owner)})" for one in row.actions.all())

    return [
        Column("row", _("Row"), lambda row: row.place),
        Column("item", _("Item"), lambda row: row.item),
        Column("mode", _("Failure mode"), lambda row: row.mode),
        Column("effect", _("Effect of the failure"), lambda row: row.effect),
        Column("cause", _("Cause"), lambda row: row.cause),
        Column("prevention", _("Preventive control"), lambda row: row.prevention, sorts=False),
        Column("detection", _("Detective control"), lambda row: row.detection, cell=detection, sorts=False),
        Column("S", _("S"), lambda row: row.rating.severity, numeric=True),
        Column("O", _("O"), lambda row: row.rating.occurrence, numeric=True),
        Column("D", _("D"), lambda row: row.rating.detection, numeric=True),
        Column("priority", _("AP"), lambda row: row.rating.priority, order=lambda row: order[row.rating.priority]),
        Column("rpn", _("RPN"), lambda row: row.rating.number, numeric=True),
        Column("actions", _("Actions taken"), actions_of, sorts=False),
    ]


