"""Two sources that tell of the same certificate, and not the same."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from testamur.journal.models import Recorded
from testamur.register.models.attestations import Attestation
from testamur.register.models.sources import Delivery


class Conflict(Recorded):
    """Two records of one certificate, by number and issuer, that differ. Neither is changed: both stay as told, the
    rule says which one holds, and every page of either shows the other."""

    class Rule(models.TextChoices):
        OWN_WORD = "own_word"  # what the issuer says of its own certificate, before what others say
        LATER_DAY = "later_day"  # what was stated for the later day
        FIRST_TOLD = "first_told"  # as nothing else decides
        SETTLED = "settled"  # as the bodies concerned agreed, until one of them says something else

    first = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="+")  # the lower id of both
    second = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="+")
    holds = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=12, choices=Rule.choices)
    reason = models.CharField(max_length=300, blank=True)  # of the settlement
    settled_by = models.PositiveBigIntegerField(null=True)  # membership
    settled_at = models.DateTimeField(null=True)
    differs = models.JSONField()  # {"status": [of the first, of the second], "expires_on": […]}
    found_by = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="conflicts")
    ended_by = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="+")  # they agree since

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"], condition=Q(ended_by__isnull=True), name="conflict_open_once"
            ),
            models.CheckConstraint(
                name="settled_with_its_reason",
                condition=Q(rule="settled", settled_at__isnull=False) & ~Q(reason="")
                | ~Q(rule="settled") & Q(settled_at__isnull=True, reason=""),
            ),
            models.CheckConstraint(name="conflict_of_two_in_order", condition=Q(first__lt=F("second"))),
        ]
