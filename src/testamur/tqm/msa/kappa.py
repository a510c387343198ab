"""Agreement of ratings beyond chance: Cohen's and Fleiss' kappa, weighted kappa, Kendall's W."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, ndtr, ndtri

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import choice, labels, number, table
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

Floats = NDArray[np.float64]
WEIGHTS = ("none", "linear", "squared")


def codes(ratings: Any, raters: int | None = None) -> tuple[NDArray[np.int64], tuple[str, ...], Any]:
    """Read rows of ratings (items by raters) into codes, and the categories in order.

    Categories that are all numbers are ordered as numbers, others as texts.
    """
    if isinstance(ratings, (str, bytes)) or not isinstance(ratings, (Sequence, np.ndarray)) or len(ratings) < 2:
        raise Refused(
            _("ratings must be rows: one row for each item, one column for each rater; at least 2."), field="ratings"
        )
    rows = [labels(row, "ratings") for row in ratings]
    widths = {len(row) for row in rows}
    if len(widths) > 1 or widths == {0}:
        raise Refused(
            _("Rows of {name} have different lengths ({lengths}); give each the same number of values."),
            {"name": "ratings", "lengths": sorted(widths)},
            field="ratings",
        )
    width = widths.pop()
    if raters is not None and width != raters:
        raise Refused(
            _("There are {count} raters; this kappa compares {wanted}."),
            {"count": width, "wanted": raters},
            field="ratings",
        )
    if width < 2:
        raise Refused(_("One rater agrees with nobody; give at least two."), field="ratings")
    names = ordered({rating for row in rows for rating in row})
    place = {name: i for i, name in enumerate(names)}
    return np.array([[place[rating] for rating in row] for row in rows]), names, tuple(tuple(row) for row in rows)


def ordered(names: set[str]) -> tuple[str, ...]:
    """Return categories in their order: numbers by size where all are numbers, else texts."""
    try:
        return tuple(sorted(names, key=float))
    except ValueError:
        return tuple(sorted(names))


@dataclass(frozen=True, kw_only=True)
class Kappa(Result):
    """Agreement of two raters.

    Attributes:
        kappa: agreement beyond chance; z, p: of the hypothesis of no agreement; lower, upper: its interval.
        agreement_pct: raw agreement, %; expected_pct: by chance.
        prevalence: share of each category over both raters; pabak: kappa if all categories were equally frequent.
        table: counts, first rater by second.
    """

    kappa: float | None
    z: float | None
    p: float | None
    lower: float | None
    upper: float | None
    agreement_pct: float
    expected_pct: float
    prevalence: dict[str, float]
    pabak: float
    n: int
    categories: tuple[str, ...]
    weights: str
    conf: float
    table: NDArray[np.int64]
    status: str


def cohen_kappa(ratings: Any, *, weights: str = "none", conf: float = 0.95, edition: str | None = None) -> Kappa:
    """Return Cohen's kappa of two raters.

    Args:
        ratings: one row for each item, two columns.
        weights: ``"none"``, ``"linear"`` or ``"squared"`` (ordered categories, in the order of numbers or texts).
        conf: level of the interval.

    Source:
        Cohen (1960, 1968); errors: Fleiss, Cohen, Everitt (1969), Psychol. Bull. 72(5), 323-327.
    """
    weights = {"unweighted": "none", "equal": "linear", "quadratic": "squared"}.get(str(weights), weights)
    choice(weights, "weights", WEIGHTS)
    conf = number(conf, "conf", above=0.5, below=1)
    coded, names, given = codes(ratings, 2)
    n, k = coded.shape[0], len(names)
    counts = np.zeros((k, k), np.int64)
    np.add.at(counts, (coded[:, 0], coded[:, 1]), 1)
    share = counts / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    distance = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / max(1, k - 1)
    weight = np.eye(k) if weights == "none" else 1 - (distance if weights == "linear" else distance**2)
    observed, chance = float((weight * share).sum()), float(weight.ravel() @ np.outer(rows, columns).ravel())
    raw = float(np.trace(share))
    prevalence = {name: float((rows[i] + columns[i]) / 2) for i, name in enumerate(names)}
    pabak = (k * raw - 1) / (k - 1) if k > 1 else 1.0
    warnings = []
    kappa = z = p = lower = upper = None
    status = "ok"
    if chance >= 1 - 1e-12:
        status = "no_variation"
        warnings.append(
            Warning("no_variation", _("All ratings are one category: agreement beyond chance is undefined."))
        )
    else:
        kappa = (observed - chance) / (1 - chance)
        mean = (weight @ columns)[:, None] + (weight.T @ rows)[None, :]
        outer = np.outer(rows, columns)
        null = (float((outer * (weight - mean) ** 2).sum()) - chance**2) / (n * (1 - chance) ** 2)
        z = kappa / math.sqrt(null) if null > 0 else None
        p = None if z is None else 2 * float(ndtr(-abs(z)))
        error = float((share * (weight - mean * (1 - kappa)) ** 2).sum()) - (kappa - chance * (1 - kappa)) ** 2
        reach = float(ndtri((1 + conf) / 2)) * math.sqrt(max(0.0, error) / n) / (1 - chance)
        lower, upper = kappa - reach, min(1.0, kappa + reach)
        if max(prevalence.values()) > 0.9 and raw > 0.8:
            sentence = _(
                "One category makes up {share} % of ratings: kappa is low whatever the agreement; see PABAK ({pabak})."
            )
            facts = {"share": round(100 * max(prevalence.values())), "pabak": f"{pabak:.2f}"}
            warnings.append(Warning("prevalence", sentence, facts))
    return Kappa(
        kappa=kappa,
        z=z,
        p=p,
        lower=lower,
        upper=upper,
        agreement_pct=100 * raw,
        expected_pct=100 * chance,
        prevalence=prevalence,
        pabak=pabak,
        n=n,
        categories=names,
        weights=weights,
        conf=conf,
        table=counts,
        status=status,
        estimator=f"Cohen, weights {weights}",
        warnings=tuple(warnings),
        provenance=provenance(
            "cohen_kappa",
            "Cohen (1960)",
            edition or "1960",
            data={"ratings": given},
            parameters={"weights": weights, "conf": conf},
        ),
    )


@dataclass(frozen=True, kw_only=True)
class FleissKappa(Result):
    """Agreement of several raters: over all, and for each category against the rest (``z_by_category``: its z)."""

    kappa: float | None
    z: float | None
    p: float | None
    by_category: dict[str, float | None]
    z_by_category: dict[str, float | None]
    agreement_pct: float
    prevalence: dict[str, float]
    n: int
    raters: int
    status: str


def fleiss_kappa(ratings: Any, *, edition: str | None = None) -> FleissKappa:
    """Return Fleiss' kappa.

    Args:
        ratings: one row for each item, one column for each rater; raters need not be the same persons.

    Source:
        Fleiss (1971), Psychol. Bull. 76(5), 378-382; error: Fleiss, Nee, Landis (1979), same, 86(5), 974-977.
    """
    coded, names, given = codes(ratings)
    n, m = coded.shape
    counts = np.stack([(coded == i).sum(axis=1) for i in range(len(names))], axis=1).astype(np.float64)
    share = counts.sum(axis=0) / (n * m)
    agreement = float((counts * (counts - 1)).sum()) / (n * m * (m - 1))
    chance = float((share**2).sum())
    spread = share * (1 - share)
    total = float(spread.sum())
    kappa = z = p = None
    status, warnings = "ok", []
    if total <= 1e-12:
        status = "no_variation"
        warnings.append(
            Warning("no_variation", _("All ratings are one category: agreement beyond chance is undefined."))
        )
    else:
        kappa = (agreement - chance) / (1 - chance)
        variance = 2 / (n * m * (m - 1)) * (total**2 - float((spread * (1 - 2 * share)).sum())) / total**2
        z = kappa / math.sqrt(variance) if variance > 0 else None
        p = None if z is None else 2 * float(ndtr(-abs(z)))
    error = math.sqrt(2 / (n * m * (m - 1)))
    single: dict[str, float | None] = {}
    for i, name in enumerate(names):
        apart = float((counts[:, i] * (m - counts[:, i])).sum())
        single[name] = 1 - apart / (n * m * (m - 1) * spread[i]) if spread[i] > 0 else None
    return FleissKappa(
        kappa=kappa,
        z=z,
        p=p,
        by_category=single,
        z_by_category={name: None if value is None else value / error for name, value in single.items()},
        agreement_pct=100 * float((coded == coded[:, :1]).all(axis=1).mean()),
        prevalence={name: float(value) for name, value in zip(names, share, strict=True)},
        n=n,
        raters=m,
        status=status,
        estimator="Fleiss",
        warnings=tuple(warnings),
        provenance=provenance("fleiss_kappa", "Fleiss (1971)", edition or "1971", data={"ratings": given}),
    )


@dataclass(frozen=True, kw_only=True)
class Kendall(Result):
    """Concordance of several raters who ordered or scored the same items: ``W`` in 0..1, and its chi-square test."""

    W: float | None
    chisq: float | None
    df: int
    p: float | None
    n: int
    raters: int
    ties: bool
    status: str


def kendall_w(ratings: Any, *, correct: bool = True, edition: str | None = None) -> Kendall:
    """Return Kendall's coefficient of concordance.

    Args:
        ratings: numbers; one row for each item, one column for each rater.
        correct: whether ties are allowed for.

    Source:
        Kendall and Babington Smith (1939), Ann. Math. Stat. 10, 275-287.
    """
    read = table(ratings, "ratings", at_least=2)
    x = read.values
    n, m = x.shape
    if m < 2:
        raise Refused(_("One rater agrees with nobody; give at least two."), field="ratings")
    ranks = np.stack([_ranks(x[:, j]) for j in range(m)], axis=1)
    total = ranks.sum(axis=1)
    s = float(((total - total.mean()) ** 2).sum())
    tied = sum(float(np.sum(c**3 - c)) for c in (np.unique(x[:, j], return_counts=True)[1] for j in range(m)))
    below = m**2 * (n**3 - n) - (m * tied if correct else 0.0)
    w = 12 * s / below if below > 0 else None
    chisq = None if w is None else m * (n - 1) * w
    flat = Warning("no_variation", _("Every rater gave all items one value: concordance is undefined."))
    return Kendall(
        W=w,
        chisq=chisq,
        df=n - 1,
        p=None if chisq is None else float(chdtrc(n - 1, chisq)),
        n=n,
        raters=m,
        ties=tied > 0,
        status="ok" if w is not None else "no_variation",
        estimator="W, corrected for ties" if correct else "W",
        warnings=() if w is not None else (flat,),
        provenance=provenance(
            "kendall_w",
            "Kendall (1939)",
            edition or "1939",
            data={"ratings": read.given},
            parameters={"correct": correct},
        ),
    )


def _ranks(x: Floats) -> Floats:
    """Return ranks from 1; equal values share the mean of their ranks."""
    _values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], dtype=np.float64)
