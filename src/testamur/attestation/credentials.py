"""Signed credentials of an edition: built by the mapping of UNTP 0.7.0, signed by the issuer's key, logged.

A credential of a person or a confidential one is logged under an id drawn for it, without issuer and key, so that the
log tells nothing of whom it is about (amendments A11).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, prefetch_related_objects

from testamur.attestation import commitments, status_lists
from testamur.attestation.models import Slot
from testamur.journal.marks import remembered
from testamur.kernel import clock, days, identity
from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.kernel.once import look
from testamur.keys.signer import Signer
from testamur.parties import queries as parties
from testamur.parties.actions import signer
from testamur.parties.actions.organisations import ORGANISATIONS
from testamur.parties.models import Key, Organisation
from testamur.register.authority import AUTHORITIES
from testamur.register.models import Attestation, Credential, Edition, PartyInRole
from testamur.schemes.models import Scheme
from testamur.transparency.models import Entry
from testamur.verification import credential, did, jcs, layout
from testamur.verification.entry import parse as parse_entry
from testamur.verification.untp import names, v0_7

#: UNTP's word for a form of the scheme language.
ATTESTATION_TYPES = {"certificate": "certification", "declaration": "declaration", "statement": "verification"}
ASSESSORS = {"first": "1stParty", "second": "2ndParty", "third": "3rdParty"}


def is_certificate(kind: str) -> bool:
    """Say whether a credential is a certificate's (``/c/``), and not an authority's (``/acc/``)."""
    return kind == names.CERTIFICATE


def address(one: Credential) -> str:
    """Return the id of a credential: its address in the public site, without ending."""
    make = layout.certificate_id if is_certificate(one.kind) else layout.authority_id
    return make(settings.HOST, one.public_id)


def path(one: Credential, form: str = "jwt") -> str:
    """Return the path of one of a credential's files in the public site."""
    return (layout.certificate if is_certificate(one.kind) else layout.authority)(one.public_id, form)


def opaque(attestation: Attestation) -> bool:
    """Say whether the log may not tell whom an attestation is about."""
    return attestation.confidential or attestation.personal


def make(edition: Edition) -> tuple[Credential, dict[str, str]]:
    """Build, sign and keep the credential of an edition.

    Returns:
        The credential, not yet linked to its entry, and the fields of the entry that announces it.
    """
    return make_many([edition])[0]


def make_many(editions: Sequence[Edition]) -> list[tuple[Credential, dict[str, str]]]:
    """Build and sign the credentials of editions of one issuer, as :func:`make` does for one."""
    issuer = editions[0].attestation.issuer
    key = parties.active_key(issuer)
    signs = signer(issuer, key)
    assert key is not None and {edition.attestation.issuer_id for edition in editions} == {issuer.pk}
    slots = status_lists.take_slots(issuer, [identity.public_id() for _edition in editions])
    for shard in {slot.shard for slot in slots}:
        status_lists.begin(issuer, shard)
    prefetch_related_objects(
        editions,
        Prefetch("parties", PartyInRole.objects.select_related("organisation", "person").order_by("id")),
        "lines",
        "sites",
    )
    with look():  # nothing that a credential rests on is written while they are built
        return [_make(edition, slot, key, signs) for edition, slot in zip(editions, slots, strict=True)]


def _make(edition: Edition, slot: Slot, key: Key, signs: Signer) -> tuple[Credential, dict[str, str]]:
    attestation, issuer = edition.attestation, edition.attestation.issuer
    code, nonce = slot.credential, identity.nonce()
    assert edition.scheme is not None
    rules = edition.scheme.definition.attestation
    assert rules is not None
    payload = _payload(edition, rules.credential, rules.form, code, nonce, status_lists.entries(issuer, slot))
    spelled = jcs.canonical(payload)
    twin: dict[str, Any] = {}
    if signs.algorithm == "Ed25519":
        twin = credential.sign_twin(payload, signs, _multikey(key), clock.now(), spelled)
    one = Credential(
        edition=edition,
        public_id=code,
        nonce=nonce,
        kind=rules.credential,
        body=payload,
        jwt=credential.sign_jwt(spelled, signs, parties.kid(key)),
        twin=twin,
        digest=digest_of_bytes(spelled),
        thumbprint=key.thumbprint,
        status_shard=slot.shard,
        status_index=slot.index,
    )
    if opaque(attestation):  # whose leaf holds nothing else
        return one, {"d": one.digest, "id": identity.public_id()}
    fields = {"d": one.digest, "id": address(one), "iss": parties.did(issuer), "k": key.thumbprint}
    return one, {**fields, commitments.FIELD: commitments.of_edition(edition, nonce)}


def entry_type(one: Credential, what: str) -> str:
    """Return the entry type of a credential: ``cert.issue``, ``acc.status`` …"""
    return f"{'cert' if is_certificate(one.kind) else 'acc'}.{what}"


def _multikey(key: Key) -> str:
    return did.multikey_method(parties.did(key.organisation), key.fragment)


# ------------------------------------------------------------ the payload


def _payload(
    edition: Edition, kind: str, form: str, code: str, nonce: str, status: list[dict[str, object]]
) -> dict[str, Any]:
    attestation = edition.attestation
    assert edition.scheme is not None
    definition = edition.scheme.definition
    common: dict[str, Any] = {
        "host": settings.HOST,
        "code": code,
        "issuer": _organisation(attestation.issuer),
        "title": joined(edition.title),
        "number": edition.number,
        "attestation": layout.url(settings.HOST, f"attestation/{attestation.public_id}"),
        "edition": edition.edition,
        "nonce": nonce,
        "valid_from": days.first_instant(edition.effective_on, definition.area),
        "valid_until": days.last_second(edition.expires_on, definition.area) if edition.expires_on else None,
        "scheme": _scheme(edition.scheme),
        "authorisations": _authorisations(edition.shown.get("authorities", [])),
        "status": status,
        "scope_statement": edition.statement,
        "scope_lines": [line.line for line in edition.lines.all()],
        "sample": attestation.sample,
        "grade": edition.grade,
        "continues": _continued(attestation),
    }
    named = list(edition.parties.all())  # read ahead, in order
    holder = next(party for party in named if party.role == PartyInRole.Role.HOLDER)
    if kind == names.CERTIFICATE:
        return v0_7.certificate_payload(
            v0_7.Certificate(
                **common,
                holder=_party(holder),
                parties=[_party(party) for party in named if party.pk != holder.pk],
                assessments=[_assessment(edition, code)],
                attestation_type=ATTESTATION_TYPES.get(form, "certification"),
                assessor_level=ASSESSORS[definition.scheme.party],
            )
        )
    payload = v0_7.authority_payload(
        v0_7.Authority(
            **common,
            holder=_party(holder),
            registered=_registered(attestation, edition),
            kind=form,
            register=(layout.url(settings.HOST, f"registers/{definition.id}"), joined(definition.title)),
            standards=[_standard(row).id for row in edition.requirements],
        )
    )
    return _badge(payload, edition) if kind == names.BADGE else payload


def _badge(payload: dict[str, Any], edition: Edition) -> dict[str, Any]:
    """Return a person's registration as an Open Badge 3.0 that keeps what path validation reads beside it."""
    assert edition.scheme is not None
    definition = edition.scheme.definition
    subject = payload["credentialSubject"]
    achievement = {
        "id": layout.scheme_id(settings.HOST, definition.id, definition.version),
        "type": ["Achievement"],
        "name": joined(definition.title),
        "description": definition.scheme.proves["en"],
        "criteria": {"narrative": definition.scheme.proves["en"]},
    }
    name = {
        "type": "IdentityObject",
        "identityType": "ext:name",
        "identityHash": subject["registeredName"],
        "hashed": False,
    }
    kept = {part: value for part, value in subject.items() if part not in ("schemeId", "party")}
    return {
        **payload,
        "@context": [names.W3C_CONTEXT, names.BADGE_CONTEXT, layout.context_url(settings.HOST)],
        "type": ["VerifiableCredential", names.BADGE],
        "issuer": {**payload["issuer"], "type": ["Profile"]},
        "credentialSubject": {
            **kept,
            "type": ["AchievementSubject", "Registration"],
            "achievement": achievement,
            "identifier": [name],
            "licenseNumber": subject["registeredId"],
        },
    }


def joined(text: Mapping[str, str]) -> str:
    """Return a text in its languages, local script first, as credentials write names."""
    ordered = [text[language] for language in ("zh", "en") if text.get(language)]
    ordered += [value for language, value in text.items() if language not in ("zh", "en") and value]
    return " / ".join(dict.fromkeys(ordered))


def _organisation(organisation: Organisation) -> v0_7.Party:
    return v0_7.Party(id=parties.did(organisation), name=joined(organisation.names), names=dict(organisation.names))


def _party(row: PartyInRole) -> v0_7.Party:
    if row.organisation is not None:
        id = parties.did(row.organisation)
    elif row.person is not None:
        id = layout.url(settings.HOST, f"person/{row.person.public_id}")
    else:
        id = layout.url(settings.HOST, f"party/{row.edition.attestation.public_id}/{row.role}/{row.pk}")
    registered = next((str(one["value"]) for one in row.identifiers if one.get("value")), "")
    return v0_7.Party(
        id=id, name=joined(row.names), registered_id=registered, role=row.role, names=row.names, address=row.address
    )


def _scheme(scheme: Scheme) -> v0_7.SchemeReference:
    id = layout.scheme_id(settings.HOST, scheme.scheme_id, scheme.version)
    return v0_7.SchemeReference(id=id, name=joined(scheme.title), extract_digest=_extract_digest(id))


@lru_cache(maxsize=512)
def _logged_extract(entry: int) -> str:
    return parse_entry(bytes(Entry.objects.get(pk=entry).data)).digest


def _extract_digest(id: str) -> str:
    def newest() -> int | None:
        rows = Entry.objects.filter(type="scheme.publish", subject=id).order_by("-pk")
        return rows.values_list("pk", flat=True).first()

    entry = remembered(("schemes",), ("entry of a scheme", id), newest)
    return _logged_extract(entry) if entry else ""


def _standard(row: Mapping[str, str]) -> v0_7.StandardReference:
    key = str(row.get("key") or row.get("designation"))
    return v0_7.StandardReference(
        id=layout.url(settings.HOST, f"standards/{key}"), name=str(row.get("designation") or key)
    )


def _assessment(edition: Edition, code: str) -> v0_7.Assessment:
    return v0_7.Assessment(
        id=layout.url(settings.HOST, f"assessment/{code}/1"),
        name=joined(edition.mode) or joined(edition.title),
        date=edition.issued_on,
        standards=[_standard(row) for row in edition.requirements],
    )


def _authorisations(rows: Sequence[Mapping[str, str]]) -> list[v0_7.Authorisation]:
    """Return the claims of authority: of each attestation that issuing found to satisfy a demand the newest credential.

    None of what was reported or mirrored: the register knows it, and nobody can prove it offline.
    """
    ids = tuple(row["attestation"] for row in rows)
    newest = remembered((ORGANISATIONS, AUTHORITIES), ("proofs of authority", ids), lambda: _proofs(ids)) if ids else {}
    return [
        v0_7.Authorisation(
            name=row["number"], kind=row["kind"], authority=proof.authority, url=proof.url, digest=proof.digest
        )
        for row in rows
        if (proof := newest.get(row["attestation"])) is not None
    ]


@dataclass(frozen=True)
class _Proof:
    """The newest credential of an authority, as the credentials that rest on it name it."""

    authority: v0_7.Party
    url: str
    digest: str


def _proofs(ids: Sequence[str]) -> dict[str, _Proof]:
    rows = Credential.objects.filter(edition__attestation__public_id__in=ids)
    rows = rows.select_related("edition__attestation__issuer").defer("body", "twin")
    return {
        one.edition.attestation.public_id: _Proof(
            authority=_organisation(one.edition.attestation.issuer),
            url=layout.url(settings.HOST, path(one)),
            digest=digest_of_bytes(one.jwt.encode()),
        )
        for one in rows.order_by("edition__edition", "pk")
    }


def _continued(attestation: Attestation) -> str:
    before = attestation.continues
    return layout.url(settings.HOST, f"attestation/{before.public_id}") if before else ""


def _registered(attestation: Attestation, edition: Edition) -> Any:
    first = attestation.editions.order_by("edition").first()
    return first.effective_on if first else edition.effective_on


def of(attestation: Attestation) -> list[Credential]:
    """Return every credential of an attestation, oldest first."""
    rows = Credential.objects.filter(edition__attestation=attestation)
    return list(rows.select_related("edition__attestation__issuer", "entry").order_by("edition__edition", "pk"))
