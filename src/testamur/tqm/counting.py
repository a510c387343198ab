"""Whole numbers that count something, and lists whose members are read later."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm import data

#: Most items, trials or replicates that a number may stand for; distributions of more are no longer computed exactly.
MOST = 1_000_000_000


def whole(value: Any, name: str, *, at_least: int | None = None, at_most: int | None = None) -> int:
    """Read one whole number that counts something; see :func:`testamur.tqm.data.whole`."""
    return data.whole(value, name, at_least=at_least, at_most=MOST if at_most is None else at_most)


def rows_of(value: Any, name: str) -> list[Any]:
    """Read a list whose members are read later; a text or a single value is none."""
    if isinstance(value, np.ndarray):
        return list(value.tolist())
    if not isinstance(value, (list, tuple)):
        raise Refused(_("{name} must be a list of values."), {"name": name}, field=name)
    return list(value)
