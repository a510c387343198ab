"""Reading numbers as people write them: decimal points or commas, texts, missing cells. Never a silent guess.

A number may be an int, a float, a Decimal or a text. Texts keep their resolution (``"12.50"`` is known to 0.01) and
are centred exactly before anything is squared, so an offset of 10^9 costs no digits.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _
from testamur.tqm.results import Written, kept

Floats = NDArray[np.float64]

#: Texts that people write into a cell without a value.
MISSING = frozenset({"", "-", "–", "—", "na", "n/a", "nan", "null", "none", "#n/a", "."})
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_DIGITS_OF_A_FLOAT = 15
#: With more digits than this a float's own rounding shows in small differences; those are taken of Decimals then.
_DIGITS_FOR_DIFFERENCES = 9
#: Beyond these a square is no float any more; no quantity anybody measures is.
_LARGEST, _SMALLEST = 1e150, 1e-150


@dataclass(frozen=True)
class Numbers:
    """Numbers that were read.

    Attributes:
        values: float64, read-only, of the shape that was given; NaN where a cell is missing and that was allowed.
        given: the input as it was given, for the evidence (texts stay texts).
        decimals: most decimals written in any cell; None where the input was an array of binary floats, whose
            resolution is unknown.
        missing: number of missing cells.
        exact: the cells as Decimals, flat, only where the rounding of floats would show in their differences.
    """

    values: Floats
    given: Any = field(repr=False)
    decimals: int | None = None
    missing: int = 0
    exact: tuple[Decimal | None, ...] = field(default=(), repr=False)

    @property
    def resolution(self) -> float | None:
        """Return the smallest step of the written numbers, in their unit; None where it is unknown."""
        return None if self.decimals is None else 10.0**-self.decimals

    @cached_property
    def origin(self) -> float:
        """Return a value near the data, in their unit: the first present one, rounded to a float."""
        present = self.values[~np.isnan(self.values)] if self.missing else self.values.ravel()
        return float(present[0]) if present.size else 0.0

    @cached_property
    def centred(self) -> Floats:
        """Return ``values - origin``; exact to the last written digit for texts and Decimals."""
        if not self.exact:
            return np.asarray(self.values - self.origin)
        origin = Decimal(self.origin)
        flat = [math.nan if cell is None else float(cell - origin) for cell in self.exact]
        return np.array(flat, dtype=np.float64).reshape(self.values.shape)


def numbers(values: Any, name: str = "values", *, missing: str = "refuse", at_least: int = 1) -> Numbers:
    """Read one column of numbers.

    Args:
        values: a sequence or 1-D array.
        name: what the input is called, for the sentences of a refusal.
        missing: ``"refuse"``; ``"drop"`` leaves missing cells out; ``"keep"`` leaves NaN in their place.
        at_least: how many numbers (not missing) there must be.

    Raises:
        Refused: a cell is text, infinite, ambiguous or missing (where that is not allowed), or there are too few.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind in "fiu":
        if values.ndim != 1:
            raise Refused(_("{name} must be one column of numbers."), {"name": name}, field=name)
        found = _array(values, name, missing)
    else:
        found = _cells([[cell] for cell in _sequence(values, name)], name, missing, column=False)
        found = Numbers(found.values.reshape(-1), kept_cells(values), found.decimals, found.missing, found.exact)
    if missing == "drop" and found.missing:
        present = ~np.isnan(found.values)
        exact = tuple(cell for cell in found.exact if cell is not None)
        found = Numbers(read_only(found.values[present]), found.given, found.decimals, 0, exact)
    count = found.values.size - found.missing
    if count < at_least:
        raise Refused(
            _("{name} holds {count} numbers; at least {needed} are needed."),
            {"name": name, "count": count, "needed": at_least},
            field=name,
        )
    return found


def table(
    rows: Any, name: str = "rows", *, missing: str = "refuse", ragged: bool = False, at_least: int = 1
) -> Numbers:
    """Read rows of numbers into a 2-D array.

    Args:
        rows: a sequence of sequences or a 2-D array.
        name: what the input is called, for the sentences of a refusal.
        missing: ``"refuse"`` or ``"keep"``.
        ragged: rows may have different lengths; shorter ones end with NaN (``missing`` does not count those).
        at_least: how many rows there must be.

    Raises:
        Refused: a cell is text, infinite, ambiguous or missing; rows differ in length; there are too few.
    """
    if isinstance(rows, np.ndarray) and rows.dtype.kind in "fiu":
        if rows.ndim != 2:
            raise Refused(_("{name} must be rows of numbers, one row for each subgroup."), {"name": name}, field=name)
        found = _array(rows, name, missing)
    else:
        cells = []
        for row in _sequence(rows, name):
            if isinstance(row, (str, bytes)) or not isinstance(row, (Sequence, np.ndarray)):
                raise Refused(
                    _("{name} must be rows of numbers, one row for each subgroup."), {"name": name}, field=name
                )
            cells.append(row.tolist() if isinstance(row, np.ndarray) else list(row))
        widths = {len(row) for row in cells}
        if len(widths) > 1 and not ragged:
            raise Refused(
                _("Rows of {name} have different lengths ({lengths}); give each the same number of values."),
                {"name": name, "lengths": sorted(widths)},
                field=name,
            )
        found = _cells(cells, name, missing, column=True)
        found = Numbers(found.values, kept_cells(rows), found.decimals, found.missing, found.exact)
    if found.values.shape[0] < at_least or found.values.shape[1] < 1:
        raise Refused(
            _("{name} holds {count} rows; at least {needed} are needed."),
            {"name": name, "count": found.values.shape[0], "needed": at_least},
            field=name,
        )
    return found


def labels(values: Any, name: str) -> list[str]:
    """Read one column of names (operators, parts, ratings): texts or whole numbers, none missing."""
    found = []
    for place, cell in enumerate(_sequence(values, name), 1):
        text = "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else _label(cell)
        if not text:
            raise Refused(_("{name}, row {row}: there is no value."), {"name": name, "row": place}, field=name)
        found.append(text)
    return found


def number(value: Any, name: str, *, above: float | None = None, at_least: float | None = None,
           below: float | None = None, at_most: float | None = None) -> float:  # fmt: skip
    """Read one number and check its bounds.

    Raises:
        Refused: not a finite number, or outside the bounds.
    """
    found = float(numbers([value], name).values[0])
    facts = {"name": name, "value": value}
    if above is not None and not found > above:
        raise Refused(_("{name} is {value}; it must be more than {limit}."), {**facts, "limit": above}, field=name)
    if at_least is not None and not found >= at_least:
        raise Refused(_("{name} is {value}; it must be at least {limit}."), {**facts, "limit": at_least}, field=name)
    if below is not None and not found < below:
        raise Refused(_("{name} is {value}; it must be less than {limit}."), {**facts, "limit": below}, field=name)
    if at_most is not None and not found <= at_most:
        raise Refused(_("{name} is {value}; it must be at most {limit}."), {**facts, "limit": at_most}, field=name)
    return found


def whole(value: Any, name: str, *, at_least: int | None = None, at_most: int | None = None) -> int:
    """Read one whole number and check its bounds."""
    found = number(value, name, at_least=at_least, at_most=at_most)
    if not found.is_integer():
        raise Refused(_("{name} is {value}; it must be a whole number."), {"name": name, "value": value}, field=name)
    return int(found)


def places(value: Any, name: str) -> list[int]:
    """Read a list of whole numbers: indices, sizes."""
    if value is None:
        return []
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        raise Refused(_("{name} must be a list of values."), {"name": name}, field=name)
    return [whole(item, name) for item in value]


def choice(value: Any, name: str, choices: Iterable[str]) -> str:
    """Read one word of a closed list."""
    known = tuple(choices)
    if not isinstance(value, str) or value not in known:
        raise Refused(
            _("{name} is {value}; it must be one of: {choices}."),
            {"name": name, "value": value, "choices": known},
            field=name,
        )
    return str(value)


def same_length(**columns: Sequence[Any] | NDArray[Any]) -> None:
    """Refuse columns of different lengths."""
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        said = [f"{name}: {length}" for name, length in lengths.items()]
        raise Refused(_("The columns have different lengths ({lengths})."), {"lengths": said})


def grouped(subgroup: Any, value: Any) -> list[list[Any]]:
    """Return rows of subgroups from long columns, in the order in which the subgroups first appear.

    Args:
        subgroup: label of each value's subgroup; value: the values as they were written.
    """
    names, cells = labels(subgroup, "subgroup"), _sequence(value, "value")
    same_length(subgroup=names, value=cells)
    found: dict[str, list[Any]] = {}
    for name, given in zip(names, cells, strict=True):
        found.setdefault(name, []).append(given)
    return list(found.values())


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array, closed for writing."""
    array.flags.writeable = False
    return array


def kept_cells(values: Any) -> Any:
    """Return the given cells as they were, in tuples."""
    return kept(values if isinstance(values, (Mapping, np.ndarray, list, tuple)) else list(values))


def cell(value: Any, name: str, row: int, column: int | None = None) -> Decimal | float | None:
    """Read one cell: a Decimal for a text, int or Decimal; a float for a float; None where it is missing.

    Raises:
        Refused: the cell is no number, or one that cannot be computed with, naming row and column (counted from 1).
    """
    found = _cell(value, name, row, column)
    if found and not _SMALLEST <= abs(float(found)) <= _LARGEST:
        raise _out_of_range(value, name, row, column)
    return found


def _cell(value: Any, name: str, row: int, column: int | None = None) -> Decimal | float | None:
    if value is None:
        return None
    if isinstance(value, (bool, np.bool_)):
        raise _unreadable(value, name, row, column)
    if isinstance(value, (int, np.integer)):
        return Decimal(int(value))
    if isinstance(value, (float, np.floating)):
        found = float(value)
        if math.isinf(found):
            raise _infinite(name, row, column)
        if isinstance(value, Written):
            return Decimal(value.text)
        return None if math.isnan(found) else found
    if isinstance(value, Decimal):
        if value.is_infinite():
            raise _infinite(name, row, column)
        return None if value.is_nan() else value
    if not isinstance(value, str):
        raise _unreadable(value, name, row, column)
    text = unicodedata.normalize("NFKC", value).strip().replace("−", "-").replace("\u00a0", "").replace("'", "")
    if text.lower() in MISSING:
        return None
    if text.lower().lstrip("+-") in {"inf", "infinity", "∞"}:
        raise _infinite(name, row, column)
    return _text(text, value, name, row, column)


def _text(text: str, value: str, name: str, row: int, column: int | None) -> Decimal:
    text = re.sub(r"(?<=\d)[ \u2009\u202f](?=\d{3}(?!\d))", "", text)
    if "," in text and "." in text:
        # Of two different marks the last is the decimal mark, in every country that uses both.
        group, mark = (",", ".") if text.rindex(".") > text.rindex(",") else (".", ",")
        whole, _mark, _rest = text.rpartition(mark)
        if mark in whole or not re.fullmatch(rf"[+-]?\d{{1,3}}(?:{re.escape(group)}\d{{3}})+", whole):
            raise _unreadable(value, name, row, column)
        text = text.replace(group, "").replace(mark, ".")
    elif text.count(",") > 1:
        if not re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+", text):
            raise _unreadable(value, name, row, column)
        text = text.replace(",", "")
    elif _AMBIGUOUS.fullmatch(text):
        raise Refused(
            _("{name}, {place}: {value} may mean two numbers; write it without a thousands mark, or with a point."),
            {"name": name, "place": _place(row, column), "value": value},
            field=name,
        )
    else:
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise _unreadable(value, name, row, column)
    try:
        found = Decimal(text)
    except InvalidOperation:
        raise _unreadable(value, name, row, column) from None
    if not math.isfinite(float(found)):
        raise _infinite(name, row, column)
    return found


def _cells(rows: list[list[Any]], name: str, missing: str, *, column: bool) -> Numbers:
    width = max((len(row) for row in rows), default=0)
    values = np.full((len(rows), width), math.nan)
    read: list[Decimal | float | None] = []
    decimals, written, absent, long = 0, True, 0, False
    for i, row in enumerate(rows):
        for j, given in enumerate(row):
            found = cell(given, name, i + 1, j + 1 if column else None)
            read.append(found)
            if found is None:
                absent += 1
                if missing == "refuse":
                    raise Refused(
                        _("{name}, {place}: there is no value. Give one, or leave the whole row out."),
                        {"name": name, "place": _place(i + 1, j + 1 if column else None)},
                        field=name,
                    )
                continue
            if isinstance(found, Decimal):
                places = -int(found.as_tuple().exponent)
                decimals = max(decimals, places)
                long = long or len(found.as_tuple().digits) > _DIGITS_FOR_DIFFERENCES
            elif not found.is_integer():
                # A binary float that came from JSON or a spreadsheet: the shortest decimal is what was written.
                short = Decimal(repr(found))
                decimals = max(decimals, -int(short.as_tuple().exponent))
                digits = len(short.as_tuple().digits)
                written = written and digits <= _DIGITS_OF_A_FLOAT
                long = long or _DIGITS_FOR_DIFFERENCES < digits <= _DIGITS_OF_A_FLOAT
            values[i, j] = float(found)
        read += [None] * (width - len(row))
    exact: tuple[Decimal | None, ...] = ()
    if long:
        exact = tuple(None if c is None else c if isinstance(c, Decimal) else Decimal(repr(c)) for c in read)
    return Numbers(read_only(values), None, max(decimals, 0) if written else None, absent, exact)


def _array(values: NDArray[Any], name: str, missing: str) -> Numbers:
    own = read_only(np.array(values, dtype=np.float64, order="C"))
    flat = own.ravel()
    with np.errstate(all="ignore"):
        # One number tells whether any cell is missing, infinite or too large; a block at a time stays in the cache.
        total = sum(float(np.dot(part, part)) for part in (flat[i : i + 8192] for i in range(0, flat.size, 8192)))
    absent = 0
    if not total <= _LARGEST**2:
        infinite = np.argwhere(np.isinf(own))
        if len(infinite):
            place = infinite[0]
            raise _infinite(name, int(place[0]) + 1, int(place[1]) + 1 if own.ndim == 2 else None)
        large = np.argwhere(np.abs(own) > _LARGEST)
        if len(large):
            column = int(large[0][1]) + 1 if own.ndim == 2 else None
            raise _out_of_range(float(own[tuple(large[0])]), name, int(large[0][0]) + 1, column)
        gaps = np.argwhere(np.isnan(own))
        absent = len(gaps)
        if absent and missing == "refuse":
            column = int(gaps[0][1]) + 1 if own.ndim == 2 else None
            raise Refused(
                _("{name}, {place}: there is no value. Give one, or leave the whole row out."),
                {"name": name, "place": _place(int(gaps[0][0]) + 1, column)},
                field=name,
            )
    return Numbers(own, own, None, absent)


def _sequence(values: Any, name: str) -> list[Any]:
    if isinstance(values, np.ndarray):
        return list(values.tolist())
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise Refused(_("{name} must be a list of values."), {"name": name}, field=name)
    return list(values)


def _label(value: Any) -> str:
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return unicodedata.normalize("NFKC", str(value)).strip()


def _place(row: int, column: int | None) -> dict[str, str]:
    if column is None:
        return {"en": f"row {row}", "zh": f"第{row}行"}
    return {"en": f"row {row}, column {column}", "zh": f"第{row}行第{column}列"}


def _unreadable(value: Any, name: str, row: int, column: int | None) -> Refused:
    return Refused(
        _("{name}, {place}: {value} is not a number."),
        {"name": name, "place": _place(row, column), "value": repr(value) if isinstance(value, str) else value},
        field=name,
    )


def _out_of_range(value: Any, name: str, row: int, column: int | None) -> Refused:
    return Refused(
        _("{name}, {place}: {value} is too large or too small to compute with; choose another unit."),
        {"name": name, "place": _place(row, column), "value": value},
        field=name,
    )


def _infinite(name: str, row: int, column: int | None) -> Refused:
    return Refused(
        _("{name}, {place}: the value is not finite. Correct it, or leave it out as missing."),
        {"name": name, "place": _place(row, column)},
        field=name,
    )
