"""A small world in rows: a root, its schemes, a licensed and accredited body, a client. No process is needed for it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from testamur.kernel.words import Origin
from testamur.parties.actions import create_key, name_root
from testamur.parties.models import Membership, Organisation, Person, Platform
from testamur.register.documents import Document, NamedParty, NamedSite
from testamur.register.models import Attestation
from testamur.register.writing import write_attestation
from testamur.schemes.language.definition import FORMAT, Definition
from testamur.schemes.models import Scheme

SOURCE = "testamur@2026-1#test"
PLATFORM = Platform("test.world")
ALL_OUTCOMES = [
    "grant", "refuse", "maintain", "extend", "reduce", "suspend", "restore", "withdraw", "cancel", "renew",
]  # fmt: skip
_numbers = count(1)


def both(text: str) -> dict[str, str]:
    return {"en": text, "zh": f"示例{text}"}


def instant(day: date, hour: int = 1) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def scheme(ident: str, **tables: Any) -> Scheme:
    """Publish a scheme from its tables as written in JSON; sources and texts that nobody reads are filled in."""
    head = {
        "id": ident, "version": "2026-1", "title": both(ident), "proves": both("yes"), "proves_not": both("no"),
        "owner": "sample", "area": ["CN"], "object": "system", "party": "third", "holder": "organisation",
        "effective_from": "2020-01-01", "source": SOURCE, **tables.pop("head", {}),
    }  # fmt: skip
    body: dict[str, Any] = {"format": FORMAT, "scheme": head, "digests": {}}
    for name, rows in tables.items():
        listed = rows if isinstance(rows, list) else [rows]
        filled = [{"source": SOURCE, **row} for row in listed]
        body[name] = filled if isinstance(rows, list) else filled[0]
    definition = Definition.from_json(body)
    return Scheme.objects.create(
        scheme_id=ident,
        version="2026-1",
        title=head["title"],
        body=definition.to_json(),
        digest=definition.digest,
        effective_from=date(2020, 1, 1),
        sample=True,
    )


def revised(old: Scheme, **tables: Any) -> Scheme:
    """Write other tables into a scheme, as no published one ever changes: for tests that need a variant."""
    definition = Definition.from_json({**old.body, **tables})
    Scheme.objects.filter(pk=old.pk).update(body=definition.to_json(), digest=definition.digest)
    return Scheme.objects.get(pk=old.pk)


def scope(ident: str, tree: str) -> dict[str, Any]:
    return {"id": ident, "title": both(ident), "tree": tree}


def attestation_table(form: str, number: str, **more: Any) -> dict[str, Any]:
    credential = "DigitalConformityCredential" if form == "certificate" else "DigitalIdentityAnchor"
    return {
        "form": form, "number": number, "effective": "decided", "until": "3 years after decided",
        "credential": credential, "status_lists": ["revocation", "suspension"], "template": "plain",
        "shows": ["holder", "number", "scope", "dates", "issuer"], **more,
    }  # fmt: skip


def node(document: str = "gbt-19001@2016") -> dict[str, Any]:
    return {"tree": "documents@test", "node": document}


QMS, EMS = "gbt-19001@2016", "gbt-24001@2016"


def licence_scheme() -> Scheme:
    return scheme(
        "sample-licence",
        head={"object": "body"},
        scope=[scope("document", "documents")],
        authority=[{"id": "by-law", "of": "issuer", "kind": "law", "free": ["document"]}],
        role=[role("director", "decision")],
        decision={"by": ["director"], "independent_of": ["determination"], "outcomes": ALL_OUTCOMES,
                  "appeal_until": "60 days after decided"},
        attestation=attestation_table("licence", "LIC-{year}-{serial:3}", until="6 years after decided"),
        ground=[
            {"id": "serious", "to": "withdrawn", "means": both("The breach is serious."), "cause": "holder",
             "legal_kind": "吊销"},
            {"id": "by_fraud", "to": "withdrawn", "means": both("Got by fraud."), "cause": "holder",
             "effect": "from_start", "legal_kind": "撤销"},
        ],
    )  # fmt: skip


def accreditation_scheme() -> Scheme:
    return scheme(
        "sample-accreditation",
        head={"object": "body"},
        scope=[scope("document", "documents"), scope("sector", "sectors")],
        authority=[{"id": "national", "of": "issuer", "kind": "law", "free": ["document", "sector"]}],
        role=[role("director", "decision")],
        decision={"by": ["director"], "independent_of": ["determination"], "outcomes": ALL_OUTCOMES,
                  "appeal_until": "60 days after decided"},
        attestation=attestation_table("accreditation", "ACC-{serial:3}", until="5 years after decided"),
        ground=[
            {"id": "failure", "to": "suspended", "means": both("Fails."), "cause": "holder"},
            {"id": "ended", "to": "withdrawn", "means": both("Ended."), "cause": "holder"},
        ],
    )  # fmt: skip


def person_scheme() -> Scheme:
    """A registration of persons, handed out as an Open Badge."""
    return scheme(
        "sample-person",
        head={"object": "person", "holder": "person"},
        scope=[scope("document", "documents")],
        authority=[{"id": "by-law", "of": "issuer", "kind": "law", "free": ["document"]}],
        role=[role("director", "decision")],
        decision={"by": ["director"], "independent_of": ["determination"], "outcomes": ALL_OUTCOMES,
                  "appeal_until": "60 days after decided"},
        attestation=attestation_table("registration", "P-{serial:6}", credential="OpenBadgeCredential",
                                      template="person"),
        ground=[{"id": "conduct", "to": "suspended", "means": both("Conduct."), "cause": "holder"}],
    )  # fmt: skip


def role(ident: str, *functions: str) -> dict[str, Any]:
    return {"id": ident, "title": both(ident), "functions": list(functions)}


def qms_scheme(ident: str = "sample-qms", **attestation: Any) -> Scheme:
    return scheme(
        ident,
        role=[role("lead_auditor", "determination"), role("decider", "decision")],
        requirement=[{"id": "qms", "document": QMS}],
        scope=[scope("document", "documents"), scope("sector", "sectors"), scope("site", "sites")],
        authority=[
            {"id": "licence", "of": "issuer", "kind": "licence", "any_of": ["sample-licence"],
             "covers": {"document": "document"}, "free": ["sector", "site"]},
            {"id": "accreditation", "of": "issuer", "kind": "accreditation", "any_of": ["sample-accreditation"],
             "covers": {"document": "document", "sector": "sector"}, "free": ["site"], "demand": "if_claimed"},
        ],
        decision={"by": ["decider"], "independent_of": ["determination"], "outcomes": ALL_OUTCOMES,
                  "signed_by": ["lead_auditor", "decider"], "appeal_until": "30 days after decided"},
        attestation=attestation_table(
            "certificate", attestation.pop("number", "{body:3}{yy}Q{serial:5}R{renewal}{size}"),
            **{"renewed_until": "3 years after expiry", "unique": ["holder", "document"], "unconfirmed": ["unique"],
               **attestation},
        ),
        ground=[
            {"id": "surveillance_missed", "to": "suspended", "means": both("Surveillance was missed."),
             "cause": "holder", "at_most": "6 months", "then": "not_restored", "legal_kind": "暂停"},
            {"id": "not_restored", "to": "withdrawn", "means": both("Not restored in time."), "cause": "holder",
             "legal_kind": "撤销"},
            {"id": "given_up", "to": "cancelled", "means": both("Given up."), "cause": "neither", "asked_by": "holder"},
            {"id": "part_fails", "to": "reduced", "means": both("Part of the scope fails."), "cause": "holder"},
            {"id": "period_over", "to": "expired", "means": both("The period ended."), "cause": "neither",
             "asked_by": "platform"},
        ],
    )  # fmt: skip


def organisation(name: str, **more: Any) -> Organisation:
    return Organisation.objects.create(
        names={"en": f"Sample {name}", "zh": f"示例{name}"},
        address=more.pop("address", {"en": "1 Sample Road", "zh": "示例路1号"}),
        sample=True,
        **more,
    )


def member(of: Organisation, *functions: str, name: str = "Lin") -> Membership:
    person = Person.objects.create(names={"en": f"Sample {name}", "zh": f"示例{name}"}, sample=True)
    return Membership.objects.create(
        person=person, organisation=of, functions=list(functions), from_day=date(2020, 1, 1)
    )


def given(
    made_under: Scheme | None,
    *,
    issuer: Organisation,
    holder: Organisation | None = None,
    person: Person | None = None,
    lines: list[dict[str, Any]],
    from_day: date = date(2024, 1, 1),
    until: date | None = date(2029, 12, 31),
    scheme_id: str = "",
    number: str = "",
    origin: Origin = Origin.REPORTED,
    **more: Any,
) -> Attestation:
    """Write a living attestation straight into the register."""
    party = NamedParty.of("holder", holder) if holder else NamedParty.of_person("holder", person)  # type: ignore[arg-type]
    document = Document(
        number=number or f"T-{next(_numbers):05}",
        issued_on=from_day,
        effective_on=from_day,
        expires_on=until,
        scheme=made_under,
        title=both("certificate"),
        statement=more.pop("statement", both("Design of valves")),
        requirements=({"key": QMS, "designation": "GB/T 19001-2016"},),
        lines=tuple(lines),
        parties=(party, *more.pop("parties", ())),
        sites=more.pop("sites", ()),
        grade=more.pop("grade", ""),
        shown=more.pop("shown", {}),
    )
    attestation, _edition, _change = write_attestation(
        issuer=issuer,
        scheme_id=made_under.scheme_id if made_under else scheme_id,
        document=document,
        holder=holder,
        person=person,
        origin=origin,
        origin_name=more.pop("origin_name", "Sample register"),
        **more,
    )
    return attestation


class World:
    """Regulator (root) → licence → body; accreditor (root) → accreditation → body; a client."""

    def __init__(self, *, keys: bool = False) -> None:
        at = instant(date(2024, 1, 1))
        self.regulator = organisation("Regulator")
        self.accreditor = organisation("Accreditor")
        self.body = organisation("Body")
        self.client = organisation("Valves", country="CN", region="310000")
        name_root(organisation=self.regulator, by=PLATFORM, at=at)
        name_root(organisation=self.accreditor, by=PLATFORM, at=at)
        self.licences, self.accreditations, self.qms = licence_scheme(), accreditation_scheme(), qms_scheme()
        if keys:
            for one in (self.regulator, self.accreditor, self.body):
                create_key(organisation=one, by=PLATFORM, at=at)

    def licence(self, *documents: str, **more: Any) -> Attestation:
        lines = [{"document": node(document)} for document in documents or (QMS,)]
        return given(self.licences, issuer=self.regulator, holder=self.body, lines=lines, **more)

    def accreditation(self, *sectors: str, **more: Any) -> Attestation:
        values: list[Any] = [{"tree": "sectors@test", "node": sector} for sector in sectors] or ["all"]
        lines = [{"document": node(), "sector": value} for value in values]
        return given(self.accreditations, issuer=self.accreditor, holder=self.body, lines=lines, **more)

    def certificate(self, *sectors: str, **more: Any) -> Attestation:
        lines = [
            {"document": node(), "sector": {"tree": "sectors@test", "node": sector}, "site": "all"}
            for sector in sectors or ("17",)
        ]
        holder = more.pop("holder", self.client)
        return given(more.pop("under", self.qms), issuer=self.body, holder=holder, lines=lines, **more)


def site(names: dict[str, str], **more: Any) -> NamedSite:
    return NamedSite(names=names, **more)
