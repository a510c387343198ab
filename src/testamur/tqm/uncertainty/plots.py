"""The contributions of an uncertainty budget as bars, largest first."""

from __future__ import annotations

import numpy as np

from testamur.kernel.refusal import _
from testamur.tqm.figures.figure import Bars, Figure, Plot, Said, Table, check_size, written
from testamur.tqm.figures.titles import title_of
from testamur.tqm.methods import index
from testamur.tqm.uncertainty.budget import Budget


def budget_figure(result: Budget) -> Figure:
    """Return the budget's contributions |c| u, with its table."""
    check_size(len(result.lines))
    title = title_of(index()[result.provenance.method].title)
    lines = sorted(result.lines, key=lambda line: -line.contribution)
    at = np.arange(1, len(lines) + 1, dtype=np.float64)
    heights = np.array([line.contribution for line in lines])
    columns = (
        Said(_("Quantity")),
        "x",
        "u",
        Said(_("Type")),
        Said(_("Distribution")),
        "ν",
        "c",
        "|c| u",
        "%",
    )
    rows = tuple(
        (
            line.quantity,
            line.x,
            line.u,
            line.type,
            line.distribution,
            line.dof if np.isfinite(line.dof) else None,
            line.c,
            line.contribution,
            line.percent,
        )
        for line in lines
    )
    summary = Said(
        _("{title}: result {y}, expanded uncertainty {U} (k = {k})."),
        {"title": title, "y": result.reported[0], "U": result.reported[1], "k": written(result.k, 3)},
    )
    plot = Plot(
        title,
        (Bars(at - 0.4, at + 0.4, np.zeros(len(lines)), heights, "bar"),),
        Said(_("Quantity")),
        "|c| u",
        x_names=tuple(line.quantity for line in lines),
        x_range=(0.4, len(lines) + 0.6),
        tables=(Table(title, columns, rows),),
    )
    return Figure(title, summary, (plot,), warnings=result.warnings)
