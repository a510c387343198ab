"""What an organisation measures, with what, the charts it keeps, and studies that were computed once and stay."""

from __future__ import annotations

from django.db import models

from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation, Site


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


class Chart(Act):
    """A control chart that somebody keeps."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="charts")
    characteristic = models.ForeignKey(Characteristic, on_delete=models.PROTECT, related_name="charts")
    gauge = models.ForeignKey(Gauge, null=True, blank=True, on_delete=models.PROTECT, related_name="charts")
    name = models.CharField(max_length=120)
    method = models.CharField(max_length=40)  # id of a method of testamur.tqm: xbar_r, i_mr, p …
    parameters = models.JSONField(default=dict)
    keeper = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name", "id"]


class Study(Act):
    """A computation that stays: data, parameters and answer as they were, with the digest of what went in."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="studies")
    characteristic = models.ForeignKey(
        Characteristic, null=True, blank=True, on_delete=models.PROTECT, related_name="studies"
    )
    gauge = models.ForeignKey(Gauge, null=True, blank=True, on_delete=models.PROTECT, related_name="studies")
    chart = models.ForeignKey(Chart, null=True, blank=True, on_delete=models.PROTECT, related_name="studies")
    method = models.CharField(max_length=60)  # id of a method of testamur.tqm
    title = models.CharField(max_length=160)
    data = models.JSONField()
    parameters = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)  # Result.evidence(): digest of inputs, editions, version of the program
    answer = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
