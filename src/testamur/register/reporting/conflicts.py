"""Two sources that tell of the same certificate: the same number of the same issuer, and not the same state.

The rule, in this order: what an issuer says of its own certificate (issued here or reported by it) holds before what a
mirror says; then what was stated for the later day; then what was told first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from testamur.kernel.words import Origin
from testamur.parties.models import Organisation
from testamur.register.models import Attestation, Conflict, Current, Delivery, Remark
from testamur.register.reporting.database import among, asked, table
from testamur.register.reporting.differing import iso
from testamur.register.words import fold

#: What is compared, by the column of the present state.
COMPARED = ("status", "effective_on", "expires_on", "holder_text")
_OWN = frozenset({Origin.NATIVE.value, Origin.REPORTED.value})


def note_conflicts(delivery: Delivery, ids: Sequence[int], issuers: Sequence[int]) -> None:
    """Open conflicts of records that were just written with those of other sources, and end those that agree now.

    Args:
        issuers: of these records.
    """
    shared = _shared_issuers(delivery, issuers)
    if not shared:
        return
    for mine, other in _pairs(delivery, ids, shared):
        differs = _differences(mine, other)
        first, second = sorted((mine, other), key=lambda one: int(one["id"]))
        known = Conflict.objects.filter(first=first["id"], second=second["id"], ended_by=None).first()
        if not differs:
            if known is not None:
                known.ended_by = delivery
                known.save(update_fields=["ended_by"])
            continue
        told = {name: [first[name], second[name]] for name in differs}
        holds, rule = _decided(first, second)
        if known is None:
            Conflict.objects.create(
                first_id=first["id"], second_id=second["id"], holds_id=holds, rule=rule, differs=told, found_by=delivery
            )
        elif (known.differs, known.holds_id) != (told, holds):
            known.differs, known.holds_id, known.rule = told, holds, rule
            known.save(update_fields=["differs", "holds", "rule"])
        Remark.objects.create(
            delivery=delivery, rejects=False, row=mine["position"], line=mine["position"], code="told_differently",
            facts={"source": other["source"], "fields": list(differs)},
        )  # fmt: skip


def _shared_issuers(delivery: Delivery, issuers: Sequence[int]) -> list[int]:
    """Return those of some issuers of whom another source tells too, or who issued here."""
    condition, parameters = among("i.id", issuers, "bigint")
    # Three small looks into the index (issuer, source), where "another one than" would read all of an issuer's rows.
    one = f'EXISTS (SELECT 1 FROM "{table(Attestation)}" a WHERE a.issuer_id = i.id AND a.source_id'
    rows = asked(
        f'SELECT i.id FROM "{table(Organisation)}" i '
        f"WHERE {condition} AND ({one} IS NULL) OR {one} < %s) OR {one} > %s))",
        [*parameters, delivery.source_id, delivery.source_id],
    )
    return [issuer for (issuer,) in rows]


def _pairs(
    delivery: Delivery, ids: Sequence[int], issuers: Sequence[int]
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    mine, parameters = among("m.attestation_id", ids, "bigint")
    shared, more = among("m.issuer_id", issuers, "bigint")
    columns = ", ".join(
        f"{side}.attestation_id, {side}.position, "
        + ", ".join(f"{side}.{name}" for name in COMPARED)
        + f", {side}a.origin, {side}d.as_of, {side}s.names"
        for side in ("m", "o")
    )
    joins = " ".join(
        f'JOIN "{table(Attestation)}" {side}a ON {side}a.id = {side}.attestation_id '
        f'LEFT JOIN "register_source" {side}s ON {side}s.id = {side}a.source_id '
        f'LEFT JOIN "{table(Delivery)}" {side}d ON {side}d.id = {side}.delivery_id'
        for side in ("m", "o")
    )
    rows = asked(
        f'SELECT {columns} FROM "{table(Current)}" m JOIN "{table(Current)}" o '
        "ON o.number_key = m.number_key AND o.issuer_id = m.issuer_id AND o.attestation_id <> m.attestation_id "
        f"{joins} WHERE {mine} AND {shared} AND m.number_key <> '' AND m.gone_on IS NULL AND o.gone_on IS NULL "
        "AND (oa.source_id IS NULL OR oa.source_id <> %s)",
        [*parameters, *more, delivery.source_id],
    )
    width = len(COMPARED) + 5
    return [(_side(row[:width]), _side(row[width:])) for row in rows]


def _side(row: Sequence[Any]) -> dict[str, Any]:
    id, position, status, first, last, holder, origin, as_of, names = row
    names = json.loads(names) if isinstance(names, str) else names
    return {
        "id": id, "position": position or 0, "status": status, "effective_on": iso(first), "expires_on": iso(last),
        "holder_text": holder, "origin": origin, "as_of": iso(as_of), "source": names or {},
    }  # fmt: skip


def _differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    found = [name for name in COMPARED[:3] if one[name] != other[name]]
    if fold(one["holder_text"]) != fold(other["holder_text"]):
        found.append("holder_text")
    return found


def _decided(first: dict[str, Any], second: dict[str, Any]) -> tuple[int, str]:
    own = [one for one in (first, second) if one["origin"] in _OWN]
    if len(own) == 1:
        return int(own[0]["id"]), Conflict.Rule.OWN_WORD
    days = [date.fromisoformat(one["as_of"]) if one["as_of"] else date.max for one in (first, second)]
    if days[0] != days[1]:
        return int((first if days[0] > days[1] else second)["id"]), Conflict.Rule.LATER_DAY
    return int(first["id"]), Conflict.Rule.FIRST_TOLD
