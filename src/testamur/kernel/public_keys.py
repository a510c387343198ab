"""Public keys as names: raw bytes, JWK, Multikey, RFC 7638 thumbprint; and which keys are too weak.

Only the standard library: whoever verifies or signs brings the arithmetic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal

from testamur.kernel.multibase import b64url, decode, encode_z, from_b64url

Algorithm = Literal["Ed25519", "ES256"]
#: Multicodec prefixes: ed25519-pub 0xed, p256-pub 0x1200, as unsigned varints.
_MULTICODEC: dict[Algorithm, bytes] = {"Ed25519": b"\xed\x01", "ES256": b"\x80\x24"}
#: Prime of the field of edwards25519: a y coordinate at or above it is a second spelling.
P25519 = 2**255 - 19
#: y coordinates of the points of order 1, 2, 4 and 8 (the sign bit removed).
_LOW_ORDER_Y = frozenset(
    {
        0,
        1,
        P25519 - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    }
)


def algorithm_of(jwk: Mapping[str, Any]) -> Algorithm:
    """Return the JOSE algorithm that a public JWK is for.

    Raises:
        ValueError: a key type or curve other than OKP/Ed25519 and EC/P-256.
    """
    kind = (jwk.get("kty"), jwk.get("crv"))
    if kind == ("OKP", "Ed25519"):
        return "Ed25519"
    if kind == ("EC", "P-256"):
        return "ES256"
    raise ValueError("neither an Ed25519 nor a P-256 key")


def ed25519_jwk(raw: bytes) -> dict[str, str]:
    """Return the public JWK of 32 raw Ed25519 bytes (RFC 8037)."""
    if len(raw) != 32:
        raise ValueError("an Ed25519 public key has 32 bytes")
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(raw)}


def p256_jwk(x: bytes, y: bytes) -> dict[str, str]:
    """Return the public JWK of the two 32-byte coordinates of a P-256 point (RFC 7518)."""
    if len(x) != 32 or len(y) != 32:
        raise ValueError("P-256 coordinates have 32 bytes")
    return {"kty": "EC", "crv": "P-256", "x": b64url(x), "y": b64url(y)}


def raw_key(jwk: Mapping[str, Any]) -> bytes:
    """Return 32 raw bytes (Ed25519) or the 33-byte compressed point (P-256) of a public JWK.

    Raises:
        ValueError: another kind of key, or coordinates of the wrong length or spelling.
    """
    algorithm = algorithm_of(jwk)
    x = from_b64url(_text(jwk, "x"))
    if len(x) != 32:
        raise ValueError("the coordinate x has not 32 bytes")
    if algorithm == "Ed25519":
        return x
    y = from_b64url(_text(jwk, "y"))
    if len(y) != 32:
        raise ValueError("the coordinate y has not 32 bytes")
    return bytes([2 + (y[-1] & 1)]) + x


def multikey(jwk: Mapping[str, Any]) -> str:
    """Return the Multikey form (``z6Mk…`` for Ed25519, ``zDn…`` for P-256) of a public JWK."""
    return encode_z(_MULTICODEC[algorithm_of(jwk)] + raw_key(jwk))


def from_multikey(text: str) -> tuple[Algorithm, bytes]:
    """Return algorithm and raw bytes (32, or 33 compressed) of a Multikey.

    Raises:
        ValueError: another codec, another length, another base.
    """
    data = decode(text)
    for algorithm, prefix in _MULTICODEC.items():
        if data.startswith(prefix) and len(data) - 2 == (32 if algorithm == "Ed25519" else 33):
            return algorithm, data[2:]
    raise ValueError("not a Multikey of Ed25519 or P-256")


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """Return the RFC 7638 thumbprint (SHA-256, base64url): one name for every form of the same key."""
    if algorithm_of(jwk) == "Ed25519":
        text = f'{{"crv":"Ed25519","kty":"OKP","x":"{_text(jwk, "x")}"}}'
    else:
        text = f'{{"crv":"P-256","kty":"EC","x":"{_text(jwk, "x")}","y":"{_text(jwk, "y")}"}}'
    return b64url(hashlib.sha256(text.encode()).digest())


def is_weak_ed25519(raw: bytes) -> bool:
    """Say whether 32 bytes spell a point of low order or are not the canonical spelling of any point.

    Such keys accept signatures that nobody made: ``cryptography`` takes 208 of the 914 published edge cases.
    """
    if len(raw) != 32:
        return True
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    return y >= P25519 or y in _LOW_ORDER_Y


def _text(jwk: Mapping[str, Any], name: str) -> str:
    value = jwk.get(name)
    if not isinstance(value, str):
        raise ValueError(f"the key has no {name}")
    return value
