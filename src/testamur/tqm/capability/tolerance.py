"""Statistical tolerance intervals: where a stated share of the process lies, with a stated confidence (ISO 16269-6)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import bdtr, bdtrc, chdtrc, chndtrix, ndtri

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import choice, number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result

SIDES = ("two", "lower", "upper")


@dataclass(frozen=True, kw_only=True)
class ToleranceInterval(Result):
    """A tolerance interval.

    Attributes:
        lower, upper: in the unit of the values; None on an open side.
        k: factor of s, None for the distribution-free interval.
        confidence: the confidence reached; of a distribution-free interval it is at least what was asked, or refused.
    """

    lower: float | None
    upper: float | None
    k: float | None
    share: float
    confidence: float
    n: int
    mean: float
    s: float


def tolerance_interval(
    values: Any,
    *,
    share: float = 0.99,
    conf: float = 0.95,
    side: str = "two",
    distribution: str = "normal",
    edition: str | None = None,
) -> ToleranceInterval:
    """Return the interval that holds at least a share of the process.

    Args:
        share: share of the process inside, above 0 to below 1.
        side: ``"two"``, ``"lower"`` (a lower bound alone) or ``"upper"``.
        distribution: ``"normal"``, or ``"free"``: from order statistics, without any assumption.

    Source:
        ISO 16269-6:2014; exact two-sided factor: Odeh and Owen (1980).
    """
    share, conf = number(share, "share", above=0, below=1), number(conf, "conf", above=0, below=1)
    choice(side, "side", SIDES)
    choice(distribution, "distribution", ("normal", "free"))
    read = numbers(values, at_least=2)
    x = read.centred
    n = x.size
    mean, s = read.origin + float(x.mean()), float(x.std(ddof=1))
    k: float | None = None
    low: float | None
    high: float | None
    if distribution == "normal":
        if s == 0:
            raise Refused(_("The values do not vary; no distribution can be fitted."), field="values")
        k = factor(n, share, conf, side)
        low, high = mean - k * s, mean + k * s
        reached = conf
    else:
        ordered = np.sort(read.values)
        drop, reached = _dropped(n, share, conf, side)
        below = drop // 2 if side == "two" else drop
        above = drop - below if side == "two" else drop
        low, high = float(ordered[below]), float(ordered[n - 1 - above])
    return ToleranceInterval(
        lower=None if side == "upper" else low,
        upper=None if side == "lower" else high,
        k=k,
        share=share,
        confidence=reached,
        n=n,
        mean=mean,
        s=s,
        estimator="mean and s" if distribution == "normal" else "order statistics",
        provenance=provenance(
            "tolerance_interval",
            "ISO 16269-6",
            edition or "2014",
            data={"values": read.given},
            parameters={"share": share, "conf": conf, "side": side, "distribution": distribution},
        ),
    )


@lru_cache(maxsize=1024)
def factor(n: int, share: float, conf: float, side: str = "two") -> float:
    """Return k such that mean ± k s (or one bound) holds the share with the confidence, for normal values."""
    if side != "two":
        from scipy.stats import nct

        return float(nct.ppf(conf, n - 1, float(ndtri(share)) * math.sqrt(n))) / math.sqrt(n)
    # P over the mean's error z (in sigma): the interval holds the share if s exceeds r(z)/k.
    nodes, weights = np.polynomial.legendre.leggauss(120)
    top = 9 / math.sqrt(n)
    z = (nodes + 1) * top / 2
    weight = weights * top / 2 * 2 * math.sqrt(n / (2 * math.pi)) * np.exp(-n * z**2 / 2)
    # The radius r with P(z - r < N(0, 1) < z + r) = share: the root of a noncentral chi-square quantile.
    radius = np.sqrt(chndtrix(share, 1, z**2))

    def confidence(k: float) -> float:
        return float(np.sum(weight * chdtrc(n - 1, (n - 1) * radius**2 / k**2)))

    low, high = 1e-6, 2.0
    while confidence(high) < conf:
        high *= 2
    for _step in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if confidence(middle) < conf else (low, middle)
    return (low + high) / 2


def _dropped(n: int, share: float, conf: float, side: str) -> tuple[int, float]:
    """Return how many extreme values may be left out in all (on the one side), and the confidence then reached."""
    ends = 2 if side == "two" else 1
    # Between order statistics that leave out r values in all (r >= ends as open ends) the content is Beta(n-r+1, r).
    best = None
    for drop in range(0, n - ends + 1):
        outside = drop + ends
        reached = float(bdtrc(outside - 1, n, 1 - share))
        if reached < conf:
            break
        best = (drop, reached)
    if best is None:
        needed = n
        while float(bdtr(ends - 1, needed, 1 - share)) > 1 - conf:
            needed += 1
        raise Refused(
            _("{n} values cannot show this without an assumption; {needed} are needed. Or choose the normal interval."),
            {"n": n, "needed": needed},
            field="values",
        )
    return best
