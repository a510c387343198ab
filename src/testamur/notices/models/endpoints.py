"""Addresses of other systems that are called when something changed (Standard Webhooks)."""

from __future__ import annotations

from django.db import models

from testamur.kernel import clock
from testamur.kernel.identity import public_id
from testamur.parties.models import Organisation


class Endpoint(models.Model):
    """An address of an organisation's own system, what it wants to hear, and whether it answers."""

    class About(models.TextChoices):
        EVERYTHING = "everything"
        ISSUED = "issued"  # what the organisation issued
        HELD = "held"  # what it holds
        SCHEME = "scheme"
        BODY = "body"
        STANDARD = "standard"

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="endpoints")
    url = models.URLField(max_length=500)
    about = models.CharField(max_length=12, choices=About.choices, default=About.EVERYTHING)
    key = models.CharField(max_length=300, blank=True)  # scheme id, public id of the body, designation
    kinds = models.JSONField(default=list)  # kinds of changes; empty: all
    made_at = models.DateTimeField(default=clock.now)
    removed_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_for = models.CharField(max_length=12, blank=True)  # "failing", "gone" (410) or "owner"
    failing_since = models.DateTimeField(null=True)  # first failure after the last success

    class Meta:
        ordering = ["id"]

    @property
    def lives(self) -> bool:
        """Say whether it is called."""
        return self.removed_at is None and self.disabled_at is None

    def __str__(self) -> str:
        return self.public_id


class Secret(models.Model):
    """A secret by which an endpoint knows that a message is ours; two hold while one takes over from the other."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    sealed = models.BinaryField()  # under a key derived from the installation's own secret
    made_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField(null=True)  # None: until another takes over

    class Meta:
        ordering = ["-id"]
