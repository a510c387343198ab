"""What people decide about a chart: limits, stages, points left out, and what they found out about a point."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.parties.models import Act, Membership
from testamur.studies.models.chart import Chart, Subgroup
from testamur.studies.models.kept import Kept


class LimitSet(Kept):
    """Limits that were frozen: numbers, baseline, who, when and why. A change is a new version; none is edited.

    ``frozen`` is ``tqm.spc.limits.LimitSet.to_dict()``. The set judges from point ``holds_from`` on, until the next
    set or stage begins.
    """

    chart = models.ForeignKey(Chart, on_delete=models.PROTECT, related_name="limit_sets")
    version = models.PositiveIntegerField()
    first = models.PositiveIntegerField()  # of the baseline
    last = models.PositiveIntegerField()
    holds_from = models.PositiveIntegerField()
    reason = models.TextField()
    frozen = models.JSONField()
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["version"]
        constraints = [models.UniqueConstraint(fields=["chart", "version"], name="limit_set_versioned_once")]


class Revocable(Act):
    """An act that somebody may take back, with the reason: both stay to be read."""

    reason = models.TextField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.TextField(blank=True)

    class Meta:
        abstract = True


def _ended_wholly(name: str) -> models.CheckConstraint:
    condition = Q(ended_at__isnull=True, ended_by__isnull=True) | Q(ended_at__isnull=False, ended_by__isnull=False)
    return models.CheckConstraint(name=name, condition=condition)


class Stage(Revocable):
    """From this point on the process is another one: new tool, new line, new method."""

    chart = models.ForeignKey(Chart, on_delete=models.PROTECT, related_name="stages")
    first = models.PositiveIntegerField()

    class Meta:
        ordering = ["first", "id"]
        constraints = [
            models.UniqueConstraint(fields=["chart", "first"], condition=Q(ended_at=None), name="stage_begins_once"),
            _ended_wholly("ended_stage_names_by_whom"),
        ]


class Exclusion(Revocable):
    """A point that counts neither for limits nor for runs, because its cause is known."""

    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, related_name="exclusions")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["subgroup"], condition=Q(ended_at=None), name="point_excluded_once"),
            _ended_wholly("ended_exclusion_names_by_whom"),
        ]


class Remark(Kept):
    """What somebody found out about a point; the last one counts, all can be read."""

    class Cause(models.TextChoices):
        UNKNOWN = "unknown"
        MACHINE = "machine"
        MATERIAL = "material"
        METHOD = "method"
        PEOPLE = "people"
        MEASUREMENT = "measurement"
        ENVIRONMENT = "environment"
        CHANCE = "chance"  # looked for, and nothing was different: a false alarm

    subgroup = models.ForeignKey(Subgroup, on_delete=models.PROTECT, related_name="remarks")
    text = models.TextField()
    cause = models.CharField(max_length=12, choices=Cause.choices)

    class Meta:
        ordering = ["id"]

    @property
    def found(self) -> bool:
        """Say whether an assignable cause was found."""
        return self.cause not in (self.Cause.UNKNOWN, self.Cause.CHANCE)
