"""Work of the calendar on the register, and on its index."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F, Q

from testamur.kernel import clock, days
from testamur.parties.models import Platform
from testamur.register.actions.snapshots import publish_snapshot
from testamur.register.finding import keeping
from testamur.register.holders import gathering
from testamur.register.models import Attestation, Current, Snapshot
from testamur.register.writing import write_current

#: Steps of one run of the worker: half a minute at most, then the log is numbered again.
HOLDER_STEPS = 20


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


def gather_holders() -> int:
    """Gather spellings of holders and look for likely pairs, some steps of each; returns how many were looked at."""
    done = 0
    for _step in range(HOLDER_STEPS):
        looked = gathering.gather() + gathering.suggest()
        if not looked:
            break
        done += looked
    return done


def publish_when_due() -> Snapshot | None:
    """Publish a snapshot of the public register where the last one is older than the installation wants; or go on with
    one that was interrupted."""
    every = {"daily": 1, "weekly": 7}.get(settings.OPEN_DATA)
    if every is None or not Current.objects.exists():
        return None
    now = clock.now()
    newest = Snapshot.objects.exclude(state=Snapshot.State.WRITING).order_by("-day").first()
    if newest is not None and (days.day_of(now) - newest.day).days < every:
        return None
    return publish_snapshot(by=Platform("register.open_data"), at=now)


def index_waiting() -> int:
    """Index what was written in bulk until nothing waits; returns how many records."""
    return keeping.work_off()
