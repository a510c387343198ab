"""Open a problem, say what it is, name its team, plan its steps, close it, reopen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from testamur.determination.models import Finding
from testamur.improvement import disciplines
from testamur.improvement.actions.numbering import take_number
from testamur.improvement.models import Member, Problem, StepPlan
from testamur.improvement.policies import problems as policies
from testamur.improvement.policies.access import check_colleague, check_may_work, check_written
from testamur.improvement.queries import problems as queries
from testamur.journal.actions import record
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.studies.models import Chart

SOURCE = policies.SOURCE
PREFIX = {Problem.Method.FOUR_STEPS: "CA", Problem.Method.EIGHT_D: "8D"}


@transaction.atomic
def open_problem(
    *, method: str, origin: str, statement: Mapping[str, Any], by: Membership, at: datetime,
    finding: Finding | None = None, chart: Chart | None = None, point: int | None = None, number: str = "",
) -> Problem:  # fmt: skip
    """Open a problem in the own organisation; who opens it leads until a team is named.

    Args:
        method: word of ``Problem.Method``; origin: word of ``Problem.Origin``.
        statement: see :func:`_stated`.
        finding, chart, point: where it was seen, of the own organisation.
        number: to keep from one's own books; "" takes the next.
    """
    check_may_work(by, by.organisation, at)
    for value, words, field in ((method, Problem.Method, "method"), (origin, Problem.Origin, "origin")):
        if value not in words.values:
            raise Refused(_("Choose one of the answers offered."), rule="form", field=field, source=SOURCE)
    if finding is not None and not queries.findings(by).filter(pk=finding.pk).exists():
        raise Refused(_("Choose one of the answers offered."), rule="form", field="finding", source=SOURCE)
    if chart is not None and chart.organisation_id != by.organisation_id:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="chart", source=SOURCE)
    stated = _stated(statement, method, at)
    year = days.day_of(at, by.organisation.country).year
    prefix = f"{PREFIX[Problem.Method(method)]}-{year}-"
    problem = Problem.objects.create(
        organisation=by.organisation, number=take_number(Problem, by.organisation, prefix, number), method=method,
        origin=origin, finding=finding, chart=chart, point=point, by=by, effective_at=at, **stated,
    )  # fmt: skip
    record(
        "improvement.problem_opened", subject=problem, by=by, at=at, source=SOURCE,
        payload={"problem": problem.public_id, "method": method, "origin": origin},
    )  # fmt: skip
    return problem


def _stated(statement: Mapping[str, Any], method: str, at: datetime) -> dict[str, Any]:
    """Return what a problem is, checked: title, what, place, extent, since; for 8D also is_not and emergency."""
    needed = {
        "title": (_("Name the problem in a few words."), 160),
        "what": (_("Say what is not as it should be."), 4000),
        "place": (_("Say where it was seen."), 200),
        "extent": (_("Say how many or how much; “not known yet” is an answer."), 200),
    }
    if method == Problem.Method.EIGHT_D:
        needed["emergency"] = (_("Say what was done at once; “nothing was needed” is an answer."), 4000)
    found: dict[str, Any] = {
        name: check_written(str(statement.get(name) or ""), name, sentence, source=SOURCE, most=most)
        for name, (sentence, most) in needed.items()
    }
    since = statement.get("since")
    if not isinstance(since, date):
        raise Refused(_("Choose a day."), rule="form", field="since", source=SOURCE)
    policies.check_day_past(since, days.day_of(at), "since")
    found["since"] = since
    for name in ("is_not", "emergency"):
        found.setdefault(name, str(statement.get(name) or "").strip()[:4000])
    return found


@transaction.atomic
def state_problem(
    *, problem: Problem, statement: Mapping[str, Any], version: int, by: Membership, at: datetime
) -> Problem:
    """Say anew what the problem is, as it comes to be known."""
    problem = locked(problem, by, at)
    policies.check_version(problem, version)
    for name, value in _stated(statement, problem.method, at).items():
        setattr(problem, name, value)
    problem.version += 1
    problem.save()
    said = {name: str(getattr(problem, name)) for name in ("title", "what", "place", "extent", "since", "is_not")}
    record("improvement.problem_stated", subject=problem, by=by, at=at, source=SOURCE, payload=said)
    return problem


@transaction.atomic
def name_team(
    *, problem: Problem, leader: Membership, members: Sequence[tuple[Membership, str]], by: Membership, at: datetime
) -> list[Member]:
    """Name who works on the problem.

    Args:
        leader: who leads.
        members: everybody else, with their part ("Line 2", "Final inspection").
    """
    problem = locked(problem, by, at)
    wanted: dict[int, tuple[Membership, str, bool]] = {leader.pk: (leader, "", True)}
    for who, part in members:
        if who.pk != leader.pk:
            wanted.setdefault(who.pk, (who, " ".join(part.split())[:80], False))
    for who, _part, _leads in wanted.values():
        check_colleague(who, problem.organisation, at, field="members")
    now = clock.now()
    for one in problem.members.select_for_update().filter(left_at=None):
        kept = wanted.get(one.membership_id)
        if kept is not None and (one.part, one.leads) == kept[1:]:
            del wanted[one.membership_id]
        else:
            one.left_at = now
            one.save(update_fields=["left_at"])
    made = [
        Member.objects.create(problem=problem, membership=who, part=part, leads=leads, by=by, effective_at=at)
        for who, part, leads in wanted.values()
    ]
    team = list(problem.members.filter(left_at=None))
    facts = {"members": [one.membership_id for one in team], "leader": leader.pk}
    record("improvement.team_named", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def plan_steps(
    *, problem: Problem, plans: Mapping[str, tuple[Membership, date]], by: Membership, at: datetime
) -> list[StepPlan]:
    """Say whose turn steps are, and by when.

    Args:
        plans: step of the problem's method → who, last day.
    """
    problem = locked(problem, by, at)
    known = [one.key for one in disciplines.Standing(problem).steps]
    if not plans or set(plans) - set(known):
        raise Refused(_("Choose at least one step, and who does it by when."), rule="form", source=SOURCE)
    made = []
    for step, (who, due_on) in plans.items():
        check_colleague(who, problem.organisation, at, field=f"who-{step}")
        policies.check_day_ahead(due_on, days.day_of(at), f"due-{step}")
        made.append(StepPlan.objects.create(problem=problem, step=step, who=who, due_on=due_on, by=by, effective_at=at))
    facts = {one.step: {"who": one.who_id, "due_on": one.due_on.isoformat()} for one in made}
    record("improvement.steps_planned", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return made


@transaction.atomic
def close(*, problem: Problem, recognition: str, by: Membership, at: datetime) -> Problem:
    """Close a problem whose cause is found and whose cure was seen to last; the team is thanked in words."""
    problem = locked(problem, by, at)
    policies.check_may_close(by, problem, at)
    problem.recognition = check_written(
        recognition, "recognition", _("Say what the team did and what was learnt."), source=SOURCE
    )
    problem.closed_at, problem.closed_by = at, by
    problem.save(update_fields=["recognition", "closed_at", "closed_by"])
    record("improvement.problem_closed", subject=problem, by=by, at=at, source=SOURCE, payload={"round": problem.round})
    return problem


@transaction.atomic
def reopen(*, problem: Problem, reason: str, by: Membership, at: datetime) -> Problem:
    """Work on a closed problem again, from its cause on: it came back. What was recorded stays, as an earlier round."""
    check_may_work(by, problem.organisation, at)
    problem = Problem.objects.select_for_update(of=("self",)).get(pk=problem.pk)
    if problem.closed_at is None:
        raise Refused(_("This problem is open."), rule="improvement.problem_open", source=SOURCE)
    why = check_written(reason, "reason", _("Say why it is opened again."), source=SOURCE)
    problem.closed_at = problem.closed_by = None
    problem.recognition = ""
    problem.round += 1
    problem.version += 1
    problem.save()
    facts = {"round": problem.round, "reason": why}
    record("improvement.problem_reopened", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return problem


def locked(problem: Problem, by: Membership, at: datetime) -> Problem:
    """Return the problem's row, locked, if the member may work on it."""
    row = Problem.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=problem.pk)
    policies.check_may_work_on(by, row, at)
    return row
