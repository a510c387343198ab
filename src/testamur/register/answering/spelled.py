"""The answer about a plain record as the text that is signed: canonical JSON, put together from pieces.

What ``plain.parts`` says of a record, and not a word more or less: a test compares both, byte for byte, for records of
every kind. It is the first answer to a number that costs: of its thousand letters only the number, the holder, the days
and the record's id are its own. The rest is spelled once and kept, each piece beside what it was spelled from:

* the issuer, and the reason that names it: by its id and the text of its names in the row, so another name is another
  piece;
* who vouches (the source, as of which day) and whether it fell silent: by source, delivery, day and the words of all
  marks, which change whenever a source or a delivery is written;
* that its last day has passed: by that day;
* the moment: by the second.

Names stand in the order of code points, as RFC 8785 wants them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings

from testamur.journal import marks
from testamur.kernel import clock, days
from testamur.kernel.once import look
from testamur.kernel.words import Answer, Status
from testamur.register.answering import plain
from testamur.register.answering.questions import ends
from testamur.verification import jcs

#: Every name of an answer about a plain record, with what is the same in all of them.
_ANSWER = (
    '{"answer":"%s","as_of":"%s","authority":"not_held_here","disclosure":"full","edition":1,"holder":%s,%s,'
    '"issuer":%s,"known":null,"listed":{"listed":true,"since":"%s"},"number":%s,"on":"%s","origin":%s,'
    '"part":"status","reasons":[%s],"record":"%s","sample":%s,"status":"%s","until":"%s","valid_from":"%s",'
    '"valid_until":%s}'
)


def spelled(row: Sequence[Any], words: str) -> tuple[bytes, float] | None:
    """Return the first part of an answer, for now, and until when it may be kept, Unix seconds.

    Args:
        row: of a plain record, as ``plain.COLUMNS`` names them.
        words: of all marks, as they stood when the row was read.

    Returns:
        None where what the source says names a day to come, as ``plain.parts`` leaves it out.
    """
    moment = _moment(int(clock.now().timestamp()))
    stands = plain.standing(row, moment.on)
    if stands is None:
        return None
    names = row[plain.NAMES]
    issuer, unknown = _issuer(row[plain.ISSUER], names if isinstance(names, str) else json.dumps(names))
    origin, silent = _told(row[plain.SOURCE], row[plain.DELIVERY], moment.on, words)
    why = _expired(stands.expires) if stands.status is Status.EXPIRED else _because(stands)
    reasons = ",".join([one for one in (silent, why, unknown) if one])
    answer = Answer.NOT_REPORTING if silent else plain.answer_of(stands.status)
    text = _ANSWER % (
        answer.value, moment.at, _json(stands.holder), _host(settings.HOST), issuer, stands.listed.isoformat(),
        jcs.text(row[plain.NUMBER]), moment.day, origin, reasons, row[plain.RECORD],
        "true" if settings.SAMPLE else "false", stands.status.value, moment.until, stands.first.isoformat(),
        f'"{stands.expires.isoformat()}"' if stands.expires else "null",
    )  # fmt: skip
    return jcs.encoded(text), moment.ends


class _Moment(NamedTuple):
    on: date
    day: str
    at: str
    until: str
    ends: float


@lru_cache(maxsize=4)
def _moment(second: int) -> _Moment:
    now = datetime.fromtimestamp(second, UTC)
    # Of a record of a source no scheme is known here, so its days are counted in UTC.
    on = days.day_of(now, "")
    until = ends(now, on, "")
    return _Moment(on, on.isoformat(), days.iso(now), days.iso(until), until.timestamp())


@lru_cache(maxsize=8192)
def _issuer(public_id: str, names: str) -> tuple[str, str]:
    """Return an issuer, and the reason that says whose its authority is."""
    named, unknown = plain.issuer(names)
    return _json({"id": public_id, "names": named}), _json(unknown)


@lru_cache(maxsize=8192)
def _told(source: int, delivery: int, on: date, words: str) -> tuple[str, str]:
    """Return who vouches for what a delivery said, and that its source fell silent; empty where it did not."""
    with look():
        if words:
            marks.seen(dict(one.split(" ") for one in words.split(",")))
        origin, silent = plain.told(source, delivery, on)
    return _json(origin), _json(silent) if silent is not None else ""


def _because(stands: plain.Standing) -> str:
    """Return why it does not hold; empty where it does."""
    why = plain.because(stands)
    return _json(why) if why is not None else ""


@lru_cache(maxsize=8192)
def _expired(day: date | None) -> str:
    return _json(plain.expired(day))


@lru_cache(maxsize=8)
def _host(host: str) -> str:
    return f'"host":{jcs.text(host)}'


def _json(value: Any) -> str:
    return jcs.canonical(value).decode()
