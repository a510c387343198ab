"""Status as of a day and as known at an instant, of the whole, of its lines and of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise

from testamur.kernel import clock, days
from testamur.kernel.scope import Line
from testamur.kernel.words import Status
from testamur.register import replay, states
from testamur.register.models import Attestation, Edition, ScopeLine, StatusChange
from testamur.schemes.models import Scheme


@dataclass(frozen=True)
class Standing:
    """What holds of an attestation on a day, as known at an instant.

    Attributes:
        day: civil day asked about, in the area of the scheme.
        status: one of the five; None before the first day in force.
        recorded: status as the acts leave it, before the calendar and the main attestation are looked at.
        effective_edition: edition in force on the day, or None.
        expires_on: last day of validity, included; None where there is no end.
        change: the row by which the status holds.
        lines: position of a scope line of that edition → its status, for every line.
        superseded: number of an edition → the day from which a later one replaced it.
        follows_main: the status is the main attestation's, not its own.
        from_start: void from the start.
        listing: of a record of a source, whether the source listed it on the day; None for others and before that.
    """

    day: date
    status: Status | None
    recorded: Status | None
    effective_edition: Edition | None
    expires_on: date | None
    change: StatusChange | None
    lines: Mapping[int, Status] = field(default_factory=dict)
    superseded: Mapping[int, date] = field(default_factory=dict)
    follows_main: bool = False
    from_start: bool = False
    listing: states.Listed | None = None

    @property
    def gone(self) -> bool:
        """Say whether its source had ceased to list it; the status is then the last one that the source said."""
        return self.listing is not None and not self.listing.listed

    @property
    def valid(self) -> bool:
        """Say whether the whole is valid on the day."""
        return self.status is Status.VALID and not self.gone


@lru_cache(maxsize=1024)
def _area_of_version(pk: int) -> str:
    return Scheme.objects.get(pk=pk).definition.area


def area_of(edition: Edition | None) -> str:
    """Return the area in whose zone the civil days of an edition are counted; "" (UTC) where no scheme is known."""
    return "" if edition is None or edition.scheme_id is None else _area_of_version(edition.scheme_id)


def today(attestation: Attestation) -> date:
    """Return the civil day that it is now in the area of the attestation."""
    return days.day_of(clock.now(), area_of(newest_edition(attestation)))


def newest_edition(attestation: Attestation) -> Edition | None:
    """Return the newest edition, in force or not, corrected or not; of a record of a source, of its newest state."""
    return max(states.opened(attestation).editions.all(), key=lambda one: one.edition, default=None)


def status(attestation: Attestation, on: date | None = None, known: datetime | None = None) -> Standing:
    """Return what held on a civil day, as the register knew it at an instant.

    Args:
        attestation: the continuing statement.
        on: civil day in the area of the scheme; None: today.
        known: instant of knowledge; None: everything recorded by now.
    """
    states.opened(attestation)
    editions = list(attestation.editions.all())
    changes = list(attestation.changes.all())
    return _standing(attestation, editions, changes, on, known)


def _standing(
    attestation: Attestation,
    editions: list[Edition],
    changes: list[StatusChange],
    on: date | None,
    known: datetime | None,
) -> Standing:
    area = area_of(max(editions, key=lambda edition: edition.edition, default=None))
    day = on or days.day_of(clock.now(), area)
    until = days.last_second(day, area)
    standing_editions = replay.standing(editions, known)
    edition = replay.holding(standing_editions, until)
    standing_changes = replay.standing(changes, known)
    whole = [change for change in standing_changes if change.lines is None]
    change = replay.holding(whole, until)
    void = replay.void_from_start(whole)
    if void is not None and edition is None:
        edition = next(iter(standing_editions), None)
    if void is not None:
        change = void
    recorded = Status(change.status) if change else None
    expires_on = edition.expires_on if edition else None
    now = recorded
    if edition is None:
        now = None
    elif now is not None and now not in replay.ENDED and expires_on is not None and day > expires_on:
        now = Status.EXPIRED
    follows = False
    if attestation.main is not None and now is not None:
        main = status(attestation.main, day, known)
        if main.status is not None and replay.RANK[main.status] > replay.RANK[now]:
            now, follows = main.status, True
    return Standing(
        day=day,
        status=now,
        recorded=recorded,
        effective_edition=edition,
        expires_on=expires_on,
        change=change,
        lines=_lines(edition, standing_editions, standing_changes, now, until) if edition else {},
        superseded=_superseded(standing_editions, edition, area),
        follows_main=follows,
        from_start=void is not None,
        listing=_listing(attestation, day, known),
    )


def _listing(attestation: Attestation, day: date, known: datetime | None) -> states.Listed | None:
    if attestation.source_id is None:
        return None
    return states.listed_on(states.listings(states.states_of(attestation)), day, known)


def canonical(line: Mapping[str, object]) -> str:
    """Return the one spelling of a stored scope line, by which a line is known again in a later edition."""
    return Line.from_json(line).canonical()


def _lines(
    edition: Edition,
    editions: list[Edition],
    changes: list[StatusChange],
    whole: Status | None,
    until: datetime,
) -> dict[int, Status]:
    if whole is None:
        return {}
    own: dict[str, Status] = {}
    for change in changes:
        if change.lines is None or change.effective_at > until:
            continue
        # Positions are those of the edition in force when the change took effect; later editions may count anew.
        named = replay.holding(editions, change.effective_at) or edition
        for line in _lines_of(named):
            if line.position in change.lines:
                own[canonical(line.line)] = Status(change.status)
    return {
        line.position: replay.worse(whole, own.get(canonical(line.line), Status.VALID)) if own else whole
        for line in _lines_of(edition)
    }


def _lines_of(edition: Edition) -> Iterable[ScopeLine]:
    return edition.lines.all()


def _superseded(editions: list[Edition], holding: Edition | None, area: str) -> dict[int, date]:
    if holding is None:
        return {}
    rows = editions[: editions.index(holding) + 1]
    return {
        old.edition: days.day_of(new.effective_at, area) for old, new in pairwise(rows) if old.edition != new.edition
    }


@dataclass(frozen=True)
class Told:
    """One line of the history: a change of status, an edition or a listing, with both clocks and what became of it.

    Attributes:
        effective_on: civil day from which it counts.
        effective_at: the same as an instant.
        recorded_at: when the register knew.
        days_late: whole days between both, 0 where it was recorded in time.
        fate: stands, corrected, annulled, annuls.
        because: the row that corrected or annulled it.
    """

    effective_on: date
    effective_at: datetime
    recorded_at: datetime
    days_late: int
    fate: replay.Fate
    change: StatusChange | None = None
    edition: Edition | None = None
    listing: states.Listed | None = None
    because: StatusChange | Edition | None = None


def history(attestation: Attestation, known: datetime | None = None) -> list[Told]:
    """Return everything that was recorded of an attestation, in the order in which it took effect.

    Corrected and annulled rows stay in the list and say what took their place. When a source ceased to list a record
    and when it listed it again stand among them.
    """
    editions = list(states.opened(attestation).editions.all())
    area = area_of(max(editions, key=lambda edition: edition.edition, default=None))

    def told(one: replay.Traced, **what: object) -> Told:
        row = one.row
        effective_on = days.day_of(row.effective_at, area)
        late = (days.day_of(row.recorded_at, area) - effective_on).days
        return Told(
            effective_on,
            row.effective_at,
            row.recorded_at,
            max(late, 0),
            one.fate,
            because=one.because,
            **what,  # type: ignore[arg-type]
        )

    rows = [told(one, edition=one.row) for one in replay.trace(editions, known)]
    rows += [told(one, change=one.row) for one in replay.trace(list(attestation.changes.all()), known)]
    rows += _listed(attestation, known)
    return sorted(rows, key=lambda row: (row.effective_at, row.recorded_at, row.edition is None))


def _listed(attestation: Attestation, known: datetime | None) -> list[Told]:
    if attestation.source_id is None:
        return []
    found = states.listings(states.states_of(attestation))[1:]  # that it was listed at all is the first edition
    return [
        Told(
            one.since,
            days.first_instant(one.since, ""),
            one.recorded_at,
            max((days.day_of(one.recorded_at, "") - one.since).days, 0),
            replay.Fate.STANDS,
            listing=one,
        )
        for one in found
        if known is None or one.recorded_at <= known
    ]
