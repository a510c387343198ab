"""The control plan: what is watched at each step of a process, with what, how often, and what happens if it is off."""

from __future__ import annotations

from django.db import models

from testamur.improvement.models.risks import FailureMode, Rating
from testamur.kernel.identity import public_id
from testamur.kernel.refusal import _
from testamur.parties.models import Act, Membership, Organisation
from testamur.studies.models import Characteristic, Chart, Gauge


class ControlPlan(Act):
    """A plan under one number; what it says is in its editions."""

    class Phase(models.TextChoices):
        PROTOTYPE = "prototype", _("Prototype")
        PRE_LAUNCH = "pre_launch", _("Pre-launch")
        PRODUCTION = "production", _("Production")

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="control_plans")
    number = models.CharField(max_length=30)  # "CP-07"
    title = models.CharField(max_length=160)
    phase = models.CharField(max_length=12, choices=Phase.choices)

    class Meta:
        ordering = ["number", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="control_plan_numbered_once")]

    def __str__(self) -> str:
        return self.number


class ControlPlanEdition(Act):
    """What a plan says from its approval until the next: a draft until another person approves it, then unchanged."""

    plan = models.ForeignKey(ControlPlan, on_delete=models.CASCADE, related_name="editions")
    edition = models.PositiveSmallIntegerField()
    change = models.CharField(max_length=300)  # what is new in it
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["edition"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "edition"], name="control_plan_edition_once"),
            models.UniqueConstraint(
                fields=["plan"], condition=models.Q(approved_at=None), name="one_draft_of_a_control_plan"
            ),
        ]


class ControlPlanRow(Act):
    """One line of an edition."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    edition = models.ForeignKey(ControlPlanEdition, on_delete=models.CASCADE, related_name="rows")
    place = models.PositiveIntegerField()
    step = models.CharField(max_length=160)  # of the process
    characteristic = models.ForeignKey(
        Characteristic, null=True, blank=True, on_delete=models.PROTECT, related_name="control_plan_rows"
    )
    watched = models.CharField(max_length=160)  # the characteristic in words
    specification = models.CharField(max_length=160)
    gauge = models.ForeignKey(Gauge, null=True, blank=True, on_delete=models.PROTECT, related_name="control_plan_rows")
    sample = models.CharField(max_length=80)  # "5 pieces"
    frequency = models.CharField(max_length=80)  # "every 2 hours"
    method = models.CharField(max_length=160)  # of control
    chart = models.ForeignKey(Chart, null=True, blank=True, on_delete=models.PROTECT, related_name="control_plan_rows")
    reaction = models.TextField()  # what is done, by whom, where it is off
    failure = models.ForeignKey(
        FailureMode, null=True, blank=True, on_delete=models.PROTECT, related_name="control_plan_rows"
    )
    rating = models.ForeignKey(  # of the failure, under which the row was written or last looked at
        Rating, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["place", "id"]

    def __str__(self) -> str:
        return f"{self.step}: {self.watched}"

    @property
    def judged_under(self) -> Rating | None:
        """Return the newest rating that was known when somebody wrote this row or looked at it."""
        known = [self.rating, *(one.rating for one in self.looks.all())]
        return max((one for one in known if one is not None), key=lambda one: one.pk, default=None)

    @property
    def to_look_at(self) -> bool:
        """Say whether the action priority of its failure changed since somebody looked at this row."""
        known = self.judged_under
        if self.failure is None or self.failure.removed_because:
            return False
        return known is None or known.priority != self.failure.rating.priority


class RowLook(Act):
    """Somebody looked at a row after its risk had changed, and leaves it as it is."""

    row = models.ForeignKey(ControlPlanRow, on_delete=models.CASCADE, related_name="looks")
    rating = models.ForeignKey(Rating, on_delete=models.PROTECT, related_name="+")
    finding = models.CharField(max_length=300)  # why it stays as it is

    class Meta:
        ordering = ["id"]
