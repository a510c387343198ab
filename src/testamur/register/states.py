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
    declared                             {"last_visit_on", "next_visit_on", "cycle_began_on": "YYYY-MM-DD",
                                         "open_findings": [text]}: what a body says of a portfolio it keeps; part of no
                                         document
    rests_on (read into ``shown``)       [{"kind": "body" | "laboratory" | "accreditation" | "assessor" | "certificate"
                                         | "module" | "arrangement" | "audit", "key": text, "names": {bcp47: text}}]
    inherited (into ``shown``)           [{"parent": key, "takes": [field], "from": {field: key}}]: what the record
                                         takes from its parent, and which record states each of it; keys of the source

Number, status, days, issuer and standards stand in columns beside it, because lists ask for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Model, Prefetch, prefetch_related_objects

from testamur.kernel import days
from testamur.kernel.words import Status
from testamur.register.models import Attestation, Current, Edition, PartyInRole, Past, ScopeLine, StatusChange

#: Keys of ``said`` that an edition calls by the same name.
SAME = ("title", "statement", "mode", "conditions", "grade", "shown")
#: Rows that stand in no table are numbered below every row that does: who asks the database about one finds nothing.
NOWHERE = -1_000_000_000
#: What a record of a source is opened from, as prefetches.
WHOLE = (
    Prefetch("past", Past.objects.select_related("delivery")),
    Prefetch("current", Current.objects.select_related("delivery")),
)


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
    if attestation.source_id is None or "past" in getattr(attestation, "_prefetched_objects_cache", {}):
        return attestation
    prefetch_related_objects([attestation], *WHOLE)
    return opened_from(attestation, states_of(attestation))


def opened_all(attestations: Iterable[Attestation]) -> None:
    """Open many records of sources, asking set by set; records without a source stay as they are."""
    fresh = [
        one
        for one in attestations
        if one.source_id is not None and "past" not in getattr(one, "_prefetched_objects_cache", {})
    ]
    prefetch_related_objects(fresh, *WHOLE)
    for one in fresh:
        opened_from(one, states_of(one))


def states_of(attestation: Attestation) -> list[Past | Current]:
    """Return the states of an opened record of a source, oldest first; the last one is the present one."""
    return [*attestation.past.all(), attestation.current]


def opened_from(attestation: Attestation, states: Sequence[Past | Current]) -> Attestation:
    """Give a record the editions and changes that its states mean, oldest state first."""
    editions: list[Edition] = []
    changes: list[StatusChange] = []
    before: Past | Current | None = None
    for state in states:
        if before is None or _document_of(before) != _document_of(state):
            editions.append(_edition(attestation, state, editions[-1] if editions else None))
        if before is None or before.status != state.status:
            changes.append(_change(attestation, state, changes[-1] if changes else None))
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
            found.append(Listed(listed, _since(state), recorded(state)))
    return found


def listed_on(listings: Sequence[Listed], day: date, known: datetime | None = None) -> Listed | None:
    """Return what held of the listing on a day, as known at an instant; None before anything was known."""
    held = [one for one in listings if one.since <= day and (known is None or one.recorded_at <= known)]
    return held[-1] if held else None


def recorded(state: Past | Current) -> datetime:
    """Return the instant from which the register knew a state: when its delivery was committed."""
    assert state.delivery is not None
    # While a delivery is being written its rows are there and its commit is not; what it says is known already.
    return state.delivery.committed_at or state.delivery.recorded_at


def read_ahead(row: Model, relation: str, found: list[Any]) -> None:
    """Let a row know all rows of a relation that were just written, as if they had been prefetched."""
    rows = getattr(row, relation).all()
    rows._result_cache, rows._prefetch_done = found, True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[relation] = rows


def _document_of(state: Past | Current) -> tuple[Any, ...]:
    said = {key: value for key, value in (state.said or {}).items() if key not in ("reason", "declared")}
    return (state.number, state.effective_on, state.expires_on, said)


def _since(state: Past | Current) -> date:
    assert state.since is not None  # every state of a source has its day
    return state.since


def _edition(attestation: Attestation, state: Past | Current, before: Edition | None) -> Edition:
    said = state.said or {}
    first = state.effective_on or _since(state)
    from_day, reason, corrects = first, Edition.Reason.FIRST, None
    if before is not None:
        renewed = state.effective_on not in (None, before.effective_on) and state.expires_on is not None
        reason = Edition.Reason.RENEWAL if renewed else Edition.Reason.CHANGE
        from_day = max(_since(state), first)
        # What was replaced before it had begun never begins.
        corrects = before if before.effective_at > days.first_instant(_since(state), "") else None
    number = 1 if before is None else before.edition + 1
    edition = Edition(
        id=NOWHERE + number,
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
        recorded_at=recorded(state),
        corrects=corrects,
        **{key: said[key] for key in SAME if key in said},
    )
    for name in ("rests_on", "inherited"):
        if name in said:
            edition.shown = {**edition.shown, name: said[name]}
    edition._state.adding = False
    parties = [
        PartyInRole(id=NOWHERE + place, edition=edition, **party) for place, party in enumerate(said.get("parties", []))
    ]
    lines = [
        ScopeLine(id=NOWHERE + position, edition=edition, position=position, line=line)
        for position, line in enumerate(said.get("lines", []), start=1)
    ]
    read_ahead(edition, "parties", parties)
    read_ahead(edition, "lines", lines)
    read_ahead(edition, "sites", [])
    read_ahead(edition, "credentials", [])
    return edition


def _change(attestation: Attestation, state: Past | Current, before: StatusChange | None) -> StatusChange:
    reason = (state.said or {}).get("reason", {})
    since = _since(state)
    if "on" in reason:
        day = min(date.fromisoformat(reason["on"]), since)
    elif before is None and state.status == Status.VALID:
        day = state.effective_on or since
    else:
        day = since
    at = days.first_instant(day, "")
    assert state.delivery is not None
    change = StatusChange(
        id=NOWHERE + (1 if before is None else before.id - NOWHERE + 1),
        attestation=attestation,
        status=state.status,
        reason=reason.get("status", {}),
        legal_word=reason.get("word", ""),
        # What a source says later is not undone by what it had said before, whatever day it names.
        effective_at=at if before is None else max(at, before.effective_at),
        recorded_at=recorded(state),
        entry_id=state.delivery.entry_id,
    )
    change._state.adding = False
    return change
