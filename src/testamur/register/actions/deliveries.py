"""Acts on what a source delivers: received and judged, looked at, and then committed, or given up.

``receive`` is the dry run: it says what would happen, row by row, and changes nothing of the register. ``commit``
writes; it can be stopped at any moment and called again, by the same person or by the worker.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from testamur.files.actions import keep, path_of
from testamur.files.models import StoredFile
from testamur.journal.actions import record
from testamur.kernel import clock
from testamur.kernel.multibase import digest_of
from testamur.kernel.refusal import Refused, _, plain
from testamur.parties.models import Membership, Platform
from testamur.register.models import Delivery, Past, Source
from testamur.register.models import Mapping as SavedMapping
from testamur.register.policies_reporting import check_may_deliver
from testamur.register.queries_reporting import feeds_before
from testamur.register.reporting import mapping as mappings
from testamur.register.reporting.differing import SHORTEST, Change, check_not_short, listed, nameless
from testamur.register.reporting.folding import Folding
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.preparing import Prepared, compared, prepare, save_remarks, told_by
from testamur.register.reporting.records import Found
from testamur.register.reporting.spool import Spool
from testamur.register.reporting.writing import Progress, write

Actor = Membership | Platform
State = Delivery.State
#: Refusals that a person may set aside, with their reason.
OVERRIDABLE = frozenset({"register.short_snapshot"})


def receive(
    *,
    source: Source,
    mapping: SavedMapping,
    content: Path | bytes | Iterable[Mapping[str, Any]],
    name: str,
    as_of: date,
    whole: bool,
    by: Actor,
    at: datetime,
    once: str = "",
    feed: bool = False,
) -> Delivery:
    """Store what a source delivers, judge every row and say what would change. Nothing of the register changes.

    Args:
        mapping: a saved version, see ``sources.save_mapping``.
        content: a file, its bytes, or rows as objects.
        name: of the file, as sent.
        as_of: civil day for which the source states the rows.
        whole: a snapshot: what it does not list is gone.
        once: the caller's key; what was received under it before is returned as it stands.
        feed: a change feed: rows in the order of their days, each with what became of its record, as the mapping's
            ``[feed]`` reads them; ``as_of`` is the day up to which it speaks.

    Returns:
        The delivery: *judged* with its counts and remarks, or *refused* with the reason; the one committed before where
        exactly this was.

    Raises:
        Refused: whoever sends it may not; it is said to be a feed and a snapshot at once.
    """
    check_may_deliver(by, source.organisation, at)
    if feed and whole:
        raise Refused(_("A change feed says what happened, and a whole list what there is; say which of them it is."),
                      field="feed")  # fmt: skip
    if once and (known := Delivery.objects.filter(source=source, once=once).first()) is not None:
        return known
    read = mappings.read(mapping.body)
    delivery = Delivery(
        source=source, mapping=mapping, name=name[:200], once=once[:80], as_of=as_of, whole=whole, feed=feed,
        by_membership=getattr(by, "pk", None),
    )  # fmt: skip
    try:
        delivery.file = _stored(content)
    except Refused as refused:
        return _refuse(delivery, refused)
    delivery.save()
    try:
        prepared = prepare(delivery, path_of(delivery.file.sha256), read)
        delivery.begins_on = prepared.begins
        same = Delivery.objects.filter(
            source=source, digest=prepared.digest, state__in=[State.COMMITTING, State.COMMITTED]
        ).first()
        # The rows of a feed happened once, whatever came after them.
        if same is not None and (feed or not _later_than(same).exists()):
            Spool(delivery.public_id).delete()
            delivery.delete()
            return same
        _check_in_turn(delivery)
        return _judge(delivery, prepared, read)
    except Refused as refused:
        return _refuse(delivery, refused)


def commit(
    *,
    delivery: Delivery,
    by: Actor,
    at: datetime,
    override: str = "",
    told: Callable[[Progress], None] | None = None,
) -> Delivery:
    """Write a delivery that was judged, or go on writing one that was interrupted.

    Args:
        override: why a list that looks like a failed collection is right, or why what it lacks is gone although some of
            its rows cannot be read; 1 to 300 characters.
        told: is called after every chunk.

    Returns:
        The delivery, committed; one that was committed before is returned as it is.

    Raises:
        Refused: it was refused or given up; another one of the source is being written; a later one is in.
    """
    check_may_deliver(by, delivery.source.organisation, at)
    with _alone(delivery):
        delivery = _begin(delivery, override)
        if delivery.state == State.COMMITTED:
            return delivery
        read = mappings.read(delivery.mapping.body)
        records = told_by(delivery, _spool(delivery, read), read)
        write(delivery, records, Issuers(delivery.source, read), told)
        return _finish(delivery, by, at)


def begin(*, delivery: Delivery, by: Actor, at: datetime, override: str = "") -> Delivery:
    """Order that a delivery is written, and leave the writing to the worker (:func:`carry_on`): for long ones.

    Raises:
        Refused: as :func:`commit`.
    """
    check_may_deliver(by, delivery.source.organisation, at)
    with _alone(delivery), transaction.atomic():
        begun = _begin(delivery, override)
        if begun.state == State.COMMITTING:
            record(
                "register.delivery_begun", subject=begun, by=by, at=at,
                payload={"source": begun.source.key, "override": begun.override},
            )  # fmt: skip
        return begun


@transaction.atomic
def give_up(*, delivery: Delivery, by: Actor, at: datetime) -> Delivery:
    """Give up a delivery that was not committed; what was read of it goes, that it was sent stays.

    Raises:
        Refused: it is being written, or is in.
    """
    check_may_deliver(by, delivery.source.organisation, at)
    delivery = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if delivery.state not in (State.RECEIVED, State.JUDGED, State.REFUSED):
        raise Refused(
            _("What was committed is not given up; a later delivery says what is right."), rule="register.commit"
        )
    delivery.state = State.GIVEN_UP
    delivery.save(update_fields=["state"])
    Spool(delivery.public_id).delete()
    record("register.delivery_given_up", subject=delivery, by=by, at=at, payload={"source": delivery.source.key})
    return delivery


def carry_on() -> int:
    """Finish deliveries whose writing was interrupted; returns how many. Those being written are left to who writes."""
    finished = 0
    for delivery in Delivery.objects.filter(state=State.COMMITTING).select_related("source", "mapping").order_by("id"):
        try:
            commit(delivery=delivery, by=Platform("register.carry_on"), at=clock.now())
        except Refused:
            continue
        finished += 1
    return finished


# ------------------------------------------------------------ receiving


def _stored(content: Path | bytes | Iterable[Mapping[str, Any]]) -> StoredFile:
    if isinstance(content, Path):
        with content.open("rb") as file:
            return keep(file, media_type="application/octet-stream")
    if isinstance(content, bytes):
        return keep([content], media_type="application/octet-stream")
    return keep(_lines(content), media_type="application/jsonl")


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, default=str).encode("utf-8", "replace") + b"\n"


def _judge(delivery: Delivery, prepared: Prepared, read: mappings.RegisterMapping) -> Delivery:
    before = listed(delivery.source)
    told = told_by(delivery, prepared.spool, read, prepared.found)
    counts = compared(delivery, told, Issuers(delivery.source, read))
    unnamed = nameless(delivery.source, prepared.unnamed, told.keys.unread) if isinstance(told, Folding) else 0
    if delivery.whole and unnamed:
        counts["unnamed"] = unnamed
        if absent := counts[str(Change.GONE)]:
            counts |= {str(Change.GONE): 0, "held": absent}
            prepared.found(Found(False, 0, 0, "", "absence_unsure", {"rows": unnamed, "absent": absent}))
    counts["folded"] = told.folded
    counts["left_out"] = prepared.left_out
    counts["rejected"] = prepared.rejected
    counts["remarked"] = prepared.remarked
    counts["codes"] = dict(prepared.codes)
    delivery.fed = feeds_before(delivery) if delivery.whole else {}
    delivery.digest, delivery.rows, delivery.counts = prepared.digest, prepared.rows, counts
    delivery.state = State.JUDGED
    try:
        if prepared.rows == 0 and not (delivery.whole and before):
            raise Refused(_("The file holds no rows."), field="file")
        if told.taken == 0 and prepared.rejected:
            raise Refused(
                _("None of the {rows} rows could be taken in; the first problem: {why}"),
                {"rows": prepared.rows, "why": prepared.first_reason}, field="file",
            )  # fmt: skip
        check_not_short(delivery, told.taken, before, float(read.file.get("shortest", SHORTEST)))
    except Refused as refused:
        delivery.state, delivery.refusal = State.REFUSED, _refusal(refused)
    with transaction.atomic():
        delivery.save()
        save_remarks(delivery, prepared)
    return delivery


def _refuse(delivery: Delivery, refused: Refused) -> Delivery:
    delivery.state, delivery.refusal = State.REFUSED, _refusal(refused)
    delivery.save()
    Spool(delivery.public_id).delete()
    return delivery


def _refusal(refused: Refused) -> dict[str, Any]:
    facts = {
        name: dict(value) if isinstance(value, Mapping) else value if isinstance(value, (int, str)) else plain(value)
        for name, value in refused.facts.items()
    }
    return {"message": refused.message_id, "facts": facts, "rule": refused.rule, "field": refused.field}


def refusal_of(delivery: Delivery) -> Refused:
    """Return why a delivery was refused, as a sentence with its facts."""
    told = delivery.refusal
    return Refused(told["message"], told["facts"], rule=told.get("rule", ""), field=told.get("field", ""))


def _later_than(delivery: Delivery) -> Any:
    """Return the deliveries of the source that were committed after one, or for a later day."""
    rows = Delivery.objects.filter(source=delivery.source, state=State.COMMITTED)
    return rows.filter(committed_at__gt=delivery.committed_at) if delivery.committed_at else rows.none()


def _check_in_turn(delivery: Delivery) -> None:
    """States are told in the order of their days: an older list cannot change what a later one says."""
    rows = Delivery.objects.filter(source=delivery.source, state__in=[State.COMMITTING, State.COMMITTED])
    newest = rows.exclude(pk=delivery.pk).order_by("-as_of").first()
    if newest is not None and delivery.begins_on is not None and newest.as_of > delivery.begins_on:
        raise Refused(
            _("The feed begins on {day}, and what {source} stated for {later} is in already. Leave out the rows before "
              "that day, or send a whole list."),
            {"day": delivery.begins_on, "later": newest.as_of, "source": delivery.source.names},
            rule="register.in_turn", source="testamur@2026-1#register.mirror", field="file",
        )  # fmt: skip
    if newest is not None and newest.as_of > delivery.as_of:
        raise Refused(
            _("This speaks for {day}, and what {source} stated for {later} is in already. Send what holds now."),
            {"day": delivery.as_of, "later": newest.as_of, "source": delivery.source.names},
            rule="register.in_turn", source="testamur@2026-1#register.mirror", field="as_of",
        )  # fmt: skip


# ------------------------------------------------------------ committing


@transaction.atomic
def _begin(delivery: Delivery, override: str) -> Delivery:
    source = Source.objects.select_for_update().get(pk=delivery.source_id)
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("mapping", "file").get(pk=delivery.pk)
    delivery.source = source
    if delivery.state in (State.COMMITTING, State.COMMITTED):
        return delivery
    if delivery.state == State.REFUSED:
        if delivery.refusal.get("rule") not in OVERRIDABLE or not override.strip():
            raise refusal_of(delivery)
        delivery.override = override.strip()[:300]
    elif delivery.state != State.JUDGED:
        raise Refused(_("This delivery was given up; send it again."), rule="register.commit")
    elif delivery.counts.get("held"):
        delivery.override = override.strip()[:300]
    busy = Delivery.objects.filter(source=source, state=State.COMMITTING).exclude(pk=delivery.pk).first()
    if busy is not None:
        raise Refused(
            _("Another delivery of {source} is being written; this one follows when it is done."),
            {"source": source.names}, rule="register.one_writer",
        )  # fmt: skip
    same = Delivery.objects.filter(source=source, digest=delivery.digest, state=State.COMMITTED).first()
    if same is not None:
        raise Refused(
            _("The same rows for the same day were committed before, as delivery {id}."), {"id": same.public_id},
            rule="register.once",
        )  # fmt: skip
    _check_in_turn(delivery)
    delivery.state, delivery.committed_at = State.COMMITTING, clock.now()
    delivery.save(update_fields=["state", "committed_at", "override"])
    return delivery


def _spool(delivery: Delivery, read: mappings.RegisterMapping) -> Spool:
    """Return what was judged; judged again from the file where it is gone."""
    spool = Spool(delivery.public_id)
    if not spool.path.exists():
        assert delivery.file is not None
        prepare(delivery, path_of(delivery.file.sha256), read)
    return spool


@transaction.atomic
def _finish(delivery: Delivery, by: Actor, at: datetime) -> Delivery:
    counts = dict(delivery.counts)
    written = counts.pop("so_far", {})
    gone = Past.objects.filter(ended_by=delivery, change="gone").count()
    for name in ("new", "changed", "renewed", "status", "returned", "unchanged"):
        counts[name] = written.get(name, 0)
    counts["gone"] = gone
    if delivery.override:
        counts.pop("held", None)
    delivery.fed = feeds_before(delivery) if delivery.whole else {}
    facts = {
        "source": delivery.source.key, "rows": delivery.rows, "rejected": counts.get("rejected", 0),
        "as_of": delivery.as_of.isoformat(), "whole": delivery.whole,
    }  # fmt: skip
    if delivery.feed:
        facts["feed"] = True
    event = record(
        "register.imported", subject=delivery, by=by, at=at,
        payload={**facts, "digest": delivery.digest, "override": delivery.override,
                 "counts": {name: value for name, value in counts.items() if name != "codes"}},
        entry=("register.import", {"d": digest_of(delivery.digest), "id": delivery.public_id, **facts}),
    )  # fmt: skip
    delivery.counts, delivery.entry, delivery.state = counts, event.entry, State.COMMITTED
    delivery.save(update_fields=["counts", "fed", "entry", "state"])
    transaction.on_commit(Spool(delivery.public_id).delete)
    return delivery


@contextmanager
def _alone(delivery: Delivery) -> Iterator[None]:
    """Keep two processes of this machine from writing one delivery; a crash lets go. Elsewhere ``written`` does."""
    path = Spool(delivery.public_id).path.with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(_("This delivery is being written by somebody else."), rule="register.one_writer") from None
        yield
    path.unlink(missing_ok=True)
