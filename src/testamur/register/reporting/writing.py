"""A delivery written: identities and present states of what is new, past states of what changed, in chunks.

Each chunk is one transaction that also moves ``Delivery.written``, so that a crash in the middle loses nothing and
repeats nothing. Readers see the chunks as they come; the event and the log entry follow with the last.
"""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from testamur.journal.marks import touch
from testamur.kernel import clock
from testamur.kernel.identity import ALPHABET
from testamur.kernel.refusal import Refused, _
from testamur.register.authority import AUTHORITIES
from testamur.register.models import Attestation, Current, Delivery, Past
from testamur.register.reporting.conflicts import note_conflicts
from testamur.register.reporting.database import allot, among, asked, done, insert, instant, many, table
from testamur.register.reporting.differing import Change, Step, steps
from testamur.register.reporting.folding import Folding
from testamur.register.reporting.following import indexed_later
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.records import Record
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
    delivery: Delivery, folding: Folding, issuers: Issuers, told: Callable[[Progress], None] | None = None
) -> None:
    """Write what of a delivery is not written yet, chunk by chunk.

    Args:
        delivery: being committed; ``written`` and ``counts`` move with every chunk.

    Raises:
        Refused: somebody else is writing it.
    """
    total, began, first = folding.keys.rows - _repeats(folding), time.monotonic(), delivery.written
    if {str(delivery.source.key), *_schemes(delivery)} & authorities():
        touch(AUTHORITIES)
    for step in steps(folding, delivery.source, issuers, skip=delivery.written):
        with transaction.atomic():
            _write_step(delivery, step, issuers)
        if told is not None:
            rate = (delivery.written - first) / max(time.monotonic() - began, 1e-6)
            told(Progress(delivery.written, total, rate, (total - delivery.written) / rate if rate else None))
    if delivery.whole:
        for ids in _gone(delivery, folding):
            with transaction.atomic():
                _end(delivery, ids, Change.GONE)
                _say_gone(delivery, ids)
                indexed_later(ids)


def _repeats(folding: Folding) -> int:
    return sum(folding.keys.repeated.values()) - len(folding.keys.repeated)


def _schemes(delivery: Delivery) -> set[str]:
    body = delivery.mapping.body
    return {str(body["source"]["scheme"]), *map(str, body.get("scheme", {}).get("map", {}).values())}


def _write_step(delivery: Delivery, step: Step, issuers: Issuers) -> None:
    now = clock.now()
    counts: Counter[str] = Counter(str(change) for change in step.changes)
    new = [place for place, change in enumerate(step.changes) if change is Change.NEW]
    written = _write_new(delivery, step, new, issuers, now)
    for change in (Change.CHANGED, Change.RENEWED, Change.STATUS, Change.RETURNED):
        places = [place for place, one in enumerate(step.changes) if one is change]
        if not places:
            continue
        ids = [step.known[place].attestation for place in places]  # type: ignore[union-attr]
        _end(delivery, ids, change)
        many(_UPDATE, [_state(delivery, step, place, issuers, now) for place in places])
        written += ids
    if written:
        note_conflicts(delivery, written)
        indexed_later(written)
    _move_on(delivery, len(step.records), counts)


def _write_new(delivery: Delivery, step: Step, places: Sequence[int], issuers: Issuers, now: datetime) -> list[int]:
    """Write identity and present state of records that are new; return the ids."""
    if not places:
        return []
    source, at, sample = delivery.source, instant(now), _sample()
    ids = allot(Attestation, len(places))
    since = delivery.as_of.isoformat()
    identities, states = [], []
    origin, source_id, delivery_id = source.origin, source.pk, delivery.pk
    for id, public_id, place in zip(ids, _public_ids(len(places)), places, strict=True):
        one: Record = step.records[place]
        issuer = issuers.of(one.issuer)
        identities.append(
            (id, at, public_id, issuer, one.scheme, origin, "", one.key, source_id, "", False, one.personal, sample)
        )
        states.append(
            (id, one.number, one.number_key, one.holder, issuer, one.scheme, one.status, one.effective_on,
             one.expires_on, at, one.country, one.region, one.standards, "", False, one.personal, one.said, since,
             delivery_id, one.row, step.marks[place])
        )  # fmt: skip
    insert(Attestation, ATTESTATION, identities)
    insert(Current, CURRENT, states)
    return list(ids)


_UPDATE = (
    f'UPDATE "{table(Current)}" SET number = %s, number_key = %s, holder_text = %s, issuer_id = %s, scheme = %s, '
    "status = %s, effective_on = %s, expires_on = %s, changed_at = %s, country = %s, region = %s, standards = %s, "
    "personal = %s, said = %s, since = %s, gone_on = NULL, delivery_id = %s, position = %s, mark = %s "
    "WHERE attestation_id = %s"
)


def _state(delivery: Delivery, step: Step, place: int, issuers: Issuers, now: datetime) -> tuple[Any, ...]:
    one, known = step.records[place], step.known[place]
    assert known is not None
    issuer = issuers.of(one.issuer) if one.issuer or delivery.source.organisation_id else _issuer_of(known.attestation)
    return (
        one.number, one.number_key, one.holder, issuer, one.scheme, one.status, one.effective_on, one.expires_on,
        instant(now), one.country, one.region, one.standards, one.personal, one.said, delivery.as_of.isoformat(),
        delivery.pk, one.row, step.marks[place], known.attestation,
    )  # fmt: skip


def _issuer_of(attestation: int) -> int:
    """Return the issuer that was known: a source that does not name it says nothing about it."""
    return int(Current.objects.values_list("issuer", flat=True).get(attestation=attestation))


def _end(delivery: Delivery, ids: Sequence[int], change: Change) -> None:
    """Keep the present states of some records as past ones, ended by this delivery."""
    condition, parameters = among("attestation_id", ids, "bigint")
    kept = ", ".join(KEPT)
    done(
        f'INSERT INTO "{table(Past)}" (recorded_at, until, ended_by_id, change, {kept}) '
        f'SELECT %s, %s, %s, %s, {kept} FROM "{table(Current)}" WHERE {condition} ORDER BY attestation_id',
        [instant(clock.now()), delivery.as_of.isoformat(), delivery.pk, str(change), *parameters],
    )


def _say_gone(delivery: Delivery, ids: Sequence[int]) -> None:
    """Let the present state of some records be that the source lists them no more; no row of the delivery says so."""
    condition, parameters = among("attestation_id", ids, "bigint")
    day = delivery.as_of.isoformat()
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


def _public_ids(count: int) -> list[str]:
    """Return random public ids, 50 bits each, drawn together."""
    drawn = secrets.token_bytes(8 * count)
    pairs = _PAIRS
    found = []
    for at in range(0, 8 * count, 8):
        bits = int.from_bytes(drawn[at : at + 8], "big")
        found.append(
            pairs[bits & 1023] + pairs[bits >> 10 & 1023] + pairs[bits >> 20 & 1023] + pairs[bits >> 30 & 1023]
            + pairs[bits >> 40 & 1023]
        )  # fmt: skip
    return found


_PAIRS = [one + two for one in ALPHABET for two in ALPHABET]


def _sample() -> bool:
    from django.conf import settings

    return bool(settings.SAMPLE)
