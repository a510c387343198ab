"""Performance scores of participants and the standard deviation to judge them by (ISO 13528:2022, 8 and 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, number, numbers, same_length
from testamur.tqm.methods import provenance
from testamur.tqm.pt.consensus import EDITION, SOURCE
from testamur.tqm.results import Result, Warning

#: σ_pt and the uncertainty of the assigned value: above this ratio z no longer serves (ISO 13528:2022, 9.2.1).
NEGLIGIBLE = 0.3


@dataclass(frozen=True, kw_only=True)
class Scores(Result):
    """Scores of every participant; a score that cannot be had is None throughout.

    Attributes:
        lab: names, in the order given.
        D: deviation x - x_pt, in the unit of the results; ``D_pct`` in percent of x_pt (None where x_pt is 0).
        PA_pct: deviation in percent of the largest permitted error δ_E.
        z, z_prime, zeta, En: the scores; NaN for a participant without an uncertainty.
        rating: by z (or z' where z does not serve): ``acceptable`` up to 2, ``warning`` below 3, ``action`` from 3.
        En_rating: ``acceptable`` below 1, ``action`` from 1; ``""`` without an uncertainty.
        u_flag: ``low`` where u(x) is below that of the assigned value, ``high`` above 1.5 σ_pt, ``ok`` between,
            ``""`` without an uncertainty (ISO 13528:2022, 9.8).
    """

    lab: Sequence[str]
    D: Floats
    D_pct: Floats | None
    PA_pct: Floats | None
    z: Floats | None
    z_prime: Floats | None
    zeta: Floats | None
    En: Floats | None
    rating: Sequence[str]
    En_rating: Sequence[str]
    u_flag: Sequence[str]

    def answer(self) -> Any:
        columns = {
            name: getattr(self, name)
            for name in ("lab", "D_pct", "PA_pct", "z", "z_prime", "zeta", "En", "rating", "En_rating", "u_flag")
        }
        rows = [
            {name: None if column is None else column[place] for name, column in columns.items()}
            for place in range(len(self.lab))
        ]
        return {"scores": rows}


@dataclass(frozen=True, kw_only=True)
class Horwitz(Result):
    """Standard deviation predicted from the level alone.

    Attributes:
        sigma: as a mass fraction; ``sigma_mg_per_kg`` in mg/kg; ``rsd_pct`` in percent of the level.
    """

    sigma: Floats
    sigma_mg_per_kg: Floats
    rsd_pct: Floats


def scores(
    x: Any,
    *,
    x_pt: float,
    sigma_pt: float | None = None,
    U_xpt: float | None = None,
    k_xpt: float = 2.0,
    U: Any = None,
    k: Any = 2.0,
    delta_E: float | None = None,
    lab: Sequence[Any] | None = None,
    consensus: bool = False,
) -> Scores:
    """Return D, D %, P_A %, z, z', ζ and E_n of each participant (ISO 13528:2022, 9.3 to 9.7).

    Args:
        x: results, in any unit.
        x_pt: assigned value, same unit.
        sigma_pt: standard deviation for proficiency assessment, same unit; without it no z and no z'.
        U_xpt: expanded uncertainty of the assigned value with factor ``k_xpt``; without it no z', ζ and E_n.
        U: expanded uncertainty of each result (None for a participant who gave none), with factor ``k`` (one, or
            one for each).
        delta_E: largest permitted error, same unit.
        lab: names of the participants.
        consensus: the assigned value was computed from these very results; then ζ and E_n, which take it as
            independent of them, carry a warning.

    Raises:
        Refused: σ_pt, δ_E or a factor is not above 0, an uncertainty is negative, or nothing to score by was given.
    """
    read = numbers(x, "x")
    count = len(read.values)
    names = [str(place) for place in range(1, count + 1)] if lab is None else [str(name) for name in lab]
    centre = number(x_pt, "x_pt")
    sigma = None if sigma_pt is None else number(sigma_pt, "sigma_pt", above=0)
    U_pt = None if U_xpt is None else number(U_xpt, "U_xpt", at_least=0)
    u_pt = None if U_pt is None else U_pt / number(k_xpt, "k_xpt", above=0)
    limit = None if delta_E is None else number(delta_E, "delta_E", above=0)
    if sigma is None and limit is None and U_pt is None:
        raise Refused(_("Give σ_pt, δ_E or the uncertainty of the assigned value: there is nothing to score by."))
    expanded, factor = _uncertainties(U, k, count)
    same_length(x=read.values, lab=names)
    deviation = read.values - centre
    u = expanded / factor
    z = None if sigma is None else deviation / sigma
    prime = zeta = en = None
    if u_pt is not None and U_pt is not None:
        if sigma is not None:
            prime = deviation / float(np.hypot(sigma, u_pt))
        zeta = _ratio(deviation, np.hypot(u, u_pt))
        en = _ratio(deviation, np.hypot(expanded, U_pt))
    negligible = sigma is None or u_pt is None or u_pt <= NEGLIGIBLE * sigma
    decisive = z if negligible else prime
    return Scores(
        lab=tuple(names),
        D=deviation,
        D_pct=None if centre == 0 else 100 * deviation / centre,
        PA_pct=None if limit is None else 100 * deviation / limit,
        z=z,
        z_prime=prime,
        zeta=zeta,
        En=en,
        rating=("",) * count if decisive is None else rated(decisive),
        En_rating=("",) * count if en is None else tuple(_en_rating(value) for value in en),
        u_flag=tuple(_u_flag(float(value), u_pt, sigma) for value in u),
        estimator="z" if negligible else "z'",
        warnings=tuple(_about(negligible, u_pt, sigma, consensus, u, centre)),
        provenance=provenance(
            "pt_scores",
            SOURCE,
            EDITION,
            clause="9",
            data={"x": read.given, "U": U, "k": k, "lab": lab},
            parameters={"x_pt": x_pt, "sigma_pt": sigma_pt, "U_xpt": U_xpt, "k_xpt": k_xpt, "delta_E": delta_E},
        ),
    )


def rated(z: Floats) -> tuple[str, ...]:
    """Rate z or z': ``acceptable`` for |z| ≤ 2, ``warning`` for 2 < |z| < 3, ``action`` for |z| ≥ 3 (9.4.2)."""
    size = np.abs(z)
    return tuple("acceptable" if one <= 2 else "warning" if one < 3 else "action" for one in size)


def horwitz(c: Any) -> Horwitz:
    """Return σ_pt by Horwitz as modified by Thompson (2000): 0.22 c, 0.02 c^0.8495 or 0.01 c^0.5.

    Args:
        c: mass fraction (1.2 mg/kg is 1.2e-6), above 0 and at most 1; one or many. Below 1.2e-7 the first form holds,
            above 0.138 the last.

    Raises:
        Refused: a level is no mass fraction.
    """
    read = numbers(c if isinstance(c, (list, tuple, np.ndarray)) else [c], "c")
    level = read.values
    if level.min() <= 0 or level.max() > 1:
        raise Refused(_("A mass fraction lies above 0 and at most at 1; 1.2 mg/kg is written 1.2e-6."), field="c")
    sigma = np.where(level < 1.2e-7, 0.22 * level, np.where(level > 0.138, 0.01 * np.sqrt(level), 0.02 * level**0.8495))
    return Horwitz(
        sigma=sigma,
        sigma_mg_per_kg=sigma * 1e6,
        rsd_pct=100 * sigma / level,
        estimator="Horwitz/Thompson",
        provenance=provenance("horwitz_sigma_pt", SOURCE, EDITION, clause="8.4", data={"c": read.given}),
    )


def _uncertainties(expanded: Any, factor: Any, count: int) -> tuple[Floats, Floats]:
    if expanded is None:
        return np.full(count, np.nan), np.ones(count)
    read = numbers(expanded, "U", missing="keep", at_least=0).values
    k = numbers(factor if isinstance(factor, (list, tuple, np.ndarray)) else [factor] * count, "k", missing="keep")
    same_length(x=range(count), U=read, k=k.values)
    if np.any(read < 0):
        raise Refused(_("An uncertainty cannot be negative."), field="U")
    # A participant without an uncertainty needs no factor.
    factors = np.where(np.isnan(read), 1.0, k.values)
    if not np.all(factors > 0):
        raise Refused(_("Every stated uncertainty needs its coverage factor k, more than 0."), field="k")
    return read, factors


def _ratio(deviation: Floats, spread: NDArray[Any]) -> Floats:
    """Divide; without any uncertainty at all there is no score."""
    return np.divide(deviation, spread, out=np.full(len(deviation), np.nan), where=spread > 0)


def _en_rating(value: float) -> str:
    if np.isnan(value):
        return ""
    return "acceptable" if abs(value) < 1 else "action"


def _u_flag(u: float, u_pt: float | None, sigma: float | None) -> str:
    if np.isnan(u):
        return ""
    if u_pt is not None and u < u_pt:
        return "low"
    return "high" if sigma is not None and u > 1.5 * sigma else "ok"


def _about(
    negligible: bool, u_pt: float | None, sigma: float | None, consensus: bool, u: Floats, centre: float
) -> list[Warning]:
    said = []
    if not negligible:
        said.append(
            Warning(
                "uncertain_assigned_value",
                _("u(x_pt) = {u} exceeds 0.3 σ_pt = {limit}: participants are rated by z', not by z."),
                {"u": f"{u_pt:.4g}", "limit": f"{NEGLIGIBLE * (sigma or 0):.4g}"},
            )
        )
    if u_pt is None:
        said.append(
            Warning("no_uncertainty_of_assigned_value", _("Without the uncertainty of x_pt it is taken as negligible."))
        )
    if consensus and u_pt is not None:
        said.append(
            Warning(
                "correlated_consensus",
                _("x_pt comes from these results, so it is not independent of them: ζ and E_n are somewhat too small."),
            )
        )
    low = int(np.count_nonzero(u < u_pt)) if u_pt is not None else 0
    if low:
        said.append(
            Warning(
                "low_uncertainty",
                _("{count} participants state an uncertainty smaller than that of x_pt; ask how they got it."),
                {"count": low},
            )
        )
    if centre == 0:
        said.append(Warning("no_percent", _("x_pt is 0: there is no deviation in percent.")))
    return said
