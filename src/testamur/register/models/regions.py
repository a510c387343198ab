"""How many public records there are in which region: counted now and then, because counting reads the whole of it."""

from __future__ import annotations

from django.db import models

from testamur.register.models.attestations import STATUSES


class RegionCount(models.Model):
    """Records of one place, scheme, standard and status."""

    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=2, blank=True)  # of China: province, first two figures of GB/T 2260
    scheme = models.CharField(max_length=60)
    standard = models.CharField(max_length=500, blank=True)  # designation; empty: whatever the standard
    status = models.CharField(max_length=10, choices=STATUSES)  # on the day of counting
    records = models.PositiveIntegerField()

    class Meta:
        indexes = [models.Index(fields=["standard", "scheme"], name="region_count_by_standard")]


class RegionCounting(models.Model):
    """When it was counted last, and up to which event."""

    counted_at = models.DateTimeField()
    event = models.BigIntegerField(default=0)
