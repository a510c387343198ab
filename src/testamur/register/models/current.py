"""The present state of each attestation, and the earlier states of what sources tell."""

from __future__ import annotations

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from testamur.journal.models import AppendOnly
from testamur.parties.models import Organisation
from testamur.register.models.attestations import STATUSES, Attestation, Edition
from testamur.register.models.sources import Delivery


class RowOf(models.OneToOneField):
    """A reference that is the row's own number. SQLite keeps a row under its number only where the column is called
    ``integer``; under any other name it keeps a second index, which every row pays for."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the type of the column."""
        return "integer" if connection.vendor == "sqlite" else str(super().db_type(connection))


class Current(models.Model):
    """What an attestation now says, for lists and search. Of what was issued or entered here it is derived, rebuilt by
    a command and proved equal to the replay; of what a source tells it is the present state."""

    attestation = RowOf(Attestation, on_delete=models.CASCADE, primary_key=True, related_name="current")
    edition = models.ForeignKey(Edition, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.CharField(max_length=80)
    number_key = models.CharField(max_length=80)  # upper case, letters and digits only
    holder_text = models.CharField(max_length=500)
    issuer = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    scheme = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=STATUSES)  # as the acts leave it; expiry apart
    effective_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    changed_at = models.DateTimeField()
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=12, blank=True)
    standards = models.CharField(max_length=500, blank=True)
    search = models.TextField(blank=True)  # folded words of number, names, statement, standards
    confidential = models.BooleanField(default=False)
    personal = models.BooleanField(default=False)
    # Of a record of a source this row is no derivation but the state itself (ADR 0019).
    said = models.JSONField(null=True)  # what the source says, as ``states`` reads it; None: native
    since = models.DateField(null=True)  # day for which the source first said so
    gone_on = models.DateField(null=True)  # day for which the source no longer lists it
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField(null=True)  # row of the delivery; 0: it lists it no more
    mark = models.BigIntegerField(null=True)  # 64 bits of what the source says: the next delivery is compared by them

    class Meta:
        # Few values (status, country) are asked of the search index, not here.
        indexes = [
            # Equal and beginning with: one index for both, on PostgreSQL as well.
            models.Index(fields=["number_key"], opclasses=["varchar_pattern_ops"], name="current_by_number"),
            models.Index(fields=["scheme"], name="current_by_scheme"),
            # Each day the line of changes asks what ended the day before.
            models.Index(fields=["expires_on"], condition=models.Q(gone_on=None), name="current_by_last_day"),
        ]

    @property
    def holder_names(self) -> dict[str, str]:
        """Return the holder's names, which the row keeps as one text, Latin and local script apart."""
        parts = [part for part in self.holder_text.split(" / ") if part]
        latin = next((part for part in parts if part.isascii()), "")
        local = next((part for part in parts if not part.isascii()), "")
        return {key: text for key, text in (("en", latin or local), ("zh", local or latin)) if text}


class Past(AppendOnly):
    """A state that a source no longer states. It held from ``since`` until the day before ``until``, and was what the
    register knew between the recordings of both deliveries."""

    attestation = models.ForeignKey(Attestation, on_delete=models.PROTECT, related_name="past")
    number = models.CharField(max_length=80)
    number_key = models.CharField(max_length=80, db_index=True)  # an old paper is found by its old number
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=STATUSES)
    effective_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    standards = models.CharField(max_length=500, blank=True)
    said = models.JSONField()
    since = models.DateField()
    until = models.DateField()
    gone_on = models.DateField(null=True)
    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="+")  # that stated it first
    position = models.PositiveIntegerField()
    ended_by = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="ended")
    change = models.CharField(max_length=12)  # what ended it: changed, renewed, status, gone, returned

    class Meta:
        ordering = ["attestation_id", "id"]
