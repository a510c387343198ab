"""What rows say, judged: the records that go through spool, folding, diff and writing, one by one or in columns."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import compress
from typing import Any, NamedTuple


class Record(NamedTuple):
    """One row of a delivery as a state of record.

    Attributes:
        row, line: of the file.
        key: the record's own id at the source.
        number, number_key: as printed, and as look-up compares it.
        holder: names in all scripts, parted by `` / ``.
        issuer: as the source names it; empty where it says nothing.
        scheme: id here, or the source's own word.
        status: one of the five.
        effective_on, expires_on: ISO days; None: not stated.
        country, region: of the holder, as stated or as its address says.
        standards: designations, parted by `` | ``.
        personal: about a natural person.
        said: everything else, as JSON text in the shape that ``register.states`` reads.
        words: of statement and title, and identifiers of the holder, by which search finds it.
        mark: 64 bits of what it says, see ``marks``.
    """

    row: int
    line: int
    key: str
    number: str
    number_key: str
    holder: str
    issuer: str
    scheme: str
    status: str
    effective_on: str | None
    expires_on: str | None
    country: str
    region: str
    standards: str
    personal: bool
    said: str
    words: str
    mark: int


class Records(NamedTuple):
    """Some records as columns: the attributes of ``Record``, one value for each of them."""

    row: Sequence[int]
    line: Sequence[int]
    key: Sequence[str]
    number: Sequence[str]
    number_key: Sequence[str]
    holder: Sequence[str]
    issuer: Sequence[str]
    scheme: Sequence[str]
    status: Sequence[str]
    effective_on: Sequence[str | None]
    expires_on: Sequence[str | None]
    country: Sequence[str]
    region: Sequence[str]
    standards: Sequence[str]
    personal: Sequence[bool]
    said: Sequence[str]
    words: Sequence[str]
    mark: Sequence[int]

    @property
    def size(self) -> int:
        """Return how many they are."""
        return len(self.key)

    def each(self) -> Iterator[Record]:
        """Yield them one by one."""
        return map(Record._make, zip(*self, strict=True))

    def at(self, place: int) -> Record:
        """Return one of them."""
        return Record._make([column[place] for column in self])

    def part(self, begin: int, end: int) -> Records:
        """Return those from one place to before another."""
        return self if begin <= 0 and end >= self.size else Records._make([column[begin:end] for column in self])

    def those(self, chosen: Sequence[Any]) -> Records:
        """Return those for which something true is given."""
        return Records._make([list(compress(column, chosen)) for column in self])


def in_columns(records: Iterable[Record]) -> Records:
    """Return records as columns."""
    columns = list(zip(*records, strict=True))
    return Records._make(columns if columns else [()] * len(Records._fields))


def joined(parts: Sequence[Records]) -> Records:
    """Return the records of several parts in their order."""
    if len(parts) == 1:
        return parts[0]
    return Records._make([[one for part in parts for one in part[place]] for place in range(len(Records._fields))])


def marks(
    number: Sequence[str],
    holder: Sequence[str],
    issuer: Sequence[str],
    scheme: Sequence[str],
    status: Sequence[str],
    effective_on: Sequence[str | None],
    expires_on: Sequence[str | None],
    standards: Sequence[str],
    said: Sequence[str],
) -> list[int]:
    """Return 64 bits, signed, of what each of some records says: equal marks say the same.

    BLAKE2b, so that nobody can word a change that looks like none.
    """
    first, last = ([day or "" for day in days] for days in (effective_on, expires_on))
    texts = map("\x1f".join, zip(number, holder, issuer, scheme, status, first, last, standards, said, strict=True))
    found = array("q", b"".join([blake2b(text.encode(), digest_size=8).digest() for text in texts]))
    if sys.byteorder == "little":
        found.byteswap()
    return found.tolist()


def marked(record: Record) -> Record:
    """Return a record that was changed, with its mark."""
    names = ("number", "holder", "issuer", "scheme", "status", "effective_on", "expires_on", "standards", "said")
    return record._replace(mark=marks(*([getattr(record, name)] for name in names))[0])


class Found(NamedTuple):
    """Something to remark about a row; see ``codes``. Row 0: about the whole file."""

    rejects: bool
    row: int
    line: int
    column: str
    code: str
    facts: Mapping[str, Any]
