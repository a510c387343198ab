"""Quality objectives and what was measured of them (ISO 9001:2015, 6.2)."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from testamur.improvement.models.processes import Process
from testamur.journal.models import AppendOnly
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation
from testamur.studies.models import Chart

#: Characters of a number, as it was typed.
TYPED = 40


class Objective(Act):
    """What shall be better by when, and whose it is.

    Numbers are kept as they were typed. Without indicator, start, target and days it is a draft: nobody could say
    later whether it was reached.
    """

    class Better(models.TextChoices):
        MORE = "more"
        LESS = "less"

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="objectives")
    statement = models.CharField(max_length=300)
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    process = models.ForeignKey(Process, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives")
    indicator = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=30, blank=True)
    better = models.CharField(max_length=4, choices=Better.choices, default=Better.MORE)
    start = models.CharField(max_length=TYPED, blank=True)
    start_on = models.DateField(null=True, blank=True)
    target = models.CharField(max_length=TYPED, blank=True)
    target_on = models.DateField(null=True, blank=True)
    every_months = models.PositiveSmallIntegerField(default=1)  # calendar months from one measuring to the next
    means = models.TextField(blank=True)  # what will be done, with what, and how the result is judged
    chart = models.ForeignKey(Chart, null=True, blank=True, on_delete=models.PROTECT, related_name="objectives")
    agreed_at = models.DateTimeField(null=True, blank=True)  # None: a draft
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="agreed_objective_is_measurable",
                condition=Q(agreed_at__isnull=True)
                | (
                    ~Q(indicator="") & ~Q(start="") & ~Q(target="") & Q(start_on__isnull=False, target_on__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="ended_objective_says_why",
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
            ),
        ]

    def __str__(self) -> str:
        return self.statement


class Measurement(AppendOnly):
    """A value that was measured. A correction is a later row of the same day; the last one counts."""

    objective = models.ForeignKey(Objective, on_delete=models.PROTECT, related_name="measurements")
    typed = models.CharField(max_length=TYPED)
    measured_on = models.DateField()
    source = models.CharField(max_length=200)  # where the number comes from: a report, a chart, a count
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["measured_on", "id"]

    @property
    def value(self) -> Decimal:
        """Return the number."""
        return Decimal(self.typed)
