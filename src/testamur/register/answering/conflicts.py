"""Where two tell of one certificate and do not say the same: both are kept and shown, and a rule says whose word goes
first: the issuer's own before anybody's copy of it, and of two copies the one with the later day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from testamur.journal.marks import remembered
from testamur.kernel.refusal import _
from testamur.kernel.words import STATUS_WORDS, Origin, Status
from testamur.register.answering.assurance import DELIVERIES
from testamur.register.answering.numbers import PRECEDENCE
from testamur.register.authority import Said
from testamur.register.models import Attestation, Current, Source
from testamur.register.policies import CHINESE

#: What two records of one certificate are compared by.
COMPARED = ("status", "effective_on", "expires_on", "holder_text", "gone_on")


@dataclass(frozen=True)
class Conflict:
    """Another record of the same certificate that says something else.

    Attributes:
        other: that record, with its present state.
        fields: names of ``COMPARED`` in which the two differ.
        precedes: the other one's word goes first.
    """

    other: Attestation
    fields: tuple[str, ...]
    precedes: bool

    @property
    def said(self) -> Said:
        """Return the conflict as a sentence."""
        row = self.other.current
        told = self.other.source
        status = Status(row.status)
        facts = {
            "source": told.names if told is not None else {"en": "This register", "zh": "本登记簿"},
            "status": {"en": STATUS_WORDS[status], "zh": CHINESE[status]},
            "day": row.expires_on or "–",
        }
        return Said(FIRST if self.precedes else SECOND, facts, "testamur@2026-1#register.conflict")


FIRST = _("{source} says otherwise of the same number: {status}, until {day}. Its word goes before this one.")
SECOND = _("{source} says otherwise of the same number: {status}, until {day}. The word shown here goes before it.")


def conflicts_of(attestation: Attestation) -> list[Conflict]:
    """Return the other records of the same issuer and number that say something else, first the one that goes first."""
    current = getattr(attestation, "current", None)
    if current is None or attestation.personal or not _several_tell():
        return []
    rows = Current.objects.filter(number_key=current.number_key, issuer=current.issuer_id, personal=False)
    rows = rows.exclude(attestation=attestation.pk).select_related("attestation__source", "delivery")
    return among(attestation, [row.attestation for row in rows if row.attestation.source_id != attestation.source_id])


def among(attestation: Attestation, others: Iterable[Attestation]) -> list[Conflict]:
    """Return the conflicts of a record with others that bear its number, whoever issued them."""
    mine, found = attestation.current, []
    for other in others:
        row = other.current
        apart = other.source_id == attestation.source_id or row.issuer_id != mine.issuer_id
        if other.pk == attestation.pk or apart or row.number_key != mine.number_key:
            continue
        fields = tuple(name for name in COMPARED if getattr(row, name) != getattr(mine, name))
        if fields:
            found.append(Conflict(other, fields, _before(other) < _before(attestation)))
    return sorted(found, key=lambda one: _before(one.other))


def _before(record: Attestation) -> tuple[int, int, int]:
    since = record.current.since or date.min
    return PRECEDENCE[Origin(record.origin)], -since.toordinal(), record.pk


def _several_tell() -> bool:
    return bool(remembered((DELIVERIES,), "sources at all", Source.objects.exists))
