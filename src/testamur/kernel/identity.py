"""Public ids: random, at least 50 bits, in every address; they say nothing and cannot be counted."""

from __future__ import annotations

import secrets

#: Crockford's alphabet without I, L, O, U: 5 bits a character, safe to read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def public_id(length: int = 10) -> str:
    """Return a random id of ``length`` characters, 5 bits each (10 characters: 50 bits)."""
    drawn = secrets.randbits(5 * length)  # once for all of them: an act draws thousands
    return "".join([ALPHABET[drawn >> place & 31] for place in range(0, 5 * length, 5)])


def nonce() -> str:
    """Return 128 random bits in lower-case hex, so that a log leaf confirms no guess."""
    return secrets.token_hex(16)
