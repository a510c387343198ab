"""Control charts as figures: centre line solid, limits dashed with values, zones faint, signals by shape and number.

Specification limits never stand on a chart of means: they speak of single values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import _
from testamur.tqm.figures.figure import Dots, Figure, Level, Mark, Path, Plot, Region, Said, Table, check_size, written
from testamur.tqm.methods import index
from testamur.tqm.spc import rules as run
from testamur.tqm.spc.memory import CusumChart, EwmaChart
from testamur.tqm.spc.model import ControlChart, Panel, Segment
from testamur.tqm.spc.multivariate import MewmaChart, T2Chart

Floats = NDArray[np.float64]

NAMES = {
    "xbar": Said(_("Mean")),
    "r": Said(_("Range")),
    "s": Said(_("Standard deviation")),
    "x": Said(_("Individual value")),
    "mr": Said(_("Moving range")),
    "p": Said(_("Share nonconforming")),
    "np": Said(_("Number nonconforming")),
    "c": Said(_("Nonconformities")),
    "u": Said(_("Nonconformities for each unit")),
    "z": Said(_("Weighted average (EWMA)")),
    "c_pos": Said(_("Upper arm")),
    "c_neg": Said(_("Lower arm")),
}
POINT = Said(_("Point"))
LOWER, UPPER = Said(_("Lower limit")), Said(_("Upper limit"))
COLUMNS = (POINT, Said(_("Value")), LOWER, Said(_("Centre")), UPPER, Said(_("Signals")))
_NUMBERS = {rule.id: rule.number for rule in (*run.NELSON, *run.WECO)}


def control_chart(result: Any) -> Figure:
    """Return the figure of any control chart of this package."""
    if isinstance(result, EwmaChart):
        return _ewma(result)
    if isinstance(result, CusumChart):
        return _cusum(result)
    if isinstance(result, (T2Chart, MewmaChart)):
        return _t2(result)
    charts = [result] if isinstance(result, ControlChart) else [result.p, result.np]
    plots = tuple(plot for chart in charts for plot in panels(chart))
    found = sum(len(places) for chart in charts for panel in chart.panels for places in panel.signals.values())
    return _figure(result, plots, found)


def stability_figure(result: Any) -> Figure:
    """Return the figure of a stability study: its control chart."""
    return control_chart(result.chart)


def panels(chart: ControlChart, only: slice = slice(None)) -> list[Plot]:
    """Return the plots of a Shewhart chart."""
    check_size(len(chart.panels[0].points))
    return [
        panel_plot(panel, chart.segments, chart.excluded, zones=i == 0)
        for i, panel in list(enumerate(chart.panels))[only]
    ]


def panel_plot(
    panel: Panel, segments: Sequence[Segment] = (), excluded: Sequence[int] = (), *, zones: bool = True
) -> Plot:
    """Return one panel with its lines, stages, phases and signals."""
    count = panel.points.size
    x = np.arange(1, count + 1, dtype=np.float64)
    marks: list[Mark] = []
    for before, segment in zip([None, *segments], segments, strict=False):
        if segment.phase == "II":
            marks.append(Region(segment.start + 0.5, segment.stop + 0.5, Said(_("Phase II"))))
        if before is not None and segment.phase == "I":
            marks.append(Level(segment.start + 0.5, "stage", segment.label, upright=True))
    marks += _limits(panel, x, zones)
    marks.append(Path(x, panel.points, "data"))
    marks += dots(x, panel.points, panel.signals, excluded)
    name = NAMES.get(panel.id, Said("{id}", {"id": panel.id}))
    return Plot(name, tuple(marks), POINT, name, x_range=(0.5, count + 0.5), tables=(_table(name, panel),))


def _limits(panel: Panel, x: Floats, zones: bool) -> list[Mark]:
    """Return centre line, limits and zones: levels where they are constant, steps where they are not."""
    lines = {"UCL": (panel.ucl, "limit"), "CL": (panel.center, "center"), "LCL": (panel.lcl, "limit")}
    marks: list[Mark] = []
    if zones:
        with np.errstate(invalid="ignore"):
            for distance in (-2, -1, 1, 2):
                marks.append(_line(panel.center + distance * np.asarray(panel.sd), x, "zone", ""))
    for name, (value, role) in lines.items():
        marks.append(_line(value, x, role, name))
    return [mark for mark in marks if not (isinstance(mark, Level) and not math.isfinite(mark.at))]


def _line(value: Any, x: Floats, role: str, name: str) -> Mark:
    array = np.asarray(value, dtype=np.float64)
    if array.ndim == 0 or bool((array == array[0]).all()):
        at = float(array if array.ndim == 0 else array[0])
        return Level(at, role, f"{name} {written(at, 6)}" if name else "")
    return Path(x, np.broadcast_to(array, x.shape).astype(np.float64), role, steps=True, name=name)


def dots(x: Floats, y: Floats, signals: Mapping[str, Any], excluded: Sequence[int] = ()) -> list[Mark]:
    """Return the points: plain ones round, signals square with their rules' numbers, excluded ones hollow."""
    fired: dict[int, list[str]] = {}
    for rule, places in signals.items():
        for place in places.tolist():
            fired.setdefault(place, []).append(_number(rule))
    usual = np.ones(x.size, bool)
    usual[list(fired)] = False
    usual[list(excluded)] = False
    marks: list[Mark] = [Dots(x[usual], y[usual])]
    if fired:
        places = np.array(sorted(fired))
        texts = tuple(",".join(dict.fromkeys(fired[place])) for place in places.tolist())
        marks.append(Dots(x[places], y[places], "signal", "square", texts=texts))
    if len(excluded):
        places = np.array(sorted(excluded))
        marks.append(Dots(x[places], y[places], "data", "circle", hollow=True))
    return marks


def _number(rule: str) -> str:
    return _NUMBERS.get(rule, "1" if rule == "beyond_limits" else rule)


def _table(name: Said, panel: Panel) -> Table:
    fired: dict[int, list[str]] = {}
    for rule, places in panel.signals.items():
        for place in places.tolist():
            fired.setdefault(place, []).append(_number(rule))
    columns = panel.numbers
    rows = zip(*(columns[key].tolist() for key in ("point", "lcl", "center", "ucl")), strict=True)
    return Table(
        name,
        COLUMNS,
        tuple((place + 1, *row, ", ".join(dict.fromkeys(fired.get(place, ())))) for place, row in enumerate(rows)),
    )


def _figure(result: Any, plots: tuple[Plot, ...], signals: int) -> Figure:
    title = _title(result)
    facts = {"title": title, "count": signals, "estimator": result.estimator}
    summary = (
        Said(_("{title}: {count} signals. Sigma by {estimator}."), facts)
        if signals
        else Said(_("{title}: no signal. Sigma by {estimator}."), facts)
    )
    return Figure(title, summary, plots, warnings=result.warnings)


def _title(result: Any) -> Said:
    # Titles of methods have both languages already; the figure keeps both, and the renderer's facts choose.
    from testamur.tqm.figures.titles import title_of

    return title_of(index()[result.provenance.method].title)


def _ewma(chart: EwmaChart) -> Figure:
    check_size(chart.z.size)
    x = np.arange(1, chart.z.size + 1, dtype=np.float64)
    name = Said(_("Weighted average (EWMA)"))
    panel = Panel("z", chart.z, chart.center, chart.lcl, chart.ucl, math.nan, {"nelson_1": chart.signals})
    segments = _phases(chart.first, chart.z.size, chart.phase)
    plot = panel_plot(panel, segments, zones=False)
    marks = (*plot.marks, Dots(x, chart.points, "b", "diamond", hollow=True))
    table = Table(
        name,
        (*COLUMNS, Said(_("Plotted mean or value"))),
        tuple((*row, value) for row, value in zip(plot.tables[0].rows, chart.points.tolist(), strict=True)),
    )
    drawn = Plot(name, marks, POINT, name, x_range=plot.x_range, tables=(table,))
    return _figure(chart, (drawn,), len(chart.signals))


def _cusum(chart: CusumChart) -> Figure:
    check_size(chart.c_pos.size)
    x = np.arange(1, chart.c_pos.size + 1, dtype=np.float64)
    name = Said(_("Cumulative sum, standard errors"))
    high, low = {"nelson_1": chart.signal_high}, {"nelson_1": chart.signal_low}
    marks: list[Mark] = [
        Region(segment.start + 0.5, segment.stop + 0.5, Said(_("Phase II")))
        for segment in _phases(chart.first, x.size, chart.phase)
        if segment.phase == "II"
    ]
    marks += [
        Level(chart.h, "limit", f"+h {written(chart.h)}"),
        Level(0.0, "center", "0"),
        Level(-chart.h, "limit", f"−h {written(chart.h)}"),
        Path(x, chart.c_pos, "data"),
        Path(x, chart.c_neg, "data"),
        *dots(x, chart.c_pos, high),
        *dots(x, chart.c_neg, low),
    ]
    if chart.shift_high >= 0:
        marks.append(Level(chart.shift_high + 1, "stage", "↑", upright=True))
    if chart.shift_low >= 0:
        marks.append(Level(chart.shift_low + 1, "stage", "↓", upright=True))
    columns = (POINT, Said(_("Plotted mean or value")), Said(_("Upper arm")), Said(_("Lower arm")))
    numbers = zip(chart.points.tolist(), chart.c_pos.tolist(), chart.c_neg.tolist(), strict=True)
    table = Table(name, columns, tuple((place, *row) for place, row in enumerate(numbers, 1)))
    plot = Plot(name, tuple(marks), POINT, name, x_range=(0.5, x.size + 0.5), tables=(table,))
    return _figure(chart, (plot,), len(chart.signal_high) + len(chart.signal_low))


def _t2(chart: T2Chart | MewmaChart) -> Figure:
    check_size(chart.t2.size)
    panel = Panel("T²", chart.t2, math.nan, math.nan, chart.ucl, math.nan, {"nelson_1": chart.beyond})
    plot = panel_plot(panel, zones=False)
    tables = list(plot.tables)
    if isinstance(chart, T2Chart) and chart.terms:
        columns = (POINT, Said(_("Characteristic")), Said(_("Alone")), Said(_("Given all others")))
        rows = tuple((term.point + 1, term.variable + 1, term.alone, term.given_others) for term in chart.terms)
        tables.append(Table(Said(_("What each characteristic contributes to a signal")), columns, rows))
    drawn = Plot(plot.title, plot.marks, plot.x_label, plot.y_label, x_range=plot.x_range, tables=tuple(tables))
    return _figure(chart, (drawn,), len(chart.beyond))


def _phases(first: int, total: int, phase: str) -> list[Segment]:
    if phase == "II":
        return [Segment(0, total, "II", {})]
    return [Segment(0, first, "I", {})] + ([Segment(first, total, "II", {})] if total > first else [])
