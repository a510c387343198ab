"""Mandel's h and k as grouped bars by laboratory, with their 5 % and 1 % lines."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats
from testamur.tqm.figures.figure import Bars, Figure, Level, Mark, Plot, Said, Table, check_size, written
from testamur.tqm.figures.titles import title_of
from testamur.tqm.methods import index
from testamur.tqm.precision.study import Precision

LAB = Said(_("Laboratory"))


def mandel_figure(result: Precision) -> Figure:
    """Return the two plots of a precision experiment.

    Raises:
        Refused: there are fewer than three laboratories.
    """
    if result.mandel_h is None or result.mandel_k is None:
        raise Refused(_("Mandel's statistics need at least three laboratories."))
    check_size(len(result.labs))
    title = title_of(index()[result.provenance.method].title)
    summary = Said(
        _("{title}: s_r {s_r}, s_R {s_R}, {count} laboratories."),
        {"title": title, "s_r": written(result.s_r, 4), "s_R": written(result.s_R, 4), "count": len(result.labs)},
    )
    h = Said(_("Mandel's h, between laboratories"))
    k = Said(_("Mandel's k, within laboratories"))
    plots = (
        _bars(result, h, result.mandel_h, (result.mandel_h_crit_5, result.mandel_h_crit_1), both=True),
        _bars(result, k, result.mandel_k, (result.mandel_k_crit_5, result.mandel_k_crit_1), both=False),
    )
    return Figure(title, summary, plots, warnings=result.warnings)


def _bars(result: Precision, title: Said, values: Floats, lines: tuple[Any, Any], *, both: bool) -> Plot:
    at = np.arange(1, len(values) + 1, dtype=np.float64)
    beyond = np.abs(values) > lines[1]
    marks: list[Mark] = []
    for role, some in (("bar", ~beyond), ("signal", beyond)):
        if some.any():
            shown = np.nan_to_num(values[some])
            marks.append(Bars(at[some] - 0.35, at[some] + 0.35, np.minimum(shown, 0), np.maximum(shown, 0), role))
    for share, at_line in zip(("5 %", "1 %"), lines, strict=True):
        for sign in (1, -1) if both else (1,):
            marks.append(
                Level(sign * at_line, "limit" if share == "1 %" else "stage", f"{share} {written(sign * at_line, 4)}")
            )
    marks.append(Level(0.0, "center"))
    rows = tuple(
        (lab, count, float(mean), float(sd), float(value))
        for lab, count, mean, sd, value in zip(
            result.labs, result.counts, result.cell_means, result.cell_sds, values, strict=True
        )
    )
    columns = (LAB, Said(_("Results")), Said(_("Mean")), Said(_("Standard deviation")), title)
    table = Table(title, columns, rows)
    return Plot(title, tuple(marks), LAB, "", x_names=result.labs, x_range=(0.4, len(values) + 0.6), tables=(table,))
