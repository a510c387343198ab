"""Constants of control charts for normal data, computed by integration and remembered; no printed table is used.

W is the range of n independent standard normal values, s their standard deviation. Symbols as in ISO 7870-2.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_ndtr, ndtr, ndtri

from testamur.kernel.refusal import Refused, _

# The integrands are smooth and vanish with a Gaussian tail: the trapezoidal rule is then exact to rounding.
_STEP = 0.02
_GRID = np.arange(-10.0, 10.0 + _STEP / 2, _STEP)
_DENSITY = np.exp(-(_GRID**2) / 2) / math.sqrt(2 * math.pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(240)


def _size(n: int, least: int = 2) -> int:
    if isinstance(n, bool) or int(n) != n or n < least:
        raise Refused(
            _("A subgroup size of {size} has no such constant; it must be a whole number of at least {least}."),
            {"size": n, "least": least},
            field="n",
        )
    return int(n)


@lru_cache(maxsize=4096)
def c4(n: float) -> float:
    """Return E(s)/sigma for n values; n may be any number above 1 (degrees of freedom + 1)."""
    if not n > 1:
        raise Refused(
            _("A subgroup size of {size} has no such constant; it must be a whole number of at least {least}."),
            {"size": n, "least": 2},
            field="n",
        )
    return math.sqrt(2 / (n - 1)) * math.exp(float(gammaln(n / 2) - gammaln((n - 1) / 2)))


def c5(n: float) -> float:
    """Return the standard deviation of s/sigma."""
    return math.sqrt(max(0.0, 1 - c4(n) ** 2))


@lru_cache(maxsize=1024)
def d2(n: int) -> float:
    """Return E(W)."""
    n = _size(n)
    above = ndtr(-_GRID)
    # 1 - F^n - (1-F)^n, written without subtracting nearly equal numbers in the tails.
    return float(np.sum(-np.expm1(n * log_ndtr(_GRID)) - above**n) * _STEP)


@lru_cache(maxsize=1024)
def d3(n: int) -> float:
    """Return the standard deviation of W."""
    n = _size(n)
    w, weights = _range_nodes(n)
    second = 2 * float(np.sum(weights * w * range_survival(w, n)))
    return math.sqrt(second - d2(n) ** 2)


def range_survival(w: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Return P(W > w), for each w."""
    inside = ndtr(_GRID[None, :] + w[:, None]) - ndtr(_GRID)[None, :]
    return np.asarray(1 - n * np.sum(_DENSITY * inside ** (n - 1), axis=1) * _STEP)


def _range_nodes(n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    top = 12.0 + math.log(n)
    return (_NODES + 1) * top / 2, _WEIGHTS * top / 2


@lru_cache(maxsize=256)
def range_median(n: int) -> float:
    """Return the median of W; 0.9539 for moving ranges of two."""
    n = _size(n)
    if n == 2:
        return math.sqrt(2) * float(ndtri(0.75))
    low, high = 0.0, 14.0
    for _step in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if range_survival(np.array([middle]), n)[0] > 0.5 else (low, middle)
    return (low + high) / 2


def d2_star(n: int, groups: int) -> float:
    """Return d2* of the average range of some groups: the root mean square of the average range over sigma.

    Source: Duncan (1958); used by the average and range method of AIAG MSA.
    """
    return math.sqrt(d2(n) ** 2 + d3(n) ** 2 / _size(groups, 1))


def A2(n: int) -> float:
    """Return 3/(d2 √n)."""
    return 3 / (d2(n) * math.sqrt(n))


def A3(n: int) -> float:
    """Return 3/(c4 √n)."""
    return 3 / (c4(_size(n)) * math.sqrt(n))


def B3(n: int) -> float:
    """Return the lower factor of an S chart, at least 0."""
    return max(0.0, 1 - 3 * c5(_size(n)) / c4(n))


def B4(n: int) -> float:
    """Return the upper factor of an S chart."""
    return 1 + 3 * c5(_size(n)) / c4(n)


def D3(n: int) -> float:
    """Return the lower factor of an R chart, at least 0."""
    return max(0.0, 1 - 3 * d3(n) / d2(n))


def D4(n: int) -> float:
    """Return the upper factor of an R chart."""
    return 1 + 3 * d3(n) / d2(n)


def E2(n: int = 2) -> float:
    """Return 3/d2, the factor of a chart of individuals whose moving ranges span n values; 2.6587 for two."""
    return 3 / d2(n)
