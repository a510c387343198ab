"""What is published: the flattened scheme as canonical JSON, its digest, and the digests of file and bases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from testamur.schemes.language.definition import Definition
from testamur.schemes.language.library import Library


@dataclass(frozen=True)
class Flattened:
    """One scheme version ready to be published, logged and shown. A verifier never reads TOML.

    Attributes:
        key: ``id@version``.
        family: folder of the library.
        body: the flattened scheme; ``Definition.from_json(body)`` gives the definition back.
        digest: SHA-256 of the canonical JSON (RFC 8785) of ``body``, lower-case hex.
        parts: ``id@version`` of the file and of every base -> SHA-256 of its bytes.
    """

    key: str
    family: str
    body: dict[str, Any]
    digest: str
    parts: dict[str, str]


def flattened(definition: Definition, family: str = "") -> Flattened:
    """Flatten a definition that has no mistakes."""
    return Flattened(
        key=definition.key,
        family=family,
        body=definition.to_json(),
        digest=definition.digest,
        parts=dict(definition.digests),
    )


def flatten(pinned: str, library: Library | None = None) -> Flattened:
    """Flatten ``id@version`` (or the newest version of an id) of a library.

    Raises:
        KeyError: the library does not hold it.
        ValueError: its file has mistakes; the message is the first, with its line.
    """
    library = library or Library()
    definition = library.load(pinned)
    return flattened(definition, library.family_of(definition.key))
