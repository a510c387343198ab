"""Gauge repeatability and reproducibility by averages and ranges, as worked by hand on the manual's form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from testamur.kernel.refusal import _
from testamur.tqm import constants
from testamur.tqm.data import number
from testamur.tqm.methods import provenance
from testamur.tqm.msa.anova import AIAG, EDITION, check_values
from testamur.tqm.msa.layout import crossed
from testamur.tqm.results import Result, Warning

#: From so many ranges on, the manual takes d2 for d2*.
MANY_RANGES = 15


@dataclass(frozen=True, kw_only=True)
class AverageRange(Result):
    """The form's results: standard deviations EV, AV, GRR, PV, TV; percentages of TV; ndc truncated.

    ``K1``, ``K2``, ``K3`` are the factors of the form; ``UCL_R`` the limit of the ranges and ``ranges_beyond`` the
    cells (part, operator) beyond it.
    """

    EV: float
    AV: float
    GRR: float
    PV: float
    TV: float
    ndc: int | None
    pct: dict[str, float]
    pct_tolerance: dict[str, float] | None
    K1: float
    K2: float
    K3: float
    r_bar: float
    x_diff: float
    r_part: float
    UCL_R: float
    ranges_beyond: tuple[tuple[str, str], ...]


def gage_rr_average_range(
    part: Any,
    operator: Any,
    value: Any,
    *,
    k: float = 6.0,
    tolerance: float | None = None,
    edition: str | None = None,
) -> AverageRange:
    """Return the gauge study by averages and ranges; it cannot see an interaction.

    Source:
        AIAG MSA, 4th ed. (2010), chapter III section B; factors computed as 1/d2* (Duncan).
    """
    study = crossed(part, operator, value)
    check_values(study)
    k = number(k, "k", above=0, at_most=20)
    width = None if tolerance is None else number(tolerance, "tolerance", above=0)
    x = study.centred
    p, o, r = x.shape
    ranges = x.max(axis=2) - x.min(axis=2)
    r_bar = float(ranges.mean())
    k1 = 1 / (constants.d2(r) if p * o > MANY_RANGES else constants.d2_star(r, p * o))
    k2, k3 = 1 / constants.d2_star(o, 1), 1 / constants.d2_star(p, 1)
    people, parts = x.mean(axis=(0, 2)), x.mean(axis=(1, 2))
    x_diff, r_part = float(people.max() - people.min()), float(parts.max() - parts.min())
    ev = r_bar * k1
    square = (x_diff * k2) ** 2 - ev**2 / (p * r)
    av = math.sqrt(max(0.0, square))
    grr, pv = math.hypot(ev, av), r_part * k3
    tv = math.hypot(grr, pv)
    warnings = []
    if square < 0:
        sentence = _("Negative estimates were set to 0: {names}.")
        warnings.append(Warning("negative_component_clamped", sentence, {"names": ["AV"]}))
    limit = constants.D4(r) * r_bar
    beyond = tuple((study.parts[i], study.operators[j]) for i in range(p) for j in range(o) if ranges[i, j] > limit)
    if beyond:
        sentence = _("Ranges beyond their limit at {cells}: repeat these measurements, or find out why.")
        cells = [f"{name}/{person}" for name, person in beyond]
        warnings.append(Warning("ranges_beyond", sentence, {"cells": cells}))
    sds = {"EV": ev, "AV": av, "GRR": grr, "PV": pv}
    return AverageRange(
        EV=ev,
        AV=av,
        GRR=grr,
        PV=pv,
        TV=tv,
        ndc=max(1, math.floor(1.41 * pv / grr)) if grr > 0 else None,
        pct={name: 100 * sd / tv for name, sd in sds.items()},
        pct_tolerance=None if width is None else {name: 100 * k * sd / width for name, sd in sds.items()},
        K1=k1,
        K2=k2,
        K3=k3,
        r_bar=r_bar,
        x_diff=x_diff,
        r_part=r_part,
        UCL_R=limit,
        ranges_beyond=beyond,
        estimator="R/d2*",
        warnings=tuple(warnings),
        provenance=provenance(
            "gage_rr_average_range",
            AIAG,
            edition or EDITION,
            data=study.given,
            parameters={"k": k, "tolerance": tolerance},
            clause="III.B",
        ),
    )
