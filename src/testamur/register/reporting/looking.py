"""What is in a file that nobody has described yet: its columns with their values, its encoding, separator and days."""

from __future__ import annotations

import csv
import json
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.register.reporting import files, values

#: Rows looked at; the dry run reads all and says what else it found.
LOOKED_AT = 20_000
#: Rows among which the header is looked for; columns shown; different values and characters of one kept.
PREAMBLE, COLUMNS_MOST, VALUES_MOST, VALUE_MOST = 50, 200, 300, 200
#: A row that fills this share of the widest one's cells can be the header; what stands above fills less.
HEADER = 0.6
SEPARATORS = ",;\t|"


@dataclass
class Column:
    """A column of a file: its name, and how often which value stands in it (the first ``VALUES_MOST`` different)."""

    name: str
    values: Counter[str] = field(default_factory=Counter)
    more: bool = False  # it has further values

    @property
    def samples(self) -> list[str]:
        """Return three different values, the first that are not empty."""
        return list(islice(self.values, 3))

    @property
    def forms(self) -> tuple[str, ...]:
        """Return in which forms its values read as days: several where day and month may change places; () if none."""
        days = [text for text in self.values if values.form_of([text]) or _is_iso(text)]
        if not days or len(days) * 3 < len(self.values):
            return ()
        return values.form_of(days) or ("%Y-%m-%d",)


@dataclass
class Look:
    """What was seen of a file.

    Attributes:
        kind: csv, xlsx, json or jsonl.
        encoding: key of ``files.ENCODINGS``; guessed: nothing in the file says so.
        separator: between the values of a line, CSV only.
        rows: looked at; ``more``: there are further ones.
    """

    kind: str
    columns: list[Column] = field(default_factory=list)
    encoding: str = "utf-8"
    guessed: bool = False
    separator: str = ""
    rows: int = 0
    more: bool = False

    def column(self, name: str) -> Column | None:
        """Return a column by its name."""
        return next((one for one in self.columns if one.name == name), None)


def _is_iso(text: str) -> bool:
    try:
        values.day_of(text, ())
    except values.Unreadable:
        return False
    return True


def look(path: Path, *, encoding: str = "", separator: str = "") -> Look:
    """Look into a file.

    Args:
        encoding, separator: what somebody who saw the guess says instead.

    Raises:
        Refused: no such kind of file, damaged, empty, or without columns.
    """
    kind = files.kind_of(path)
    found = Look(kind)
    if kind == "csv":
        rows = _separated(path, found, encoding, separator)
    elif kind == "xlsx":
        rows = _workbook(path)
    else:
        rows = _objects(path, kind)
    _take(found, rows)
    if len([one for one in found.columns if one.values]) < 2:
        raise Refused(
            _("The file holds no table: a first row that names the columns, and rows below it."), field="file"
        )
    return found


def _take(found: Look, rows: Iterator[dict[str, str]]) -> None:
    known: dict[str, Column] = {}
    for row in rows:
        if found.rows == LOOKED_AT:
            found.more = True
            break
        found.rows += 1
        for name, text in row.items():
            column = known.get(name)
            if column is None:
                if len(known) >= COLUMNS_MOST:
                    continue
                column = known[name] = Column(name)
                found.columns.append(column)
            text = values.clean(text[: 4 * VALUE_MOST])[:VALUE_MOST]
            if not text:
                continue
            if text in column.values or len(column.values) < VALUES_MOST:
                column.values[text] += 1
            else:
                column.more = True


# ------------------------------------------------------------ kinds of files


def _separated(path: Path, found: Look, encoding: str, separator: str) -> Iterator[dict[str, str]]:
    read = files.encoding_of(path, encoding)
    found.encoding, found.guessed = read.name, read.guessed
    with files.text_of(path, read) as text:
        head = [line for _n in range(PREAMBLE) if (line := text.readline(100_000))]
    if not separator:
        separator = max(SEPARATORS, key=lambda one: max((len(_cells(line, one)) for line in head), default=0))
    found.separator = separator

    def lines() -> Iterator[Sequence[Any]]:
        with files.text_of(path, read) as text:
            reader = csv.reader(iter(lambda: text.readline(400_000), ""), delimiter=separator)
            while True:
                try:
                    yield next(reader)
                except StopIteration:
                    return
                except csv.Error:  # a broken record; the dry run names its line
                    continue

    return _below_header(lines())


def _cells(line: str, separator: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator), [])
    except csv.Error:
        return []


def _workbook(path: Path) -> Iterator[dict[str, str]]:
    import openpyxl

    from testamur.register.reporting.workbook import DAMAGED, EMPTY_MOST, _text

    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheet = book.worksheets[0]
            if hasattr(sheet, "reset_dimensions"):
                sheet.reset_dimensions()
        except Exception:  # openpyxl raises whatever it stumbles upon
            raise Refused(DAMAGED, field="file") from None

        def lines() -> Iterator[Sequence[Any]]:
            empty = 0
            for cells in sheet.iter_rows(values_only=True, max_col=COLUMNS_MOST):
                filled = any(cell is not None and cell != "" for cell in cells)
                empty = 0 if filled else empty + 1
                if empty >= EMPTY_MOST:
                    return
                if filled:
                    yield [_text(cell) for cell in cells]

        try:
            yield from _below_header(lines())
        except Refused:
            raise
        except Exception:  # a damaged part is met while reading
            raise Refused(DAMAGED, field="file") from None
        finally:
            book.close()


def _below_header(lines: Iterable[Sequence[str]]) -> Iterator[dict[str, str]]:
    """Yield rows as column → text: the header is the first row that is about as wide as the widest."""
    stream = iter(lines)
    head = list(islice(stream, PREAMBLE))
    filled = [sum(1 for cell in line if cell.strip()) for line in head]
    widest = max(filled, default=0)
    at = next((place for place, count in enumerate(filled) if count >= max(2, HEADER * widest)), len(head))
    names = [" ".join(cell.replace("\ufeff", "").split()) for cell in head[at]] if at < len(head) else []
    for line in (one for part in (head[at + 1 :], stream) for one in part):
        row = {name: cell for name, cell in reversed(list(zip(names, line, strict=False))) if name}
        if any(row.values()):
            yield {name: row[name] for name in dict.fromkeys(names) if name in row}


def _objects(path: Path, kind: str) -> Iterator[dict[str, str]]:
    from testamur.register.reporting.objects import _parts

    with files.text_of(path, files.encoding_of(path)) as text:
        for one in _parts(text) if kind == "json" else _documents(text):
            if isinstance(one, dict):
                yield dict(_flat(one))


def _documents(text: Any) -> Iterator[Any]:
    for line in iter(lambda: text.readline(4_000_000), ""):
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):  # the dry run names its line
            continue


def _flat(given: dict[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the columns of an object as a mapping names them: ``issuer.name``, ``parts[].id``."""
    for key, value in given.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and depth < 3:
            yield from _flat(value, f"{name}.", depth + 1)
        elif isinstance(value, list) and any(isinstance(part, dict) for part in value) and depth < 3:
            merged: dict[str, list[str]] = {}
            for part in value:
                if isinstance(part, dict):
                    for inner, text in _flat(part, f"{name}[].", depth + 1):
                        merged.setdefault(inner, []).append(text)
            yield from ((inner, ", ".join(texts)) for inner, texts in merged.items())
        elif isinstance(value, list):
            yield name, ", ".join(str(part) for part in value if part is not None)
        else:
            yield name, "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
