"""What a scheme says follows of itself when a deadline is missed (``[[deadline]] missed``), carried out.

Only what favours or binds the applicant follows of itself: ``closed`` ends a case that the applicant left lying,
``deemed`` makes silence on an application its acceptance. Nobody's attestation changes here: silence on a renewal is
carried out by attestation, and every other decision stays the body's duty and is shown as overdue (amendment A2).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel.refusal import _
from testamur.parties.models import Platform
from testamur.register.authority import Said, in_both
from testamur.schemes.language.definition import Definition
from testamur.selection import deadlines
from testamur.selection.actions.cases import close_case
from testamur.selection.deadlines import Clock
from testamur.selection.models import Case
from testamur.selection.roles import cite

LAPSED = _("“{step}” was due on {day} and was not done; by the source cited the case ends.")


def follows(definition: Definition) -> bool:
    """Say whether anything follows of itself from a missed deadline of the scheme."""
    return any(row.missed == "closed" or row.deems == "acceptance" for row in definition.deadlines)


@transaction.atomic
def carry_out_missed(*, case: Case, at: datetime) -> list[str]:
    """Carry out what follows from the deadlines that a case has missed; a second call finds nothing left.

    Returns:
        The ids of the deadlines, in the order of the scheme.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    done = []
    for clock in deadlines.clocks(case):
        open_ = case.stage not in (Case.Stage.DONE, Case.Stage.CLOSED)
        if open_ and clock.late and _carry_out(case, clock, at=at):
            done.append(clock.deadline.id)
            case.refresh_from_db()
    return done


def _carry_out(case: Case, clock: Clock, *, at: datetime) -> bool:
    deadline, by = clock.deadline, Platform(f"deadline.{clock.deadline.id}")
    facts = {"step": deadline.step, "day": clock.due}
    if deadline.missed == "closed":
        for one in case.group:  # an integrated application lapses for every scheme it was made for
            close_case(case=one, because=in_both(Said(LAPSED, facts)), by=by, at=at, source=cite(deadline))
        return True
    if deadline.deems == "acceptance" and clock.started is not None:
        # Accepted from the day on which it was received, so that the time to decide runs from then.
        case.remember(accepted=clock.started)
        record(
            "case.deemed_accepted",
            subject=case,
            by=by,
            at=at,
            case=case.public_id,
            payload={"deadline": deadline.id, "due": clock.due.isoformat(), "accepted": clock.started.isoformat()},
            rule=by.rule,
            source=cite(deadline),
        )
        return True
    return False
