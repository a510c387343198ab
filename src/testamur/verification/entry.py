"""Entries of the public log: canonical JSON below 64 KiB, typed; a verifier ignores types it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from testamur.kernel.days import iso
from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.verification import jcs
from testamur.verification.strict_json import Malformed

SIZE_MOST = 65_535  # bytes: the length of an entry in a bundle has 16 bits


class EntryType(StrEnum):
    """What an entry is about. ``cert.*`` is for conformity credentials, ``acc.*`` for every authority."""

    CERT_ISSUE = "cert.issue"
    CERT_STATUS = "cert.status"
    ACC_ISSUE = "acc.issue"
    ACC_STATUS = "acc.status"
    DID_UPDATE = "did.update"
    KEY_REVOKE = "key.revoke"
    STATUS_PUBLISH = "status.publish"
    PROCESS_EVENT = "process.event"
    ROOT_UPDATE = "root.update"
    SCHEME_PUBLISH = "scheme.publish"
    TREE_PUBLISH = "tree.publish"
    RULE_PUBLISH = "rule.publish"
    REGISTER_IMPORT = "register.import"
    DATASET_PUBLISH = "dataset.publish"
    DRAW_COMMIT = "draw.commit"
    DRAW_RESULT = "draw.result"


@dataclass(frozen=True, slots=True)
class Entry:
    """A parsed entry.

    Args:
        type: one of :class:`EntryType`, or a type this version does not know.
        digest: ``d``, multibase multihash sha2-256 of what the entry commits to.
        id: what it is about: an address or a DID; opaque for confidential attestations.
        issuer: DID of who acted; empty for confidential attestations.
        key: RFC 7638 thumbprint of the signing key; empty where nothing was signed.
        at: when the act was recorded, by its actor's clock; the log's order says more.
        sample: true in a sample world.
        facts: the whole object.
    """

    type: str
    digest: str
    id: str
    issuer: str
    key: str
    at: datetime
    sample: bool
    facts: dict[str, Any]


def build(
    type: EntryType,
    *,
    digest: str,
    id: str,
    at: datetime,
    issuer: str = "",
    key: str = "",
    sample: bool = False,
    **more: Any,
) -> bytes:
    """Return the canonical bytes of an entry.

    Args:
        type: what it is about.
        digest: see :func:`testamur.kernel.multibase.digest`.
        id: see :class:`Entry`.
        at: instant of recording, aware.
        issuer: DID, or empty.
        key: thumbprint, or empty.
        sample: marks a sample world's entry.
        more: further public fields of the kind (JSON values).

    Raises:
        ValueError: larger than 65,535 bytes.
    """
    facts: dict[str, Any] = {**more, "d": digest, "id": id, "t": str(type), "ts": iso(at), "v": 1}
    for name, value in (("iss", issuer), ("k", key), ("sample", sample)):
        if value:
            facts[name] = value
    data = jcs.canonical(facts)
    if len(data) > SIZE_MOST:
        raise ValueError("an entry has at most 65,535 bytes")
    return data


def parse(data: bytes) -> Entry:
    """Read an entry.

    Raises:
        Malformed: not canonical JSON, a required field missing or of another type, a version other than 1.
    """
    facts, canonical = jcs.read(data, SIZE_MOST)
    if canonical is None and jcs.canonical(facts) != data:
        raise Malformed("an entry is not canonical JSON")
    get = facts.get
    if get("v") != 1 or isinstance(facts["v"], bool):
        raise Malformed("an entry of another version")
    type, digest, id, issuer, key = get("t", ""), get("d", ""), get("id", ""), get("iss", ""), get("k", "")
    for text in (type, digest, id, issuer, key):
        if not isinstance(text, str):
            raise Malformed("an entry lacks its type or digest")
    if not type or not digest:
        raise Malformed("an entry lacks its type or digest")
    sample = get("sample", False)
    if not isinstance(sample, bool):
        raise Malformed("the sample mark of an entry is neither true nor false")
    return Entry(type, digest, id, issuer, key, instant(get("ts", "")), sample, facts)


def instant(value: Any) -> datetime:
    """Return an instant written as RFC 3339 with a zone (entries use whole seconds and ``Z``).

    Raises:
        Malformed: anything else.
    """
    if not isinstance(value, str) or len(value) < 20 or value[10] != "T":
        raise Malformed("not an instant")
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise Malformed("not an instant") from None
    if found.tzinfo is UTC:
        return found
    if found.tzinfo is None:
        raise Malformed("an instant without a zone")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise Malformed("not an instant") from None


def document_digest(document: Any) -> str:
    """Return the digest that entries commit to: sha2-256 over the JCS of a JSON document, as multibase multihash."""
    return digest_of_bytes(jcs.canonical(document))
