"""Snapshots of the public register: what is published, with addresses and digests of the files."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest

from testamur.api.endpoint import endpoint
from testamur.api.shapes import Shape
from testamur.register.models import Snapshot
from testamur.register.opendata import described


class SnapshotFileOut(Shape):
    """A file; ``size`` in bytes, ``sha256`` in hex."""

    name: str
    media_type: str
    size: int
    sha256: str
    url: str


class SnapshotOut(Shape):
    """A dated copy; ``digest`` is SHA-256 of SHA256SUMS, to which the log entry commits; ``files`` empty: removed."""

    name: str
    day: date
    rows: int
    licence: str
    digest: str
    log_entry: int | None
    files: list[SnapshotFileOut]
    coverage: dict[str, Any]


class SnapshotsOut(Shape):
    """Snapshots, newest first."""

    items: list[SnapshotOut]


@endpoint("GET", "/open-data", response=SnapshotsOut, summary="Snapshots of the public register", tags=["open data"])
def list_snapshots(request: HttpRequest) -> Any:
    """Return the published snapshots, and what those whose files were removed had been."""
    rows = Snapshot.objects.exclude(state=Snapshot.State.WRITING).select_related("entry")
    return {"items": [_snapshot(one) for one in rows[:200]]}


def _snapshot(one: Snapshot) -> dict[str, Any]:
    kept = one.files if one.state == Snapshot.State.PUBLISHED else []
    return {
        "name": one.name, "day": one.day, "rows": one.rows, "licence": one.licence, "digest": one.digest,
        "log_entry": one.entry.index if one.entry else None, "coverage": one.coverage,
        "files": [{**file, "url": described.address(one, file["name"])} for file in kept],
    }  # fmt: skip
