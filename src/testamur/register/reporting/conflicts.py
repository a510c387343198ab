"""The conflicts that a delivery opens and ends: pairs of records of one certificate, found while it is written.

What is compared and whose word holds is said in one place, ``register.conflicts``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from testamur.kernel.words import Origin
from testamur.parties.models import Organisation
from testamur.register.conflicts import Side, decided, differences, same_certificate
from testamur.register.models import Attestation, Conflict, Current, Delivery, Remark, Source
from testamur.register.reporting.database import among, asked, table
from testamur.register.reporting.differing import iso

_STATED = ("status", "effective_on", "expires_on", "holder_text")


def note_conflicts(delivery: Delivery, ids: Sequence[int], issuers: Sequence[int]) -> None:
    """Open conflicts of records that were just written with those of other sources, and end those that agree now.

    Args:
        issuers: of these records.
    """
    shared = _shared_issuers(delivery, issuers)
    pairs = _pairs(delivery, ids, shared) if shared else []
    if delivery.source.origin == Origin.REPORTED and _others_report(delivery):
        pairs += [pair for pair in _pairs(delivery, ids, None) if same_certificate(pair[0].side, pair[1].side)]
    for mine, other in pairs:
        differs = differences(mine.side, other.side)
        first, second = sorted((mine, other), key=lambda one: one.side.id)
        known = Conflict.objects.filter(first=first.side.id, second=second.side.id, ended_by=None).first()
        if not differs:
            if known is not None:
                known.ended_by = delivery
                known.save(update_fields=["ended_by"])
            continue
        told = {name: [first.told(name), second.told(name)] for name in differs}
        holds, rule = decided(first.side, second.side)
        if known is None:
            Conflict.objects.create(
                first_id=first.side.id, second_id=second.side.id, holds_id=holds, rule=rule, differs=told,
                found_by=delivery,
            )  # fmt: skip
        elif known.differs != told or (known.rule != Conflict.Rule.SETTLED and known.holds_id != holds):
            # What was settled was settled of what was said then.
            known.differs, known.holds_id, known.rule = told, holds, rule
            known.reason, known.settled_by, known.settled_at = "", None, None
            known.save(update_fields=["differs", "holds", "rule", "reason", "settled_by", "settled_at"])
        Remark.objects.create(
            delivery=delivery, rejects=False, row=mine.position, line=mine.position, code="told_differently",
            facts={"source": other.source, "fields": list(differs)},
        )  # fmt: skip


@dataclass(frozen=True)
class _Told:
    """A side as a delivery meets it.

    Attributes:
        source: names; of what was issued here none.
    """

    side: Side
    position: int
    source: dict[str, str]

    def told(self, name: str) -> Any:
        if name == "issuer":
            return dict(Organisation.objects.values_list("names", flat=True).get(pk=self.side.issuer))
        return getattr(self.side, name)


def _others_report(delivery: Delivery) -> bool:
    return Source.objects.filter(origin=Origin.REPORTED).exclude(pk=delivery.source_id).exists()


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


def _pairs(delivery: Delivery, ids: Sequence[int], issuers: Sequence[int] | None) -> list[tuple[_Told, _Told]]:
    """Return records of some issuers with what others tell of the same number and issuer; None: of another issuer that
    reports."""
    mine, parameters = among("m.attestation_id", ids, "bigint")
    if issuers is None:
        shared, more, same = "oa.origin = %s", [Origin.REPORTED.value], "<>"
    else:
        shared, more = among("m.issuer_id", issuers, "bigint")
        same = "="
    columns = ", ".join(
        f"{side}.attestation_id, {side}.issuer_id, {side}.position, "
        + ", ".join(f"{side}.{name}" for name in _STATED)
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
        f"ON o.number_key = m.number_key AND o.issuer_id {same} m.issuer_id AND o.attestation_id <> m.attestation_id "
        f"{joins} WHERE {mine} AND {shared} AND m.number_key <> '' AND m.gone_on IS NULL AND o.gone_on IS NULL "
        "AND (oa.source_id IS NULL OR oa.source_id <> %s)",
        [*parameters, *more, delivery.source_id],
    )
    width = len(_STATED) + 6
    return [(_side(row[:width]), _side(row[width:])) for row in rows]


def _side(row: Sequence[Any]) -> _Told:
    id, issuer, position, status, first, last, holder, origin, as_of, names = row
    names = json.loads(names) if isinstance(names, str) else names
    day = date.fromisoformat(iso(as_of) or "") if as_of else None
    side = Side(id, origin, day, status, iso(first) or "", iso(last) or "", holder, issuer)
    return _Told(side, position or 0, names or {})
