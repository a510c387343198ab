"""Before and after: what two stretches of a chart say of mean, spread and capability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testamur.kernel.refusal import Refused
from testamur.studies.charting import Drawn, inputs
from testamur.studies.choosing import KINDS
from testamur.tqm.methods import find
from testamur.tqm.spc import comparing as intervals


@dataclass(frozen=True)
class Side:
    """One stretch.

    Attributes:
        points: those that count.
        mean, spread: of single values; for charts that count, of the plotted statistic.
        sigma: as the chart estimates or froze it.
        signals: of points that count.
        ppk, ppk_lower: performance and its 95 % lower bound; None without specification limits or for counts.
    """

    points: int
    values: int
    mean: float
    spread: float
    sigma: float | None
    signals: int
    ppk: float | None = None
    ppk_lower: float | None = None

    @property
    def stable(self) -> bool:
        return not self.signals


@dataclass(frozen=True)
class Comparison:
    """Two sides, and 95 % intervals of the difference of means and of the ratio of spreads (after to before)."""

    before: Side
    after: Side
    mean: tuple[float, float] | None
    ratio: tuple[float, float] | None


def compare(drawn: Drawn, before: int, after: int) -> Comparison:
    """Compare two stretches of a chart, by their places from 0.

    Means by Welch's interval, spreads by the F distribution of variances (ISO 2854). Both take values for independent
    and about normal; what is left out does not count.
    """
    one, other = _side(drawn, before), _side(drawn, after)
    if min(one.values, other.values) < 3 or not one.spread or not other.spread:
        return Comparison(one, other, None, None)
    sides = ((one.mean, one.spread, one.values), (other.mean, other.spread, other.values))
    return Comparison(one, other, intervals.mean_difference(*sides), intervals.spread_ratio(*sides))


def _side(drawn: Drawn, place: int) -> Side:
    stretch = drawn.stretches[place]
    numbers = [number for number in range(stretch.start + 1, stretch.stop + 1) if number not in drawn.excluded]
    rows = [drawn.rows[number - 1] for number in numbers]
    kind = KINDS[drawn.chart.method]
    assert drawn.result is not None
    if kind.measured:
        values = np.array([float(value) for _number, row, _size in rows for value in row])
    else:
        values = drawn.result.panels[0].points[[number - 1 for number in numbers]] if numbers else np.array([])
    segment = next((one for one in drawn.result.segments if one.start == stretch.start), None)
    sigma = segment.parameters.get("sigma") if segment else None
    signals = sum(number in drawn.signals for number in numbers)
    ppk = _performance(drawn, rows) if kind.measured else (None, None)
    mean = float(values.mean()) if values.size else float("nan")
    spread = float(values.std(ddof=1)) if values.size > 1 else float("nan")
    return Side(len(rows), int(values.size), mean, spread, None if sigma is None else float(sigma), signals, *ppk)


def _performance(drawn: Drawn, rows: list[tuple[int, list[str], str]]) -> tuple[float | None, float | None]:
    limits = drawn.chart.characteristic
    if (limits.lower is None and limits.upper is None) or len(rows) < 2:
        return None, None
    given = {"lsl": limits.lower, "usl": limits.upper}
    wanted = {name: str(value) for name, value in given.items() if value is not None}
    try:
        answer = find("capability_normal").run(inputs(drawn.chart.method, rows), wanted).to_dict()
    except Refused:
        return None, None
    bound = answer["overall"]["Ppk"]
    return bound["value"], bound["lower_bound"]
