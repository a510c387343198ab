"""With how many decimals a chart says its numbers: one rule for drawing, table, limits and paper.

Single values and ranges stand as they were measured; means and standard deviations have one decimal more; limits,
centre lines and sigma two more, so that no limit seems to lie on a point (the last digits of a mean are its own, those
of a limit are computed). Shares have four decimals, faults for each unit three, sums in standard errors two.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from testamur.studies.charting import Drawn
from testamur.tqm.figures.figure import Level, Path, Plot, written

#: Decimals of charts whose numbers are no measurements.
_COMPUTED = {"p": 4, "u": 3, "c_pos": 2, "c_neg": 2}
_AS_MEASURED = frozenset({"x", "mr", "r", "np", "c"})
#: A number that would be longer than the margin of the drawing is said in six figures.
_LONGEST = 11


def of_points(drawn: Drawn, panel: str) -> int:
    """Return the decimals of what a panel plots."""
    if panel in _COMPUTED:
        return _COMPUTED[panel]
    return drawn.resolution + (panel not in _AS_MEASURED)


def of_lines(drawn: Drawn, panel: str) -> int:
    """Return the decimals of a panel's limits and centre."""
    if panel in _COMPUTED:
        return _COMPUTED[panel] + (panel in ("p", "u"))
    return drawn.resolution + 2


def say(value: float, places: int) -> str:
    """Return a number with so many decimals; a dash for none."""
    if value != value:
        return "–"
    text = f"{value:.{places}f}"
    return text if len(text) <= _LONGEST else written(value, 6)


def on_drawing(drawn: Drawn, panel: str, plot: Plot) -> Plot:
    """Return a plot whose lines say their values by the same rule."""
    places = of_lines(drawn, panel)
    marks: list[Any] = []
    for mark in plot.marks:
        if isinstance(mark, Level) and mark.role in ("limit", "center") and isinstance(mark.text, str) and mark.text:
            mark = replace(mark, text=f"{mark.text.split()[0]} {say(mark.at, places)}")
        elif isinstance(mark, Path) and mark.steps and mark.name:
            mark = replace(mark, y=np.round(mark.y, places))
        marks.append(mark)
    return replace(plot, marks=tuple(marks))
