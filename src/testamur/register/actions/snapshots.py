"""Acts on open data: publishing a dated snapshot of the public register, and making room for newer ones."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import clock, days
from testamur.kernel.multibase import digest_of
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Platform
from testamur.register.models import Snapshot
from testamur.register.opendata import described, writing
from testamur.transparency import sequencer
from testamur.transparency.models import Entry

State = Snapshot.State


def publish_snapshot(*, by: Platform, at: datetime, told: writing.Told = lambda _rows: None) -> Snapshot:
    """Write a snapshot of the public register and publish it; one that was interrupted is gone on with.

    Raises:
        Refused: another process is writing one.
    """
    with _alone():
        snapshot = _interrupted(days.day_of(at)) or _begin(at)
        writing.read_parts(snapshot, told)
        writing.finish(snapshot)
        _publish(snapshot, by, at)
        writing.sweep(snapshot)
        _make_room(by, at)
    return snapshot


def _interrupted(today: date) -> Snapshot | None:
    """Return the snapshot that was begun today and not finished; an older one tells of a day that is over, and goes."""
    snapshot = Snapshot.objects.filter(state=State.WRITING).first()
    if snapshot is not None and snapshot.day != today:
        writing.sweep(snapshot)
        snapshot.delete()
        return None
    return snapshot


def _begin(at: datetime) -> Snapshot:
    day = days.day_of(at)
    same = Snapshot.objects.filter(day=day).count()
    name = day.isoformat() if not same else f"{day.isoformat()}-{same + 1}"
    return Snapshot.objects.create(name=name, day=day, began_at=at, licence=settings.OPEN_DATA_LICENCE)


@transaction.atomic
def _publish(snapshot: Snapshot, by: Platform, at: datetime) -> None:
    facts = {"rows": snapshot.rows, "as_of": snapshot.day.isoformat(), "licence": snapshot.licence}
    address = described.address(snapshot, described.SUMS)
    event = record(
        "register.snapshot_published", subject=snapshot, by=by, at=at,
        payload={**facts, "name": snapshot.name, "digest": snapshot.digest,
                 "files": {one["name"]: one["sha256"] for one in snapshot.files}},
        entry=("dataset.publish", {"d": digest_of(snapshot.digest), "id": address, **facts}),
    )  # fmt: skip
    snapshot.entry, snapshot.state = event.entry, State.PUBLISHED
    snapshot.save()


def _make_room(by: Platform, at: datetime) -> None:
    """Remove the files of the oldest snapshots where there are more than the installation keeps."""
    kept = Snapshot.objects.filter(state=State.PUBLISHED).order_by("-day", "-id")
    for snapshot in kept[max(1, settings.OPEN_DATA_KEEP) :]:
        with transaction.atomic():
            snapshot.state, snapshot.removed_at = State.REMOVED, clock.now()
            snapshot.save(update_fields=["state", "removed_at"])
            record("register.snapshot_removed", subject=snapshot, by=by, at=at, payload={"name": snapshot.name})
        shutil.rmtree(writing.folder(snapshot), ignore_errors=True)


@contextmanager
def _alone() -> Iterator[None]:
    path = Path(settings.OPEN_DATA_DIR) / ".new" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Refused(
                _("Open data is being written by another process; it will be there when that one is done."),
                rule="register.one_writer",
            ) from None
        yield


def publish_proofs(entries: list[Entry]) -> None:
    """Write the log proof of a snapshot beside its files, once its entry is numbered; again when the proof is final."""
    for entry in entries:
        snapshot = Snapshot.objects.filter(entry=entry, state=State.PUBLISHED).first()
        if snapshot is None or not writing.folder(snapshot).is_dir():
            continue
        target = writing.folder(snapshot) / described.PROOF
        fresh = target.with_suffix(".part")
        fresh.write_text(entry.proof, encoding="utf-8")
        fresh.replace(target)


sequencer.after_sequencing(publish_proofs, "dataset.publish")
