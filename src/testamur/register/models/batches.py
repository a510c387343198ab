"""Batches of the earlier way in."""

from __future__ import annotations

from django.db import models

from testamur.journal.models import AppendOnly, Recorded
from testamur.register.models.attestations import ORIGINS, Attestation, Edition
from testamur.transparency.models import Entry


class ImportBatch(Recorded):
    """Rows reported or mirrored together: one event, one log entry; each row keeps its position."""

    source = models.CharField(max_length=160)  # name of the register or reporting body
    origin = models.CharField(max_length=12, choices=ORIGINS)
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical rows, in order
    mapping = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list)  # [{"row", "field", "reason"}]
    as_of = models.DateField()
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "digest"], name="same_batch_once")]


class ImportedRow(AppendOnly):
    """Where a row of a batch went."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveIntegerField()
    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="imports")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="+")
    row = models.JSONField()  # as received, after mapping

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="row_of_batch_once")]
