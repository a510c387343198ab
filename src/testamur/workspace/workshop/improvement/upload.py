"""Rows of a table that somebody uploads: CSV or XLSX, columns known by their names in either language."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping

from testamur.kernel.refusal import Refused, _
from testamur.tqm.reading import decoded

#: Bytes of a file, bytes it unpacks to, rows of its first sheet.
MOST, UNPACKED, ROWS = 2_000_000, 60_000_000, 1_000


def rows_of(name: str, content: bytes, columns: Mapping[str, tuple[str, ...]]) -> list[dict[str, str]]:
    """Return the rows of a file as column → text; a first row names the columns, empty rows are left out.

    Args:
        columns: key → the headings by which it is known, compared without regard to case.

    Raises:
        Refused: no table, too long, or columns missing; at the field ``file``.
    """
    if not content or len(content) > MOST:
        raise Refused(
            _("The file is empty, or larger than {megabytes} MB."), {"megabytes": MOST // 1_000_000}, field="file",
            rule="improvement.rows",
        )  # fmt: skip
    lines = _sheet(content) if content[:4] == b"PK\x03\x04" else _csv(decoded(content))
    lines = [[" ".join(cell.split()) for cell in line] for line in lines if any(cell.strip() for cell in line)]
    if len(lines) > ROWS + 1:
        raise Refused(
            _("At most {rows} rows are taken at once."), {"rows": ROWS}, field="file", rule="improvement.rows"
        )
    head = [cell.casefold() for cell in lines[0]] if lines else []
    places = {
        key: next((head.index(one.casefold()) for one in known if one.casefold() in head), None)
        for key, known in columns.items()
    }
    lacking = [columns[key][0] for key, place in places.items() if place is None]
    if lacking:
        raise Refused(
            _("The first row must name the columns; these are missing: {columns}."), {"columns": ", ".join(lacking)},
            field="file", rule="improvement.rows",
        )  # fmt: skip
    return [
        {key: line[place] if place is not None and place < len(line) else "" for key, place in places.items()}
        for line in lines[1:]
    ]


def _csv(text: str) -> list[list[str]]:
    first = text.lstrip("\ufeff").partition("\n")[0]
    sign = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(text.lstrip("\ufeff")), delimiter=sign))
    except csv.Error:
        raise _unreadable() from None


def _sheet(content: bytes) -> list[list[str]]:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > UNPACKED:
                raise _unreadable()
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = book.worksheets[0].iter_rows(max_row=ROWS + 10, max_col=40, values_only=True)
        lines = [["" if cell is None else str(cell) for cell in row] for row in rows]
        book.close()
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, SyntaxError):
        raise _unreadable() from None
    return lines


def _unreadable() -> Refused:
    return Refused(
        _("The file cannot be read as a table. Save it again as CSV or XLSX."), field="file", rule="improvement.rows"
    )
