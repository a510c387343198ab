"""Take a table away as CSV, XLSX or JSON: one place, so that no export forgets what spreadsheets do with formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

#: Rows of one export at most; whoever needs more takes the open data.
MOST = 10_000
#: A cell that begins so is run as a formula by spreadsheets, whoever wrote it into a name.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}


def plain(value: Any) -> Any:
    """Return a cell that no spreadsheet runs: a text that looks like a formula gets an apostrophe in front."""
    if value is None or isinstance(value, (bool, int, Decimal, date)):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def export(
    form: str,
    *,
    name: str,
    columns: Sequence[tuple[str, str]],
    rows: Iterable[Mapping[str, Any]],
    facts: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Return a table as a file.

    Args:
        form: ``csv``, ``xlsx`` or ``json``.
        name: of the file, without ending.
        columns: (key of a row, title for people); JSON keeps the keys.
        rows: mappings of the keys to texts, days, instants, numbers.
        facts: what JSON says beside the rows: as of when, which filters.

    Raises:
        KeyError: no such form.
    """
    writer = {"csv": _csv, "xlsx": _xlsx, "json": _json}[form]
    response = HttpResponse(writer(columns, rows, facts or {}), content_type=MEDIA_TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "no-store"
    return response


def links(request: HttpRequest, route: str, *args: str) -> list[dict[str, Any]]:
    """Return the downloads of a list as ``portal/_exports.html`` shows them; the page's own filters go along."""
    query = request.GET.copy()
    query.pop("page", None)
    tail = f"&{query.urlencode()}" if query else ""
    words = {
        "csv": {"en": "CSV", "zh": "CSV"},
        "xlsx": {"en": "Excel (XLSX)", "zh": "Excel（XLSX）"},
        "json": {"en": "JSON", "zh": "JSON"},
    }
    return [
        {"label": label, "href": f"{reverse(route, args=args)}?as={form}{tail}", "icon": "download"}
        for form, label in words.items()
    ]


def _csv(columns: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([title for _key, title in columns])
    writer.writerows([_written(plain(row.get(key))) for key, _title in columns] for row in rows)
    # The byte order mark is what makes spreadsheets read Chinese as UTF-8.
    return ("\ufeff" + file.getvalue()).encode()


def _xlsx(columns: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> bytes:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet()

    def cell(value: Any) -> Any:
        value = plain(value)
        if isinstance(value, datetime):
            value = value.isoformat()
        if not isinstance(value, str):
            return value
        written = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
        written.data_type = "s"
        return written

    sheet.append([title for _key, title in columns])
    for row in rows:
        sheet.append([cell(row.get(key)) for key, _title in columns])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _json(columns: Sequence[tuple[str, str]], rows: Iterable[Mapping[str, Any]], facts: Mapping[str, Any]) -> bytes:
    keys = [key for key, _title in columns]
    body = {**facts, "rows": [{key: _written(row.get(key)) for key in keys} for row in rows]}
    return json.dumps(body, ensure_ascii=False, indent=1, default=_written).encode()


def _written(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
