"""Data and points of a chart: add measurements, comment a point, leave it out and count it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from testamur.files import pasted
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.studies import actions, charting, policies, queries, reading
from testamur.studies.choosing import KINDS
from testamur.studies.models import Chart, Remark, Subgroup
from testamur.workspace.answers import Answers, options
from testamur.workspace.workshop.studies import decimals, frame
from testamur.workspace.workshop.studies.chart import point_value
from testamur.workspace.workshop.studies.words import CAUSES, rule_words, rules_short

#: What a first row of names and two rows look like, by the shape of a chart's data.
EXAMPLES = {
    "i_mr": "74.012\n74.009\n74.015",
    "values": "74.012\t74.009\t74.015\t74.011\t74.010\n74.008\t74.013\t74.012\t74.009\t74.014",
    "count": "3\n5\n2",
    "count_of": "{counts}\tsizes\n3\t120\n5\t118",
}


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def chart_data(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Add measurements: pasted or from a file, looked at first where one wants to; nothing typed is lost."""
    membership = frame.acting(request)
    chart = get_object_or_404(queries.charts_visible_to(membership), public_id=chart_id)
    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    answers = Answers(request)
    if answers.sent:
        _take_file(request, answers)
    area = membership.organisation.country
    preview = None

    def take() -> Any:
        upload = request.FILES.get("file")
        return actions.take_in(
            chart=chart,
            rows=reading.rows(answers.text("data", most=pasted.MOST), chart, area=area),
            by=membership,
            at=clock.now(),
            name=(getattr(upload, "name", "") or ""),
            note=answers.text("note", most=300),
            again=answers.yes("again"),
        )

    if request.POST.get("_check") and not answers.errors:
        preview = _preview(answers, chart, area)
    elif answers.attempt(take):
        if answers.result is not None:
            count = answers.result.count
            text = ngettext("{n} point is added.", "{n} points are added.", count).format(n=count)
            messages.success(request, text)
        return redirect(here)
    return frame.form_page(
        request,
        answers,
        _questions(answers),
        title=_("Add measurements"),
        button=_("Add the points"),
        second={"name": "_check", "label": _("Only look at them first")},
        back=here,
        way=[(_("Control charts"), reverse("workspace:workshop-charts")), (chart.name, here)],
        multipart=True,
        preview=preview,
        beside=[_shape(chart)],
    )


def _take_file(request: HttpRequest, answers: Answers) -> None:
    """Put what came as a file into the box: the next press sends it again, and a refusal loses nothing."""
    try:
        text = pasted.text_of(request)
    except Refused as refused:
        answers.errors["data"] = refused
        return
    sent = request.POST.copy()
    sent["data"] = text
    request.POST = sent  # type: ignore[assignment]


def _preview(answers: Answers, chart: Chart, area: str) -> dict[str, Any] | None:
    try:
        rows = reading.rows(answers.text("data", most=pasted.MOST), chart, area=area)
    except Refused as refused:
        answers.refuse(refused)
        return None
    text = ngettext(
        "{n} point can be read. Nothing is added yet.", "{n} points can be read. Nothing is added yet.", len(rows)
    ).format(n=len(rows))
    shown = [" · ".join(filter(None, ["  ".join(row.values), row.size, row.note])) for row in rows[:5]]
    return {"text": text, "rows": shown}


def _questions(answers: Answers) -> list[dict[str, Any]]:
    return [
        answers.ask(
            "data",
            "long_text",
            _("Paste from a spreadsheet"),
            required=False,
            help=_("One row is one point, the oldest first. Columns named time and note may stand beside."),
        ),
        answers.ask("file", "file", _("Or a file: CSV or XLSX"), accept=["csv", "tsv", "txt", "xlsx"], required=False),
        answers.ask(
            "note",
            "text",
            _("Where they come from"),
            max=300,
            required=False,
            help=_("For example: shift report 18 November"),
        ),
        answers.ask(
            "again",
            "choices",
            _("The same numbers again?"),
            required=False,
            options=options([("yes", _("These were measured anew, although the numbers are the same"))]),
        ),
    ]


def _shape(chart: Chart) -> dict[str, Any]:
    kind = KINDS[chart.method]
    example = EXAMPLES["i_mr" if chart.method == "i_mr" or kind.remembers else kind.shape].format(
        counts=kind.counted_of
    )
    return {
        "title": _("What a row looks like"),
        "paragraphs": [_("For this chart, for example:")],
        "code": example,
    }


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def point(request: HttpRequest, chart_id: str, number: int) -> HttpResponse:
    """Show a point: its values, what it breaks, what was found out; comment it, leave it out, count it again."""
    membership = frame.acting(request)
    chart = get_object_or_404(queries.charts_visible_to(membership), public_id=chart_id)
    row = get_object_or_404(chart.subgroups.select_related("intake__by__person"), number=number)
    drawn = charting.draw(chart)
    if drawn.result is None:
        raise Http404
    excluded = number in drawn.excluded
    comment, leave = Answers(request, "comment", initial={"cause": "unknown"}), Answers(request, "leave")
    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    known: dict[str, Any] = {"chart": chart, "number": number, "by": membership, "at": clock.now()}
    if comment.attempt(
        lambda: actions.comment_point(**known, text=comment.text("text"), cause=str(comment.raw("cause")))
    ):
        messages.success(request, _("The comment is kept."))
        return redirect(here)
    change = actions.include_point if excluded else actions.exclude_point
    if leave.attempt(lambda: change(**known, reason=leave.text("reason"))):
        messages.success(request, _("The point counts again.") if excluded else _("The point is left out."))
        return redirect(here)
    rules = drawn.signals.get(number, [])
    pills = [{"tone": "bad", "text": _("rule {rules}").format(rules=rules_short(rules))}] if rules else []
    if excluded:
        pills.append({"tone": "mute", "text": _("left out")})
    context = {
        "head": {"title": _("Point {number}").format(number=number), "pills": pills, "facts": [chart.name]},
        "crumbs": frame.crumbs(
            (_("Control charts"), reverse("workspace:workshop-charts")), (chart.name, here), (str(number), "")
        ),
        "facts": _facts(row, drawn, rules),
        "remarks": [
            {
                "text": one.text,
                "cause": CAUSES[Remark.Cause(one.cause)],
                "who": one.by.person.names if one.by else "",
                "when": one.effective_at,
            }
            for one in row.remarks.select_related("by__person")
        ],
        "exclusions": row.exclusions.select_related("by__person", "ended_by__person"),
        "excluded": excluded,
        "comment": comment,
        "comment_questions": [
            comment.ask("text", "long_text", _("What was different?")),
            comment.ask("cause", "choice", _("Cause"), options=options(CAUSES.items())),
        ],
        "leave": leave,
        "leave_questions": [
            leave.ask("reason", "long_text", _("Why does it count again?") if excluded else _("Why does it not count?"))
        ],
        "may": refusal_of(policies.check_may_keep, membership, chart, clock.now()) is None,
        "carries": KINDS[chart.method].remembers,
        "back": here,
    }
    return render(request, "workshop/studies/point.html", context)


def _facts(row: Subgroup, drawn: charting.Drawn, rules: list[str]) -> list[dict[str, Any]]:
    from testamur.tqm.figures.charts import NAMES

    facts: list[dict[str, Any]] = [{"label": _("Values"), "value": "  ".join(row.values), "mono": True}]
    if row.size:
        facts.append({"label": _("Inspected"), "value": row.size})
    for panel in drawn.result.panels if drawn.result else ():
        shown = {key: float(column[row.number - 1]) for key, column in panel.numbers.items()}
        text, places = point_value(drawn, panel, row.number), decimals.of_lines(drawn, panel.id)
        if shown["ucl"] == shown["ucl"] or shown["lcl"] == shown["lcl"]:
            text += f"  ({decimals.say(shown['lcl'], places)} … {decimals.say(shown['ucl'], places)})"
        facts.append({"label": NAMES[panel.id].text(_), "value": text, "mono": True})
    if rules:
        facts.append({"label": _("Signal"), "value": "; ".join(rule_words(one) for one in rules)})
    if row.taken_at:
        facts.append({"label": _("Taken"), "value": {"instant": row.taken_at}})
    if row.note:
        facts.append({"label": _("Note"), "value": row.note})
    source = row.intake.name or row.intake.note
    if source:
        facts.append({"label": _("Came from"), "value": source})
    facts.append({"label": _("Entered"), "value": {"instant": row.intake.effective_at}})
    return facts
