"""Questions about problems: which there are, what waits, which findings and charts they may name."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from testamur.determination.models import Finding
from testamur.improvement.disciplines import Need, Standing
from testamur.improvement.models import Problem
from testamur.improvement.queries.access import own
from testamur.parties.models import Membership
from testamur.studies.models import Chart, Study


def visible_to(membership: Membership | None) -> QuerySet[Problem]:
    """Return the problems of the membership's organisation; a stranger, or a colleague without the function, none."""
    return own(Problem.objects.all(), membership).select_related("organisation", "by__person", "closed_by__person")


def findings(membership: Membership) -> QuerySet[Finding]:
    """Return the findings raised against the membership's organisation, newest first."""
    rows = Finding.objects.filter(case__client_id=membership.organisation_id, withdrawn_because="")
    return rows.select_related("case").order_by("-id")


def charts(membership: Membership) -> QuerySet[Chart]:
    """Return the charts of the membership's organisation."""
    return own(Chart.objects.all(), membership)


def studies(membership: Membership) -> QuerySet[Study]:
    """Return the studies of the membership's organisation, newest first."""
    return own(Study.objects.all(), membership)


@dataclass(frozen=True)
class Turn:
    """What an open problem waits for; ``need`` is None where only its closing is left."""

    problem: Problem
    need: Need | None


def waiting(membership: Membership | None) -> list[Turn]:
    """Return the next thing that each open problem of the organisation waits for."""
    rows = visible_to(membership).filter(closed_at=None)
    return [Turn(one, Standing(one).next) for one in rows]


def mine(membership: Membership) -> list[Turn]:
    """Return what waits for this member: their own turns, and closings where they lead."""
    found = []
    for turn in waiting(membership):
        who = turn.need.who if turn.need else Standing(turn.problem).leader
        if who is not None and who.pk == membership.pk:
            found.append(turn)
    return found
