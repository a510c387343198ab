"""The Pareto chart: bars in falling order and the cumulative line, both in percent."""

from __future__ import annotations

import numpy as np

from testamur.kernel.refusal import _
from testamur.tqm.figures.figure import Bars, Dots, Figure, Level, Path, Plot, Said, Table, check_size, written
from testamur.tqm.figures.titles import title_of
from testamur.tqm.improve.pareto_chart import Pareto
from testamur.tqm.methods import index


def pareto_figure(result: Pareto) -> Figure:
    """Return the chart of a Pareto analysis; the vital few stand out."""
    count = len(result.order)
    check_size(count)
    title = title_of(index()[result.provenance.method].title)
    at = np.arange(1, count + 1, dtype=np.float64)
    few = at <= result.vital_few_80
    share = 100 * float(result.provenance.parameters["share"])
    marks = tuple(
        Bars(at[some] - 0.42, at[some] + 0.42, np.zeros(int(some.sum())), result.percent[some], role)
        for role, some in (("a", few), ("bar", ~few))
        if some.any()
    )
    cumulative = Said(_("Cumulative %"))
    lines = (
        Path(at, result.cumulative_percent, "data", name=cumulative),
        Dots(at, result.cumulative_percent),
        Level(share, "stage", f"{written(share, 3)} %"),
    )
    rows = tuple(
        (name, float(weight), float(percent), float(total))
        for name, weight, percent, total in zip(
            result.order, result.weight, result.percent, result.cumulative_percent, strict=True
        )
    )
    table = Table(title, (Said(_("Category")), Said(_("Weight")), "%", cumulative), rows)
    summary = Said(
        _("{title}: {few} of {count} categories make up {share} %."),
        {"title": title, "few": result.vital_few_80, "count": count, "share": written(share, 3)},
    )
    plot = Plot(
        title,
        (*marks, *lines),
        "",
        "%",
        x_names=result.order,
        x_range=(0.4, count + 0.6),
        y_range=(0.0, 104.0),
        tables=(table,),
    )
    return Figure(title, summary, (plot,), warnings=result.warnings)
