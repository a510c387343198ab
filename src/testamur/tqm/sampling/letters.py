"""Lot sizes, inspection levels and sample size code letters (ISO 2859-1, Table 1; Z1.9, Table A-2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import choice
from testamur.tqm.results import Result

LEVELS = ("S-1", "S-2", "S-3", "S-4", "I", "II", "III")
#: Largest lot of each row of Table 1; the last row has no end.
ENDS = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10000, 35000, 150000, 500000, None)
#: Table 1 of ISO 2859-1, one text a row: the letters of the seven levels (MIL-STD-105E Table I, public domain).
_ROWS = (
    "AAAAAAB",
    "AAAAABC",
    "AABBBCD",
    "ABBCCDE",
    "BBCCCEF",
    "BBCDDFG",
    "BCDEEGH",
    "BCDEFHJ",
    "CCEFGJK",
    "CDEGHKL",
    "CDFGJLM",
    "CDFHKMN",
    "DEGJLNP",
    "DEGJMPQ",
    "DEHKNQR",
)

VARIABLES_LEVELS = ("S-3", "S-4", "I", "II", "III")
VARIABLES_ENDS = (8, 15, 25, 50, 90, 150, 280, 400, 500, 1200, 3200, 10000, 35000, 150000, 500000, None)
#: Table A-2 of Z1.9, the same way.
_VARIABLES_ROWS = (
    "BBBBC",
    "BBBBD",
    "BBBCE",
    "BBCDF",
    "BBDEG",
    "BCEFH",
    "BDFGI",
    "CEGHJ",
    "CEGIJ",
    "DFHJK",
    "EGIKL",
    "FHJLM",
    "GIKMN",
    "HJLNP",
    "HKMPP",
    "HKNPP",
)

#: Preferred AQL: percent nonconforming up to 10, nonconformities per 100 items throughout (five a decade, 0.010 …).
AQLS = tuple(
    Decimal(text)
    for text in (
        "0.010",
        "0.015",
        "0.025",
        "0.040",
        "0.065",
        "0.10",
        "0.15",
        "0.25",
        "0.40",
        "0.65",
        "1.0",
        "1.5",
        "2.5",
        "4.0",
        "6.5",
        "10",
        "15",
        "25",
        "40",
        "65",
        "100",
        "150",
        "250",
        "400",
        "650",
        "1000",
    )
)
_RANGE = re.compile(r"\s*(\d+)\s*(?:-|–|~|至|to)\s*(\d+)\s*")
_OVER = re.compile(r"\s*(\d+)\s*(?:\+|以上)\s*")


@dataclass(frozen=True, kw_only=True)
class Letters(Result):
    """Code letters of several lots (rows) at several inspection levels (columns)."""

    letters: tuple[tuple[str, ...], ...]


def code_letter(lot: Any, level: str = "II") -> str:
    """Return the sample size code letter of ISO 2859-1, Table 1.

    Args:
        lot: number of items, at least 2, or a range of the table such as ``"281-500"`` or ``"500001+"``.
        level: inspection level, ``"S-1"`` … ``"S-4"``, ``"I"``, ``"II"``, ``"III"``.

    Raises:
        Refused: the lot is smaller than 2, spans two rows, or the level is unknown.
    """
    return _ROWS[row_of(lot, ENDS)][LEVELS.index(choice(level, "level", LEVELS))]


def variables_letter(lot: Any, level: str = "II") -> str:
    """Return the code letter of Z1.9, Table A-2; arguments as for :func:`code_letter`, without S-1 and S-2."""
    return _VARIABLES_ROWS[row_of(lot, VARIABLES_ENDS)][
        VARIABLES_LEVELS.index(choice(level, "level", VARIABLES_LEVELS))
    ]


def row_of(lot: Any, ends: tuple[int | None, ...]) -> int:
    """Return the row of a lot or of a range; the whole range must lie in one row."""
    first, last = bounds(lot)
    row = next(place for place, end in enumerate(ends) if end is None or first <= end)
    end = ends[row]
    if last is not None and end is not None and last > end:
        raise Refused(
            _("Lots of {lot} items span two rows of the table; give the lot size itself."), {"lot": lot}, field="lot"
        )
    return row


def bounds(lot: Any) -> tuple[int, int | None]:
    """Return the smallest and the largest lot meant; the largest is None where there is no end."""
    if isinstance(lot, str):
        found = _RANGE.fullmatch(lot)
        if found:
            return _lot(found[1]), _lot(found[2])
        over = _OVER.fullmatch(lot)
        if over:
            return _lot(over[1]), None
    size = _lot(lot)
    return size, size


def lot_size(lot: Any) -> int | None:
    """Return the number of items, or None where only a range is known."""
    first, last = bounds(lot)
    return first if first == last else None


def _lot(value: Any) -> int:
    return whole(value, "lot", at_least=2)


def aql_column(aql: Any) -> int:
    """Return the place of a preferred AQL in :data:`AQLS`.

    Raises:
        Refused: it is none; the two nearest are named.
    """
    try:
        found = Decimal(str(aql).strip().replace(",", "."))
    except InvalidOperation:
        found = Decimal("NaN")
    for place, known in enumerate(AQLS):
        if found == known:
            return place
    near = sorted(AQLS, key=lambda one: abs(one - found))[:2] if found.is_finite() else list(AQLS)
    raise Refused(
        _("{aql} is no preferred AQL; the table has {near}."),
        {"aql": aql, "near": [str(one) for one in sorted(near)]},
        source="ISO 2859-1",
        field="aql",
    )


def lookups(value: Any) -> list[Mapping[str, Any]]:
    """Read the rows of a list of plans to look up."""
    if not isinstance(value, (list, tuple)) or not value or not all(isinstance(row, Mapping) for row in value):
        raise Refused(_("lookups must be rows with lot, level, aql and severity."), field="lookups")
    for place, row in enumerate(value, 1):
        for name in ("lot", "aql"):
            if row.get(name) is None:
                raise Refused(_("{name}, row {row}: there is no value."), {"name": name, "row": place}, field="lookups")
    return list(value)
