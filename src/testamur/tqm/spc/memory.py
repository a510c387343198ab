"""Charts that remember: EWMA (ISO 7870-6) and tabular CUSUM (ISO 7870-4), without a loop over points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm import constants
from testamur.tqm.data import choice, number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.spc import variables
from testamur.tqm.spc.chart import frozen

Floats = NDArray[np.float64]
Points = NDArray[np.int64]
#: The running sum is started anew so often that rounding cannot pile up.
BLOCK = 100_000


@dataclass(frozen=True)
class _Series:
    """Points of a chart with memory, centred on ``origin``; ``first`` of them are Phase I."""

    x: Floats
    sizes: float | Floats
    first: int
    origin: float
    center: float
    sigma: float
    estimator: str
    phase: str
    given: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[Warning, ...] = ()


def _series(
    values: Any, later: Any, center: Any, sigma: Any, sigma_estimator: str | None, limits: Any, method: str
) -> _Series:
    """Read subgroups (rows) or single values, and take centre and sigma: given, frozen, or estimated from Phase I."""
    if limits is not None:
        parameters = frozen(limits, method, ("center", "sigma"))
        center, sigma = parameters["center"], parameters["sigma"]
    rows = _are_rows(values)
    warnings: list[Warning] = []
    if rows:
        word = str(sigma_estimator or "Rbar/d2").partition(" (")[0].strip()
        choice(word, "sigma_estimator", (*variables.XBAR_R, *variables.XBAR_S))
        sample = variables.subgroups(values, "subgroups", "rs")
        x, sizes, origin = sample.columns["location"], sample.size, sample.origin
        given = dict(sample.given)
        estimated = (variables.grand_mean(sample), variables.estimates(sample)[word])
        if later is not None:
            second = variables.subgroups(later, "phase2_subgroups", "r")
            x = np.concatenate([x, second.columns["location"] + (second.origin - origin)])
            if not (isinstance(sizes, float) and isinstance(second.size, float) and sizes == second.size):
                many = len(second.columns["location"])
                sizes = np.concatenate(
                    [np.broadcast_to(sizes, (len(x) - many,)), np.broadcast_to(second.size, (many,))]
                )
            given |= second.given
        first = len(sample)
    else:
        read = numbers(values, at_least=1)
        x, origin, sizes, given, word = read.centred, read.origin, 1.0, {"values": read.given}, "MRbar/d2"
        first = x.size
        if sigma is None and first < 2:
            raise Refused(_("One value has no spread; give sigma, or more values."), field="values")
        spread = float(np.abs(np.diff(x)).mean()) / constants.d2(2) if first > 1 else math.nan
        estimated = (origin + float(x.mean()), spread)
        if later is not None:
            second_read = numbers(later, "phase2_values")
            x = np.concatenate([x, second_read.values - origin])
            given["phase2_values"] = second_read.given
    phase = "II" if limits is not None else "I" if later is None else "I+II"
    used = estimated[1] if sigma is None else number(sigma, "sigma", at_least=0)
    middle = estimated[0] if center is None else number(center, "center")
    if sigma is None and first < 20:
        sentence = _("Limits rest on {count} points; they are preliminary until there are {enough}.")
        warnings.append(Warning("few_points", sentence, {"count": first, "enough": 20}))
    if used <= 4 * np.spacing(abs(origin)):
        used = 0.0
        sentence = _("The data do not vary, so there are no limits and nothing to judge.")
        warnings.append(Warning("no_variation", sentence))
    return _Series(
        x, sizes, first, origin, middle, used, "given" if sigma is not None else word, phase, given, tuple(warnings)
    )


def _are_rows(values: Any) -> bool:
    if isinstance(values, np.ndarray):
        return values.ndim == 2
    return isinstance(values, (list, tuple)) and bool(values) and isinstance(values[0], (list, tuple, np.ndarray))


@dataclass(frozen=True, kw_only=True)
class EwmaChart(Result):
    """An EWMA chart.

    Attributes:
        points: plotted means or values; z: their exponentially weighted averages.
        lcl, ucl: one for each point, or a number (asymptotic limits).
        signals: indices from 0 of z outside the limits.
        status: ``"ok"`` or ``"no_variation"``.
    """

    points: Floats
    z: Floats
    center: float
    sigma: float
    lcl: float | Floats
    ucl: float | Floats
    signals: Points
    lam: float
    L: float
    first: int
    status: str = "ok"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return what may be frozen."""
        return {"center": self.center, "sigma": self.sigma, "lam": self.lam, "L": self.L}

    @property
    def method(self) -> str:
        """Return the id of the method."""
        return "ewma"

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        return found | {"signals": self.signals + 1, "beyond": self.signals + 1, "parameters": self.parameters}


def ewma(
    values: Any,
    later: Any = None,
    *,
    lam: float = 0.2,
    L: float = 3.0,
    target: float | None = None,
    sigma: float | None = None,
    sigma_estimator: str | None = None,
    limits_by: str = "exact",
    start: float | None = None,
    limits: Any = None,
    edition: str | None = None,
) -> EwmaChart:
    """Return the exponentially weighted moving average chart.

    Args:
        values: single values, or subgroups by observations, in the order of time.
        later: Phase II values or subgroups; they never change centre and sigma.
        lam: weight of the newest point, above 0 to 1.
        L: distance of the limits in standard deviations of z.
        target: centre line; the Phase I mean unless given.
        sigma: standard deviation of single values; estimated from Phase I unless given.
        limits_by: ``"exact"`` (widening with time, mixed sizes allowed) or ``"asymptotic"``.
        start: z before the first point; the centre unless given.
        limits: frozen limits (a LimitSet or a mapping with center and sigma); all points are then Phase II.

    Source:
        ISO 7870-6:2016; Lucas and Saccucci (1990), Technometrics 32(1), 1-12.
    """
    if limits is not None:
        stored = frozen(limits, "ewma", ("center", "sigma"))
        lam, L = stored.get("lam", lam), stored.get("L", L)
    lam, L = number(lam, "lam", above=0, at_most=1), number(L, "L", above=0, at_most=10)
    choice(limits_by, "limits", ("exact", "asymptotic"))
    s = _series(values, later, target, sigma, sigma_estimator, limits, "ewma")
    center = s.center - s.origin
    begin = center if start is None else number(start, "start") - s.origin
    z = smoothed(s.x, lam, begin)
    root: Any = math.sqrt(lam / (2 - lam))
    if limits_by == "asymptotic":
        width: Any = L * s.sigma * root / (math.sqrt(s.sizes) if isinstance(s.sizes, float) else np.sqrt(s.sizes))
    elif isinstance(s.sizes, float):
        # 1 - (1-lam)^(2i), without losing digits when lam is small.
        age = np.arange(1, s.x.size + 1, dtype=np.float64)
        shrink = -np.expm1(2 * age * math.log1p(-lam)) if lam < 1 else np.ones(s.x.size)
        width = L * s.sigma * root / math.sqrt(s.sizes) * np.sqrt(shrink)
    else:
        variance = smoothed(lam / s.sizes, 1 - (1 - lam) ** 2, 0.0) * lam / (1 - (1 - lam) ** 2)
        width = L * s.sigma * np.sqrt(variance)
    flat = s.sigma == 0
    lcl, ucl = (math.nan, math.nan) if flat else (s.center - width, s.center + width)
    outside = np.abs(z - center) > width if not flat else np.zeros(s.x.size, bool)
    return EwmaChart(
        points=s.x + s.origin,
        z=z + s.origin,
        center=s.center,
        sigma=s.sigma,
        lcl=lcl,
        ucl=ucl,
        signals=np.flatnonzero(outside),
        lam=lam,
        L=L,
        first=s.first,
        status="no_variation" if flat else "ok",
        estimator=s.estimator,
        phase=s.phase,
        warnings=s.warnings,
        provenance=provenance(
            "ewma",
            "ISO 7870-6",
            edition or "2016",
            data=s.given,
            parameters={"lam": lam, "L": L, "target": target, "sigma": sigma, "limits_by": limits_by, "start": start},
        ),
    )


def smoothed(x: Floats, lam: float, start: float) -> Floats:
    """Return z_i = lam x_i + (1 - lam) z_{i-1}, z_0 = start; along the last axis."""
    from scipy.signal import lfilter

    before = np.full((*x.shape[:-1], 1), (1 - lam) * start)
    return np.asarray(lfilter([lam], [1.0, lam - 1.0], x, axis=-1, zi=before)[0])


@dataclass(frozen=True, kw_only=True)
class CusumChart(Result):
    """A tabular CUSUM.

    Attributes:
        points: plotted means or values.
        c_pos: upper arm, at least 0; c_neg: lower arm, as a negative number; both in standard errors.
        h, k: decision interval and reference value, in standard errors.
        signal_high, signal_low: indices from 0 at which an arm is beyond h.
        shift_high, shift_low: index from 0 at which the shift that led to the first signal probably began; -1 for none.
        size_high, size_low: estimate of that shift's size, in standard errors; NaN for none.
    """

    points: Floats
    c_pos: Floats
    c_neg: Floats
    center: float
    sigma: float
    h: float
    k: float
    head_start: float
    signal_high: Points
    signal_low: Points
    shift_high: int
    shift_low: int
    size_high: float
    size_low: float
    first: int
    status: str = "ok"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return what may be frozen."""
        return {
            "center": self.center, "sigma": self.sigma, "h": self.h, "k": self.k, "head_start": self.head_start,
        }  # fmt: skip

    @property
    def method(self) -> str:
        """Return the id of the method."""
        return "cusum_tabular"

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        for name in ("signal_high", "signal_low"):
            found[name] = found[name] + 1
        for name in ("shift_high", "shift_low"):
            found[name] = found[name] + 1 if found[name] >= 0 else None
        return found | {"parameters": self.parameters}


def cusum(
    values: Any,
    later: Any = None,
    *,
    h: float = 5.0,
    k: float = 0.5,
    target: float | None = None,
    sigma: float | None = None,
    sigma_estimator: str | None = None,
    fir: bool = False,
    limits: Any = None,
    edition: str | None = None,
) -> CusumChart:
    """Return the two-sided tabular cumulative sum chart.

    Args:
        values: single values, or subgroups by observations, in the order of time.
        later: Phase II values or subgroups; they never change centre and sigma.
        h, k: decision interval and reference value, in standard errors of a point.
        target: centre; the Phase I mean unless given.
        sigma: standard deviation of single values; estimated from Phase I unless given.
        fir: fast initial response: both arms start at h/2.
        limits: frozen limits; all points are then Phase II. A head start frozen with them takes the place of ``fir``.

    Source:
        ISO 7870-4:2021; Lucas and Crosier (1982), Technometrics 24(3), 199-205.
    """
    stored: Mapping[str, Any] = {}
    if limits is not None:
        stored = frozen(limits, "cusum_tabular", ("center", "sigma"))
        h, k = stored.get("h", h), stored.get("k", k)
    h, k = number(h, "h", above=0, at_most=1000), number(k, "k", at_least=0, at_most=100)
    s = _series(values, later, target, sigma, sigma_estimator, limits, "cusum_tabular")
    head = number(stored.get("head_start", h / 2 if fir else 0.0), "head_start", at_least=0, at_most=1000)
    flat = s.sigma == 0
    if flat:
        high, low = np.zeros(s.x.size), np.zeros(s.x.size)
    else:
        root = math.sqrt(s.sizes) if isinstance(s.sizes, float) else np.sqrt(s.sizes)
        y = (s.x - (s.center - s.origin)) / s.sigma * root
        high, low = arm(y - k, head), arm(-y - k, head)
    shift_high, size_high = _shift(high, h, k)
    shift_low, size_low = _shift(low, h, k)
    return CusumChart(
        points=s.x + s.origin,
        c_pos=high,
        c_neg=0.0 - low,
        center=s.center,
        sigma=s.sigma,
        h=h,
        k=k,
        head_start=head,
        signal_high=np.flatnonzero(high > h),
        signal_low=np.flatnonzero(low > h),
        shift_high=shift_high,
        shift_low=shift_low,
        size_high=size_high,
        size_low=-size_low,
        first=s.first,
        status="no_variation" if flat else "ok",
        estimator=s.estimator,
        phase=s.phase,
        warnings=s.warnings,
        provenance=provenance(
            "cusum_tabular",
            "ISO 7870-4",
            edition or "2021",
            data=s.given,
            parameters={"h": h, "k": k, "target": target, "sigma": sigma, "fir": fir},
        ),
    )


def arm(steps: Floats, head: float = 0.0) -> Floats:
    """Return C_i = max(0, C_{i-1} + steps_i), C_0 = head, as a running sum less its running minimum."""
    found = np.empty_like(steps)
    before = head
    for start in range(0, steps.size, BLOCK):
        total = np.cumsum(steps[start : start + BLOCK])
        total += before
        lowest = np.minimum.accumulate(total)
        np.minimum(lowest, 0.0, out=lowest)
        total -= lowest
        found[start : start + BLOCK] = total
        before = float(total[-1])
    return found


def _shift(values: Floats, h: float, k: float) -> tuple[int, float]:
    """Return where the shift behind the first signal began (the point after the last zero), and its estimated size."""
    signals = np.flatnonzero(values > h)
    if not signals.size:
        return -1, math.nan
    first = int(signals[0])
    zeros = np.flatnonzero(values[: first + 1] == 0)
    began = int(zeros[-1]) + 1 if zeros.size else 0
    return began, k + float(values[first]) / (first - began + 1)
