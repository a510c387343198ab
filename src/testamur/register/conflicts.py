"""Where two tell of one certificate and do not say the same: both are kept and shown, and a rule says whose word holds.

The rule, in this order: what the bodies concerned settled; what an issuer says of its own certificate (issued here or
reported by it) before anybody's copy of it; what was stated for the later day; what was told first. The stored row is
:class:`testamur.register.models.Conflict`; answers compare the records themselves, so that they never say an old one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from testamur.journal.marks import remembered
from testamur.kernel.refusal import _
from testamur.kernel.words import STATUS_WORDS, Origin, Status
from testamur.register.answering.assurance import DELIVERIES
from testamur.register.authority import Said
from testamur.register.models import Attestation, Conflict, Current, Source
from testamur.register.policies import CHINESE
from testamur.register.words import fold

#: What two records of one certificate are compared by.
COMPARED = ("status", "effective_on", "expires_on", "holder_text", "issuer")
OWN = frozenset({Origin.NATIVE.value, Origin.REPORTED.value})
Rule = Conflict.Rule
#: Why a word holds, as people read it.
RULES: dict[str, str] = {
    Rule.SETTLED: _("The bodies concerned settled it: {reason}"),
    Rule.OWN_WORD: _("What an issuer says of its own certificate goes before what others say of it."),
    Rule.LATER_DAY: _("What was stated for the later day goes first."),
    Rule.FIRST_TOLD: _("Nothing else decides, so what was told first goes first."),
}
SOURCE = "testamur@2026-1#register.conflict"


@dataclass(frozen=True)
class Side:
    """What one record says of a certificate.

    Attributes:
        day: for which its source stated it; None: issued here, so it is always today's.
        issuer: key of the organisation.
    """

    id: int
    origin: str
    day: date | None
    status: str
    effective_on: str
    expires_on: str
    holder_text: str
    issuer: int


def differences(one: Side, other: Side) -> list[str]:
    """Return the names of ``COMPARED`` in which two records differ; holders are compared as people read their names."""
    found = [name for name in COMPARED if name != "holder_text" and getattr(one, name) != getattr(other, name)]
    if fold(one.holder_text) != fold(other.holder_text):
        found.append("holder_text")
    return found


def decided(one: Side, other: Side) -> tuple[int, Conflict.Rule]:
    """Return whose word holds by the rule, and why."""
    first, second = sorted((one, other), key=lambda side: side.id)
    own = [side for side in (first, second) if side.origin in OWN]
    if len(own) == 1:
        return own[0].id, Rule.OWN_WORD
    days = [side.day or date.max for side in (first, second)]
    if days[0] != days[1]:
        return (first if days[0] > days[1] else second).id, Rule.LATER_DAY
    return first.id, Rule.FIRST_TOLD


# ------------------------------------------------------------ as answers tell it


@dataclass(frozen=True)
class Contrary:
    """Another record of the same certificate that says something else: one side of a conflict, seen from the other.

    Attributes:
        other: that record, with its present state.
        fields: names of ``COMPARED`` in which the two differ, or ``gone_on``: only one of them is still listed.
        precedes: the other one's word holds.
        rule: why one of the two holds.
        reason: of a settlement.
    """

    other: Attestation
    fields: tuple[str, ...]
    precedes: bool
    rule: str = Rule.FIRST_TOLD
    reason: str = ""

    @property
    def said(self) -> Said:
        """Return it as a sentence."""
        row = self.other.current
        told = self.other.source
        status = Status(row.status)
        facts = {
            "source": told.names if told is not None else {"en": "This register", "zh": "本登记簿"},
            "status": {"en": STATUS_WORDS[status], "zh": CHINESE[status]},
            "day": row.expires_on or "–",
        }
        return Said(FIRST if self.precedes else SECOND, facts, SOURCE)

    @property
    def why(self) -> Said:
        """Return the rule as a sentence."""
        return Said(RULES[self.rule], {"reason": self.reason}, SOURCE)


FIRST = _("{source} says otherwise of the same number: {status}, until {day}. Its word goes before this one.")
SECOND = _("{source} says otherwise of the same number: {status}, until {day}. The word shown here goes before it.")


def conflicts_of(attestation: Attestation) -> list[Contrary]:
    """Return the other records of the same certificate that say something else, first the one that holds."""
    current = getattr(attestation, "current", None)
    if current is None or attestation.personal or not _several_tell():
        return []
    rows = Current.objects.filter(number_key=current.number_key).exclude(attestation=attestation.pk)
    return among(attestation, [row.attestation for row in rows.select_related("attestation__source", "delivery")])


def among(attestation: Attestation, others: Iterable[Attestation]) -> list[Contrary]:
    """Return the conflicts of a record with others that bear its number, whoever issued them.

    A number that two bodies gave to two holders is no conflict; one holder under two bodies is.
    """
    mine = side_of(attestation)
    found = []
    for other in others:
        row = other.current
        if other.pk == attestation.pk or other.source_id == attestation.source_id:
            continue
        if row.number_key != attestation.current.number_key or row.confidential or row.personal:
            continue  # what another record says is told only where that record is shown to everybody
        theirs = side_of(other)
        if not same_certificate(mine, theirs):
            continue
        fields = differences(mine, theirs)
        if (row.gone_on is None) != (attestation.current.gone_on is None):
            fields.append("gone_on")
        if fields:
            found.append(_contrary(attestation, other, fields))
    return sorted(found, key=lambda one: (not one.precedes, one.other.pk))


def same_certificate(one: Side, other: Side) -> bool:
    """Say whether two records of one number are of one certificate: of one issuer, or of one holder where both bodies
    report it as their own."""
    if one.issuer == other.issuer:
        return True
    reported = one.origin == other.origin == Origin.REPORTED.value
    return reported and bool(one.holder_text) and fold(one.holder_text) == fold(other.holder_text)


def _contrary(attestation: Attestation, other: Attestation, fields: Sequence[str]) -> Contrary:
    first, second = sorted((attestation.pk, other.pk))
    settled = Conflict.objects.filter(first=first, second=second, ended_by=None, rule=Rule.SETTLED).first()
    if settled is not None:
        return Contrary(other, tuple(fields), settled.holds_id == other.pk, Rule.SETTLED, settled.reason)
    holds, rule = decided(side_of(attestation), side_of(other))
    return Contrary(other, tuple(fields), holds == other.pk, rule)


def side_of(record: Attestation) -> Side:
    """Return what a record says at present."""
    row = record.current
    return Side(
        record.pk, str(record.origin), row.since, str(row.status), str(row.effective_on or ""),
        str(row.expires_on or ""), row.holder_text, row.issuer_id,
    )  # fmt: skip


def _several_tell() -> bool:
    return bool(remembered((DELIVERIES,), "sources at all", Source.objects.exists))
