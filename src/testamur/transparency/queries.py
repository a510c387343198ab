"""Questions about the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from testamur.kernel.once import once
from testamur.transparency.models import Checkpoint, Entry
from testamur.verification.tree import leaf_hash


@dataclass(frozen=True)
class LogState:
    """How far the log is: entries published, entries that wait, when the last checkpoint was signed (real time)."""

    size: int
    waiting: int
    signed_at: datetime | None
    cosigners: int


def state() -> LogState:
    """Return how far the log is. Without cosigners their number is 0, and pages say "not yet witnessed"."""
    return once("log: state", _state)


def _state() -> LogState:
    newest = newest_checkpoint()
    return LogState(
        size=newest.size if newest else 0,
        waiting=Entry.objects.filter(index__isnull=True).count(),
        signed_at=newest.signed_at if newest else None,
        cosigners=0,
    )


def newest_checkpoint() -> Checkpoint | None:
    """Return the newest signed checkpoint."""
    return once("log: newest checkpoint", lambda: Checkpoint.objects.order_by("-size").first())


def altered() -> list[Entry]:
    """Return the numbered entries whose bytes no longer are what their leaf says: somebody changed the database."""
    return [
        entry
        for entry in Entry.objects.filter(index__isnull=False).iterator()
        if leaf_hash(bytes(entry.data)) != bytes(entry.leaf)
    ]
