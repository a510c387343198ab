"""The names of holders: noted as records are indexed, suggested while somebody types."""

from __future__ import annotations

from collections.abc import Iterable

from testamur.register.finding import documents
from testamur.register.models import HolderName
from testamur.register.reporting.database import among, asked, many, table
from testamur.register.words import fold

LONGEST = 250


def note(states: Iterable[documents.State]) -> None:
    """Note the names under which public records are held; those that are known stay."""
    found: dict[str, str] = {}
    for state in states:
        if not (state["confidential"] or state["personal"]):
            for name in documents.names(state):
                found.setdefault(fold(name)[:LONGEST], name)
    found.pop("", None)
    name = table(HolderName)
    condition, parameters = among("key", list(found), "text")
    for (known,) in asked(f'SELECT key FROM "{name}" WHERE {condition}', parameters):
        del found[known]  # numbers are not to be spent on names that are known
    many(f'INSERT INTO "{name}" (key, name) VALUES (%s, %s) ON CONFLICT DO NOTHING', sorted(found.items()))
