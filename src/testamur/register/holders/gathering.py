"""Spellings gathered from the records, and likely pairs looked for among them, a bounded step at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction

from testamur.kernel import clock
from testamur.register.holders.comparing import Named, compare, keys
from testamur.register.holders.naming import identifiers_of, key_of
from testamur.register.models import Current, HolderPass, Spelling, SpellingKey, Suggestion

#: Records read, and spellings compared, in one step.
RECORDS, SPELLINGS = 5000, 500
#: Spellings that share a key at most; what more share tells nothing.
COMMON = 40
#: Hours after which the register is gone through again.
AGAIN = 24


@transaction.atomic
def gather(limit: int = RECORDS) -> int:
    """Read the next records and keep the spellings they bear; returns how many records were read, 0 at the end."""
    state, _made = HolderPass.objects.select_for_update().get_or_create(pk=1)
    if not state.reached and state.ended_at and (clock.now() - state.ended_at).total_seconds() < AGAIN * 3600:
        return 0
    rows: list[Any] = list(
        Current.objects.filter(pk__gt=state.reached, confidential=False, personal=False)
        .order_by("pk")
        .values("pk", "holder_text", "country", "region", "said", "edition_id")[:limit]
    )
    if rows:
        _keep(rows)
        state.reached = rows[-1]["pk"]
    else:
        state.reached, state.ended_at = 0, clock.now()
    state.save()
    return len(rows)


def _keep(rows: Sequence[dict[str, Any]]) -> None:
    seen: dict[str, Spelling] = {}
    for row, identifiers in zip(rows, identifiers_of(rows), strict=True):
        key = key_of(row["holder_text"])
        if not key:
            continue
        one = seen.setdefault(key, Spelling(key=key, name=row["holder_text"]))
        _learn(one, row, identifiers)
    known = {one.key: one for one in _known(seen)}
    Spelling.objects.bulk_create([one for key, one in seen.items() if key not in known], batch_size=500)
    changed = []
    for key, one in known.items():
        before = (one.country, one.region, one.identifiers)
        new = seen[key]
        _learn(one, {"country": new.country, "region": new.region}, {k: set(v) for k, v in new.identifiers.items()})
        if (one.country, one.region, one.identifiers) != before:
            one.paired = False  # what is newly known of it may be what another shares
            changed.append(one)
    Spelling.objects.bulk_update(changed, ["country", "region", "identifiers", "paired"], batch_size=200)


def _known(keys: Iterable[str]) -> list[Spelling]:
    listed, found = list(keys), list[Spelling]()
    for start in range(0, len(listed), 500):
        found += Spelling.objects.filter(key__in=listed[start : start + 500])
    return found


def _learn(one: Spelling, row: dict[str, Any], identifiers: dict[str, set[str]]) -> None:
    one.country = one.country or row["country"]
    one.region = one.region or row["region"]
    merged = {scheme: set(values) for scheme, values in one.identifiers.items()}
    for scheme, values in identifiers.items():
        merged.setdefault(scheme, set()).update(values)
    one.identifiers = {scheme: sorted(values) for scheme, values in sorted(merged.items())}


@transaction.atomic
def suggest(limit: int = SPELLINGS) -> int:
    """Look for others like the next spellings; returns how many spellings were compared, 0 when none waits."""
    waiting = list(Spelling.objects.filter(paired=False).order_by("pk")[:limit])
    if not waiting:
        return 0
    told = {one.pk: keys(_named(one)) for one in waiting}
    SpellingKey.objects.filter(spelling__in=told).delete()
    SpellingKey.objects.bulk_create(
        [SpellingKey(spelling_id=pk, key=key) for pk, listed in told.items() for key in listed], batch_size=1000
    )
    sharing = _sharing({key for listed in told.values() for key in listed})
    wanted = {other for listed in sharing.values() for other in listed}
    others = {
        one.pk: one
        for start in range(0, len(wanted), 900)
        for one in Spelling.objects.filter(pk__in=sorted(wanted)[start : start + 900])
    }
    found: dict[tuple[int, int], Suggestion] = {}
    for one in waiting:
        for key in told[one.pk]:
            for pk in sharing.get(key, ()):
                first, second = sorted((one.pk, pk))
                if first == second or (first, second) in found:
                    continue
                like = compare(_named(one), _named(others[pk]))
                if like is not None:
                    reasons = [{"code": code, "facts": dict(facts)} for code, facts in like.reasons]
                    found[first, second] = Suggestion(
                        first_id=first, second_id=second, score=like.score, reasons=reasons
                    )
    # What is known no better stays; what was learnt since is said anew.
    Suggestion.objects.bulk_create(
        found.values(), batch_size=500, update_conflicts=True, unique_fields=["first", "second"],
        update_fields=["score", "reasons"],
    )  # fmt: skip
    Spelling.objects.filter(pk__in=told).update(paired=True)
    return len(waiting)


def _sharing(wanted: set[str]) -> dict[str, list[int]]:
    """Return the spellings under each key, of keys that few share."""
    found: dict[str, list[int]] = defaultdict(list)
    listed = sorted(wanted)
    for start in range(0, len(listed), 500):
        for key, pk in SpellingKey.objects.filter(key__in=listed[start : start + 500]).values_list("key", "spelling"):
            found[key].append(pk)
    return {key: pks for key, pks in found.items() if 1 < len(pks) <= COMMON or (key[:3] == "id:" and len(pks) > 1)}


def _named(one: Spelling) -> Named:
    return Named(one.name, one.country, one.region, one.identifiers)
