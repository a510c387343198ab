"""What a plan says, whether it may be proposed, and whether the work may begin."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.schemes.language.moments import after
from testamur.schemes.language.tables import Activity, Round, Trigger
from testamur.selection.facts import facts_for
from testamur.selection.models import Case, Plan
from testamur.selection.roles import cite
from testamur.selection.team import PLANNER, team_checks
from testamur.selection.turns import Check


def activities_of(case: Case) -> list[Activity]:
    """Return the activities of the case's occasion whose conditions hold, in their order.

    Occasions of one kind of work may name more than one activity for the same round (a surveillance names the planned
    audit and the short-notice one): where rounds or triggers say which, only those are done.
    """
    possible = case.scheme.definition.activities_on(case.occasion)
    known = facts_for(case, [condition for one in possible for condition in one.when])
    rows = [one for one in possible if all(condition.holds(known) for condition in one.when)]
    named = _named_by_opening(case)
    if named:
        wanted = [one for one in rows if one.id in named]
        return wanted or rows
    return rows


def _named_by_opening(case: Case) -> set[str]:
    """Return the activities that the round or trigger asks for which opened the case."""
    definition = case.scheme.definition
    because = case.opened_because or {}
    if because.get("activities"):
        return set(because["activities"])
    rows: tuple[Round | Trigger, ...] = (*definition.rounds, *definition.triggers)
    for row in rows:
        if row.id in (because.get("round"), because.get("trigger"), because.get("key")):
            return set(row.activities)
    if case.occasion == "surveillance" and definition.rounds:
        return {one for row in definition.rounds for one in row.activities}
    return set()


def snapshot(case: Case) -> dict[str, Any]:
    """Return team, visits and audit time as they are now: what the applicant agrees to. Unannounced visits are
    left out."""
    definition = case.scheme.definition
    team = [
        {
            "person": row.membership.person.public_id,
            "names": row.membership.person.names,
            "role": row.role,
            "organisation": row.membership.organisation.names,
            "from": row.from_day.isoformat() if row.from_day else None,
            "until": row.until_day.isoformat() if row.until_day else None,
        }
        for row in case.assignments.filter(removed_at=None)
        .select_related("membership__person", "membership__organisation")
        .order_by("id")
        if definition.team is None or row.role in definition.team.roles
    ]
    visits = []
    for row in case.planned.filter(visit__cancelled_at=None).select_related("visit").order_by("visit__from_day", "id"):
        if definition.activity(row.activity).notice == "unannounced":
            continue
        visits.append(
            {
                "visit": row.visit.public_id,
                "activity": row.activity,
                "where": row.visit.where,
                "from": row.visit.from_day.isoformat(),
                "until": row.visit.until_day.isoformat(),
                "days": str(row.days) if row.days is not None else None,
                "sites": sorted(site.public_id for site in row.visit.sites.all()),
            }
        )
    review = case.application_reviews.filter(accepted=True).order_by("-id").first()
    return {"team": team, "visits": visits, "days": str(review.days) if review and review.days is not None else None}


def standing_plan(case: Case) -> Plan | None:
    """Return the newest proposal."""
    return case.plans.order_by("-proposal").first()


def planned_days(case: Case) -> Decimal:
    """Return the audit days planned so far."""
    rows = case.planned.filter(visit__cancelled_at=None, days__isnull=False).values_list("days", flat=True)
    return sum((day for day in rows if day is not None), Decimal(0))


def time_checks(case: Case) -> list[Check]:
    """Say whether the days planned reach the audit time that the rules gave, once every activity has its days."""
    review = case.application_reviews.filter(accepted=True).order_by("-id").first()
    rule = case.scheme.definition.rule_for("audit_time")
    if review is None or review.days is None or rule is None or case.joint_id or case.joined.exists():
        return []  # the time of an integrated audit is judged on the whole group
    facts_: dict[str, Any] = {"planned": planned_days(case), "needed": review.days}
    if planned_days(case) < review.days:
        return [
            Check(_("{planned} of {needed} audit days are planned."), facts_, rule.rule, cite(rule), False, PLANNER)
        ]
    return [Check(_("{planned} audit days are planned; {needed} are needed."), facts_, rule.rule, cite(rule))]


def missing_for_plan(case: Case) -> list[Check]:
    """Return what keeps the plan from being proposed."""
    lacking = [check for check in team_checks(case) if not check.ok]
    first = next((one for one in activities_of(case) if one.where in ("on_site", "either", "remote")), None)
    if first is not None and not case.planned.filter(visit__cancelled_at=None).exists():
        lacking.append(
            Check(
                _("No day is planned for “{activity}”."),
                {"activity": first.title},
                "plan.visits",
                cite(first),
                False,
                PLANNER,
            )
        )
    return lacking


def missing_for_start(case: Case, on: date) -> list[Check]:
    """Return what keeps determination from beginning: an agreed plan that still is what it was, where the
    scheme has a team."""
    team = case.scheme.definition.team
    if team is None:
        return []
    if not needs_agreement(case):
        return [check for check in team_checks(case) if not check.ok]
    source = cite(team)
    plan = standing_plan(case)
    if plan is None:
        return [
            *missing_for_plan(case),
            Check(
                _("Team and dates have not been proposed to the applicant."), {}, "plan.agreed", source, False, PLANNER
            ),
        ]
    if plan.snapshot != snapshot(case):
        return [
            Check(
                _("Team or dates have changed since proposal {number}; propose them anew."),
                {"number": plan.proposal},
                "plan.agreed",
                source,
                False,
                PLANNER,
            )
        ]
    if plan.agreed_at is not None:
        return []
    if plan.objected_at is not None:
        return [
            Check(
                _("The applicant objected to proposal {number}: {objection}"),
                {"number": plan.proposal, "objection": plan.objection},
                "plan.agreed",
                source,
                False,
                PLANNER,
            )
        ]
    until = objection_until(plan)
    if until is not None and on > until:
        return []
    return [
        Check(
            _("The applicant has not answered proposal {number} yet."),
            {"number": plan.proposal},
            "plan.agreed",
            source,
            False,
            _("the applicant, by agreeing; without an answer when the time for objections is over"),
            until,
        )
    ]


def needs_agreement(case: Case) -> bool:
    """Say whether the applicant is asked: not where everything is unannounced, or done at the desk without them."""
    rows = activities_of(case)
    return any(one.notice != "unannounced" and one.where in ("on_site", "either", "remote") for one in rows)


def objection_until(plan: Plan) -> date | None:
    """Return the last day for an objection, None where the scheme names no time."""
    team = plan.case.scheme.definition.team
    if team is None or team.objection is None:
        return None
    area = plan.case.scheme.definition.area
    return after(days.day_of(plan.effective_at, area), team.objection, area)
