"""What falls due on living attestations: rounds, triggers, and duties that a ground lays on the issuer."""

from __future__ import annotations

from django.db import models

from testamur.journal.models import Recorded
from testamur.register.models import Attestation
from testamur.selection.models import Case


class Due(Recorded):
    """Something that must be done by a day. Past it, the page says so; the platform itself suspends nobody."""

    class Kind(models.TextChoices):
        ROUND = "round"
        TRIGGER = "trigger"
        GROUND = "ground"  # the issuer has to act on a ground
        RENEWAL = "renewal"
        LIFTING = "lifting"  # a suspension reaches its longest time

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="dues")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=60)  # id of the scheme's [[round]], [[trigger]] or [[ground]]
    cycle = models.PositiveIntegerField(default=1)  # 1 from the first issue, one more with each renewal
    number = models.PositiveIntegerField(default=1)  # first, second … of its kind in the cycle
    opens_on = models.DateField(null=True, blank=True)  # a case may be opened from here
    due_on = models.DateField(db_index=True)  # last day
    because = models.JSONField(default=dict)  # rule, source, and the day it counts from
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="dues")
    done_on = models.DateField(null=True, blank=True)
    dropped_because = models.CharField(max_length=200, blank=True)  # e.g. the attestation ended

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["attestation", "kind", "key", "cycle", "number"], name="due_once"),
        ]

    @property
    def may_open(self) -> bool:
        """Say whether a case can be opened for it: none was, or the one that was ended without a decision."""
        visited = self.kind in (self.Kind.ROUND, self.Kind.TRIGGER, self.Kind.RENEWAL)
        return visited and (self.case is None or self.case.stage == Case.Stage.CLOSED)
