"""Rows of a text whose values are separated: CSV with any delimiter.

Quotation marks are read strictly, so that a name with an unescaped one breaks its own record and no other: the lines
that a broken record swallowed are read again by themselves, and those that are whole records come in.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from testamur.register.reporting import files
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.rows import (
    FIELD_MOST,
    PREAMBLE_MOST,
    Problem,
    Reading,
    Row,
    checked,
    no_header,
    places,
)

DELIMITERS = ",;\t|"
#: Longest physical line, characters; a file without line ends is cut into such, and its fields are then too long.
LINE_MOST = 4 * FIELD_MOST
EXCEL_HINT = "sep="


class _Lines:
    """The physical lines of a text, numbered; those of a broken record can be put back."""

    def __init__(self, text: IO[str]) -> None:
        self._text, self._again = text, deque[tuple[int, str]]()
        self.number = 0  # of the line given last
        self._read, self._ended = 0, True  # lines read; whether the last one was read to its end
        self.taken: list[tuple[int, str]] = []  # since ``begin``

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._again:
            self.number, line = self._again.popleft()
        else:
            line = self._text.readline(LINE_MOST)
            if not line:
                raise StopIteration
            self._read += self._ended
            self._ended = line.endswith(("\n", "\r"))
            self.number = self._read
        self.taken.append((self.number, line))
        return line

    def skip_rest(self) -> None:
        """Pass over what is left of a line that was cut because it is endless."""
        while not self._ended and (line := self._text.readline(LINE_MOST)):
            self._ended = line.endswith(("\n", "\r"))

    def begin(self) -> None:
        """Forget what was taken: a record begins."""
        self.taken.clear()

    def put_back(self) -> int:
        """Put back all lines taken but the first; return the number of the last of them, 0 where there are none."""
        rest = self.taken[1:]
        self._again.extendleft(reversed(rest))
        return rest[-1][0] if rest else 0


def rows(path: Path, mapping: RegisterMapping, reading: Reading) -> Iterator[Row]:
    """Yield the rows of a file; raises :class:`Refused` where it has no header of this mapping."""
    encoding = files.encoding_of(path, str(mapping.file.get("encoding", "")))
    if encoding.guessed:
        name = files.ENCODINGS.get(encoding.name, encoding.name.upper())
        reading.remarks.append(("encoding_guessed", "", {"encoding": name, "sample": encoding.sample}))
    with files.text_of(path, encoding) as text:
        lines = _Lines(text)
        delimiter, header, number, order = _header(lines, mapping, reading)
        yield from _records(lines, mapping, delimiter, len(header), number, order, encoding.name)


def _header(lines: _Lines, mapping: RegisterMapping, reading: Reading) -> tuple[str, list[str], int, list[int]]:
    """Find the row that names the columns, and by which delimiter it does."""
    stated = str(mapping.file.get("delimiter", ""))
    first: list[str] = []
    for number in range(1, PREAMBLE_MOST + 1):
        lines.begin()
        try:
            parsed = {stated or ",": next(csv.reader(lines, delimiter=stated or ",", strict=True))}
        except csv.Error:
            parsed = {}
        except StopIteration:
            break
        physical = [line for _number, line in lines.taken]
        if len(parsed) == 1 and len(physical) == 1 and physical[0].casefold().startswith(EXCEL_HINT):
            continue
        if not stated:
            for other in DELIMITERS[1:]:
                try:
                    parsed[other] = next(csv.reader(iter(physical), delimiter=other, strict=True))
                except (csv.Error, StopIteration):
                    continue
        widest = max(parsed, key=lambda one: len(parsed[one]), default="")
        if not widest:
            continue
        order = places(parsed[widest], mapping, reading)
        if order is not None:
            return widest, parsed[widest], number, order
        first = first if len(first) >= len(parsed[widest]) else parsed[widest]
    raise no_header(mapping, first)


def _records(
    lines: _Lines,
    mapping: RegisterMapping,
    delimiter: str,
    width: int,
    number: int,
    order: Sequence[int],
    encoding: str,
) -> Iterator[Row]:
    columns = mapping.columns
    plain = list(order) == list(range(width))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    broken_until = 0  # last line that a broken record swallowed: what breaks there again belongs to it
    taken = lines.taken
    while True:
        taken.clear()
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            lines.skip_rest()
            line, again = lines.number, taken and taken[0][0] <= broken_until
            swallowed = lines.put_back()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            if not again:
                number += 1
                broken_until = swallowed
                # Where the record ends is where its own line ends: what follows is read by itself.
                yield Row(number, taken[0][0] if swallowed else line, (), _problem(str(error)))
            continue
        if len(values) != width:
            if not any(value.strip() for value in values):
                continue
            if taken[0][0] <= broken_until:
                continue
            number += 1
            facts = {"found": len(values), "expected": width}
            line = lines.number
            broken_until = lines.put_back()
            if broken_until:
                reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield Row(number, line, (), Problem("record_shifted", facts))
            continue
        if not any(values) or not any(value.strip() for value in values):
            continue
        number += 1
        if not plain:
            values = [values[place] if place >= 0 else "" for place in order]
        yield checked(number, lines.number, values, columns, encoding)


def _problem(why: str) -> Problem:
    if "larger than field limit" in why:
        facts: dict[str, Any] = {"column": "–", "length": f"> {csv.field_size_limit():,}", "most": FIELD_MOST}
        return Problem("field_too_long", facts)
    return Problem("record_broken", {"why": why})
