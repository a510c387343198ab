"""Open a table or a JSON file that somebody hands in, gzipped or not; what is wrong with it is said in a sentence."""

from __future__ import annotations

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from testamur.kernel.refusal import Refused, _

SOURCE = "testamur@2026-1#files"


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """Open a UTF-8 file, gzipped or not, by its first bytes and not by its name.

    Raises:
        Refused: missing, cut short, or not UTF-8; also while it is being read.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        with (
            gzip.open(path, "rt", encoding="utf-8-sig", newline="")
            if packed
            else path.open(encoding="utf-8-sig", newline="")
        ) as file:
            yield file
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as error:
        raise Refused(
            _("{file} cannot be read: {why}"),
            {"file": path.name, "why": error.strerror if isinstance(error, OSError) and error.strerror else str(error)},
            rule="files.readable",
            source=SOURCE,
        ) from error


def rows(path: Path, columns: Iterable[str] = ()) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a CSV file; every cell is text, so that leading zeros stay.

    Raises:
        Refused: not readable, columns missing (the message names them), or a row of another length.
    """
    with opened(path) as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or [])
        lacking = [name for name in columns if name not in header]
        if lacking:
            raise Refused(
                _("{file} lacks the columns {columns}. Its first line must name them; it names: {found}."),
                {"file": path.name, "columns": lacking, "found": header[:20] or "–"},
                rule="files.columns",
                source=SOURCE,
            )
        for row in reader:
            if None in row or None in row.values():
                raise Refused(
                    _("{file}, line {line}: the row has more or fewer cells than the first line names."),
                    {"file": path.name, "line": reader.line_num},
                    rule="files.columns",
                    source=SOURCE,
                )
            yield reader.line_num, row


def header(path: Path) -> tuple[str, ...]:
    """Return the names in the first line of a CSV file."""
    with opened(path) as file:
        return tuple(next(csv.reader(file), []))


def document(path: Path) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        Refused: not readable, or no JSON object.
    """
    with opened(path) as file:
        try:
            found = json.load(file)
        except (json.JSONDecodeError, RecursionError) as error:
            raise Refused(
                _("{file} is not JSON: {why}"), {"file": path.name, "why": str(error)}, rule="files.json", source=SOURCE
            ) from error
    if not isinstance(found, dict):
        raise Refused(
            _("{file} is not JSON: {why}"), {"file": path.name, "why": "{…}"}, rule="files.json", source=SOURCE
        )
    return found
