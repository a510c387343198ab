"""Performance after a Box-Cox transformation: an alternative to the quantile method for positive values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from testamur.kernel.refusal import Refused, _
from testamur.tqm.capability import intervals
from testamur.tqm.capability.fit import DISTRIBUTIONS, anderson_darling, normal_p
from testamur.tqm.capability.intervals import Interval
from testamur.tqm.capability.normal import Specification, cautions, z_bench
from testamur.tqm.data import number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result

Floats = NDArray[np.float64]
#: Powers outside are no transformation anybody could explain.
LOWEST, HIGHEST = -5.0, 5.0


@dataclass(frozen=True, kw_only=True)
class BoxCoxCapability(Result):
    """Performance of transformed values.

    Attributes:
        lam: the power; lam_lower, lam_upper: 95 % profile-likelihood interval (NaN where the power was given).
        mean, s: of the transformed values; specification: transformed limits.
        indices: Ppl, Ppu, Ppk (and Pp) with intervals; normal_p: of the transformed values.
    """

    lam: float
    lam_lower: float
    lam_upper: float
    n: int
    mean: float
    s: float
    specification: Specification
    indices: Mapping[str, Interval]
    ppm_out: float
    z_bench: float | None
    normal_p: float

    def answer(self) -> dict[str, Any]:
        return super().answer() | {name: interval.value for name, interval in self.indices.items()}


def transformed(x: Any, lam: float) -> Any:
    """Return (x^lam - 1) / lam, or log x for 0; without losing digits for small powers."""
    log = np.log(x)
    return log if lam == 0 else np.expm1(lam * log) / lam


def capability_boxcox(
    values: Any,
    *,
    lsl: Any = None,
    usl: Any = None,
    lam: float | None = None,
    conf: float = 0.95,
    edition: str | None = None,
) -> BoxCoxCapability:
    """Return performance after the power transformation that makes the values most normal.

    Args:
        values: at least 8, all above 0.
        lam: the power, from -5 to 5; by maximum likelihood unless given. A power agreed beforehand is better evidence.

    Source:
        Box and Cox (1964), J. R. Stat. Soc. B 26(2), 211-252; ISO 22514-2:2017 on transformed values.
    """
    limits = Specification.read(lsl, usl)
    conf = number(conf, "conf", above=0.5, below=1)
    read = numbers(values, at_least=8)
    x = read.values
    if bool((x <= 0).any()):
        raise Refused(
            _("Box-Cox needs values above 0; row {row} is {value}. Use the quantile method."),
            {"row": int(np.flatnonzero(x <= 0)[0]) + 1, "value": f"{x[x <= 0][0]:g}"},
            field="values",
        )
    for name, limit in (("lsl", limits.lsl), ("usl", limits.usl)):
        if limit is not None and limit <= 0:
            raise Refused(
                _("Box-Cox needs limits above 0; {name} is {value}. Leave out a limit at a natural bound."),
                {"name": name, "value": limit},
                field=name,
            )
    if float(np.ptp(x)) == 0:
        raise Refused(_("The values do not vary; no distribution can be fitted."), field="values")
    scale = math.exp(float(np.log(x).mean()))
    bounds = (math.nan, math.nan)
    if lam is None:
        power, bounds = _power(x / scale)
    else:
        power = number(lam, "lam", at_least=LOWEST, at_most=HIGHEST)
    y = transformed(x, power)
    mean, s = float(y.mean()), float(y.std(ddof=1))
    specification = Specification(
        None if limits.lsl is None else float(transformed(limits.lsl, power)),
        None if limits.usl is None else float(transformed(limits.usl, power)),
    )
    n = x.size
    indices = {
        name: intervals.chi_square(value, n - 1, conf) if name == "Pp" else intervals.bissell(value, n, n - 1, conf)
        for name, value in specification.indices(mean, s, "P").items()
    }
    law = DISTRIBUTIONS["normal"]
    p = normal_p(anderson_darling(y, law, law.fit(y)), n)
    ppm = specification.expected_ppm(mean, s)["total"]
    return BoxCoxCapability(
        lam=power,
        lam_lower=bounds[0],
        lam_upper=bounds[1],
        n=n,
        mean=mean,
        s=s,
        specification=specification,
        indices=indices,
        ppm_out=ppm,
        z_bench=z_bench(ppm),
        normal_p=p,
        estimator="Box-Cox, maximum likelihood" if lam is None else "Box-Cox, given power",
        warnings=tuple(cautions(n, None, s, p)),
        provenance=provenance(
            "capability_boxcox",
            "ISO 22514-2",
            edition or "2017",
            data={"values": read.given},
            parameters={"lsl": lsl, "usl": usl, "lam": lam, "conf": conf},
        ),
    )


def _likelihood(log: Floats, power: float) -> float:
    """Return the profile log-likelihood of values with geometric mean 1, given their logarithms."""
    y = log if power == 0 else np.expm1(power * log) / power
    return -log.size / 2 * math.log(float(y.var()))


def _power(x: Floats) -> tuple[float, tuple[float, float]]:
    """Return the power of greatest likelihood and its 95 % interval."""
    log = np.log(x)
    grid = np.linspace(LOWEST, HIGHEST, 101)
    best = float(grid[int(np.argmax([_likelihood(log, power) for power in grid]))])
    low, high = max(LOWEST, best - 0.1), min(HIGHEST, best + 0.1)
    golden = (math.sqrt(5) - 1) / 2
    for _step in range(60):
        a, b = high - golden * (high - low), low + golden * (high - low)
        if _likelihood(log, a) > _likelihood(log, b):
            high = b
        else:
            low = a
    best = (low + high) / 2
    floor = _likelihood(log, best) - float(chdtri(1, 0.05)) / 2

    def crossing(outside: float) -> float:
        if _likelihood(log, outside) > floor:
            return outside
        inside = best
        for _step in range(60):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if _likelihood(log, middle) > floor else (inside, middle)
        return (inside + outside) / 2

    return best, (crossing(LOWEST), crossing(HIGHEST))
