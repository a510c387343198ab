"""Sources and what they deliver, written as rows: a file of a source is compared with what was known, as ADR 0019 says.

No reading, no checking, no log: what reporting does before a row is written is not asked here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from testamur.kernel.words import Origin, Status
from testamur.parties.models import Organisation
from testamur.register.finding.keeping import wait
from testamur.register.models import Attestation, Current, Delivery, Mapping, Past, Source
from testamur.register.words import number_key

#: What a row may say beside ``key``, with what it says where it does not.
#: What its mapping says of the records.
BODY = {"source": {"scheme": "sample", "title": {"en": "Sample approval", "zh": "示例批准"}}}
ROW: dict[str, Any] = {"number": "", "status": Status.VALID, "effective_on": None, "expires_on": None, "said": {}}


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


def source(issuer: Organisation, key: str = "sample-register", *, origin: str = Origin.MIRRORED, **more: Any) -> Source:
    owner = issuer if origin == Origin.REPORTED else None
    names = {"en": f"Sample {key}", "zh": f"示例{key}"}
    return Source.objects.create(key=key, origin=origin, organisation=owner, names=names, **more)


def deliver(
    told_by: Source, issuer: Organisation, as_of: date, rows: list[dict[str, Any]], *, whole: bool = True,
    at: datetime | None = None,
) -> Delivery:  # fmt: skip
    """Write what a delivery changes: new records, states that end and states that begin, records gone and returned."""
    told = {"body": BODY, "digest": "0" * 64}
    mapping, _made = Mapping.objects.get_or_create(source=told_by, version=1, defaults=told)
    delivery = Delivery.objects.create(
        source=told_by, mapping=mapping, as_of=as_of, whole=whole, rows=len(rows), state=Delivery.State.COMMITTED,
        committed_at=at or noon(as_of), digest=f"{Delivery.objects.count():064d}",
    )  # fmt: skip
    known = {row.attestation.origin_key: row for row in _states(told_by)}
    for position, given in enumerate(rows, start=1):
        row = {**ROW, **given}
        fields = {
            "number": row["number"] or row["key"], "number_key": number_key(row["number"] or row["key"]),
            "status": row["status"], "effective_on": row["effective_on"], "expires_on": row["expires_on"],
            "said": row["said"], "gone_on": None,
        }  # fmt: skip
        before = known.pop(row["key"], None)
        if before is None:
            _new(told_by, issuer, row["key"], delivery, position, fields)
        elif any(getattr(before, name) != value for name, value in fields.items()):
            _next(before, delivery, position, fields, "returned" if before.gone_on else "changed")
    if whole:
        for before in known.values():
            if before.gone_on is None:
                _next(before, delivery, 0, {"gone_on": as_of}, "gone")
    return delivery


def record(told_by: Source, key: str) -> Attestation:
    return Attestation.objects.get(source=told_by, origin_key=key)


def _states(told_by: Source) -> list[Current]:
    return list(Current.objects.filter(attestation__source=told_by).select_related("attestation"))


def _new(told_by: Source, issuer: Organisation, key: str, delivery: Delivery, position: int, fields: Any) -> None:
    attestation = Attestation.objects.create(
        issuer=issuer, scheme_id_text="sample", origin=told_by.origin, origin_name=told_by.key, origin_key=key,
        source=told_by, sample=True,
    )  # fmt: skip
    parties = fields["said"].get("parties", [])
    named = " / ".join(dict.fromkeys(parties[0]["names"].values())) if parties else ""
    Current.objects.create(
        attestation=attestation, holder_text=named, issuer=issuer, scheme="sample", changed_at=delivery.committed_at,
        since=delivery.as_of, delivery=delivery, position=position, **fields,
    )  # fmt: skip
    wait(attestation.pk, attestation.pk)  # as every writer of what is delivered says


def _next(before: Current, delivery: Delivery, position: int, fields: Any, change: str) -> None:
    same = ("attestation", "number", "number_key", "issuer", "status", "effective_on", "expires_on", "said", "since",
            "gone_on", "delivery", "position")  # fmt: skip
    Past.objects.create(
        **{name: getattr(before, name) for name in same}, until=delivery.as_of, ended_by=delivery, change=change
    )
    for name, value in fields.items():
        setattr(before, name, value)
    before.since, before.delivery, before.position = delivery.as_of, delivery, position
    before.changed_at = delivery.committed_at
    before.save()
