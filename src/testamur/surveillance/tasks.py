"""The daily round: what falls due appears, and cases are opened a season ahead."""

from __future__ import annotations

import logging
from datetime import date, datetime

from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Origin
from testamur.parties.models import Platform
from testamur.register.models import Attestation
from testamur.surveillance import actions, queries
from testamur.surveillance.models import Due

log = logging.getLogger("testamur.surveillance")


def refresh(today: date | None = None, at: datetime | None = None) -> int:
    """Bring every living attestation up to a day; returns how many dues and cases are new.

    One attestation that cannot be judged is logged and does not stop the others.
    """
    at = at or clock.now()
    today = today or days.day_of(at)
    new = 0
    for attestation in (
        Attestation.objects.filter(origin=Origin.NATIVE, main=None).select_related("issuer", "holder").iterator()
    ):
        try:
            new += len(actions.refresh(attestation=attestation, today=today, at=at))
        except Refused:
            log.exception("dues of attestation %s", attestation.public_id)
    for due in queries.waiting().filter(kind=Due.Kind.ROUND, case=None, opens_on__lte=today):
        try:
            actions.open_follow_up(due=due, by=Platform("surveillance.lead_time"), at=at)
            new += 1
        except Refused:
            log.exception("follow-up of due %s", due.pk)
    return new
