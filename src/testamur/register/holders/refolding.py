"""Spellings gathered before traditional characters were folded, brought along."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q

from testamur.register.models import HolderLink, Spelling
from testamur.register.scripts import simplified

#: Spellings of one transaction.
LOTS = 1000


def refold_spellings() -> None:
    """Write the keys of spellings as names are folded now, and let others like them be looked for again.

    Of two spellings that are one by now the one of which people said something stays. Where they spoke of both, both
    stay, and records are asked for under the key of the one that has it: what was said is never taken back here.
    """
    last = 0
    while rows := list(Spelling.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "key")[:LOTS]):
        last = rows[-1][0]
        changed = {pk: folded for pk, key in rows if (folded := simplified(key)) != key}
        if changed:
            with transaction.atomic():
                _refold(changed)


def _refold(changed: dict[int, str]) -> None:
    holding = dict(Spelling.objects.filter(key__in=set(changed.values())).values_list("key", "pk"))
    spoken_of = _spoken_of([*changed, *holding.values()])
    for pk, key in changed.items():
        other = holding.get(key)
        if other is not None and pk in spoken_of and other in spoken_of:
            continue
        if other is not None and pk not in spoken_of:
            Spelling.objects.filter(pk=pk).delete()
            continue
        if other is not None:
            Spelling.objects.filter(pk=other).delete()
        Spelling.objects.filter(pk=pk).update(key=key, paired=False)
        holding[key] = pk


def _spoken_of(spellings: Collection[int]) -> set[int]:
    rows = HolderLink.objects.filter(Q(first__in=spellings) | Q(second__in=spellings))
    return {pk for pair in rows.values_list("first", "second") for pk in pair}
