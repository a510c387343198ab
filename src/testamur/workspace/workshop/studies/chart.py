"""The page of a control chart: what to do next, the drawing, its points, its limits; and the same as files."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.files import tables
from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.studies import charting, evidence, policies, queries
from testamur.studies.choosing import KINDS
from testamur.studies.models import Chart, Remark
from testamur.wording.templatetags.say import day, language, shown, words
from testamur.workspace import case_pages
from testamur.workspace.workshop.studies import decimals, frame
from testamur.workspace.workshop.studies.words import CAUSES, method_title, rules_short, runs, sentence, state

#: Points of one page of the table, newest first.
PAGE = 25
#: Points from which limits are usually frozen (ISO 7870-2 speaks of 20 to 25 subgroups).
USUAL = 20
#: More points than this are not told one by one to the script beside the drawing; the table has them.
TOLD = 1000


@require_safe
@acting.requires(Function.QUALITY)
def chart(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Show a control chart; ``?format=`` hands out its points, ``svg`` the drawing."""
    membership = frame.acting(request)
    one = get_object_or_404(queries.charts_visible_to(membership), public_id=chart_id)
    drawn = charting.draw(one)
    kind = request.GET.get("format", "")
    if kind:
        return _file(kind, drawn)
    here = reverse("workspace:workshop-chart", args=[one.public_id])
    may = refusal_of(policies.check_may_keep, membership, one, clock.now()) is None
    remarks = remarks_of(one)
    listed = _listed(drawn, request.GET.get("show", ""), remarks)
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "head": _head(drawn),
        "crumbs": frame.crumbs((_("Control charts"), reverse("workspace:workshop-charts")), (one.name, "")),
        "next": _next(drawn, may, here),
        "tools": _tools(drawn, here) if may else [],
        "here": here,
        "chips": _chips(drawn, request.GET.get("show", "")),
        "page": page,
        "table": _table(page, drawn, remarks, one),
        "limits": limit_facts(drawn),
        "stages": one.stages.filter(ended_at=None),
        "capability": _capability(drawn, here),
        "untold": [{"point": first, "why": sentence(why)} for first, why in drawn.untold.items()],
        "title": words(method_title(one.method)),
        "count": len(drawn.rows),
    }
    if drawn.result is not None:
        figure, svg = drawing(drawn)
        context |= {
            "drawing": mark_safe(svg),  # written by us; texts of others are escaped there
            "summary": figure.summary.text(_),
            "warnings": [warning.sentence(_, shown) for warning in drawn.result.warnings],
            "estimator": drawn.result.estimator,
            "told": _told(drawn, remarks) if len(drawn.rows) <= TOLD else None,
            "geometry": geometry(figure),
        }
    return render(request, "workshop/studies/chart.html", context)


def drawing(drawn: charting.Drawn) -> tuple[Any, str]:
    """Return the figure of a chart and its SVG in the reader's language; the unit stands at the axis."""
    from testamur.tqm.figures.charts import control_chart
    from testamur.tqm.figures.figure import Said
    from testamur.tqm.figures.svg import to_svg

    figure = control_chart(drawn.result)
    unit = drawn.chart.characteristic.unit if KINDS[drawn.chart.method].measured else ""
    if drawn.chart.method == "cusum_tabular":
        unit = _("standard errors")
    ids = [panel.id for panel in drawn.result.panels] if drawn.result else []
    plots = [
        replace(
            decimals.on_drawing(drawn, panel, plot),
            y_label=Said("{name}, {unit}", {"name": plot.y_label, "unit": unit}) if unit else plot.y_label,
        )
        for panel, plot in zip(ids, figure.plots, strict=True)
    ]
    named = replace(figure, title=Said("{name}", {"name": drawn.chart.name}), plots=tuple(plots), warnings=())
    return figure, to_svg(named, _, table=False, language=language())


def geometry(figure: Any) -> dict[str, int]:
    """Return where the points lie in the drawing, for the script that reads them to those who point at them."""
    from testamur.tqm.figures import svg

    ends = any(svg.has_end(mark) for mark in figure.plots[0].marks)
    return {"width": svg.WIDTH, "left": svg.LEFT, "right": svg.WIDTH - (svg.RIGHT if ends else 24)}


def remarks_of(chart: Chart) -> dict[int, Remark]:
    """Return the last comment of each point that has one, by its number."""
    rows = Remark.objects.filter(subgroup__chart=chart).select_related("subgroup", "by__person")
    return {one.subgroup.number: one for one in rows}


def _head(drawn: charting.Drawn) -> dict[str, Any]:
    one = drawn.chart
    facts: list[Any] = [method_title(one.method), str(one.characteristic)]
    if one.gauge:
        facts.append({"text": str(one.gauge), "href": reverse("workspace:workshop-gauge", args=[one.gauge.public_id])})
    limits = drawn.limits
    if limits is not None:
        text = _("limits version {version}, frozen {day}: “{reason}”")
        facts.append(text.format(version=limits.version, day=day(limits.effective_at), reason=limits.reason))
    here = reverse("workspace:workshop-chart", args=[one.public_id])
    actions = [
        {
            "label": _("How it is kept"),
            "href": reverse("workspace:workshop-chart-settings", args=[one.public_id]),
            "icon": "settings",
        }
    ]
    if drawn.rows:
        actions.append({"label": _("Report (PDF)"), "href": f"{here}report.pdf", "icon": "file-download"})
    return {
        "title": one.name,
        "pills": [state(drawn)],
        "facts": facts,
        "actions": actions if one.closed_at is None else actions[1:],
    }


def _next(drawn: charting.Drawn, may: bool, here: str) -> dict[str, Any] | None:
    one = drawn.chart
    if one.closed_at is not None or not may:
        return None
    who = one.keeper.person.names
    data = {"label": _("Add measurements"), "href": f"{here}data/"}
    if not drawn.rows:
        return {"step": _("Give the chart its first measurements"), "who": who, "actions": [data | {"main": True}]}
    if one.signals:
        first, due = one.signals[0], queries.comment_due(one)
        step = _("Say what was different at: {points}").format(points=runs(one.signals))
        comment = {
            "label": _("Comment point {number}").format(number=first),
            "href": f"{here}points/{first}/",
            "main": True,
        }
        return {
            "step": step,
            "who": who,
            "by": due,
            "tone": "bad" if due is not None and due < case_pages.today_cn() else "warn",
            "actions": [data, comment],
            "source": "iso-7870-1@2019",
        }
    if drawn.limits is None and len(drawn.rows) - drawn.stretches[-1].start >= USUAL:
        freeze = {"label": _("Freeze limits"), "href": f"{here}limits/", "main": True}
        return {
            "step": _("Enough points: freeze the limits, so that they judge what comes"),
            "who": who,
            "actions": [data, freeze],
        }
    return {
        "step": _("Add the next measurements when they are taken"),
        "who": who,
        "tone": "wait",
        "actions": [data | {"main": True}],
    }


def _tools(drawn: charting.Drawn, here: str) -> list[dict[str, str]]:
    if not drawn.rows:
        return []
    tools = [
        {"label": _("Freeze limits"), "href": f"{here}limits/", "icon": "snowflake"},
        {"label": _("Split stage"), "href": f"{here}stages/", "icon": "separator-vertical"},
    ]
    if len(drawn.stretches) > 1:
        tools.append({"label": _("Compare before and after"), "href": f"{here}comparison/", "icon": "arrows-diff"})
    return tools


def _listed(drawn: charting.Drawn, show: str, remarks: dict[int, Remark]) -> list[int]:
    numbers = range(len(drawn.rows), 0, -1)
    if show == "signals":
        return [number for number in numbers if number in drawn.signals]
    if show == "comments":
        return [number for number in numbers if number in remarks or number in drawn.excluded]
    return list(numbers)


def _chips(drawn: charting.Drawn, show: str) -> list[dict[str, Any]]:
    rows = [
        ("", _("All points"), len(drawn.rows)),
        ("signals", _("Signals"), len(drawn.signals)),
        ("comments", _("With a comment"), None),
    ]
    return [
        {"label": label, "href": f"?show={key}#points" if key else "?#points", "count": count, "current": show == key}
        for key, label, count in rows
    ]


def _table(page: Any, drawn: charting.Drawn, remarks: dict[int, Remark], one: Chart) -> dict[str, Any]:
    panels = drawn.result.panels if drawn.result else ()
    rows = []
    for number in page:
        remark, rules = remarks.get(number), drawn.signals.get(number, [])
        said: Any = ""
        if remark is not None:
            said = f"{CAUSES[Remark.Cause(remark.cause)]}: {remark.text}"
        elif rules and number not in drawn.excluded:
            said = {"text": _("Comment"), "href": reverse("workspace:workshop-point", args=[one.public_id, number])}
        if number in drawn.excluded:
            left = _("left out: {reason}").format(reason=drawn.excluded[number])
            said = f"{left} · {said}" if isinstance(said, str) and said else left
        signal = _("rule {rules}").format(rules=rules_short(rules)) if rules else ""
        values = [point_value(drawn, panel, number) for panel in panels]
        href = reverse("workspace:workshop-point", args=[one.public_id, number])
        rows.append({"href": href, "cells": [str(number), drawn.phase(number), *values, signal, said]})
    names = [{"label": name, "numeric": True} for name in panel_names(drawn)]
    return {
        "caption": _("Points, the newest first"),
        "columns": [
            {"label": _("No.")},
            {"label": _("Phase")},
            *names,
            {"label": _("Signal")},
            {"label": _("Cause, comment")},
        ],
        "rows": rows,
    }


def panel_names(drawn: charting.Drawn) -> list[str]:
    """Return what the panels plot, in the reader's language."""
    from testamur.tqm.figures.charts import NAMES

    return [NAMES[panel.id].text(_) for panel in (drawn.result.panels if drawn.result else ())]


def point_value(drawn: charting.Drawn, panel: Any, number: int) -> str:
    """Return what a panel plots at a point."""
    return decimals.say(float(panel.points[number - 1]), decimals.of_points(drawn, panel.id))


def limit_facts(drawn: charting.Drawn) -> list[dict[str, Any]]:
    """Return the limits in force as labels and values."""
    if drawn.result is None or drawn.stretches[-1].start + 1 in drawn.untold:
        return []
    facts = []
    for panel, name in zip(drawn.result.panels, panel_names(drawn), strict=True):
        low, center, high = (float(panel.numbers[key][-1]) for key in ("lcl", "center", "ucl"))
        text = " / ".join(decimals.say(one, decimals.of_lines(drawn, panel.id)) for one in (low, center, high))
        whole = _("{name}: lower limit / centre / upper limit").format(name=name)
        facts.append({"label": name, "whole": whole, "value": text, "mono": True})
    sigma = drawn.result.parameters.get("sigma")
    if sigma is not None:
        spread = decimals.say(float(sigma), drawn.resolution + 2)
        facts.append({"label": _("Sigma"), "value": f"{spread}  ({drawn.result.estimator})", "mono": True})
    return facts


def _capability(drawn: charting.Drawn, here: str) -> dict[str, Any] | None:
    one = drawn.chart
    has_limits = one.characteristic.lower is not None or one.characteristic.upper is not None
    if not KINDS[one.method].measured or not has_limits or not drawn.rows:
        return None
    href = reverse("workspace:workshop-study-method", args=["capability_normal"]) + f"?chart={one.public_id}"
    return {"href": href, "refused": refusal_of(evidence.check_stable, one, "capability_normal", drawn)}


def _told(drawn: charting.Drawn, remarks: dict[int, Remark]) -> list[dict[str, str]]:
    """Return a sentence for each point, read to whoever points at it."""
    names = panel_names(drawn)
    panels = drawn.result.panels if drawn.result else ()
    found = []
    for number, _values, _size in drawn.rows:
        parts = [f"{name} {point_value(drawn, panel, number)}" for name, panel in zip(names, panels, strict=True)]
        if number in drawn.signals:
            parts.append(_("rule {rules}").format(rules=rules_short(drawn.signals[number])))
        if number in drawn.excluded:
            parts.append(_("left out"))
        if number in remarks:
            parts.append(remarks[number].text)
        found.append({"text": _("Point {number}").format(number=number) + ": " + "; ".join(parts)})
    return found


def _file(kind: str, drawn: charting.Drawn) -> HttpResponse:
    name = f"chart-{drawn.chart.public_id}"
    if kind == "svg" and drawn.result is not None:
        response = HttpResponse(drawing(drawn)[1], content_type="image/svg+xml; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}.svg"'
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response
    if kind not in tables.WRITERS:
        raise Http404
    columns, rows = point_rows(drawn)
    limits = drawn.limits
    facts = {
        "chart": drawn.chart.public_id,
        "method": drawn.chart.method,
        "limits": None if limits is None else limits.frozen,
        "excluded": {str(number): why for number, why in drawn.excluded.items()},
    }
    return tables.as_file(kind, columns, rows, name=name, facts=facts)


def point_rows(drawn: charting.Drawn) -> tuple[list[str], list[list[Any]]]:
    """Return every point with its lines, signals and comment: keys of the columns, and the rows."""
    panels = drawn.result.panels if drawn.result else ()
    remarks = remarks_of(drawn.chart)
    columns = ["point", "phase", "values", "size"]
    columns += [f"{panel.id}_{key}" for panel in panels for key in ("point", "lcl", "center", "ucl")]
    lines = [column.tolist() for panel in panels for column in panel.numbers.values()]
    rows = []
    for place, (number, values, size) in enumerate(drawn.rows):
        remark = remarks.get(number)
        row: list[Any] = [number, drawn.phase(number), " ".join(values), size]
        row += [None if line[place] != line[place] else line[place] for line in lines]
        row += [" ".join(drawn.signals.get(number, [])), drawn.excluded.get(number, ""), remark.text if remark else ""]
        rows.append(row)
    return [*columns, "signals", "excluded", "comment"], rows


def visible(membership: Membership, chart_id: str) -> Chart:
    """Return one's organisation's chart, or 404."""
    return get_object_or_404(queries.charts_visible_to(membership), public_id=chart_id)
