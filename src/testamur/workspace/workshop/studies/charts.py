"""Control charts: the list, a new one by a few plain questions, and how one is kept."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.studies import actions, choosing, queries
from testamur.studies.models import Chart
from testamur.tqm.methods import find
from testamur.wording.templatetags.say import translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, options
from testamur.workspace.said import said
from testamur.workspace.workshop.studies import frame
from testamur.workspace.workshop.studies.words import RULE_SETS, method_title, runs

LIST = "workspace:workshop-charts"


@require_safe
@acting.requires(Function.QUALITY)
def charts(request: HttpRequest) -> HttpResponse:
    """List the control charts with what signals on them."""
    membership = frame.acting(request)

    def row(one: Chart) -> tuple[str, list[Any], list[Any]]:
        state = (
            _("closed")
            if one.closed_at
            else _("to explain: {points}").format(points=runs(one.signals))
            if one.signals
            else ""
        )
        name = words(one.keeper.person.names)
        cells = [one.name, str(one.characteristic), words(method_title(one.method)), one.points or 0, state, name]  # type: ignore[attr-defined]
        return reverse("workspace:workshop-chart", args=[one.public_id]), cells, cells

    return frame.list_page(
        request,
        queries.charts_visible_to(membership).annotate(points=Max("subgroups__number")).order_by("name", "id"),
        title=_("Control charts"),
        lead=_("See early that a process changes, and find out why."),
        name="charts",
        columns=[
            ("name", _("Name"), "name"),
            ("characteristic", _("Characteristic"), "characteristic__name"),
            ("method", _("Chart"), "method"),
            ("points", _("Points"), "points"),
            ("state", _("State"), ""),
            ("keeper", _("Kept by"), ""),
        ],
        row_of=row,
        search=["name", "characteristic__name"],
        action={"label": _("Start a chart"), "href": reverse("workspace:workshop-chart-new")},
        empty=(
            _("No chart yet"),
            _("You measure it already? A chart shows trouble a shift earlier. Five minutes to start."),
        ),
        icon="chart-line",
        chips=[
            ("mine", _("Kept by me"), Q(keeper=membership, closed_at=None)),
            ("signals", _("With signals to explain"), Q(closed_at=None) & ~Q(signals=[])),
            ("closed", _("Closed"), Q(closed_at__isnull=False)),
        ],
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def chart_new(request: HttpRequest) -> HttpResponse:
    """Start a chart: the questions pick the method and say why, or one picks it oneself."""
    membership = frame.acting(request)
    measured = {one.public_id: one for one in queries.characteristics_visible_to(membership)}
    if not measured:
        messages.info(request, _("First say what is measured or counted; then start its chart."))
        return redirect("workspace:workshop-characteristic-new")
    gauges = {one.public_id: one for one in queries.gauges_visible_to(membership)}
    initial = {"characteristic": request.GET.get("characteristic", ""), "data": "measured", "pieces": "1", "method": ""}
    answers = Answers(request, initial=initial)
    picked = _picked(answers)

    def start() -> Any:
        characteristic = answers.chosen("characteristic", measured)
        gauge = answers.chosen("gauge", gauges, required=False)
        name = answers.text("name", most=120)
        if answers.errors or characteristic is None:
            return None
        return actions.start_chart(
            characteristic=characteristic, method=picked.method, name=name, gauge=gauge, by=membership, at=clock.now()
        )

    if not request.POST.get("_pick") and not answers.errors and answers.attempt(start):
        messages.success(request, _("The chart is started. Now give it data."))
        if answers.result is None:
            return redirect(LIST)
        return redirect("workspace:workshop-chart-data", answers.result.public_id)
    notes = []
    if answers.sent and picked and not answers.errors:
        title = words(method_title(picked.method))
        text = said("{chart}: {why}", {"chart": title, "why": translated(picked.why)})
        notes = [{"tone": "ok", "icon": "bulb", "text": text}]
    return frame.form_page(
        request,
        answers,
        _questions(answers, measured, gauges),
        title=_("Start a control chart"),
        lead=_("Answer the questions and the chart that fits is picked, or pick one yourself at the end."),
        button=_("Start the chart"),
        second={"name": "_pick", "label": _("Only tell me which one fits")},
        back=reverse(LIST),
        way=[(_("Control charts"), reverse(LIST))],
        notes=notes,
        beside=[_several()],
    )


def _several() -> dict[str, Any]:
    """Say where characteristics that move together are judged: a chart that is kept follows one."""
    doors = [
        {"label": find(key).title, "href": reverse("workspace:workshop-study-method", args=[key])}
        for key in ("hotelling_t2_individual", "hotelling_t2_subgroup", "mewma")
    ]
    return {
        "title": _("Several characteristics at once?"),
        "paragraphs": [
            _("A chart that is kept follows one characteristic, so that a signal names what has moved."),
            _(
                "Where several move together, such as length and width of one piece, keep a chart of each here, and"
                " judge them together in a study: it is computed of a table, kept, and can be put forward as evidence."
            ),
        ],
        "doors": doors,
    }


def _picked(answers: Answers) -> Any:
    own = str(answers.raw("method") or "")
    if own in choosing.KINDS:
        return choosing.KINDS[own]
    typed = str(answers.raw("pieces") or "1").strip()
    pieces = int(typed) if typed.isdecimal() and len(typed) < 5 else 0
    if answers.sent and not 1 <= pieces <= 100:
        answers.errors["pieces"] = said(_("Write a whole number from 1 to 100."), field="pieces", rule="form")
    return choosing.pick(
        data=str(answers.raw("data")),
        pieces=max(pieces, 1),
        varies=answers.yes("varies"),
        small=answers.yes("small"),
        large=answers.yes("large"),
    )


def _questions(answers: Answers, measured: dict[str, Any], gauges: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = [
        ("measured", _("Measured: a length, a time, a temperature")),
        ("pieces", _("Counted: how many pieces are nonconforming")),
        ("faults", _("Counted: how many faults there are, several on one piece")),
    ]
    optional = {"required": False}
    asked = [
        answers.ask(
            "characteristic",
            "choice",
            _("What is charted"),
            options=options((key, str(one)) for key, one in measured.items()),
        ),
        answers.ask("data", "choice", _("Is it measured or counted?"), options=options(kinds)),
        answers.ask(
            "pieces",
            "whole_number",
            _("How many pieces do you measure at a time?"),
            help=_("1 where there is one value an hour or a day. Counted things: leave it."),
            **optional,
        ),
        answers.ask("varies", "yes_no", _("Does the number measured or inspected vary?"), **optional),
        answers.ask("small", "yes_no", _("Must small lasting shifts show early?"), **optional),
        answers.ask("large", "yes_no", _("Do you inspect thousands at a time?"), **optional),
        answers.ask(
            "method",
            "choice",
            _("Or pick the chart yourself"),
            options=options((key, find(key).title) for key in choosing.KINDS),
            **optional,
        ),
        answers.ask(
            "name",
            "text",
            _("Name of the chart"),
            max=120,
            help=_("The characteristic's name unless you give one."),
            **optional,
        ),
    ]
    if gauges:
        listed = options((key, str(one)) for key, one in gauges.items())
        asked.append(answers.ask("gauge", "choice", _("Measured with"), options=listed, **optional))
    return asked


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def chart_settings(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Change name, gauge, keeper and run rules of a chart."""
    membership = frame.acting(request)
    chart = get_object_or_404(queries.charts_visible_to(membership), public_id=chart_id)
    gauges = {one.public_id: one for one in queries.gauges_visible_to(membership)}
    keepers = {one.public_id: one for one in queries.keepers(membership, case_pages.today_cn())}
    keepers.setdefault(chart.keeper.public_id, chart.keeper)
    answers = Answers(
        request,
        initial={
            "name": chart.name,
            "rules": chart.rules,
            "keeper": chart.keeper.public_id,
            "gauge": chart.gauge.public_id if chart.gauge else "",
            "lam": chart.parameters.get("lam", ""),
            "h": chart.parameters.get("h", ""),
            "k": chart.parameters.get("k", ""),
            "target": chart.parameters.get("target", ""),
            "fir": "true" if chart.parameters.get("fir") else "false",
            "seen": chart.version,
        },
    )
    seen, kind = answers.number("seen"), choosing.KINDS[chart.method]

    def change() -> Any:
        keeper = answers.chosen("keeper", keepers)
        rules = answers.chosen("rules", {key: key for key in RULE_SETS}, required=not kind.remembers)
        if keeper is None:
            return None
        return actions.change_chart(
            chart=chart,
            seen=-1 if seen is None else seen,
            name=answers.text("name", required=True),
            gauge=answers.chosen("gauge", gauges, required=False),
            keeper=keeper,
            parameters={"rules": rules, **_remembered(answers, chart.method)},
            by=membership,
            at=clock.now(),
        )

    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    if answers.attempt(change):
        messages.success(request, _("The change is saved."))
        return redirect(here)
    return frame.form_page(
        request,
        answers,
        _settings(answers, chart, gauges, keepers),
        title=_("How this chart is kept"),
        button=_("Save the change"),
        back=here,
        way=[(_("Control charts"), reverse(LIST)), (chart.name, here)],
        hidden={"seen": seen if answers.sent and seen is not None else chart.version},
    )


def _remembered(answers: Answers, method: str) -> dict[str, Any]:
    """Return the settings of a chart that remembers; nothing for others."""
    if method == "ewma":
        return {"lam": answers.text("lam")}
    if method == "cusum_tabular":
        return {name: answers.text(name) for name in ("h", "k", "target")} | {"fir": answers.yes("fir")}
    return {}


def _settings(
    answers: Answers, chart: Chart, gauges: dict[str, Any], keepers: dict[str, Membership]
) -> list[dict[str, Any]]:
    people = options((key, one.person.names) for key, one in keepers.items())
    asked = [
        answers.ask("name", "text", _("Name of the chart"), max=120),
        answers.ask("keeper", "choice", _("Kept by"), options=people, help=_("Signals wait in this person's inbox.")),
    ]
    if chart.method == "ewma":
        note = _("Above 0 and up to 1; the smaller, the longer the chart remembers. 0.2 is usual.")
        asked.append(answers.ask("lam", "decimal", _("Weight of the newest point"), help=note))
    elif chart.method == "cusum_tabular":
        asked += _of_cusum(answers, chart)
    else:
        asked.append(answers.ask("rules", "choice", _("Run rules"), options=options(RULE_SETS.items())))
    if gauges:
        listed = options((key, str(one)) for key, one in gauges.items())
        asked.append(answers.ask("gauge", "choice", _("Measured with"), options=listed, required=False))
    return asked


def _of_cusum(answers: Answers, chart: Chart) -> list[dict[str, Any]]:
    unit = chart.characteristic.unit
    return [
        answers.ask(
            "target",
            "decimal",
            _("Target, {unit}").format(unit=unit) if unit else _("Target"),
            required=False,
            help=_("Empty: the mean of the points that the limits rest on. Frozen limits keep the target they have."),
        ),
        answers.ask(
            "k",
            "decimal",
            _("Reference value k"),
            help=_("Half the shift to be found, in standard errors; usually 0.5."),
        ),
        answers.ask(
            "h",
            "decimal",
            _("Decision interval h"),
            help=_("A sum beyond h signals; in standard errors. 5 is usual, 4 signals sooner and errs more often."),
        ),
        answers.ask(
            "fir",
            "yes_no",
            _("Fast initial response"),
            required=False,
            help=_("Both sums begin at half of h, so that a process that is off from the start shows at once."),
        ),
    ]


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def chart_closing(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Close a chart that is kept no longer."""
    membership = frame.acting(request)
    chart = get_object_or_404(queries.charts_visible_to(membership), public_id=chart_id)
    answers = Answers(request)
    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    if answers.attempt(
        lambda: actions.close_chart(chart=chart, reason=answers.text("reason"), by=membership, at=clock.now())
    ):
        messages.success(request, _("The chart is closed; it can be read for ever."))
        return redirect(here)
    return frame.form_page(
        request,
        answers,
        [answers.ask("reason", "long_text", _("Why is it kept no longer?"))],
        title=_("Close this chart"),
        lead=_("Nothing is lost; no data can be added any more."),
        button=_("Close the chart"),
        back=here,
        way=[(_("Control charts"), reverse(LIST)), (chart.name, here)],
    )
