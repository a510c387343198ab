"""Signed answers to plain questions ("what of this number, now?"), kept until a part of them changes.

An answer is kept in the process with the version of everything it was made from: the present state of each record that
bears the number and of its main one, the names of its issuer, and the marks of what is rarely written (authorities,
schemes, roots, deliveries). That version is one question to the database, asked before an answer is given again, so a
change is seen at once by every process. A table instead would cost a write for each first answer.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from json import encoder as json_encoder
from threading import Lock
from typing import Any

from django.db import connection

from testamur.journal import marks
from testamur.kernel import clock
from testamur.kernel.once import look
from testamur.register.answering import plain, signing
from testamur.register.answering.plain import Ask
from testamur.register.answering.questions import Question, answers_to, signed_parts
from testamur.register.answering.spelled import spelled
from testamur.register.words import number_key

#: Memory that kept answers may take in one process, bytes.
MOST = 64 * 1024 * 1024
#: What an entry takes beside its bytes, about.
BESIDE = 600
#: Characters of a number that are read.
LONGEST = 120

_VERSION = """
WITH found AS (
    SELECT attestation_id FROM register_current WHERE number_key = %s
    UNION SELECT attestation_id FROM register_past WHERE number_key = %s
    UNION SELECT attestation_id FROM register_edition WHERE UPPER(number) = %s
)
SELECT {own}, m.edition_id, m.status, {main_changed}, n.main_id, {around}
FROM found f
JOIN register_current c ON c.attestation_id = f.attestation_id
JOIN register_attestation a ON a.id = c.attestation_id
JOIN parties_organisation o ON o.id = a.issuer_id
LEFT JOIN register_current m ON m.attestation_id = a.main_id
LEFT JOIN register_attestation n ON n.id = a.main_id
ORDER BY 1
"""
#: The version of a record that has no main one and whose number nobody else bears or ever bore, with what its answer is
#: made of where it is plain: one question in the place of two. What else is to be known is in the last column.
_PLAIN = """
SELECT {own}, NULL, NULL, NULL, NULL, {around}, {columns}
       OR EXISTS (SELECT 1 FROM register_past WHERE number_key = %s)
       OR EXISTS (SELECT 1 FROM register_edition WHERE UPPER(number) = %s)
FROM {tables} WHERE c.number_key = %s
"""
_OWN = "c.attestation_id, c.edition_id, c.status, {changed}, c.delivery_id, c.position, {gone}"
_AROUND = "{names}, (SELECT {joined} FROM journal_mark)"
#: How each database joins texts; SQLite's instants as the texts that they are there, whatever the connection makes of
#: them.
_SPELLINGS = {
    "sqlite": {
        "joined": "group_concat(area || ' ' || word, ',')",
        "changed": "CAST(c.changed_at AS TEXT)",
        "gone": "CAST(c.gone_on AS TEXT)",
        "main_changed": "CAST(m.changed_at AS TEXT)",
        "names": "o.names",
    },
    "postgresql": {
        "joined": "string_agg(area || ' ' || word, ',' ORDER BY area)",
        "changed": "c.changed_at",
        "gone": "c.gone_on",
        "main_changed": "m.changed_at",
        "names": "CAST(o.names AS text)",
    },
}


def _asked(question: str, spelling: Mapping[str, str]) -> str:
    """Return a question as one database wants it."""
    columns = plain.COLUMNS.format(**spelling)
    own, around = _OWN.format(**spelling), _AROUND.format(**spelling)
    return question.format(own=own, around=around, columns=columns, tables=plain.TABLES, **spelling)


#: The question for the version, and the one for the version and a plain record.
VERSION = {vendor: _asked(_VERSION, spelling) for vendor, spelling in _SPELLINGS.items()}
PLAIN = {vendor: _asked(_PLAIN, spelling) for vendor, spelling in _SPELLINGS.items()}
#: Columns of a version.
_COLUMNS = 13
#: Column of a version: the main one of a main one; what lies that deep is answered afresh each time.
_MAIN_OF_MAIN = 10


class Kept:
    """The signed answers to one number, never changed.

    Attributes:
        body: a JSON array in UTF-8.
        etag: entity tag of the array; the envelope around it says when it was asked and is no part of it.
        version: of what it was made from.
        until: Unix seconds; it is not given after that.
    """

    __slots__ = ("body", "etag", "until", "version")

    def __init__(self, body: bytes, version: tuple[Any, ...], until: float) -> None:
        self.body, self.version, self.until = body, version, until
        self.etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'


_kept: OrderedDict[str, Kept] = OrderedDict()
_size = 0
_lock = Lock()


def answers(number: str, ask: Ask | None = None) -> Kept:
    """Return the signed answers to a number, kept ones where nothing they were made from has changed.

    Args:
        number: as typed, at most ``LONGEST`` characters.
        ask: how the database is asked for the version; None: by the framework's connection.
    """
    ask = ask or plain.asked
    known = _kept.get(number)
    # The rows themselves are compared: where they are the same, so is everything that they stand for.
    if known is not None and known.until > clock.now().timestamp() and known.version == _version(number, ask):
        return known
    made = _plainly(number, ask)
    return made if made is not None else _made(number, _version(number, ask))


def unchanged(number: str, etag: str, now: float) -> Kept | None:
    """Return an answer again to whoever knows that nothing was written since it was compared; None where it is gone.

    Args:
        etag: of the answer that was compared then.
        now: Unix seconds.
    """
    known = _kept.get(number)
    if known is None or known.etag != etag or known.until <= now:
        return None
    return known


def _version(number: str, ask: Ask) -> tuple[Any, ...]:
    key = number_key(number)
    return tuple(map(tuple, ask(VERSION[connection.vendor], (key, key, number.strip().upper()))))


def _plainly(number: str, ask: Ask) -> Kept | None:
    """Return the answer about the only record that bears or bore a number, where it is plain; else None."""
    key = number_key(number)
    rows = ask(PLAIN[connection.vendor], (key, number.strip().upper(), key)) if key else ()
    if len(rows) != 1 or rows[0][-1]:
        return None
    version = tuple(rows[0][:_COLUMNS])
    found = spelled(rows[0][_COLUMNS:], version[-1] or "")
    if found is None:
        return None
    text, ends = found
    kept = Kept(b'[{"status":%b,"coverage":null}]' % signing.signed_text(text), (version,), ends)
    _keep(number, kept)
    return kept


def _made(number: str, version: tuple[Any, ...]) -> Kept:
    with look():
        if version and version[0][-1]:
            marks.seen(dict(one.split(" ") for one in version[0][-1].split(",")))
        made = [signed_parts(found) for found in answers_to([Question(number)])[0]]
    kept = Kept(written(made), version, min(_instant(one["status"]["until"]) for one in made))
    # That there is no record is not kept: numbers that nobody bears are without end.
    if version and all(row[_MAIN_OF_MAIN] is None for row in version):
        _keep(number, kept)
    return kept


def _instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _keep(number: str, kept: Kept) -> None:
    global _size
    with _lock:
        old = _kept.pop(number, None)
        _size += len(kept.body) + BESIDE - (len(old.body) + BESIDE if old is not None else 0)
        _kept[number] = kept
        while _size > MOST:
            _number, gone = _kept.popitem(last=False)
            _size -= len(gone.body) + BESIDE


#: Made once: ``json.dumps`` makes an encoder for every value.
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_TEXT = json_encoder.encode_basestring


def written(value: Any) -> bytes:
    """Return JSON in UTF-8 without idle space."""
    return _ENCODE(value).encode()


def envelope(asked: dict[str, Any], at: str, body: bytes) -> bytes:
    """Return an answer as it is sent: what was asked and when, unsigned, around the signed answers."""
    return b'{"asked":%b,"at":"%b","answers":%b}' % (written(asked), at.encode(), body)


def plain_envelope(number: str, at: str, body: bytes) -> bytes:
    """Return :func:`envelope` of a question that names a number and nothing else."""
    return b'{"asked":{"number":%b},"at":"%b","answers":%b}' % (_TEXT(number).encode(), at.encode(), body)
