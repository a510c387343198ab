"""What poor quality costs, and what is spent against it (prevention, appraisal, failure)."""

from __future__ import annotations

from django.db import models

from testamur.improvement.models.problems import Problem
from testamur.kernel.identity import public_id
from testamur.kernel.refusal import _
from testamur.parties.models import Act, Organisation


class QualityCost(Act):
    """One entry; a mistake is taken back with a reason and entered anew."""

    class Kind(models.TextChoices):
        PREVENTION = "prevention", _("Prevention cost")
        APPRAISAL = "appraisal", _("Appraisal")
        INTERNAL = "internal", _("Internal failure")
        EXTERNAL = "external", _("External failure")

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="quality_costs")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    what = models.CharField(max_length=160)  # "Scrap, 22 pieces"
    cause = models.CharField(max_length=120)  # by which the Pareto chart sorts
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3, default="CNY")  # ISO 4217
    day = models.DateField()
    problem = models.ForeignKey(Problem, null=True, blank=True, on_delete=models.PROTECT, related_name="costs")
    taken_back_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [models.CheckConstraint(name="cost_above_nothing", condition=models.Q(amount__gt=0))]
