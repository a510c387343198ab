"""The register against the log: does each row still say what was signed, and was what was signed what was logged.

Whoever can write to the database can change a row, not the signature over it, and not the leaf in a log that others
have copies of. ``testamur prove`` names each row that no longer fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from testamur.attestation import credentials
from testamur.attestation.models import Statement, StatusList
from testamur.kernel import days
from testamur.kernel.days import iso
from testamur.register.models import Credential, PartyInRole
from testamur.transparency.models import Entry
from testamur.verification import credential, history
from testamur.verification.entry import Entry as Logged
from testamur.verification.entry import document_digest
from testamur.verification.entry import parse as parse_entry
from testamur.verification.strict_json import Malformed


@dataclass(frozen=True, slots=True)
class Altered:
    """A row that no longer fits: which, and the part of it that differs (a name of a column or of a field)."""

    row: str
    part: str


def altered() -> list[Altered]:
    """Return every row of credentials, editions, statements and status lists that differs from what was signed."""
    found: list[Altered] = []
    rows = Credential.objects.select_related("edition__attestation", "edition__scheme", "entry")
    for one in rows.prefetch_related("edition__lines", "edition__parties").iterator(chunk_size=500):
        name = f"credential {one.public_id}, {one.edition.number}"
        found += [Altered(name, part) for part in _credential(one)]
    for statement in Statement.objects.select_related("credential", "entry").iterator(chunk_size=500):
        name = f"statement {statement.pk} of credential {statement.credential.public_id}"
        found += [Altered(name, part) for part in _statement(statement)]
    for listed in StatusList.objects.select_related("entry").iterator(chunk_size=500):
        name = f"status list {listed.pk}"
        found += [Altered(name, part) for part in _list(listed)]
    return found


def _credential(one: Credential) -> Iterator[str]:
    try:
        signed = credential.parse(one.jwt.encode())
    except Malformed:
        yield "jwt"
        return
    if signed.payload != one.body:
        yield "body"
    if one.twin and {name: part for name, part in one.twin.items() if name != "proof"} != one.body:
        yield "twin"
    if signed.digest != one.digest:
        yield "digest"
    logged = _logged(one.entry)
    if logged is None or logged.digest != signed.digest:
        yield "entry"
    elif logged.key and logged.key != one.thumbprint:
        yield "thumbprint"
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


def _statement(one: Statement) -> Iterator[str]:
    digest = document_digest(one.body)
    if history.digest(one.body) != one.digest or digest != one.digest:
        yield "body"
    logged = _logged(one.entry)
    if logged is None or logged.digest != one.digest:
        yield "entry"


def _list(one: StatusList) -> Iterator[str]:
    try:
        digest = credential.parse(one.jwt.encode()).digest
    except Malformed:
        digest = ""
    if digest != one.digest:
        yield "jwt"
    logged = _logged(one.entry)
    if logged is None or logged.digest != one.digest:
        yield "entry"


def _logged(entry: Entry | None) -> Logged | None:
    try:
        return parse_entry(bytes(entry.data)) if entry is not None else None
    except Malformed:
        return None
