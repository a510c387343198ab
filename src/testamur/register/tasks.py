"""Work of the calendar on the register, and on its index."""

from __future__ import annotations

from django.db.models import F, Q

from testamur.kernel import clock
from testamur.register.finding import keeping
from testamur.register.models import Attestation
from testamur.register.writing import write_current


def refresh() -> list[Attestation]:
    """Write again the derived rows of attestations for which something recorded ahead has now taken effect.

    Returns:
        The attestations whose row was written.
    """
    now = clock.now()
    due = Attestation.objects.filter(
        Q(changes__effective_at__gt=F("current__changed_at"), changes__effective_at__lte=now)
        | Q(editions__effective_at__gt=F("current__changed_at"), editions__effective_at__lte=now)
    ).distinct()
    written = list(due)
    for attestation in written:
        write_current(attestation)
    return written


def index_waiting() -> int:
    """Index what was written in bulk until nothing waits; returns how many records."""
    return keeping.work_off()
