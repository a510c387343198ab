"""What attestations of sources rest on, by what they rest on: the index that fall-out is asked by.

Derived from the states of record, a delivery at a time, and may follow a delivery by a moment.
"""

from __future__ import annotations

from django.db import models

from testamur.register.models.attestations import Attestation
from testamur.register.models.sources import Delivery


class Foundation(models.Model):
    """Something that attestations rest on, as their sources name it."""

    kind = models.CharField(max_length=20)  # body, laboratory, accreditation, standard, arrangement …
    key = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="foundation_once")]


class Resting(models.Model):
    """That an attestation rested on something while one state of it held."""

    foundation = models.ForeignKey(Foundation, on_delete=models.CASCADE, db_index=False, related_name="+")
    attestation = models.ForeignKey(Attestation, on_delete=models.CASCADE, related_name="+")
    # No index by delivery: rows are asked for by what they rest on, and written by attestation.
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, db_index=False, related_name="+")
    ended_by = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, db_index=False, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True)  # day from which that state held no more

    class Meta:
        # What holds has no ``until``, and is found apart from all that ever held.
        indexes = [models.Index(fields=["foundation", "until"], name="resting_on")]


class Followed(models.Model):
    """That the index has followed a delivery."""

    delivery = models.OneToOneField(Delivery, primary_key=True, on_delete=models.CASCADE, related_name="followed")
