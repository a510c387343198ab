"""Seals of PDF files (PAdES, ETSI.CAdES.detached): byte ranges, digest, signature; not trust in the certificate.

Whether a seal is the issuer's own is said by the issuer's mark, which names the certificate's digest; certification
authorities are a matter of the reader's PDF program.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")
_HASHES = {
    bytes.fromhex("608648016503040201"): hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}
_MESSAGE_DIGEST = bytes.fromhex("2a864886f70d010904")
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_VERSION_1 = bytes.fromhex("020101")
_NO_CONTENT = bytes.fromhex("300b06092a864886f70d010701")  # id-data, and the content stands apart
#: Digest → the signature algorithms that go with it, whole AlgorithmIdentifiers: ECDSA, RSA, Ed25519.
_SIGNED_BY = {
    bytes.fromhex("608648016503040201"): {
        bytes.fromhex("300a06082a8648ce3d040302"), bytes.fromhex("300d06092a864886f70d01010b0500"),
        bytes.fromhex("300d06092a864886f70d0101010500"),
    },
    bytes.fromhex("608648016503040202"): {
        bytes.fromhex("300a06082a8648ce3d040303"), bytes.fromhex("300d06092a864886f70d01010c0500"),
        bytes.fromhex("300d06092a864886f70d0101010500"),
    },
    bytes.fromhex("608648016503040203"): {
        bytes.fromhex("300a06082a8648ce3d040304"), bytes.fromhex("300d06092a864886f70d01010d0500"),
        bytes.fromhex("300d06092a864886f70d0101010500"), bytes.fromhex("300506032b6570"),
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seal:
    """One seal.

    Args:
        ranges: (first, last) byte of each part it covers.
        name: common name of its certificate, or empty.
        certificate: SHA-256 of its certificate in hex, or empty.
        fault: in English what is wrong, empty where digest and signature stand.
    """

    ranges: tuple[tuple[int, int], ...]
    name: str = ""
    certificate: str = ""
    fault: str = ""


class _Wrong(Exception):
    """The bytes of a seal are not what they claim to be."""


def seals(data: bytes) -> Iterator[Seal]:
    """Yield every seal of a PDF with its verdict; never raises for what the file says."""
    for match in _RANGE.finditer(data):
        one, length_one, two, length_two = map(int, match.groups())
        ranges = ((one, one + length_one - 1), (two, two + length_two - 1))
        try:
            if one != 0 or not 0 < length_one < two or two + length_two > len(data):
                raise _Wrong("its byte ranges are not those of a seal")
            if length_one <= match.start() < two:
                raise _Wrong("it does not cover its own description")
            yield _checked(data[:length_one] + data[two : two + length_two], data[length_one:two], ranges)
        except _Wrong as wrong:
            yield Seal(ranges, fault=str(wrong))
        except (ValueError, IndexError, UnsupportedAlgorithm):
            yield Seal(ranges, fault="its signature cannot be read")


def _checked(covered: bytes, contents: bytes, ranges: tuple[tuple[int, int], ...]) -> Seal:
    text = contents.strip()
    if text[:1] != b"<" or text[-1:] != b">" or not re.fullmatch(rb"[0-9a-fA-F]*", text[1:-1]):
        raise _Wrong("its contents are no hex digits")
    raw = bytes.fromhex(text[1:-1].decode())
    # What a seal does not sign of itself has one spelling here, so that no byte of it changes unseen.
    if text[1:-1].decode() not in (raw.hex(), raw.hex().upper()) or contents != text:
        raise _Wrong("its contents are not written as seals are")
    sealed, rest = _take(raw)
    if rest.strip(b"\0"):
        raise _Wrong("something stands behind its signature")
    certificates, algorithm, attributes, signature = _signer(sealed)
    hash_of = _HASHES.get(algorithm)
    if hash_of is None:
        raise _Wrong("its digest is of an unknown kind")
    found = _attribute(attributes, _MESSAGE_DIGEST)
    if found != hashlib.new(hash_of.name, covered).digest():
        raise _Wrong("the bytes it covers were changed")
    signed = b"\x31" + attributes[1:]
    for certificate in certificates:
        if _verifies(certificate, signature, signed, hash_of):
            names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            digest = certificate.fingerprint(hashes.SHA256()).hex()
            return Seal(ranges, str(names[0].value) if names else "", digest)
    raise _Wrong("its signature does not fit its certificate")


def _signer(sealed: bytes) -> tuple[list[x509.Certificate], bytes, bytes, bytes]:
    """Return certificates, digest algorithm, signed attributes as written, signature of a CMS SignedData."""
    kind, wrapped = _parts(sealed)[:2]
    if _value(kind) != _SIGNED_DATA:
        raise _Wrong("it is no CMS signature")
    parts = _parts(_value(wrapped))
    try:
        held = [x509.load_der_x509_certificate(one) for part in parts[3:-1] if part[0] == 0xA0 for one in _parts(part)]
    except ValueError:
        raise _Wrong("its certificate cannot be read") from None
    signers = _parts(parts[-1])
    if len(signers) != 1:
        raise _Wrong("it has not one signer")
    fields = _parts(signers[0])
    if len(fields) != 6 or fields[3][0] != 0xA0:
        raise _Wrong("it is no CMS signature")
    own = [one for one in held if _named(one) == fields[1]]
    others = [one for one in held if one not in own]
    if len(own) != 1 or not all(any(_issued(one, by) for by in held) for one in others):
        raise _Wrong("its certificates do not agree")
    if (parts[0], _parts(parts[1]), parts[2], fields[0]) != (_VERSION_1, [fields[2]], _NO_CONTENT, _VERSION_1):
        raise _Wrong("its parts do not agree")
    if fields[4] not in _SIGNED_BY.get(_value(_parts(fields[2])[0]), ()) or fields[5][0] != 0x04:
        raise _Wrong("its signature is of an unknown kind")
    return own, _value(_parts(fields[2])[0]), fields[3], _value(fields[5])


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _named(certificate: x509.Certificate) -> bytes:
    """Return the IssuerAndSerialNumber by which a signer names its certificate."""
    serial = certificate.serial_number
    number = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    return _element(0x30, certificate.issuer.public_bytes() + _element(0x02, number))


def _element(tag: int, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return bytes([tag, size]) + value
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + value


def _attribute(attributes: bytes, wanted: bytes) -> bytes | None:
    for one in _parts(attributes):
        name, values = _parts(one)[:2]
        if _value(name) == wanted:
            return _value(_parts(values)[0])
    return None


def _verifies(certificate: x509.Certificate, signature: bytes, signed: bytes, hash_of: hashes.HashAlgorithm) -> bool:
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(hash_of))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), hash_of)
        elif isinstance(key, Ed25519PublicKey):
            key.verify(signature, signed)
        else:
            return False
    except InvalidSignature:
        return False
    return True


# DER, as far as a seal needs it ------------------------------------------------------------------------------------


def _take(data: bytes) -> tuple[bytes, bytes]:
    """Return the first element of DER bytes, whole, and what follows it."""
    start, length = _header(data)
    if start + length > len(data):
        raise _Wrong("its signature is cut short")
    return data[: start + length], data[start + length :]


def _header(data: bytes) -> tuple[int, int]:
    if len(data) < 2:
        raise _Wrong("its signature is cut short")
    if data[1] < 0x80:
        return 2, data[1]
    count = data[1] & 0x7F
    if not 1 <= count <= 4 or len(data) < 2 + count:
        raise _Wrong("its signature is no DER")
    return 2 + count, int.from_bytes(data[2 : 2 + count], "big")


def _value(element: bytes) -> bytes:
    start, length = _header(element)
    return element[start : start + length]


def _parts(element: bytes) -> list[bytes]:
    rest, found = _value(element), []
    while rest:
        one, rest = _take(rest)
        found.append(one)
    if not found:
        raise _Wrong("its signature is no DER")
    return found
