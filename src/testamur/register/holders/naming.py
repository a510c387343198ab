"""The key of a holder's name, and the identifiers that records state beside it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from testamur.register.models import PartyInRole
from testamur.register.words import fold

#: Characters of a folded name that count.
LONGEST = 250


def key_of(holder_text: str) -> str:
    """Return the key under which a name of a holder stands."""
    return fold(holder_text)[:LONGEST]


def identifiers_of(rows: Sequence[dict[str, Any]]) -> list[dict[str, set[str]]]:
    """Return the holder's identifiers that each of some records states, scheme → values."""
    editions = [row["edition_id"] for row in rows if row["edition_id"] is not None]
    stated: dict[int, list[dict[str, Any]]] = {}
    for start in range(0, len(editions), 500):
        found = PartyInRole.objects.filter(edition__in=editions[start : start + 500], role=PartyInRole.Role.HOLDER)
        stated |= dict(found.values_list("edition_id", "identifiers"))
    told = []
    for row in rows:
        listed = stated.get(row["edition_id"], [])
        for party in (row["said"] or {}).get("parties", []):
            if party.get("role") == "holder":
                listed = party.get("identifiers", [])
        one: dict[str, set[str]] = defaultdict(set)
        for each in listed:
            if each.get("value"):
                one[str(each.get("scheme", ""))].add(str(each["value"]))
        told.append(dict(one))
    return told
