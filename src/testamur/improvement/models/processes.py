"""The processes of an organisation, each with the one who answers for it (ISO 9001:2015, 4.4)."""

from __future__ import annotations

from django.db import models

from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation


class Process(Act):
    """A process, a department or a shift that an audit looks at. ``owner`` answers for it and does not audit it."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="processes")
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="process_named_once")]

    def __str__(self) -> str:
        return self.name
