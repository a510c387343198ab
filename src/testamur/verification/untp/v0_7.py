"""UNTP 0.7.0: Digital Conformity Credential for certificates, Digital Identity Anchor for every authority.

What the platform knows comes in as plain dataclasses; what leaves is the JSON that is signed. Our own terms are few
and stand in our own context (UNTP's is protected and has no default vocabulary).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from testamur.kernel.days import iso
from testamur.verification import layout
from testamur.verification.untp.names import AUTHORITY, AUTHORITY_KINDS, CERTIFICATE, UNTP_CONTEXT, W3C_CONTEXT

_SECURITY = "https://w3id.org/security#"
@dataclass(frozen=True, slots=True)
class Party:
    """Someone named in a credential.

    Args:
        id: a URI: DID, or an address of a register and the identifier in it.
        name: name in the local script first, with the Latin one behind it where there is one.
        registered_id: identifier in its register, e.g. a unified social credit code.
        role: client, holder, manufacturer, factory, brand_owner, importer, agent; empty for an issuer.
        names: name by language, as of the day.
        address: address by language, as of the day.
    """

    id: str
    name: str
    registered_id: str = ""
    role: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SchemeReference:
    """The scheme version an attestation was decided under.

    Args:
        id: :func:`testamur.verification.layout.scheme_id`, or the address of a foreign scheme.
        name: its title.
        extract_digest: digest of its authority extract; a verifier then insists on that extract.
    """

    id: str
    name: str
    extract_digest: str = ""


@dataclass(frozen=True, slots=True)
class StandardReference:
    """A standard by address and designation (``"GB/T 19001-2016"``)."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """One assessment behind the statement: what, when, against which standards; all with a positive outcome."""

    id: str
    name: str
    date: date
    standards: Sequence[StandardReference]


@dataclass(frozen=True, slots=True)
class Authorisation:
    """An authority the issuer claims: the credential that proves it, by address and digest of its file's bytes."""

    name: str
    kind: str
    authority: Party
    url: str
    digest: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate's edition, ready to be written down.

    Args:
        host: the platform's name in ids.
        code: public id of the credential; the credential is ``https://<host>/c/<code>``.
        issuer: the body; its id is the issuer's DID.
        title: what the document calls itself.
        number: the certificate's number.
        attestation: address of the continuing attestation, which all editions share.
        edition: number of this edition, from 1.
        nonce: 128 random bits in hex.
        valid_from: first instant of the effective day in the scheme's area.
        valid_until: last second of the expiry day there, or None where the scheme sets no end.
        holder: who holds it.
        parties: further parties in roles.
        scheme: the scheme version.
        scope_statement: scope in words, by language.
        scope_lines: lines of ``kernel.scope``, as its ``to_json`` writes them.
        assessments: at least one, with at least one standard.
        authorisations: one for each kind of authority the scheme demands of its issuer, and those claimed.
        status: items of ``status_list.entry``: revocation, suspension, message.
        sample: marks a sample world's credential.
        attestation_type: certification, declaration, inspection, testing, verification, validation, calibration.
        assessor_level, assessment_level: UNTP's codes.
        continues: id of the attestation this one renews or restores.
        grade: grade in the scheme, where it has grades.
        document: address of the printable rendition, or empty.
    """

    host: str
    code: str
    issuer: Party
    title: str
    number: str
    attestation: str
    edition: int
    nonce: str
    valid_from: datetime
    valid_until: datetime | None
    holder: Party
    scheme: SchemeReference
    assessments: Sequence[Assessment]
    authorisations: Sequence[Authorisation]
    status: Sequence[Mapping[str, Any]]
    scope_statement: Mapping[str, str] = field(default_factory=dict)
    scope_lines: Sequence[Mapping[str, Any]] = ()
    parties: Sequence[Party] = ()
    sample: bool = False
    attestation_type: str = "certification"
    assessor_level: str = "3rdParty"
    assessment_level: str = "scheme-cab"
    continues: str = ""
    grade: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority's edition: licence, accreditation, qualification, registration, recognition, competence.

    Args:
        host, code, issuer, title, nonce, edition, valid_from, valid_until, status, sample, attestation: as in
            :class:`Certificate`; the credential is ``https://<host>/acc/<code>``.
        holder: who holds it; its id is the holder's DID.
        number: number in the register.
        registered: first day of registration.
        kind: one of ``AUTHORITY_KINDS``.
        scheme: the scheme version under which it was issued.
        scope_lines: what it covers.
        register: address and name of the register it stands in.
        standards: addresses of standards, for readers who know UNTP only.
        authorisations: what its issuer acts on, where the issuer is no root.
    """

    host: str
    code: str
    issuer: Party
    title: str
    number: str
    attestation: str
    edition: int
    nonce: str
    valid_from: datetime
    valid_until: datetime | None
    holder: Party
    registered: date
    kind: str
    scheme: SchemeReference
    scope_lines: Sequence[Mapping[str, Any]]
    status: Sequence[Mapping[str, Any]]
    register: tuple[str, str] = ("", "")
    standards: Sequence[str] = ()
    authorisations: Sequence[Authorisation] = ()
    scope_statement: Mapping[str, str] = field(default_factory=dict)
    sample: bool = False
    grade: str = ""
    continues: str = ""


def certificate_payload(certificate: Certificate) -> dict[str, Any]:
    """Return the credential of a certificate, unsigned."""
    c = certificate
    subject: dict[str, Any] = {
        "type": ["ConformityAttestation"],
        "id": c.attestation,
        "name": c.number,
        "assessorLevel": c.assessor_level,
        "assessmentLevel": c.assessment_level,
        "attestationType": c.attestation_type,
        "issuedToParty": _party(c.holder),
        "referenceScheme": {"type": ["ConformityScheme"], **_scheme(c.scheme)},
        "authorisation": [_authorisation(one) for one in c.authorisations],
        "conformityAssessment": [
            {
                "type": ["ConformityAssessment"],
                "id": one.id,
                "name": one.name,
                "assessmentDate": one.date.isoformat(),
                "assessmentCriteria": [],
                "assessedPerformance": [],
                "conformityTopic": [],
                "referenceStandard": [
                    {"type": ["Standard"], "id": standard.id, "name": standard.name} for standard in one.standards
                ],
                "conformance": True,
            }
            for one in c.assessments
        ],
        "edition": c.edition,
        "party": [{**_party(one), **_named(one)} for one in (c.holder, *c.parties)],
    }
    if c.document:
        subject["conformityCertificate"] = {"linkURL": c.document, "linkName": "PDF"}
    return _credential(c, CERTIFICATE, layout.certificate_id(c.host, c.code), subject, "scopeLine")


def authority_payload(authority: Authority) -> dict[str, Any]:
    """Return the credential of an authority, unsigned.

    Raises:
        ValueError: a kind that is none of ``AUTHORITY_KINDS``.
    """
    a = authority
    if a.kind not in AUTHORITY_KINDS:
        raise ValueError(f"{a.kind!r} is not a kind of authority")
    register = a.register if a.register[0] else (layout.url(a.host, "registers/authorities"), "Register")
    subject: dict[str, Any] = {
        "type": ["RegisteredIdentity"],
        "id": a.holder.id,
        "registeredName": a.holder.name,
        "registeredId": a.number,
        "registeredDate": a.registered.isoformat(),
        "schemeId": {"type": ["IdentifierScheme"], "id": register[0], "name": register[1]},
        "registerType": "accreditation",
        "registrationScope": list(a.standards),
        "attestation": a.attestation,
        "authorityKind": a.kind,
        "authorityScheme": _scheme(a.scheme),
        "authorisation": [_authorisation(one) for one in a.authorisations],
        "edition": a.edition,
        "party": [{**_party(a.holder), **_named(a.holder)}],
    }
    return _credential(a, AUTHORITY, layout.authority_id(a.host, a.code), subject, "accreditationScope")


def for_schema(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the credential as UNTP's JSON Schema 0.7.0 can read it.

    The schema wants one status object with an integer index; W3C demands a text and allows an array. We sign the
    W3C form and show the schema the first entry. (Known defect of 0.7.0; two other publishers met it.)
    """
    status = payload.get("credentialStatus")
    if not isinstance(status, list) or not status:
        return dict(payload)
    first = {name: part for name, part in status[0].items() if name not in ("statusSize", "statusMessage")}
    return {**payload, "credentialStatus": {**first, "statusListIndex": int(first["statusListIndex"])}}


def context_document(host: str) -> dict[str, Any]:
    """Return ``ns/testamur/v1.jsonld``: our terms. Immutable once published.

    A JSON-LD reader refuses a context that defines what another one protects. So ``nonce`` means what W3C's proofs call
    so, and what is said of a party has its terms there only: Open Badges have a ``role`` and an ``address`` too.
    """
    base = layout.context_url(host) + "#"
    plain = ("edition", "sample", "grade", "authorityKind", "number")
    whole = ("scopeLine", "scopeStatement", "accreditationScope", "changes")
    links = ("attestation", "continues")
    party: dict[str, Any] = {"role": base + "role"}
    party |= {name: {"@id": base + name, "@type": "@json"} for name in ("names", "address")}
    terms: dict[str, Any] = {name: base + name for name in (*plain, "authorityScheme", "StatusHistory")}
    terms |= {name: {"@id": base + name, "@type": "@json"} for name in whole}
    terms |= {name: {"@id": base + name, "@type": "@id"} for name in links}
    terms |= {"party": {"@id": base + "party", "@context": party}, "nonce": f"{_SECURITY}nonce"}
    terms |= {"Registration": {"@id": base + "Registration", "@context": _registration()}}
    return {"@context": {"@version": 1.1, "@protected": True, **terms}}


def _registration() -> dict[str, Any]:
    """Return UNTP's terms of an authority for subjects of type ``Registration``: badges cannot name UNTP's context."""
    untp = "https://vocabulary.uncefact.org/untp/"
    names = ("registeredName", "registeredId", "registeredDate", "registerType", "registrationScope")
    linked = ("issuingAuthority", "endorsementEvidence", "linkURL", "linkName", "registeredId", "Party")
    inner: dict[str, Any] = {name: untp + name for name in linked}
    inner |= {"mediaType": "https://schema.org/encodingFormat", "digestMultibase": f"{_SECURITY}digestMultibase"}
    return {name: untp + name for name in names} | {"authorisation": {"@id": untp + "authorisation", "@context": inner}}


def _credential(
    source: Certificate | Authority, kind: str, id: str, subject: dict[str, Any], lines: str
) -> dict[str, Any]:
    if source.scope_lines:
        subject[lines] = [dict(line) for line in source.scope_lines]
    if source.scope_statement:
        subject["scopeStatement"] = dict(source.scope_statement)
    for name in ("grade", "continues"):
        if value := getattr(source, name):
            subject[name] = value
    payload: dict[str, Any] = {
        "@context": [W3C_CONTEXT, UNTP_CONTEXT, layout.context_url(source.host)],
        "type": [kind, "VerifiableCredential"],
        "id": id,
        "issuer": {"type": ["CredentialIssuer"], "id": source.issuer.id, "name": source.issuer.name},
        "validFrom": iso(source.valid_from),
        "name": source.title,
        "nonce": source.nonce,
        "credentialStatus": [dict(one) for one in source.status],
        "credentialSubject": subject,
    }
    if source.valid_until:
        payload["validUntil"] = iso(source.valid_until)
    if source.sample:
        payload["sample"] = True
    return payload


def _party(party: Party) -> dict[str, Any]:
    found: dict[str, Any] = {"type": ["Party"], "id": party.id, "name": party.name}
    if party.registered_id:
        found["registeredId"] = party.registered_id
    return found


def _named(party: Party) -> dict[str, Any]:
    found: dict[str, Any] = {"role": party.role or "holder"}
    if party.names:
        found["names"] = dict(party.names)
    if party.address:
        found["address"] = dict(party.address)
    return found


def _scheme(scheme: SchemeReference) -> dict[str, Any]:
    found = {"id": scheme.id, "name": scheme.name}
    if scheme.extract_digest:
        found["digestMultibase"] = scheme.extract_digest
    return found


def _authorisation(one: Authorisation) -> dict[str, Any]:
    return {
        "name": one.name,
        "authorityKind": one.kind,
        "issuingAuthority": _party(one.authority),
        "endorsementEvidence": {
            "linkURL": one.url,
            "linkName": one.name,
            "digestMultibase": one.digest,
            "mediaType": layout.CREDENTIAL_TYPE,
        },
    }
