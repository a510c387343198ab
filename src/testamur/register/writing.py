"""Rows of the register, written without an event: what the register's own actions, issuing and import have in common.

Whoever calls these records the one event of the act, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from testamur.journal.marks import touch
from testamur.kernel import clock
from testamur.kernel.scope import Line, Node
from testamur.kernel.words import Origin, Status
from testamur.parties.models import Organisation, Person
from testamur.register import identifiers
from testamur.register.authority import AUTHORITIES, authorities
from testamur.register.documents import Document
from testamur.register.finding.keeping import keep
from testamur.register.models import (
    Attestation,
    Current,
    Edition,
    PartyInRole,
    ScopeLine,
    ScopeNode,
    SiteOnEdition,
    StatusChange,
)
from testamur.register.queries_holders import other_names
from testamur.register.states import read_ahead
from testamur.register.status import Standing, area_of, status
from testamur.register.words import fold, number_key
from testamur.transparency.rows import insert


@dataclass(frozen=True, slots=True)
class First:
    """A new attestation with what its first edition says; see :func:`write_attestation`."""

    attestation: Attestation
    document: Document


def write_attestations(wanted: Sequence[First]) -> list[tuple[Attestation, Edition, StatusChange]]:
    """Write many new attestations that are valid from the first instant of their editions, table by table."""
    insert([one.attestation for one in wanted])
    editions = [edition_row(one.attestation, one.document, 1, reason=Edition.Reason.FIRST) for one in wanted]
    parties = _write_sayings(editions, [one.document for one in wanted])
    changes = insert(
        [
            StatusChange(
                attestation=one.attestation, status=Status.VALID, decision=one.document.decision,
                effective_at=edition.effective_at,
            )
            for one, edition in zip(wanted, editions, strict=True)
        ]
    )  # fmt: skip
    insert(
        [
            Current(attestation=one.attestation, **derived(one.attestation, edition, named, Status.VALID))
            for one, edition, named in zip(wanted, editions, parties, strict=True)
        ]
    )
    keep([one.attestation.pk for one in wanted])
    if authorities() & {one.attestation.scheme_id_text for one in wanted}:
        touch(AUTHORITIES)  # rows written in bulk say so themselves
    return [(one.attestation, edition, change) for one, edition, change in zip(wanted, editions, changes, strict=True)]


def _write_sayings(editions: list[Edition], documents: Sequence[Document]) -> list[list[PartyInRole]]:
    """Write editions with their parties, sites, lines and index rows; returns the parties of each."""
    insert(editions)
    pairs = list(zip(editions, documents, strict=True))
    parties = [party_rows(*pair) for pair in pairs]
    insert([row for rows in parties for row in rows])
    insert([row for pair in pairs for row in site_rows(*pair)])
    lines = [line_rows(*pair) for pair in pairs]
    insert([row for rows in lines for row in rows])
    insert([row for rows in lines for line in rows for row in node_rows(line)])
    for edition, named, listed in zip(editions, parties, lines, strict=True):
        read_ahead(edition, "parties", named)
        read_ahead(edition, "lines", listed)
    return parties


def write_attestation(
    *,
    issuer: Organisation,
    scheme_id: str,
    document: Document,
    effective_at: datetime | None = None,
    holder: Organisation | None = None,
    person: Person | None = None,
    origin: Origin = Origin.NATIVE,
    origin_name: str = "",
    origin_key: str = "",
    continues: Attestation | None = None,
    main: Attestation | None = None,
    part: str = "",
    confidential: bool = False,
    personal: bool = False,
    sample: bool = False,
    status: Status = Status.VALID,
    reason: dict[str, str] | None = None,
    public_id: str = "",
) -> tuple[Attestation, Edition, StatusChange]:
    """Write a new attestation with its first edition and its first status."""
    named = {"public_id": public_id} if public_id else {}
    attestation = Attestation.objects.create(
        issuer=issuer,
        scheme_id_text=scheme_id,
        holder=holder,
        person=person,
        origin=origin,
        origin_name=origin_name,
        origin_key=origin_key,
        continues=continues,
        main=main,
        part=part,
        confidential=confidential,
        personal=personal,
        sample=sample,
        **named,
    )
    edition = write_edition(attestation, document, reason=Edition.Reason.FIRST, number=1)
    change = StatusChange.objects.create(
        attestation=attestation,
        status=status,
        reason=reason or {},
        decision=document.decision,
        effective_at=effective_at or edition.effective_at,
    )
    if main is None:
        # Nothing can stand before the first edition: the derived row is known without a replay.
        fields = derived(attestation, edition, party_rows(edition, document), Status(status))
        Current.objects.create(attestation=attestation, **fields)
        keep([attestation.pk])
    else:
        write_current(attestation)
    return attestation, edition, change


def write_edition(
    attestation: Attestation,
    document: Document,
    *,
    reason: str,
    reason_text: dict[str, str] | None = None,
    corrects: Edition | None = None,
    number: int | None = None,
) -> Edition:
    """Write the next edition of an attestation, with its parties, sites, scope lines and index rows.

    ``number`` counts editions from 1; None: one more than the newest.
    """
    if number is None:
        newest = attestation.editions.order_by("-edition").values_list("edition", flat=True).first()
        number = (newest or 0) + 1
    edition = edition_row(attestation, document, number, reason=reason, reason_text=reason_text, corrects=corrects)
    edition.save()
    if named := party_rows(edition, document):
        insert(named)
    if listed := site_rows(edition, document):
        insert(listed)
    lines = insert(line_rows(edition, document))
    nodes = [row for line in lines for row in node_rows(line)]
    if nodes:
        insert(nodes)
    return edition


def edition_row(
    attestation: Attestation,
    document: Document,
    number: int,
    *,
    reason: str,
    reason_text: dict[str, str] | None = None,
    corrects: Edition | None = None,
) -> Edition:
    """Return the unsaved row of an edition; ``number`` counts editions from 1."""
    return document.row(attestation, number, reason=reason, reason_text=reason_text or {}, corrects=corrects)


def party_rows(edition: Edition, document: Document) -> list[PartyInRole]:
    """Return the unsaved rows of the parties named on an edition."""
    return [party.row(edition) for party in document.parties]


def site_rows(edition: Edition, document: Document) -> list[SiteOnEdition]:
    """Return the unsaved rows of an edition's site list."""
    return [site.row(edition) for site in document.sites]


def line_rows(edition: Edition, document: Document) -> list[ScopeLine]:
    """Return the unsaved scope lines of an edition, in canonical form.

    Raises:
        MalformedScope: a line that the scope algebra cannot read.
    """
    return [
        ScopeLine(edition=edition, position=position, line=Line.from_json(line).to_json())
        for position, line in enumerate(document.lines, start=1)
    ]


def node_rows(line: ScopeLine) -> list[ScopeNode]:
    """Return the unsaved index rows of a scope line: one for each node it names."""
    return [
        ScopeNode(line=line, dimension=dimension, tree=value.tree, node=value.node)
        for dimension, value in Line.from_json(line.line).values
        if isinstance(value, Node)
    ]


def write_current(attestation: Attestation) -> Current | None:
    """Replay an attestation and write its derived row; None where nothing stands of it."""
    fields = current_fields(attestation, status(attestation))
    if fields is None:
        Current.objects.filter(attestation=attestation).delete()
        keep([attestation.pk])
        return None
    current, _made = Current.objects.update_or_create(attestation=attestation, defaults=fields)
    keep([attestation.pk])
    return current


def current_fields(attestation: Attestation, standing: Standing) -> dict[str, Any] | None:
    """Return what the derived row says, from what stands today; before its first day, what will stand on it."""
    edition = standing.effective_edition or attestation.editions.order_by("edition").first()
    if edition is None:
        return None
    change = standing.change or attestation.changes.order_by("effective_at", "recorded_at", "id").first()
    if change is None:
        return None
    as_left = standing.recorded or Status(change.status)
    if standing.follows_main and standing.status in (Status.SUSPENDED, Status.WITHDRAWN, Status.CANCELLED):
        as_left = standing.status
    return derived(attestation, edition, list(edition.parties.all()), as_left)


def derived(attestation: Attestation, edition: Edition, parties: list[PartyInRole], as_left: Status) -> dict[str, Any]:
    """Return the fields of the derived row: what the edition in force says, and the status as the acts leave it."""
    holder = next((party for party in parties if party.role == PartyInRole.Role.HOLDER), None)
    holder = holder or (parties[0] if parties else None)
    designations = [str(row.get("designation", "")) for row in edition.requirements]
    return {
        "edition": edition,
        "number": edition.number,
        "number_key": number_key(edition.number),
        "holder_text": " / ".join(_texts([holder.names] if holder else []))[:500],
        "issuer_id": attestation.issuer_id,
        "scheme": attestation.scheme_id_text,
        "status": as_left,
        "effective_on": edition.effective_on,
        "expires_on": edition.expires_on,
        "changed_at": clock.now(),
        "country": holder.country if holder else "",
        "region": holder.region if holder else "",
        "standards": " | ".join(designation for designation in designations if designation)[:500],
        "search": _search_text(attestation, edition, parties, designations),
        "confidential": attestation.confidential,
        "personal": attestation.personal,
    }


def _texts(texts: Iterable[dict[str, str]]) -> list[str]:
    return list(dict.fromkeys(text for mapping in texts for text in mapping.values() if text))


def _search_text(
    attestation: Attestation, edition: Edition, parties: list[PartyInRole], designations: list[str]
) -> str:
    # Names of natural persons are found by number and name only, never by a fragment.
    names = [] if attestation.personal else [party.names for party in parties]
    words = [
        edition.number,
        *_texts([*names, attestation.issuer.names, edition.statement, edition.title]),
        *designations,
        *([] if attestation.personal else [*_identified(parties), *_also(parties)]),
    ]
    # A space before every word lets a search ask for the beginning of a word.
    return f" {fold(' '.join(words))} "


def _identified(parties: list[PartyInRole]) -> list[str]:
    return identifiers.of_parties([{"identifiers": party.identifiers} for party in parties])


def _also(parties: list[PartyInRole]) -> list[str]:
    """Return what else the parties are confirmed to be called."""
    return list(other_names([" / ".join(_texts([party.names])) for party in parties]).values())


def area_of_attestation(attestation: Attestation) -> str:
    """Return the area in whose zone the days of an attestation are counted."""
    return area_of(attestation.editions.order_by("-edition").first())
