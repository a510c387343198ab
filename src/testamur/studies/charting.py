"""A kept chart, computed: each stretch of points judged by its own limits, and all of them as one chart.

A stretch is what lies between a stage or a new set of limits and the next. Where limits are frozen they judge it and do
not move; where they are not yet, the stretch estimates its own (Phase I).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.studies.choosing import KINDS
from testamur.studies.models import Chart, LimitSet
from testamur.tqm.methods import find
from testamur.tqm.results import Warning
from testamur.tqm.spc.memory import CusumChart, EwmaChart
from testamur.tqm.spc.model import ControlChart, Panel, Segment

#: (number, values as typed, size as typed) of a point.
Row = tuple[int, list[str], str]
#: From so many points on cells are read as binary floats: the drawing is the same, and the page does not wait.
MANY = 500
#: Limits by which any chart can be computed, to look at its points before there are limits.
PLAIN = {"center": 0.5, "sigma": 1.0, "sigma_z": 1.0, "rate": 0.5}


@dataclass(frozen=True)
class Stretch:
    """Points ``start`` to before ``stop``, counted from 0, with the limits that judge them; None: their own."""

    start: int
    stop: int
    limits: LimitSet | None = None


@dataclass(frozen=True)
class Drawn:
    """A chart as it stands: rows, what was decided of them, and what was computed.

    Attributes:
        rows: every point, in the order of time.
        excluded: number → reason.
        result: all stretches as one chart; None while there are no points.
        untold: stretches without limits of their own yet, with the reason: number of the first point → refusal.
    """

    chart: Chart
    rows: list[Row]
    stretches: list[Stretch]
    excluded: dict[int, str]
    result: ControlChart | None
    untold: dict[int, Refused] = field(default_factory=dict)

    @cached_property
    def signals(self) -> dict[int, list[str]]:
        """Return number of a point → ids of the rules that it breaks, on any panel."""
        found: dict[int, list[str]] = {}
        for panel in self.result.panels if self.result else ():
            for rule, places in panel.signals.items():
                for place in places.tolist():
                    if rule not in found.setdefault(place + 1, []):
                        found[place + 1].append(rule)
        return dict(sorted(found.items()))

    @property
    def limits(self) -> LimitSet | None:
        """Return the limits in force: those that judge the last point."""
        return self.stretches[-1].limits if self.stretches else None

    @cached_property
    def resolution(self) -> int:
        """Return the decimals that the measurements were written with, the most of any value, at most six."""
        cells = (one for _number, values, _size in self.rows for one in values)
        return min(max((len(one) - one.find(".") - 1 for one in cells if "." in one), default=0), 6)

    def phase(self, number: int) -> str:
        """Return ``"I"`` for a point that its limits rest on (or will), ``"II"`` for one that they judge."""
        for one in self.stretches:
            if one.start < number <= one.stop:
                return "I" if one.limits is None or one.limits.first <= number <= one.limits.last else "II"
        return ""


def rows_of(chart: Chart) -> list[Row]:
    """Return the points of a chart in the order of time, without making objects of them."""
    return list(chart.subgroups.order_by("number").values_list("number", "values", "size"))


def draw(chart: Chart, rows: list[Row] | None = None) -> Drawn:
    """Return a chart with everything that was decided about it."""
    rows = rows_of(chart) if rows is None else rows
    exclusions = chart.subgroups.filter(exclusions__ended_at=None, exclusions__isnull=False)
    excluded = dict(exclusions.values_list("number", "exclusions__reason"))
    stages = list(chart.stages.filter(ended_at=None).values_list("first", flat=True))
    stretches = stretches_of(len(rows), stages, list(chart.limit_sets.all()))
    untold: dict[int, Refused] = {}
    parts = [_part(chart, rows, one, excluded, untold) for one in stretches]
    result = _joined(parts, stretches) if parts else None
    return Drawn(chart, rows, stretches, excluded, result, untold)


def stretches_of(total: int, stages: Sequence[int], limit_sets: Sequence[LimitSet]) -> list[Stretch]:
    """Return the stretches of ``total`` points.

    Args:
        stages: numbers (from 1) of points at which a stage begins.
        limit_sets: every version in its order; a later one takes the place of those that hold from its point or later
            within the same stage.
    """
    if not total:
        return []
    begins = sorted({1, *(number for number in stages if number <= total)})
    found = []
    for first, after in zip(begins, [*begins[1:], total + 1], strict=True):
        ruling: list[LimitSet] = []
        for one in limit_sets:
            if first <= one.holds_from < after:
                ruling = [other for other in ruling if other.holds_from < one.holds_from] + [one]
        cuts = [first, *(one.holds_from for one in ruling if one.holds_from > first)]
        by_cut = {one.holds_from: one for one in ruling}
        for start, stop in zip(cuts, [*cuts[1:], after], strict=True):
            found.append(Stretch(start - 1, stop - 1, by_cut.get(start)))
    return found


def inputs(method: str, rows: Sequence[Row], *, fast: bool = False) -> dict[str, Any]:
    """Return points as the inputs of their method, as typed; ``fast`` reads measured cells as binary floats."""
    kind = KINDS[method]
    if kind.measured:
        sizes = {len(values) for _number, values, _size in rows}
        single = sizes == {1}
        cells: Any = [values[0] for _number, values, _size in rows] if single else [row[1] for row in rows]
        if fast and len(sizes) == 1:
            cells = np.array(cells, dtype=np.float64)
        return {"values" if single else "subgroups": cells}
    counts = [values[0] for _number, values, _size in rows]
    return {kind.counted_of: counts} | ({"sizes": [row[2] for row in rows]} if kind.shape == "count_of" else {})


def compute(
    chart: Chart, rows: Sequence[Row], excluded: dict[int, str], limits: Any = None, *, fast: bool = False
) -> Any:
    """Return the result of one stretch of a chart.

    Args:
        excluded: index from 0 → reason.
        limits: parameters of frozen limits; None: the points estimate their own.

    Raises:
        Refused: too few points, or what cannot be computed.
    """
    if KINDS[chart.method].remembers:
        # A chart that remembers passes over what is left out: the next point follows the one before it.
        counted = [row for place, row in enumerate(rows) if place not in excluded]
        if not counted:
            raise Refused(_("Every point of this stretch is left out; count one again, or add measurements."))
        settings = {name: text for name, text in chart.parameters.items() if name != "rules"}
        return find(chart.method).run(inputs(chart.method, counted, fast=fast), {**settings, "frozen": limits})
    data = inputs(chart.method, rows, fast=fast)
    return find(chart.method).run(data, {"rules": chart.rules, "excluded": excluded, "limits": limits})


def compute_alone(chart: Chart, rows: Sequence[Row], *, fast: bool = False) -> Any:
    """Return points that nothing judges yet; a single one is computed beside its twin, for methods that want two.

    Raises:
        Refused: counts that are none, more nonconforming than inspected.
    """
    return compute(chart, [*rows, *rows] if len(rows) == 1 else rows, {}, PLAIN, fast=fast)


def _part(
    chart: Chart, rows: list[Row], one: Stretch, excluded: dict[int, str], untold: dict[int, Refused]
) -> ControlChart:
    own = rows[one.start : one.stop]
    left_out = {number - 1 - one.start: why for number, why in excluded.items() if one.start < number <= one.stop}
    frozen = None if one.limits is None else one.limits.frozen["parameters"]
    fast = len(rows) > MANY
    try:
        return _as_shewhart(compute(chart, own, left_out, frozen, fast=fast), left_out, len(own))
    except Refused as refused:
        untold[one.start + 1] = refused
        alone = compute_alone(chart, own, fast=fast)
        return _without_lines(_as_shewhart(alone, {}, max(len(own), 2)), left_out, len(own))


def _as_shewhart(result: Any, excluded: dict[int, str], count: int) -> ControlChart:
    """Return a chart that remembers in the shape of the others: panels without zones, a place for each point.

    A point that was left out stands, hollow, where the chart was before it: it moved nothing.
    """
    if isinstance(result, EwmaChart):
        lines = [("z", result.z, result.center, result.lcl, result.ucl, result.signals, result.center)]
    elif isinstance(result, CusumChart):
        head = result.head_start
        lines = [
            ("c_pos", result.c_pos, 0.0, math.nan, result.h, result.signal_high, head),
            ("c_neg", result.c_neg, 0.0, -result.h, math.nan, result.signal_low, -head),
        ]
    else:
        return result  # type: ignore[no-any-return]
    kept = np.array([place for place in range(count) if place not in excluded], dtype=np.int64)
    before = np.searchsorted(kept, np.arange(count), side="right") - 1

    def placed(values: Any, first: float) -> Any:
        if np.ndim(values) == 0:
            return values
        return np.where(before < 0, first, np.asarray(values)[np.maximum(before, 0)])

    panels = tuple(
        Panel(
            name, placed(points, start), center, placed(low, math.nan), placed(high, math.nan), math.nan,
            {"nelson_1": kept[signals]},
        )
        for name, points, center, low, high, signals, start in lines
    )  # fmt: skip
    return ControlChart(
        method=result.method, panels=panels, segments=(Segment(0, count, result.phase, result.parameters),),
        excluded=tuple(excluded), reasons=tuple(excluded.values()), status=result.status, estimator=result.estimator,
        phase=result.phase, warnings=result.warnings, provenance=result.provenance,
    )  # fmt: skip


def _without_lines(chart: ControlChart, excluded: dict[int, str], count: int) -> ControlChart:
    """Return the points alone: there is nothing yet to judge them by."""
    blank = (math.nan,) * 4
    panels = tuple(Panel(one.id, one.points[:count], *blank, {}) for one in chart.panels)
    return replace(chart, panels=panels, excluded=tuple(excluded), reasons=tuple(excluded.values()), phase="I")


def _joined(parts: list[ControlChart], stretches: list[Stretch]) -> ControlChart:
    last = parts[-1]
    segments: list[Segment] = []
    for part, one in zip(parts, stretches, strict=True):
        parameters = part.segments[-1].parameters if part.segments else {}
        middle = one.stop if one.limits is None else min(max(one.limits.last, one.start), one.stop)
        if middle > one.start:
            segments.append(Segment(one.start, middle, "I", parameters))
        if middle < one.stop:
            segments.append(Segment(middle, one.stop, "II", parameters))
    panels = tuple(_panel([part.panels[i] for part in parts], stretches) for i in range(len(last.panels)))
    excluded = {
        place + one.start: reason
        for part, one in zip(parts, stretches, strict=True)
        for place, reason in zip(part.excluded, part.reasons, strict=True)
    }
    return ControlChart(
        method=last.method, panels=panels, segments=tuple(segments), excluded=tuple(excluded),
        reasons=tuple(excluded.values()), nsigma=last.nsigma, status=last.status, ruleset=last.ruleset,
        estimator=last.estimator, phase=last.phase, warnings=_warnings(parts), provenance=last.provenance,
    )  # fmt: skip


def _panel(parts: list[Panel], stretches: list[Stretch]) -> Panel:
    if len(parts) == 1:
        return parts[0]

    def line(name: str) -> Any:
        return np.concatenate(
            [np.broadcast_to(np.asarray(getattr(one, name), dtype=np.float64), one.points.shape) for one in parts]
        )

    signals: dict[str, Any] = {}
    for part, one in zip(parts, stretches, strict=True):
        for rule, places in part.signals.items():
            moved = np.asarray(places) + one.start
            signals[rule] = np.concatenate([signals[rule], moved]) if rule in signals else moved
    points = np.concatenate([one.points for one in parts])
    return Panel(parts[0].id, points, line("center"), line("lcl"), line("ucl"), line("sd"), signals)


def _warnings(parts: list[ControlChart]) -> tuple[Warning, ...]:
    """Return what must be known of the limits in force; earlier stretches said theirs when they were judged."""
    return parts[-1].warnings


def refresh(chart: Chart) -> Drawn:
    """Compute a chart after an act, and note which signals wait for a comment; the chart is saved."""
    drawn = draw(chart)
    told = set(chart.subgroups.filter(remarks__isnull=False).values_list("number", flat=True))
    chart.signals = [number for number in drawn.signals if number not in told and number not in drawn.excluded]
    chart.version += 1
    chart.save(update_fields=["signals", "version"])
    return drawn
