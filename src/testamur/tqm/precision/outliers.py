"""Tests for outlying laboratories: Cochran, Grubbs for one and for two, Mandel's h and k (ISO 5725-2:2019, 8.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import Floats, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Provenance, Result, Warning

SOURCE, EDITION = "ISO 5725-2", "2019"
#: Significance of a straggler and of an outlier.
STRAGGLER, OUTLIER = 0.05, 0.01
#: Critical values of the test for two outliers are simulated: samples and seed.
SAMPLES, SEED = 400_000, 57252


@dataclass(frozen=True, kw_only=True)
class OutlierTest(Result):
    """One test of one set of laboratories.

    Attributes:
        statistic: the test statistic; NaN where it cannot be had (see the warnings).
        where: places (from 0) of the suspected laboratories.
        p: probability of such a value where nothing is wrong.
        crit_5, crit_1: critical values of straggler and outlier.
        finding: ``none``, ``straggler``, ``outlier``, or ``untested``.
    """

    statistic: float
    where: tuple[int, ...]
    p: float
    crit_5: float
    crit_1: float
    finding: str


@dataclass(frozen=True, kw_only=True)
class Mandel(Result):
    """Mandel's consistency statistics of each laboratory.

    Attributes:
        h: between laboratories; k: within; NaN where all deviations are 0.
        h_crit_5 … k_crit_1: critical values; h is two-sided.
    """

    h: Floats
    k: Floats
    h_crit_5: float
    h_crit_1: float
    k_crit_5: float
    k_crit_1: float


def cochran(deviations: Any, *, replicates: int) -> OutlierTest:
    """Test the largest cell deviation: C = s²max / Σs² (ISO 5725-2:2019, 8.3.3).

    Args:
        deviations: standard deviation of each laboratory.
        replicates: results in each cell, at least 2; with unequal numbers the one that most cells have.

    Raises:
        Refused: fewer than two laboratories, one replicate, or a negative deviation.
    """
    read = numbers(deviations, "deviations", at_least=2)
    n = whole(replicates, "replicates", at_least=2)
    if read.values.min() < 0:
        raise Refused(_("A standard deviation cannot be negative."), field="deviations")
    squares = read.values**2
    p = len(squares)
    five, one = cochran_critical(p, n, STRAGGLER), cochran_critical(p, n, OUTLIER)
    about = provenance(
        "cochran", SOURCE, EDITION, clause="8.3.3", data={"deviations": read.given}, parameters={"replicates": n}
    )
    total = float(squares.sum())
    if not total > 0:
        return _untested("Cochran", five, one, about)
    place = int(np.argmax(squares))
    c = float(squares[place]) / total
    ratio = np.inf if c >= 1 else c * (p - 1) / (1 - c)
    chance = min(1.0, p * float(stats.f.sf(ratio, n - 1, (p - 1) * (n - 1))))
    return OutlierTest(
        statistic=c,
        where=(place,),
        p=chance,
        crit_5=five,
        crit_1=one,
        finding=_finding(c, five, one),
        estimator="Cochran",
        provenance=about,
    )


def grubbs(means: Any) -> OutlierTest:
    """Test the cell mean farthest from the others, either way: G = |x - x̄|/s (ISO 5725-2:2019, 8.3.4.1).

    ``p`` is that of the side found; the critical values are two-sided (α/2), as the standard wants.

    Raises:
        Refused: fewer than three laboratories.
    """
    read = numbers(means, "means", at_least=3)
    x = read.centred
    p = len(x)
    five, one = grubbs_critical(p, STRAGGLER), grubbs_critical(p, OUTLIER)
    about = provenance("grubbs", SOURCE, EDITION, clause="8.3.4.1", data={"means": read.given})
    s = float(x.std(ddof=1))
    if not np.ptp(read.values):
        return _untested("Grubbs", five, one, about)
    distance = np.abs(x - x.mean())
    place = int(np.argmax(distance))
    g = float(distance[place]) / s
    room = (p - 1) ** 2 - g * g * p
    t = np.inf if room <= 0 else np.sqrt(g * g * p * (p - 2) / room)
    return OutlierTest(
        statistic=g,
        where=(place,),
        p=min(1.0, p * float(stats.t.sf(t, p - 2))),
        crit_5=five,
        crit_1=one,
        finding=_finding(g, five, one),
        estimator="Grubbs",
        provenance=about,
    )


def grubbs_double(means: Any) -> OutlierTest:
    """Test the two largest or the two smallest cell means together: G = SS without them / SS (8.3.4.2).

    Two outliers on one side can hide each other from the test for one; use this only where that one found nothing.
    Small values are significant. There is no closed form: p and critical values are simulated with a fixed seed.

    Raises:
        Refused: fewer than four laboratories.
    """
    read = numbers(means, "means", at_least=4)
    x = read.centred
    p = len(x)
    simulated = _double_null(p)
    five, one = (float(np.quantile(simulated, share / 2)) for share in (STRAGGLER, OUTLIER))
    about = provenance(
        "grubbs_double",
        SOURCE,
        EDITION,
        clause="8.3.4.2",
        data={"means": read.given},
        parameters={"samples": SAMPLES},
        seed=SEED,
    )
    if not np.ptp(read.values):
        return _untested("Grubbs (two)", five, one, about)
    order = np.argsort(x, kind="stable")
    total = float(((x - x.mean()) ** 2).sum())
    pairs = {
        tuple(sorted(int(one) for one in order[side])): x[np.delete(order, np.arange(p)[side])]
        for side in (slice(None, 2), slice(-2, None))
    }
    where, rest = min(pairs.items(), key=lambda pair: float(((pair[1] - pair[1].mean()) ** 2).sum()))
    g = float(((rest - rest.mean()) ** 2).sum()) / total
    chance = min(1.0, 2 * (float(np.searchsorted(simulated, g, side="right")) + 1) / (len(simulated) + 1))
    finding = "outlier" if g < one else "straggler" if g < five else "none"
    return OutlierTest(
        statistic=g,
        where=where,
        p=chance,
        crit_5=five,
        crit_1=one,
        finding=finding,
        estimator="Grubbs (two)",
        warnings=(Warning("simulated", _("Critical values of the test for two outliers are simulated (about 1 %).")),),
        provenance=about,
    )


def mandel(means: Any, deviations: Any, *, replicates: int, general_mean: float | None = None) -> Mandel:
    """Return Mandel's h and k of each laboratory with their critical values (ISO 5725-2:2019, 8.3.1).

    Args:
        means, deviations: of each laboratory's cell.
        replicates: results in each cell, or the number that most have.
        general_mean: mean of all results, where cells differ in size; else the mean of the means.

    Raises:
        Refused: fewer than three laboratories, or columns of different length.
    """
    read, spread = numbers(means, "means", at_least=3), numbers(deviations, "deviations", at_least=3)
    n, p = whole(replicates, "replicates", at_least=2), len(read.values)
    if len(spread.values) != p:
        raise Refused(_("Give one mean and one deviation for every laboratory."), field="deviations")
    x = read.centred
    away = x - (float(x.mean()) if general_mean is None else general_mean - read.origin)
    scale = float(np.sqrt((away**2).sum() / (p - 1)))
    within = float(np.sqrt((spread.values**2).sum() / p))
    said = []
    if not np.ptp(read.values) or not within > 0:
        said.append(_no_variation())
    return Mandel(
        h=away / scale if np.ptp(read.values) else np.full(p, np.nan),
        k=spread.values / within if within > 0 else np.full(p, np.nan),
        h_crit_5=h_critical(p, STRAGGLER),
        h_crit_1=h_critical(p, OUTLIER),
        k_crit_5=k_critical(p, n, STRAGGLER),
        k_crit_1=k_critical(p, n, OUTLIER),
        estimator="Mandel",
        warnings=tuple(said),
        provenance=provenance(
            "mandel",
            SOURCE,
            EDITION,
            clause="8.3.1",
            data={"means": read.given, "deviations": spread.given},
            parameters={"replicates": n, "general_mean": general_mean},
        ),
    )


def cochran_critical(p: int, n: int, alpha: float) -> float:
    """Return the critical value of C for ``p`` laboratories of ``n`` results: 1/(1 + (p-1)/F)."""
    f = float(stats.f.isf(alpha / p, n - 1, (p - 1) * (n - 1)))
    return 1 / (1 + (p - 1) / f)


def grubbs_critical(p: int, alpha: float) -> float:
    """Return the two-sided critical value of G for ``p`` means."""
    t = float(stats.t.isf(alpha / (2 * p), p - 2))
    return float((p - 1) / np.sqrt(p) * np.sqrt(t * t / (p - 2 + t * t)))


def h_critical(p: int, alpha: float) -> float:
    """Return the two-sided critical value of h."""
    t = float(stats.t.isf(alpha / 2, p - 2))
    return float((p - 1) * t / np.sqrt(p * (t * t + p - 2)))


def k_critical(p: int, n: int, alpha: float) -> float:
    """Return the critical value of k."""
    f = float(stats.f.isf(alpha, n - 1, (p - 1) * (n - 1)))
    return float(np.sqrt(p * f / (p - 1 + f)))


@lru_cache(maxsize=32)
def _double_null(p: int) -> Floats:
    """Return the sorted statistic of many normal samples, of the two largest (the two smallest have the same law)."""
    draw = np.random.default_rng(SEED)
    found = []
    block = max(1_000, 2_000_000 // p)
    for first in range(0, SAMPLES // 2, block):
        x = draw.standard_normal((min(block, SAMPLES // 2 - first), p))
        x.partition((1, p - 2), axis=1)
        total = x.var(axis=1) * p
        # Both ends of one sample are used: after the partition the two smallest and the two largest stand outside.
        found += [x[:, 2:].var(axis=1) * (p - 2) / total, x[:, :-2].var(axis=1) * (p - 2) / total]
    simulated = np.sort(np.concatenate(found))
    simulated.flags.writeable = False
    return simulated


def _untested(estimator: str, five: float, one: float, about: Provenance) -> OutlierTest:
    """Return the test of values that do not vary."""
    return OutlierTest(
        statistic=float("nan"),
        where=(),
        p=float("nan"),
        crit_5=five,
        crit_1=one,
        finding="untested",
        estimator=estimator,
        warnings=(_no_variation(),),
        provenance=about,
    )


def _finding(value: float, five: float, one: float) -> str:
    return "outlier" if value > one else "straggler" if value > five else "none"


def _no_variation() -> Warning:
    return Warning("no_variation", _("The values do not vary at all: there is nothing to test."))


def named(places: Sequence[int], labels: Sequence[str]) -> tuple[str, ...]:
    """Return the laboratories at these places."""
    return tuple(labels[place] for place in places)
