"""W3C Bitstring Status List 1.0: one bit a credential, one list for each owner, purpose and shard of 131,072."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Container
from datetime import datetime
from typing import Any

from testamur.kernel.days import iso
from testamur.kernel.multibase import b64url, from_b64url
from testamur.verification.layout import SUPERSEDED
from testamur.verification.strict_json import Malformed

#: Entries in a shard: the smallest list the standard allows, 16 KiB, so that one holder hides among many.
LENGTH = 131_072
#: Largest list unpacked, bytes (8 Mi entries): what expands further is an attack.
BYTES_MOST = 1_048_576


def new_bits(length: int = LENGTH) -> bytearray:
    """Return a list with nothing set; length in entries, a multiple of 8 and at least 131,072."""
    if length < LENGTH or length % 8:
        raise ValueError("a status list has at least 131,072 entries, in whole bytes")
    return bytearray(length // 8)


def set_bit(bits: bytearray, index: int, value: bool = True) -> None:
    """Set or clear one entry; index 0 is the most significant bit of the first byte."""
    mask = 0x80 >> (index & 7)
    bits[index >> 3] = bits[index >> 3] | mask if value else bits[index >> 3] & ~mask & 0xFF


def get_bit(bits: bytes | bytearray, index: int) -> bool:
    """Return one entry.

    Raises:
        IndexError: beyond the list.
    """
    if index < 0:
        raise IndexError("a status index is not negative")
    return bool(bits[index >> 3] & (0x80 >> (index & 7)))


def draw_index(taken: Container[int], length: int = LENGTH) -> int:
    """Return a random free index. The index says nothing about order; the same one is used in all lists of an owner."""
    while True:
        index = secrets.randbelow(length)
        if index not in taken:
            return index


def encode(bits: bytes | bytearray) -> str:
    """Return ``encodedList``: ``u`` + base64url(gzip(bits)), without a time stamp, so equal lists are equal texts.

    Repetitions are all there is to find in an almost empty list, and a loss in a fuller one: the shorter form is taken.
    """
    return "u" + b64url(min((_packed(bits, strategy) for strategy in _STRATEGIES), key=len))


_STRATEGIES = (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY)


def _packed(bits: bytes | bytearray, strategy: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31, 9, strategy)  # 31: gzip
    return packer.compress(bytes(bits)) + packer.flush()


def decode(text: object) -> bytes:
    """Return the bits of an ``encodedList``.

    Raises:
        Malformed: another base, not one gzip stream, shorter than 16 KiB, longer than 1 MiB.
    """
    if not isinstance(text, str) or text[:1] != "u":
        raise Malformed("encodedList is not multibase base64url")
    unpacker = zlib.decompressobj(wbits=31)
    try:
        bits = unpacker.decompress(from_b64url(text[1:]), BYTES_MOST + 1)
    except (ValueError, zlib.error):
        raise Malformed("encodedList is not gzip") from None
    if len(bits) > BYTES_MOST:
        raise Malformed("encodedList expands too far")
    if not unpacker.eof or unpacker.unused_data or len(bits) < LENGTH // 8:
        raise Malformed("encodedList is cut short, or has something behind it")
    return bits


def payload(
    *, id: str, issuer: str, purpose: str, bits: bytes | bytearray, valid_from: datetime, valid_until: datetime
) -> dict[str, Any]:
    """Return the list's credential, to be signed with :func:`testamur.verification.credential.sign_jwt`.

    Args:
        id: :func:`testamur.verification.layout.status_list_id`.
        issuer: DID of the owner.
        purpose: one of ``layout.PURPOSES``.
        bits: the list.
        valid_from: instant of publication.
        valid_until: instant after which a verifier asks for a newer one (24 hours).
    """
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": id,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": iso(valid_from),
        "validUntil": iso(valid_until),
        "credentialSubject": {
            "id": f"{id}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encode(bits),
        },
    }


def entry(list_id: str, purpose: str, index: int) -> dict[str, Any]:
    """Return one item of a credential's ``credentialStatus``; the index is a text, as W3C demands."""
    found: dict[str, Any] = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(index),
        "statusListCredential": list_id,
    }
    if purpose == SUPERSEDED:
        found["statusSize"] = 1
        found["statusMessage"] = [
            {"status": "0x0", "message": "current edition"},
            {"status": "0x1", "message": "superseded"},
        ]
    return found
