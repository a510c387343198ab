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
from dataclasses import dataclass
from datetime import datetime
from json import encoder as json_encoder
from threading import Lock
from typing import Any

from django.db import connection

from testamur.journal import marks
from testamur.kernel import clock
from testamur.kernel.once import look
from testamur.register.answering import plain
from testamur.register.answering.plain import Ask
from testamur.register.answering.questions import Question, answers_to, signed_parts, signed_plain
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
SELECT c.attestation_id, c.edition_id, c.status, {changed}, c.delivery_id, c.position, {gone},
       m.edition_id, m.status, {main_changed}, n.main_id, {names},
       (SELECT {joined} FROM journal_mark)
FROM found f
JOIN register_current c ON c.attestation_id = f.attestation_id
JOIN register_attestation a ON a.id = c.attestation_id
JOIN parties_organisation o ON o.id = a.issuer_id
LEFT JOIN register_current m ON m.attestation_id = a.main_id
LEFT JOIN register_attestation n ON n.id = a.main_id
ORDER BY 1
"""
#: The question for the version, as each database joins texts; SQLite's instants as the texts that they are there,
#: whatever the connection makes of them.
VERSION = {
    "sqlite": _VERSION.format(
        joined="group_concat(area || ' ' || word, ',')",
        changed="CAST(c.changed_at AS TEXT)",
        gone="CAST(c.gone_on AS TEXT)",
        main_changed="CAST(m.changed_at AS TEXT)",
        names="o.names",
    ),
    "postgresql": _VERSION.format(
        joined="string_agg(area || ' ' || word, ',' ORDER BY area)",
        changed="c.changed_at",
        gone="c.gone_on",
        main_changed="m.changed_at",
        names="CAST(o.names AS text)",
    ),
}
#: Column of a version: the main one of a main one; what lies that deep is answered afresh each time.
_MAIN_OF_MAIN = 10


@dataclass(frozen=True, slots=True)
class Kept:
    """The signed answers to one number.

    Attributes:
        body: a JSON array in UTF-8.
        etag: entity tag of the array; the envelope around it says when it was asked and is no part of it.
        version: of what it was made from.
        until: Unix seconds; it is not given after that.
    """

    body: bytes
    etag: str
    version: tuple[Any, ...]
    until: float


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
    version = _version(number, ask)
    known = _kept.get(number)
    # The rows themselves are compared: where they are the same, so is everything that they stand for.
    if known is not None and known.version == version and known.until > clock.now().timestamp():
        return known
    return _made(number, version, ask)


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


def _made(number: str, version: tuple[Any, ...], ask: Ask) -> Kept:
    with look():
        if version and version[0][-1]:
            marks.seen(dict(one.split(" ") for one in version[0][-1].split(",")))
        simple = signed_plain(number, ask) if len(version) == 1 else None
        if simple is not None:
            body, ends = b"[%b]" % simple[0], simple[1].timestamp()
        else:
            made = [signed_parts(found) for found in answers_to([Question(number)])[0]]
            body, ends = written(made), min(_instant(one["status"]["until"]) for one in made)
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    kept = Kept(body, etag, version, ends)
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
