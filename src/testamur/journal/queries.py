"""Questions about what happened."""

from __future__ import annotations

from django.db.models import Model, QuerySet

from testamur.journal.actions import digest
from testamur.journal.models import Event


def of_case(case: str) -> QuerySet[Event]:
    """Return the events of a case, newest first by the day they took effect. Whoever may see the case may see them."""
    return Event.objects.filter(case=case).select_related("entry").order_by("-effective_at", "-id")


def of_subject(subject: Model) -> QuerySet[Event]:
    """Return the events about one row, in the order of recording."""
    return Event.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.pk)).order_by("id")


def agrees_with_log(event: Event) -> bool:
    """Say whether a case's event still is what its log entry committed to; an erased one (no salt) cannot be told."""
    if event.entry is None or not event.salt:
        return True
    return digest(event).encode() in bytes(event.entry.data)
