"""The answer about the most frequent record of all, put together from one row.

Nine in ten records were told by a source, once, and nothing more is known of them: no earlier state, no main one,
nobody registered as their holder. Asked without a claim and for now, their answer needs none of the weighing of the
long way (``answers.answer``), which costs ten times as much. Sentences come from the same functions, and a test asks
both ways about records of every kind and compares byte for byte. Whatever is not that plain is left to the long way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from testamur.kernel import clock, days
from testamur.kernel.words import Answer, Status
from testamur.register import replay
from testamur.register.answering import assurance
from testamur.register.answering.words import reason
from testamur.register.answers import ended_said, expired_said
from testamur.register.models import Delivery
from testamur.register.trust import unknown_said
from testamur.register.words import number_key

#: Asks the database: SQL with %s, and values → rows.
Ask = Callable[[str, Sequence[Any]], Sequence[Sequence[Any]]]
Part = dict[str, Any]

#: What is read of a record, and the places of what others read in it. The last one says that it is not plain.
COLUMNS = """a.public_id, a.source_id, c.number, c.status, c.effective_on, c.expires_on, c.since, c.delivery_id,
       c.said, o.public_id, {names},
       (a.confidential OR a.personal OR a.main_id IS NOT NULL OR a.holder_id IS NOT NULL OR a.person_id IS NOT NULL
        OR a.origin = 'native' OR a.source_id IS NULL OR c.gone_on IS NOT NULL OR c.since IS NULL
        OR c.delivery_id IS NULL OR EXISTS (SELECT 1 FROM register_past p WHERE p.attestation_id = c.attestation_id))"""
RECORD, SOURCE, NUMBER, DELIVERY, ISSUER, NAMES = 0, 1, 2, 7, 9, 10
TABLES = """register_current c JOIN register_attestation a ON a.id = c.attestation_id
JOIN parties_organisation o ON o.id = a.issuer_id"""
_ROWS = f"""
SELECT {COLUMNS.format(names="o.names")}, c.number_key FROM {TABLES} WHERE c.number_key IN ({{marks}})
"""
#: Numbers that a record once bore, and numbers of editions: whoever bears one is not plain.
_FORMER = "SELECT number_key FROM register_past WHERE number_key IN ({marks})"
_EDITIONS = "SELECT UPPER(number) FROM register_edition WHERE UPPER(number) IN ({marks})"


def parts(numbers: Sequence[str], ask: Ask | None = None) -> dict[str, Part]:
    """Return number → the first part of its answer, as ``parts.status_part`` gives it, for now.

    Numbers that no record bears, that several bear, or whose record is not plain are left out.

    Args:
        numbers: as typed; as many as one question to the database may name.
        ask: how the database is asked; None: by the framework's connection.
    """
    ask = ask or asked
    keys = {number: number_key(number) for number in numbers}
    wanted = [key for key in set(keys.values()) if key]
    if not wanted:
        return {}
    rows: dict[str, Sequence[Any] | None] = {}
    for row in ask(_spelled(_ROWS, len(wanted)), wanted):
        *read, special, key = row
        rows[key] = None if key in rows or special else read  # several bear it, or it is not plain
    spelled = {number: number.strip().upper() for number in numbers}
    replaced = _replaced(wanted, set(spelled.values()), rows, ask)
    now = clock.now()
    # Of a record of a source no scheme is known here, so its days are counted in UTC.
    on, at = days.day_of(now, ""), days.iso(now)
    found: dict[str, Part] = {}
    for number, key in keys.items():
        if (one := rows.get(key)) is not None and spelled[number] not in replaced:
            part = _part(one, on, at)
            if part is not None:
                found[number] = part
    return found


def _replaced(keys: Sequence[str], spelled: set[str], rows: dict[str, Sequence[Any] | None], ask: Ask) -> set[str]:
    """Take out the records whose number another one once bore; return the numbers of editions."""
    for (key,) in ask(_spelled(_FORMER, len(keys)), keys):
        rows[key] = None
    uppers = list(spelled)
    return {upper for (upper,) in ask(_spelled(_EDITIONS, len(uppers)), uppers)}


def asked(sql: str, values: Sequence[Any]) -> Sequence[Sequence[Any]]:
    """Ask by the framework's connection."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: Sequence[Sequence[Any]] = cursor.fetchall()
        return found


@lru_cache(maxsize=64)
def _spelled(sql: str, count: int) -> str:
    """Return a question with a place for each of so many values."""
    return sql.format(marks=",".join(["%s"] * count))


class Standing(NamedTuple):
    """How a plain record stands on a day.

    Attributes:
        first: its first day. changed: from which its status counts. listed: since when its source lists it.
        why: ``reason`` of what its source says of it. holder: its names.
    """

    status: Status
    first: date
    expires: date | None
    changed: date
    listed: date
    why: Mapping[str, Any]
    holder: dict[str, str]


def standing(row: Sequence[Any], on: date) -> Standing | None:
    """Return how a plain record stands; None where what the source says names a day to come."""
    _record, _source, _number, word, *days_, _delivery, said = row[: NAMES - 1]
    effective, expires, listed = map(_day, days_)
    said = _json(said)
    first = effective or listed
    assert first is not None and listed is not None
    why = said.get("reason") or {}
    changed = min(date.fromisoformat(why["on"]), listed) if "on" in why else (first if word == Status.VALID else listed)
    if first > on or changed > on or listed > on:
        return None
    status = Status(word)
    if status not in replay.ENDED and expires is not None and on > expires:
        status = Status.EXPIRED
    holder: dict[str, str] = next((one["names"] for one in said.get("parties", ()) if one["role"] == "holder"), {})
    return Standing(status, first, expires, changed, listed, why, holder)


def because(one: Standing) -> Mapping[str, Any] | None:
    """Return the reason why it does not hold; None where it does."""
    if one.status is Status.EXPIRED:
        return expired(one.expires)
    if one.status is Status.VALID:
        return None
    return reason(ended_said(one.status, one.changed, one.why.get("status", {}), one.why.get("word", "")))


def answer_of(status: Status) -> Answer:
    """Return the answer about a record of that status whose source did not fall silent."""
    return Answer.VALID if status is Status.VALID else Answer.NOT_VALID


def _part(row: Sequence[Any], on: date, at: str) -> Part | None:
    """Return the part; None where what the source says names a day to come."""
    one = standing(row, on)
    if one is None:
        return None
    names = row[NAMES]
    named, unknown = issuer(names if isinstance(names, str) else json.dumps(names))
    origin, silent = told(row[SOURCE], row[DELIVERY], on)
    return {
        "part": "status", "answer": str(Answer.NOT_REPORTING if silent is not None else answer_of(one.status)),
        "status": str(one.status), "authority": "not_held_here", "disclosure": "full",
        "reasons": [why for why in (silent, because(one), unknown) if why is not None], "origin": origin,
        "on": on.isoformat(), "known": None, "as_of": at, "host": settings.HOST, "sample": bool(settings.SAMPLE),
        "record": row[RECORD], "number": row[NUMBER], "edition": 1, "issuer": {"id": row[ISSUER], "names": named},
        "holder": one.holder, "valid_from": one.first.isoformat(),
        "valid_until": one.expires.isoformat() if one.expires else None,
        "listed": {"listed": True, "since": one.listed.isoformat()},
    }  # fmt: skip


# ------------------------------------------------------------ what many answers have in common


def told(source: int, delivery: int, on: date) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """Return who vouches for what a delivery said, as a part of an answer, and that the source fell silent."""
    teller = assurance.told_by(source)
    known: dict[tuple[int, date], Any] = teller.pieces
    found = known.get((delivery, on))
    if found is None:
        if len(known) > 10_000:
            known.clear()
        stated = Delivery.objects.values_list("as_of", flat=True).get(pk=delivery)
        made = assurance.stated(teller, [stated] if stated <= on else [], on)
        late = assurance.late(made, on)
        found = known[delivery, on] = assurance.origin_of(made), reason(late) if late is not None else None
    return found  # type: ignore[no-any-return]


@lru_cache(maxsize=8192)
def issuer(names: str) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Return an issuer's names, and the reason that says whose its authority is."""
    read = json.loads(names)
    return read, reason(unknown_said(read))


@lru_cache(maxsize=8192)
def expired(day: date | None) -> Mapping[str, Any]:
    return reason(expired_said(day))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
