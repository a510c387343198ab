"""Replay of append-only rows: what held on a day, as known at an instant. Pure functions, no database.

As known at T: take the rows recorded at or before T; drop those that another of them corrects or annuls; order by
effective instant, then recorded instant, then id; the last one effective on or before the end of the day holds.
An annulment that is itself annulled does not count. Source: amendments-engineering.md 2; amendments.md A9.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from testamur.kernel.words import Status


class Row(Protocol):
    """What every row with two clocks has."""

    id: Any
    effective_at: datetime
    recorded_at: datetime
    corrects_id: Any


R = TypeVar("R", bound=Row)

#: From best to worst: a part is never better than its main, a line never better than the whole.
RANK = {Status.VALID: 0, Status.SUSPENDED: 1, Status.EXPIRED: 2, Status.CANCELLED: 3, Status.WITHDRAWN: 4}
#: Statuses that the calendar no longer changes.
ENDED = frozenset({Status.WITHDRAWN, Status.CANCELLED})


def worse(one: Status, two: Status) -> Status:
    """Return the worse of two statuses."""
    return one if RANK[one] >= RANK[two] else two


class Fate(StrEnum):
    """What became of a row."""

    STANDS = "stands"
    CORRECTED = "corrected"
    ANNULLED = "annulled"
    ANNULS = "annuls"  # a row that only takes another away


@dataclass(frozen=True)
class Traced(Generic[R]):
    """A row with its fate, and the row that caused it."""

    row: R
    fate: Fate
    because: R | None = None


def trace(rows: Iterable[R], known: datetime | None = None) -> list[Traced[R]]:
    """Return every row known at an instant with its fate, in the order of replay.

    Args:
        rows: rows of one attestation, in any order.
        known: rows recorded later are left out; None: all.
    """
    taken = [row for row in rows if known is None or row.recorded_at <= known]
    fate: dict[Any, tuple[Fate, R | None]] = {}
    # A row can only name one that was there before it, so from the newest backwards each is settled before its targets.
    for row in sorted(taken, key=lambda row: row.id, reverse=True):
        annuls = getattr(row, "annuls_id", None)
        own = fate.get(row.id, (Fate.STANDS, None))[0]
        if own is Fate.ANNULLED:
            continue
        if annuls is not None and own is Fate.STANDS:
            fate[annuls] = (Fate.ANNULLED, row)
            fate[row.id] = (Fate.ANNULS, None)
        if row.corrects_id is not None and fate.get(row.corrects_id, (None,))[0] is not Fate.ANNULLED:
            fate[row.corrects_id] = (Fate.CORRECTED, row)
    traced = [Traced(row, *fate.get(row.id, (Fate.STANDS, None))) for row in taken]
    return sorted(traced, key=lambda one: order(one.row))


def order(row: Row) -> tuple[datetime, datetime, Any]:
    """Return the key by which rows take effect one after the other."""
    return (row.effective_at, row.recorded_at, row.id)


def standing(rows: Iterable[R], known: datetime | None = None) -> list[R]:
    """Return the rows that stand, in the order of replay."""
    return [one.row for one in trace(rows, known) if one.fate is Fate.STANDS]


def holding(rows: Sequence[R], until: datetime) -> R | None:
    """Return the last standing row that is effective at or before an instant.

    Args:
        rows: standing rows in the order of replay.
        until: the last second of the day that is asked about.
    """
    found = None
    for row in rows:
        if row.effective_at <= until:
            found = row
    return found


def void_from_start(rows: Iterable[Any]) -> Any | None:
    """Return the standing row by which the whole was void from the start, if there is one."""
    for row in rows:
        if row.from_start and row.lines is None and Status(row.status) in ENDED:
            return row
    return None
