"""What a row says, judged: the record that goes through spool, folding, diff and writing."""

from __future__ import annotations

from collections.abc import Mapping
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
        country, region: of the holder.
        standards: designations, parted by `` | ``.
        personal: about a natural person.
        said: everything else, as JSON text in the shape that ``register.states`` reads.
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


class Found(NamedTuple):
    """Something to remark about a row; see ``codes``. Row 0: about the whole file."""

    rejects: bool
    row: int
    line: int
    column: str
    code: str
    facts: Mapping[str, Any]
