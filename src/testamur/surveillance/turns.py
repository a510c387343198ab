"""Whose turn it is in a case, whatever the function: each function in the order of the functional approach is asked."""

from __future__ import annotations

from testamur.attestation import queries as attestation
from testamur.decision import queries as decision
from testamur.determination import queries as determination
from testamur.review import queries as review
from testamur.selection import queries as selection
from testamur.selection.models import Case
from testamur.selection.turns import Missing, Turn
from testamur.surveillance import queries as surveillance


def turn_of(case: Case) -> Turn | None:
    """Return the next thing to be done in a case, whoever has to do it; None where it has ended for good."""
    stage = Case.Stage(case.stage)
    if stage in (Case.Stage.APPLICATION, Case.Stage.SELECTION):
        return selection.turn(case)
    if stage == Case.Stage.DETERMINATION:
        return determination.turn(case) or selection.turn(case)
    if stage == Case.Stage.REVIEW:
        return review.turn(case)
    if stage == Case.Stage.DECISION:
        return decision.turn(case)
    if stage == Case.Stage.ATTESTATION:
        return decision.turn(case) or attestation.turn(case)
    if stage == Case.Stage.DONE:
        return surveillance.turn(case)
    return None


def missing_in(case: Case) -> list[Missing]:
    """Return what the next step of a case needs, and whether it is there."""
    stage = Case.Stage(case.stage)
    if stage in (Case.Stage.APPLICATION, Case.Stage.SELECTION):
        return list(selection.missing(case))
    if stage == Case.Stage.DETERMINATION:
        return list(determination.missing(case))
    if stage in (Case.Stage.REVIEW, Case.Stage.DECISION):
        return [*determination.missing(case), *review.missing(case)]
    return list(decision.missing(case))
