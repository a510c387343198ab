"""What a delivery changes: each record against the state that the register holds, many at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from testamur.kernel.refusal import Refused, _
from testamur.register.models import Attestation, Current, Delivery, Source
from testamur.register.reporting.database import among, asked, table
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.records import Record, Records, joined

#: Records compared and written together.
CHUNK = 20_000
#: A snapshot that lists less than this share of what the source listed before is taken for a failed collection.
SHORTEST = 0.5


class Change(StrEnum):
    """What a record does to the register."""

    NEW = "new"
    CHANGED = "changed"
    RENEWED = "renewed"  # a validity that ends later than the one before
    STATUS = "status"
    GONE = "gone"  # a whole list does not list it any more
    RETURNED = "returned"  # listed again
    UNCHANGED = "unchanged"


class Known(NamedTuple):
    """The state that the register holds of a record."""

    attestation: int
    mark: int | None
    status: str
    effective_on: str | None
    expires_on: str | None
    gone: bool


@dataclass(frozen=True)
class Step:
    """Some records of a delivery in their order, each with what it does and whom it is known as.

    Attributes:
        changes, known: one for each record; ``known`` is empty where nothing is known of the source.
        rows: of the delivery that it covers, where some say nothing that can be taken in; -1: as many as records.
        day: from which it is so, ISO 8601; empty: the day for which the delivery speaks.
    """

    records: Records
    changes: Sequence[Change]
    known: Sequence[Known | None]
    rows: int = -1
    day: str = ""

    @property
    def size(self) -> int:
        """Return how many rows of the delivery it covers."""
        return self.records.size if self.rows < 0 else self.rows

    @property
    def counts(self) -> dict[str, int]:
        """Return how many records do what."""
        counted = ((str(change), self.changes.count(change)) for change in Change)
        return {change: count for change, count in counted if count}


def steps(blocks: Iterable[Records], source: Source, issuers: Issuers, *, skip: int = 0) -> Iterator[Step]:
    """Yield the records of a delivery in chunks, compared with the present states.

    Args:
        blocks: of records, each once, in an order that is always the same.
        skip: so many of them are written already.
    """
    fresh = not skip and is_fresh(source)
    for chunk in _chunks(blocks, skip):
        if fresh:  # of a source that never delivered nothing is known, and nothing is asked
            yield Step(chunk, [Change.NEW] * chunk.size, ())
            continue
        known = known_of(chunk, source)
        states = [known.get(key) for key in chunk.key]
        doubtful = [
            state.attestation for state, one in zip(states, chunk.mark, strict=True) if state and state.mark != one
        ]
        stated = stated_of(doubtful) if doubtful else {}
        yield Step(chunk, [_change(chunk, place, state, stated, issuers) for place, state in enumerate(states)], states)


def _chunks(blocks: Iterable[Records], skip: int) -> Iterator[Records]:
    """Yield records in chunks of ``CHUNK``, without the first ones."""
    waiting: list[Records] = []
    count = 0
    for block in blocks:
        if skip >= block.size:
            skip -= block.size
            continue
        rest, skip = block.part(skip, block.size), 0
        waiting.append(rest)
        count += rest.size
        if count >= CHUNK:
            whole = joined(waiting)
            end = count - count % CHUNK
            for begin in range(0, end, CHUNK):
                yield whole.part(begin, begin + CHUNK)
            waiting, count = ([whole.part(end, count)], count - end) if count > end else ([], 0)
    if count:
        yield joined(waiting)


def _change(
    chunk: Records, place: int, known: Known | None, stated: Mapping[int, dict[str, Any]], issuers: Issuers
) -> Change:
    if known is None:
        return Change.NEW
    if known.mark == chunk.mark[place] and not known.gone:  # as nearly all
        return Change.UNCHANGED
    return change(chunk.at(place), known, stated.get(known.attestation), issuers)


def is_fresh(source: Source) -> bool:
    """Say whether nothing of a source is known yet."""
    return not Attestation.objects.filter(source=source).exists()


def change(record: Record, known: Known, stated: dict[str, Any] | None, issuers: Issuers) -> Change:
    """Return what a record does to a known state.

    Args:
        stated: the whole state, where the marks differ; None where they are equal.
    """
    if known.gone:
        return Change.RETURNED
    if known.mark == record.mark or stated is None:
        return Change.UNCHANGED
    if (
        record.expires_on
        and (record.expires_on > (known.expires_on or ""))
        and (record.effective_on != known.effective_on)
    ):
        return Change.RENEWED
    if record.status != known.status:
        return Change.STATUS
    return Change.UNCHANGED if _same(record, stated, issuers) else Change.CHANGED


def _same(record: Record, stated: dict[str, Any], issuers: Issuers) -> bool:
    here = (
        record.number, record.holder, record.scheme, record.effective_on, record.expires_on, record.country,
        record.standards,
    )  # fmt: skip
    there = tuple(
        stated[name]
        for name in ("number", "holder_text", "scheme", "effective_on", "expires_on", "country", "standards")
    )
    # A source that does not name the issuer says nothing about it.
    issuer = not record.issuer or issuers.find(record.issuer) == stated["issuer"]
    return here == there and issuer and json.loads(record.said) == stated["said"]


def known_of(chunk: Records, source: Source) -> dict[str, Known]:
    """Return key → present state of those of some records that a source ever told of."""
    condition, parameters = among("a.origin_key", chunk.key, "text")
    rows = asked(
        f"SELECT a.origin_key, a.id, c.mark, c.status, c.effective_on, c.expires_on, c.gone_on "
        f'FROM "{table(Attestation)}" a JOIN "{table(Current)}" c ON c.attestation_id = a.id '
        f"WHERE a.source_id = %s AND {condition}",
        [source.pk, *parameters],
    )
    return {key: Known(id, one, status, iso(first), iso(last), gone is not None)
            for key, id, one, status, first, last, gone in rows}  # fmt: skip


def stated_of(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return attestation → what its present state says."""
    condition, parameters = among("attestation_id", ids, "bigint")
    names = ("number", "holder_text", "scheme", "country", "standards")
    rows = asked(
        f"SELECT attestation_id, effective_on, expires_on, said, issuer_id, {', '.join(names)} "
        f'FROM "{table(Current)}" WHERE {condition}',
        parameters,
    )
    return {
        row[0]: {
            "effective_on": iso(row[1]), "expires_on": iso(row[2]),
            "said": json.loads(row[3]) if isinstance(row[3], str) else row[3], "issuer": row[4],
            **dict(zip(names, row[5:], strict=True)),
        }
        for row in rows
    }  # fmt: skip


def iso(day: Any) -> str | None:
    """Return a day of the database as ISO 8601: SQLite keeps text, PostgreSQL days."""
    return None if day is None else str(day)[:10]


def nameless(source: Source, rows: Sequence[Sequence[str]], unread: Callable[[list[str]], list[bool]]) -> int:
    """Return how many of some rows that cannot be read may be any record of a source.

    Args:
        rows: of each the keys that it may bear. Where one of them is a record that the source lists, and that no other
            row tells, the row is that record: a text that was torn by chance does not read as such a key.
        unread: says of keys whether no row that can be read tells them.
    """
    nobody, keys = 0, sorted({key for row in rows for key in row})
    keys = [key for key, one in zip(keys, unread(keys), strict=True) if one]
    known: set[str] = set()
    for begin in range(0, len(keys), CHUNK):
        condition, parameters = among("a.origin_key", keys[begin : begin + CHUNK], "text")
        found = asked(
            f'SELECT a.origin_key FROM "{table(Attestation)}" a JOIN "{table(Current)}" c ON c.attestation_id = a.id '
            f"WHERE a.source_id = %s AND c.gone_on IS NULL AND {condition}",
            [source.pk, *parameters],
        )
        known.update(key for (key,) in found)
    for row in rows:
        nobody += known.isdisjoint(row)
    return nobody


def listed(source: Source) -> int:
    """Return how many records a source lists at present."""
    return Current.objects.filter(attestation__source=source, gone_on=None).count()


def check_not_short(delivery: Delivery, records: int, before: int, shortest: float) -> None:
    """A whole list that is empty, or far shorter than the one before it, is a collection that failed.

    Raises:
        Refused: it is; an override with its reason lets it in.
    """
    if not delivery.whole or not before:
        return
    if records == 0:
        message = _(
            "The list holds no record, and {source} listed {before} before; its collection has probably failed."
        )
    elif records < shortest * before:
        message = _(
            "The list holds {records} records, and {source} listed {before} before; a list that lost more than "
            "{share} % is taken for a collection that failed. If it is right, say why and let it in."
        )
    else:
        return
    facts = {
        "records": records, "before": before, "source": delivery.source.names, "share": round((1 - shortest) * 100),
    }  # fmt: skip
    raise Refused(message, facts, rule="register.short_snapshot", source="testamur@2026-1#register.mirror")
