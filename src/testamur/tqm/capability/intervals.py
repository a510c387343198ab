"""Confidence intervals of capability indices, and the degrees of freedom behind an estimate of sigma."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtri, ndtri

from testamur.tqm import constants


@dataclass(frozen=True)
class Interval:
    """An index with its bounds. The one-sided lower bound comes first: a decision rests on it, not on the value.

    Attributes:
        lower_bound: one-sided lower bound at the level of confidence.
        lower, upper: two-sided interval at the same level; None where there is none.
        value: the point estimate.
    """

    lower_bound: float | None
    lower: float | None
    value: float
    upper: float | None


def chi_square(value: float, freedom: float, conf: float) -> Interval:
    """Return the interval of an index that is a constant over sigma (Cp, Pp): exact for a chi-square variance."""

    def bound(share: float) -> float:
        return value * math.sqrt(float(chdtri(freedom, 1 - share)) / freedom)

    tail = (1 - conf) / 2
    return Interval(bound(1 - conf), bound(tail), value, bound(1 - tail))


def bissell(value: float, n: float, freedom: float, conf: float) -> Interval:
    """Return the interval of a one-sided or smallest index (Cpk, Ppk).

    Args:
        n: number of values behind the mean; freedom: degrees of freedom behind sigma.

    Source:
        Bissell (1990), Applied Statistics 39(3), 331-340.
    """
    error = math.sqrt(1 / (9 * n) + value**2 / (2 * freedom))
    one, two = float(ndtri(conf)), float(ndtri((1 + conf) / 2))
    return Interval(value - one * error, value - two * error, value, value + two * error)


def boyles(value: float, n: float, offset: float, conf: float) -> Interval:
    """Return the interval of Cpm.

    Args:
        offset: (mean - target) / sigma.

    Source:
        Boyles (1991), J. Qual. Technol. 23(1), 17-26.
    """
    freedom = n * (1 + offset**2) ** 2 / (1 + 2 * offset**2)
    return chi_square(value, freedom, conf)


def freedom_of(estimator: str, sizes: float | np.ndarray, count: int) -> float:
    """Return the degrees of freedom of an estimate of sigma: those of a chi variable with the same relative error.

    Args:
        estimator: ``"Rbar/d2"``, ``"Sbar/c4"``, ``"pooled"``, ``"MRbar/d2"`` …
        sizes: subgroup size, or one for each subgroup; count: number of subgroups (of values for moving ranges).
    """
    if estimator in {"MRbar/d2", "median_mr"}:
        return _moving_ranges(count)
    every = np.broadcast_to(sizes, (count,)) if np.ndim(sizes) == 0 else np.asarray(sizes)
    every = every[every >= 2]
    if estimator.startswith("pooled"):
        return float((every - 1).sum())
    if estimator in {"Rbar/d2", "mvlue_r"}:
        relative = np.array([(constants.d3(int(n)) / constants.d2(int(n))) ** 2 for n in every])
    else:
        relative = np.array([(constants.c5(int(n)) / constants.c4(int(n))) ** 2 for n in every])
    if estimator.startswith("mvlue"):
        return float(np.sum(1 / relative) / 2)
    return float(len(every) ** 2 / (2 * np.sum(relative)))


def _moving_ranges(count: int) -> float:
    """Return the degrees of freedom of the mean of count - 1 overlapping moving ranges of two.

    Neighbouring ranges share a value: for normal differences with correlation -1/2 the covariance of their absolute
    values is 4/pi (sqrt(3)/2 + pi/12 - 1).
    """
    ranges = count - 1
    variance = 2 - 4 / math.pi
    shared = 4 / math.pi * (math.sqrt(3) / 2 + math.pi / 12 - 1)
    relative = (ranges * variance + 2 * (ranges - 1) * shared) / ranges**2 / (4 / math.pi)
    return 1 / (2 * relative)
