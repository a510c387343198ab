"""Keeping the index current: what waits, and working it off.

Triggers write down every record whose state changed (``tables``). Acts call :func:`keep` in their own transaction, so
that what was just issued is found at once; what comes in bulk waits for the worker, which calls :func:`catch_up`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import connection, transaction

from testamur.register.finding import documents, frequencies, near
from testamur.register.finding.index import index
from testamur.register.finding.names import note
from testamur.register.finding.tables import COLUMNS
from testamur.register.models import Waiting
from testamur.register.reporting.database import among, done, table

#: Records of one transaction of the worker: long enough to be fast, short enough that others may write.
BATCH = 5000


def waiting(most: int | None = None) -> int:
    """Return how many records the index does not know as they are now; counted up to ``most`` and one more."""
    rows = Waiting.objects.order_by()
    return (rows if most is None else rows[: most + 1]).count()


def wait(first: int, last: int) -> None:
    """Say in the transaction that wrote them in bulk that the records of a range of identities wait to be indexed."""
    if connection.vendor == "sqlite":  # elsewhere one trigger has said so of all of them
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT OR IGNORE INTO register_waiting (attestation_id) "
                "SELECT attestation_id FROM register_current WHERE attestation_id BETWEEN %s AND %s",
                [first, last],
            )


def stale(ids: Collection[int]) -> None:
    """Say that records must be indexed again although their rows did not change, for instance because an organisation
    has another name. Rows of ``Current`` that are written say so themselves."""
    before = "NULL"
    if connection.vendor == "sqlite":
        before = "json_object({})".format(", ".join(f"'{name}', {name}" for name in COLUMNS))
    listed = sorted(ids)
    with connection.cursor() as cursor:
        for start in range(0, len(listed), 500):
            batch = listed[start : start + 500]
            cursor.execute(
                f"INSERT INTO register_waiting (attestation_id, before) SELECT attestation_id, {before} "
                f"FROM register_current WHERE attestation_id IN ({', '.join(['%s'] * len(batch))}) "
                "ON CONFLICT DO NOTHING",
                batch,
            )


def keep(ids: Collection[int]) -> None:
    """Index records as they are now, in the transaction of the act that wrote them."""
    _work_off(list(Waiting.objects.filter(pk__in=ids).values_list("attestation_id", "before")))


def catch_up(limit: int = BATCH) -> int:
    """Index what waits, at most so many records, newest first.

    Returns:
        How many were indexed; less than ``limit`` means that nothing waits any more.
    """
    with transaction.atomic():
        found = Waiting.objects.order_by("-attestation_id")
        if connection.vendor == "postgresql":
            found = found.select_for_update(skip_locked=True)
        batch = list(found.values_list("attestation_id", "before")[:limit])
        _work_off(batch)
        if batch:
            index().settle()
    return len(batch)


def work_off(progress: Callable[[int, int], None] = lambda _done, _of: None) -> int:
    """Index everything that waits, batch by batch, then what is derived from it: frequencies and names alike.

    Args:
        progress: called with (records done, records in all) after every batch.

    Returns:
        How many records were indexed.
    """
    left, indexed = waiting(), 0
    while found := catch_up():
        indexed += found
        progress(indexed, max(left, indexed))
    if indexed:
        frequencies.refresh()
        near.catch_up()
    return indexed


def rebuild(progress: Callable[[int, int], None] = lambda _done, _of: None, *, anew: bool = True) -> int:
    """Index every record.

    Args:
        progress: called with (records done, records in all) after every batch.
        anew: forget the index first; without it, an interrupted rebuild goes on where it stopped.

    Returns:
        How many records were indexed.
    """
    if anew:
        with transaction.atomic():
            Waiting.objects.all().delete()
            index().empty()
            with connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO register_waiting (attestation_id) SELECT attestation_id FROM register_current"
                )
    indexed = work_off(progress)
    frequencies.refresh(always=True)
    near.rebuild()
    return indexed


def _work_off(batch: Sequence[tuple[int, Any]]) -> None:
    """Index records, each with the state under which it is indexed so far, None for none."""
    if not batch:
        return
    ids = [id for id, _before in batch]
    engine = index()
    if connection.vendor == "sqlite":
        # What the engine must name to forget it; a record that was never indexed has no such state.
        engine.remove(documents.documents(indexed(id, before) for id, before in batch if before is not None))
    else:
        engine.remove(dict.fromkeys(ids, ()))
    states = documents.present(ids)
    engine.add(documents.documents(states))
    note(states)
    condition, parameters = among("attestation_id", ids, "bigint")
    done(f'DELETE FROM "{table(Waiting)}" WHERE {condition}', parameters)


def indexed(id: int, before: Any) -> dict[str, Any]:
    """Return the state under which SQLite's index holds a record that waits."""
    return {"attestation_id": id, **(json.loads(before) if isinstance(before, str) else before)}

