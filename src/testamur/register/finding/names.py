"""The names of holders: noted as records are indexed, suggested while somebody types."""

from __future__ import annotations

from collections.abc import Iterable

from testamur.register.finding import documents
from testamur.register.models import HolderName
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
    keys = list(found)
    for start in range(0, len(keys), 500):  # numbers are not to be spent on names that are known
        for known in HolderName.objects.filter(key__in=keys[start : start + 500]).values_list("key", flat=True):
            found.pop(known, None)
    HolderName.objects.bulk_create(
        [HolderName(key=key, name=name) for key, name in sorted(found.items())], ignore_conflicts=True, batch_size=2000
    )
