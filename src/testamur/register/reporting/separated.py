"""Rows of a text whose values are separated: CSV with any delimiter.

Quotation marks are read strictly, so that a name with an unescaped one breaks its own record and no other: the lines
that a broken record swallowed are read again by themselves, and those that are whole records come in.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from testamur.register.reporting import files
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.rows import (
    BLOCK,
    FIELD_MOST,
    PREAMBLE_MOST,
    Block,
    Problem,
    Reading,
    Row,
    block_of,
    checked,
    no_header,
    places,
    sound,
)

DELIMITERS = ",;\t|"
#: Longest physical line, characters; a file without line ends is cut into such, and its fields are then too long.
LINE_MOST = 4 * FIELD_MOST
#: Characters read together; lines among which nothing is doubtful are parsed together.
TOGETHER = 1 << 20
EXCEL_HINT = "sep="


class _Lines:
    """The physical lines of a text, numbered; those of a broken record can be put back."""

    def __init__(self, text: IO[str]) -> None:
        self._text, self._again = text, deque[tuple[int, str]]()
        self._ahead, self._at = list[str](), 0  # lines read together, and how many of them were given
        self._carried = ""  # read already, begins the next lines
        self.number = 0  # of the line given last
        self._read, self._ended = 0, True  # lines given; whether the last one was given to its end
        self.taken: list[tuple[int, str]] = []  # since ``begin``

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self._again:
            self.number, line = self._again.popleft()
        else:
            line = self._next()
            if not line:
                raise StopIteration
            self._read += self._ended
            self._ended = line.endswith(("\n", "\r"))
            self.number = self._read
        self.taken.append((self.number, line))
        return line

    def _next(self) -> str:
        if self._at == len(self._ahead):
            self._fill()
        if not self._ahead:
            return ""
        line = self._ahead[self._at]
        if len(line) > LINE_MOST:
            self._ahead[self._at] = line[LINE_MOST:]
            return line[:LINE_MOST]
        self._at += 1
        return line

    def _fill(self) -> None:
        text, self._carried = self._carried + self._text.read(TOGETHER), ""
        if text and not text.endswith(("\n", "\r")):  # a line that was cut; an endless one comes in parts
            text += self._text.readline(LINE_MOST)
        if text.endswith("\r"):  # a line feed may belong to it
            more = self._text.read(1)
            text, self._carried = (text + more, "") if more == "\n" else (text, more)
        self._ahead, self._at = io.StringIO(text, newline="").readlines(), 0

    @property
    def between(self) -> bool:
        """Say whether all lines that were read together are given, and none was put back."""
        return self._at == len(self._ahead) and not self._again

    def together(self) -> list[str]:
        """Return the next lines that are read together, all whole, without giving them; see ``give``."""
        if not self.between or not self._ended:
            return []
        self._fill()
        return self._ahead if max(map(len, self._ahead), default=0) <= LINE_MOST else []

    def give(self) -> int:
        """Take those lines as given; return the number of the first."""
        first = self._read + 1
        self._read += len(self._ahead)
        self._at = len(self._ahead)
        self._ended = self._ahead[-1].endswith(("\n", "\r"))
        self.number = self._read
        return first

    def skip_rest(self) -> None:
        """Pass over what is left of a line that was cut because it is endless."""
        while not self._ended and (line := self._next()):
            self._ended = line.endswith(("\n", "\r"))

    def begin(self) -> None:
        """Forget what was taken: a record begins."""
        self.taken.clear()

    def put_back(self) -> int:
        """Put back all lines taken but the first; return the number of the last of them, 0 where there are none."""
        rest = self.taken[1:]
        self._again.extendleft(reversed(rest))
        return rest[-1][0] if rest else 0


def blocks(path: Path, mapping: RegisterMapping, reading: Reading) -> Iterator[Block]:
    """Yield the rows of a file; raises :class:`Refused` where it has no header of this mapping."""
    encoding = files.encoding_of(path, str(mapping.file.get("encoding", "")))
    if encoding.guessed:
        name = files.ENCODINGS.get(encoding.name, encoding.name.upper())
        reading.remarks.append(("encoding_guessed", "", {"encoding": name, "sample": encoding.sample}))
    with files.text_of(path, encoding) as text:
        lines = _Lines(text)
        delimiter, header, number, order = _header(lines, mapping, reading)
        records = _Records(lines, mapping, delimiter, len(header), number, order, encoding.name, reading)
        while not records.ended:
            if (block := records.together()) is not None:
                yield block
            elif some := list(records.one_by_one()):
                yield block_of(some)


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


class _Records:
    """The records below the header.

    Lines read together are parsed together. Where something among them is doubtful (a quotation mark that is not
    closed, fields missing, a record of several lines, a byte that is no text) they are read one by one, carefully.

    Attributes:
        ended: nothing is left.
    """

    def __init__(
        self,
        lines: _Lines,
        mapping: RegisterMapping,
        delimiter: str,
        width: int,
        number: int,
        order: Sequence[int],
        encoding: str,
        reading: Reading,
    ) -> None:
        self._lines, self._delimiter, self._width, self._number = lines, delimiter, width, number
        self._columns, self._order, self._encoding = mapping.columns, order, encoding
        self._plain = list(order) == list(range(width))
        self._reading, self._intact = reading, _intact(delimiter)
        self._keys = [order[mapping.columns.index(column)] for column in mapping.key_columns]
        self._broken_until = 0  # last line that a broken record swallowed: what breaks there again belongs to it
        self.ended = False

    def together(self) -> Block | None:
        """Return the records of the lines that are read together; None where they have to be read one by one."""
        lines = self._lines.together()
        if not lines:
            return None
        try:
            values = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        if len(values) != len(lines) or set(map(len, values)) != {self._width}:
            return None
        if not self._plain:
            values = [[row[place] if place >= 0 else "" for place in self._order] for row in values]
        digested = sound(values)
        if digested is None:
            return None
        first, number = self._lines.give(), self._number + 1
        self._number += len(values)
        return Block(range(number, number + len(values)), range(first, first + len(values)), values, (), digested)

    def one_by_one(self) -> Iterator[Row]:
        """Yield the records until the lines that were read together are given, or ``BLOCK`` of them."""
        lines, width = self._lines, self._width
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        taken, begun = lines.taken, self._number
        while True:
            if self._number - begun >= BLOCK or (self._number > begun and lines.between):
                return
            taken.clear()
            try:
                values = next(reader)
            except StopIteration:
                self.ended = True
                return
            except csv.Error as error:
                lines.skip_rest()
                line, again = lines.number, taken and taken[0][0] <= self._broken_until
                intact = self._begun(taken[0][1]) if taken else []
                swallowed = lines.put_back()
                reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
                if not again:
                    self._number += 1
                    self._broken_until = swallowed
                    # Where the record ends is where its own line ends: what follows is read by itself.
                    sure = all(0 <= place < len(intact) for place in self._keys)
                    end = taken[0][0] if swallowed else line
                    yield Row(self._number, end, (), _problem(str(error)), [self._ordered(intact)], sure)
                else:
                    self._reading.doubtful.append([self._ordered(intact)])
                continue
            if len(values) != width:
                if not any(value.strip() for value in values):
                    continue
                # Counted from both ends: a text that was torn shifts what stands behind it only.
                guesses = [self._ordered(values), self._ordered(values, len(values) - width)]
                if taken[0][0] <= self._broken_until:
                    self._reading.doubtful.append(guesses)
                    continue
                self._number += 1
                facts = {"found": len(values), "expected": width}
                line = lines.number
                self._broken_until = lines.put_back()
                if self._broken_until:
                    reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
                yield Row(self._number, line, (), Problem("record_shifted", facts), guesses)
                continue
            if not any(values) or not any(value.strip() for value in values):
                continue
            self._number += 1
            if not self._plain:
                values = [values[place] if place >= 0 else "" for place in self._order]
            yield checked(self._number, lines.number, values, self._columns, self._encoding)

    def _begun(self, line: str) -> list[str]:
        """Return the fields of a broken record that stand whole before the place where it breaks."""
        found, at = list[str](), 0
        while at < len(line) and (one := self._intact.match(line, at)) is not None:
            found.append(one[1].replace('""', '"') if one[1] is not None else one[2])
            at = one.end()
        return found

    def _ordered(self, values: Sequence[str], shift: int = 0) -> list[str]:
        """Return values in the order of the mapping's columns, each so many places further on than its column."""
        wanted = [place + shift if place >= 0 else -1 for place in self._order]
        return [values[place] if 0 <= place < len(values) else "" for place in wanted]


def _intact(delimiter: str) -> re.Pattern[str]:
    """Return the pattern of a field that is whole, with the delimiter or the end of the line behind it."""
    one = re.escape(delimiter)
    return re.compile(f'(?:"((?:[^"]|"")*)"|((?!")[^{one}\\r\\n]*))(?:{one}|\\r?\\n|$)')


def _problem(why: str) -> Problem:
    if "larger than field limit" in why:
        facts: dict[str, Any] = {"column": "–", "length": f"> {csv.field_size_limit():,}", "most": FIELD_MOST}
        return Problem("field_too_long", facts)
    return Problem("record_broken", {"why": why})
