"""What was stored before traditional characters were folded and identifiers were words, brought along.

Only rows that change are written; the index learns of them as of any other row that waits. SQLite's index must be told
the very tokens it holds to forget them, and those that an earlier version wrote nobody makes any more but this file: so
there they are taken out here, and what waits is new to the index. By number all are found meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from testamur.journal.marks import touch
from testamur.register import identifiers
from testamur.register.finding import documents, frequencies, keeping, near, tokens
from testamur.register.finding.index import index
from testamur.register.models import Current, Frequency, HolderName, Waiting
from testamur.register.scripts import simplified
from testamur.register.words import fold, fold_in_its_script

#: Records, or names, of one transaction.
LOTS = 2000


def refold() -> int:
    """Write the words of records as they are folded now, and let those whose tokens differ wait for the index.

    Every lot is a transaction of its own: what was interrupted is run again and goes through what is left.

    Returns:
        How many records wait because of it.
    """
    if connection.vendor == "sqlite":
        _forget_waiting()
    return sum(_refold(states) for states in _states())


def refold_names() -> None:
    """Write the keys of holders' names as they are folded now; of names that are one by now, one stays."""
    last = HolderName.objects.aggregate(last=Max("pk"))["last"] or 0
    for segment in range((last >> near.SEGMENT) + 1):
        first = segment << near.SEGMENT
        rows = HolderName.objects.filter(pk__gte=first, pk__lt=first + (1 << near.SEGMENT)).values_list("pk", "key")
        changed = {pk: folded for pk, key in rows.iterator() if (folded := simplified(key)) != key}
        if changed:
            with transaction.atomic():
                _rename(changed)
                near.rewrite(segment)


def _rename(changed: dict[int, str]) -> None:
    keys, taken = list(changed.values()), set[str]()
    for start in range(0, len(keys), LOTS):
        taken |= set(HolderName.objects.filter(key__in=keys[start : start + LOTS]).values_list("key", flat=True))
    for pk, key in changed.items():
        if key in taken:
            HolderName.objects.filter(pk=pk).delete()
        else:
            HolderName.objects.filter(pk=pk).update(key=key)
            taken.add(key)


def refold_frequencies() -> None:
    """Count common tokens under the characters by which they are asked for now."""
    with transaction.atomic():
        known = dict(Frequency.objects.values_list("token", "records"))
        changed = {token: folded for token in known if (folded := _token(token)) != token}
        if not changed:
            return
        for token, folded in changed.items():
            known[folded] = known.get(folded, 0) + known[token]
        Frequency.objects.filter(pk__in=[*changed, *changed.values()]).delete()
        Frequency.objects.bulk_create(
            [Frequency(token=token, records=known[token]) for token in set(changed.values())], batch_size=LOTS
        )
        touch(frequencies.AREA)


def _states() -> Iterator[list[dict[str, Any]]]:
    """Yield the present states of all records in lots, by identity."""
    last = 0
    while True:
        ids = list(Current.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:LOTS])
        if not ids:
            return
        last = ids[-1]
        yield documents.present(ids)


def _refold(states: Sequence[documents.State]) -> int:
    """Bring some records along; returns how many wait because of it."""
    with transaction.atomic():
        named = documents.identified([state for state in states if _may_identify(state)])
        words: dict[int, str] = {}
        affected: dict[int, documents.State] = {}
        for state in states:
            pk = state["attestation_id"]
            stated = [] if state["personal"] else named.get(pk, [])
            text = _with(simplified(state["search"]), stated)
            if text != state["search"]:
                words[pk] = text
            if pk in words or identifiers.beginnings(stated) or _is_otherwise_named(state):
                affected[pk] = state
        if not affected:
            return 0
        if connection.vendor == "sqlite":
            waiting = set(Waiting.objects.filter(pk__in=list(affected)).values_list("pk", flat=True))
            index().remove(_as_indexed_before([state for pk, state in affected.items() if pk not in waiting]))
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE register_current SET search = %s WHERE attestation_id = %s",
                [(text, pk) for pk, text in words.items()],
            )
        _wait(affected)
    return len(affected)


def _wait(ids: Collection[int]) -> None:
    """Let records wait as ones that the index does not hold, whatever the triggers said of them just now."""
    Waiting.objects.bulk_create([Waiting(pk=pk) for pk in ids], ignore_conflicts=True, batch_size=LOTS)
    if connection.vendor == "sqlite":
        listed = list(ids)
        for start in range(0, len(listed), 500):
            Waiting.objects.filter(pk__in=listed[start : start + 500]).update(before=None)


def _forget_waiting() -> None:
    """Take out of the index what it holds of records that wait already."""
    while rows := list(Waiting.objects.filter(before__isnull=False).only("before").order_by("pk")[:LOTS]):
        with transaction.atomic():
            index().remove(_as_indexed_before([keeping.indexed(row.pk, row.before) for row in rows]))
            _wait([row.pk for row in rows])


def _as_indexed_before(states: Collection[documents.State]) -> dict[int, list[str]]:
    """Return the tokens that an earlier version gave some states, by identity."""
    told = [state for state in states if not (state["confidential"] or state["personal"])]
    if not told:
        return {}
    about = documents.About(told)
    found: dict[int, list[str]] = {}
    for state in told:
        names = [fold_in_its_script(name) for name in documents.names(state)]
        held = [token for name in names for token in (tokens.holder(name), *tokens.beginnings(name))]
        listed = [*tokens.of_folded(state["search"]), *held, *documents.facets(state, about=about)]
        found[state["attestation_id"]] = list(dict.fromkeys(listed))
    return found


def _may_identify(state: documents.State) -> bool:
    """Say whether a state may name identifiers: most of what is read need not be parsed for them."""
    said = state["said"]
    return state["edition_id"] is not None or (said is not None and "identifiers" in str(said))


def _with(search: str, stated: Sequence[str]) -> str:
    """Return the words of a record with those identifiers that are not among them."""
    lacking = [one for form in stated if (one := fold(form)) and f" {one} " not in f"{search} "]
    return f"{search.rstrip()} {' '.join(lacking)} " if lacking else search


def _is_otherwise_named(state: documents.State) -> bool:
    name = state["holder_text"]
    return not name.isascii() and fold(name) != fold_in_its_script(name)


def _token(token: str) -> str:
    """Return a common token as it is made now; facets of anything but names keep the characters of their values."""
    if token.startswith(tokens.facet("", "")[0]) and not token.startswith((tokens.holder(""), tokens.beginning(""))):
        return token
    return simplified(token)
