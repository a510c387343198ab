"""Failure mode and effects analysis: what could go wrong, how bad, how often, how surely it is found (AIAG & VDA)."""

from __future__ import annotations

from django.db import models

from testamur.kernel.identity import public_id
from testamur.kernel.refusal import _
from testamur.parties.models import Act, Membership, Organisation
from testamur.studies.models import Chart
from testamur.tqm.improve.fmea import action_priority


class Fmea(Act):
    """One sheet: the analysis of a design or of a process."""

    class Kind(models.TextChoices):
        DESIGN = "design", _("Design FMEA")
        PROCESS = "process", _("Process FMEA")

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="fmeas")
    number = models.CharField(max_length=30)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind.choices)

    class Meta:
        ordering = ["number", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="fmea_numbered_once")]

    def __str__(self) -> str:
        return self.number


class FailureMode(Act):
    """A row: how an item can fail, with what effect, from what cause, and what prevents or detects it today."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    fmea = models.ForeignKey(Fmea, on_delete=models.CASCADE, related_name="failures")
    place = models.PositiveIntegerField()  # number of the row; never given twice
    item = models.CharField(max_length=200)  # function of the design, step of the process
    mode = models.CharField(max_length=300)
    effect = models.CharField(max_length=300)
    cause = models.CharField(max_length=300)
    prevention = models.CharField(max_length=300, blank=True)  # what prevents the cause today
    detection = models.CharField(max_length=300, blank=True)  # what detects cause or mode today
    chart = models.ForeignKey(Chart, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    removed_because = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["fmea", "place"], name="failure_placed_once")]

    def __str__(self) -> str:
        return f"{self.fmea.number}/{self.place}"

    @property
    def rating(self) -> Rating:
        """Return the rating that holds: the newest. Every row has one from its first moment."""
        return list(self.ratings.all())[-1]


class Rating(Act):
    """Severity, occurrence and detection, 1 to 10, as judged on a day; a new judgement is a new row."""

    failure = models.ForeignKey(FailureMode, on_delete=models.CASCADE, related_name="ratings")
    severity = models.PositiveSmallIntegerField()
    occurrence = models.PositiveSmallIntegerField()
    detection = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name=f"rating_{name}_1_to_10", condition=models.Q(**{f"{name}__range": (1, 10)}))
            for name in ("severity", "occurrence", "detection")
        ]

    @property
    def priority(self) -> str:
        """Return the action priority of AIAG & VDA: H, M or L."""
        return action_priority(self.severity, self.occurrence, self.detection)

    @property
    def number(self) -> int:
        """Return the older risk priority number, S × O × D: for information, without any threshold."""
        return self.severity * self.occurrence * self.detection


class RiskAction(Act):
    """What is done to make a risk smaller."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    failure = models.ForeignKey(FailureMode, on_delete=models.CASCADE, related_name="actions")
    what = models.CharField(max_length=300)
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    taken = models.CharField(max_length=300, blank=True)  # what was done, and where one sees it

    class Meta:
        ordering = ["due_on", "id"]
