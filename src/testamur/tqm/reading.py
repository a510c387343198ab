"""Reading the input of a method from a file: JSON as in the shared cases, or a table (CSV, TSV, semicolons)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import cell
from testamur.tqm.methods import Method
from testamur.tqm.results import Written

_PAIR = re.compile(r"\s*[+-]?\d+,\d+\s*")
#: Inputs that are rows of a table rather than one of its columns, in the order in which a table is tried for them.
ROWS = ("subgroups", "observations", "ratings")


def read(text: str, method: Method) -> tuple[Any, Any]:
    """Return data and parameters of a file's text.

    JSON: ``{"data": …, "parameters": …}``, or the data alone; decimals keep the digits that were written. A table:
    with a first row of names, columns are inputs of the same name; without, rows are subgroups or one column is values.

    Raises:
        Refused: the text is neither, or its columns are no inputs of this method.
    """
    stripped = text.lstrip("\ufeff \r\n\t")
    if stripped[:1] in ("{", "["):
        return _json(stripped)
    return _table(text.lstrip("\ufeff"), method), {}


def _json(text: str) -> tuple[Any, Any]:
    try:
        # Infinity and NaN are no JSON; a missing cell is null.
        found = json.loads(text, parse_float=Written, parse_constant=_refuse)
    except ValueError as error:
        raise Refused(_("The input is not JSON: {reason}"), {"reason": str(error)}, field="input") from None
    if isinstance(found, Mapping) and ({"data", "parameters"} & set(found)):
        return found.get("data"), found.get("parameters")
    return found, {}


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number in JSON; a missing value is null")


def _table(text: str, method: Method) -> dict[str, Any]:
    first = text.partition("\n")[0]
    # A comma may be a decimal mark where another sign separates the cells, never the other way round.
    mark = next((sign for sign in "\t;," if sign in first), ",")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=mark) if any(field.strip() for field in row)]
    if not rows:
        raise Refused(_("The input is empty."), field="input")
    rows = _with_decimal_commas(rows, mark, method)
    head = [field.strip() for field in rows[0]]
    named = {name.lower(): name for name in method.data}
    if any(name.lower() in named for name in head):
        return _columns(head, rows[1:], named, method)
    # A first row with a number in it is no row of names: what cannot be read there is said, not left out.
    body = rows if any(_is_number(field) for field in head) else rows[1:]
    if len(rows[0]) == 1 and "values" in method.data:
        return {"values": [row[0] for row in body]}
    for name in ROWS:
        if name in method.data:
            return {name: [_trimmed(row) for row in (rows if name == "ratings" and body is rows else body)]}
    raise Refused(
        _("The columns {columns} are no inputs of {method}; it takes: {known}."),
        {"columns": head, "method": method.id, "known": list(method.data)},
        field="input",
    )


def _with_decimal_commas(rows: list[list[str]], mark: str, method: Method) -> list[list[str]]:
    """Return the rows as they were meant: 10,3 on a line is one number where a method takes one column alone."""
    pairs = [row for row in rows if len(row) == 2 and _PAIR.fullmatch(",".join(row))]
    if mark != "," or not pairs or "values" not in method.data:
        return rows
    if not any(name in method.data for name in ROWS):
        return [[",".join(row)] for row in rows]
    if len(pairs) == len(rows):
        raise Refused(
            _("{value} may be one number with a decimal comma, or two. Write a point, or put tabs between columns."),
            {"value": ",".join(pairs[0])},
            field="input",
        )
    return rows


def _columns(head: list[str], body: list[list[str]], named: dict[str, str], method: Method) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, name in enumerate(head):
        if name.lower() in named:
            column = [row[place] if place < len(row) else "" for row in body]
            while column and not column[-1].strip() and method.data[named[name.lower()]].default is None:
                column.pop()
            if column:
                found[named[name.lower()]] = column
    return found


def _trimmed(row: list[str]) -> list[str]:
    """Return a row without the empty cells that a spreadsheet leaves at its end: a smaller subgroup."""
    while row and not row[-1].strip():
        row = row[:-1]
    return row


def _is_number(text: str) -> bool:
    try:
        return cell(text, "", 1) is not None
    except Refused:
        return False
