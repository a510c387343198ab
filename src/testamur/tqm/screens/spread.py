"""Spread that is too small: replicates that agree better than the method can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, number, table
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.screens.copies import EDITION, SOURCE
from testamur.tqm.screens.many import LEAD, adjusted


@dataclass(frozen=True)
class Lead:
    """One laboratory whose replicates agree too well: its deviation, probability, and share of false leads (q)."""

    lab: str
    s: float
    p: float
    q: float
    identical: bool


@dataclass(frozen=True, kw_only=True)
class LowVariance(Result):
    """Laboratories ranked by how improbably small their spread is.

    Attributes:
        leads: those with q at most ``rate``, strongest first; p, q: of every laboratory, NaN with one result.
        sigma: repeatability they are compared with; None where each is compared with all the others.
        resolution: last digit of the results; None where unknown.
    """

    leads: tuple[Lead, ...]
    labs: tuple[str, ...]
    s: Floats
    p: Floats
    q: Floats
    sigma: float | None
    resolution: float | None
    rate: float


def low_variance(
    rows: Any, *, lab: Sequence[Any] | None = None, sigma: float | None = None, rate: float = 0.05
) -> LowVariance:
    """Return laboratories whose replicates agree better than chance allows (left tail of χ² or F).

    Args:
        rows: replicates of one laboratory in each row; rows may differ in length.
        lab: names of the laboratories.
        sigma: repeatability standard deviation of the method, same unit; where absent each laboratory is compared with
            the pooled deviation of all the others.
        rate: accepted share of false leads (Benjamini-Hochberg).

    Raises:
        Refused: fewer than three laboratories with two results where sigma is absent, or sigma is not above 0.
    """
    read = table(rows, "rows", ragged=True, missing="keep")
    x = read.values
    names = tuple(str(place) for place in range(1, len(x) + 1)) if lab is None else tuple(str(name) for name in lab)
    if len(names) != len(x):
        raise Refused(_("Give one name for every row."), field="lab")
    share = number(rate, "rate", above=0, below=1)
    known = None if sigma is None else number(sigma, "sigma", above=0)
    n = np.count_nonzero(~np.isnan(x), axis=1)
    usable = n >= 2
    if int(usable.sum()) < (1 if known else 3):
        raise Refused(
            _("Give two results each of at least three laboratories, or the method's repeatability."), field="rows"
        )
    centred = np.where(np.isnan(x), 0.0, x - np.nanmean(np.where(n[:, None] > 0, x, 0.0), axis=1, keepdims=True))
    equal = usable & (
        np.nanmax(np.where(np.isnan(x), -np.inf, x), axis=1) == np.nanmin(np.where(np.isnan(x), np.inf, x), axis=1)
    )
    squares = np.where(equal, 0.0, (centred**2).sum(axis=1))
    nu = np.maximum(n - 1, 0)
    p = np.full(len(x), np.nan)
    total, freedom = float(squares[usable].sum()), int(nu[usable].sum())
    for place in np.flatnonzero(usable):
        if known is not None:
            p[place] = stats.chi2.cdf(squares[place] / known**2, nu[place])
        else:
            others, rest = total - squares[place], freedom - nu[place]
            if others > 0:
                p[place] = stats.f.cdf(squares[place] / nu[place] / (others / rest), nu[place], rest)
    said = [LEAD]
    resolution = read.resolution
    if resolution is not None:
        p = _resolved(p, n, resolution, known, total, freedom, squares, nu)
        coarse = known if known is not None else float(np.sqrt(total / max(freedom, 1)))
        if coarse < resolution:
            said.append(
                Warning(
                    "coarse_resolution",
                    _("The last digit is coarser than the spread: equal replicates are to be expected here."),
                )
            )
    q = adjusted(p)
    s = np.sqrt(np.divide(squares, nu, out=np.full(len(x), np.nan), where=nu > 0))
    found = [
        Lead(names[place], float(s[place]), float(p[place]), float(q[place]), bool(equal[place]))
        for place in np.argsort(q, kind="stable")
        if q[place] <= share
    ]
    return LowVariance(
        leads=tuple(found),
        labs=names,
        s=s,
        p=p,
        q=q,
        sigma=known,
        resolution=resolution,
        rate=share,
        estimator="chi2" if known is not None else "F",
        warnings=tuple(said),
        provenance=provenance(
            "low_variance",
            SOURCE,
            EDITION,
            data={"rows": read.given, "lab": lab},
            parameters={"sigma": sigma, "rate": share},
        ),
    )


def _resolved(
    p: Floats, n: Any, resolution: float, known: float | None, total: float, freedom: int, squares: Floats, nu: Any
) -> Floats:
    """Take rounding into account: a deviation of 0 only says that it was below about half a last digit.

    Rounding adds resolution²/12 of its own; a laboratory is as improbable as one whose true spread were that large.
    """
    floor = nu * resolution**2 / 12
    scale = known**2 if known is not None else total / max(freedom, 1)
    if not scale > 0:
        return p
    least = stats.chi2.cdf(floor / (scale + resolution**2 / 12), np.maximum(nu, 1))
    return np.where(squares < floor, np.maximum(p, least), p)
