"""Charts and studies on paper."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.files.reports import Report, Section, Table, to_pdf
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence
from testamur.studies import charting, exhibits, gauging
from testamur.studies.models import Remark
from testamur.tqm.methods import find
from testamur.wording.results import figure_or_none
from testamur.wording.templatetags.say import day, language, shown, words
from testamur.workspace.workshop.studies import chart as chart_page
from testamur.workspace.workshop.studies import frame
from testamur.workspace.workshop.studies import studies as study_page
from testamur.workspace.workshop.studies.words import (
    CAUSES,
    RULE_SETS,
    method_title,
    parameter_words,
    rules_short,
    state,
)

#: Points that a chart's report lists; the whole table is taken as a file.
LISTED = 400


@require_safe
@acting.requires(Function.QUALITY)
def chart_report(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Return a chart on paper: state, drawing, limits, signals with their causes, points."""
    membership = frame.acting(request)
    one = chart_page.visible(membership, chart_id)
    drawn = charting.draw(one)
    if drawn.result is None:
        messages.error(request, _("The chart has no points yet."))
        return redirect("workspace:workshop-chart", one.public_id)
    figure, svg = chart_page.drawing(drawn)
    facts = [
        (_("State"), state(drawn)["text"]),
        (_("Characteristic"), str(one.characteristic)),
        (_("Chart"), words(method_title(one.method))),
        (_("Gauge"), str(one.gauge or "–")),
        (_("Kept by"), words(one.keeper.person.names)),
        (_("Run rules"), str(RULE_SETS.get(one.rules, one.rules))),
        *((fact.get("whole", fact["label"]), fact["value"]) for fact in chart_page.limit_facts(drawn)),
    ]
    sets = [
        [
            str(row.version),
            f"{row.first}–{row.last}",
            row.reason,
            words(row.by.person.names) if row.by else "",
            day(row.effective_at),
        ]
        for row in one.limit_sets.select_related("by__person")
    ]
    remarks = chart_page.remarks_of(one)
    told = sorted({*drawn.signals, *drawn.excluded, *remarks})
    signals = [
        [
            str(number),
            rules_short(drawn.signals.get(number, [])),
            drawn.excluded.get(number, ""),
            f"{CAUSES[Remark.Cause(remarks[number].cause)]}: {remarks[number].text}" if number in remarks else "",
        ]
        for number in told[:LISTED]
    ]
    panels = chart_page.panel_names(drawn)
    first = max(0, len(drawn.rows) - LISTED)
    points = [
        [
            str(number),
            drawn.phase(number),
            "  ".join(values),
            *(chart_page.point_value(drawn, panel, number) for panel in drawn.result.panels),
        ]
        for number, values, _size in drawn.rows[first:]
    ]
    sections = [
        Section(
            _("Chart"),
            [warning.sentence(_, shown) for warning in drawn.result.warnings],
            figure=svg,
            caption=figure.summary.text(_),
        ),
        Section(
            _("Limits, every version"),
            [] if sets else [_("No limits are frozen yet")],
            Table([_("Version"), _("Baseline"), _("Why"), _("Who"), _("When")], sets) if sets else None,
        ),
        Section(
            _("Signals, causes, points left out"),
            [] if signals else [_("None.")],
            Table([_("No."), _("Rule"), _("Left out"), _("Cause, comment")], signals) if signals else None,
        ),
        Section(
            _("Points"),
            [_("The last {count}; the file has them all.").format(count=LISTED)] if first else [],
            Table([_("No."), _("Phase"), _("Values"), *panels], points),
        ),
    ]
    title = one.name
    return _pdf(request, Report(title, facts, sections, _footer(membership)), f"chart-{one.public_id}")


@require_safe
@acting.requires(Function.QUALITY)
def study_report(request: HttpRequest, study_id: str) -> HttpResponse:
    """Return a study on paper: first figures, drawing, warnings, every number, evidence."""
    from testamur.tqm.figures.svg import to_svg

    membership = frame.acting(request)
    one = study_page.visible(membership, study_id)
    try:
        result = find(one.method).run(one.data, one.parameters)
    except Refused as refused:
        messages.error(request, sentence(refused))
        return redirect("workspace:workshop-study", one.public_id)
    figure = figure_or_none(result)
    svg = to_svg(figure, _, table=False, language=language()) if figure is not None else ""
    document = exhibits.document_of(one)
    told = [
        (words(fact["label"]), fact["value"])
        for fact in exhibits.facts_of(document)
        if fact["label"]["en"] != "Caution"  # these stand among the warnings
    ]
    cautions = [f"{words(caution.said)} ({caution.source})" for caution in gauging.cautions(document)]
    facts = [
        *told,
        (_("Method"), words(method_title(one.method))),
        (_("Source"), find(one.method).document),
        (_("Characteristic"), str(one.characteristic or "–")),
        (_("Gauge"), str(one.gauge or "–")),
        (_("Made"), day(one.effective_at)),
        (_("Made by"), words(one.by.person.names) if one.by else ""),
    ]
    numbers = [[name, text] for name, text in study_page.figures_of(one)]
    settings = [[words(name), text] for name, text in parameter_words(one.method, one.parameters)]
    digest = str(one.evidence.get("inputs_sha256", ""))
    warnings = [*cautions, *(warning.sentence(_, shown) for warning in result.warnings)]
    # Six panels fill a page: what is short stands before them, not behind an empty half.
    sections = [
        Section(_("Warnings"), warnings or [_("None.")]),
        Section(_("How it was computed"), [], Table([_("Name"), _("Value")], settings) if settings else None),
        Section(
            _("Evidence"),
            [_("Digest of the data (SHA-256)") + ": " + digest, f"Testamur {one.evidence.get('version', '')}"],
        ),
        *([Section(_("Result"), figure=svg, on_new_page=True)] if svg else []),
        Section(_("Every number of the answer"), [], Table([_("Name"), _("Value")], numbers), on_new_page=bool(svg)),
    ]
    report = Report(one.title, facts, sections, _footer(membership))
    return _pdf(request, report, f"study-{one.public_id}")


def _footer(membership: Membership) -> str:
    return f"{words(membership.organisation.names)} · {day(clock.now())}"


def _pdf(request: HttpRequest, report: Report, name: str) -> HttpResponse:
    try:
        content = to_pdf(report)
    except Refused as refused:
        messages.error(request, sentence(refused))
        return redirect(request.path.removesuffix("report.pdf"))
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
