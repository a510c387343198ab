"""The records that bear a number: none, one or several; a number is never a key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import Upper

from testamur.kernel.words import Origin
from testamur.parties.models import Organisation
from testamur.register import states
from testamur.register.authority import sites_of_editions
from testamur.register.models import Attestation, Current, Delivery, Edition, Past, StatusChange
from testamur.register.words import fold, number_key

#: Numbers that one question to the database names; SQLite takes 999 values in one.
TOGETHER = 400
#: Whose word goes first where several tell of one number: the issuer's own before anybody's copy of it.
PRECEDENCE = {Origin.NATIVE: 0, Origin.REPORTED: 1, Origin.MIRRORED: 2, Origin.TRANSCRIBED: 3}


def by_number(number: str, holder: str = "") -> list[Attestation]:
    """Return the attestations that bear a number: none, one or several; a number is never a key.

    Persons' are found only by number *and* name, and editions that were replaced lead to their attestation too.

    Args:
        number: in any spelling: case, spaces and punctuation do not matter.
        holder: part of the holder's name; needed for persons.
    """
    return named_so(bearing([number])[number], holder)


def bearing(numbers: Collection[str]) -> dict[str, list[Attestation]]:
    """Return number → the attestations that bear it or once bore it, whole, the issuer's own word first."""
    found: dict[str, list[Attestation]] = {number: [] for number in numbers}
    wanted = list(found)
    for place in range(0, len(wanted), TOGETHER):
        _find(wanted[place : place + TOGETHER], found)
    return found


def _find(numbers: Sequence[str], found: dict[str, list[Attestation]]) -> None:
    keys: dict[str, list[str]] = {}
    for number in numbers:
        if key := number_key(number):
            keys.setdefault(key, []).append(number)
    rows: set[tuple[str, int]] = set(
        Current.objects.filter(number_key__in=keys).values_list("number_key", "attestation_id")
    )
    rows |= set(Past.objects.filter(number_key__in=keys).order_by().values_list("number_key", "attestation_id"))
    asked: dict[str, str] = {number.strip().upper(): number_key(number) for number in numbers}
    replaced = Edition.objects.annotate(upper=Upper("number")).filter(upper__in=asked).order_by()
    rows |= {(asked[upper], pk) for upper, pk in replaced.values_list("upper", "attestation_id") if asked[upper]}
    whole = load({pk for _key, pk in rows})
    for key, pk in sorted(rows, key=lambda row: precedence(whole[row[1]])):
        for number in keys[key]:
            found[number].append(whole[pk])


def precedence(attestation: Attestation) -> tuple[int, int]:
    """Return the place of a record among those that bear one number."""
    return PRECEDENCE[Origin(attestation.origin)], attestation.pk


def load(pks: Iterable[int]) -> dict[int, Attestation]:
    """Return attestations by their keys with all that an answer reads, asked set by set."""
    # Few have a main one or a holder that is registered: what most do not have is joined for nobody.
    rows = {row.pk: row for row in _together(Attestation.objects.all(), "pk", pks)}
    mains = load({row.main_id for row in rows.values() if row.main_id is not None} - set(rows)) if rows else {}
    organisations = Organisation.objects.in_bulk(
        {pk for row in rows.values() for pk in (row.issuer_id, row.holder_id) if pk is not None}
    )
    currents = {row.attestation_id: row for row in _together(Current.objects.all(), "attestation", rows)}
    told = [row.pk for row in rows.values() if row.source_id is not None]
    past: dict[int, list[Past]] = {pk: [] for pk in told}
    for state in _together(Past.objects.order_by("id"), "attestation", told):
        past[state.attestation_id].append(state)
    states_ = [currents[pk] for pk in told] + [state for one in past.values() for state in one]
    deliveries = Delivery.objects.in_bulk({state.delivery_id for state in states_})
    for state in states_:
        state.delivery = deliveries[state.delivery_id]  # type: ignore[index]
    for row in rows.values():
        row.issuer = organisations[row.issuer_id]
        if row.holder_id is not None:
            row.holder = organisations[row.holder_id]
        if row.main_id is not None:
            row.main = mains.get(row.main_id) or rows[row.main_id]
        if row.pk in currents:
            row.current = currents[row.pk]
        if row.source_id is not None:
            states.read_ahead(row, "past", past[row.pk])
            states.opened_from(row, states.states_of(row))
    _read_whole([row for row in rows.values() if row.source_id is None])
    return rows


def _together(rows: QuerySet[Any], name: str, values: Iterable[int]) -> Iterable[Any]:
    wanted = list(values)
    for place in range(0, len(wanted), TOGETHER):
        yield from rows.filter(**{f"{name}__in": wanted[place : place + TOGETHER]})


def _read_whole(rows: list[Attestation]) -> None:
    from django.db.models import prefetch_related_objects

    if rows:
        editions = Edition.objects.select_related("scheme").defer("scheme__body")
        prefetch_related_objects(
            rows,
            "person",
            Prefetch("editions", editions),
            "editions__lines",
            "editions__parties",
            sites_of_editions(),
            Prefetch("changes", StatusChange.objects.all()),
        )


def named_so(found: Iterable[Attestation], holder: str) -> list[Attestation]:
    """Return those whose holder is named so; persons' only by their whole name, and never without one."""
    wanted = fold(holder)
    return [row for row in found if _named_so(row, wanted)]


def _named_so(row: Attestation, wanted: str) -> bool:
    if not wanted:
        return not row.personal
    text = row.current.holder_text if hasattr(row, "current") else ""
    if row.personal:
        return wanted in {fold(part) for part in text.split(" / ")}
    return wanted in fold(text)
