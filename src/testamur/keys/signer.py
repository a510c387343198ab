"""What can sign, whatever holds the private part: a file, a memory, a hardware module."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from testamur.kernel.public_keys import Algorithm, ed25519_jwk, multikey, p256_jwk, thumbprint
from testamur.kernel.refusal import Refused, _


@runtime_checkable
class Signer(Protocol):
    """A key that signs. ``sample`` keys belong to sample platforms and to no other."""

    @property
    def algorithm(self) -> Algorithm: ...
    @property
    def sample(self) -> bool: ...
    @property
    def public_jwk(self) -> dict[str, str]: ...
    @property
    def thumbprint(self) -> str: ...
    @property
    def multikey(self) -> str: ...
    def sign(self, data: bytes) -> bytes:
        """Return 64 bytes: the Ed25519 signature, or r ‖ s of ECDSA on P-256 with SHA-256 (JOSE form)."""
        ...


class MemorySigner:
    """A signer whose private part lies in this process, however it came there.

    Args:
        private: an Ed25519 or P-256 private key of ``cryptography``.
        sample: whether the key belongs to a sample world.
    """

    def __init__(self, private: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, *, sample: bool) -> None:
        self._private = private
        # Asked once: what kind of key it is costs more than all else of a signature but the signature itself.
        self._edwards = private if isinstance(private, Ed25519PrivateKey) else None
        self.sample = sample
        self.algorithm: Algorithm
        if isinstance(private, Ed25519PrivateKey):
            self.algorithm = "Ed25519"
            self.public_jwk = ed25519_jwk(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
        else:
            if not isinstance(private.curve, ec.SECP256R1):
                raise ValueError("only the curve P-256 is used")
            self.algorithm = "ES256"
            point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
            self.public_jwk = p256_jwk(point[1:33], point[33:])
        self.thumbprint = thumbprint(self.public_jwk)
        self.multikey = multikey(self.public_jwk)

    @classmethod
    def generate(cls, algorithm: Algorithm = "Ed25519", *, sample: bool) -> MemorySigner:
        """Return a signer with a new random key that is written nowhere."""
        return cls(generate_private(algorithm), sample=sample)

    def sign(self, data: bytes) -> bytes:
        if self._edwards is not None:
            return self._edwards.sign(data)
        assert isinstance(self._private, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(self._private.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"<MemorySigner {self.algorithm} {self.thumbprint[:8]}… sample={self.sample}>"


def generate_private(algorithm: Algorithm) -> Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
    """Return a new private key from the system's random source."""
    if algorithm == "Ed25519":
        return Ed25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1())


def check_key_fits(signer: Signer, sample: bool) -> None:
    """Refuse a real key on a sample platform, and a sample key on a real one (amendments-engineering 15).

    Args:
        signer: the key about to be used.
        sample: whether this platform's settings say SAMPLE.
    """
    if signer.sample == sample:
        return
    if sample:
        raise Refused(
            _("This is a sample platform and the key {key} is a real one; a sample signs with sample keys only."),
            {"key": signer.thumbprint},
            rule="keys.sample",
            source="testamur@2026-1#keys",
            who=_("whoever runs the platform"),
        )
    raise Refused(
        _("The key {key} was made for a sample world; a real platform does not sign with it."),
        {"key": signer.thumbprint},
        rule="keys.sample",
        source="testamur@2026-1#keys",
        who=_("whoever runs the platform"),
    )
