"""Review: is the evidence suitable and sufficient? (ISO/IEC 17000, A.4)."""

from __future__ import annotations

from django.db import models

from testamur.parties.models import Act
from testamur.selection.models import Case


class Review(Act):
    """The frozen dossier that was reviewed, its hash, and the recommendation. A changed dossier voids it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reviews")
    dossier = models.JSONField()  # what was there, by digest and reference
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical dossier
    recommends = models.BooleanField()
    outcome = models.CharField(max_length=10)  # kernel.words.Outcome recommended
    statement = models.JSONField(default=dict)  # scope in words recommended, {bcp47: text}
    scope = models.JSONField(default=list)  # scope lines recommended
    grade = models.CharField(max_length=40, blank=True)
    reasons = models.TextField()

    class Meta:
        ordering = ["id"]
