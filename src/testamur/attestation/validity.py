"""From when until when: the scheme's moments, capped by pilot, transition of a standard and rules.

Civil days in the area of the scheme, both ends included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from testamur import rules
from testamur.kernel.refusal import Refused, _
from testamur.requirements.queries import document_of
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.kinds import Moment
from testamur.schemes.language.moments import NotYetKnown, evaluate


@dataclass(frozen=True)
class Validity:
    """First and last day, and what capped the last one ("" where nothing did)."""

    effective_on: date
    expires_on: date | None
    capped_by: str = ""


def of_first(definition: Definition, known: Mapping[str, date]) -> Validity:
    """Return the validity of a new attestation.

    Args:
        known: named days; ``decided`` and ``issued`` at least.

    Raises:
        Refused: a day that the scheme counts from is not known, or nothing is left after the caps.
    """
    table = definition.attestation
    assert table is not None
    effective = _day(definition, table.effective, known)
    assert effective is not None
    return _capped(definition, effective, _day(definition, table.until, {**known, "effective": effective}), known)


def of_renewal(definition: Definition, known: Mapping[str, date]) -> Validity:
    """Return the validity of a renewal; ``expiry`` is the last day of the edition that is renewed."""
    table = definition.attestation
    assert table is not None
    effective = _day(definition, table.effective, known)
    assert effective is not None
    until = table.renewed_until or table.until
    return _capped(definition, effective, _day(definition, until, {**known, "effective": effective}), known)


def _day(definition: Definition, moment: Moment, known: Mapping[str, date]) -> date | None:
    try:
        return evaluate(moment, known, area=definition.area)
    except NotYetKnown as unknown:
        raise Refused(
            _("The scheme counts the validity from “{day}”, which is not known of this case."),
            {"day": unknown.day},
            rule="attestation.validity",
            source=_source(definition),
        ) from None


def _capped(definition: Definition, effective: date, last: date | None, known: Mapping[str, date]) -> Validity:
    caps: list[tuple[date, str]] = []
    if definition.scheme.pilot_until:
        caps.append((definition.scheme.pilot_until, "pilot"))
    ends = [day for requirement in definition.requirements if (day := _edition_ends(requirement.document))]
    if ends:
        caps.append((min(ends), "transition"))
    for rule in definition.rules_for("expiry"):
        day = _by_rule(rule.rule, dict(rule.with_), known.get("issued", effective), min(ends, default=None))
        if day is not None and last is not None:
            caps.append((day, rule.rule))
    capped_by = ""
    for day, why in caps:
        if last is None or day < last:
            last, capped_by = day, why
    if last is not None and last < effective:
        raise Refused(
            _("Nothing is left of the validity: it would end on {last}, before it begins on {first}."),
            {"last": last, "first": effective},
            rule="attestation.validity",
            source=_source(definition),
        )
    return Validity(effective, last, capped_by)


def _edition_ends(key: str) -> date | None:
    """Return the last day on which a standard's edition may be certified to, where its withdrawal is known."""
    document = document_of(key)
    return document.withdrawn_on if document is not None else None


def _by_rule(rule: str, constants: dict[str, object], issued: date, transition_end: date | None) -> date | None:
    day: date | None = rules.evaluate(
        rule, {**constants, "issue_date": issued, "transition_end": transition_end}, on=issued
    ).output.get("expiry")
    return day


def _source(definition: Definition) -> str:
    table = definition.attestation
    return "; ".join(str(source) for source in (table.source if table else ()) or ())
