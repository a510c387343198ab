"""How precision depends on the level (ISO 5725-2:2019, 8.5): constant, proportional, linear, power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats, numbers, same_length
from testamur.tqm.methods import provenance
from testamur.tqm.precision.outliers import EDITION, SOURCE
from testamur.tqm.results import Result, Warning

#: Rounds of reweighting; the standard sees no further change after three.
ROUNDS = 3


@dataclass(frozen=True, kw_only=True)
class Relation(Result):
    """Fits of s against the level m.

    Attributes:
        constant: {a}; proportional: {b} of s = b m; linear: {a, b} of s = a + b m; power: {c, d} of s = c m^d. Each
            with ``misfit``, the root mean square of ln(s/ŝ): 0.1 is about 10 %. A form that cannot be fitted is empty.
        smallest: name of the form with the smallest misfit. Prefer the simplest that serves.
    """

    constant: Mapping[str, float]
    proportional: Mapping[str, float]
    linear: Mapping[str, float]
    power: Mapping[str, float]
    smallest: str


def functional_relation(m: Any, s: Any) -> Relation:
    """Fit the four relations of standard deviation and level.

    The linear form weighs each level with 1/ŝ², found in three rounds; the power form is a straight line of logarithms.

    Args:
        m: mean of each level, above 0.
        s: its s_r or s_R, above 0.

    Raises:
        Refused: fewer than three levels, or a value that is not above 0.
    """
    levels, deviations = numbers(m, "m", at_least=3), numbers(s, "s", at_least=3)
    x, y = levels.values, deviations.values
    same_length(m=x, s=y)
    if x.min() <= 0 or y.min() <= 0:
        raise Refused(_("Levels and standard deviations must be above 0 to relate them."), field="m")
    if not np.ptp(x):
        raise Refused(_("All levels are equal: there is nothing to relate."), field="m")
    constant, ratio = float(np.exp(np.log(y).mean())), float((y / x).mean())
    fits: dict[str, dict[str, float]] = {
        "constant": {"a": constant, "misfit": _misfit(y, np.full_like(x, constant))},
        "proportional": {"b": ratio, "misfit": _misfit(y, ratio * x)},
        "linear": _linear(x, y),
        "power": _power(x, y),
    }
    said = []
    if not fits["linear"]:
        said.append(Warning("no_linear", _("The straight line falls below 0 at some level and was left out.")))
    return Relation(
        **fits,  # type: ignore[arg-type]
        smallest=min((name for name in fits if fits[name]), key=lambda name: fits[name]["misfit"]),
        estimator="least squares",
        warnings=tuple(said),
        provenance=provenance(
            "iso5725_2_functional_relation",
            SOURCE,
            EDITION,
            clause="8.5",
            data={"m": levels.given, "s": deviations.given},
        ),
    )


def _linear(levels: Floats, deviations: Floats) -> dict[str, float]:
    # In units of the largest of each the sums neither overflow nor vanish.
    size, scale = float(levels.max()), float(deviations.max())
    x, y = levels / size, deviations / scale
    fitted = y
    a = b = 0.0
    for _round in range(ROUNDS):
        if fitted.min() <= 0:
            return {}
        w = (fitted.min() / fitted) ** 2
        t1, t2, t3, t4, t5 = w.sum(), (w * x).sum(), (w * x * x).sum(), (w * y).sum(), (w * x * y).sum()
        room = t1 * t3 - t2 * t2
        if not room > 0:
            return {}
        a, b = float((t3 * t4 - t2 * t5) / room), float((t1 * t5 - t2 * t4) / room)
        fitted = a + b * x
    return {} if fitted.min() <= 0 else {"a": a * scale, "b": b * (scale / size), "misfit": _misfit(y, fitted)}


def _power(x: Floats, y: Floats) -> dict[str, float]:
    slope, start = (float(value) for value in np.polyfit(np.log(x), np.log(y), 1))
    if not -700 < start < 700:
        return {}  # e to that power is no float: the levels are too much alike for their distance from 1
    return {"c": float(np.exp(start)), "d": slope, "misfit": _misfit(y, np.exp(start + slope * np.log(x)))}


def _misfit(y: Floats, fitted: Floats) -> float:
    return float(np.sqrt(np.mean(np.log(y / fitted) ** 2)))
