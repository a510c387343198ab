"""Snapshots of the public register that anybody may take away: open data."""

from __future__ import annotations

from django.db import models

from testamur.journal.models import Recorded
from testamur.transparency.models import Entry


class Snapshot(Recorded):
    """A dated copy of the public register as files. Files may go when newer ones come; what they were stays."""

    class State(models.TextChoices):
        WRITING = "writing"  # goes on after a crash at ``reached``
        PUBLISHED = "published"
        REMOVED = "removed"  # its files made room for newer ones

    name = models.CharField(max_length=20, unique=True)  # of its folder: "2026-11-23", a second one "2026-11-23-2"
    day = models.DateField()  # civil day of the platform for which the statuses are told
    state = models.CharField(max_length=10, choices=State.choices, default=State.WRITING)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reached = models.BigIntegerField(default=0)  # identity of the last record that was read
    parts = models.PositiveIntegerField(default=0)  # files of read records so far
    rows = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # {"origin": {"mirrored": 12}, "source", "status", "left_out" …}
    coverage = models.JSONField(default=dict)  # as ``opendata.coverage.note`` says it
    licence = models.CharField(max_length=120, blank=True)
    files = models.JSONField(default=list)  # [{"name", "media_type", "size": bytes, "sha256"}]
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of SHA256SUMS
    removed_at = models.DateTimeField(null=True)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="writing"), name="one_snapshot_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return self.name
