"""Bytes as text: strict base64url, multibase (``u`` base64url, ``z`` base58btc), multihash sha2-256.

Kernel, because keys and verification are siblings that may not see each other and both name keys and digests.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

#: base64url → base64; what only the standard alphabet has, and padding, becomes what neither has.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
_LAST = {2: b"AQgw", 3: b"AEIMQUYcgkosw048"}  # last characters whose spare bits are zero
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUE = {character: value for value, character in enumerate(_BASE58)}
#: Multihash prefix: function 0x12 (sha2-256), length 0x20 (32 bytes).
_SHA2_256 = b"\x12\x20"


def b64url(data: bytes) -> str:
    """Return base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_b64url(text: str) -> bytes:
    """Return the bytes of unpadded base64url.

    Raises:
        ValueError: padding, foreign characters, or trailing bits that are not zero (a second spelling).
    """
    try:
        return from_b64url_bytes(text.encode("ascii"))
    except UnicodeEncodeError as error:
        raise ValueError("not unpadded base64url") from error


def from_b64url_bytes(text: bytes) -> bytes:
    """Return the bytes of unpadded base64url in ASCII; raises ValueError as :func:`from_b64url`."""
    rest = len(text) % 4
    standard = text.translate(_TO_STANDARD)
    try:
        data = binascii.a2b_base64(standard + b"==="[: 4 - rest] if rest else standard, strict_mode=True)
    except binascii.Error as error:
        raise ValueError("not unpadded base64url") from error
    if rest and text[-1] not in _LAST.get(rest, b""):
        raise ValueError("base64url is not canonical")
    return data


def from_b64(text: str) -> bytes:
    """Return the bytes of padded standard base64, as notes, checkpoints and tlog-proofs write it.

    Raises:
        ValueError: anything but the one canonical spelling.
    """
    try:
        data = binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if binascii.b2a_base64(data, newline=False).decode() != text:
        raise ValueError("base64 is not canonical")
    return data


def b58(data: bytes) -> str:
    """Return base58btc (Bitcoin's alphabet), leading zero bytes as ``1``."""
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, value = divmod(number, 58)
        text = _BASE58[value] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def from_b58(text: str) -> bytes:
    """Return the bytes of base58btc; at most 200 characters, because decoding is quadratic."""
    if len(text) > 200:
        raise ValueError("base58 text is too long")
    number = 0
    for character in text:
        if character not in _BASE58_VALUE:
            raise ValueError("not base58")
        number = number * 58 + _BASE58_VALUE[character]
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encode_u(data: bytes) -> str:
    """Return multibase ``u`` + base64url."""
    return "u" + b64url(data)


def encode_z(data: bytes) -> str:
    """Return multibase ``z`` + base58btc."""
    return "z" + b58(data)


def decode(text: str) -> bytes:
    """Return the bytes of a ``u`` or ``z`` multibase text.

    Raises:
        ValueError: another base, or a spelling that is not canonical.
    """
    if text[:1] == "u":
        return from_b64url(text[1:])
    if text[:1] == "z":
        return from_b58(text[1:])
    raise ValueError("multibase prefix is neither u nor z")


def digest(data: bytes) -> str:
    """Return the ``digestMultibase`` of bytes: ``uEi…``, multihash sha2-256 in base64url."""
    return "u" + b64url(_SHA2_256 + hashlib.sha256(data).digest())


def digest_of(sha256: str) -> str:
    """Return the ``digestMultibase`` of a SHA-256 that is known already, from its hex."""
    return "u" + b64url(_SHA2_256 + bytes.fromhex(sha256))


def digest_matches(text: object, data: bytes) -> bool:
    """Say whether a ``digestMultibase`` (either base) is the sha2-256 of the bytes."""
    if not isinstance(text, str):
        return False
    try:
        return decode(text) == _SHA2_256 + hashlib.sha256(data).digest()
    except ValueError:
        return False
