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
from typing import Any

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

_ROWS = """
SELECT c.number_key, a.public_id, a.source_id, c.number, c.status, c.effective_on, c.expires_on, c.since, c.delivery_id,
       c.said, o.public_id, o.names,
       CASE WHEN a.confidential OR a.personal OR a.main_id IS NOT NULL OR a.holder_id IS NOT NULL
                 OR a.person_id IS NOT NULL OR a.origin = 'native' OR a.source_id IS NULL OR c.gone_on IS NOT NULL
                 OR c.since IS NULL OR c.delivery_id IS NULL
                 OR EXISTS (SELECT 1 FROM register_past p WHERE p.attestation_id = c.attestation_id)
            THEN 1 ELSE 0 END
FROM register_current c JOIN register_attestation a ON a.id = c.attestation_id
JOIN parties_organisation o ON o.id = a.issuer_id
WHERE c.number_key IN ({marks})
"""
#: Numbers that a record once bore, and numbers of editions: whoever bears one is not plain.
_FORMER = "SELECT number_key FROM register_past WHERE number_key IN ({marks})"
_EDITIONS = "SELECT UPPER(number) FROM register_edition WHERE UPPER(number) IN ({marks})"


def parts(numbers: Sequence[str], ask: Ask | None = None, *, alone: bool = False) -> dict[str, Part]:
    """Return number → the first part of its answer, as ``parts.status_part`` gives it, for now.

    Numbers that no record bears, that several bear, or whose record is not plain are left out.

    Args:
        numbers: as typed; as many as one question to the database may name.
        ask: how the database is asked; None: by the framework's connection.
        alone: the caller knows already that one record only bears the number, or ever bore it.
    """
    ask = ask or asked
    keys = {number: number_key(number) for number in numbers}
    wanted = [key for key in set(keys.values()) if key]
    if not wanted:
        return {}
    rows: dict[str, Sequence[Any] | None] = {}
    for row in ask(_spelled(_ROWS, len(wanted)), wanted):
        key = row[0]
        rows[key] = None if key in rows or row[-1] else row  # several bear it, or it is not plain
    spelled = {number: number.strip().upper() for number in numbers}
    replaced = set() if alone else _replaced(wanted, set(spelled.values()), rows, ask)
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


def _part(row: Sequence[Any], on: date, at: str) -> Part | None:
    """Return the part; None where what the source says names a day to come."""
    _key, record, source, number, word, *days_, delivery, said, issuer_id, names, _special = row
    effective, expires, listed = map(_day, days_)
    said = _json(said)
    named, unknown = _issuer(names if isinstance(names, str) else json.dumps(names))
    first = effective or listed
    assert first is not None and listed is not None
    why = said.get("reason") or {}
    changed = min(date.fromisoformat(why["on"]), listed) if "on" in why else (first if word == Status.VALID else listed)
    if first > on or changed > on or listed > on:
        return None
    status = Status(word)
    if status not in replay.ENDED and expires is not None and on > expires:
        status = Status.EXPIRED
    origin, silent = _told(source, delivery, on)
    reasons: list[Mapping[str, Any]] = [unknown]
    if status is Status.EXPIRED:
        reasons.insert(0, _expired(expires))
    elif status is not Status.VALID:
        reasons.insert(0, reason(ended_said(status, changed, why.get("status", {}), why.get("word", ""))))
    answer = Answer.VALID if status is Status.VALID else Answer.NOT_VALID
    if silent is not None:
        answer = Answer.NOT_REPORTING
        reasons.insert(0, silent)
    holder: dict[str, str] = next((one["names"] for one in said.get("parties", ()) if one["role"] == "holder"), {})
    return {
        "part": "status", "answer": str(answer), "status": str(status), "authority": "not_held_here",
        "disclosure": "full", "reasons": reasons, "origin": origin, "on": on.isoformat(), "known": None,
        "as_of": at, "host": settings.HOST, "sample": bool(settings.SAMPLE), "record": record,
        "number": number, "edition": 1, "issuer": {"id": issuer_id, "names": named}, "holder": holder,
        "valid_from": first.isoformat(), "valid_until": expires.isoformat() if expires else None,
        "listed": {"listed": True, "since": listed.isoformat()},
    }  # fmt: skip


# ------------------------------------------------------------ what many answers have in common


def _told(source: int, delivery: int, on: date) -> tuple[Mapping[str, Any], Mapping[str, Any] | None]:
    """Return who vouches for what a delivery said, as a part of an answer, and that the source fell silent."""
    told = assurance.told_by(source)
    known: dict[tuple[int, date], Any] = told.pieces
    found = known.get((delivery, on))
    if found is None:
        if len(known) > 10_000:
            known.clear()
        stated = Delivery.objects.values_list("as_of", flat=True).get(pk=delivery)
        made = assurance.stated(told, [stated] if stated <= on else [], on)
        late = assurance.late(made, on)
        found = known[delivery, on] = assurance.origin_of(made), reason(late) if late is not None else None
    return found  # type: ignore[no-any-return]


@lru_cache(maxsize=8192)
def _issuer(names: str) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Return an issuer's names, and the reason that says whose its authority is."""
    read = json.loads(names)
    return read, reason(unknown_said(read))


@lru_cache(maxsize=8192)
def _expired(day: date | None) -> Mapping[str, Any]:
    return reason(expired_said(day))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
