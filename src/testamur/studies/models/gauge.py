"""With what is measured."""

from __future__ import annotations

from datetime import date

from django.db import models

from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Organisation


class Gauge(Act):
    """A measuring instrument: with what a characteristic is measured, and until when its calibration holds."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="gauges")
    number = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    certificate = models.CharField(max_length=80, blank=True)  # number of the last calibration certificate
    calibrated_on = models.DateField(null=True, blank=True)
    calibration_due_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["number", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="gauge_numbered_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    def is_overdue(self, today: date) -> bool:
        """Say whether the calibration has run out; a gauge without a due day is not calibrated at intervals."""
        return self.calibration_due_on is not None and self.calibration_due_on < today
