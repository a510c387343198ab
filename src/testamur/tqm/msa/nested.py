"""Gauge repeatability and reproducibility, nested: each operator has parts of his own (destructive tests)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scipy.special import fdtrc

from testamur.kernel.refusal import _
from testamur.tqm.data import number
from testamur.tqm.methods import provenance
from testamur.tqm.msa.anova import AIAG, EDITION, Component, categories, check_values, component, layout_warnings
from testamur.tqm.msa.layout import nested
from testamur.tqm.results import Result, Warning


@dataclass(frozen=True, kw_only=True)
class NestedGageRR(Result):
    """A nested gauge study; variances, with shares and intervals in ``components``."""

    anova: Mapping[str, Any]
    repeatability: float
    operator: float
    part_within_operator: float
    grr: float
    total: float
    components: Mapping[str, Component]
    ndc: float | None
    ndc_truncated: int | None
    k: float
    tolerance: float | None
    conf: float


def gage_rr_nested(
    part: Any,
    operator: Any,
    value: Any,
    *,
    k: float = 6.0,
    tolerance: float | None = None,
    process_sigma: float | None = None,
    conf: float = 0.95,
    edition: str | None = None,
) -> NestedGageRR:
    """Return a nested gauge study; arguments as for :func:`~testamur.tqm.msa.anova.gage_rr_crossed`.

    Parts given to different operators, and repetitions of a destroyed part, count as equal as their batch: what they
    differ by is taken for the gauge's.
    """
    study = nested(part, operator, value)
    check_values(study)
    k, conf = number(k, "k", above=0, at_most=20), number(conf, "conf", above=0.5, below=1)
    width = None if tolerance is None else number(tolerance, "tolerance", above=0)
    sigma = None if process_sigma is None else number(process_sigma, "process_sigma", above=0)
    x = study.centred
    o, p, r = x.shape
    cell, person = x.mean(axis=2), x.mean(axis=(1, 2))
    ss = [
        p * r * float(((person - x.mean()) ** 2).sum()),
        r * float(((cell - person[:, None]) ** 2).sum()),
        float(((x - cell[:, :, None]) ** 2).sum()),
    ]
    df = [o - 1, o * (p - 1), o * p * (r - 1)]
    ms = [one / freedom for one, freedom in zip(ss, df, strict=True)]
    f_operator = ms[0] / ms[1] if ms[1] > 0 else None
    f_part = ms[1] / ms[2] if ms[2] > 0 else None
    terms = {
        "repeatability": [(1.0, ms[2], df[2])],
        "operator": [(1 / (p * r), ms[0], df[0]), (-1 / (p * r), ms[1], df[1])],
        "part_within_operator": [(1 / r, ms[1], df[1]), (-1 / r, ms[2], df[2])],
    }
    variances = {name: max(0.0, sum(c * m for c, m, _df in term)) for name, term in terms.items()}
    variances["grr"] = variances["repeatability"] + variances["operator"]
    variances["total"] = variances["grr"] + variances["part_within_operator"]
    terms["grr"] = [(1 / (p * r), ms[0], df[0]), (-1 / (p * r), ms[1], df[1]), (1.0, ms[2], df[2])]
    terms["total"] = [
        (1 / (p * r), ms[0], df[0]),
        ((p - 1) / (p * r), ms[1], df[1]),
        (1 - 1 / r, ms[2], df[2]),
    ]
    components = {
        name: component(variances[name], variances["total"], terms[name], k, width, sigma, conf) for name in terms
    }
    warnings = []
    clamped = [name for name, one in components.items() if one.clamped]
    if clamped:
        sentence = _("Negative estimates were set to 0: {names}.")
        warnings.append(Warning("negative_component_clamped", sentence, {"names": clamped}))
    ndc = categories(variances["part_within_operator"], variances["grr"])
    return NestedGageRR(
        anova={
            "df": df,
            "ss": ss,
            "ms": ms,
            "F_operator_vs_part": f_operator,
            "p_operator": None if f_operator is None else float(fdtrc(df[0], df[1], f_operator)),
            "F_part": f_part,
            "p_part": None if f_part is None else float(fdtrc(df[1], df[2], f_part)),
        },
        **variances,
        components=components,
        ndc=ndc,
        ndc_truncated=None if ndc is None else max(1, math.floor(ndc)),
        k=k,
        tolerance=width,
        conf=conf,
        estimator="ANOVA, expected mean squares",
        warnings=(*warnings, *layout_warnings(study, width)),
        provenance=provenance(
            "gage_rr_nested_anova",
            AIAG,
            edition or EDITION,
            data=study.given,
            parameters={"k": k, "tolerance": tolerance, "process_sigma": process_sigma, "conf": conf},
        ),
    )
