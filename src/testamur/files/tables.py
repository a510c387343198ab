"""Rows as CSV, XLSX or JSON. Cells that a spreadsheet would run as a formula are made plain text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
#: A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def neutral(value: Any) -> Any:
    """Return a cell that no spreadsheet executes; days as ISO text, numbers as they are."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: ""}[value]
    if isinstance(value, (int, Decimal)):
        return value
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def as_file(kind: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str) -> HttpResponse:
    """Return rows as a file to download.

    Args:
        kind: ``csv``, ``xlsx`` or ``json``.
        columns: headings.
        rows: values in the order of the columns.
        name: of the file, without its ending.

    Raises:
        KeyError: another kind.
    """
    response = HttpResponse(WRITERS[kind](columns, rows), content_type=MEDIA_TYPES[kind])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return CSV with a byte order mark, so that spreadsheets read Chinese."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(column) for column in columns])
    for row in rows:
        writer.writerow([neutral(value) for value in row])
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return one sheet; every text is written as text, never as a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet()

    def cell(value: Any) -> Any:
        plain = neutral(value)
        made = WriteOnlyCell(sheet, value=plain)
        if isinstance(plain, str):
            made.data_type = "s"
        return made

    sheet.append([cell(column) for column in columns])
    for row in rows:
        sheet.append([cell(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def to_json(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Return a list of objects; nothing executes JSON, so values stay as they are."""

    def plain(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.isoformat(timespec="seconds")
        if isinstance(value, date):
            return value.isoformat()
        return str(value) if isinstance(value, Decimal) else value

    listed = [{str(column): plain(value) for column, value in zip(columns, row, strict=True)} for row in rows]
    return (json.dumps(listed, ensure_ascii=False, indent=1) + "\n").encode()


WRITERS = {"csv": to_csv, "xlsx": to_xlsx, "json": to_json}
