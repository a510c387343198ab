"""Identifiers of the parties that records name (USCC, LEI, GTIN …), in the forms in which somebody may type them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from testamur.register.words import number_key

#: Lengths in which one GTIN is written, zeros before it. Source: GS1 General Specifications, 7.2 (GTIN in 14 digits).
GTIN_LENGTHS = (8, 12, 13, 14)
#: First characters by which the index knows an identifier whose end is open; fewer begin too many (a USCC: a county).
BEGINNINGS = (8, 12)
_GTIN = re.compile(r"(?<![a-z])(gtin|ean|upc)(?![a-z])", re.IGNORECASE)


def forms(scheme: str, value: str) -> list[str]:
    """Return how an identifier is written: as stated, without signs, and a GTIN in each length that holds it.

    Args:
        scheme: as the record names it: ``CN.uscc``, ``LEI``, ``GTIN`` …
    """
    found = [value] if value.isalnum() else [value, number_key(value)]
    digits = found[-1]
    if _GTIN.search(scheme) and digits.isascii() and digits.isdigit() and len(digits) in GTIN_LENGTHS:
        bare = digits.lstrip("0")
        found += [bare.zfill(length) for length in GTIN_LENGTHS if length >= len(bare)]
    return list(dict.fromkeys(one for one in found if one))


def in_columns(scheme: str, values: Sequence[str]) -> Sequence[str]:
    """Return the forms of each of some identifiers of one scheme, parted by spaces; empty where there is none."""
    if not _GTIN.search(scheme) and "".join(values).isalnum():  # as nearly all are: what is stated is the one form
        return values
    return [" ".join(forms(scheme, one)) if one else "" for one in values]


def of_parties(parties: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return every form of the identifiers of some parties, each once.

    Args:
        parties: with ``identifiers``: ``[{"scheme", "value"}]``.
    """
    stated = [one for party in parties for one in party.get("identifiers") or ()]
    return list(dict.fromkeys(form for one in stated for form in forms(str(one.get("scheme", "")), _value(one))))


def beginnings(found: Iterable[str]) -> list[str]:
    """Return the first characters by which the index knows some identifiers, lower case, each once."""
    keys = [key for one in found if (key := number_key(one).lower()).isascii()]
    return list(dict.fromkeys(key[:length] for key in keys for length in BEGINNINGS if len(key) >= length))


def asked(text: str) -> str:
    """Return the identifier, or its beginning, that somebody may have typed, lower case without signs; else empty."""
    key = number_key(text).lower()
    if len(key) < BEGINNINGS[0] or not key.isascii() or not any(sign.isdigit() for sign in key):
        return ""
    return key


def beginning(key: str) -> str:
    """Return the longest beginning of what :func:`asked` gave that the index knows."""
    return key[: max(length for length in BEGINNINGS if length <= len(key))]


def _value(one: Mapping[str, Any]) -> str:
    return str(one.get("value") or "").strip()
