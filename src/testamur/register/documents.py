"""What one issue of a document says, before it is a row: parties as named on the day, sites, wording, codes, dates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from testamur.kernel import days
from testamur.parties.models import Organisation, Person, Site
from testamur.register.models import Attestation, Edition, PartyInRole, SiteOnEdition
from testamur.schemes.models import Scheme

Text = dict[str, str]

#: What document and row call by the same name and hold in the same form: read from the row, and written to it.
SAID = (
    "number", "issued_on", "effective_on", "expires_on", "scheme", "title", "statement", "authoritative", "grade",
    "mode", "conditions", "shown", "decision",
)  # fmt: skip
SAID_OF_PARTY = ("role", "organisation", "person", "names", "address", "country", "region")
SAID_OF_SITE = ("site", "names", "address", "statement", "central")


def _said(of: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


@dataclass(frozen=True)
class NamedParty:
    """A party in its role, named as of the day."""

    role: str
    names: Text
    address: Text = field(default_factory=dict)
    country: str = ""
    region: str = ""
    identifiers: tuple[dict[str, str], ...] = ()
    organisation: Organisation | None = None
    person: Person | None = None

    @classmethod
    def of(cls, role: str, organisation: Organisation) -> NamedParty:
        """Return an organisation as it is named today."""
        rows = sorted(organisation.identifiers.all(), key=lambda row: row.pk)
        return cls(
            role=role,
            names=dict(organisation.names),
            address=dict(organisation.address),
            country=organisation.country,
            region=organisation.region,
            identifiers=tuple({"scheme": row.scheme, "value": row.value} for row in rows),
            organisation=organisation,
        )

    @classmethod
    def named_on(cls, row: PartyInRole) -> NamedParty:
        """Return a party as an edition names it."""
        return cls(**_said(row, SAID_OF_PARTY), identifiers=tuple(row.identifiers))

    def row(self, edition: Edition) -> PartyInRole:
        """Return the unsaved row of the party on an edition."""
        return PartyInRole(edition=edition, **_said(self, SAID_OF_PARTY), identifiers=list(self.identifiers))

    @classmethod
    def of_person(cls, role: str, person: Person) -> NamedParty:
        """Return a person as named today: the name only, everything else stays with the person."""
        return cls(role=role, names=dict(person.names), country=person.country, person=person)


@dataclass(frozen=True)
class NamedSite:
    """A line of the site list."""

    names: Text
    address: Text = field(default_factory=dict)
    statement: Text = field(default_factory=dict)
    central: bool = False
    site: Site | None = None

    @classmethod
    def of(cls, site: Site, statement: Text | None = None) -> NamedSite:
        """Return a site as it is named today."""
        return cls(dict(site.names), dict(site.address), dict(statement or {}), site.central, site)

    @classmethod
    def listed_on(cls, row: SiteOnEdition) -> NamedSite:
        """Return a line of the list as an edition has it."""
        return cls(**_said(row, SAID_OF_SITE))

    def row(self, edition: Edition) -> SiteOnEdition:
        """Return the unsaved row of the line on an edition."""
        return SiteOnEdition(edition=edition, **_said(self, SAID_OF_SITE))


@dataclass(frozen=True)
class Document:
    """One issue of the document of an attestation.

    Attributes:
        number: as printed.
        issued_on, effective_on, expires_on: civil days in the area of the scheme; ``expires_on`` is the last day
            included, None where there is no end.
        effective_at: instant from which the edition counts; None: the first instant of ``effective_on``.
        scheme: None where the version is not known to us.
        statement: the scope in words, ``{bcp47: text}``; ``lines`` are the codes beside it.
        requirements: ``[{"key": "gbt-19001@2016", "designation": "GB/T 19001-2016"}]``.
        shown: further things the document shows, by the words of ``attestation.shows``.
        decision: public id of the decision it rests on.
    """

    number: str
    issued_on: date
    effective_on: date
    expires_on: date | None = None
    effective_at: datetime | None = None
    scheme: Scheme | None = None
    title: Text = field(default_factory=dict)
    statement: Text = field(default_factory=dict)
    authoritative: str = "zh"
    requirements: tuple[dict[str, Any], ...] = ()
    grade: str = ""
    mode: Text = field(default_factory=dict)
    conditions: Text = field(default_factory=dict)
    shown: dict[str, Any] = field(default_factory=dict)
    lines: tuple[dict[str, Any], ...] = ()
    parties: tuple[NamedParty, ...] = ()
    sites: tuple[NamedSite, ...] = ()
    decision: str = ""

    @classmethod
    def of(cls, edition: Edition) -> Document:
        """Return what an edition says, to write the next one from; ``effective_at`` is left open."""
        parties = edition.parties.select_related("organisation", "person").order_by("id")
        sites = edition.sites.select_related("site").order_by("id")
        return cls(
            **_said(edition, SAID),
            requirements=tuple(edition.requirements),
            lines=tuple(row.line for row in edition.lines.all()),
            parties=tuple(NamedParty.named_on(row) for row in parties),
            sites=tuple(NamedSite.listed_on(row) for row in sites),
        )

    def row(self, attestation: Attestation, number: int, **more: Any) -> Edition:
        """Return the unsaved row of an edition that says this; ``number`` counts editions from 1."""
        area = self.scheme.definition.area if self.scheme else ""
        return Edition(
            attestation=attestation,
            edition=number,
            **_said(self, SAID),
            requirements=list(self.requirements),
            effective_at=self.effective_at or days.first_instant(self.effective_on, area),
            **more,
        )

    def with_(self, **changes: Any) -> Document:
        """Return the document with some of its words changed."""
        return replace(self, **changes)

    def party(self, role: str) -> NamedParty | None:
        """Return the party in a role, None where nobody is named in it."""
        return next((party for party in self.parties if party.role == role), None)


#: The roles a party may be named in.
ROLES = tuple(PartyInRole.Role.values)
