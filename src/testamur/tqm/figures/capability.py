"""The capability sixpack: both charts, the last subgroups, histogram with limits, probability plot, indices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from testamur.kernel.refusal import _
from testamur.tqm.capability.fit import distribution
from testamur.tqm.capability.intervals import Interval
from testamur.tqm.capability.normal import Capability, Specification
from testamur.tqm.figures.charts import POINT, panels
from testamur.tqm.figures.figure import (
    Bars,
    Dots,
    Figure,
    Level,
    Lines,
    Mark,
    Path,
    Plot,
    Said,
    Table,
    Text,
    check_size,
    written,
)
from testamur.tqm.figures.titles import title_of
from testamur.tqm.methods import index

Floats = NDArray[np.float64]
VALUE = Said(_("Value"))
#: How many of the latest subgroups the third plot shows.
LATEST = 25


def capability_figure(result: Any) -> Figure:
    """Return the sixpack of a normal capability, or histogram and probability plot of a fitted distribution."""
    title = title_of(index()[result.provenance.method].title)
    check_size(result.values.size)
    smallest = _smallest(result)
    facts = {"title": title, "name": smallest[0], "bound": written(smallest[1].lower_bound, 4), "n": result.n}
    facts["value"] = written(smallest[1].value, 4)
    summary = Said(
        _("{title}: {name} is at least {bound} (one-sided bound), estimate {value}, from {n} values."), facts
    )
    if isinstance(result, Capability) and result.chart is not None:
        charts = panels(result.chart)
        plots = (charts[0], histogram(result), charts[1], probability(result), _latest(result), _indices(result))
        return Figure(title, summary, plots, columns=2, warnings=result.warnings)
    return Figure(title, summary, (histogram(result), probability(result), _indices(result)), warnings=result.warnings)


def _smallest(result: Any) -> tuple[str, Interval]:
    indices = result.overall if isinstance(result, Capability) else result.indices
    return ("Ppk", indices["Ppk"]) if indices else ("Ppk", Interval(None, None, math.nan, None))


def histogram(result: Any) -> Plot:
    """Return the histogram with specification limits, target and the curves of within and overall variation."""
    x = np.asarray(result.values)
    specification: Specification = result.specification
    edges = bins(x)
    counts = np.histogram(x, edges)[0].astype(np.float64)
    marks: list[Mark] = [Bars(edges[:-1], edges[1:], np.zeros(counts.size), counts)]
    low, high = float(edges[0]), float(edges[-1])
    for limit in (specification.lsl, specification.usl):
        if limit is not None:
            low, high = min(low, limit), max(high, limit)
    margin = (high - low) * 0.05
    grid = np.linspace(low - margin, high + margin, 161)
    scale = x.size * float(edges[1] - edges[0])
    for density, role, name in _curves(result):
        marks.append(Path(grid, np.asarray(density(grid)) * scale, role, name=name))
    for limit, letters, role in (
        (specification.lsl, "LSL", "spec"),
        (specification.target, "T", "target"),
        (specification.usl, "USL", "spec"),
    ):
        if limit is not None:
            marks.append(Level(limit, role, f"{letters} {written(limit)}", upright=True))
    rows = tuple((float(a), float(b), int(c)) for a, b, c in zip(edges[:-1], edges[1:], counts, strict=True))
    title = Said(_("Histogram"))
    table = Table(title, (Said(_("from")), Said(_("to")), Said(_("Count"))), rows)
    return Plot(title, tuple(marks), VALUE, Said(_("Count")), x_range=(low - margin, high + margin), tables=(table,))


def bins(x: Floats) -> Floats:
    """Return the edges of bins of one width: Freedman and Diaconis, from 5 to 60 bins."""
    low, high = float(x.min()), float(x.max())
    if low == high:
        step = abs(low) * 1e-3 or 0.5
        return np.array([low - step, low + step])
    quartiles = np.quantile(x, [0.25, 0.75])
    width = 2 * float(quartiles[1] - quartiles[0]) / x.size ** (1 / 3)
    count = min(60, max(5, math.ceil((high - low) / width) if width > 0 else 5))
    return np.linspace(low, high, count + 1)


def _curves(result: Any) -> list[tuple[Any, str, Text]]:
    if isinstance(result, Capability):
        found: list[tuple[Any, str, Text]] = []
        names = (Said(_("within")), Said(_("overall")))
        for sigma, role, name in zip((result.sigma_within, result.sigma_overall), ("fit", "fit2"), names, strict=True):
            if sigma > 0:
                found.append((_normal(result.mean, sigma), role, name))
        return found
    law = distribution(result.distribution)
    fitted = {name: np.float64(value) for name, value in result.fitted.items()}

    def density(grid: Floats) -> Floats:
        step = (grid[1] - grid[0]) / 50
        return np.asarray((law.cdf(grid + step, fitted) - law.cdf(grid - step, fitted)) / (2 * step))

    return [(density, "fit", result.distribution)]


def _normal(mean: float, sigma: float) -> Any:
    return lambda grid: np.exp(-(((grid - mean) / sigma) ** 2) / 2) / (sigma * math.sqrt(2 * math.pi))


def probability(result: Any) -> Plot:
    """Return the probability plot: ordered values against quantiles of the fitted distribution, and its line."""
    x = np.sort(np.asarray(result.values))
    share = (np.arange(1, x.size + 1) - 0.375) / (x.size + 0.25)
    if isinstance(result, Capability):
        title = Said(_("Normal probability plot"))
        y = ndtri(share)
        line = Path(
            np.array([x[0], x[-1]]), (np.array([x[0], x[-1]]) - result.mean) / (result.sigma_overall or 1), "fit"
        )
        label: Text = Said(_("Standard normal quantile"))
    else:
        title = Said(_("Probability plot, {distribution}"), {"distribution": result.distribution})
        law = distribution(result.distribution)
        fitted = {name: np.float64(value) for name, value in result.fitted.items()}
        y = np.asarray(law.ppf(share, fitted))
        line = Path(np.array([x[0], x[-1]]), np.array([x[0], x[-1]]), "fit")
        label = Said(_("Quantile of the distribution"))
    table = Table(title, (VALUE, label), tuple(zip(x.tolist(), y.tolist(), strict=True)))
    return Plot(title, (line, Dots(x, y)), VALUE, label, tables=(table,))


def _latest(result: Capability) -> Plot:
    chart: Any = result.chart
    count = len(chart.panels[0].points)
    groups = result.provenance.data.get("subgroups")
    first = max(0, count - LATEST)
    title = Said(_("The latest {count} points"), {"count": count - first})
    xs: list[float] = []
    ys: list[float] = []
    values = np.asarray(result.values)
    if groups is None:
        xs, ys = [float(place + 1) for place in range(first, count)], values[first:].tolist()
    else:
        place = 0
        for number, group in enumerate(groups):
            size = len(group)
            if number >= first:
                xs += [float(number + 1)] * size
                ys += values[place : place + size].tolist()
            place += size
    table = Table(title, (POINT, VALUE), tuple((int(x), y) for x, y in zip(xs, ys, strict=True)))
    marks = (Level(result.mean, "center", written(result.mean)), Dots(np.array(xs), np.array(ys)))
    return Plot(title, marks, POINT, VALUE, tables=(table,))


def _indices(result: Any) -> Plot:
    """Return the indices as text: lower bound, then estimate and interval."""
    rows: list[tuple[Text, Text]] = []
    parts = [result.overall, result.within] if isinstance(result, Capability) else [result.indices]
    table_rows = []
    for part in parts:
        for name, interval in part.items():
            bound, value = written(interval.lower_bound, 4), written(interval.value, 4)
            facts = {
                "bound": bound,
                "value": value,
                "lower": written(interval.lower, 4),
                "upper": written(interval.upper, 4),
            }
            rows.append((name, Said("≥ {bound}   ({value}; {lower} … {upper})", facts)))
            table_rows.append((name, interval.lower_bound, interval.value, interval.lower, interval.upper))
    rows.append(("n", str(result.n)))
    if isinstance(result, Capability):
        status = {"ok": Said(_("stable")), "void": Said(_("void: not stable")), "no_variation": Said(_("no variation"))}
        rows.append((Said(_("Status")), status[result.status]))
        rows.append(
            (Said(_("Expected, parts per million")), written(result.ppm.get("expected_overall", {}).get("total"), 4))
        )
        rows.append(("s", written(result.sigma_overall)))
    else:
        rows.append((Said(_("Expected, parts per million")), written(result.ppm_out, 4)))
    title = Said(_("Indices, lower bound first"))
    columns: tuple[Text, ...] = (
        Said(_("Index")), Said(_("One-sided lower bound")), Said(_("Estimate")), Said(_("Lower")), Said(_("Upper")),
    )  # fmt: skip
    return Plot(title, (Lines(tuple(rows)),), tables=(Table(title, columns, tuple(table_rows)),))
