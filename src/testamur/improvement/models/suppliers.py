"""Suppliers: what they supply, how they are judged, and their certificates as the register has them (8.4)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.journal.models import AppendOnly
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation


class Supplier(Act):
    """Somebody who supplies. The class of risk says how closely it is watched."""

    class Risk(models.TextChoices):
        LOW = "low"
        MEDIUM = "medium"
        HIGH = "high"

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="suppliers")
    name = models.CharField(max_length=160)
    supplies = models.CharField(max_length=300)
    risk = models.CharField(max_length=6, choices=Risk.choices)
    keeper = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="supplier_named_once")]

    def __str__(self) -> str:
        return self.name


class SupplierApproval(AppendOnly):
    """A decision about a supplier; the last one counts."""

    class Outcome(models.TextChoices):
        APPROVED = "approved"
        CONDITIONAL = "conditional"
        BLOCKED = "blocked"

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="approvals")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reasons = models.CharField(max_length=500)
    decided_on = models.DateField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["decided_on", "id"]


class SupplierScore(AppendOnly):
    """How a supplier did in a period: 0 (nothing as agreed) to 100 (everything), with what it rests on."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="scores")
    scored_on = models.DateField()
    quality = models.PositiveSmallIntegerField()
    delivery = models.PositiveSmallIntegerField()
    service = models.PositiveSmallIntegerField()
    basis = models.CharField(max_length=300)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["scored_on", "id"]
        constraints = [
            models.CheckConstraint(
                name="supplier_score_out_of_a_hundred",
                condition=Q(quality__lte=100, delivery__lte=100, service__lte=100),
            )
        ]


class SupplierCertificate(Act):
    """The number of a certificate that a supplier showed; its status is asked of the register each time."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="certificates")
    number = models.CharField(max_length=80)
    ended_at = models.DateTimeField(null=True, blank=True)  # no longer watched

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["supplier", "number"], condition=Q(ended_at__isnull=True), name="certificate_watched_once"
            )
        ]
