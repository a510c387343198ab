"""Robust averages and standard deviations of participants' results (ISO 13528:2022, Annex C), for one round or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, Numbers, choice, labels, number, numbers, same_length, table
from testamur.tqm.methods import provenance
from testamur.tqm.pt import robust
from testamur.tqm.results import Result, Warning

SOURCE, EDITION = "ISO 13528", "2022"
#: Below this number of results the uncertainty of a consensus value is no longer negligible (ISO 13528:2022, 9.2.1
#: compares it with 0.3 σ_pt; with s* near σ_pt, 1.25/√p exceeds 0.36 here).
FEW = 12

FACTORS = ("computed", "printed")
STOPS = ("converged", "three_figures")


@dataclass(frozen=True, kw_only=True)
class Robust(Result):
    """Robust average and standard deviation; numbers for one round, arrays with one entry a round for many.

    Attributes:
        x_star: robust average, in the unit of the results.
        s_star: robust standard deviation, same unit; 0 where ``status`` says that there is no variation.
        u: standard uncertainty of the average, 1.25 s*/√p.
        p: results that took part.
        status: ``converged``; ``not_converged``; ``no_variation`` (all equal); ``collapsed`` (so many equal results
            that the robust deviation shrinks to 0); ``too_few`` (fewer than two; the values are NaN).
        start: scale with which the iteration began: ``MADe``, or ``nIQR`` or ``sd`` where MADe was 0.
        iterations: steps taken.
    """

    x_star: Any
    s_star: Any
    u: Any
    p: Any
    status: Any
    start: Any
    iterations: Any


@dataclass(frozen=True, kw_only=True)
class Scale(Result):
    """A robust standard deviation.

    Attributes:
        s: one number, or one a round, in the unit of the results; 0 where more than half the pairs are equal.
        factor: finite-sample factor that was applied.
        status: ``converged`` or, for equal results, ``collapsed``; one for each round.
    """

    s: Any
    factor: float
    status: Any


@dataclass(frozen=True, kw_only=True)
class Location(Result):
    """Hampel's robust average.

    Attributes:
        x_star: in the unit of the results.
        s_star: the robust standard deviation it was computed with.
        u: standard uncertainty, 1.25 s*/√p.
        roots: solutions of the defining equation; the one nearest the median is ``x_star``.
    """

    x_star: float
    s_star: float
    u: float
    roots: int


def algorithm_a(
    values: Any,
    *,
    factor: str = "computed",
    stop: str = "converged",
    tolerance: float = 1e-10,
    limit: int = 1000,
    method: str = "algorithm_a",
) -> Robust:
    """Return robust average and standard deviation by Algorithm A (ISO 13528:2022, C.3.1).

    Args:
        values: results of one round, or rounds × laboratories (a missing result is None or NaN).
        factor: ``computed`` uses 1.13339… and 1.482602…; ``printed`` the standard's 1.134 and 1.483.
        stop: ``converged`` to ``tolerance`` × s*, or ``three_figures``: no change in the third significant figure,
            as the standard says.
        limit: most iterations.

    Raises:
        Refused: a cell is no number, or no round has two results.
    """
    choice(factor, "factor", FACTORS)
    choice(stop, "stop", STOPS)
    number(tolerance, "tolerance", above=0, below=0.01)
    read, rows = _rounds(values)
    made = robust.mad_factor() if factor == "computed" else 1.483
    adjust = robust.winsorised_factor() if factor == "computed" else 1.134
    x, s, status, start, steps = robust.algorithm_a(
        rows, factor=adjust, made=made, three_figures=stop == "three_figures", tolerance=tolerance, limit=limit
    )
    p = np.count_nonzero(~np.isnan(rows), axis=1)
    with np.errstate(invalid="ignore"):
        u = 1.25 * s / np.sqrt(np.maximum(p, 1))
    single = read.values.ndim == 1
    return Robust(
        x_star=_shaped(x, single),
        s_star=_shaped(s, single),
        u=_shaped(u, single),
        p=_shaped(p, single),
        status=_named(status, robust.STATUS, single),
        start=_named(start, robust.START, single),
        iterations=_shaped(steps, single),
        estimator="Algorithm A",
        warnings=(*_about_status(status), *_about_few(p)),
        provenance=provenance(
            method,
            SOURCE,
            EDITION,
            clause="C.3.1",
            data={"values": read.given},
            parameters={"factor": factor, "stop": stop, "tolerance": tolerance, "limit": limit},
        ),
    )


def algorithm_s(deviations: Any, *, degrees_of_freedom: int, tolerance: float = 1e-10, limit: int = 1000) -> Scale:
    """Return the robust pooled value of standard deviations or ranges by Algorithm S (ISO 13528:2022, C.4).

    Args:
        deviations: standard deviations of one material, or materials × laboratories, none negative. Ranges of two
            results are divided by √2 first.
        degrees_of_freedom: ν of each deviation, replicates - 1; the factors η and ξ are computed from it.

    Raises:
        Refused: a deviation is negative or no number.
    """
    nu = number(degrees_of_freedom, "degrees_of_freedom", at_least=1)
    read, rows = _rounds(deviations, name="deviations", at_least=1)
    if np.nanmin(rows) < 0:
        raise Refused(_("A standard deviation cannot be negative."), field="deviations")
    w, status = robust.algorithm_s(rows, nu, tolerance, limit)
    single = read.values.ndim == 1
    return Scale(
        s=_shaped(w, single),
        factor=robust.algorithm_s_factors(nu)[1],
        status=_named(status, robust.STATUS, single),
        estimator="Algorithm S",
        warnings=_about_status(status),
        provenance=provenance(
            "algorithm_s",
            SOURCE,
            EDITION,
            clause="C.4",
            data={"deviations": read.given},
            parameters={"degrees_of_freedom": nu, "tolerance": tolerance},
        ),
    )


def qn(values: Any, *, finite: bool = True) -> Scale:
    """Return the robust standard deviation Qn (ISO 13528:2022, C.5.1), of one round or of many.

    Args:
        values: results of one round, or rounds × laboratories; None or NaN is a missing result.
        finite: apply the factor that makes it unbiased for few results (Table C.2); False gives the asymptotic value.

    Raises:
        Refused: a cell is no number, or a round has fewer than two results.
    """
    read, rows = _rounds(values)
    count = np.count_nonzero(~np.isnan(rows), axis=1)
    if count.min() < 2:
        raise Refused(_("Qn needs at least two results in every round."), field="values")
    s, factors = np.empty(len(rows)), np.ones(len(rows))
    for p in np.unique(count):
        # Rounds of one size are computed together; without missing results that is all of them.
        mask = count == p
        some = rows if mask.all() else rows[mask]
        if p < rows.shape[1]:
            some = np.sort(some, axis=1)[:, :p]
        factors[mask] = robust.qn_finite(int(p)) if finite else 1.0
        s[mask] = robust.qn(some) * (robust.qn_factor() * factors[mask])
    # Equal results differ by nothing, but a difference of floats may be a last digit.
    status = np.where(s > 0, robust.CONVERGED, robust.COLLAPSED).astype(np.int8)
    single = read.values.ndim == 1
    return Scale(
        s=_shaped(s, single),
        factor=float(factors[0]) if (factors == factors[0]).all() else float("nan"),
        status=_named(status, robust.STATUS, single),
        estimator="Qn",
        warnings=_about_status(status),
        provenance=provenance(
            "qn", SOURCE, EDITION, clause="C.5.1", data={"values": read.given}, parameters={"finite": finite}
        ),
    )


def q_method(values: Any, *, laboratory: Sequence[Any] | None = None) -> Scale:
    """Return the robust reproducibility standard deviation by the Q method (ISO 13528:2022, C.5.2).

    Args:
        values: results; one a laboratory, or replicates with ``laboratory``.
        laboratory: name of each result's laboratory; only differences between laboratories count, and each pair of
            laboratories weighs the same, however many replicates it has.

    Raises:
        Refused: fewer than two laboratories, or a cell is no number.
    """
    read = numbers(values, "values", at_least=2)
    names = [str(place) for place in range(len(read.values))] if laboratory is None else labels(laboratory, "lab")
    same_length(values=read.values, lab=names)
    s = _q_scale(read, names)
    return Scale(
        s=s,
        factor=1.0,
        status=robust.STATUS[robust.CONVERGED if s > 0 else robust.COLLAPSED],
        estimator="Q method",
        warnings=_about_status(np.array([robust.CONVERGED if s > 0 else robust.COLLAPSED])),
        provenance=provenance(
            "q_method", SOURCE, EDITION, clause="C.5.2", data={"values": read.given, "lab": laboratory}
        ),
    )


def hampel(values: Any, *, s: float | None = None, laboratory: Sequence[Any] | None = None) -> Location:
    """Return Hampel's robust average by finite steps (ISO 13528:2022, C.5.3.3): exact, not iterated.

    Args:
        values: results; with ``laboratory`` the mean of each laboratory enters.
        s: robust standard deviation to use; that of the Q method where it is not given.

    Raises:
        Refused: fewer than two laboratories, the deviation is 0, or a cell is no number.
    """
    read = numbers(values, "values", at_least=2)
    names = [str(place) for place in range(len(read.values))] if laboratory is None else labels(laboratory, "lab")
    same_length(values=read.values, lab=names)
    scale = _q_scale(read, names) if s is None else number(s, "s", at_least=0)
    if not scale > 0:
        raise Refused(
            _("The robust standard deviation is 0, because most results are equal; Hampel's average needs a spread."),
            source="ISO 13528:2022, C.5.3",
            field="values",
        )
    places = np.unique(names, return_inverse=True)[1]
    means = np.bincount(places, read.centred) / np.bincount(places)
    x, roots = robust.hampel(means, scale)
    said = [] if roots == 1 else [_roots(roots)]
    return Location(
        x_star=x + read.origin,
        s_star=scale,
        u=1.25 * scale / float(np.sqrt(len(means))),
        roots=roots,
        estimator="Q method / Hampel" if s is None else "Hampel",
        warnings=(*said, *_about_few(np.array([len(means)]))),
        provenance=provenance(
            "hampel",
            SOURCE,
            EDITION,
            clause="C.5.3.3",
            data={"values": read.given, "lab": laboratory},
            parameters={"s": s},
        ),
    )


def _q_scale(read: Numbers, names: list[str]) -> float:
    laboratories, place, replicates = np.unique(names, return_inverse=True, return_counts=True)
    p = len(laboratories)
    if p < 2:
        raise Refused(_("The Q method compares laboratories; give results of at least two."), field="lab")
    first, second = np.triu_indices(len(place), 1)
    between = place[first] != place[second]
    first, second = first[between], second[between]
    distances = np.abs(read.centred[first] - read.centred[second])
    weights = 2 / (p * (p - 1) * replicates[place[first]] * replicates[place[second]])
    step = 16 * float(np.finfo(float).eps) * float(np.abs(read.values).max())
    return robust.q_scale(distances, weights, step)


def _rounds(values: Any, name: str = "values", at_least: int = 2) -> tuple[Numbers, Floats]:
    """Read one round or many, and return them as rounds × laboratories."""
    nested = values.ndim == 2 if isinstance(values, np.ndarray) else _is_nested(values)
    if not nested:
        read = numbers(values, name, missing="keep", at_least=at_least)
        return read, read.values[None, :]
    read = table(values, name, missing="keep", ragged=True)
    if np.count_nonzero(~np.isnan(read.values), axis=1).max() < at_least:
        raise Refused(_("No round has {count} results."), {"count": at_least}, field=name)
    return read, read.values


def _is_nested(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and bool(values) and isinstance(values[0], (list, tuple, np.ndarray))


def _shaped(values: NDArray[Any], single: bool) -> Any:
    return values[0].item() if single else values


def _named(codes: NDArray[Any], words: tuple[str, ...], single: bool) -> Any:
    return words[int(codes[0])] if single else np.array(words)[codes]


def _about_status(status: NDArray[Any]) -> tuple[Warning, ...]:
    said = []
    for code, sentence in (
        (robust.NO_VARIATION, _("Rounds in which all results are equal: {count}. There s* is 0.")),
        (
            robust.COLLAPSED,
            _("Rounds in which so many results are equal that the robust standard deviation is 0: {count}. Give σ_pt."),
        ),
        (robust.NOT_CONVERGED, _("Rounds that had not converged when the iteration stopped: {count}.")),
        (robust.TOO_FEW, _("Rounds with fewer than two results, which have no value: {count}.")),
    ):
        count = int(np.count_nonzero(status == code))
        if count:
            said.append(Warning(robust.STATUS[code], sentence, {"count": count}))
    return tuple(said)


def _about_few(p: NDArray[Any]) -> tuple[Warning, ...]:
    few = int(np.count_nonzero(p < FEW))
    if not few:
        return ()
    return (
        Warning(
            "few_laboratories",
            _(
                "Rounds with fewer than {few} results: {count}. There the uncertainty of the consensus is not "
                "negligible: use z' or ζ."
            ),
            {"count": few, "few": FEW},
        ),
    )


def _roots(count: int) -> Warning:
    if not count:
        return Warning("no_root", _("Hampel's equation has no solution here; the median was taken."))
    return Warning(
        "several_roots",
        _("Hampel's equation has {count} solutions; the one nearest the median was taken."),
        {"count": count},
    )
