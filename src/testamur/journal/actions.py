"""Write an event, in the transaction of the act that it tells of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import models

from testamur.journal import kinds
from testamur.journal.models import Event
from testamur.kernel import days, identity, multibase
from testamur.transparency import actions as transparency
from testamur.transparency.rows import insert
from testamur.verification import jcs


class ByMembership(Protocol):
    """A membership, as far as the journal needs to know one."""

    pk: Any
    organisation_id: int


class ByRule(Protocol):
    """The platform, acting by a rule."""

    @property
    def rule(self) -> str: ...


def record(
    kind: str,
    *,
    subject: models.Model,
    by: ByMembership | ByRule,
    at: datetime,
    case: str = "",
    payload: dict[str, Any] | None = None,
    rule: str = "",
    source: str = "",
    role: str = "",
    entry: tuple[str, dict[str, Any]] | None = None,
) -> Event:
    """Record one act.

    Args:
        kind: id of a described kind.
        subject: the row the act is about.
        by: the membership under which somebody acted, or the platform with the rule that acted.
        at: when it took effect; when it was recorded is the clock's.
        case: public id of the case; an event of a case enters the log as a salted hash.
        payload: facts needed to replay; persons by id only.
        entry: type and fields of a public log entry, for acts that are public themselves.
    """
    event = _row(kind, subject=subject, by=by, at=at, case=case, payload=payload, rule=rule, source=source, role=role)
    wanted = _entry_of(event, entry)
    if wanted is not None:
        event.entry = transparency.append(*wanted)
    event.save()
    return event


@dataclass(frozen=True)
class Act:
    """One of many acts that are recorded together; see :func:`record`."""

    subject: models.Model
    case: str = ""
    payload: dict[str, Any] | None = None
    entry: tuple[str, dict[str, Any]] | None = None


def record_many(
    kind: str, acts: Sequence[Act], *, by: ByMembership | ByRule, at: datetime, source: str = ""
) -> list[Event]:
    """Record many acts of one kind that one person did at once: an event each, as :func:`record` writes it."""
    events = [
        _row(kind, subject=act.subject, by=by, at=at, case=act.case, payload=act.payload, source=source) for act in acts
    ]
    wanted = [_entry_of(event, act.entry) for event, act in zip(events, acts, strict=True)]
    entries = iter(transparency.append_many([one for one in wanted if one is not None]))
    for event, one in zip(events, wanted, strict=True):
        if one is not None:
            event.entry = next(entries)
    return insert(events)


def _row(
    kind: str,
    *,
    subject: models.Model,
    by: ByMembership | ByRule,
    at: datetime,
    case: str,
    payload: dict[str, Any] | None,
    rule: str = "",
    source: str = "",
    role: str = "",
) -> Event:
    described = kinds.get(kind)
    # A program that acts for somebody shows a token; whoever replays events can tell its acts from the person's.
    via = {"via": by.via} if getattr(by, "via", "") else {}
    return Event(
        kind=kind,
        version=described.version,
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        case=case,
        by_membership=getattr(by, "pk", None),
        by_organisation=getattr(by, "organisation_id", None),
        by_rule=getattr(by, "rule", ""),
        role=role,
        effective_at=at,
        rule=rule,
        source=source,
        payload={**(payload or {}), **via},
        sample=settings.SAMPLE,
    )


def _entry_of(event: Event, entry: tuple[str, dict[str, Any]] | None) -> tuple[str, dict[str, Any]] | None:
    """Return the log entry of an event: its own for what is public, a salted hash for what a case did."""
    if entry is not None:
        return entry
    if not event.case:
        return None
    event.salt = identity.nonce()
    return "process.event", {"id": identity.public_id(), "d": digest(event)}


def canonical(event: Event) -> bytes:
    """Return the bytes that a ``process.event`` entry commits to (JCS of the event without its salt)."""
    body = {
        "kind": event.kind,
        "version": event.version,
        "subject": [event.subject_type, event.subject_id],
        "case": event.case,
        "by": event.by_membership if event.by_membership is not None else event.by_rule,
        "role": event.role,
        "effective_at": days.iso(event.effective_at),
        "recorded_at": days.iso(event.recorded_at),
        "rule": event.rule,
        "source": event.source,
        "payload": event.payload,
    }
    return jcs.canonical(body)


def digest(event: Event) -> str:
    """Return the digest of salt ‖ canonical event: deleting the salt leaves the log whole and tells nothing."""
    return multibase.digest(bytes.fromhex(event.salt) + canonical(event))
