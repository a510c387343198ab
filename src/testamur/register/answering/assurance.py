"""Who vouches for a record, and as of which day: no answer claims more than the origin of the record allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from testamur.journal.marks import remembered
from testamur.kernel.refusal import _
from testamur.kernel.words import Origin
from testamur.register import states
from testamur.register.answering.words import both
from testamur.register.authority import Said
from testamur.register.models import Attestation, Delivery, Source

#: The area whose mark changes when a source is written or one of its deliveries is committed.
DELIVERIES = "deliveries"

#: How a record came here, in a word.
ORIGINS: dict[str, dict[str, str]] = {
    "native": {"en": "issued here", "zh": "本平台签发"},
    "reported": {"en": "reported", "zh": "机构报送"},
    "mirrored": {"en": "mirrored", "zh": "镜像"},
    "transcribed": {"en": "transcribed from paper", "zh": "据纸质件录入"},
}


@dataclass(frozen=True)
class Assurance:
    """Who vouches for the record itself.

    Attributes:
        origin: native, reported, mirrored, transcribed.
        source: the register or body it came from; empty for native ones.
        day: as of which day the source said so; None for native ones.
        names: of the source, in both languages, where it is one that delivers.
        key: of that source.
        due: last day until which what the source said counts as current; None: it need not deliver.
    """

    origin: Origin
    source: str = ""
    day: date | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    key: str = ""
    due: date | None = None

    @property
    def named(self) -> Mapping[str, str] | str:
        """Return the source as sentences name it."""
        return self.names or self.source

    @property
    def said(self) -> Said:
        """Return the assurance as a sentence."""
        return Said(SENTENCES[self.origin], {"source": self.named, "day": self.day or "–"})


SENTENCES = {
    Origin.NATIVE: _("Issued and signed here."),
    Origin.REPORTED: _("Reported by its issuer, as of {day}. How it was decided is on file with the body."),
    Origin.MIRRORED: _("Mirrored from {source}, as of {day}. How it was decided is on file there."),
    Origin.TRANSCRIBED: _("Transcribed from paper ({source}). How it was decided is on file with the body."),
}


def origin_of(made: Assurance) -> dict[str, Any]:
    """Return who vouches for a record, as a part of an answer says it."""
    return {
        "kind": str(Origin(made.origin)),
        "source": made.key or made.source,
        "names": dict(made.names),
        "stated_on": made.day.isoformat() if made.day is not None else None,
        **both(made.said),
    }


def assurance_of(attestation: Attestation, on: date, known: datetime | None = None) -> Assurance:
    """Return who vouches for a record, as of the last day not after ``on`` for which its source stated it."""
    origin = Origin(attestation.origin)
    if origin is Origin.NATIVE:
        return Assurance(origin)
    if attestation.source_id is not None:
        return _of_source(attestation, on, known)
    return Assurance(origin, attestation.origin_name)  # entered by itself: nobody delivers it anew


def _of_source(attestation: Attestation, on: date, known: datetime | None) -> Assurance:
    assert attestation.source_id is not None
    states.opened(attestation)
    days = [
        state.delivery.as_of
        for state in states.states_of(attestation)
        if state.delivery is not None
        and state.delivery.as_of <= on
        and (known is None or states.recorded(state) <= known)
    ]
    return stated(told_by(attestation.source_id), days, on, known)


def stated(told: ToldBy, days: list[date], on: date, known: datetime | None = None) -> Assurance:
    """Return who vouches for a record, and as of when, from its source and the days for which its states were told."""
    # What reports tells of all it has, a row at a time or all at once; a mirrored part tells of its own rows only.
    whole_only = told.source.origin != Origin.REPORTED
    days = days + [
        min(row.as_of, on)
        for row in told.deliveries
        if row.from_day <= on and (known is None or row.known_from <= known) and (row.whole or not whole_only)
    ]
    day, duty = max(days, default=None), told.source.duty_days
    names: Mapping[str, str] = told.source.names
    return Assurance(
        Origin(told.source.origin),
        names.get("en") or next(iter(names.values()), ""),
        day,
        names,
        told.source.key,
        day + timedelta(days=duty) if day is not None and duty is not None else None,
    )


@dataclass(frozen=True)
class _Delivered:
    """A delivery as answers see it. A feed speaks for every day from its first row on, and for all records."""

    as_of: date
    from_day: date
    known_from: datetime
    whole: bool


@dataclass(frozen=True)
class ToldBy:
    """A source with its committed deliveries.

    Attributes:
        pieces: what answers about its records have in common, as ``plain`` keeps it beside the source.
    """

    source: Source
    deliveries: tuple[_Delivered, ...]
    pieces: dict[Any, Any] = field(default_factory=dict, compare=False)


def told_by(source: int) -> ToldBy:
    """Return a source with its committed deliveries, asked once until one of them is written."""

    def ask() -> ToldBy:
        rows = Delivery.objects.filter(source=source, state=Delivery.State.COMMITTED)
        found = rows.only("as_of", "begins_on", "committed_at", "recorded_at", "whole", "feed").order_by("as_of", "id")
        return ToldBy(
            Source.objects.get(pk=source),
            tuple(
                _Delivered(
                    one.as_of, one.begins_on or one.as_of, one.committed_at or one.recorded_at, one.whole or one.feed
                )
                for one in found
            ),
        )

    return remembered((DELIVERIES,), ("told by", source), ask)


def late(assurance: Assurance, on: date) -> Said | None:
    """Say that a source which must report fell silent before the day asked about; mirrors have no such duty."""
    if assurance.due is None or on <= assurance.due:
        return None
    return Said(
        _("{source} last reported on {day}; what happened since is not known here."),
        {"source": assurance.named, "day": assurance.day},
        "testamur@2026-1#register.reporting",
    )
