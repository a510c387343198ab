"""A signed answer of a register, checked without it: each part by itself, against the DID document of the host."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from testamur.verification import credential, jcs
from testamur.verification.signature import PublicKey
from testamur.verification.strict_json import Malformed

#: ``typ`` of the header: an answer is no credential and can be passed off for none.
TYPE = "testamur-answer+jwt"
#: Parts of one answer, in their order.
PARTS = ("status", "coverage")


class NotSigned(Exception):
    """A part is not what the key of the host signed; the text says what is wrong, for people who know the format."""


def check(part: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """Check one part of an answer and return the address of the key that signed it.

    Args:
        part: the JSON object with its ``signature``.
        document: the DID document of the host, from ``/.well-known/did.json``.

    Raises:
        NotSigned: no or another signature, a key that the document does not name, or other words than were signed.
    """
    read = _signed(part, document)
    said = {name: value for name, value in part.items() if name != "signature"}
    if jcs.canonical(said) != jcs.canonical(read.payload):
        raise NotSigned("the words beside the signature are not those that were signed")
    return read.method


def check_batch(lines: bytes, document: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Check the answers to many numbers, as ``POST /api/v1/verifications`` streams them, by their last line.

    Args:
        lines: all of them as they came, in bytes.
        document: the DID document of the host.

    Returns:
        The address of the key that signed, and what was signed: the digest, how many items, as of when.

    Raises:
        NotSigned: the last line is no signature of the host, or not over exactly the lines before it.
    """
    body, _feed, last = lines.rstrip(b"\n").rpartition(b"\n")
    try:
        part = json.loads(last)
    except ValueError:
        raise NotSigned("the last line is no JSON; it should be the signature") from None
    if not isinstance(part, Mapping) or not body:
        raise NotSigned("the last line is not the signature over the lines before it")
    read = _signed(part, document)
    if read.payload.get("part") != "batch" or read.payload.get("sha256") != sha256(body + b"\n").hexdigest():
        raise NotSigned("the lines are not those that were signed")
    return read.method, read.payload


def _signed(part: Mapping[str, Any], document: Mapping[str, Any]) -> credential.Signed:
    """Return what a part's signature is over, after a key of the document was found to have made it."""
    try:
        read = credential.parse(str(part.get("signature", "")).encode(), TYPE)
    except (Malformed, ValueError) as error:
        raise NotSigned(f"no signature that can be read: {error}") from None
    methods = document.get("verificationMethod")
    found = next(
        (one for one in methods if isinstance(one, dict) and one.get("id") == read.method), None
    ) if isinstance(methods, list) else None  # fmt: skip
    if found is None or read.controller != document.get("id"):
        raise NotSigned(f"the host's DID document does not name {read.method}")
    try:
        key = PublicKey.from_jwk(found["publicKeyJwk"])
    except (KeyError, TypeError, ValueError, Malformed):
        raise NotSigned(f"the key {read.method} cannot be read") from None
    if not read.verifies(key):
        raise NotSigned("the signature is not of this key, or not over these words")
    return read


def parts(answers: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the parts of what ``GET /api/v1/verifications/…`` gave, in their order.

    Raises:
        NotSigned: it is no such answer.
    """
    listed = answers.get("answers")
    if not isinstance(listed, list) or not listed:
        raise NotSigned("this is no answer to a verification: it has no list “answers”")
    # An answer without its first part would have nothing in it that could be found wrong.
    if not all(isinstance(one, Mapping) and isinstance(one.get("status"), Mapping) for one in listed):
        raise NotSigned("this is no answer to a verification: an answer in it has no part “status”")
    return [one[name] for one in listed for name in PARTS if isinstance(one.get(name), Mapping)]
