"""Computations that stay."""

from __future__ import annotations

from django.db import models

from testamur.kernel.identity import public_id
from testamur.parties.models import Organisation
from testamur.studies.models.characteristic import Characteristic
from testamur.studies.models.chart import Chart
from testamur.studies.models.gauge import Gauge
from testamur.studies.models.kept import Kept


class Study(Kept):
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

    def __str__(self) -> str:
        return self.title
