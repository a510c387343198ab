"""Capability (short-term, within subgroups) and performance (overall) of normal values, with intervals.

ISO 22514-1 speaks of capability C only where stability is shown, else of performance P. Both are given here, and
``status`` says whether capability may be claimed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from testamur.kernel.refusal import Refused, _
from testamur.tqm.capability import intervals
from testamur.tqm.capability.fit import DISTRIBUTIONS, anderson_darling, normal_p
from testamur.tqm.capability.intervals import Interval
from testamur.tqm.data import choice, number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.spc import variables

Floats = NDArray[np.float64]
#: Fewer values leave the tails to guesswork.
ENOUGH = 50


@dataclass(frozen=True)
class Specification:
    """Specification limits in the unit of the values; None where there is none."""

    lsl: float | None
    usl: float | None
    target: float | None = None

    @classmethod
    def read(cls, lsl: Any, usl: Any, target: Any = None) -> Specification:
        """Read and check limits.

        Raises:
            Refused: there is none; the lower is not below the upper; the target is outside them.
        """
        low = None if lsl is None else number(lsl, "lsl")
        high = None if usl is None else number(usl, "usl")
        aim = None if target is None else number(target, "target")
        if low is None and high is None:
            raise Refused(_("Give a lower or an upper specification limit (lsl, usl)."), field="usl")
        if low is not None and high is not None and low >= high:
            raise Refused(
                _("The lower limit {lsl} is not below the upper limit {usl}."), {"lsl": low, "usl": high}, field="lsl"
            )
        if aim is not None and ((low is not None and aim < low) or (high is not None and aim > high)):
            raise Refused(_("The target {target} lies outside the limits."), {"target": aim}, field="target")
        return cls(low, high, aim)

    def indices(self, mean: float, sigma: float, prefix: str) -> dict[str, float]:
        """Return Cp, Cpl, Cpu, Cpk, Cpm (or P…): only those that the limits define; a one-sided limit has no Cp."""
        found: dict[str, float] = {}
        if self.lsl is not None and self.usl is not None:
            found[f"{prefix}p"] = (self.usl - self.lsl) / (6 * sigma)
        if self.lsl is not None:
            found[f"{prefix}pl"] = (mean - self.lsl) / (3 * sigma)
        if self.usl is not None:
            found[f"{prefix}pu"] = (self.usl - mean) / (3 * sigma)
        found[f"{prefix}pk"] = min(found[name] for name in (f"{prefix}pl", f"{prefix}pu") if name in found)
        if self.target is not None and self.lsl is not None and self.usl is not None:
            found[f"{prefix}pm"] = (self.usl - self.lsl) / (6 * math.hypot(sigma, mean - self.target))
        return found

    def expected_ppm(self, mean: float, sigma: float) -> dict[str, float]:
        """Return expected nonconforming parts per million below, above and in total for a normal distribution."""
        below = 0.0 if self.lsl is None else float(ndtr((self.lsl - mean) / sigma)) * 1e6
        above = 0.0 if self.usl is None else float(ndtr((mean - self.usl) / sigma)) * 1e6
        return {"below": below, "above": above, "total": below + above}

    def observed_ppm(self, values: Floats) -> dict[str, float]:
        """Return observed nonconforming parts per million."""
        below = 0.0 if self.lsl is None else float((values < self.lsl).mean()) * 1e6
        above = 0.0 if self.usl is None else float((values > self.usl).mean()) * 1e6
        return {"below": below, "above": above, "total": below + above}


def z_bench(ppm: float) -> float | None:
    """Return the standard normal deviate with this share above it; None where the share is 0 or 1."""
    share = ppm / 1e6
    return -float(ndtri(share)) if 0 < share < 1 else None


@dataclass(frozen=True, kw_only=True)
class Capability(Result):
    """Capability and performance of one characteristic.

    Attributes:
        status: ``"ok"``; ``"void"`` where the control chart signals: capability may not be claimed then;
            ``"no_variation"`` where sigma is 0 and there are no indices.
        within, overall: index → interval, from sigma within subgroups and from the overall standard deviation.
        freedom_within: effective degrees of freedom of sigma within.
        ppm: expected (within, overall) and observed parts per million; z_bench: the same as normal deviates.
        normal_p: p-value of the Anderson-Darling test; None for fewer than 8 values.
    """

    status: str
    n: int
    mean: float
    sigma_within: float
    sigma_overall: float
    freedom_within: float
    specification: Specification
    within: Mapping[str, Interval]
    overall: Mapping[str, Interval]
    ppm: Mapping[str, Mapping[str, float]]
    z_bench: Mapping[str, float | None]
    normal_p: float | None
    conf: float
    values: Floats = field(repr=False)
    stable: bool | None = None
    chart: Any = field(default=None, repr=False)

    @property
    def method(self) -> str:
        """Return the id of the method."""
        return self.provenance.method

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        del found["values"], found["chart"]
        flat = {name: interval.value for part in (self.within, self.overall) for name, interval in part.items()}
        found |= flat
        if self.overall.get("Pp"):
            found["Pp_ci_chi2"] = [self.overall["Pp"].lower, self.overall["Pp"].upper]
        return found

    def published(self) -> dict[str, Any]:
        return self.answer() | ({"indices_within_with_qcc_ci": self._by_qcc()} if self.within else {})

    def _by_qcc(self) -> dict[str, dict[str, float | None]]:
        """Return the intervals with n - 1 degrees of freedom and one-sided Cpl, Cpu, as R's qcc gives them."""
        names = {"Cp": "Cp", "Cpl": "Cp_l", "Cpu": "Cp_u", "Cpk": "Cp_k", "Cpm": "Cpm"}
        found = {}
        for ours, theirs in names.items():
            if ours not in self.within:
                continue
            value = self.within[ours].value
            if ours == "Cp":
                interval = intervals.chi_square(value, self.n - 1, self.conf)
            elif ours == "Cpm":
                offset = (self.mean - float(self.specification.target or 0)) / self.sigma_within
                # qcc 2.7 leaves out a square of Boyles' degrees of freedom.
                freedom = self.n * (1 + offset**2) / (1 + 2 * offset**2)
                interval = intervals.chi_square(value, freedom, self.conf)
            else:
                level = self.conf if ours == "Cpk" else 2 * self.conf - 1
                interval = intervals.bissell(value, self.n, self.n - 1, level)
            found[theirs] = {"value": value, "lo": interval.lower, "hi": interval.upper}
        return found


def capability_normal(
    values: Any = None,
    *,
    subgroups: Any = None,
    lsl: Any = None,
    usl: Any = None,
    target: Any = None,
    conf: float = 0.95,
    sigma_within: str | None = None,
    gate: str = "warn",
    rules: Any = None,
    edition: str | None = None,
) -> Capability:
    """Return capability and performance of normal values.

    Args:
        values: single values in the order of time; or ``subgroups`` by observations.
        lsl, usl, target: specification; at least one limit.
        conf: level of the intervals.
        sigma_within: ``"Rbar/d2"`` (default for subgroups), ``"Sbar/c4"``, ``"pooled"``, ``"pooled/c4"``; for single
            values ``"MRbar/d2"`` or ``"median_mr"``.
        gate: ``"warn"``: an unstable process has the status ``"void"``; ``"refuse"``: it is refused.
        rules: run rules by which stability is judged; points beyond limits and nine on a side unless said.

    Source:
        ISO 22514-2:2017; intervals: chi-square, Bissell (1990), Boyles (1991).
    """
    specification = Specification.read(lsl, usl, target)
    conf = number(conf, "conf", above=0.5, below=1)
    choice(gate, "gate", ("warn", "refuse"))
    if (values is None) == (subgroups is None):
        raise Refused(_("Give values or subgroups, one of the two."), field="values")
    chart: Any
    if subgroups is not None:
        word = str(sigma_within or "Rbar/d2").partition(" (")[0].strip()
        draw = variables.xbar_s if word in variables.XBAR_S else variables.xbar_r
        chart = draw(subgroups, sigma_estimator=word, rules=rules)
        given = chart.provenance.data
        flat = numbers([cell for row in subgroups for cell in row])
        sizes: Any = np.array([len(row) for row in subgroups], dtype=np.float64)
        groups = len(sizes)
    else:
        word = str(sigma_within or "MRbar/d2").partition(" (")[0].strip()
        chart = variables.i_mr(values, sigma_estimator=word, rules=rules)
        flat = numbers(values, at_least=2)
        given, sizes, groups = {"values": flat.given}, 1.0, flat.values.size
    x = flat.centred
    n = x.size
    mean = flat.origin + float(x.mean())
    overall_s = float(x.std(ddof=1))
    warnings: list[Warning] = []
    about = provenance(
        "capability_normal",
        "ISO 22514-2",
        edition or "2017",
        data=given,
        parameters={"lsl": lsl, "usl": usl, "target": target, "conf": conf, "sigma_within": word, "gate": gate},
    )
    if overall_s <= 4 * np.spacing(abs(mean)) or chart.status == "no_variation":
        flat_warning = Warning("no_variation", _("The values do not vary, so no index can be computed."))
        nothing: dict[str, Any] = {}
        return Capability(
            status="no_variation", n=n, mean=mean, sigma_within=0.0, sigma_overall=overall_s, freedom_within=0.0,
            specification=specification, within={}, overall={}, ppm=nothing, z_bench={}, normal_p=None, conf=conf,
            values=flat.values, estimator=word, phase="I", warnings=(flat_warning,), provenance=about,
        )  # fmt: skip
    stable = bool(chart.in_control)
    if not stable:
        if gate == "refuse":
            raise Refused(
                _("The control chart signals, so capability is void: find and remove the causes first."), field="values"
            )
        warnings.append(
            Warning(
                "unstable",
                _("The control chart signals: capability is void, and only performance (Pp, Ppk) describes the past."),
            )
        )
    freedom = intervals.freedom_of(word, sizes, groups)
    within = _with_intervals(specification, mean, chart.sigma, "C", n, freedom, conf)
    overall = _with_intervals(specification, mean, overall_s, "P", n, n - 1, conf)
    p = None
    if n >= 8:
        law = DISTRIBUTIONS["normal"]
        p = normal_p(anderson_darling(x, law, law.fit(x)), n)
    warnings += cautions(n, flat.resolution, overall_s, p)
    ppm = {
        "expected_within": specification.expected_ppm(mean, chart.sigma),
        "expected_overall": specification.expected_ppm(mean, overall_s),
        "observed": specification.observed_ppm(flat.values),
    }
    return Capability(
        status="ok" if stable else "void",
        n=n,
        mean=mean,
        sigma_within=chart.sigma,
        sigma_overall=overall_s,
        freedom_within=freedom,
        specification=specification,
        within=within,
        overall=overall,
        ppm=ppm,
        z_bench={
            "within": z_bench(ppm["expected_within"]["total"]),
            "overall": z_bench(ppm["expected_overall"]["total"]),
        },
        normal_p=p,
        conf=conf,
        values=flat.values,
        stable=stable,
        chart=chart,
        estimator=word,
        phase="I",
        warnings=tuple(warnings),
        provenance=about,
    )


def cautions(n: int, resolution: float | None, s: float, p: float | None) -> list[Warning]:
    """Return what limits the trust in an index: few values, coarse recording, no normal distribution."""
    found = []
    if n < ENOUGH:
        sentence = _("{n} values are few for a capability; {enough} are usual. The lower bound shows what is proven.")
        found.append(Warning("few_values", sentence, {"n": n, "enough": ENOUGH}))
    if resolution and resolution > 0.1 * s * (1 + 1e-9):
        sentence = _("Values are recorded in steps of {step}, more than a tenth of the standard deviation ({s}).")
        found.append(Warning("coarse_resolution", sentence, {"step": f"{resolution:g}", "s": f"{s:.4g}"}))
    if p is not None and p < 0.05:
        sentence = _("The values are hardly normal (Anderson-Darling p = {p}); use the quantile method or Box-Cox.")
        found.append(Warning("not_normal", sentence, {"p": f"{p:.3g}"}))
    return found


def _with_intervals(
    specification: Specification, mean: float, sigma: float, prefix: str, n: int, freedom: float, conf: float
) -> dict[str, Interval]:
    found = {}
    for name, value in specification.indices(mean, sigma, prefix).items():
        if name == f"{prefix}p":
            found[name] = intervals.chi_square(value, freedom, conf)
        elif name == f"{prefix}pm":
            offset = (mean - float(specification.target or 0)) / sigma
            found[name] = intervals.boyles(value, n, offset, conf)
        else:
            found[name] = intervals.bissell(value, n, freedom, conf)
    return found


@dataclass(frozen=True, kw_only=True)
class Indices(Result):
    """Indices of a known mean and standard deviation; without a sample there are no intervals."""

    indices: Mapping[str, float]
    ppm: Mapping[str, float]
    z_bench: float | None

    def answer(self) -> dict[str, Any]:
        return {**self.indices, "ppm": self.ppm, "z_bench": self.z_bench}


def capability_from_parameters(
    mean: Any, sigma: Any, *, lsl: Any = None, usl: Any = None, target: Any = None, edition: str | None = None
) -> Indices:
    """Return Cp, Cpl, Cpu, Cpk (and Cpm with a target) of a known mean and standard deviation."""
    specification = Specification.read(lsl, usl, target)
    middle, spread = number(mean, "mean"), number(sigma, "sigma", above=0)
    ppm = specification.expected_ppm(middle, spread)
    return Indices(
        indices=specification.indices(middle, spread, "C"),
        ppm=ppm,
        z_bench=z_bench(ppm["total"]),
        estimator="given",
        provenance=provenance(
            "capability_from_parameters",
            "ISO 22514-2",
            edition or "2017",
            data={},
            parameters={"mean": mean, "sigma": sigma, "lsl": lsl, "usl": usl, "target": target},
        ),
    )
