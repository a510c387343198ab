"""What is known of a credential that passed its first checks, and how its fields are read (steps 1 and 11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from testamur.verification import layout
from testamur.verification.credential import Signed
from testamur.verification.did import Method
from testamur.verification.entry import Entry, instant
from testamur.verification.strict_json import Malformed
from testamur.verification.untp import names


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry whose place in the log is proven: index, the entry, cosigners with the time each saw it."""

    index: int
    entry: Entry
    witnesses: list[tuple[str, int]]


@dataclass(slots=True)
class Read:
    """A credential as read (step 1): the file, the digest its log entry must have, and what :func:`facts_of` says.

    ``method`` is the key that signed it, once the signature was checked.
    """

    signed: Signed
    digest: str
    kind: str
    path: str
    issuer: str
    issuer_name: str
    valid_from: datetime
    valid_until: datetime | None
    status: list[tuple[str, str, int]]
    method: Method | None = None


@dataclass(slots=True)
class Known:
    """A credential that passed steps 1 to 5.

    Args:
        payload: the credential.
        kind: ``"certificate"``, or the ``authorityKind`` of an authority.
        path: its site path without ending, ``"c/<code>"``.
        issuer: DID.
        issuer_name: as the credential says.
        subject: ``credentialSubject``.
        logged: its place in the log.
        valid_from, valid_until: its dates.
        status: ``credentialStatus`` as (purpose, address of the list, index).
        key_revoked: since when the key that signed it is not trusted any more; it was logged before that.
    """

    payload: dict[str, Any]
    kind: str
    path: str
    issuer: str
    issuer_name: str
    subject: dict[str, Any]
    logged: Logged
    valid_from: datetime
    valid_until: datetime | None
    status: list[tuple[str, str, int]]
    key_revoked: datetime | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return str(self.payload["id"])

    @property
    def is_certificate(self) -> bool:
        return self.kind == "certificate"


@dataclass(frozen=True, slots=True)
class StatusBits:
    """A status list whose signature stands: who signed, for what, when, and the bits."""

    issuer: str
    purpose: str
    valid_from: datetime
    valid_until: datetime
    bits: bytes
    method: Method


def facts_of(
    payload: dict[str, Any], host: str
) -> tuple[str, str, str, str, datetime, datetime | None, list[tuple[str, str, int]]]:
    """Read what every step needs from a credential; raises Malformed."""
    context = payload.get("@context")
    badge = has_type(payload, names.BADGE)
    wanted = [names.W3C_CONTEXT, names.BADGE_CONTEXT if badge else names.UNTP_CONTEXT]
    if not isinstance(context, list) or context[:2] != wanted:
        raise Malformed("not a credential of UNTP 0.7.0")
    subject, issuer = payload.get("credentialSubject"), payload.get("issuer")
    if not isinstance(subject, dict) or not isinstance(issuer, dict) or not isinstance(issuer.get("id"), str):
        raise Malformed("issuer or subject is missing")
    path = layout.path_of(payload.get("id"), host)
    if has_type(payload, names.CERTIFICATE):
        kind, folder = "certificate", "c"
    elif badge or has_type(payload, names.AUTHORITY):
        kind, folder = str(subject.get("authorityKind")), "acc"
        if subject.get("registerType") != "accreditation" or kind not in names.AUTHORITY_KINDS:
            raise Malformed("the credential is of no kind of authority")
    else:
        raise Malformed("neither a certificate nor an authority")
    if path is None or path.split("/")[0] != folder or path.count("/") != 1:
        raise Malformed("the id of the credential is not an address of the trusted host")
    nonce, sample = payload.get("nonce"), payload.get("sample", False)
    if not isinstance(nonce, str) or len(nonce) < 16 or not isinstance(sample, bool):
        raise Malformed("nonce or sample mark is missing")
    valid_from = instant(payload.get("validFrom"))
    valid_until = instant(payload["validUntil"]) if "validUntil" in payload else None
    status = _status_of(payload.get("credentialStatus"))
    return kind, path, issuer["id"], str(issuer.get("name", "")), valid_from, valid_until, status


def _status_of(listed: object) -> list[tuple[str, str, int]]:
    if isinstance(listed, dict):
        listed = [listed]
    if not isinstance(listed, list):
        raise Malformed("the credential has no status")
    found: list[tuple[str, str, int]] = []
    for one in listed:
        if not isinstance(one, dict) or (get := one.get)("type") != "BitstringStatusListEntry":
            raise Malformed("a status of another kind")
        purpose, index, address = get("statusPurpose"), get("statusListIndex"), get("statusListCredential")
        if purpose not in layout.PURPOSES or not isinstance(address, str) or get("statusSize", 1) != 1:
            raise Malformed("a status of another purpose")
        if not isinstance(index, str) or not index.isascii() or not index.isdigit() or len(index) > 12:
            raise Malformed("a status index is a number in a text")
        found.append((purpose, address, int(index)))
    purposes = [purpose for purpose, _address, _index in found]
    if layout.REVOCATION not in purposes or layout.SUSPENSION not in purposes or len(set(purposes)) < len(purposes):
        raise Malformed("the credential names no lists for revocation and suspension")
    return found


def has_type(payload: dict[str, Any], name: str) -> bool:
    types = payload.get("type")
    return isinstance(types, list) and name in types and "VerifiableCredential" in types
