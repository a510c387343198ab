"""Distributions of measured values, fitted to whole batches at once, and the test of normality."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.special import ndtr, ndtri

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result

Floats = NDArray[np.float64]
#: Parameters of a batch of fits: name → one value for each row.
Fit = dict[str, Any]


@dataclass(frozen=True)
class Distribution:
    """A family of distributions.

    Attributes:
        id: its name; positive: whether all values must be above 0 (1) or at least 0 (2).
        fit: rows of values → parameters; cdf, ppf: value or share, parameters → share or value.
    """

    id: str
    positive: int
    fit: Callable[[Floats], Fit]
    cdf: Callable[[Any, Fit], Any]
    ppf: Callable[[Any, Fit], Any]


def _fit_normal(x: Floats) -> Fit:
    return {"mu": x.mean(axis=-1), "sigma": x.std(axis=-1, ddof=1)}


def _fit_lognormal(x: Floats) -> Fit:
    y = np.log(x)
    return {"mu_log": y.mean(axis=-1), "sigma_log_mle": y.std(axis=-1)}


def _fit_weibull(x: Floats) -> Fit:
    """Maximum likelihood with location 0: Newton's method on the shape, all rows at once."""
    y = np.log(x)
    scale = y.max(axis=-1, keepdims=True)
    y = y - scale
    mean = y.mean(axis=-1)
    shape = 1.2 / np.maximum(y.std(axis=-1), 1e-12)
    for _step in range(60):
        power = np.exp(shape[..., None] * y)
        s0, s1, s2 = power.sum(axis=-1), (power * y).sum(axis=-1), (power * y * y).sum(axis=-1)
        ratio = s1 / s0
        value = ratio - 1 / shape - mean
        change = value / (s2 / s0 - ratio**2 + 1 / shape**2)
        shape = np.maximum(shape - change, shape / 4)
        if np.all(np.abs(change) < 1e-13 * shape):
            break
    average = np.exp(shape[..., None] * y).mean(axis=-1)
    return {"shape": shape, "scale": np.exp(scale[..., 0] + np.log(average) / shape)}


def _fit_gamma(x: Floats) -> Fit:
    """Maximum likelihood with location 0: Newton's method on the shape (Minka), all rows at once."""
    mean = x.mean(axis=-1)
    gap = np.maximum(np.log(mean) - np.log(x).mean(axis=-1), 1e-14)
    shape = (3 - gap + np.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
    for _step in range(60):
        value = np.log(shape) - special.digamma(shape) - gap
        change = value / (1 / shape - special.polygamma(1, shape))
        shape = np.maximum(shape - change, shape / 4)
        if np.all(np.abs(change) < 1e-13 * shape):
            break
    return {"shape": shape, "scale": mean / shape}


def _fit_folded(x: Floats) -> Fit:
    """Maximum likelihood of |N(mu, sigma)|: sigma² = mean x² - mu², and mu by halving the interval of its equation."""
    square = (x**2).mean(axis=-1)

    def excess(mu: Floats) -> Floats:
        variance = np.maximum(square - mu**2, 1e-300)
        return np.asarray((x * np.tanh(np.minimum((mu / variance)[..., None] * x, 350))).mean(axis=-1) - mu)

    low, high = np.asarray(1e-6 * np.sqrt(square)), np.sqrt(square) * (1 - 1e-12)
    inside = excess(low) > 0
    for _step in range(46):
        middle = (low + high) / 2
        above = excess(middle) > 0
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    mu = np.where(inside, (low + high) / 2, 0.0)
    return {"mu": mu, "sigma": np.sqrt(np.maximum(square - mu**2, 0))}


def _folded_cdf(x: Any, fit: Fit) -> Any:
    x = np.maximum(x, 0)
    return ndtr((x - fit["mu"]) / fit["sigma"]) + ndtr((x + fit["mu"]) / fit["sigma"]) - 1


def _folded_ppf(share: Any, fit: Fit) -> Any:
    low = np.zeros(np.broadcast(share, fit["mu"]).shape)
    high = low + fit["mu"] + 12 * fit["sigma"]
    for _step in range(200):
        middle = (low + high) / 2
        below = _folded_cdf(middle, fit) < share
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2


def _fit_rayleigh(x: Floats) -> Fit:
    return {"scale": np.sqrt((x**2).mean(axis=-1) / 2)}


def _fit_exponential(x: Floats) -> Fit:
    return {"scale": x.mean(axis=-1)}


def _johnson(x: Floats) -> Fit:
    """Johnson's system by four percentiles at ±0.524 and ±1.572 standard normal deviates.

    Source:
        Slifker and Shapiro (1980), Technometrics 22(2), 239-246.
    """
    z = 0.524
    low3, low1, high1, high3 = np.quantile(x, ndtr([-3 * z, -z, z, 3 * z]), axis=-1, method="weibull")
    m, n, p = high3 - high1, low1 - low3, high1 - low1
    if np.any(p <= 0) or np.any(m <= 0) or np.any(n <= 0):
        raise Refused(_("Too many equal values for a Johnson distribution; record more decimals, or choose another."))
    a, b = m / p, n / p
    # Near the lognormal line both other forms lose their digits.
    product = a * b
    kind = np.where(product > 1.001, 1, np.where(product < 0.999, -1, 0))
    middle = (high1 + low1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        eta_u = 2 * z / np.arccosh((a + b) / 2)
        gamma_u = eta_u * np.arcsinh((b - a) / (2 * np.sqrt(product - 1)))
        lambda_u = 2 * p * np.sqrt(product - 1) / ((a + b - 2) * np.sqrt(a + b + 2))
        xi_u = middle + p * (b - a) / (2 * (a + b - 2))
        pm, pn = p / m, p / n
        root = np.sqrt((1 + pm) * (1 + pn))
        eta_b = z / np.arccosh(root / 2)
        gamma_b = eta_b * np.arcsinh((pn - pm) * np.sqrt((1 + pm) * (1 + pn) - 4) / (2 * (pm * pn - 1)))
        lambda_b = p * np.sqrt(((1 + pm) * (1 + pn) - 2) ** 2 - 4) / (pm * pn - 1)
        xi_b = middle - lambda_b / 2 + p * (pn - pm) / (2 * (pm * pn - 1))
        eta_l = 2 * z / np.log(a)
        gamma_l = eta_l * np.log((a - 1) / (p * np.sqrt(a)))
        xi_l = middle - p / 2 * (a + 1) / (a - 1)
    return {
        "kind": kind,
        "gamma": np.select([kind == 1, kind == -1], [gamma_u, gamma_b], gamma_l),
        "eta": np.select([kind == 1, kind == -1], [eta_u, eta_b], eta_l),
        "lambda": np.select([kind == 1, kind == -1], [lambda_u, lambda_b], 1.0),
        "xi": np.select([kind == 1, kind == -1], [xi_u, xi_b], xi_l),
    }


def _johnson_cdf(x: Any, fit: Fit) -> Any:
    y = (x - fit["xi"]) / fit["lambda"]
    with np.errstate(invalid="ignore", divide="ignore"):
        inside = np.clip(y, 1e-300, 1 - 1e-16)
        bounded = np.log(inside / (1 - inside))
        unbounded = np.arcsinh(y)
        log = np.log(np.maximum(y, 1e-300))
    kind = fit["kind"]
    return ndtr(fit["gamma"] + fit["eta"] * np.where(kind == 1, unbounded, np.where(kind == -1, bounded, log)))


def _johnson_ppf(share: Any, fit: Fit) -> Any:
    w = (ndtri(share) - fit["gamma"]) / fit["eta"]
    kind = fit["kind"]
    with np.errstate(over="ignore"):
        y = np.where(kind == 1, np.sinh(w), np.where(kind == -1, special.expit(w), np.exp(w)))
    return fit["xi"] + fit["lambda"] * y


DISTRIBUTIONS: dict[str, Distribution] = {
    "normal": Distribution(
        "normal",
        0,
        _fit_normal,
        lambda x, f: ndtr((x - f["mu"]) / f["sigma"]),
        lambda q, f: f["mu"] + f["sigma"] * ndtri(q),
    ),
    "lognormal": Distribution(
        "lognormal",
        1,
        _fit_lognormal,
        lambda x, f: ndtr((np.log(np.maximum(x, 1e-300)) - f["mu_log"]) / f["sigma_log_mle"]),
        lambda q, f: np.exp(f["mu_log"] + f["sigma_log_mle"] * ndtri(q)),
    ),
    "weibull": Distribution(
        "weibull",
        1,
        _fit_weibull,
        lambda x, f: -np.expm1(-((np.maximum(x, 0) / f["scale"]) ** f["shape"])),
        lambda q, f: f["scale"] * (-np.log1p(-np.asarray(q))) ** (1 / f["shape"]),
    ),
    "gamma": Distribution(
        "gamma",
        1,
        _fit_gamma,
        lambda x, f: special.gammainc(f["shape"], np.maximum(x, 0) / f["scale"]),
        lambda q, f: f["scale"] * special.gammaincinv(f["shape"], q),
    ),
    "exponential": Distribution(
        "exponential",
        2,
        _fit_exponential,
        lambda x, f: -np.expm1(-np.maximum(x, 0) / f["scale"]),
        lambda q, f: -f["scale"] * np.log1p(-np.asarray(q)),
    ),
    "folded_normal": Distribution("folded_normal", 2, _fit_folded, _folded_cdf, _folded_ppf),
    "rayleigh": Distribution(
        "rayleigh",
        2,
        _fit_rayleigh,
        lambda x, f: -np.expm1(-((np.maximum(x, 0) / f["scale"]) ** 2) / 2),
        lambda q, f: f["scale"] * np.sqrt(-2 * np.log1p(-np.asarray(q))),
    ),
    "johnson": Distribution("johnson", 0, _johnson, _johnson_cdf, _johnson_ppf),
}


def distribution(name: str) -> Distribution:
    """Return a distribution by its name; what stands in brackets behind it is a remark."""
    word = str(name).partition("(")[0].strip().lower().replace(" ", "_").replace("-", "_")
    if word not in DISTRIBUTIONS:
        raise Refused(
            _("{name} is {value}; it must be one of: {choices}."),
            {"name": "distribution", "value": name, "choices": list(DISTRIBUTIONS)},
            field="distribution",
        )
    return DISTRIBUTIONS[word]


def check_support(x: Floats, law: Distribution) -> None:
    """Refuse values that a distribution cannot have."""
    wrong = (x <= 0) if law.positive == 1 else (x < 0) if law.positive == 2 else np.zeros(x.shape, bool)
    if bool(wrong.any()):
        raise Refused(
            _("{value} in row {row} cannot come from a {distribution} distribution, whose values are above 0."),
            {"value": f"{x[wrong][0]:g}", "row": int(np.flatnonzero(wrong)[0]) + 1, "distribution": law.id},
            field="distribution",
        )


def anderson_darling(x: Floats, law: Distribution, fit: Fit) -> float:
    """Return the Anderson-Darling statistic A² of one series against a fitted distribution."""
    share = np.clip(np.sort(law.cdf(x, fit)), 1e-300, 1 - 1e-16)
    n = share.size
    rank = np.arange(1, n + 1)
    return float(-n - np.mean((2 * rank - 1) * (np.log(share) + np.log1p(-share[::-1]))))


def normal_p(a2: float, n: int) -> float:
    """Return the p-value of A² for a normal distribution with both parameters estimated.

    Source:
        D'Agostino and Stephens, Goodness-of-Fit Techniques (1986), table 4.9.
    """
    a = a2 * (1 + 0.75 / n + 2.25 / n**2)
    if a >= 0.6:
        return math.exp(1.2937 - 5.709 * a + 0.0186 * a**2) if a < 13 else 0.0
    if a >= 0.34:
        return math.exp(0.9177 - 4.279 * a - 1.38 * a**2)
    if a >= 0.2:
        return 1 - math.exp(-8.318 + 42.796 * a - 59.938 * a**2)
    return 1 - math.exp(-13.436 + 101.14 * a - 223.73 * a**2)


@dataclass(frozen=True, kw_only=True)
class Normality(Result):
    """The Anderson-Darling test of normality: ``a2``, its ``p``, and ``quantiles`` of the normal probability plot."""

    n: int
    a2: float
    p: float
    sorted_values: Floats
    quantiles: Floats


def normality(values: Any, *, edition: str | None = None) -> Normality:
    """Return the Anderson-Darling test of normality with estimated mean and standard deviation; at least 8 values."""
    read = numbers(values, at_least=8)
    x = read.centred
    law = DISTRIBUTIONS["normal"]
    fit = law.fit(x)
    if fit["sigma"] == 0:
        raise Refused(_("The values do not vary; no distribution can be fitted."), field="values")
    a2 = anderson_darling(x, law, fit)
    n = x.size
    return Normality(
        n=n,
        a2=a2,
        p=normal_p(a2, n),
        sorted_values=np.sort(x) + read.origin,
        quantiles=ndtri((np.arange(1, n + 1) - 0.375) / (n + 0.25)),
        estimator="mean and s",
        provenance=provenance(
            "normality", "D'Agostino and Stephens (1986)", edition or "1986", data={"values": read.given}
        ),
    )
