"""Several characteristics at once: Hotelling's T² with the terms of a signal, and MEWMA (ISO 7870-7)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, chdtri, chndtr, fdtri

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import number, numbers, table, whole
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.spc.memory import smoothed

Floats = NDArray[np.float64]
Points = NDArray[np.int64]
ALPHA = 0.0027


@dataclass(frozen=True)
class Term:
    """The share of one characteristic in a signal (Mason, Young, Tracy).

    Attributes:
        point: index from 0 of the signal; variable: index from 0 of the characteristic.
        alone: T² of the characteristic alone; given_others: what it adds once all others are known.
        alone_limit, given_others_limit: bounds at the level of the chart.
    """

    point: int
    variable: int
    alone: float
    given_others: float
    alone_limit: float
    given_others_limit: float


@dataclass(frozen=True, kw_only=True)
class T2Chart(Result):
    """A T² chart.

    Attributes:
        center: means of the characteristics; covariance: their covariance within the baseline.
        t2: one for each point; ucl: the limit (there is no lower one); beyond: indices from 0 above it.
        terms: for each point beyond, what each characteristic contributes.
        size: observations in a point; count: points of the baseline.
    """

    center: Floats
    covariance: Floats
    t2: Floats
    ucl: float
    beyond: Points
    terms: tuple[Term, ...]
    alpha: float
    size: int
    count: int
    method: str

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return what may be frozen."""
        return {
            "center": self.center.tolist(),
            "covariance": self.covariance.tolist(),
            "count": self.count,
            "size": self.size,
            "alpha": self.alpha,
        }

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        terms = [{**vars(term), "point": term.point + 1, "variable": term.variable + 1} for term in self.terms]
        return found | {"beyond": self.beyond + 1, "terms": terms, "parameters": self.parameters}


def hotelling_t2(
    observations: Any,
    *,
    alpha: float = ALPHA,
    limits: Any = None,
    edition: str | None = None,
) -> T2Chart:
    """Return Hotelling's T² chart.

    Args:
        observations: points by characteristics; or subgroups by observations by characteristics (all of one size).
        alpha: probability that a point of a process in control lies above the limit.
        limits: frozen limits of a Phase I chart; the points are then Phase II and have the F limit of new points.

    Returns:
        the chart; Phase I limits are the beta limit (single points) or the F limit (subgroups).

    Source:
        Tracy, Young, Mason (1992), J. Qual. Technol. 24(2), 88-95; terms: Mason, Young, Tracy (1995), same, 27(2),
        99-108.
    """
    alpha = number(alpha, "alpha", above=0, below=1)
    x, given = _observations(observations)
    points, n, p = x.shape
    method = "hotelling_t2_individual" if n == 1 else "hotelling_t2_subgroup"
    if limits is None:
        center, covariance = _baseline(x)
        count, phase = points, "I"
        degrees = (points - 1) if n == 1 else points * (n - 1)
        if degrees <= p:
            raise Refused(
                _("{points} points are too few for {variables} characteristics; at least {needed} are needed."),
                {"points": points, "variables": p, "needed": p + 2 if n == 1 else p // (n - 1) + 2},
                field="observations",
            )
        ucl = _ucl_first(points, n, p, alpha)
    else:
        center, covariance, count, stored_n = _frozen(limits, method, p)
        if stored_n != n:
            raise Refused(
                _("These limits were frozen for {frozen}; they cannot judge {method}."),
                {"frozen": f"{method}, n = {stored_n}", "method": f"n = {n}"},
                field="limits",
            )
        phase = "II"
        ucl = _ucl_later(count, n, p, alpha)
    root = _root(covariance)
    deviation = x.mean(axis=1) - center
    t2 = n * (np.linalg.solve(root, deviation.T) ** 2).sum(axis=0)
    beyond = np.flatnonzero(t2 > ucl)
    warnings: list[Warning] = []
    if phase == "I" and points < 5 * p:
        sentence = _(
            "{points} points for {variables} characteristics: the covariance is rough; five for each is usual."
        )
        warnings.append(Warning("few_points", sentence, {"points": points, "variables": p}))
    return T2Chart(
        center=center,
        covariance=covariance,
        t2=t2,
        ucl=ucl,
        beyond=beyond,
        terms=tuple(_terms(deviation, covariance, beyond, n, count, alpha)),
        alpha=alpha,
        size=n,
        count=count,
        method=method,
        estimator="sample covariance" if n == 1 else "pooled covariance",
        phase=phase,
        warnings=tuple(warnings),
        provenance=provenance(
            method,
            "ISO 7870-7",
            edition or "2020",
            data={"observations": given},
            parameters={"alpha": alpha} | ({"limits": _plain(limits)} if limits is not None else {}),
        ),
    )


def _plain(limits: Any) -> Any:
    return limits if isinstance(limits, Mapping) else limits.parameters


def _observations(observations: Any) -> tuple[Floats, Any]:
    """Read points by characteristics as (points, 1, p), or subgroups as (points, n, p)."""
    array = observations if isinstance(observations, np.ndarray) else None
    nested = array is not None and array.ndim == 3
    if array is None and isinstance(observations, (list, tuple)) and observations:
        first = observations[0]
        nested = isinstance(first, (list, tuple)) and bool(first) and isinstance(first[0], (list, tuple))
    if not nested:
        read = table(observations, "observations", at_least=2)
        if read.values.shape[1] < 2:
            raise Refused(_("One characteristic needs no multivariate chart; use i_mr."), field="observations")
        return np.ascontiguousarray(read.values)[:, None, :], read.given
    groups = [table(group, "observations", at_least=2) for group in observations]
    shapes = {group.values.shape for group in groups}
    if len(shapes) > 1:
        raise Refused(_("Subgroups of a multivariate chart must all have one size."), field="observations")
    return np.array([group.values for group in groups]), [group.given for group in groups]


def _baseline(x: Floats) -> tuple[Floats, Floats]:
    """Return the mean and the covariance: of the points, or pooled within subgroups."""
    points, n, p = x.shape
    flat = x.reshape(-1, p)
    origin = flat[0]
    center = origin + (flat - origin).mean(axis=0)
    if n == 1:
        deviation = flat - center
        return center, deviation.T @ deviation / (points - 1)
    within = (x - x.mean(axis=1, keepdims=True)).reshape(-1, p)
    return center, within.T @ within / (points * (n - 1))


def _ucl_first(m: int, n: int, p: int, alpha: float) -> float:
    if n == 1:
        return (m - 1) ** 2 / m * float(betaincinv(p / 2, (m - p - 1) / 2, 1 - alpha))
    degrees = m * n - m - p + 1
    return p * (m - 1) * (n - 1) / degrees * float(fdtri(p, degrees, 1 - alpha))


def _ucl_later(m: int, n: int, p: int, alpha: float) -> float:
    if n == 1:
        return p * (m + 1) * (m - 1) / (m * (m - p)) * float(fdtri(p, m - p, 1 - alpha))
    degrees = m * n - m - p + 1
    return p * (m + 1) * (n - 1) / degrees * float(fdtri(p, degrees, 1 - alpha))


def _frozen(limits: Any, method: str, p: int) -> tuple[Floats, Floats, int, int]:
    from testamur.tqm.spc.chart import frozen

    needs = ("center", "covariance", "count")
    found = frozen(limits, method, needs)
    center = numbers(found["center"], "center").values
    covariance = table(found["covariance"], "covariance").values
    if center.shape != (p,) or covariance.shape != (p, p):
        raise Refused(
            _("Frozen multivariate limits need center, covariance and count of {variables} characteristics."),
            {"variables": p},
            field="limits",
        )
    count = whole(found["count"], "count", at_least=p + 1)
    return center, covariance, count, whole(found.get("size", 1), "size", at_least=1)


def _root(covariance: Floats) -> Floats:
    """Return the Cholesky root, after refusing a covariance that cannot be inverted."""
    spread = np.sqrt(np.diag(covariance))
    still = np.flatnonzero(spread == 0)
    if still.size:
        raise Refused(
            _("Characteristic {place} does not vary; leave it out."), {"place": int(still[0]) + 1}, field="observations"
        )
    correlation = covariance / np.outer(spread, spread)
    smallest, direction = np.linalg.eigh(correlation)
    if smallest[0] < 1e-10:
        involved = np.flatnonzero(np.abs(direction[:, 0]) > 1e-3) + 1
        raise Refused(
            _("Characteristics {places} determine one another exactly; leave one of them out."),
            {"places": involved.tolist()},
            field="observations",
        )
    return np.asarray(np.linalg.cholesky(covariance))


def _terms(deviation: Floats, covariance: Floats, beyond: Points, n: int, m: int, alpha: float) -> list[Term]:
    if not beyond.size:
        return []
    p = covariance.shape[0]
    inverse = np.linalg.inv(covariance)
    factor = (m + 1) / m
    alone_limit = factor * float(fdtri(1, m - 1, 1 - alpha))
    left = m - p
    others_limit = factor * (m - 1) / left * float(fdtri(1, left, 1 - alpha)) if left > 0 else math.nan
    found = []
    for point in beyond:
        d = deviation[point]
        alone = n * d**2 / np.diag(covariance)
        # T² less the T² of all others is the square of what the inverse leaves to this one.
        added = n * (inverse @ d) ** 2 / np.diag(inverse)
        for variable in range(p):
            found.append(
                Term(int(point), variable, float(alone[variable]), float(added[variable]), alone_limit, others_limit)
            )
    return found


@dataclass(frozen=True, kw_only=True)
class MewmaChart(Result):
    """A multivariate EWMA chart: ``t2`` of the averaged vectors ``z`` against ``ucl``; indices from 0."""

    center: Floats
    covariance: Floats
    z: Floats
    t2: Floats
    ucl: float
    beyond: Points
    lam: float
    arl0: float
    count: int

    @property
    def method(self) -> str:
        """Return the id of the method."""
        return "mewma"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return what may be frozen."""
        return {
            "center": self.center.tolist(),
            "covariance": self.covariance.tolist(),
            "count": self.count,
            "lam": self.lam,
            "arl0": self.arl0,
        }

    def answer(self) -> dict[str, Any]:
        return super().answer() | {"beyond": self.beyond + 1, "parameters": self.parameters}


def mewma(
    observations: Any,
    *,
    lam: float = 0.1,
    arl0: float = 370.4,
    ucl: float | None = None,
    limits: Any = None,
    edition: str | None = None,
) -> MewmaChart:
    """Return the multivariate EWMA chart of single vectors.

    Args:
        observations: points by characteristics.
        lam: weight of the newest point.
        arl0: average run length wanted in control; the limit is computed from it unless ``ucl`` is given.
        limits: frozen limits (center, covariance, count); all points are then Phase II.

    Source:
        Lowry, Woodall, Champ, Rigdon (1992), Technometrics 34(1), 46-53; limit: Runger and Prabhu (1996),
        J. Am. Stat. Assoc. 91, 1701-1706.
    """
    lam = number(lam, "lam", above=0, at_most=1)
    arl0 = number(arl0, "arl0", above=1, at_most=1e6)
    x, given = _observations(observations)
    if x.shape[1] != 1:
        raise Refused(_("A MEWMA chart takes single vectors; give the means of subgroups."), field="observations")
    x = x[:, 0, :]
    m, p = x.shape
    if limits is None:
        if m <= p + 1:
            raise Refused(
                _("{points} points are too few for {variables} characteristics; at least {needed} are needed."),
                {"points": m, "variables": p, "needed": p + 2},
                field="observations",
            )
        center, covariance = _baseline(x[:, None, :])
        count, phase = m, "I"
    else:
        center, covariance, count, _size = _frozen(limits, "mewma", p)
        phase = "II"
    root = _root(covariance)
    z = smoothed((x - center).T, lam, 0.0).T
    age = np.arange(1, m + 1, dtype=np.float64)
    shrink = -np.expm1(2 * age * math.log1p(-lam)) if lam < 1 else np.ones(m)
    t2 = (np.linalg.solve(root, z.T) ** 2).sum(axis=0) / (lam / (2 - lam) * shrink)
    top = mewma_limit(p, lam, arl0) if ucl is None else number(ucl, "ucl", above=0)
    return MewmaChart(
        center=center,
        covariance=covariance,
        z=z + center,
        t2=t2,
        ucl=top,
        beyond=np.flatnonzero(t2 > top),
        lam=lam,
        arl0=arl0,
        count=count,
        estimator="sample covariance",
        phase=phase,
        provenance=provenance(
            "mewma",
            "Lowry et al. (1992)",
            edition or "1992",
            data={"observations": given},
            parameters={"lam": lam, "arl0": arl0, "ucl": ucl}
            | ({"limits": _plain(limits)} if limits is not None else {}),
        ),
    )


def mewma_arl(p: int, lam: float, ucl: float, states: int = 120) -> float:
    """Return the in-control average run length of a MEWMA chart, from a Markov chain over the length of z.

    Args:
        p: number of characteristics; ucl: limit of t2 with the asymptotic covariance.
    """
    # z in units of its asymptotic deviation times sqrt(lam/(2-lam)); rings of equal width, the first half as wide.
    outer = math.sqrt(ucl * lam / (2 - lam))
    width = 2 * outer / (2 * states + 1)
    radius = np.arange(states + 1) * width
    edges = (np.arange(states + 1) + 0.5) * width
    noncentrality = ((1 - lam) * radius / lam) ** 2
    inside = chndtr((edges[None, :] / lam) ** 2, p, noncentrality[:, None])
    chain = np.diff(np.concatenate([np.zeros((states + 1, 1)), inside], axis=1), axis=1)
    return float(np.linalg.solve(np.eye(states + 1) - chain, np.ones(states + 1))[0])


@lru_cache(maxsize=256)
def mewma_limit(p: int, lam: float, arl0: float) -> float:
    """Return the limit of t2 that gives this average run length in control; to 7 digits.

    The logarithm of the run length is nearly a straight line in the limit, so a few secants find it.
    """
    before, here = float(chdtri(p, 5 / arl0)), float(chdtri(p, 1 / arl0))
    goal = math.log(arl0)
    value_before = math.log(mewma_arl(p, lam, before)) - goal
    for _step in range(30):
        value = math.log(mewma_arl(p, lam, here)) - goal
        if abs(value) < 1e-9 or here == before:
            break
        step = value * (here - before) / (value - value_before)
        before, value_before, here = here, value, max(here - step, here / 4)
    return here
