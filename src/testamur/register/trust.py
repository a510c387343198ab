"""The trust tree: by what right an attestation was given, link by link up to a root."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from testamur.kernel.refusal import _
from testamur.kernel.words import STATUS_WORDS, Origin, Status
from testamur.parties import queries as parties
from testamur.register.authority import DEPTH, KINDS, Holdings, Said, holdings_for, weigh
from testamur.register.line_words import lines_words
from testamur.register.models import Attestation, Edition
from testamur.register.policies import CHINESE
from testamur.register.status import Standing, status
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.tables import Authority


class Verdict(StrEnum):
    """What a link is worth; the words are those of the portal's colours."""

    VALID = "valid"  # it holds and covers what is below it
    BAD = "bad"  # demanded, and broken: missing, ended, suspended, too small
    HELD = "held"  # it exists and is withheld: confidential
    SILENT = "silent"  # not known here: nothing is claimed
    NONE = "none"  # not demanded and not claimed


@dataclass(frozen=True)
class Link:
    """One link.

    Attributes:
        kind: ``certificate`` or another form for the first, an authority's kind above it, ``root`` at the top.
        demand: id of the scheme's ``[[authority]]``; empty for the first.
        holder, issuer: names in both languages, as of the day; empty where unknown.
        holder_id, issuer_id: public ids of the organisations, for links.
        attestation: the record, None for a root and for what is missing.
        number, title: as the effective edition says.
        scope: lines in words: a list of (dimension title, what it says) for each line.
        valid_from, valid_until: civil days, both included.
        status: of the attestation on the day; None where there is none.
        verdict: what the link is worth.
        why: sentence with facts and source.
        children: what the issuer's right rests on.
    """

    kind: str
    verdict: Verdict
    why: Said
    demand: str = ""
    holder: Mapping[str, str] = field(default_factory=dict)
    issuer: Mapping[str, str] = field(default_factory=dict)
    holder_id: str = ""
    issuer_id: str = ""
    attestation: Attestation | None = None
    number: str = ""
    title: Mapping[str, str] = field(default_factory=dict)
    scope: tuple[tuple[tuple[Mapping[str, str], Mapping[str, str]], ...], ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    status: Status | None = None
    children: tuple[Link, ...] = ()

    def walk(self) -> Iterator[Link]:
        """Yield the link and everything above it."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def broken(self) -> Link | None:
        """Return the first broken link above this one, nearest first."""
        return next((link for link in list(self.walk())[1:] if link.verdict is Verdict.BAD), None)


def trust_tree(
    attestation: Attestation,
    on: date | None = None,
    known: datetime | None = None,
    *,
    standing: Standing | None = None,
) -> Link:
    """Return by what right an attestation was given, as of a civil day and as known at an instant.

    ``standing`` is what holds of it on that day, where it was asked before.
    """
    standing = standing or status(attestation, on, known)
    edition = standing.effective_edition
    if edition is None:
        said = Said(_("Nothing is in force on this day."))
        return Link("certificate", Verdict.BAD, said, attestation=attestation, **_parties(attestation, None))
    children: tuple[Link, ...] = ()
    if attestation.origin != Origin.NATIVE and edition.scheme is None:
        children = (_unknown(attestation),)
    elif edition.scheme is not None:
        children = tuple(_demands(attestation, edition, standing, known, DEPTH))
    good = standing.status is Status.VALID
    return _link(
        _form(edition), attestation, standing,
        verdict=Verdict.VALID if good else Verdict.BAD,
        why=_status_said(edition, standing),
        children=children,
    )  # fmt: skip


def _demands(
    attestation: Attestation, edition: Edition, standing: Standing, known: datetime | None, depth: int
) -> Iterator[Link]:
    assert edition.scheme is not None
    definition = edition.scheme.definition
    claimed = {row["demand"]: row for row in edition.shown.get("authorities", [])}
    claim = [line.line for line in edition.lines.all()]
    tables = definition.authorities_of("issuer")
    holdings = holdings_for(attestation.issuer, tables, on=standing.day, known=known)
    for table in tables:
        link = _demanded(
            table, definition, attestation, claim, standing.day, known, depth, table.id in claimed, holdings
        )
        # That a certificate claims no accreditation is worth saying; that an accreditor claims no arrangement is not.
        if link.verdict is not Verdict.NONE or depth == DEPTH:
            yield link


def _demanded(
    table: Authority,
    definition: Definition,
    attestation: Attestation,
    claim: list[dict[str, Any]],
    on: date,
    known: datetime | None,
    depth: int,
    claimed: bool,
    holdings: Holdings,
) -> Link:
    source = "; ".join(str(one) for one in table.source or ())
    issuer = attestation.issuer
    named: dict[str, Any] = {"holder": dict(issuer.names), "holder_id": issuer.public_id, "demand": table.id}
    facts = {"holder": issuer.names, "kind": KINDS[table.kind], "day": on}
    if table.kind == "law":
        if parties.is_root(issuer):
            return Link(
                "root",
                Verdict.VALID,
                Said(_("Set by this installation: {holder} acts by statute."), facts, source),
                **named,
            )
        said = Said(_("{holder} holds no authority by statute that this installation knows."), facts, source)
        return Link("law", Verdict.BAD, said, **named)
    weighed = weigh(table, definition=definition, holder=issuer, claim=claim, on=on, known=known, holdings=holdings)
    best = weighed[0] if weighed else None
    if best is None or (not best.will_do and table.demand == "if_claimed" and not claimed):
        if table.demand == "if_claimed" and not claimed:
            said = Said(_("{holder} claims no {kind} for this; the scheme does not demand it."), facts, source)
            return Link(table.kind, Verdict.NONE, said, **named)
        return Link(table.kind, Verdict.BAD, Said(_("{holder} holds no {kind} on {day}."), facts, source), **named)
    above: tuple[Link, ...] = ()
    edition = best.standing.effective_edition
    if edition is not None and edition.scheme is not None and depth > 1:
        above = tuple(_demands(best.attestation, edition, best.standing, known, depth - 1))
    verdict, why = Verdict.VALID, Said(_("It covers what is below it."), {}, source)
    if not best.will_do:
        assert best.why_not is not None
        verdict, why = Verdict.BAD, best.why_not
    elif best.attestation.confidential:
        verdict, why = Verdict.HELD, Said(_("It is on record here and not public."), {}, source)
    return _link(table.kind, best.attestation, best.standing, verdict=verdict, why=why, children=above, demand=table.id)


def unknown_said(issuer: Mapping[str, str]) -> Said:
    """Return the sentence about an issuer, by its names, whose authority is kept elsewhere."""
    return Said(
        _("This register does not hold the authority of {issuer}; its own register does, or somebody else's."),
        {"issuer": issuer},
        "testamur@2026-1#register.origin",
    )


def _unknown(attestation: Attestation) -> Link:
    return Link(
        "authority",
        Verdict.SILENT,
        unknown_said(attestation.issuer.names),
        holder=dict(attestation.issuer.names),
        holder_id=attestation.issuer.public_id,
    )


def _link(kind: str, attestation: Attestation, standing: Standing, **rest: Any) -> Link:
    edition = standing.effective_edition
    assert edition is not None
    return Link(
        kind=kind,
        attestation=attestation,
        number=edition.number,
        title=edition.title,
        scope=tuple(lines_words((line.line for line in edition.lines.all()), edition)),
        valid_from=edition.effective_on,
        valid_until=edition.expires_on,
        status=standing.status,
        **_parties(attestation, edition),
        **rest,
    )


def _parties(attestation: Attestation, edition: Edition | None) -> dict[str, Any]:
    holder: dict[str, str] = {}
    if edition is not None:
        named = next((party for party in edition.parties.all() if party.role == "holder"), None)
        holder = dict(named.names) if named else {}
    if not holder and attestation.holder is not None:
        holder = dict(attestation.holder.names)
    return {
        "holder": holder,
        "holder_id": attestation.holder.public_id if attestation.holder else "",
        "issuer": dict(attestation.issuer.names),
        "issuer_id": attestation.issuer.public_id,
    }


def _form(edition: Edition) -> str:
    rules = edition.scheme.definition.attestation if edition.scheme else None
    return rules.form if rules else "certificate"


def _status_said(edition: Edition, standing: Standing) -> Said:
    if standing.status is Status.VALID:
        return Said(_("In force on {day}."), {"day": standing.day})
    word = standing.status
    if word is None:
        return Said(
            _("Not yet in force on {day}; it begins on {first}."), {"day": standing.day, "first": edition.effective_on}
        )
    facts = {"day": standing.day, "status": {"en": STATUS_WORDS[word], "zh": CHINESE[word]}}
    source = standing.change.source if standing.change else ""
    return Said(_("It is {status} on {day}."), facts, source)
