"""Signed credentials: ``vc+jwt`` (VC-JOSE-COSE) and its JSON twin with ``eddsa-jcs-2022``; both share one digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from testamur.kernel.days import iso
from testamur.kernel.multibase import b64url, decode, encode_z, from_b64url_bytes
from testamur.kernel.multibase import digest as digest_of_bytes
from testamur.verification import jcs
from testamur.verification.signature import PublicKey, Signs
from testamur.verification.strict_json import Malformed, parse_object

TYPE = "vc+jwt"
SIZE_MOST = 1_000_000  # bytes
#: JOSE names a verifier accepts and the algorithm each must mean. ``EdDSA`` is the old word (RFC 9864).
_ALGORITHMS = {"Ed25519": "Ed25519", "EdDSA": "Ed25519", "ES256": "ES256"}


@dataclass(frozen=True, slots=True)
class Signed:
    """A credential as read, not yet verified.

    Args:
        payload: the credential without proof.
        form: ``"jwt"`` or ``"json"``.
        method: DID URL of the key that is said to have signed.
        algorithm: what that key must be, ``"Ed25519"`` or ``"ES256"``.
        signed: the bytes under the signature.
        signature: 64 bytes, if it is one at all.
        data: the bytes of the file.
        canonical: the canonical bytes of the payload, where it was spelled so in the file; else None.
    """

    payload: dict[str, Any]
    form: str
    method: str
    algorithm: str
    signed: bytes
    signature: bytes
    data: bytes
    canonical: bytes | None

    @property
    def digest(self) -> str:
        """``d`` of its log entry, over JCS of the payload; raises Malformed where there is no canonical spelling."""
        return digest_of_bytes(self.canonical or jcs.canonical(self.payload))

    @property
    def controller(self) -> str:
        """The DID part of ``method``."""
        return self.method.partition("#")[0]

    def verifies(self, key: PublicKey) -> bool:
        """Say whether the key made the signature."""
        return key.algorithm == self.algorithm and key.verifies(self.signature, self.signed)


def digest(payload: Mapping[str, Any]) -> str:
    """Return the digest of a credential: sha2-256 of JCS without ``proof``, so that both forms share one log entry."""
    return digest_of_bytes(jcs.canonical({name: part for name, part in payload.items() if name != "proof"}))


def sign_jwt(payload: Mapping[str, Any] | bytes, signer: Signs, method: str, type: str = TYPE) -> str:
    """Return the compact JWS over the canonical payload.

    Args:
        payload: the credential, without ``proof``; or its canonical bytes, where they were made before.
        signer: the issuer's key.
        method: DID URL of the key's JsonWebKey method, ``"did:web:…#k1"``.
        type: ``typ`` of the header; another one for signed files that are not credentials.
    """
    spelled = payload if isinstance(payload, bytes) else jcs.canonical(dict(payload))
    signed = f"{_spelled_header(signer.algorithm, method, type)}.{b64url(spelled)}"
    return f"{signed}.{b64url(signer.sign(signed.encode()))}"


@lru_cache(maxsize=256)
def _spelled_header(algorithm: str, method: str, type: str) -> str:
    header = {"alg": algorithm, "typ": type, "kid": method}
    if type == TYPE:
        header["cty"] = "vc"
    return b64url(jcs.canonical(header))


def sign_twin(
    payload: Mapping[str, Any], signer: Signs, method: str, created: datetime, spelled: bytes | None = None
) -> dict[str, Any]:
    """Return the credential with an embedded eddsa-jcs-2022 proof (Data Integrity EdDSA 1.0, 3.3).

    Args:
        payload: the credential, without ``proof``.
        signer: an Ed25519 key; the suite knows no other.
        method: DID URL of the key's Multikey method, ``"did:web:…#k1-multikey"``.
        created: instant of signing.
        spelled: the payload's canonical bytes, where they were made before.
    """
    if signer.algorithm != "Ed25519":
        raise ValueError("eddsa-jcs-2022 needs an Ed25519 key")
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": iso(created),
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
        "@context": payload["@context"],
    }
    signed = _hashes(proof, spelled if spelled is not None else jcs.canonical(dict(payload)))
    return {**payload, "proof": {**proof, "proofValue": encode_z(signer.sign(signed))}}


def parse(data: bytes, type: str = TYPE) -> Signed:
    """Read a compact JWS or a JSON credential with a proof.

    Raises:
        Malformed: anything a strict reader refuses: duplicate names, base64url that is not canonical, ``crit``,
            another ``typ`` or ``alg``, ``vc`` or ``proof`` inside a JWT.
    """
    if len(data) > SIZE_MOST:
        raise Malformed("a credential is too large")
    data = data.strip(b" \t\r\n")
    return _parse_twin(data) if data[:1] == b"{" else _parse_jwt(data, type)


def _parse_jwt(data: bytes, type: str) -> Signed:
    parts = data.split(b".")
    if len(parts) != 3 or not data.isascii():
        raise Malformed("neither a compact JWS nor a JSON credential")
    try:
        header, body, end = parts
        payload_bytes, signature = from_b64url_bytes(body), from_b64url_bytes(end)
        algorithm, method = _header(header, type)
    except Malformed:
        raise
    except ValueError as error:
        raise Malformed(f"JWS: {error}") from None
    payload, canonical = jcs.read(payload_bytes)
    if "vc" in payload or "proof" in payload:
        raise Malformed("a JWT credential holds neither vc nor proof")
    return Signed(payload, "jwt", method, algorithm, data[: -1 - len(end)], signature, data, canonical)


@lru_cache(256)
def _header(data: bytes, type: str) -> tuple[str, str]:
    """Return algorithm and key of a JWS header in base64url; every certificate of a body has the same one."""
    header = parse_object(from_b64url_bytes(data))
    # jwk, jku, x5u and x5c are never read: keys come from the issuer's DID document.
    algorithm = _ALGORITHMS.get(header["alg"]) if isinstance(header.get("alg"), str) else None
    if header.get("typ") != type or "crit" in header or algorithm is None:
        raise Malformed("the header of the JWS is not one that is accepted")
    method = header.get("kid")
    if not isinstance(method, str) or not method:
        raise Malformed("the header of the JWS names no key")
    return algorithm, method


def _parse_twin(data: bytes) -> Signed:
    document = parse_object(data)
    proof = document.pop("proof", None)
    if not isinstance(proof, dict):
        raise Malformed("a JSON credential needs one proof")
    options = dict(proof)
    value, method = options.pop("proofValue", None), options.get("verificationMethod")
    if (options.get("type"), options.get("cryptosuite")) != ("DataIntegrityProof", "eddsa-jcs-2022"):
        raise Malformed("the proof is of another kind")
    if options.get("proofPurpose") != "assertionMethod" or not isinstance(method, str):
        raise Malformed("the proof is not an assertion")
    if not isinstance(value, str) or value[:1] != "z":
        raise Malformed("the proof has no value")
    try:
        signature = decode(value)
    except ValueError as error:
        raise Malformed(f"proof: {error}") from None
    secured = document
    if "@context" in options:
        context, own = options["@context"], document.get("@context")
        if not isinstance(own, list) or not isinstance(context, list) or own[: len(context)] != context:
            raise Malformed("the proof has another context")
        secured = {**document, "@context": context}
    return Signed(document, "json", method, "Ed25519", _hashes(options, jcs.canonical(secured)), signature, data, None)


def _hashes(proof: dict[str, Any], document: bytes) -> bytes:
    return hashlib.sha256(jcs.canonical(proof)).digest() + hashlib.sha256(document).digest()
