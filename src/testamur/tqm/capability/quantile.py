"""Performance of values that are not normal: the quantile method, for distributions of ISO 22514-4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.capability.fit import Distribution, Fit, anderson_darling, check_support, distribution
from testamur.tqm.capability.intervals import Interval
from testamur.tqm.capability.normal import Specification, cautions, z_bench
from testamur.tqm.data import number, numbers, whole
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

Floats = NDArray[np.float64]
LOW, MIDDLE, HIGH = 0.00135, 0.5, 0.99865
#: Random numbers of one bootstrap, at most (or 200 samples, if those are more).
MOST_DRAWS = 20_000_000
#: 5 % point of A² for a fully known distribution; a fitted one comes closer, so what exceeds it does not fit.
NO_FIT = 2.492


@dataclass(frozen=True, kw_only=True)
class QuantileCapability(Result):
    """Performance by quantiles.

    Attributes:
        distribution: its name; fitted: its parameters; a2: Anderson-Darling distance.
        q00135, q50, q99865: quantiles in the unit of the values.
        indices: Ppl, Ppu, Ppk (and Pp where both limits exist) with bounds of a parametric bootstrap.
    """

    distribution: str
    fitted: Mapping[str, float]
    n: int
    q00135: float
    q50: float
    q99865: float
    indices: Mapping[str, Interval]
    ppm_out: float
    ppm_observed: float
    a2: float
    z_bench: float | None
    conf: float
    specification: Specification
    values: Floats = field(repr=False)

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        del found["values"]
        return found | dict(self.fitted) | {name: interval.value for name, interval in self.indices.items()}


def capability_quantile(
    values: Any,
    *,
    lsl: Any = None,
    usl: Any = None,
    distribution: str = "lognormal",
    conf: float = 0.95,
    resamples: int = 1000,
    seed: int = 22514,
    edition: str | None = None,
) -> QuantileCapability:
    """Return performance by the quantiles X0.135 %, X50 % and X99.865 % of a fitted distribution.

    Args:
        values: at least 8; positive for distributions that start at 0 (their location is taken as 0).
        distribution: normal, lognormal, weibull, gamma, exponential, folded_normal, rayleigh or johnson.
        resamples: samples of the parametric bootstrap behind the bounds; 0 for none.
        seed: its seed, kept in the evidence.

    Source:
        ISO 22514-4:2016, quantile method; fits by maximum likelihood (Johnson: Slifker and Shapiro 1980).
    """
    specification = Specification.read(lsl, usl)
    conf = number(conf, "conf", above=0.5, below=1)
    resamples = whole(resamples, "resamples", at_least=0, at_most=100_000)
    seed = whole(seed, "seed", at_least=0, at_most=2**53)
    law = _law(distribution)
    read = numbers(values, at_least=8)
    x = read.values
    # Many values have narrow bounds anyway; fewer samples of them keep the answer within seconds.
    resamples = min(resamples, max(200, MOST_DRAWS // x.size))
    check_support(x, law)
    if float(np.ptp(x)) == 0:
        raise Refused(_("The values do not vary; no distribution can be fitted."), field="values")
    fit = law.fit(x[None, :])
    low, middle, high = (float(np.squeeze(law.ppf(share, fit))) for share in (LOW, MIDDLE, HIGH))
    values_of = {name: float(v[0]) for name, v in _indices(specification, law, fit).items()}
    bounds = _bootstrap(specification, law, fit, x.size, conf, resamples, seed)
    indices = {}
    for name, value in values_of.items():
        one_sided, lower, upper = bounds.get(name, (None, None, None))
        indices[name] = Interval(one_sided, lower, value, upper)
    one = {name: value[0] for name, value in fit.items()}
    a2 = anderson_darling(x, law, one)
    below = 0.0 if specification.lsl is None else float(law.cdf(specification.lsl, one))
    above = 0.0 if specification.usl is None else 1 - float(law.cdf(specification.usl, one))
    ppm = (below + above) * 1e6
    warnings = cautions(x.size, read.resolution, float(x.std(ddof=1)), None)
    if a2 > NO_FIT:
        sentence = _("The {distribution} distribution does not fit (A² = {a2}): the indices describe another process.")
        warnings.append(Warning("no_fit", sentence, {"distribution": law.id, "a2": f"{a2:.2f}"}))
    return QuantileCapability(
        distribution=law.id,
        fitted={name: float(value) for name, value in one.items()},
        n=x.size,
        q00135=low,
        q50=middle,
        q99865=high,
        indices=indices,
        ppm_out=ppm,
        ppm_observed=specification.observed_ppm(x)["total"],
        a2=a2,
        z_bench=z_bench(ppm),
        conf=conf,
        specification=specification,
        values=x,
        estimator=f"{law.id}, {'percentiles' if law.id == 'johnson' else 'maximum likelihood'}",
        warnings=tuple(warnings),
        provenance=provenance(
            "capability_percentile",
            "ISO 22514-4",
            edition or "2016",
            data={"values": read.given},
            parameters={"lsl": lsl, "usl": usl, "distribution": law.id, "conf": conf, "resamples": resamples},
            seed=seed if resamples else None,
        ),
    )


def _law(name: str) -> Distribution:
    return distribution(name)


def _indices(specification: Specification, law: Distribution, fit: Fit) -> dict[str, Floats]:
    """Return the indices of a batch of fits."""
    low, middle, high = (np.asarray(law.ppf(share, fit)) for share in (LOW, MIDDLE, HIGH))
    found: dict[str, Floats] = {}
    if specification.lsl is not None and specification.usl is not None:
        found["Pp"] = (specification.usl - specification.lsl) / (high - low)
    if specification.lsl is not None:
        found["Ppl"] = (middle - specification.lsl) / (middle - low)
    if specification.usl is not None:
        found["Ppu"] = (specification.usl - middle) / (high - middle)
    sides = [found[name] for name in ("Ppl", "Ppu") if name in found]
    found["Ppk"] = np.minimum.reduce(sides)
    return found


def _bootstrap(
    specification: Specification, law: Distribution, fit: Fit, n: int, conf: float, resamples: int, seed: int
) -> dict[str, tuple[float, float, float]]:
    if not resamples:
        return {}
    # A block at a time keeps memory at a few megabytes whatever n is.
    rng = np.random.default_rng(seed)
    block = max(1, min(resamples, 2_000_000 // n))
    found: dict[str, list[Floats]] = {}
    for start in range(0, resamples, block):
        share = rng.random((min(block, resamples - start), n))
        sample = np.asarray(law.ppf(np.clip(share, 1e-12, 1 - 1e-12), {k: v[:, None] for k, v in fit.items()}))
        for name, values in _indices(specification, law, law.fit(sample)).items():
            found.setdefault(name, []).append(values)
    tail = (1 - conf) / 2
    bounds = {}
    for name, parts in found.items():
        every = np.concatenate(parts)
        every = every[np.isfinite(every)]
        bounds[name] = (
            float(np.quantile(every, 1 - conf)),
            float(np.quantile(every, tail)),
            float(np.quantile(every, 1 - tail)),
        )
    return bounds
