"""Reading numbers of a size that can be computed with: squares and products of them still fit into a float.

Beyond a googol in either direction nothing is measured; such a number is a slip of the exponent, and arithmetic with it
would end in an infinity or in nothing. The functions are those of :mod:`testamur.tqm.data` with that one check more.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm import data
from testamur.tqm.data import Numbers

LARGEST, SMALLEST = 1e100, 1e-100
#: Most items, trials or replicates that a whole number may stand for.
MOST = 1_000_000_000


def numbers(values: Any, name: str = "values", *, missing: str = "refuse", at_least: int = 1) -> Numbers:
    """Read one column of numbers; see :func:`testamur.tqm.data.numbers`."""
    found = data.numbers(values, name, missing=missing, at_least=at_least)
    _check(found, name)
    return found


def table(
    rows: Any, name: str = "rows", *, missing: str = "refuse", ragged: bool = False, at_least: int = 1
) -> Numbers:
    """Read rows of numbers; see :func:`testamur.tqm.data.table`."""
    found = data.table(rows, name, missing=missing, ragged=ragged, at_least=at_least)
    _check(found, name)
    return found


def number(value: Any, name: str, *, above: float | None = None, at_least: float | None = None,
           below: float | None = None, at_most: float | None = None) -> float:  # fmt: skip
    """Read one number; see :func:`testamur.tqm.data.number`."""
    found = data.number(value, name, above=above, at_least=at_least, below=below, at_most=at_most)
    if found and not SMALLEST <= abs(found) <= LARGEST:
        raise _refusal(name, value)
    return found


def whole(value: Any, name: str, *, at_least: int | None = None, at_most: int | None = None) -> int:
    """Read one whole number; see :func:`testamur.tqm.data.whole`."""
    found = data.number(value, name, at_least=at_least, at_most=MOST if at_most is None else at_most)
    if not math.isfinite(found):
        raise _refusal(name, value)
    return data.whole(value, name, at_least=at_least, at_most=at_most)


def rows_of(value: Any, name: str) -> list[Any]:
    """Read a list whose members are read later; a text or a single value is none."""
    if isinstance(value, np.ndarray):
        return list(value.tolist())
    if not isinstance(value, (list, tuple)):
        raise Refused(_("{name} must be a list of values."), {"name": name}, field=name)
    return list(value)


def _check(read: Numbers, name: str) -> None:
    values = read.values
    # Two passes over the data cost less than a mask of it: the extremes tell all but the smallest numbers.
    if not values.size:
        return
    largest = max(abs(float(np.nanmax(values))), abs(float(np.nanmin(values)))) if np.any(values == values) else 0.0
    if largest > LARGEST:
        raise _refusal(name, largest)
    if largest < 1.0 or read.exact:
        size = np.abs(values)
        tiny = size[(size > 0) & (size < SMALLEST)]
        if tiny.size:
            raise _refusal(name, float(tiny[0]))


def _refusal(name: str, value: Any) -> Refused:
    return Refused(
        _("{name}: {value} is too large or too small to compute with; check its exponent."),
        {"name": name, "value": value if isinstance(value, str) else f"{float(value):.3g}"},
        field=name,
    )
