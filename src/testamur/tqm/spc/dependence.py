"""Dependence between neighbouring points, and the chart of residuals for a process that remembers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import numbers, whole
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result

Floats = NDArray[np.float64]
BLOCK = 8192


def lag_one(points: Floats) -> tuple[float, float]:
    """Return the lag-1 autocorrelation and the bound that an independent series exceeds in about 0.3 % of cases.

    Pairs with a missing point are left out. A series of fewer than 20 points, or a constant one, returns (0, 1).
    """
    count, mean = points.size, float(points.mean())
    if math.isnan(mean):
        present = ~np.isnan(points)
        count = int(present.sum())
        points = np.where(present, points, points[present].mean() if count else 0.0)
        mean = float(points.mean()) if count else 0.0
    total = shared = 0.0
    # A block at a time stays in the cache and on one processor.
    for start in range(0, points.size, BLOCK):
        deviation = points[start : start + BLOCK + 1] - mean
        own = deviation[:BLOCK]
        total += float(np.dot(own, own))
        shared += float(np.dot(deviation[1:], deviation[:-1]))
    if count < 20 or total <= 0:
        return 0.0, 1.0
    # Independent points show -1/n on average; 3 standard errors keep the warning as rare as a point beyond limits.
    return shared / total, 3 / math.sqrt(count) + 1 / count


@dataclass(frozen=True, kw_only=True)
class Autocorrelation(Result):
    """Autocorrelations r_1 … r_k, the two-sided 95 % bound of an independent series, and the lags beyond it."""

    r: Floats
    bound: float
    lags_beyond: tuple[int, ...]


def autocorrelation(values: Any, *, lags: int = 10, edition: str | None = None) -> Autocorrelation:
    """Return autocorrelations of a series.

    Source:
        Box, Jenkins, Reinsel, Time Series Analysis (1994), 2.1.4: bound 1.96/√n.
    """
    read = numbers(values, at_least=4)
    lags = whole(lags, "lags", at_least=1, at_most=read.values.size - 2)
    deviation = read.centred - read.centred.mean()
    total = float(np.dot(deviation, deviation))
    if total <= 0:
        raise Refused(_("The values do not vary; nothing can be said about their dependence."), field="values")
    r = np.array([np.dot(deviation[lag:], deviation[:-lag]) / total for lag in range(1, lags + 1)])
    bound = 1.96 / math.sqrt(read.values.size)
    return Autocorrelation(
        r=r,
        bound=bound,
        lags_beyond=tuple(int(lag) + 1 for lag in np.flatnonzero(np.abs(r) > bound)),
        estimator="r_k",
        provenance=provenance(
            "autocorrelation", "Box-Jenkins", edition or "1994", data={"values": read.given}, parameters={"lags": lags}
        ),
    )


def residual_chart(values: Any, **options: Any) -> Any:
    """Return the chart of individuals of what an autoregression of order 1 leaves unexplained.

    The first value has no residual; point i of the chart is value i + 1 of the series. ``options`` are those of
    :func:`~testamur.tqm.spc.variables.i_mr`.

    Source:
        Alwan and Roberts (1988), J. Bus. Econ. Stat. 6(1), 87-95.
    """
    from testamur.tqm.spc.variables import i_mr

    read = numbers(values, at_least=5)
    x = read.centred
    before, after = x[:-1], x[1:]
    spread = before - before.mean()
    total = float(np.dot(spread, spread))
    if total <= 0:
        raise Refused(_("The values do not vary; nothing can be said about their dependence."), field="values")
    slope = float(np.dot(spread, after)) / total
    residuals = after - after.mean() - slope * spread
    return i_mr(residuals, method="residual_chart", given={"values": read.given}, **options)
