"""Average run lengths: how long until a chart signals, in control (false alarm) or after a shift.

Integral equations solved at Gauss-Legendre nodes (Nyström), which converge far faster than a Markov chain of states.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtr

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import number
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result

_SQRT_2PI = math.sqrt(2 * math.pi)


@lru_cache(maxsize=64)
def _nodes(count: int) -> tuple[Any, Any]:
    return np.polynomial.legendre.leggauss(count)


def arl_shewhart(L: float = 3.0, shift: float = 0.0) -> float:
    """Return the average run length of a Shewhart chart with limits at ±L standard errors after a shift of the mean."""
    L, shift = number(L, "L", above=0), number(shift, "shift")
    return 1 / float(ndtr(-L - shift) + ndtr(shift - L))


def arl_cusum(k: float, h: float, shift: float = 0.0, *, sided: int = 2, fir: bool = False, nodes: int = 0) -> float:
    """Return the zero-state average run length of a CUSUM of independent normal points.

    Args:
        k, h: reference value and decision interval, standard errors.
        shift: shift of the mean, standard errors, present from the first point.
        sided: 1 for the upper arm alone, 2 for both.
        fir: both arms start at h/2.
        nodes: nodes of integration; enough for 8 digits unless given.

    Source:
        Page (1954), Biometrika 41, 100-115; two arms: Lucas and Crosier (1982), Technometrics 24(3), 199-205.
    """
    k, h, shift = number(k, "k", at_least=0), number(h, "h", above=0, at_most=100), number(shift, "shift")
    if sided not in (1, 2):
        raise Refused(
            _("{name} is {value}; it must be one of: {choices}."), {"name": "sided", "value": sided, "choices": (1, 2)}
        )
    nodes = nodes or max(60, int(12 * h))
    zero, head = _one_arm(k, h, shift, nodes)
    if sided == 1:
        return head if fir else zero
    other_zero, other_head = _one_arm(k, h, -shift, nodes)
    if not fir:
        return _together(zero, other_zero)
    # Written with quotients: the arm away from the shift may have a run length near the largest number there is.
    share = 1 / (1 + zero / other_zero)
    return head * share + (other_head / other_zero - 1) * zero * share


def _together(one: float, other: float) -> float:
    return 1 / (1 / one + 1 / other)


def _one_arm(k: float, h: float, shift: float, nodes: int) -> tuple[float, float]:
    """Return the run length of the upper arm from 0 and from h/2."""
    y, weights = _nodes(nodes)
    y, weights = (y + 1) * h / 2, weights * h / 2
    starts = np.concatenate([[0.0, h / 2], y])
    density = np.exp(-((y[None, :] + k - starts[:, None] - shift) ** 2) / 2) / _SQRT_2PI * weights
    to_zero = ndtr(k - starts - shift)
    # Unknowns: the run length from 0, then from each node.
    system = np.eye(nodes + 1)
    rows = np.r_[0, 2 : nodes + 2]
    system[:, 0] -= to_zero[rows]
    system[:, 1:] -= density[rows]
    found = np.linalg.solve(system, np.ones(nodes + 1))
    head = 1 + to_zero[1] * found[0] + float(density[1] @ found[1:])
    return float(found[0]), float(head)


def arl_ewma(lam: float, L: float, shift: float = 0.0, *, start: float = 0.0, nodes: int = 0) -> float:
    """Return the zero-state average run length of a two-sided EWMA chart with asymptotic limits.

    Args:
        lam: weight of the newest point, above 0 to 1.
        L: distance of the limits in standard deviations of z.
        shift: shift of the mean, standard errors, present from the first point.
        start: value of z before the first point, standard errors of a point.
        nodes: nodes of integration; enough for 8 digits unless given.

    Source:
        Crowder (1987), Technometrics 29(4), 401-407.
    """
    lam, L = number(lam, "lam", above=0, at_most=1), number(L, "L", above=0, at_most=10)
    shift, start = number(shift, "shift"), number(start, "start")
    if lam == 1:
        return arl_shewhart(L, shift)
    limit = L * math.sqrt(lam / (2 - lam))
    nodes = nodes or max(80, int(16 * limit / lam))
    y, weights = _nodes(nodes)
    y, weights = y * limit, weights * limit
    starts = np.concatenate([[start], y])
    density = np.exp(-(((y[None, :] - (1 - lam) * starts[:, None]) / lam - shift) ** 2) / 2) / _SQRT_2PI / lam * weights
    found = np.linalg.solve(np.eye(nodes) - density[1:], np.ones(nodes))
    return 1 + float(density[0] @ found)


@dataclass(frozen=True, kw_only=True)
class RunLengths(Result):
    """Average run lengths of some designs: rows with the design, the shift and ``arl``."""

    cusum: tuple[dict[str, float], ...]
    ewma: tuple[dict[str, float], ...]


def run_lengths(
    cusums: Sequence[Mapping[str, Any]], ewmas: Sequence[Mapping[str, Any]], edition: str | None = None
) -> RunLengths:
    """Return the average run lengths of designs ``{k, h, shift}`` and ``{lambda, L, shift}``."""
    rows = {"k": "k", "h": "h"}, {"lambda": "lam", "L": "L"}
    found: list[tuple[dict[str, float], ...]] = []
    for designs, names, compute in ((cusums, rows[0], arl_cusum), (ewmas, rows[1], arl_ewma)):
        answers = []
        if isinstance(designs, (str, bytes, Mapping)) or not isinstance(designs, Iterable):
            raise Refused(_("{name} must be a list of values."), {"name": "cusum, ewma"})
        for design in designs:
            absent = [name for name in names if not isinstance(design, Mapping) or name not in design]
            if absent:
                raise Refused(
                    _("A design needs {names}; {absent} is absent."), {"names": list(names), "absent": absent[0]}
                )
            shift = design.get("shift", 0)
            value = compute(**{ours: design[theirs] for theirs, ours in names.items()}, shift=shift)
            answers.append({**{name: design[name] for name in names}, "shift": shift, "arl": value})
        found.append(tuple(answers))
    return RunLengths(
        cusum=found[0],
        ewma=found[1],
        estimator="integral equation",
        provenance=provenance(
            "arl_zero_state",
            "Page (1954); Crowder (1987)",
            edition or "1987",
            data={"cusum": [dict(row) for row in cusums], "ewma": [dict(row) for row in ewmas]},
        ),
    )
