"""Propose team and dates, agree or object, begin determination."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership, actor
from testamur.selection import policies
from testamur.selection.models import Case, Plan
from testamur.selection.planning import missing_for_plan, missing_for_start, snapshot, standing_plan
from testamur.selection.policies import Actor
from testamur.selection.roles import check_fills_one_of, cite, planning_roles
from testamur.selection.turns import Problems


@transaction.atomic
def propose_plan(*, case: Case, by: Actor, at: datetime) -> Plan:
    """Send team, dates and audit time to the applicant. Proposed unchanged a second time, it is the same proposal.

    Of an integrated group the plan is one: every case of the group gets it.

    Raises:
        Problems: no lead, too few people, a field nobody knows, nothing planned; each with its clause.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    role = policies.check_may_plan(case, by, at)
    members = case.group if case.integrated_id else [case]
    lacking = [check.refusal() for one in members for check in missing_for_plan(one)]
    if lacking:
        raise Problems(
            _("The plan cannot be proposed yet: {count} things are missing."),
            {"count": len(lacking)},
            lacking,
            rule=lacking[0].rule,
            source=lacking[0].source,
            who=lacking[0].who,
        )
    made = None
    for one in members:
        shot = snapshot(one)
        last = one.plans.order_by("-proposal").first()
        if last is not None and last.snapshot == shot and last.objected_at is None:
            plan = last
        else:
            plan = Plan.objects.create(
                case=one, proposal=(last.proposal if last else 0) + 1, snapshot=shot, effective_at=at, **actor(by)
            )
            record(
                "selection.plan_proposed",
                subject=plan,
                by=by,
                at=at,
                case=one.public_id,
                role=role,
                payload={"proposal": plan.proposal, "snapshot": shot},
                source=cite(one.scheme.definition.team),
            )
        if one.pk == case.pk:
            made = plan
    assert made is not None
    return made


@transaction.atomic
def agree(*, plan: Plan, by: Membership, at: datetime) -> Plan:
    """The applicant agrees to team and dates. What has changed since must be proposed anew first."""
    plan = (
        Plan.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__client", "case__person", "case__issuer")
        .get(pk=plan.pk)
    )
    policies.check_may_answer_plan(plan.case, by, at)
    if plan.agreed_at is not None:
        return plan
    _check_newest(plan)
    for one in _of_group(plan):
        one.agreed_at, one.agreed_by = at, by
        one.save(update_fields=["agreed_at", "agreed_by"])
        record("plan.agreed", subject=one, by=by, at=at, case=one.case.public_id, payload={"proposal": one.proposal})
    plan.refresh_from_db()
    return plan


@transaction.atomic
def object_to(*, plan: Plan, objection: str, by: Membership, at: datetime) -> Plan:
    """The applicant objects to a member of the team or a day, with the reason; the planner proposes anew."""
    plan = (
        Plan.objects.select_for_update(of=("self",))
        .select_related("case__scheme", "case__client", "case__person", "case__issuer")
        .get(pk=plan.pk)
    )
    policies.check_may_answer_plan(plan.case, by, at)
    _check_newest(plan)
    if not objection.strip():
        raise Refused(
            _("Say to whom or to what you object, and why."),
            rule="plan.objection",
            source="iso-17021-1@2015#9.2.3.4",
            field="objection",
        )
    if plan.agreed_at is not None:
        raise Refused(
            _("You agreed to this plan already; ask the planner for a new proposal."),
            rule="plan.state",
            source="iso-17021-1@2015#9.2.3.4",
        )
    for one in _of_group(plan):
        one.objection, one.objected_at = objection.strip(), at
        one.save(update_fields=["objection", "objected_at"])
        record(
            "plan.objected",
            subject=one,
            by=by,
            at=at,
            case=one.case.public_id,
            payload={"proposal": one.proposal, "objection": objection.strip()},
        )
    plan.refresh_from_db()
    return plan


def _check_newest(plan: Plan) -> None:
    newest = plan.case.plans.order_by("-proposal").first()
    if newest is not None and newest.pk != plan.pk:
        raise Refused(
            _("There is a newer proposal, number {number}; answer that one."),
            {"number": newest.proposal},
            rule="plan.state",
            source="testamur@2026-1#plan",
        )
    if plan.snapshot != snapshot(plan.case):
        raise Refused(
            _("The planner has changed something since this proposal; a new one is on its way."),
            rule="plan.state",
            source="testamur@2026-1#plan",
            who=_("the planner of the body"),
        )


def _of_group(plan: Plan) -> list[Plan]:
    if not plan.case.integrated_id:
        return [plan]
    found = [standing_plan(one) for one in plan.case.group]
    return [one for one in found if one is not None and one.agreed_at is None]


@transaction.atomic
def start_determination(*, case: Case, by: Actor, at: datetime) -> Case:
    """Begin determination: team and dates are agreed, or nobody objected in the time the scheme gives; schemes
    without a
    team ask for no agreement.

    Raises:
        Problems: what is missing, each with its clause.
    """
    case = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.stage == Case.Stage.DETERMINATION:
        return case
    policies.parties.check_lives(by, at)
    policies.check_stage(case, Case.Stage.SELECTION)
    team = case.scheme.definition.team
    role = check_fills_one_of(case, by, (*planning_roles(case), *((team.lead,) if team else ())))
    on = days.day_of(at, case.scheme.definition.area)
    lacking = [one.refusal() for one in missing_for_start(case, on)]
    if lacking:
        raise Problems(
            _("Determination cannot begin yet: {count} things are missing."),
            {"count": len(lacking)},
            lacking,
            rule=lacking[0].rule,
            source=lacking[0].source,
            who=lacking[0].who,
            until=lacking[0].until,
        )
    case.move(Case.Stage.DETERMINATION, on=on)
    record("selection.determination_started", subject=case, by=by, at=at, case=case.public_id, role=role)
    return case
