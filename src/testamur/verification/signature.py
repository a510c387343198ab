"""Checking signatures: public keys from JWK or Multikey, and the least that a signing key must offer."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from testamur.kernel.public_keys import (
    Algorithm,
    algorithm_of,
    ed25519_jwk,
    from_multikey,
    is_weak_ed25519,
    p256_jwk,
    raw_key,
    thumbprint,
)
from testamur.verification.strict_json import Malformed

_SHA256 = ec.ECDSA(hashes.SHA256())


class Signs(Protocol):
    """What building a signed document needs of a key; every ``keys.signer.Signer`` offers it."""

    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def public_jwk(self) -> dict[str, str]: ...
    @property
    def thumbprint(self) -> str: ...
    def sign(self, data: bytes) -> bytes: ...


class PublicKey:
    """A key that checks signatures. Weak Ed25519 keys are refused here too: a verifier trusts no registration."""

    __slots__ = ("_key", "algorithm", "jwk", "thumbprint")

    def __init__(self, algorithm: Algorithm, key: Ed25519PublicKey | ec.EllipticCurvePublicKey, jwk: dict[str, str]):
        self.algorithm: Algorithm = algorithm
        self._key = key
        self.jwk = jwk
        self.thumbprint = thumbprint(jwk)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PublicKey) and self.thumbprint == other.thumbprint

    def __hash__(self) -> int:
        return hash(self.thumbprint)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> PublicKey:
        """Read a public JWK.

        Raises:
            Malformed: private parts, another kind, weak, or not on the curve.
        """
        if "d" in jwk:
            raise Malformed("a private key was published")
        try:
            return cls._loaded(algorithm_of(jwk), raw_key(jwk), jwk)
        except ValueError as error:
            raise Malformed(f"key: {error}") from None

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """Read a Multikey; raises Malformed as :meth:`from_jwk`."""
        try:
            return cls._loaded(*from_multikey(text), None)
        except ValueError as error:
            raise Malformed(f"key: {error}") from None

    @classmethod
    def from_ed25519(cls, raw: bytes) -> PublicKey:
        """Read 32 raw Ed25519 bytes, as note keys carry them; raises Malformed."""
        try:
            return cls._loaded("Ed25519", raw, None)
        except ValueError as error:
            raise Malformed(f"key: {error}") from None

    @classmethod
    def _loaded(cls, algorithm: Algorithm, raw: bytes, jwk: Mapping[str, Any] | None) -> PublicKey:
        if algorithm == "Ed25519":
            return _ed25519(raw)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
        point = key.public_numbers()
        full = p256_jwk(point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big"))
        if jwk is not None and jwk["y"] != full["y"]:
            raise Malformed("point is not on the curve")
        return cls(algorithm, key, full)

    def verifies(self, signature: bytes, data: bytes) -> bool:
        """Say whether 64 signature bytes are this key's over the data (Ed25519, or r ‖ s for P-256)."""
        if len(signature) != 64:
            return False
        key: Any = self._key  # what the algorithm says: asking for the class asks an abstract one, and takes longer
        try:
            if self.algorithm == "Ed25519":
                key.verify(signature, data)
            else:
                r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
                key.verify(encode_dss_signature(r, s), data, _SHA256)
        except (InvalidSignature, ValueError):
            return False
        return True


@lru_cache(1024)
def _ed25519(raw: bytes) -> PublicKey:
    """Return the key of 32 bytes, loaded once; raises Malformed for a weak one."""
    if is_weak_ed25519(raw):
        raise Malformed("key of low order or not canonical")
    return PublicKey("Ed25519", Ed25519PublicKey.from_public_bytes(raw), ed25519_jwk(raw))
