"""Bias, linearity and stability of a gauge against reference values (AIAG MSA, chapter III)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr, stdtrit

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import number, numbers, same_length
from testamur.tqm.methods import provenance
from testamur.tqm.msa.anova import AIAG, EDITION
from testamur.tqm.results import Result, Warning

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Bias(Result):
    """A bias study: mean less reference, its standard error, t-test, and interval; all in the unit of the values.

    ``acceptable`` is true where 0 lies within the interval (the null hypothesis stands), None without variation.
    """

    n: int
    mean: float
    bias: float
    sd: float
    se: float
    t: float | None
    p: float | None
    df: int
    lower: float
    upper: float
    conf: float
    acceptable: bool | None
    pct_tolerance: float | None
    status: str

    def answer(self) -> dict[str, Any]:
        return super().answer() | {f"ci{round(100 * self.conf)}": [self.lower, self.upper]}


def bias_study(
    values: Any, reference: Any, *, conf: float = 0.95, tolerance: float | None = None, edition: str | None = None
) -> Bias:
    """Return the bias of repeated measurements of one reference part.

    Args:
        values: at least 2 measurements (the manual: 10 or more).
        reference: accepted reference value, same unit.
        tolerance: width of the specification, for |bias| as a percentage of it.

    Source:
        AIAG MSA, 4th ed. (2010), chapter III section B; t-test with n - 1 degrees of freedom.
    """
    read = numbers(values, at_least=2)
    target, conf = number(reference, "reference"), number(conf, "conf", above=0.5, below=1)
    width = None if tolerance is None else number(tolerance, "tolerance", above=0)
    x, n = read.centred, read.values.size
    bias = float(x.mean()) + (read.origin - target)
    sd = float(x.std(ddof=1))
    se = sd / math.sqrt(n)
    warnings: list[Warning] = []
    flat = sd <= 4 * np.spacing(abs(read.origin))
    if flat:
        sentence = _("All measurements are equal: the gauge is too coarse to test its bias.")
        warnings.append(Warning("no_variation", sentence))
    elif n < 10:
        sentence = _("{n} measurements are few; the manual asks for at least ten.")
        warnings.append(Warning("few_values", sentence, {"n": n}))
    reach = float(stdtrit(n - 1, (1 + conf) / 2)) * se
    t = None if flat else bias / se
    return Bias(
        n=n,
        mean=target + bias,
        bias=bias,
        sd=sd,
        se=se,
        t=t,
        p=None if t is None else 2 * float(stdtr(n - 1, -abs(t))),
        df=n - 1,
        lower=bias - reach,
        upper=bias + reach,
        conf=conf,
        acceptable=None if flat else bias - reach <= 0 <= bias + reach,
        pct_tolerance=None if width is None else 100 * abs(bias) / width,
        status="no_variation" if flat else "ok",
        estimator="s",
        warnings=tuple(warnings),
        provenance=provenance(
            "bias_study",
            AIAG,
            edition or EDITION,
            data={"values": read.given},
            parameters={"reference": reference, "conf": conf, "tolerance": tolerance},
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Linearity(Result):
    """A linearity study: the line of bias over reference, its tests, and its band.

    Attributes:
        bias_by_reference: mean bias at each of ``references``; band_lower, band_upper: of the line there.
        acceptable: whether the band contains 0 at every reference.
        linearity: |slope| times the process variation (6 sigma); pct_linearity: 100 |slope|.
    """

    slope: float
    intercept: float
    t_slope: float | None
    t_intercept: float | None
    p_slope: float | None
    p_intercept: float | None
    r2: float | None
    s: float
    df: int
    references: Floats
    bias_by_reference: Floats
    band_lower: Floats
    band_upper: Floats
    acceptable: bool
    linearity: float | None
    pct_linearity: float
    conf: float
    biases: Floats = field(repr=False)
    reference: Floats = field(repr=False)

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        del found["biases"], found["reference"]
        return found


def linearity_study(
    reference: Any,
    value: Any,
    *,
    process_sigma: float | None = None,
    conf: float = 0.95,
    edition: str | None = None,
) -> Linearity:
    """Return the linearity of a gauge: how its bias changes over the range of its use.

    Args:
        reference, value: one row for each measurement; at least two different references and three rows.
        process_sigma: standard deviation of the process, for the linearity in the unit of the values.

    Source:
        AIAG MSA, 4th ed. (2010), chapter III section B.
    """
    ref, read = numbers(reference, "reference"), numbers(value, "value", at_least=3)
    same_length(reference=ref.values, value=read.values)
    conf = number(conf, "conf", above=0.5, below=1)
    sigma = None if process_sigma is None else number(process_sigma, "process_sigma", above=0)
    x, y = ref.values, read.centred + (read.origin - ref.values)
    levels = np.unique(x)
    if levels.size < 2:
        raise Refused(_("All references are equal; a line needs at least two."), field="reference")
    n, center = x.size, float(x.mean())
    deviation = x - center
    sxx = float((deviation**2).sum())
    slope = float((deviation * (y - y.mean())).sum()) / sxx
    intercept = float(y.mean()) - slope * center
    residual = y - y.mean() - slope * deviation
    df = n - 2
    s = math.sqrt(float((residual**2).sum()) / df)
    total = float(((y - y.mean()) ** 2).sum())
    errors = s / math.sqrt(sxx), s * math.sqrt(1 / n + center**2 / sxx)
    tests = [
        None if error == 0 else estimate / error for estimate, error in zip((slope, intercept), errors, strict=True)
    ]
    ps = [None if t is None else 2 * float(stdtr(df, -abs(t))) for t in tests]
    line = intercept + slope * levels
    reach = float(stdtrit(df, (1 + conf) / 2)) * s * np.sqrt(1 / n + (levels - center) ** 2 / sxx)
    acceptable = bool(np.all((line - reach <= 0) & (line + reach >= 0)))
    warnings = []
    if levels.size < 5:
        sentence = _("{count} references are few; the manual asks for at least five over the range of use.")
        warnings.append(Warning("few_references", sentence, {"count": int(levels.size)}))
    if not acceptable:
        sentence = _("The band of the line does not contain zero everywhere: the gauge is not linear enough.")
        warnings.append(Warning("not_linear", sentence))
    return Linearity(
        slope=slope,
        intercept=intercept,
        t_slope=tests[0],
        t_intercept=tests[1],
        p_slope=ps[0],
        p_intercept=ps[1],
        r2=1 - float((residual**2).sum()) / total if total > 0 else None,
        s=s,
        df=df,
        references=levels,
        bias_by_reference=np.array([y[x == level].mean() for level in levels]),
        band_lower=line - reach,
        band_upper=line + reach,
        acceptable=acceptable,
        linearity=None if sigma is None else abs(slope) * 6 * sigma,
        pct_linearity=100 * abs(slope),
        conf=conf,
        biases=y,
        reference=x,
        estimator="least squares",
        warnings=tuple(warnings),
        provenance=provenance(
            "linearity_study",
            AIAG,
            edition or EDITION,
            data={"reference": ref.given, "value": read.given},
            parameters={"process_sigma": process_sigma, "conf": conf},
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Stability(Result):
    """A stability study: the control chart of a master part over time, and the test of a drift.

    ``slope`` is the change for each point of time, in the unit of the values; ``drifts`` whether it differs from 0.
    """

    stable: bool
    in_control: bool
    drifts: bool | None
    slope: float
    t_slope: float | None
    p_slope: float | None
    center: float
    sigma: float
    bias: float | None
    chart: Any = field(repr=False)

    def answer(self) -> dict[str, Any]:
        found = super().answer()
        return found | {"chart": self.chart.answer()}


def stability_study(
    values: Any = None,
    *,
    subgroups: Any = None,
    reference: float | None = None,
    alpha: float = 0.05,
    rules: Any = None,
    edition: str | None = None,
) -> Stability:
    """Return whether a gauge stays the same over time, from repeated measurements of a master part.

    Args:
        values: one measurement at each time, or ``subgroups``: several at each time.
        reference: accepted value of the master, for the bias over the whole time.
        alpha: level of the test of drift.

    Source:
        AIAG MSA, 4th ed. (2010), chapter III section B.
    """
    from testamur.tqm.spc import variables

    alpha = number(alpha, "alpha", above=0, below=1)
    if (values is None) == (subgroups is None):
        raise Refused(_("Give values or subgroups, one of the two."), field="values")
    chart: Any
    chart = variables.i_mr(values, rules=rules) if subgroups is None else variables.xbar_r(subgroups, rules=rules)
    y = np.asarray(chart.panels[0].points)
    n = y.size
    if n < 3:
        raise Refused(_("{n} points of time are too few to see a drift; at least three are needed."), {"n": n})
    time = np.arange(n) - (n - 1) / 2
    sxx = float((time**2).sum())
    y = y - y[0]
    slope = float((time * y).sum()) / sxx
    residual = y - y.mean() - slope * time
    s = math.sqrt(float((residual**2).sum()) / (n - 2))
    t = slope / (s / math.sqrt(sxx)) if s > 0 else None
    p = None if t is None else 2 * float(stdtr(n - 2, -abs(t)))
    drifts = None if p is None else p < alpha
    warnings = list(chart.warnings)
    if drifts:
        sentence = _(
            "The measurements drift over time (p = {p}): calibrate, or shorten the interval between calibrations."
        )
        warnings.append(Warning("drift", sentence, {"p": f"{p:.3g}"}))
    target = None if reference is None else number(reference, "reference")
    return Stability(
        stable=bool(chart.in_control) and not drifts,
        in_control=bool(chart.in_control),
        drifts=drifts,
        slope=slope,
        t_slope=t,
        p_slope=p,
        center=chart.center,
        sigma=chart.sigma,
        bias=None if target is None else chart.center - target,
        chart=chart,
        estimator=chart.estimator,
        phase="I",
        warnings=tuple(warnings),
        provenance=provenance(
            "stability_study",
            AIAG,
            edition or EDITION,
            data=chart.provenance.data,
            parameters={"reference": reference, "alpha": alpha, "rules": [rule.id for rule in chart.ruleset]},
        ),
    )
