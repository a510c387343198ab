"""The register against the log: does each row still say what was signed, and was what was signed what was logged.

Whoever can write to the database can change a row, not the signature over it, and not the leaf in a log that others
have copies of. ``testamur prove`` names each row that no longer fits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from testamur.attestation import commitments, credentials, statements, status_lists
from testamur.attestation.models import Slot, Statement, StatusList
from testamur.kernel import days
from testamur.kernel.days import iso
from testamur.parties.models import Organisation
from testamur.register.models import Credential, PartyInRole
from testamur.transparency.models import Entry
from testamur.verification import credential, history, status_list
from testamur.verification.credential import Signed
from testamur.verification.entry import Entry as Logged
from testamur.verification.entry import document_digest
from testamur.verification.entry import parse as parse_entry
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed


@dataclass(frozen=True, slots=True)
class Altered:
    """A row that no longer fits: which, and the part of it that differs (a name of a column or of a field)."""

    row: str
    part: str


def altered() -> list[Altered]:
    """Return every row of the register that says something else than what was signed and logged.

    Credentials, editions with their parties and scope lines, changes of status, statements, status lists and the bits
    from which the next one is made.
    """
    found: list[Altered] = []
    rows = Credential.objects.select_related("edition__attestation__issuer", "edition__scheme", "entry")
    for one in rows.prefetch_related("edition__lines", "edition__parties", "edition__sites").iterator(chunk_size=500):
        name = f"credential {one.public_id}, {one.edition.number}"
        found += [Altered(name, part) for part in (*_credential(one), *_history(one))]
    for statement in Statement.objects.select_related("credential", "entry").iterator(chunk_size=500):
        name = f"statement {statement.pk} of credential {statement.credential.public_id}"
        found += [Altered(name, part) for part in _statement(statement)]
    for listed in StatusList.objects.select_related("entry", "issuer").iterator(chunk_size=500):
        name = f"status list {listed.pk}"
        found += [Altered(name, part) for part in _list(listed)]
    found += [Altered(f"slot of credential {code}", part) for code, part in _bits()]
    return found


def _credential(one: Credential) -> Iterator[str]:
    try:
        signed = credential.parse(one.jwt.encode())
    except Malformed:
        yield "jwt"
        return
    if signed.payload != one.body:
        yield "body"
    issuer = one.edition.attestation.issuer
    if not _signed_by(signed, issuer):
        yield "jwt"
    if one.twin and not _twin(one.twin, one.body, issuer):
        yield "twin"
    if signed.digest != one.digest:
        yield "digest"
    logged = _logged(one.entry)
    if logged is None or logged.digest != signed.digest:
        yield "entry"
    elif logged.key and logged.key != one.thumbprint:
        yield "thumbprint"
    if logged is not None and logged.facts.get(commitments.FIELD, "") not in ("", _beside(one, signed.payload)):
        yield "edition.beside"
    for name, said, kept in _edition(one, signed.payload):
        if said != kept:
            yield f"edition.{name}"


def _edition(one: Credential, body: dict[str, Any]) -> Iterator[tuple[str, object, object]]:
    """Yield (part, as signed, as the register says now) of what an edition holds for good."""
    edition, subject = one.edition, body.get("credentialSubject", {})
    certificate = credentials.is_certificate(one.kind)
    area = edition.scheme.definition.area if edition.scheme is not None else "CN"
    until = iso(days.last_second(edition.expires_on, area)) if edition.expires_on else None
    holder = next((party for party in edition.parties.all() if party.role == PartyInRole.Role.HOLDER), None)
    named = subject.get("issuedToParty", {}).get("name") if certificate else subject.get("registeredName")
    lines = [line.line for line in edition.lines.all()]
    yield "number", subject.get("name" if certificate else "registeredId"), edition.number
    yield "title", body.get("name"), credentials.joined(edition.title)
    yield "effective_on", body.get("validFrom"), iso(days.first_instant(edition.effective_on, area))
    yield "expires_on", body.get("validUntil"), until
    yield "lines", subject.get("scopeLine" if certificate else "accreditationScope") or [], lines
    yield "holder", named, credentials.joined(holder.names) if holder is not None else None
    yield "statement", subject.get("scopeStatement", {}), edition.statement
    yield "grade", subject.get("grade", ""), edition.grade
    yield "edition", subject.get("edition"), edition.edition
    yield (
        "attestation",
        str(subject.get("attestation" if not certificate else "id")).rpartition("/")[2],
        (edition.attestation.public_id),
    )
    said = {one["role"]: one for one in subject.get("party", [])}
    kept = {one.role: one for one in edition.parties.all()}
    for role in sorted(said.keys() | (kept.keys() if certificate else set())):
        yield f"party.{role}", _named_in(said.get(role)), _named_as(kept.get(role))


def _beside(one: Credential, body: dict[str, Any]) -> str:
    """Return the digest of what the register holds of an edition beside the credential: sites, conditions, mode …"""
    return commitments.of_edition(one.edition, str(body.get("nonce")))


def _named_in(party: dict[str, Any] | None) -> object:
    return party and (party.get("names", {}), party.get("address", {}))


def _named_as(party: PartyInRole | None) -> object:
    return party and (party.names, party.address)


def _signed_by(one: Signed, issuer: Organisation) -> bool:
    """Say whether a key of the issuer, in use or not, made the signature."""
    fragment = one.method.rpartition("#")[2].removesuffix("-multikey")
    key = issuer.keys.filter(fragment=fragment).first()
    return key is not None and one.verifies(PublicKey.from_jwk(key.public_jwk))


def _twin(twin: object, body: dict[str, Any], issuer: Organisation) -> bool:
    """Say whether a twin says the same as the envelope, by the issuer's own proof."""
    try:
        signed = credential.parse(json.dumps(twin).encode())
    except Malformed:
        return False
    return signed.payload == body and _signed_by(signed, issuer)


def _history(one: Credential) -> Iterator[str]:
    """Yield "status" where the changes of status are not those that were logged last."""
    if not statements.fits(one):
        yield "status"


def _bits() -> Iterator[tuple[str, str]]:
    """Yield (credential, bit) where a slot is not what the newest signed list says of it."""
    newest: dict[tuple[int, int, str], StatusList] = {}
    for listed in StatusList.objects.order_by("pk").iterator(chunk_size=500):
        newest[listed.issuer_id, listed.shard, listed.purpose] = listed
    for (issuer, shard, purpose), listed in newest.items():
        try:
            signed = credential.parse(listed.jwt.encode()).payload["credentialSubject"]["encodedList"]
            bits = status_list.decode(signed)
        except (Malformed, KeyError, TypeError):
            continue  # named already, as a list
        name = status_lists.BITS[purpose]
        for slot in Slot.objects.filter(issuer_id=issuer, shard=shard).iterator(chunk_size=2000):
            if status_list.get_bit(bits, slot.index) != getattr(slot, name):
                yield slot.credential, name


def _statement(one: Statement) -> Iterator[str]:
    digest = document_digest(one.body)
    if history.digest(one.body) != one.digest or digest != one.digest:
        yield "body"
    logged = _logged(one.entry)
    if logged is None or logged.digest != one.digest:
        yield "entry"


def _list(one: StatusList) -> Iterator[str]:
    try:
        signed = credential.parse(one.jwt.encode())
    except Malformed:
        yield "jwt"
        return
    if signed.digest != one.digest or not _signed_by(signed, one.issuer):
        yield "jwt"
    if one.proof and not _twin(status_lists.twin(one), signed.payload, one.issuer):
        yield "proof"
    logged = _logged(one.entry)
    if logged is None or logged.digest != one.digest:
        yield "entry"


def _logged(entry: Entry | None) -> Logged | None:
    try:
        return parse_entry(bytes(entry.data)) if entry is not None else None
    except Malformed:
        return None
