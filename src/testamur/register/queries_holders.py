"""Questions about holders under several names: their records, what they are also called, and who said so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from testamur.journal.marks import remembered
from testamur.register.finding import frequencies, tokens
from testamur.register.finding.index import index
from testamur.register.holders.naming import identifiers_of, key_of
from testamur.register.models import Current, Holder, HolderLink, Spelling
from testamur.register.words import fold

AREA = "register.holders"


def records_of(spellings: Iterable[Spelling]) -> QuerySet[Current]:
    """Return the public records that bear any of some spellings, exactly, newest first."""
    found = Q(pk__in=[])
    for one in spellings:
        asked = frequencies.rarest_first([tokens.holder(fold(part)) for part in one.parts])
        if not asked:
            continue
        bearing = Q(pk__in=RawSQL(*index().every(asked, rare=not frequencies.estimate(asked[0]))))
        texts = Current.objects.filter(bearing).order_by().values_list("holder_text", flat=True).distinct()[:500]
        found |= bearing & Q(holder_text__in=[text for text in texts if key_of(text) == one.key])
    rows = Current.objects.filter(found, confidential=False, personal=False)
    return rows.select_related("attestation__source", "issuer", "edition").order_by("-attestation_id")


def identifiers(spelling: Spelling, most: int = 2000) -> dict[str, list[str]]:
    """Return the identifiers that the records under a spelling state now, scheme → values."""
    rows: list[Any] = list(records_of([spelling]).values("pk", "said", "edition_id")[:most])
    merged: dict[str, set[str]] = {}
    for told in identifiers_of(rows):
        for scheme, values in told.items():
            merged.setdefault(scheme, set()).update(values)
    return {scheme: sorted(values) for scheme, values in sorted(merged.items())}


def holder_of(holder_text: str) -> Holder | None:
    """Return the holder that people confirmed to bear a name; None where nobody did."""
    if not _any():
        return None
    found = Spelling.objects.filter(key=key_of(holder_text), holder__isnull=False).select_related("holder").first()
    return found.holder if found is not None else None


def other_names(holder_texts: Collection[str]) -> dict[str, str]:
    """Return what else the holders of some names are confirmed to be called: name as given → the others as one text."""
    if not holder_texts or not _any():
        return {}
    keys = {text: key_of(text) for text in holder_texts}
    wanted = sorted(set(keys.values()))
    holders: dict[str, int] = {}
    for start in range(0, len(wanted), 500):
        rows = Spelling.objects.filter(key__in=wanted[start : start + 500], holder__isnull=False)
        holders |= {key: holder for key, holder in rows.values_list("key", "holder") if holder is not None}
    names: dict[int, list[tuple[str, str]]] = {}
    for holder, key, name in Spelling.objects.filter(holder__in=set(holders.values())).values_list(
        "holder_id", "key", "name"
    ):
        names.setdefault(holder, []).append((key, name))
    return {
        text: " ".join(name for other, name in names[holders[key]] if other != key)
        for text, key in keys.items()
        if key in holders
    }


def standing(spellings: Iterable[Spelling]) -> QuerySet[HolderLink]:
    """Return what people said of some spellings and nobody took back, newest first."""
    ids = [one.pk for one in spellings]
    rows = HolderLink.objects.filter(Q(first__in=ids) | Q(second__in=ids), undone_by=None)
    return rows.exclude(verdict=HolderLink.Verdict.UNDONE).select_related("first", "second")


def _any() -> bool:
    """Say whether anybody confirmed anything yet: an import need not ask for every name before."""
    return remembered((AREA,), "any", lambda: [Spelling.objects.filter(holder__isnull=False).exists()])[0]
