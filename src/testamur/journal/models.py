"""Events: who did what, when, in which role, with which facts. Written in the action's transaction, never updated."""

from __future__ import annotations

from typing import Any

from django.db import models

from testamur.kernel import clock
from testamur.transparency.models import Entry


class Recorded(models.Model):
    """Base of every row that can be corrected only by a later row.

    ``recorded_at`` is always the clock's; no caller can pass it.
    """

    recorded_at = models.DateTimeField(default=clock.now, editable=False, db_index=True)

    class Meta:
        abstract = True


class AppendOnly(Recorded):
    """A row that is never updated: saving it a second time is a mistake of ours, so it raises."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None and not self._state.adding:
            raise TypeError(f"{type(self).__name__} is append-only; record a new row that corrects this one.")
        super().save(*args, **kwargs)


class Event(AppendOnly):
    """One act. Public kinds carry their own fields into the log, all others a salted hash (trust.md 4.4)."""

    kind = models.CharField(max_length=60, db_index=True)  # "decision.granted"; registry in journal.kinds
    version = models.PositiveSmallIntegerField(default=1)  # of the payload's schema
    subject_type = models.CharField(max_length=60)  # "decision.decision"
    subject_id = models.CharField(max_length=40)
    case = models.CharField(max_length=20, blank=True, db_index=True)  # public id of the case, "" outside cases
    by_membership = models.PositiveBigIntegerField(null=True, db_index=True)  # parties.Membership
    by_organisation = models.PositiveBigIntegerField(null=True, db_index=True)
    by_rule = models.CharField(max_length=120, blank=True)  # where the platform acts: the rule or ground that acts
    role = models.CharField(max_length=60, blank=True)  # role id of the scheme in which the person acted
    effective_at = models.DateTimeField()
    rule = models.CharField(max_length=120, blank=True)
    source = models.CharField(max_length=300, blank=True)
    payload = models.JSONField(default=dict)  # facts needed to replay; personal data by reference only
    salt = models.CharField(max_length=32, blank=True)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="events")
    sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"]),
            models.Index(fields=["case", "id"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="event_has_an_actor",
                condition=models.Q(by_membership__isnull=False) | ~models.Q(by_rule=""),
            ),
        ]


class Mark(models.Model):
    """A word that stands for the state of a rarely written area; see :mod:`testamur.journal.marks`."""

    area = models.CharField(max_length=40, primary_key=True)
    word = models.CharField(max_length=32)
