"""The authority extract: what a verifier needs of a scheme to walk a path, under 3 kB, under its own logged digest."""

from __future__ import annotations

import hashlib
from typing import Any

import rfc8785

from testamur.schemes.language.definition import Definition

FORMAT = "testamur-scheme-authority-1"


def authority_extract(definition: Definition) -> dict[str, Any]:
    """Return id, version, dimensions and their trees, every ``[[authority]]``, and the digest of the whole scheme.

    Texts for people stay out; sources stay in, because a verdict cites them.
    """
    silent = {"origin", "unconfirmed", "demand", "of", "grace_source"}
    authorities = []
    for row in definition.authorities:
        said = row.to_json()
        kept = {word: value for word, value in said.items() if word not in silent and value is not False}
        kept["of"] = row.of
        if row.demand != "always":
            kept["demand"] = row.demand
        authorities.append(kept)
    return {
        "format": FORMAT,
        "id": definition.id,
        "version": definition.version,
        "area": list(definition.scheme.area),
        "scope": {row.id: row.tree for row in definition.scopes},
        "authority": authorities,
        "scheme": definition.digest,
    }


def extract_bytes(definition: Definition) -> bytes:
    """Return the canonical JSON (RFC 8785) of the extract, as it is served and logged."""
    return rfc8785.dumps(authority_extract(definition))


def extract_digest(definition: Definition) -> str:
    """Return the SHA-256 of the extract's canonical JSON, lower-case hex."""
    return hashlib.sha256(extract_bytes(definition)).hexdigest()
