"""A delivery written: identities and present states of what is new, past states of what changed, in chunks.

Each chunk is one transaction that also moves ``Delivery.written``, so that a crash in the middle loses nothing and
repeats nothing. Readers see the chunks as they come; the event and the log entry follow with the last.
"""

from __future__ import annotations

import json
import secrets
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat
from typing import Any

from django.db import transaction

from testamur.journal.marks import touch
from testamur.kernel import clock
from testamur.kernel.identity import ALPHABET
from testamur.kernel.refusal import Refused, _
from testamur.register.authority import AUTHORITIES
from testamur.register.finding import keeping
from testamur.register.models import Attestation, Current, Delivery, Past
from testamur.register.reporting.conflicts import note_conflicts
from testamur.register.reporting.database import allot, among, asked, done, insert, instant, made_here, many, table
from testamur.register.reporting.differing import Change, Step
from testamur.register.reporting.folding import Folding
from testamur.register.reporting.following import IssuerWords, searched
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.records import in_columns
from testamur.register.reporting.replaying import Replay
from testamur.schemes.queries import authorities

ATTESTATION = (
    "id", "recorded_at", "public_id", "issuer_id", "scheme_id_text", "origin", "origin_name", "origin_key", "source_id",
    "part", "confidential", "personal", "sample",
)  # fmt: skip
CURRENT = (
    "attestation_id", "number", "number_key", "holder_text", "issuer_id", "scheme", "status", "effective_on",
    "expires_on", "changed_at", "country", "region", "standards", "search", "confidential", "personal", "said", "since",
    "delivery_id", "position", "mark",
)  # fmt: skip
#: Columns that a past state keeps of the present one.
KEPT = (
    "attestation_id", "number", "number_key", "issuer_id", "status", "effective_on", "expires_on", "standards", "said",
    "since", "gone_on", "delivery_id", "position",
)  # fmt: skip


@dataclass(frozen=True)
class Progress:
    """How far a delivery is written.

    Attributes:
        written, of: records.
        rate: records a second since this run began.
        remaining: seconds, None before anything can be said.
    """

    written: int
    of: int
    rate: float
    remaining: float | None


def write(
    delivery: Delivery, records: Folding | Replay, issuers: Issuers, told: Callable[[Progress], None] | None = None
) -> None:
    """Write what of a delivery is not written yet, chunk by chunk.

    Args:
        delivery: being committed; ``written`` and ``counts`` move with every chunk.

    Raises:
        Refused: somebody else is writing it.
    """
    total, began, first = records.rows, time.monotonic(), delivery.written
    # What is listed for the first time cannot be gone.
    lists_before = Attestation.objects.filter(source=delivery.source).exclude(current__delivery=delivery).exists()
    if {str(delivery.source.key), *_schemes(delivery)} & authorities():
        touch(AUTHORITIES)
    for step in records.steps(delivery.source, issuers, skip=delivery.written):
        with transaction.atomic(), made_here():
            _write_step(delivery, step, issuers)
        if told is not None:
            rate = (delivery.written - first) / max(time.monotonic() - began, 1e-6)
            told(Progress(delivery.written, total, rate, (total - delivery.written) / rate if rate else None))
    # Of rows that may be any record it is not known which of those that seem to lack they are.
    sure = not delivery.counts.get("unnamed") or bool(delivery.override)
    if delivery.whole and lists_before and sure and isinstance(records, Folding):
        day = delivery.as_of.isoformat()
        for ids in _gone(delivery, records):
            with transaction.atomic():
                _end(delivery, ids, Change.GONE, day)
                _say_gone(delivery, ids, day)


def _schemes(delivery: Delivery) -> set[str]:
    body = delivery.mapping.body
    return {str(body["source"]["scheme"]), *map(str, body.get("scheme", {}).get("map", {}).values())}


def _write_step(delivery: Delivery, step: Step, issuers: Issuers) -> None:
    now, day = clock.now(), step.day or delivery.as_of.isoformat()
    words = IssuerWords()
    written = _write_new(delivery, step, issuers, words, now, day)
    changed = [change for change in (Change.CHANGED, Change.RENEWED, Change.STATUS, Change.RETURNED)
               if change in step.changes]  # fmt: skip
    for change in changed:
        places = [place for place, one in enumerate(step.changes) if one is change]
        ids = [step.known[place].attestation for place in places]  # type: ignore[union-attr]
        _end(delivery, ids, change, day)
        many(_UPDATE, _states(delivery, step, places, issuers, words, now, day))
        written += ids
    ended = [(state.attestation, step.records.row[place]) for place, one in enumerate(step.changes)
             if one is Change.GONE and (state := step.known[place]) is not None]  # fmt: skip
    if ended:
        ids = [id for id, _row in ended]
        _end(delivery, ids, Change.GONE, day)
        _say_gone(delivery, ids, day)
        many(f'UPDATE "{table(Current)}" SET position = %s WHERE attestation_id = %s', [(row, id) for id, row in ended])
    if written:
        note_conflicts(delivery, written, words.issuers)
    _move_on(delivery, step.size, Counter(step.counts))


def _write_new(
    delivery: Delivery, step: Step, issuers: Issuers, words: IssuerWords, now: datetime, day: str
) -> list[int]:
    """Write identity and present state of records that are new; return the ids."""
    count = step.changes.count(Change.NEW)
    if not count:
        return []
    new = step.records
    if count < new.size:
        new = new.those([change is Change.NEW for change in step.changes])
    source, at = delivery.source, instant(now)
    ids = allot(Attestation, count)
    known = issuers.of_all(new.issuer)
    named = [known[name] for name in new.issuer]
    no, nothing = repeat(False), repeat("")
    insert(Attestation, ATTESTATION, zip(
        ids, repeat(at), public_ids(count), named, new.scheme, repeat(source.origin), nothing, new.key,
        repeat(source.pk), nothing, no, new.personal, repeat(_sample()), strict=False,
    ))  # fmt: skip
    insert(Current, CURRENT, zip(
        ids, new.number, new.number_key, new.holder, named, new.scheme, new.status, new.effective_on, new.expires_on,
        repeat(at), new.country, new.region, new.standards, searched(new, named, words), no, new.personal, new.said,
        repeat(day), repeat(delivery.pk), new.row, new.mark, strict=False,
    ))  # fmt: skip
    keeping.wait(ids[0], ids[-1])
    return list(ids)


_UPDATE = (
    f'UPDATE "{table(Current)}" SET number = %s, number_key = %s, holder_text = %s, issuer_id = %s, scheme = %s, '
    "status = %s, effective_on = %s, expires_on = %s, changed_at = %s, country = %s, region = %s, standards = %s, "
    "search = %s, personal = %s, said = %s, since = %s, gone_on = NULL, delivery_id = %s, position = %s, mark = %s "
    "WHERE attestation_id = %s"
)


def _states(
    delivery: Delivery, step: Step, places: Sequence[int], issuers: Issuers, words: IssuerWords, now: datetime,
    since: str,
) -> Iterator[tuple[Any, ...]]:  # fmt: skip
    """Yield the parameters of ``_UPDATE`` for records that are known."""
    records = in_columns(step.records.at(place) for place in places)
    known = [state.attestation for place in places if (state := step.known[place]) is not None]
    silent = delivery.source.organisation_id is None
    # A source that does not name the issuer says nothing about it: the one that was known stays.
    kept = _issuers_of(known) if silent and not all(records.issuer) else {}
    named = [kept[id] if silent and not name else issuers.of(name)
             for id, name in zip(known, records.issuer, strict=True)]  # fmt: skip
    at = instant(now)
    told = zip(known, named, searched(records, named, words), records.each(), strict=True)
    for attestation, issuer, search, one in told:
        yield (
            one.number, one.number_key, one.holder, issuer, one.scheme, one.status, one.effective_on, one.expires_on,
            at, one.country, one.region, one.standards, search, one.personal, one.said, since, delivery.pk, one.row,
            one.mark, attestation,
        )  # fmt: skip


def _issuers_of(ids: Sequence[int]) -> dict[int, int]:
    """Return the issuers that are known of some records, all asked for at once."""
    condition, parameters = among("attestation_id", ids, "bigint")
    return dict(asked(f'SELECT attestation_id, issuer_id FROM "{table(Current)}" WHERE {condition}', parameters))


def _end(delivery: Delivery, ids: Sequence[int], change: Change, day: str) -> None:
    """Keep the present states of some records as past ones, ended by this delivery from a day on."""
    condition, parameters = among("attestation_id", ids, "bigint")
    kept = ", ".join(KEPT)
    done(
        f'INSERT INTO "{table(Past)}" (recorded_at, until, ended_by_id, change, {kept}) '
        f'SELECT %s, %s, %s, %s, {kept} FROM "{table(Current)}" WHERE {condition} ORDER BY attestation_id',
        [instant(clock.now()), day, delivery.pk, str(change), *parameters],
    )


def _say_gone(delivery: Delivery, ids: Sequence[int], day: str) -> None:
    """Let the present state of some records be that the source lists them no more; position 0: no row says so."""
    condition, parameters = among("attestation_id", ids, "bigint")
    done(
        f'UPDATE "{table(Current)}" SET gone_on = %s, since = %s, delivery_id = %s, position = 0, changed_at = %s '
        f"WHERE {condition}",
        [day, day, delivery.pk, instant(clock.now()), *parameters],
    )


def _gone(delivery: Delivery, folding: Folding) -> Iterator[list[int]]:
    """Yield the ids of listed records which a whole list does not name, in chunks."""
    for ids, keys in listed_keys(delivery):
        absent = folding.keys.absent(keys)
        found = [id for id, one in zip(ids, absent, strict=True) if one]
        if found:
            yield found


def listed_keys(delivery: Delivery) -> Iterator[tuple[list[int], list[str]]]:
    """Yield (ids, keys) of the records that a source lists at present, in chunks; asked by id, so it can be stopped."""
    last = 0
    while True:
        rows = asked(
            f'SELECT a.id, a.origin_key FROM "{table(Attestation)}" a JOIN "{table(Current)}" c '
            "ON c.attestation_id = a.id WHERE a.source_id = %s AND c.gone_on IS NULL AND a.id > %s "
            "ORDER BY a.id LIMIT 20000",
            [delivery.source_id, last],
        )
        if not rows:
            return
        last = rows[-1][0]
        yield [id for id, _key in rows], [key for _id, key in rows]


def _move_on(delivery: Delivery, records: int, counts: Counter[str]) -> None:
    """Say how far it is written, in the same transaction; nobody else may have moved it."""
    before, known = delivery.written, dict(delivery.counts)
    so_far: Counter[str] = Counter(known.get("so_far", {}))
    so_far.update(counts)
    known["so_far"] = dict(so_far)
    moved = done(
        f'UPDATE "{table(Delivery)}" SET written = %s, counts = %s WHERE id = %s AND written = %s AND state = %s',
        [before + records, json.dumps(known), delivery.pk, before, Delivery.State.COMMITTING.value],
    )
    if not moved:
        raise Refused(_("This delivery is being written by somebody else."), rule="register.one_writer")
    delivery.written, delivery.counts = before + records, known


def public_ids(count: int) -> list[str]:
    """Return random public ids, 50 bits each. Those drawn together are given in their order: an index of them is then
    filled from its beginning to its end, and not here and there."""
    drawn = secrets.token_bytes(8 * count)
    pairs = _PAIRS
    found = []
    for (bits,) in struct.iter_unpack("<Q", drawn):
        found.append(
            pairs[bits & 1023] + pairs[bits >> 10 & 1023] + pairs[bits >> 20 & 1023] + pairs[bits >> 30 & 1023]
            + pairs[bits >> 40 & 1023]
        )  # fmt: skip
    return sorted(found)


_PAIRS = [one + two for one in ALPHABET for two in ALPHABET]


def _sample() -> bool:
    from django.conf import settings

    return bool(settings.SAMPLE)
