"""What a delivery would change, or changed: record by record, old beside new."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import Exists, OuterRef

from testamur.files.actions import path_of
from testamur.parties.models import Organisation
from testamur.register.models import Current, Delivery, Past
from testamur.register.reporting import mapping as mappings
from testamur.register.reporting.differing import Change, Step, iso
from testamur.register.reporting.folding import Folding
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.preparing import prepare, told_by
from testamur.register.reporting.records import Record
from testamur.register.reporting.spool import Spool
from testamur.register.reporting.writing import listed_keys

#: Kinds that a page and a file list, in the order in which they are told.
LISTED = (Change.NEW, Change.CHANGED, Change.RENEWED, Change.STATUS, Change.GONE, Change.RETURNED)
_PLAIN = (
    "number",
    "holder",
    "issuer",
    "scheme",
    "status",
    "effective_on",
    "expires_on",
    "country",
    "region",
    "standards",
)
#: What a past state does not keep, so that nothing is said of it afterwards.
_NOT_KEPT = frozenset({"scheme", "country", "region"})
#: Parts of what a source says that are told otherwise (the party) or are the same for all rows.
_HIDDEN = frozenset({"title", "authoritative", "parties", "requirements"})


@dataclass(frozen=True)
class Changed:
    """One record that a delivery changes.

    Attributes:
        line: of the file; 0: the file does not list it.
        attestation: public id; empty while it is new.
        fields: (name, old, new) of what differs; names as ``Current`` has them, or as the source's parts are called.
        key: of the record at its source.
    """

    change: Change
    line: int
    number: str
    holder: str
    status: str
    expires_on: str | None
    attestation: str = ""
    fields: Sequence[tuple[str, str, str]] = ()
    key: str = ""


def changes_of(delivery: Delivery, change: Change) -> Iterator[Changed]:
    """Yield the records of a delivery that a change concerns, as they come; read no more of them than is shown."""
    if delivery.state == Delivery.State.COMMITTED:
        yield from _gone_since(delivery) if change is Change.GONE else _done(delivery, change)
    elif delivery.state in (Delivery.State.JUDGED, Delivery.State.REFUSED) and delivery.counts:
        yield from _proposed(delivery, change)


def unsaid(delivery: Delivery) -> Iterator[Changed]:
    """Yield the records of a whole list that are otherwise than the change feeds before it had said."""
    for change in LISTED if delivery.fed else ():
        yield from changes_of(delivery, change)


# ------------------------------------------------------------ what would change


def _proposed(delivery: Delivery, change: Change) -> Iterator[Changed]:
    read = mappings.read(delivery.mapping.body)
    spool = Spool(delivery.public_id)
    if not spool.path.exists():
        assert delivery.file is not None
        prepare(delivery, path_of(delivery.file.sha256), read)
    records, issuers = told_by(delivery, spool, read), Issuers(delivery.source, read)
    if isinstance(records, Folding):
        if change is not Change.GONE:
            for step in records.steps(delivery.source, issuers):
                yield from _of_step(step, change, issuers)
        elif delivery.whole:
            yield from _absent(delivery, records)
        return
    for step in records.steps(delivery.source, issuers, ahead=True):
        yield from _of_step(step, change, issuers)


def _absent(delivery: Delivery, records: Folding) -> Iterator[Changed]:
    for ids, keys in listed_keys(delivery):
        absent = [id for id, one in zip(ids, records.keys.absent(keys), strict=True) if one]
        for start in range(0, len(absent), 500):
            rows = Current.objects.filter(pk__in=absent[start : start + 500]).select_related("attestation")
            yield from (_of_state(Change.GONE, row) for row in rows.order_by("pk"))


def _of_step(step: Step, change: Change, issuers: Issuers) -> Iterator[Changed]:
    places = [place for place, one in enumerate(step.changes) if one is change]
    for start in range(0, len(places), 500):
        part = places[start : start + 500]
        known = {place: state.attestation for place in part if step.known and (state := step.known[place]) is not None}
        rows = Current.objects.filter(pk__in=known.values()).select_related("attestation", "issuer").in_bulk()
        for place in part:
            one = step.records.at(place)
            row = rows.get(known.get(place, 0))
            if change is Change.GONE and row is not None:  # its row says no more than that
                yield _of_state(change, row, one.line)
                continue
            before = _said(row) if row is not None else {}
            fields = _differing(before, _told(one, before)) if row is not None else []
            public_id = row.attestation.public_id if row is not None else ""
            yield Changed(
                change, one.line, one.number, one.holder, one.status, one.expires_on, public_id, fields, one.key
            )


def _told(one: Record, before: Mapping[str, str]) -> dict[str, str]:
    plain = {name: str(getattr(one, name) or "") for name in _PLAIN}
    plain["issuer"] = one.issuer or before.get("issuer", "")
    if len(plain["issuer"]) == 10 and (body := Organisation.objects.filter(public_id=plain["issuer"]).first()):
        plain["issuer"] = _text(body.names)
    return _parts(json.loads(one.said)) | plain


# ------------------------------------------------------------ what changed


def _done(delivery: Delivery, change: Change) -> Iterator[Changed]:
    if change is Change.NEW:
        yield from _new(delivery)
        return
    rows = (
        Past.objects.filter(ended_by=delivery, change=str(change))
        .order_by("id")
        .select_related("attestation", "issuer")
    )
    for old in rows.iterator(500):
        after = Past.objects.filter(attestation=old.attestation_id, id__gt=old.pk).select_related("issuer").first()
        now = Current.objects.select_related("issuer").get(pk=old.attestation_id)
        new: Current | Past = after or now
        fields = [one for one in _differing(_said(old), _said(new)) if one[0] not in _NOT_KEPT]
        yield Changed(
            change, new.position or 0, new.number, now.holder_text, new.status, iso(new.expires_on),
            old.attestation.public_id, fields, old.attestation.origin_key,
        )  # fmt: skip


def _new(delivery: Delivery) -> Iterator[Changed]:
    earlier = Past.objects.filter(attestation=OuterRef("attestation"))
    present = Current.objects.filter(delivery=delivery).filter(~Exists(earlier))
    ended = Past.objects.filter(delivery=delivery).filter(~Exists(earlier.filter(pk__lt=OuterRef("pk"))))
    for states in (present, ended):
        rows = states.select_related("attestation").order_by("pk")
        yield from (_of_state(Change.NEW, row, row.position or 0) for row in rows.iterator(500))


def _gone_since(delivery: Delivery) -> Iterator[Changed]:
    rows = Past.objects.filter(ended_by=delivery, change="gone").order_by("id").select_related("attestation__current")
    for row in rows.iterator(500):
        now = row.attestation.current
        # The row that ended it stands with the state that came next; the present one, unless it was listed again.
        after = Past.objects.filter(attestation=now.pk, pk__gt=row.pk).first()
        yield _of_state(Change.GONE, now, (after or now).position or 0)


def _of_state(change: Change, row: Current | Past, line: int = 0) -> Changed:
    holder = row.holder_text if isinstance(row, Current) else _parts(row.said).get("holder", "")
    return Changed(
        change, line, row.number, holder, row.status, iso(row.expires_on), row.attestation.public_id, (),
        row.attestation.origin_key,
    )  # fmt: skip


# ------------------------------------------------------------ old beside new


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    names = dict.fromkeys([*before, *after])
    return [
        (name, before.get(name, ""), after.get(name, ""))
        for name in names
        if before.get(name, "") != after.get(name, "")
    ]


def _said(row: Current | Past) -> dict[str, str]:
    """Return a state as name → text."""
    parts = _parts(row.said or {})
    party = parts.pop("holder", "")
    found = {"number": row.number, "holder": row.holder_text if isinstance(row, Current) else party}
    found |= {"issuer": _text(row.issuer.names), "status": row.status, "standards": row.standards}
    found |= {"effective_on": iso(row.effective_on) or "", "expires_on": iso(row.expires_on) or ""}
    if isinstance(row, Current):  # what a past state keeps with the rest of what was said, and only there
        found |= {"scheme": row.scheme, "country": row.country, "region": row.region}
    return found | parts


def _parts(said: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in said.items():
        if name == "shown":
            found |= {f"shown.{key}": _text(one) for key, one in value.items()}
        elif name not in _HIDDEN:
            found[name] = _text(value)
    party: Mapping[str, Any] = next(iter(said.get("parties", [])), {})
    for name, told in (("names", "holder"), ("address", "address"), ("identifiers", "identifiers")):
        if party.get(name):
            found[told] = _text(party[name])
    return found


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        if "node" in value:
            return str(value["node"])
        if "value" in value:
            return str(value["value"])
        return " / ".join(dict.fromkeys(_text(one) for one in value.values()))
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(one) for one in value)
    return "" if value is None else str(value)


def first(delivery: Delivery, change: Change, start: int, most: int) -> list[Changed]:
    """Return ``most`` records that a change concerns, from the ``start``-th on."""
    return list(islice(changes_of(delivery, change), start, start + most))
