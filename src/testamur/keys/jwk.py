"""Which public keys may be registered: right kind, canonical, of full order. Others sign for anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from testamur.kernel.multibase import from_b64url
from testamur.kernel.public_keys import (
    P25519,
    Algorithm,
    algorithm_of,
    from_multikey,
    is_weak_ed25519,
    raw_key,
)
from testamur.kernel.refusal import Refused, _

#: Order of the prime subgroup of edwards25519 (RFC 8032, 5.1).
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = (-121665 * pow(121666, P25519 - 2, P25519)) % P25519


def check_registrable(public: Mapping[str, Any] | str) -> Algorithm:
    """Refuse a public key that may not be registered; return the algorithm of one that may.

    Args:
        public: a public JWK, or a Multikey text.

    Raises:
        Refused: private parts included, another kind of key, not on the curve, low or mixed order, not canonical.
    """
    algorithm: Algorithm
    try:
        if isinstance(public, str):
            algorithm, raw = from_multikey(public)
        else:
            if "d" in public:
                raise Refused(
                    _("This is a private key; send the public part only, and replace the key, because it was shown."),
                    field="key",
                )
            algorithm, raw = algorithm_of(public), raw_key(public)
        _load(algorithm, raw, public)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise Refused(
            _("The key is not a public key of Ed25519 or P-256 in JWK or Multikey form."), field="key"
        ) from None
    if algorithm == "Ed25519" and (is_weak_ed25519(raw) or not _has_full_order(raw)):
        raise Refused(
            _("The key is a point of low or mixed order, or not in its canonical spelling; anyone could sign for it."),
            rule="keys.weak",
            source="rfc-8032#5.1",
            field="key",
        )
    return algorithm


def _load(algorithm: Algorithm, raw: bytes, public: Mapping[str, Any] | str) -> None:
    if algorithm == "Ed25519":
        Ed25519PublicKey.from_public_bytes(raw)
        return
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    if not isinstance(public, str):
        point = b"\x04" + from_b64url(public["x"]) + from_b64url(public["y"])
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)


def _has_full_order(raw: bytes) -> bool:
    """Say whether the point is on the curve and in the subgroup of prime order: [L]A is neutral."""
    point = _decompressed(raw)
    if point is None:
        return False
    x, y, z, _t = _multiplied(_ORDER, (*point, 1, point[0] * point[1] % P25519))
    return x % P25519 == 0 and (y - z) % P25519 == 0


def _decompressed(raw: bytes) -> tuple[int, int] | None:
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    square = (y * y - 1) * pow(_D * y * y + 1, P25519 - 2, P25519) % P25519
    x = pow(square, (P25519 + 3) // 8, P25519)
    if (x * x - square) % P25519:
        x = x * pow(2, (P25519 - 1) // 4, P25519) % P25519
    if (x * x - square) % P25519 or (x == 0 and sign):
        return None
    return (P25519 - x if (x & 1) != sign else x), y


_Point = tuple[int, int, int, int]


def _added(a: _Point, b: _Point) -> _Point:
    """Extended coordinates, complete addition (RFC 8032, 5.1.4)."""
    m = (a[1] - a[0]) * (b[1] - b[0]) % P25519
    n = (a[1] + a[0]) * (b[1] + b[0]) % P25519
    c = 2 * a[3] * b[3] * _D % P25519
    d = 2 * a[2] * b[2] % P25519
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P25519, g * h % P25519, f * g % P25519, e * h % P25519


def _multiplied(scalar: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _added(result, point)
        point = _added(point, point)
        scalar >>= 1
    return result
