"""FMEA sheets: the list, a sheet sorted by priority, and the page of a row with its history."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.improvement import verdicts
from testamur.improvement.actions import risks as actions
from testamur.improvement.models import FailureMode, Fmea, RiskAction
from testamur.improvement.queries import access, control_plans
from testamur.improvement.queries import problems as problem_queries
from testamur.improvement.queries import risks as queries
from testamur.kernel import clock, days
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.selection.turns import Problems
from testamur.wording.templatetags.say import translated
from testamur.workspace import case_pages
from testamur.workspace.answers import options
from testamur.workspace.workshop.improvement.cited import chart_proof
from testamur.workspace.workshop.improvement.control_plans.views import look_words
from testamur.workspace.workshop.improvement.listing import Column, listing
from testamur.workspace.workshop.improvement.parts import UNIT, Form, Part, left_of, name_of, people_options, tried
from testamur.workspace.workshop.improvement.upload import rows_of

LIST = "workspace:workshop-fmeas"
TONES = {"H": "bad", "M": "warn", "L": "ok"}
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


def sheet_of(membership: Membership, public_id: str) -> Fmea:
    """Return a sheet that the member may see; 404 where there is none for them."""
    return get_object_or_404(queries.visible_to(membership), public_id=public_id)


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
        "crumbs": [*_crumbs(), {"label": _("New")}], "head": {"title": _("Begin an FMEA"), "facts": []},
        "answers": part, "questions": questions, "button": _("Begin"), "today": case_pages.today_cn(),
    }  # fmt: skip
    return render(request, "workshop/improvement/form.html", context)


def _crumbs() -> list[dict[str, Any]]:
    return [
        {"label": _("Quality workshop"), "href": reverse("workspace:workshop")},
        {"label": _("FMEA"), "href": reverse(LIST)},
    ]


def row_questions(part: Part, charts: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the questions by which a row is described."""
    asked = [
        part.question("item", "text", _("Function or step of the process"), max=200),
        part.question("mode", "text", _("How it can fail"), max=300),
        part.question("effect", "text", _("What the failure does"), max=300),
        part.question("cause", "text", _("What can cause it"), max=300),
        part.question("prevention", "text", _("What prevents the cause today"), required=False, max=300),
        part.question("detection", "text", _("What detects it today"), required=False, max=300),
    ]
    if charts:
        named = options((key, one.name) for key, one in charts.items())
        asked.append(part.question("chart", "choice", _("Control chart"), required=False, options=named))
    return asked


def rating_questions(part: Part, detection: str = "detection") -> list[dict[str, Any]]:
    """Return the three ratings."""
    return [
        part.question("severity", "whole_number", _("Severity, 1 to 10"), help=_("10: hurts people without warning.")),
        part.question("occurrence", "whole_number", _("Occurrence, 1 to 10"), help=_("10: nothing prevents it.")),
        part.question(detection, "whole_number", _("Detection, 1 to 10"), help=_("10: nothing would find it.")),
    ]


def _texts(part: Part) -> dict[str, str]:
    return {name: part.said(name) for name in (*actions.TEXTS, *actions.OPTIONAL)}


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
        row = {**_texts(adding), **{key: adding.said(key) for key in ("severity", "occurrence", "detection_rating")}}
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
        "crumbs": [*_crumbs(), {"label": sheet.number, "mono": True}],
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


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def failure(request: HttpRequest, fmea_id: str, failure_id: str) -> HttpResponse:
    """Show a row with its ratings from the first on; describe, rate, act."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    sheet = sheet_of(membership, fmea_id)
    row = queries.failures(sheet.failures.all()).filter(public_id=failure_id).first()
    if row is None:
        raise Http404
    forms = [] if row.removed_because else _row_forms(request, row, membership)
    if any(form.answers.sent and form.answers.result is not None for form in forms) or any(
        form.answers.again for form in forms
    ):
        messages.success(request, _("Recorded."))
        return redirect("workspace:workshop-failure", fmea_id=sheet.public_id, failure_id=row.public_id)
    today = case_pages.today_cn()
    row = queries.failures(sheet.failures.all()).get(pk=row.pk)
    rating = row.rating
    first = next((one for one in row.actions.all() if one.done_on is None), None)
    left = left_of(first.due_on if first else None, today)
    if first:
        strip = {
            "step": first.what, "who": name_of(first.owner), "by": first.due_on,
            "left": case_pages.left_words(left, UNIT), "tone": "bad" if left is not None and left < 0 else "",
        }  # fmt: skip
    else:
        need = rating.priority == "H" and not row.actions.all()
        strip = {
            "step": _("Choose an action, or rate anew with the reason") if need else _("Nothing is open in this row"),
            "tone": "" if need else "wait",
        }
    context = {
        "crumbs": [
            *_crumbs(),
            {"label": sheet.number, "href": reverse("workspace:workshop-fmea", args=[sheet.public_id]), "mono": True},
            {"label": _("Row {n}").format(n=row.place)},
        ],
        "head": {
            "title": row.mode,
            "pills": [
                {"tone": TONES[rating.priority], "text": _("action priority {letter}").format(letter=rating.priority)}
            ],
            "number": f"{sheet.number}/{row.place}",
            "facts": [row.item],
        },
        "next": strip, "row": row, "rating": rating, "ratings": list(row.ratings.all())[::-1], "forms": forms,
        "controls": [
            {
                "text": f"{one.edition.plan.number}: {one.step}, {one.watched}", "look": look_words(one),
                "href": reverse("workspace:workshop-control-plan", args=[one.edition.plan.public_id]),
                "chart": one.chart,
            }
            for one in control_plans.controlling(row)
        ],
        "today": today,
    }  # fmt: skip
    return render(request, "workshop/improvement/failure.html", context)


def _take(action: RiskAction, part: Part, by: Membership) -> RiskAction:
    return actions.take_action(
        action=action, taken=part.said("taken"), done_on=part.day_of("done_on"), by=by, at=clock.now()
    )


def _row_forms(request: HttpRequest, row: FailureMode, by: Membership) -> list[Form]:
    at = clock.now()
    today = days.day_of(at)
    people = {one.public_id: one for one in access.colleagues(by, today)}
    charts = {one.public_id: one for one in problem_queries.charts(by)[:200]}
    rating = row.rating
    forms = []

    act = Part(request, "act", {"due_on": (today + timedelta(days=30)).isoformat()})
    asked = [
        act.question("what", "text", _("What will be done"), max=300),
        act.question("owner", "choice", _("Who does it"), options=people_options(people)),
        act.question("due_on", "date", _("By when")),
    ]

    def plan() -> Any:
        owner = act.one_of("owner", people)
        if owner is None:
            return None
        return actions.plan_action(
            failure=row, what=act.said("what"), owner=owner, due_on=act.day_of("due_on"), by=by, at=at
        )

    tried(act, plan)
    open_now = rating.priority == "H" and not row.actions.all()
    forms.append(Form("act", _("Plan an action"), act, asked, _("Plan it"), act.sent or open_now))
    for one in row.actions.all():
        if one.done_on is not None:
            continue
        done = Part(request, f"done{one.public_id}", {"done_on": today.isoformat()})
        asked = [
            done.question("done_on", "date", _("Day on which it was done")),
            done.question("taken", "text", _("What was done, and where one sees it"), max=300),
        ]
        tried(done, partial(_take, one, done, by))
        title = _("Report as done: {action}").format(action=one.what[:80])
        forms.append(Form(f"done-{one.public_id}", title, done, asked, _("Report as done"), True))

    rate = Part(request, "rate", {name: getattr(rating, name) for name in ("severity", "occurrence", "detection")})
    asked = [*rating_questions(rate), rate.question("reason", "text", _("What changed"), max=300)]
    tried(
        rate,
        lambda: actions.rate(
            failure=row, ratings={name: rate.said(name) for name in ("severity", "occurrence", "detection")},
            reason=rate.said("reason"), by=by, at=at,
        ),
    )  # fmt: skip
    forms.append(Form("rate", _("Rate anew"), rate, asked, _("Record the rating"), rate.sent))

    texts = {name: getattr(row, name) for name in (*actions.TEXTS, *actions.OPTIONAL)}
    chart_id = row.chart.public_id if row.chart else ""
    change = Part(request, "change", {**texts, "version": row.version, "chart": chart_id})
    asked = row_questions(change, charts)
    tried(
        change,
        lambda: actions.change_failure(
            failure=row, texts=_texts(change), version=change.number(change("version")) or 0, by=by, at=at,
            chart=change.one_of("chart", charts, required=False) if charts else row.chart,
        ),
    )  # fmt: skip
    hidden = [(change("version"), str(change.raw(change("version"))))]
    forms.append(Form("change", _("Describe the row"), change, asked, _("Save"), change.sent, extra=hidden))

    out = Part(request, "remove")
    asked = [out.question("reason", "text", _("Why it is removed"), max=300)]
    tried(out, lambda: actions.remove_failure(failure=row, reason=out.said("reason"), by=by, at=at))
    forms.append(Form("remove", _("Remove the row"), out, asked, _("Remove"), out.sent))
    return forms
