"""The line of public changes follows what is recorded: editions, changes of status, and deliveries a chunk at a time.

One reader at a time holds the line, so that its numbers are in the order in which they can be seen: whoever asks for
what came after a number misses nothing, also where two acts were committed at once. Confidential records and persons'
are not told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Min, Model, QuerySet

from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.notices.models import Change, ChangedStandard, Line, Told
from testamur.register.models import Current, Delivery, Edition, Past, StatusChange
from testamur.register.reporting.database import allot, among, asked, insert, instant, table
from testamur.register.reporting.feeding import ROWS_MOST as MOST_OF_ONE

Kind = Change.Kind
#: Changes of one transaction: long enough to be fast, short enough that others may write.
CHUNK = 20_000
#: An act may be committed so long after its row was numbered; until then rows are looked for below the newest.
SETTLED = timedelta(minutes=10)

BY_STATUS = {
    Status.VALID: Kind.RESTORED,
    Status.SUSPENDED: Kind.SUSPENDED,
    Status.WITHDRAWN: Kind.WITHDRAWN,
    Status.CANCELLED: Kind.CANCELLED,
}
BY_REASON = {
    Edition.Reason.FIRST: Kind.APPEARED,
    Edition.Reason.RENEWAL: Kind.RENEWED,
    Edition.Reason.CORRECTION: Kind.CORRECTED,
}


@dataclass(frozen=True, slots=True)
class New:
    """A change that is not in the line yet."""

    kind: Kind
    attestation: int
    issuer: int
    scheme: str
    effective_on: date
    at: datetime
    standards: tuple[str, ...]
    edition: int | None = None
    status_change: int | None = None
    delivery: int | None = None


def follow() -> int:
    """Tell everything that was recorded and is not in the line yet, in the order of its recording.

    Returns:
        How many changes were told.
    """
    told = 0
    for delivery in Delivery.objects.filter(state=Delivery.State.COMMITTED).exclude(told__done=True).order_by(
        "committed_at", "id"
    ):  # fmt: skip
        told += _follow_acts(delivery.committed_at)
        while (found := _follow_delivery(delivery)) is not None:
            told += found
    return told + _follow_acts(None)


# ------------------------------------------------------------ acts


def _follow_acts(until: datetime | None) -> int:
    told = 0
    while True:
        with transaction.atomic():
            hold()
            found = [
                *_unread(Edition, "edition", until, _of_edition),
                *_unread(StatusChange, "status_change", until, _of_status_change),
            ]
            tell(sorted(found, key=lambda one: one.at))
        told += len(found)
        if len(found) < CHUNK // 2:
            return told


def _unread(model: type[Model], name: str, until: datetime | None, read: Any) -> list[New]:
    """Return the changes of rows of a table that are not told, and move on behind those that nothing can precede."""
    line = Line.objects.get_or_create(name=name)[0]
    rows = model._default_manager.filter(pk__gt=line.upto)
    if until is not None:
        rows = rows.filter(recorded_at__lte=until)
    told = Change.objects.filter(**{f"{name}__gt": line.upto}).values(name)
    public = rows.filter(attestation__confidential=False, attestation__personal=False).exclude(pk__in=told)
    found = list(public.select_related("attestation__current").order_by("pk")[: CHUNK // 4])
    last = found[-1].pk if len(found) == CHUNK // 4 else None
    read_rows = rows if last is None else rows.filter(pk__lte=last)
    if until is not None:
        # Where a clock was set back, a row with a lower number was recorded later, and is still to be read.
        later = model._default_manager.filter(pk__gt=line.upto, recorded_at__gt=until).order_by("pk").first()
        read_rows = read_rows if later is None else read_rows.filter(pk__lt=later.pk)
    _settle(line, read_rows)
    return read(found)


def _settle(line: Line, read: QuerySet[Any]) -> None:
    upto = read.filter(recorded_at__lt=clock.now() - SETTLED).aggregate(upto=Max("pk"))["upto"]
    if upto is not None and upto > line.upto:
        Line.objects.filter(pk=line.pk).update(upto=upto)


def _of_edition(rows: Iterable[Edition]) -> list[New]:
    return [
        _new(BY_REASON.get(Edition.Reason(row.reason), Kind.CHANGED), row, _designations(row), edition=row.pk)
        for row in rows
    ]


def _of_status_change(rows: Sequence[StatusChange]) -> list[New]:
    firsts = StatusChange.objects.filter(attestation__in={row.attestation_id for row in rows})
    first = set(firsts.values("attestation").annotate(first=Min("pk")).values_list("first", flat=True))
    found = []
    for row in rows:
        # That a new certificate is valid is told with its first edition.
        if row.pk in first and row.status == Status.VALID:
            continue
        corrected = row.annuls_id is not None or row.corrects_id is not None
        kind = Kind.CORRECTED if corrected else BY_STATUS[Status(row.status)]
        current = getattr(row.attestation, "current", None)
        found.append(_new(kind, row, split(current.standards if current else ""), status_change=row.pk))
    return found


def _new(kind: Kind, row: Edition | StatusChange, standards: tuple[str, ...], **source: int) -> New:
    one = row.attestation
    return New(
        kind, one.pk, one.issuer_id, one.scheme_id_text, days.day_of(row.effective_at), row.recorded_at, standards,
        **source,
    )  # fmt: skip


def _designations(edition: Edition) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(one.get("designation", "")) for one in edition.requirements if one))


def split(standards: str) -> tuple[str, ...]:
    """Return the designations that a present state names."""
    return tuple(dict.fromkeys(standards.split(" | ")))


# ------------------------------------------------------------ deliveries

_BEGUN = f"""
SELECT c.attestation_id, c.status, c.gone_on, c.issuer_id, c.scheme, c.standards, c.since
FROM "{table(Current)}" c
WHERE c.delivery_id = %s AND c.attestation_id > %s AND NOT c.personal AND NOT c.confidential
ORDER BY c.attestation_id LIMIT %s"""
_BEGUN_AND_ENDED = f"""
SELECT p.attestation_id, p.status, p.gone_on, p.issuer_id, c.scheme, p.standards, p.since
FROM "{table(Past)}" p JOIN "{table(Current)}" c ON c.attestation_id = p.attestation_id
WHERE p.delivery_id = %s AND p.attestation_id > %s AND NOT c.personal AND NOT c.confidential
ORDER BY p.attestation_id, p.id LIMIT %s"""


def _follow_delivery(delivery: Delivery) -> int | None:
    """Tell the next chunk of what a delivery changed: each state that it began, beside the one that it ended.

    Returns:
        How many changes; None where all are told.
    """
    with transaction.atomic():
        hold()
        told = Told.objects.get_or_create(delivery=delivery)[0]
        if told.done:
            return None
        begun, more = _begun(delivery, told.upto)
        if begun:
            tell(_of_states(delivery, begun))
        upto = begun[-1][0] if begun else told.upto
        Told.objects.filter(pk=told.pk).update(upto=upto, done=not more)
    return len(begun) or None


def _begun(delivery: Delivery, upto: int) -> tuple[list[tuple[Any, ...]], bool]:
    """Return states that a delivery began, those of one certificate in their order and all of them, and whether there
    are more."""
    asking = [delivery.pk, upto, CHUNK]
    # A later delivery, and a feed by itself, may have ended already what this one began: that came before.
    found = sorted([*asked(_BEGUN_AND_ENDED, asking), *asked(_BEGUN, asking)], key=lambda row: row[0])
    if len(found) < CHUNK:
        return found, False
    last = found[CHUNK - 1][0]
    whole = [row for row in found[:CHUNK] if row[0] < last]
    # The last one may have more states than were asked for.
    asking = [delivery.pk, last - 1, MOST_OF_ONE]
    rest = [*asked(_BEGUN_AND_ENDED, asking), *asked(_BEGUN, [delivery.pk, last - 1, 1])]
    return [*whole, *(row for row in rest if row[0] == last)], True


def _of_states(delivery: Delivery, begun: Sequence[tuple[Any, ...]]) -> list[New]:
    condition, values = among("attestation_id", list({row[0] for row in begun}), "bigint")
    ended: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for one, change, status in asked(
        f'SELECT attestation_id, change, status FROM "{table(Past)}" WHERE ended_by_id = %s AND {condition} '
        "ORDER BY id DESC",
        [delivery.pk, *values],
    ):
        ended[one].append((change, status))
    at = delivery.committed_at or delivery.recorded_at
    found = []
    # A feed begins several states of a certificate, and each but the first of a new one ended another: last to last.
    for one, status, gone_on, issuer, scheme, standards, since in reversed(begun):
        pairs = ended.get(one, [])
        change, before = pairs.pop(0) if pairs else ("", "")
        kind = _kind(change, before, status, gone_on)
        found.append(
            New(kind, one, issuer, scheme, _day(since), at, split(standards), delivery=delivery.pk)
        )  # fmt: skip
    return found[::-1]


def _kind(change: str, before: str, status: str, gone_on: Any) -> Kind:
    if not change:
        return Kind.APPEARED
    if gone_on is not None:
        return Kind.GONE
    if change == "returned":
        return Kind.RETURNED
    if before != status:
        return BY_STATUS[Status(status)]
    return Kind.RENEWED if change == "renewed" else Kind.CHANGED


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


# ------------------------------------------------------------ writing

_COLUMNS = (
    "id", "kind", "attestation_id", "issuer_id", "scheme", "effective_on", "recorded_at", "edition_id",
    "status_change_id", "delivery_id",
)  # fmt: skip


def hold() -> None:
    """Hold the line: nobody else adds to it until this transaction ends."""
    Line.objects.get_or_create(name="line")
    # An update waits for whoever holds the row, on either database.
    Line.objects.filter(name="line").update(upto=F("upto"))


def tell(found: Sequence[New]) -> None:
    """Add changes to the line, in their order; in the transaction that holds it."""
    if not found:
        return
    newest = Change.objects.order_by("-pk").values_list("recorded_at", flat=True).first()
    ids, rows, standards = allot(Change, len(found)), [], []
    for id, one in zip(ids, found, strict=True):
        newest = max(newest, one.at) if newest is not None else one.at
        rows.append(
            (id, str(one.kind), one.attestation, one.issuer, one.scheme, one.effective_on.isoformat(), instant(newest),
             one.edition, one.status_change, one.delivery)
        )  # fmt: skip
        standards += [(standard[:160], id) for standard in one.standards if standard]
    insert(Change, _COLUMNS, rows)
    insert(ChangedStandard, ("standard", "change_id"), standards)


def newest() -> int:
    """Return the number of the newest change; 0 where nothing was told."""
    return Change.objects.aggregate(newest=Max("pk"))["newest"] or 0
