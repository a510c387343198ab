"""DID documents: every key ever used, each in both forms (JsonWebKey for JOSE, Multikey for the twin)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from testamur.kernel.days import iso
from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.kernel.public_keys import algorithm_of, multikey
from testamur.verification import jcs
from testamur.verification.entry import instant
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed

_CONTEXT = [
    "https://www.w3.org/ns/did/v1",
    "https://w3id.org/security/jwk/v1",
    "https://w3id.org/security/multikey/v1",
]


@dataclass(frozen=True, slots=True)
class DidKey:
    """One key of a document to be built.

    Args:
        name: fragment, ``"k1"``; its Multikey form is called ``"k1-multikey"``.
        jwk: the public key.
        expires: from this instant the key signs nothing (retired).
        revoked: from this instant it is not trusted (stolen).
        revoked_at_log_index: entries from this index on are not its owner's, whatever time they claim.
    """

    name: str
    jwk: Mapping[str, str]
    expires: datetime | None = None
    revoked: datetime | None = None
    revoked_at_log_index: int | None = None


def build(did: str, keys: Iterable[DidKey]) -> dict[str, Any]:
    """Return the document of a DID. Keys are marked, never taken out: old signatures need them."""
    methods: list[dict[str, Any]] = []
    for key in keys:
        marks: dict[str, Any] = {}
        if key.expires:
            marks["expires"] = iso(key.expires)
        if key.revoked:
            marks["revoked"] = iso(key.revoked)
        if key.revoked_at_log_index is not None:
            marks["revokedAtLogIndex"] = key.revoked_at_log_index
        jose = {"id": f"{did}#{key.name}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": dict(key.jwk)}
        methods.append({**jose, **marks})
        if algorithm_of(key.jwk) == "Ed25519":
            twin = {"id": multikey_method(did, key.name), "type": "Multikey", "controller": did}
            methods.append({**twin, "publicKeyMultibase": multikey(key.jwk), **marks})
    return {
        "@context": _CONTEXT,
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def jose_method(did: str, name: str) -> str:
    """Return the DID URL that a ``kid`` names."""
    return f"{did}#{name}"


def multikey_method(did: str, name: str) -> str:
    """Return the DID URL that an embedded proof names."""
    return f"{did}#{name}-multikey"


class Method:
    """One verification method as read; its key is loaded when first used."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self.id = str(facts.get("id"))
        self.kind = str(facts.get("type"))
        self.expires = instant(facts["expires"]) if "expires" in facts else None
        self.revoked = instant(facts["revoked"]) if "revoked" in facts else None
        index = facts.get("revokedAtLogIndex")
        if index is not None and (not isinstance(index, int) or isinstance(index, bool) or index < 0):
            raise Malformed("revokedAtLogIndex is not an index")
        self.revoked_at_log_index = index

    @cached_property
    def key(self) -> PublicKey:
        """The public key; raises Malformed where it is none."""
        if self.kind == "JsonWebKey" and isinstance(self._facts.get("publicKeyJwk"), dict):
            return PublicKey.from_jwk(self._facts["publicKeyJwk"])
        if self.kind == "Multikey" and isinstance(self._facts.get("publicKeyMultibase"), str):
            return PublicKey.from_multikey(self._facts["publicKeyMultibase"])
        raise Malformed("a verification method of another kind")


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A document as read: its DID, its methods for assertions by id, its digest."""

    id: str
    methods: dict[str, Method]
    digest: str


def parse(data: bytes) -> DidDocument:
    """Read a did.json.

    Raises:
        Malformed: not strict JSON, no id, a method twice, of another controller, or with marks that cannot be read.
    """
    document, canonical = jcs.read(data)
    did, listed = document.get("id"), document.get("verificationMethod", [])
    asserting = document.get("assertionMethod", [])
    if not isinstance(did, str) or not isinstance(listed, list) or not isinstance(asserting, list):
        raise Malformed("not a DID document")
    methods: dict[str, Method] = {}
    for facts in listed:
        if not isinstance(facts, dict) or facts.get("controller") != did:
            raise Malformed("a verification method of another controller")
        method = Method(facts)
        if method.id in methods:
            raise Malformed("a verification method occurs twice")
        methods[method.id] = method
    allowed = {name for name in asserting if isinstance(name, str)}
    digest = digest_of_bytes(canonical if canonical is not None else jcs.canonical(document))
    return DidDocument(did, {name: method for name, method in methods.items() if name in allowed}, digest)
