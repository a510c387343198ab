"""Write an event, in the transaction of the act that it tells of."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import models

from testamur.journal import kinds
from testamur.journal.models import Event
from testamur.kernel import days, identity, multibase
from testamur.transparency import actions as transparency
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
    described = kinds.get(kind)
    # A program that acts for somebody shows a token; whoever replays events can tell its acts from the person's.
    via = {"via": by.via} if getattr(by, "via", "") else {}
    event = Event(
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
    if entry is not None:
        type_, fields = entry
        event.entry = transparency.append(type_, fields)
    elif case:
        event.salt = identity.nonce()
        event.entry = transparency.append("process.event", {"id": identity.public_id(), "d": digest(event)})
    event.save()
    return event


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
