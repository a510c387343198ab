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

#: Lists within lists that a text may hold; the deepest input of a method has four.
DEEPEST = 20
#: Signs that stand in pictures and programs, and in no table.
_NO_TEXT = frozenset(map(chr, [*range(9), *range(14, 27), 28, 29, 30, 31]))
_PAIR = re.compile(r"\s*[+-]?\d+,\d+\s*")
#: Kinds of one value, and of rows or one object with named cells.
_SINGLE = frozenset({"number", "whole number", "share", "word", "formula"})
_WITH = re.compile(r"(?:rows|object) with (.+)")
#: Inputs that are rows of a table rather than one of its columns, in the order in which a table is tried for them.
ROWS = ("subgroups", "observations", "ratings")


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, or what spreadsheets in China and elsewhere write instead.

    Raises:
        Refused: no text.
    """
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-8-sig", "utf-16" if marked else "gb18030", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(sign in text for sign in _NO_TEXT):
            return text
    raise Refused(_("The file is neither text (CSV, TSV, JSON) nor an XLSX spreadsheet."), field="file")


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
    if _depth(text) > DEEPEST:
        raise Refused(_("The input nests lists deeper than any method reads."), field="input")
    try:
        # Infinity and NaN are no JSON; a missing cell is null.
        found = json.loads(text, parse_float=Written, parse_constant=_refuse)
    except ValueError as error:
        raise Refused(_("The input is not JSON: {reason}"), {"reason": str(error)}, field="input") from None
    if isinstance(found, Mapping) and ({"data", "parameters"} & set(found)):
        return found.get("data"), found.get("parameters")
    return found, {}


def _depth(text: str) -> int:
    """Return how deep a JSON text nests; a reader of its own would end the program before it could say so."""
    deep = deepest = 0
    for bracket in re.findall(r"[\[\]{}]", re.sub(r'"(?:[^"\\]|\\.)*"', "", text)):
        deep += 1 if bracket in "[{" else -1
        deepest = max(deepest, deep)
    return deepest


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
    for name, columns in _records(method).items():
        if {column.lower() for column in head} & {column.lower() for column in columns}:
            return {name: _rows_with(columns, head, rows[1:], one=method.data[name].kind.startswith("object"))}
    named = {name.lower(): name for name in method.data}
    if any(name.lower() in named for name in head):
        return _columns(head, rows[1:], named, method)
    # A first row with a number in it is no row of names: what cannot be read there is said, not left out.
    body = rows if any(_is_number(field) for field in head) else rows[1:]
    lone = _lone_column(method)
    if len(rows[0]) == 1 and lone:
        words = "number" not in method.data[lone].kind and "share" not in method.data[lone].kind
        column = [row[0] for row in (rows if words else body)]
        return {lone: column[0] if method.data[lone].kind in _SINGLE and len(column) == 1 else column}
    for name in _rows_of(method):
        return {name: [_trimmed(row) for row in (rows if name == "ratings" and body is rows else body)]}
    raise Refused(
        _("The columns {columns} are no inputs of {method}; it takes: {known}."),
        {"columns": head, "method": method.id, "known": _taken(method)},
        field="input",
    )


def _records(method: Method) -> dict[str, list[str]]:
    """Return the inputs that are rows of named cells, each with the names of its columns."""
    kinds = ((name, _WITH.fullmatch(about.kind)) for name, about in method.data.items())
    return {name: kind[1].split(", ") for name, kind in kinds if kind}


def _taken(method: Method) -> list[str]:
    records = _records(method)
    return [", ".join(records[name]) if name in records else name for name in method.data]


def _rows_with(columns: list[str], head: list[str], body: list[list[str]], *, one: bool) -> Any:
    """Return each row of a table as an object of the columns that it fills; the first one alone where one is wanted."""
    named = {column.lower(): column for column in columns}
    rows = [
        {
            named[name.lower()]: cell
            for name, cell in zip(head, row, strict=False)
            if name.lower() in named and cell.strip()
        }
        for row in body
    ]
    if one and len(rows) == 1:
        return rows[0]
    return rows


def _lone_column(method: Method) -> str:
    """Return the input that a single column without a name is; "" where there is none or it may be several."""
    if "values" in method.data:
        return "values"
    wanted = [name for name, about in method.data.items() if about.default is not None]
    if len(wanted) == 1 and wanted[0] not in _rows_of(method) and not _WITH.fullmatch(method.data[wanted[0]].kind):
        return wanted[0]
    return ""


def _rows_of(method: Method) -> list[str]:
    """Return the inputs that are rows of a table, as :data:`ROWS` orders them, then those whose kind says so."""
    kinds = [
        name
        for name, about in method.data.items()
        if about.kind.startswith("rows [") or "rows of numbers" in about.kind
    ]
    return [name for name in ROWS if name in method.data] + [name for name in kinds if name not in ROWS]


#: What is written in figures alone, whether or not it can be read.
_FIGURES = re.compile(r"[-+]?\d[\d.,' ]*")


def _with_decimal_commas(rows: list[list[str]], mark: str, method: Method) -> list[list[str]]:
    """Return the rows as they were meant: 10,3 on a line is one number where a method takes one column alone."""
    pairs = [row for row in rows if len(row) == 2 and _PAIR.fullmatch(",".join(row))]
    if mark != "," or not pairs or "values" not in method.data:
        return rows
    if not _rows_of(method):
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
                single = len(column) == 1 and method.data[named[name.lower()]].kind in _SINGLE
                found[named[name.lower()]] = column[0] if single else column
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
        # 74,001 may mean two numbers; it is refused with its row, and is no name under which a row would vanish.
        return bool(_FIGURES.fullmatch(text.strip()))
