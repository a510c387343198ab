"""Rows of a workbook (XLSX), read as a stream; reading ends with the data, not with the last formatted row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.rows import PREAMBLE_MOST, Reading, Row, checked, no_header, places

#: So many empty rows in a row end the list: spreadsheets format a million rows and fill a thousand.
EMPTY_MOST = 2_000
DAMAGED = _("The workbook is damaged; save it again in the program that made it.")


def rows(path: Path, mapping: RegisterMapping, reading: Reading) -> Iterator[Row]:
    """Yield the rows of the sheet that the mapping names, or of the first one that holds its columns.

    Raises:
        Refused: damaged, no such sheet, or no sheet with these columns.
    """
    with _opened(path) as book:
        sheet, number, order = _header(book, mapping, reading)
        yield from _records(sheet, number, order, mapping, reading)


def cells_of(path: Path, most: int) -> Iterator[list[str]]:
    """Yield the cells of the first sheet as texts, row by row, less empty rows.

    Args:
        most: rows that are read.

    Raises:
        Refused: damaged.
    """
    with _opened(path) as book:
        sheet, empty = book.worksheets[0], 0
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()
        try:
            for cells in sheet.iter_rows(values_only=True):
                found = [_text(cell) for cell in cells]
                empty = 0 if any(found) else empty + 1
                if not empty:
                    yield found
                    most -= 1
                if empty >= EMPTY_MOST or not most:
                    return
        except Exception:  # a damaged part is met while reading
            raise Refused(DAMAGED, field="file") from None


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import openpyxl

    # As an open file: stored files have no ending, and by its path openpyxl looks at nothing else.
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about styles and extensions that nobody reads here
                book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        except Exception:  # openpyxl raises whatever it stumbles upon
            raise Refused(DAMAGED, field="file") from None
        try:
            yield book
        finally:
            book.close()


def _header(book: Any, mapping: RegisterMapping, reading: Reading) -> tuple[Any, int, list[int]]:
    named = str(mapping.file.get("sheet", ""))
    if named and named not in book.sheetnames:
        raise Refused(
            _("The workbook has no sheet {name}; it has {sheets}."), {"name": named, "sheets": book.sheetnames},
            field="file",
        )  # fmt: skip
    first: list[str] = []
    for sheet in [book[named]] if named else book.worksheets:
        # Programs write wrong dimensions; without them openpyxl reads what is there.
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
            header = [_text(cell) for cell in cells]
            order = places(header, mapping, reading)
            if order is not None:
                return sheet, number, order
            first = max(first, [one for one in header if one], key=len)
            if number >= PREAMBLE_MOST:
                break
    raise no_header(mapping, first)


def _records(sheet: Any, header: int, order: list[int], mapping: RegisterMapping, reading: Reading) -> Iterator[Row]:
    empty = 0
    try:
        for number, cells in enumerate(sheet.iter_rows(min_row=header + 1, values_only=True), header + 1):
            if not any(cell is not None and cell != "" for cell in cells):
                empty += 1
                if empty >= EMPTY_MOST:
                    reading.remarks.append(("rows_empty", "", {"empty": empty, "row": number}))
                    return
                continue
            empty = 0
            values = [_text(cells[place]) if 0 <= place < len(cells) else "" for place in order]
            yield checked(number, number, values, mapping.columns, "XLSX")
    except Refused:
        raise
    except Exception:  # a damaged part is met while reading
        raise Refused(DAMAGED, field="file") from None


def _text(cell: Any) -> str:
    """Return a cell as text: days as ISO 8601, whole numbers without a point."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)
