"""History statements: every change of a credential's status, signed and logged, so that past days can be asked.

A bitstring knows today only. Re-signing a statement for freshness changes its validity and nothing else, so its
digest leaves validity out and the log entry of the last change keeps standing for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from testamur.kernel.days import iso
from testamur.kernel.words import Status
from testamur.verification.entry import document_digest, instant
from testamur.verification.strict_json import Malformed

#: A change of the document, not of the status: the edition was replaced.
SUPERSEDED = "superseded"
_STATUSES = frozenset({*map(str, Status), SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Args:
        number: position in the statement, from 1; corrections name it.
        status: ``valid suspended withdrawn cancelled expired``, or ``superseded`` (of the edition).
        ground: why, an id of the scheme's grounds; empty for the grant.
        effective: from when it holds.
        recorded: when it was recorded.
        corrects: number of a change that this one takes the place of, or 0.
        annuls: number of a change that never was, as an appeal body or court decided, or 0.
        successor: id of the credential that replaced this one, for ``superseded``.
    """

    number: int
    status: str
    ground: str
    effective: datetime
    recorded: datetime
    corrects: int = 0
    annuls: int = 0
    successor: str = ""


def payload(
    *, credential: str, issuer: str, changes: Iterable[Change], valid_from: datetime, valid_until: datetime
) -> dict[str, Any]:
    """Return the statement's credential, to be signed with ``credential.sign_jwt`` and logged as ``*.status``.

    Args:
        credential: id of the credential it is about.
        issuer: DID of its issuer.
        changes: all changes, oldest recorded first.
        valid_from: instant of signing.
        valid_until: as long as a status list.
    """
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": f"{credential}.history",
        "type": ["VerifiableCredential", "StatusHistory"],
        "issuer": issuer,
        "validFrom": iso(valid_from),
        "validUntil": iso(valid_until),
        "credentialSubject": {"id": credential, "changes": [_written(change) for change in changes]},
    }


def digest(statement: Mapping[str, Any]) -> str:
    """Return what the ``*.status`` entry commits to: the statement without its validity."""
    return document_digest(
        {name: part for name, part in statement.items() if name not in ("validFrom", "validUntil", "proof")}
    )


def changes(statement: Mapping[str, Any]) -> list[Change]:
    """Return the changes of a statement.

    Raises:
        Malformed: another shape, an unknown status, numbers out of order.
    """
    subject = statement.get("credentialSubject")
    listed = subject.get("changes") if isinstance(subject, dict) else None
    if not isinstance(listed, list) or not listed:
        raise Malformed("a history without changes")
    found = [_read(facts) for facts in listed]
    if [change.number for change in found] != list(range(1, len(found) + 1)):
        raise Malformed("the changes of a history are numbered from 1")
    if any(max(change.corrects, change.annuls) >= change.number for change in found):
        raise Malformed("a change corrects one that comes later")
    return found


def at(found: Iterable[Change], instant: datetime) -> tuple[str | None, Change | None]:
    """Return the status at an instant and, where the edition was replaced by then, the change that says so.

    Changes that were corrected or annulled drop out; of the rest the last one effective at or before the instant
    holds, by effective instant, then recorded instant, then number. None before the first.
    """
    listed = list(found)
    gone = {change.corrects for change in listed} | {change.annuls for change in listed}
    standing = [
        change for change in listed if change.number not in gone and not change.annuls and change.effective <= instant
    ]
    standing.sort(key=lambda change: (change.effective, change.recorded, change.number))
    status, replaced = None, None
    for change in standing:
        if change.status == SUPERSEDED:
            replaced = change
        else:
            status = change.status
    return status, replaced


def _written(change: Change) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "no": change.number,
        "status": str(change.status),
        "effective": iso(change.effective),
        "recorded": iso(change.recorded),
    }
    for name in ("ground", "corrects", "annuls", "successor"):
        if value := getattr(change, name):
            facts[name] = value
    return facts


def _read(facts: Any) -> Change:
    if not isinstance(facts, dict) or facts.get("status") not in _STATUSES:
        raise Malformed("a change of another shape")
    numbers = [facts.get(name, 0) for name in ("no", "corrects", "annuls")]
    texts = [facts.get(name, "") for name in ("ground", "successor")]
    if any(type(number) is not int or number < 0 for number in numbers):
        raise Malformed("a change is numbered")
    if not all(isinstance(text, str) for text in texts):
        raise Malformed("a change of another shape")
    return Change(
        number=numbers[0],
        status=facts["status"],
        ground=texts[0],
        effective=instant(facts.get("effective")),
        recorded=instant(facts.get("recorded")),
        corrects=numbers[1],
        annuls=numbers[2],
        successor=texts[1],
    )
