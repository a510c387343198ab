"""Limits and tables of the rules: effective-dated rows in TOML beside this file, each citing its source.

A change of the law is a new row, not new code: end the old row with ``valid_to`` and add one with
``valid_from``. Numbers with a fraction are written as text, so that no digit is lost.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.rules.saying import Words


@dataclass(frozen=True)
class Parameter:
    """One row.

    Args:
        name: dotted lower-case name, e.g. ``cab.surveillance.first``.
        value: whole number, text, list or decimal as text, in ``unit``.
        valid_from: first day on which it holds.
        source: ``document@version#clause``.
        title: what it limits, in both languages.
        regime: set of law it belongs to (``ISO``, ``CN-QMS-2025`` …); empty where it holds for all.
        valid_to: last day on which it holds, or None.
        unit: ``months``, ``days``, ``CNY`` … or empty.
        unconfirmed: a deployment must confirm the value before relying on it.
        note: what the reader should know of it.
    """

    name: str
    value: Any
    valid_from: date
    source: str
    title: Words
    regime: str = ""
    valid_to: date | None = None
    unit: str = ""
    unconfirmed: bool = False
    note: Words | None = None

    def holds(self, on: date) -> bool:
        """Say whether the row holds on a day, both ends included."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@lru_cache(maxsize=1)
def rows() -> tuple[Parameter, ...]:
    """Return all rows of this build, by name, regime and first day.

    Raises:
        ValueError: a row is written wrongly, or two rows of one name and regime hold on one day.
    """
    found: list[Parameter] = []
    for file in sorted(Path(__file__).parent.glob("*.toml")):
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        for row in table["row"]:
            try:
                found.append(Parameter(**row))
            except TypeError as error:
                raise ValueError(f"{file.name}: row {row.get('name')!r}: {error}") from None
    found.sort(key=lambda row: (row.name, row.regime, row.valid_from))
    check(found)
    return tuple(found)


def check(found: Iterable[Parameter]) -> None:
    """Refuse rows that hold on the same day, end before they begin, or carry a binary fraction.

    Raises:
        ValueError: naming the row.
    """
    previous: Parameter | None = None
    for row in found:
        if row.valid_to is not None and row.valid_to < row.valid_from:
            raise ValueError(f"Parameter {row.name} ({row.regime}): it ends before it begins.")
        if isinstance(row.value, float):
            raise ValueError(f"Parameter {row.name} ({row.regime}): write {row.value} as text.")
        same = previous is not None and (previous.name, previous.regime) == (row.name, row.regime)
        if same and previous is not None and (previous.valid_to is None or previous.valid_to >= row.valid_from):
            raise ValueError(f"Parameter {row.name} ({row.regime}): two rows hold on {row.valid_from}.")
        previous = row


def lookup(name: str, regime: str = "", on: date | None = None) -> Parameter:
    """Return the row of a name that holds for a regime on a day.

    Args:
        name: the parameter.
        regime: rows of this regime; where there are none, the row that holds for all regimes.
        on: the day asked about. Without it, the row that holds today, or the last one where all have ended:
            who names a past regime asks for its rule as it last stood.

    Raises:
        Refused: no row holds; the sentence says from when to when there was one.
        KeyError: no row has this name at all, which is a mistake of the program.
    """
    named = [row for row in rows() if row.name == name]
    found = [row for row in named if row.regime == regime] or [row for row in named if not row.regime]
    if not named:
        raise KeyError(name)
    if not found:
        raise Refused(
            _("{limit}: there is no value for the regime {regime}; there is one for: {regimes}."),
            {"limit": named[0].title, "regime": regime, "regimes": sorted({row.regime for row in named})},
            field="regime",
        )
    if on is None:
        today = days.day_of(clock.now())
        begun = [row for row in found if row.valid_from <= today]
        if begun:
            return begun[-1]
        on = today
    for row in found:
        if row.holds(on):
            return row
    facts = {"limit": found[0].title, "on": on, "from": found[0].valid_from, "to": found[-1].valid_to}
    if found[-1].valid_to is not None and on > found[-1].valid_to:
        raise Refused(_("{limit}: no value holds on {on}; the last one ended on {to}."), facts, field="on")
    raise Refused(_("{limit}: no value holds on {on}; the first one begins on {from}."), facts, field="on")
