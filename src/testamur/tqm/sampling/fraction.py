"""Fraction nonconforming estimated from a sample by variables, and the decision on the lot (Form 2 of Z1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import Floats, choice, number, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

SOURCE, Z19 = "ANSI/ASQ Z1.9", "Z1.9"
#: Below this Shapiro-Wilk probability the plans' assumption of a normal distribution is in doubt.
NOT_NORMAL = 0.05


@dataclass(frozen=True, kw_only=True)
class Fraction(Result):
    """Fraction nonconforming that a sample lets expect: minimum-variance unbiased, a share.

    Attributes:
        lower, upper: beyond each limit; 0 where there is none; p: both together.
    """

    p: float
    lower: float
    upper: float


@dataclass(frozen=True, kw_only=True)
class Fractions(Result):
    """Answers to several named questions."""

    values: Mapping[str, float]

    def answer(self) -> Any:
        return dict(self.values)


@dataclass(frozen=True, kw_only=True)
class Verdict(Result):
    """The decision on one lot.

    Attributes:
        accepted: the lot may be accepted; Q_lower, Q_upper: quality statistics; p: estimated fraction.
        normality_p: probability by Shapiro and Wilk that a normal sample looks no more normal; None below three items.
    """

    accepted: bool
    p: float
    M: float
    Q_lower: float | None
    Q_upper: float | None
    mean: float
    s: float
    n: int
    normality_p: float | None


def estimated_fraction(
    sample: Any = None,
    *,
    lower: float | None = None,
    upper: float | None = None,
    sigma: float | None = None,
    mean: float | None = None,
    s: float | None = None,
    n: int | None = None,
) -> Fraction:
    """Return the estimated fraction nonconforming (Form 2), by the unbiased estimator of least variance.

    With s it is I_x(n/2-1, n/2-1), x = 0.5 - Q √n/(2(n-1)); with σ known Φ(-Q √(n/(n-1))).

    Args:
        sample: measured values; or mean, s and n instead.
        lower, upper: specification limits, at least one.
        sigma: known process standard deviation.

    Raises:
        Refused: no limit, limits crossed, or too few items (three; two with σ known).
    """
    centre, deviation, size, _read = _statistics(sample, mean, s, n, sigma)
    low = None if lower is None else number(lower, "lower")
    high = None if upper is None else number(upper, "upper")
    _check_limits(low, high)
    below = 0.0 if low is None else _tail(centre - low, deviation, size, sigma is not None)
    above = 0.0 if high is None else _tail(high - centre, deviation, size, sigma is not None)
    said = [] if deviation > 0 else [_still()]
    return Fraction(
        p=below + above,
        lower=below,
        upper=above,
        estimator="sigma" if sigma is not None else "s",
        warnings=tuple(said),
        provenance=provenance(
            "variables_estimated_fraction",
            SOURCE,
            Z19,
            clause="Table B-5",
            data={"sample": sample},
            parameters={"lower": lower, "upper": upper, "sigma": sigma, "mean": mean, "s": s, "n": n},
        ),
    )


def allowed_fraction(k: float, n: int, *, sigma: str = "unknown") -> float:
    """Return M that belongs to k: the fraction estimated from a sample that is just accepted."""
    constant_k = number(k, "k")
    choice(sigma, "sigma", ("unknown", "known"))
    size = whole(n, "n", at_least=2 if sigma == "known" else 3)
    return _tail(constant_k, 1.0, size, sigma == "known")


def constant(share: float, n: int) -> float:
    """Return k that belongs to M: the inverse of :func:`allowed_fraction` for the s-method."""
    x = float(stats.beta.ppf(share, n / 2 - 1, n / 2 - 1))
    return (0.5 - x) * 2 * (n - 1) / float(np.sqrt(n))


def accept_by_variables(
    sample: Any,
    *,
    k: float,
    lower: float | None = None,
    upper: float | None = None,
    sigma: float | None = None,
    M: float | None = None,
) -> Verdict:
    """Decide on a lot: one limit by k, two by the fraction nonconforming and M (both limits combined).

    Args:
        sample: measured values, as many as the plan asks for.
        k: acceptability constant of the plan; M follows from it unless given.

    Raises:
        Refused: as for :func:`estimated_fraction`.
    """
    least = number(k, "k")
    low = None if lower is None else number(lower, "lower")
    high = None if upper is None else number(upper, "upper")
    found = estimated_fraction(sample, lower=lower, upper=upper, sigma=sigma)
    mean, deviation, n, values = _statistics(sample, None, None, None, sigma)
    limit = allowed_fraction(least, n, sigma="unknown" if sigma is None else "known") if M is None else number(M, "M")
    q_low = None if low is None or not deviation else (mean - low) / deviation
    q_high = None if high is None or not deviation else (high - mean) / deviation
    if lower is not None and upper is not None:
        accepted = found.p <= limit
    else:
        q = q_low if lower is not None else q_high
        accepted = found.p <= limit if q is None else q >= least
    said = list(found.warnings)
    normality = None
    if values is not None and len(values) >= 3 and deviation > 0 and np.ptp(values) > 0:
        normality = float(stats.shapiro((values - mean) / float(np.std(values))).pvalue)
        if normality < NOT_NORMAL:
            said.append(
                Warning(
                    "not_normal",
                    _("The sample does not look normal (p = {p}): a plan by variables may mislead here."),
                    {"p": f"{normality:.3f}"},
                )
            )
    return Verdict(
        accepted=accepted,
        p=found.p,
        M=limit,
        Q_lower=q_low,
        Q_upper=q_high,
        mean=mean,
        s=deviation,
        n=n,
        normality_p=normality,
        estimator=found.estimator,
        warnings=tuple(said),
        provenance=provenance(
            "variables_decision",
            SOURCE,
            Z19,
            data={"sample": sample},
            parameters={"k": k, "M": M, "lower": lower, "upper": upper, "sigma": sigma},
        ),
    )


def fractions(sample: Any, questions: Mapping[str, Mapping[str, Any]]) -> Fractions:
    """Answer named questions about a sample: an estimated fraction each, or M where k is given."""
    if not isinstance(questions, Mapping) or not all(isinstance(one, Mapping) for one in questions.values()):
        raise Refused(_("questions map a name to limits (lower, upper), or to k and n."), field="questions")
    found: dict[str, float] = {}
    for name, question in questions.items():
        if "k" in question:
            found[name] = allowed_fraction(question["k"], question.get("n", 0), sigma=question.get("method", "unknown"))
            continue
        about = {key: question[key] for key in ("lower", "upper", "sigma", "mean", "s", "n") if key in question}
        found[name] = estimated_fraction(None if "mean" in question else sample, **about).p
    return Fractions(
        values=found,
        estimator="Form 2",
        provenance=provenance(
            "variables_estimated_fraction",
            SOURCE,
            Z19,
            clause="Table B-5",
            data={"sample": sample},
            parameters={"questions": questions},
        ),
    )


def _statistics(sample: Any, mean: Any, s: Any, n: Any, sigma: Any) -> tuple[float, float, int, Floats | None]:
    known = None if sigma is None else number(sigma, "sigma", above=0)
    least = 3 if known is None else 2
    if sample is not None:
        read = numbers(sample, "sample", at_least=least)
        deviation = float(read.centred.std(ddof=1)) if known is None else known
        if not np.ptp(read.values) and known is None:
            deviation = 0.0
        return float(read.centred.mean()) + read.origin, deviation, len(read.values), read.values
    if mean is None or n is None or (s is None and known is None):
        raise Refused(_("Give the sample, or its mean, standard deviation (or σ) and size."), field="sample")
    size = whole(n, "n", at_least=least)
    return number(mean, "mean"), number(s, "s", at_least=0) if known is None else known, size, None


def _tail(distance: float, deviation: float, n: int, known: bool) -> float:
    if not deviation > 0:
        # Without any spread the items are all alike: within the limit, or all beyond it.
        return 0.0 if distance >= 0 else 1.0
    q = distance / deviation
    if known:
        return float(stats.norm.sf(q * np.sqrt(n / (n - 1))))
    x = 0.5 - q * float(np.sqrt(n)) / (2 * (n - 1))
    return float(stats.beta.cdf(min(max(x, 0.0), 1.0), n / 2 - 1, n / 2 - 1))


def _check_limits(lower: float | None, upper: float | None) -> None:
    if lower is None and upper is None:
        raise Refused(_("Give a lower or an upper specification limit."), field="lower")
    if lower is not None and upper is not None and lower >= upper:
        raise Refused(_("The lower specification limit must be below the upper one."), field="lower")


def _still() -> Warning:
    return Warning("no_variation", _("All measured values are equal: check the resolution of the measurement."))
