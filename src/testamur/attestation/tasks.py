"""Work of the calendar: lists that must not grow stale, files that a crash left unwritten, renewals by silence."""

from __future__ import annotations

import logging

from testamur.attestation import actions, publishing
from testamur.decision.actions import renew_by_silence
from testamur.kernel import days
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Occasion
from testamur.parties.models import Platform
from testamur.schemes.models import Scheme
from testamur.selection import deadlines
from testamur.selection.models import Application, Case

log = logging.getLogger("testamur.attestation")


def publish_lists() -> int:
    """Sign every status list anew; called on start and every six hours."""
    return actions.publish_lists()


def publish_waiting() -> int:
    """Write the files of the public site that are missing; called after sequencing and on start."""
    return publishing.publish_waiting()


def renew_all_by_silence() -> int:
    """Renew what the law renews because its issuer decided nothing in time; returns how many cases that was.

    Where the decision stands and nothing can be issued (a key is missing, somebody is barred), the case waits for the
    issuer's signatory. One case that cannot be judged is logged and does not stop the others.
    """
    schemes = [
        scheme.pk
        for scheme in Scheme.objects.iterator()
        if any(row.deems == "renewal" for row in scheme.definition.deadlines)
    ]
    cases = Case.objects.filter(
        scheme__in=schemes,
        occasion=Occasion.RENEWAL,
        application__state__in=[Application.State.SUBMITTED, Application.State.ACCEPTED],
        stage__in=Case.UNDECIDED,
    )
    done = 0
    for case in cases.order_by("pk").iterator():
        late = next((one for one in deadlines.clocks(case) if one.deadline.deems == "renewal" and one.late), None)
        if late is None or late.due is None:
            continue
        by = Platform(f"deadline.{late.deadline.id}")
        try:
            made = renew_by_silence(case=case, deadline=late.deadline, day=late.due, by=by)
            done += 1
            actions.carry_out(decision=made, by=by, at=days.last_second(late.due, case.scheme.definition.area))
        except Refused:
            log.exception("renewal by silence of case %s", case.public_id)
    return done
