"""Charts of measured values: Xbar-R, Xbar-S, individuals with moving ranges (ISO 7870-2)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm import constants
from testamur.tqm.data import Numbers, choice, numbers, places, table, whole
from testamur.tqm.results import Warning
from testamur.tqm.spc.chart import chart
from testamur.tqm.spc.model import ControlChart, Line, Lines, Sample

Floats = NDArray[np.float64]

ISO = "ISO 7870-2"
EDITION = "2023"
#: Above this the range wastes information and the S chart is the better one.
LARGE_FOR_RANGE = 10
#: Subgroups worked on at once: their values fit the processor's cache.
BLOCK = 8192
XBAR_R = ("Rbar/d2", "mvlue_r")
XBAR_S = ("Sbar/c4", "mvlue_s", "pooled", "pooled/c4")


def subgroups(rows: Any, name: str, statistic: str, missing: str = "refuse") -> Sample:
    """Read subgroups and compute their means and ranges (``"r"``) or standard deviations (``"s"``), or both (``"rs"``).

    Args:
        rows: subgroups by observations; rows may differ in length.
        missing: ``"refuse"``, or ``"drop"``: a subgroup counts with the observations it has.
    """
    choice(missing, "missing", ("refuse", "drop"))
    read = table(rows, name, missing="refuse" if missing == "refuse" else "keep", ragged=True)
    if read.values.shape[1] < 2:
        raise Refused(
            _("Subgroups of one value have no range; use a chart of individuals (i_mr)."), {"name": name}, field=name
        )
    if read.exact or np.isnan(read.values[-1, -1]) or bool(np.isnan(read.values).any()):
        return _padded(read, name, statistic)
    return _full(read, name, statistic)


def _full(read: Numbers, name: str, statistic: str) -> Sample:
    """Equal sizes: a block of subgroups at a time, turned so that whole columns are added and compared in the cache."""
    x = read.values
    count, n = x.shape
    origin = float(x[0, 0])
    found = {key: np.empty(count) for key in ("location", *statistic)}
    turned = np.empty((n, min(BLOCK, count)))
    for start in range(0, count, BLOCK):
        stop = min(start + BLOCK, count)
        block = turned[:, : stop - start]
        # Subtracting a near value first: an offset of 10^9 then costs no digits.
        np.subtract(x[start:stop].T, origin, out=block)
        mean = np.add.reduce(block, axis=0, out=found["location"][start:stop])
        mean /= n
        if "r" in statistic:
            np.subtract(block.max(axis=0), block.min(axis=0), out=found["r"][start:stop])
        if "s" in statistic:
            block -= mean
            block *= block
            spread = np.add.reduce(block, axis=0, out=found["s"][start:stop])
            spread /= n - 1
            np.sqrt(spread, out=spread)
    return Sample(found, float(n), origin, read.resolution, {name: read.given})


def _padded(read: Numbers, name: str, statistic: str) -> Sample:
    """Mixed sizes or texts: NaN marks what is absent."""
    x = read.centred
    there = ~np.isnan(x)
    sizes = there.sum(axis=1).astype(np.float64)
    if not sizes.all():
        raise Refused(
            _("Subgroup {place} of {name} is empty; leave it out or give its values."),
            {"place": int(np.flatnonzero(sizes == 0)[0]) + 1, "name": name},
            field=name,
        )
    mean = np.where(there, x, 0.0).sum(axis=1) / sizes
    found = {"location": mean}
    single = sizes < 2
    if bool(single.all()):
        raise Refused(
            _("Subgroups of one value have no range; use a chart of individuals (i_mr)."), {"name": name}, field=name
        )
    if "r" in statistic:
        spread = np.where(there, x, -np.inf).max(axis=1) - np.where(there, x, np.inf).min(axis=1)
        found["r"] = np.where(single, math.nan, spread)
    if "s" in statistic:
        deviation = np.where(there, x - mean[:, None], 0.0)
        found["s"] = np.where(single, math.nan, np.sqrt((deviation**2).sum(axis=1) / np.maximum(sizes - 1, 1)))
    size: Line = float(sizes[0]) if bool((sizes == sizes[0]).all()) else sizes
    return Sample(found, size, read.origin, read.resolution, {name: read.given})


def by_size(sizes: Line, constant: Any) -> Line:
    """Return a constant for each subgroup size; NaN for subgroups of one."""
    if isinstance(sizes, float):
        return float(constant(int(sizes)))
    found = np.full(sizes.shape, math.nan)
    for size in np.unique(sizes):
        if size >= 2:
            found[sizes == size] = constant(int(size))
    return found


def estimates(sample: Sample) -> dict[str, float]:
    """Return every estimate of the within-subgroup standard deviation that the sample's columns allow."""
    found: dict[str, float] = {}
    sizes = sample.size
    if "r" in sample.columns and isinstance(sizes, float):
        # One size: all weights are equal, and the two estimates are one.
        found["Rbar/d2"] = found["mvlue_r"] = _mean(sample.columns["r"]) / constants.d2(int(sizes))
    elif "r" in sample.columns:
        d2, d3 = by_size(sizes, constants.d2), by_size(sizes, constants.d3)
        ratio = sample.columns["r"] / d2
        found["Rbar/d2"] = _mean(ratio)
        found["mvlue_r"] = _weighted(ratio, (np.asarray(d2) / d3) ** 2)
    if "s" in sample.columns:
        c4 = by_size(sizes, constants.c4)
        s = sample.columns["s"]
        ratio = s / c4
        found["Sbar/c4"] = _mean(ratio)
        found["mvlue_s"] = _weighted(ratio, np.asarray(c4) ** 2 / (1 - np.asarray(c4) ** 2))
        freedom = np.broadcast_to(np.asarray(sizes) - 1, s.shape)
        total = float(freedom.sum())
        pooled = math.sqrt(float(np.nansum(freedom * s**2)) / total)
        found["pooled"] = pooled
        found["pooled/c4"] = pooled / constants.c4(total + 1)
    return found


def _mean(values: Floats) -> float:
    mean = float(values.mean())
    return float(np.nanmean(values)) if math.isnan(mean) else mean


def _weighted(values: Floats, weights: Any) -> float:
    weights = np.broadcast_to(weights, values.shape)
    there = ~np.isnan(values)
    return float(np.sum(values[there] * weights[there]) / np.sum(weights[there]))


def grand_mean(sample: Sample) -> float:
    """Return the mean of all observations, in their unit."""
    location = sample.columns["location"]
    if isinstance(sample.size, float):
        return sample.origin + float(location.mean())
    return sample.origin + float(np.average(location, weights=sample.size))


@dataclass(frozen=True)
class _Xbar:
    method: str
    statistic: str
    sigma_estimator: str
    panels: tuple[str, ...]
    source: str = ISO
    edition: str = EDITION
    needs: tuple[str, ...] = ("center", "sigma")

    def estimator(self) -> str:
        return self.sigma_estimator

    def estimate(self, sample: Sample) -> dict[str, float]:
        return {"center": grand_mean(sample), "sigma": estimates(sample)[self.sigma_estimator]}

    def lines(self, sample: Sample, parameters: Mapping[str, Any], nsigma: float) -> tuple[Lines, ...]:
        center, sigma = float(parameters["center"]), float(parameters["sigma"])
        root = np.sqrt(sample.size)
        error = sigma / (float(root) if isinstance(sample.size, float) else root)
        location = sample.columns["location"]
        z = None
        if sigma > 0:
            z = location - (center - sample.origin)
            z /= error
        first = Lines(location + sample.origin, center, center - nsigma * error, center + nsigma * error, error, z)
        factor, width = (
            (by_size(sample.size, constants.d2), by_size(sample.size, constants.d3))
            if self.statistic == "r"
            else (by_size(sample.size, constants.c4), by_size(sample.size, constants.c5))
        )
        middle, deviation = factor * sigma, width * sigma
        low = middle - nsigma * deviation
        low = max(0.0, low) if isinstance(low, float) else np.maximum(low, 0.0)
        second = Lines(sample.columns[self.statistic], middle, low, middle + nsigma * deviation, deviation)
        return first, second

    def cautions(self, sample: Sample, parameters: Mapping[str, Any]) -> list[Warning]:
        largest = float(np.max(sample.size))
        found = []
        if self.statistic == "r" and largest > LARGE_FOR_RANGE:
            found.append(
                Warning(
                    "range_inefficient",
                    _("With {n} values in a subgroup the range wastes information; an Xbar-S chart is better."),
                    {"n": int(largest)},
                )
            )
        if not isinstance(sample.size, float):
            found.append(
                Warning(
                    "mixed_sizes",
                    _("Subgroups differ in size, so limits and the centre line of the dispersion step with it."),
                )
            )
            if bool((sample.size == 1).any()):
                found.append(
                    Warning(
                        "single_values",
                        _("{count} subgroups hold one value: they count for the mean, not for the spread."),
                        {"count": int((sample.size == 1).sum())},
                    )
                )
        return found


@dataclass(frozen=True, kw_only=True)
class XbarChart(ControlChart):
    """An Xbar-R or Xbar-S chart."""

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        xbar = found["xbar"]
        xbar["beyond_limits_1based_phase1_then_2"] = xbar["beyond_limits"]
        if self.alternatives:
            names = {"MVLUE_R": "mvlue_r", "MVLUE_SD": "mvlue_s", "pooled_sd_unbiased_RMSDF": "pooled/c4"}
            found["sigma_alternatives"] = dict(self.alternatives) | {
                theirs: self.alternatives[ours] for theirs, ours in names.items() if ours in self.alternatives
            }
        return found


def xbar_r(
    rows: Any,
    later: Any = None,
    *,
    sigma_estimator: str = "Rbar/d2",
    missing: str = "refuse",
    **options: Any,
) -> ControlChart:
    """Return the chart of means and ranges.

    Args:
        rows: subgroups by observations, in the order of time; 2-D array or lists.
        later: Phase II subgroups, judged by the limits of ``rows``.
        sigma_estimator: ``"Rbar/d2"`` (mean of R/d2) or ``"mvlue_r"`` (weighted for mixed sizes).
        missing: ``"refuse"`` or ``"drop"`` (the subgroup counts with what it has).
        options: limits, stages, excluded, nsigma, rules; see :func:`~testamur.tqm.spc.chart.chart`.

    Source:
        ISO 7870-2:2023; constants computed.
    """
    estimator = choice(_word(sigma_estimator), "sigma_estimator", XBAR_R)
    family = _Xbar("xbar_r", "r", estimator, ("xbar", "r"))
    first = subgroups(rows, "subgroups", "r", missing)
    second = None if later is None else subgroups(later, "phase2_subgroups", "r", missing)
    return chart(family, first, _renamed(second), made=XbarChart, **options)


def xbar_s(
    rows: Any,
    later: Any = None,
    *,
    sigma_estimator: str = "Sbar/c4",
    missing: str = "refuse",
    **options: Any,
) -> ControlChart:
    """Return the chart of means and standard deviations; ``alternatives`` holds the other estimates of the same spread.

    Args:
        sigma_estimator: ``"Sbar/c4"``, ``"mvlue_s"`` (weighted for mixed sizes), ``"pooled"`` or ``"pooled/c4"``.
        rows, later, missing, options: as for :func:`xbar_r`.
    """
    estimator = choice(_word(sigma_estimator), "sigma_estimator", XBAR_S)
    family = _Xbar("xbar_s", "s", estimator, ("xbar", "s"))
    first = subgroups(rows, "subgroups", "rs", missing)
    second = None if later is None else subgroups(later, "phase2_subgroups", "rs", missing)
    return chart(family, first, _renamed(second), made=XbarChart, alternatives=estimates(first), **options)


def _renamed(sample: Sample | None) -> Sample | None:
    if sample is None:
        return None
    given = {name.removeprefix("phase2_"): value for name, value in sample.given.items()}
    return Sample(sample.columns, sample.size, sample.origin, sample.resolution, given)


def _word(value: str) -> str:
    """Return an estimator's name without the remark in brackets that files add to it."""
    return str(value).partition(" (")[0].strip()


@dataclass(frozen=True)
class _Individuals:
    sigma_estimator: str = "MRbar/d2"
    span: int = 2
    method: str = "i_mr"
    panels: tuple[str, ...] = ("x", "mr")
    source: str = ISO
    edition: str = EDITION
    needs: tuple[str, ...] = ("center", "sigma")

    def estimator(self) -> str:
        return self.sigma_estimator

    def estimate(self, sample: Sample) -> dict[str, float]:
        ranges = sample.columns["mr"]
        # A moving range over an excluded point or the border of a stage belongs to no baseline.
        after = sample.columns["index"]
        together = np.zeros(len(after), bool)
        together[self.span - 1 :] = after[self.span - 1 :] - after[: -(self.span - 1)] == self.span - 1
        ranges = ranges[together & ~np.isnan(ranges)]
        if not ranges.size:
            raise Refused(
                _("There are no {span} neighbouring values to take a moving range from."),
                {"span": self.span},
                field="values",
            )
        if self.sigma_estimator == "median_mr":
            sigma = float(np.median(ranges)) / constants.range_median(self.span)
        else:
            sigma = float(ranges.mean()) / constants.d2(self.span)
        return {"center": sample.origin + float(sample.columns["x"].mean()), "sigma": sigma}

    def lines(self, sample: Sample, parameters: Mapping[str, Any], nsigma: float) -> tuple[Lines, ...]:
        center, sigma = float(parameters["center"]), float(parameters["sigma"])
        x = sample.columns["x"]
        z = (x - (center - sample.origin)) / sigma if sigma > 0 else None
        first = Lines(x + sample.origin, center, center - nsigma * sigma, center + nsigma * sigma, sigma, z)
        middle, deviation = constants.d2(self.span) * sigma, constants.d3(self.span) * sigma
        low, high = max(0.0, middle - nsigma * deviation), middle + nsigma * deviation
        return first, Lines(sample.columns["mr"], middle, low, high, deviation)

    def cautions(self, sample: Sample, parameters: Mapping[str, Any]) -> list[Warning]:
        ranges = sample.columns["mr"]
        zero = float((ranges == 0).mean())
        if zero > 0.3:
            return [
                Warning(
                    "repeated_values",
                    _("{share} % of neighbouring values are equal: the recording is too coarse for a moving range."),
                    {"share": round(100 * zero)},
                )
            ]
        return []


@dataclass(frozen=True, kw_only=True)
class IndividualsChart(ControlChart):
    """A chart of individuals with its moving ranges."""

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        moving = self.panels[1]
        flat = {"mr_bar": moving.center, "mr_ucl": moving.ucl, "mr_lcl": moving.lcl}
        return {**found["x"], **flat, **found}


def i_mr(
    values: Any,
    later: Any = None,
    *,
    sigma_estimator: str = "MRbar/d2",
    span: int = 2,
    method: str = "i_mr",
    given: Mapping[str, Any] | None = None,
    **options: Any,
) -> ControlChart:
    """Return the chart of individuals and moving ranges.

    Args:
        values: in the order of time; at least 2.
        later: Phase II values, judged by the limits of ``values``.
        sigma_estimator: ``"MRbar/d2"`` or ``"median_mr"`` (median moving range / 0.9539; resists single outliers).
        span: how many values a moving range covers, 2 to 100.
        options: limits, stages, excluded, nsigma, rules; see :func:`~testamur.tqm.spc.chart.chart`.
    """
    span = whole(span, "span", at_least=2, at_most=100)
    estimator = choice(_word(sigma_estimator), "sigma_estimator", ("MRbar/d2", "median_mr"))
    family = _Individuals(estimator, span, method)
    read = numbers(values, at_least=2)
    everything, origin = read.centred, read.origin
    extra = {} if given is None else dict(given)
    data = extra or {"values": read.given}
    first = len(everything)
    second = None
    if later is not None:
        more = numbers(later, "phase2_values")
        everything = np.concatenate([everything, more.values - origin])
        second = more.given
    if len(everything) < span:
        raise Refused(
            _("There are no {span} neighbouring values to take a moving range from."), {"span": span}, field="values"
        )
    window = np.lib.stride_tricks.sliding_window_view(everything, span)
    ranges = np.concatenate([np.full(span - 1, math.nan), window.max(axis=1) - window.min(axis=1)])
    columns = {"x": everything, "mr": ranges, "index": np.arange(len(everything), dtype=np.float64)}
    for stage in places(options.get("stages"), "stages"):
        # A range across the border of two stages describes neither.
        columns["mr"][max(0, stage) : max(0, stage + span - 1)] = math.nan
    total = Sample(columns, 1.0, origin, read.resolution, data)
    if later is None:
        return chart(family, total, made=IndividualsChart, **options)
    after = total.part(slice(first, None))
    return chart(
        family,
        total.part(slice(0, first)),
        Sample(after.columns, 1.0, origin, read.resolution, {"values": second}),
        made=IndividualsChart,
        **options,
    )
