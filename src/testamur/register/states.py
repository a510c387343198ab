"""The states of a record that a source tells, read as the editions and changes that they mean (ADR 0019).

``Current.said`` and ``Past.said`` hold what the source says, as JSON; every key may be absent::

    title, statement, mode, conditions   {bcp47: text}
    authoritative                        bcp47 of the wording that prevails
    issued_on                            "YYYY-MM-DD" where it is not the first day of validity
    parties                              [{"role", "names", "address", "country", "region", "identifiers"}]
    requirements                         [{"key", "designation"}]
    grade                                text
    lines                                scope lines, as ``kernel.scope`` reads them
    shown                                further things that the document shows
    reason                               {"status": {bcp47: text}, "on": "YYYY-MM-DD", "word"}: why the status, its word
    rests_on                             [{"kind": "body" | "laboratory" | "accreditation" | "assessor" | "certificate"
                                         | "module" | "arrangement", "key": text, "names": {bcp47: text}}]

Number, status, days, issuer and standards stand in columns beside it, because lists ask for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from testamur.kernel import days
from testamur.kernel.words import Status
from testamur.register.models import Attestation, Current, Edition, PartyInRole, Past, ScopeLine, StatusChange
from testamur.register.writing import read_ahead

#: Keys of ``said`` that an edition calls by the same name.
SAME = ("title", "statement", "mode", "conditions", "grade", "shown")


@dataclass(frozen=True)
class Listed:
    """That a source lists a record, or that it does not: from a civil day, as known from an instant."""

    listed: bool
    since: date
    recorded_at: datetime


def opened(attestation: Attestation) -> Attestation:
    """Give a record of a source its editions and changes, as if they had been read from rows; others stay as they are.

    Asks for its states once: the present one with its delivery, and the past ones with theirs.
    """
    if attestation.source_id is None:
        return attestation
    current = Current.objects.select_related("delivery").get(attestation=attestation)
    past = attestation.past.select_related("delivery").order_by("id")
    return opened_from(attestation, [*past, current])


def opened_from(attestation: Attestation, states: Sequence[Past | Current]) -> Attestation:
    """Give a record the editions and changes that its states mean, oldest state first."""
    editions: list[Edition] = []
    changes: list[StatusChange] = []
    before: Past | Current | None = None
    for state in states:
        if before is None or _document_of(before) != _document_of(state):
            editions.append(_edition(attestation, state, before, len(editions) + 1))
        if before is None or before.status != state.status:
            changes.append(_change(attestation, state, before, len(changes) + 1))
        before = state
    read_ahead(attestation, "editions", editions)
    read_ahead(attestation, "changes", changes)
    return attestation


def listings(states: Iterable[Past | Current]) -> list[Listed]:
    """Return from when on a source listed a record, and from when on it did not, oldest first."""
    found: list[Listed] = []
    for state in states:
        listed = state.gone_on is None
        if not found or found[-1].listed is not listed:
            found.append(Listed(listed, _since(state), _recorded(state)))
    return found


def listed_on(listings: Sequence[Listed], day: date, known: datetime | None = None) -> Listed | None:
    """Return what held of the listing on a day, as known at an instant; None before anything was known."""
    held = [one for one in listings if one.since <= day and (known is None or one.recorded_at <= known)]
    return held[-1] if held else None


def _document_of(state: Past | Current) -> tuple[Any, ...]:
    said = {key: value for key, value in (state.said or {}).items() if key != "reason"}
    return (state.number, state.effective_on, state.expires_on, said)


def _since(state: Past | Current) -> date:
    assert state.since is not None  # every state of a source has its day
    return state.since


def _recorded(state: Past | Current) -> datetime:
    assert state.delivery is not None
    # Known from the moment it was committed; looking at a dry run told nobody anything.
    return state.delivery.committed_at or state.delivery.recorded_at


def _edition(attestation: Attestation, state: Past | Current, before: Past | Current | None, number: int) -> Edition:
    said = state.said or {}
    first = state.effective_on or _since(state)
    if before is None:
        reason, from_day = Edition.Reason.FIRST, first
    else:
        renewed = state.expires_on is not None and state.effective_on != before.effective_on
        reason = Edition.Reason.RENEWAL if renewed else Edition.Reason.CHANGE
        from_day = _since(state)
    edition = Edition(
        id=number,
        attestation=attestation,
        edition=number,
        reason=reason,
        number=state.number,
        authoritative=said.get("authoritative", "en"),
        requirements=said.get("requirements", []),
        issued_on=date.fromisoformat(said["issued_on"]) if "issued_on" in said else first,
        effective_on=first,
        expires_on=state.expires_on,
        effective_at=days.first_instant(from_day, ""),
        recorded_at=_recorded(state),
        **{key: said[key] for key in SAME if key in said},
    )
    edition._state.adding = False
    read_ahead(edition, "parties", [PartyInRole(edition=edition, **party) for party in said.get("parties", [])])
    lines = [
        ScopeLine(edition=edition, position=position, line=line)
        for position, line in enumerate(said.get("lines", []), start=1)
    ]
    read_ahead(edition, "lines", lines)
    read_ahead(edition, "sites", [])
    return edition


def _change(
    attestation: Attestation, state: Past | Current, before: Past | Current | None, number: int
) -> StatusChange:
    reason = (state.said or {}).get("reason", {})
    if "on" in reason:
        day = date.fromisoformat(reason["on"])
    elif before is None and state.status == Status.VALID:
        day = state.effective_on or _since(state)
    else:
        day = _since(state)
    change = StatusChange(
        id=number,
        attestation=attestation,
        status=state.status,
        reason=reason.get("status", {}),
        legal_word=reason.get("word", ""),
        effective_at=days.first_instant(day, ""),
        recorded_at=_recorded(state),
    )
    change._state.adding = False
    return change
