"""The line of public changes: one row for each, numbered in the order in which the register tells them.

Derived from editions, changes of status and deliveries, by one reader at a time, so that whoever goes on from a number
misses nothing. Never written again: the numbers are the cursors and ids that others keep.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.parties.models import Organisation
from testamur.register.models import Attestation, Delivery, Edition, StatusChange


class Change(models.Model):
    """One public change of one certificate."""

    class Kind(models.TextChoices):
        APPEARED = "appeared"
        CHANGED = "changed"
        RENEWED = "renewed"
        CORRECTED = "corrected"
        SUSPENDED = "suspended"
        RESTORED = "restored"
        WITHDRAWN = "withdrawn"
        CANCELLED = "cancelled"
        GONE = "gone"  # its source lists it no more
        RETURNED = "returned"  # and lists it again
        EXPIRED = "expired"  # its last day is over; nobody records that

    kind = models.CharField(max_length=10, choices=Kind.choices)
    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="+", db_index=False)
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", db_index=False)
    scheme = models.CharField(max_length=60)
    effective_on = models.DateField()  # civil day from which it is so
    # Instant from which the line tells it: never before that of an earlier row, so a day is a range of numbers.
    recorded_at = models.DateTimeField()
    edition = models.ForeignKey(Edition, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    status_change = models.ForeignKey(
        StatusChange, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["attestation", "id"], name="change_by_attestation"),
            models.Index(fields=["issuer", "id"], name="change_by_issuer"),
            models.Index(fields=["scheme", "id"], name="change_by_scheme"),
            models.Index(fields=["kind", "id"], name="change_by_kind"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["edition"], condition=Q(edition__isnull=False), name="edition_told_once"),
            models.UniqueConstraint(
                fields=["status_change"], condition=Q(status_change__isnull=False), name="status_change_told_once"
            ),
            models.UniqueConstraint(
                fields=["attestation", "effective_on"], condition=Q(kind="expired"), name="expiry_told_once"
            ),
        ]


class ChangedStandard(models.Model):
    """That the certificate which changed named a standard: the index by standard, one row for each it names."""

    standard = models.CharField(max_length=160)  # designation
    change = models.ForeignKey(Change, on_delete=models.CASCADE, related_name="standards", db_index=False)

    class Meta:
        indexes = [models.Index(fields=["standard", "change"], name="change_by_standard")]


class Told(models.Model):
    """How far a delivery is told."""

    delivery = models.OneToOneField(Delivery, primary_key=True, on_delete=models.CASCADE, related_name="told")
    upto = models.BigIntegerField(default=0)  # highest attestation id
    done = models.BooleanField(default=False)


class Line(models.Model):
    """How far a reader has come: of editions, of changes of status, of the days that are over in an area (``expired``,
    as ordinals), and of the line itself (``notified``)."""

    name = models.CharField(max_length=20, primary_key=True)
    upto = models.BigIntegerField(default=0)
