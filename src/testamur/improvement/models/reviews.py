"""Management review: its inputs frozen on the day, remarks, decisions and what became of them (ISO 9001:2015, 9.3)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.journal.models import AppendOnly
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation


class ManagementReview(Act):
    """One review by the management. ``inputs`` are what the platform knew when they were frozen; they never change.

    Each input is ``{"key", "lines": [{"text": message id, "facts": {…}}]}``; days in facts are ``{"day": ISO}``.
    """

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="management_reviews")
    number = models.CharField(max_length=20)  # "MR-2026-1"
    held_on = models.DateField()
    chair = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    attendees = models.CharField(max_length=500)
    inputs = models.JSONField(default=list)
    frozen_at = models.DateTimeField(null=True, blank=True)
    conclusion = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-held_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="management_review_numbered_once"),
            models.CheckConstraint(
                name="closed_review_was_frozen_and_concludes",
                condition=Q(closed_at__isnull=True) | (Q(frozen_at__isnull=False) & ~Q(conclusion="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ReviewRemark(AppendOnly):
    """What the management says to an input; a later one is added, none replaced."""

    review = models.ForeignKey(ManagementReview, on_delete=models.PROTECT, related_name="remarks")
    topic = models.CharField(max_length=20)  # key of an input
    text = models.TextField()
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]


class ReviewDecision(Act):
    """An output of a review: what is done, by whom, by when; the next review sees what became of it (9.3.3)."""

    class Kind(models.TextChoices):
        IMPROVEMENT = "improvement"
        CHANGE = "change"
        RESOURCES = "resources"

    review = models.ForeignKey(ManagementReview, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField()
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    result = models.CharField(max_length=500, blank=True)  # what came of it

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["review", "number"], name="review_decision_numbered_once"),
            models.CheckConstraint(
                name="done_decision_says_what_came_of_it",
                condition=Q(done_on__isnull=True, result="") | (Q(done_on__isnull=False) & ~Q(result="")),
            ),
        ]
