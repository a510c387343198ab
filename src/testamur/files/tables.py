"""Rows as CSV, XLSX, JSON or Parquet: one place, so that no list forgets what spreadsheets do with formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}
PARQUET = "application/vnd.apache.parquet"
#: A cell that begins so is run as a formula by spreadsheets, whoever wrote it into a name (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_file(
    kind: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    name: str,
    titles: Sequence[str] = (),
    facts: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return rows as a file to download.

    Args:
        kind: ``csv``, ``xlsx``, ``json`` or ``parquet``.
        columns: keys of the values; what machines read in JSON.
        rows: values in the order of the columns: texts, days, instants, numbers.
        name: of the file, ASCII, without its ending.
        titles: headings for people in the order of the columns; without them the keys.
        facts: what JSON says beside ``rows`` (as of when, which filters); None: JSON is the list alone.

    Raises:
        KeyError: another kind.
    """
    if kind == "json":
        content = to_json(columns, rows, facts)
    elif kind == "parquet":
        content = to_parquet(columns, rows)
    else:
        content = {"csv": to_csv, "xlsx": to_xlsx}[kind](titles or columns, rows)
    response = HttpResponse(content, content_type={**MEDIA_TYPES, "parquet": PARQUET}[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet executes; days and numbers as they are, instants as ISO text."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, (int, Decimal, date)):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def to_csv(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return CSV (RFC 4180) with a byte order mark, so that spreadsheets read Chinese."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(title) for title in titles])
    writer.writerows([neutral(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return one sheet; every text is written as text, never as a formula, and days as days."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet()

    def cell(value: Any) -> Any:
        plain = neutral(value)
        if not isinstance(plain, str):
            return plain
        made = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", plain))
        made.data_type = "s"
        return made

    sheet.append([cell(title) for title in titles])
    for row in rows:
        sheet.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def to_json(columns: Sequence[str], rows: Iterable[Sequence[Any]], facts: Mapping[str, Any] | None = None) -> bytes:
    """Return a list of objects, or an object that holds it as ``rows``; nothing executes JSON: values stay."""
    listed = [{key: _plain(value) for key, value in zip(columns, row, strict=True)} for row in rows]
    body = listed if facts is None else {**facts, "rows": listed}
    return (json.dumps(body, ensure_ascii=False, indent=1, default=_plain) + "\n").encode()


def to_parquet(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a Parquet file with the columns' keys; days and whole numbers keep their type, all else is text."""
    import polars

    listed = [*zip(*rows, strict=True)] or [()] * len(columns)
    frame = polars.DataFrame({key: _column(values) for key, values in zip(columns, listed, strict=True)})
    out = io.BytesIO()
    frame.write_parquet(out, compression="zstd")
    return out.getvalue()


def _column(values: Sequence[Any]) -> Any:
    import polars

    said = [value for value in values if value is not None]
    if said and all(type(value) is date for value in said):
        return polars.Series(values, dtype=polars.Date)
    if said and all(type(value) is int for value in said):
        return polars.Series(values, dtype=polars.Int64)
    return polars.Series([None if value is None else str(_plain(value)) for value in values], dtype=polars.String)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


#: Kinds of files, as lists offer them.
WRITERS = tuple(MEDIA_TYPES)
