"""What the API itself remembers: answers to requests that may be sent again."""

from __future__ import annotations

from django.db import models

from testamur.journal.models import Recorded
from testamur.parties.models import Membership


class IdempotencyKey(Recorded):
    """The answer to a POST that was done, kept for seven days under the key that the sender chose."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # SHA-256 of method, path and body: what the key stood for
    status = models.PositiveSmallIntegerField(default=0)  # 0 only inside the transaction that does the work
    body = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "key"], name="one_key_once")]
