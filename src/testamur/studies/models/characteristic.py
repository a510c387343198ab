"""What is measured or counted."""

from __future__ import annotations

from django.db import models

from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Organisation, Site


class Characteristic(Act):
    """Something that is measured or counted: a bore, a share of late deliveries, a waiting time.

    Limits of the specification are decimals as agreed, never floats; None: no limit on that side.
    """

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="characteristics")
    name = models.CharField(max_length=120)
    unit = models.CharField(max_length=30, blank=True)
    lower = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    upper = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    target = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.unit})" if self.unit else self.name
