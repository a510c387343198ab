"""PDCA boards: improvements that go through plan, do, check and act."""

from __future__ import annotations

from django.db import models

from testamur.improvement.models.problems import Problem
from testamur.kernel.identity import public_id
from testamur.kernel.refusal import _
from testamur.parties.models import Act, Membership, Organisation
from testamur.studies.models import Chart


class Board(Act):
    """A wall of cards that a team looks at together."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="boards")
    title = models.CharField(max_length=120)

    class Meta:
        ordering = ["title", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "title"], name="board_titled_once")]


class BoardCard(Act):
    """One improvement on a board."""

    class Stage(models.TextChoices):
        PLAN = "plan", _("P: plan")
        DO = "do", _("D: do")
        CHECK = "check", _("C: check")
        ACT = "act", _("A: act")

    class Verdict(models.TextChoices):
        ADOPT = "adopt", _("Adopt: it becomes the standard")
        ADAPT = "adapt", _("Adapt: once more with changes")
        ABANDON = "abandon", _("Abandon")

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="cards")
    stage = models.CharField(max_length=6, choices=Stage.choices, default=Stage.PLAN)
    title = models.CharField(max_length=160)
    aim = models.CharField(max_length=300)  # what will be seen where it works
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    problem = models.ForeignKey(Problem, null=True, blank=True, on_delete=models.PROTECT, related_name="cards")
    chart = models.ForeignKey(Chart, null=True, blank=True, on_delete=models.PROTECT, related_name="cards")
    objective = models.CharField(max_length=120, blank=True)  # number or words of a quality objective
    result = models.TextField(blank=True)
    decision = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    cycle = models.PositiveSmallIntegerField(default=1)
    finished_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["due_on", "id"]
