"""Rows as received, whatever they came in; and the reading of a whole file, some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from testamur.kernel.refusal import Refused, _
from testamur.register.reporting import files
from testamur.register.reporting.mapping import RegisterMapping

#: Longest text in one field, characters.
FIELD_MOST = 100_000
#: Rows among which the header is looked for.
PREAMBLE_MOST = 50
#: Parts of a value that came as a list.
PART = "\x1f"
#: Ends a row where rows are digested.
END = "\x1e"
#: Rows of one block, where the reader gives single ones.
BLOCK = 5_000


class Problem(NamedTuple):
    """Why a record cannot be read: a code of ``codes`` and its facts."""

    code: str
    facts: Mapping[str, Any]
    column: str = ""


class Row(NamedTuple):
    """One record.

    Attributes:
        number: of the record, the header being 1; lists without a header begin with 1.
        line: of the file on which the record ends.
        values: one text for every column of the mapping, in its order; empty where the record is broken.
        problem: why it cannot be read; None where it can.
        guesses: of a row that cannot be read, its values in the order of the columns as they may be meant; empty texts
            where nothing is known. Nothing of them comes in; they say which record it may be.
        sure: the guess is right as far as the columns that name the record go.
    """

    number: int
    line: int
    values: Sequence[str]
    problem: Problem | None = None
    guesses: Sequence[Sequence[str]] = ()
    sure: bool = False


class Block(NamedTuple):
    """Some rows in their order, and what the digest of a delivery is made of for them.

    Attributes:
        numbers, lines, values: of the rows that can be read; see ``Row``.
        broken: rows that cannot.
        digested: canonical bytes of all of them, in order.
    """

    numbers: Sequence[int]
    lines: Sequence[int]
    values: Sequence[Sequence[str]]
    broken: Sequence[Row]
    digested: bytes

    @property
    def rows(self) -> list[Row]:
        """Return the rows one by one, in order."""
        read = map(Row, self.numbers, self.lines, self.values)
        return sorted([*read, *self.broken], key=lambda row: row.number) if self.broken else list(read)


@dataclass
class Reading:
    """A file that is being read: its rows in blocks, and what was found out about it on the way."""

    blocks: Iterator[Block]
    remarks: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)  # (code, column, facts), of the file
    #: Lines that were taken for the rest of a broken record and might be records: guesses of each, see ``Row``.
    doubtful: list[Sequence[Sequence[str]]] = field(default_factory=list)

    @property
    def rows(self) -> Iterator[Row]:
        """Yield the rows one by one."""
        for block in self.blocks:
            yield from block.rows


def read(path: Path, mapping: RegisterMapping) -> Reading:
    """Read a file by a mapping: blocks are yielded as they are read, and none is held.

    Raises:
        Refused: before or while reading: not what the mapping reads, columns missing, damaged.
    """
    from testamur.register.reporting import objects, separated, workbook

    # A list that lies inside lies in one document, also where that is written on one line.
    kind = files.kind_of(path, mapping.file.get("format") or ("json" if mapping.file.get("rows") else ""))
    reading = Reading(iter(()))
    readers: dict[str, Callable[[Path, RegisterMapping, Reading], Iterator[Row]]] = {
        "xlsx": workbook.rows, "json": objects.rows, "jsonl": objects.rows_by_line,
    }  # fmt: skip
    if kind == "csv":
        reading.blocks = separated.blocks(path, mapping, reading)
    else:
        reading.blocks = in_blocks(readers[kind](path, mapping, reading))
    return reading


def in_blocks(rows: Iterator[Row]) -> Iterator[Block]:
    """Yield single rows in blocks."""
    while some := list(islice(rows, BLOCK)):
        yield block_of(some)


def block_of(rows: Sequence[Row]) -> Block:
    """Return some rows as one block."""
    said = "".join(
        (PART.join(row.values) if row.problem is None else f"{row.line}{PART}{row.problem.code}") + END for row in rows
    )
    fit = [row for row in rows if row.problem is None]
    broken = [row for row in rows if row.problem is not None]
    numbers, lines, values = [row.number for row in fit], [row.line for row in fit], [row.values for row in fit]
    return Block(numbers, lines, values, broken, said.encode())


def places(header: Sequence[str], mapping: RegisterMapping, reading: Reading) -> list[int] | None:
    """Return for each column of the mapping where it stands in a header row; None where the row is no header of it.

    A row is the header where it names at least half of the columns; then every one that is needed must be there.

    Raises:
        Refused: the row is the header, and a column is missing: named, with the nearest one that is there.
    """
    known = {folded(name): place for place, name in reversed(list(enumerate(header)))}
    wanted = [folded(name) for name in mapping.columns]
    found = sum(1 for name in wanted if name in known)
    if not found or found * 2 < len(wanted):
        return None
    lacking = [name for name in mapping.columns if folded(name) not in known and name not in mapping.optional]
    if lacking:
        raise missing(lacking, [name for name in header if folded(name) not in set(wanted)])
    more = [name for name in header if name.strip() and folded(name) not in set(wanted)]
    if more and mapping.file.get("columns"):
        listed = {folded(name) for name in mapping.file["columns"]}
        more = [name for name in more if folded(name) not in listed]
        if more:
            reading.remarks.append(("column_new", "", {"columns": more[:20]}))
    return [known.get(name, -1) for name in wanted]


def missing(lacking: Sequence[str], there: Sequence[str]) -> Refused:
    """Return the refusal that names columns which are missing, each with the nearest one that is there."""
    names = {folded(name): name for name in there if name.strip()}
    told = []
    for name in lacking:
        near = get_close_matches(folded(name), list(names), n=1, cutoff=0.5)
        told.append(f"{name} (← {names[near[0]]}?)" if near else name)
    return Refused(
        _(
            "The file lacks columns that the mapping reads: {columns}. "
            "Where one was renamed, name it so in the mapping."
        ),
        {"columns": told},
        field="file",
        rule="register.columns",
    )


def no_header(mapping: RegisterMapping, first: Sequence[str]) -> Refused:
    """Return the refusal for a file in which no row names the columns; says which one comes nearest."""
    return missing(list(mapping.columns), [one for one in first if one.strip()][:40])


def folded(name: str) -> str:
    """Return the name of a column as it is compared: no case, one space between words."""
    return " ".join(name.replace("﻿", "").split()).casefold()


def sound(values: Sequence[Sequence[str]]) -> bytes | None:
    """Return what the digest is made of for rows in all of which every value is text and none far too long.

    Returns:
        None where one of the rows has to be looked at, see ``checked``, or says nothing at all.
    """
    texts = list(map(PART.join, values))
    if not all(map(str.strip, texts)) or max(map(len, texts), default=0) > FIELD_MOST:
        return None
    said = END.join([*texts, ""])
    if "\0" in said:
        return None
    try:
        return said.encode()
    except UnicodeEncodeError:  # the lone surrogates that stand for bytes which are no text
        return None


def checked(number: int, line: int, values: Sequence[str], columns: Sequence[str], encoding: str) -> Row:
    """Return a row, or its problem where a value is no text or far too long."""
    whole = PART.join(values)
    if len(whole) <= FIELD_MOST and "\0" not in whole and (whole.isascii() or is_text(whole)):
        return Row(number, line, values)
    for column, value in zip(columns, values, strict=False):
        problem = None
        if len(value) > FIELD_MOST:
            problem = Problem("field_too_long", {"column": column, "length": len(value), "most": FIELD_MOST}, column)
        elif "\0" in value:
            problem = Problem("control_characters", {"column": column}, column)
        elif not is_text(value):
            problem = Problem("not_text", {"column": column, "encoding": encoding}, column)
        if problem is not None:
            return Row(number, line, (), problem, (values,), sure=True)
    return Row(number, line, values)


def is_text(value: str) -> bool:
    """Say whether a value is text, and no bytes that could not be read as such."""
    try:
        value.encode()
    except UnicodeEncodeError:  # the lone surrogates that stand for bytes which are no text
        return False
    return True
