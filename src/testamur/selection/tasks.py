"""Work of the calendar on cases."""

from __future__ import annotations

import logging

from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.schemes.models import Scheme
from testamur.selection.actions.missed import carry_out_missed, follows
from testamur.selection.models import Case

log = logging.getLogger("testamur.selection")


def carry_out_all_missed() -> int:
    """Carry out what follows of itself from missed deadlines; returns how many cases something followed in.

    One case that cannot be judged is logged and does not stop the others.
    """
    schemes = [scheme.pk for scheme in Scheme.objects.iterator() if follows(scheme.definition)]
    cases = Case.objects.filter(scheme__in=schemes).exclude(stage__in=[Case.Stage.DONE, Case.Stage.CLOSED])
    changed = 0
    for case in cases.order_by("pk").iterator():
        try:
            changed += bool(carry_out_missed(case=case, at=clock.now()))
        except Refused:
            log.exception("missed deadlines of case %s", case.public_id)
    return changed
