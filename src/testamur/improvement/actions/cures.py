"""Choose actions, carry them out, agree how their effect is judged, judge it, and prevent the same elsewhere."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from testamur.improvement.actions.problems import SOURCE, locked
from testamur.improvement.actions.proofs import Proof, kept
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import ControlPlan, EffectCheck, FailureMode, Prevention, Problem, ProblemAction
from testamur.improvement.policies import problems as policies
from testamur.improvement.policies.access import check_colleague, check_written
from testamur.journal.actions import record
from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership


@transaction.atomic
def choose_action(
    *, problem: Problem, kind: str, what: str, expectation: str, owner: Membership, due_on: date, by: Membership,
    at: datetime,
) -> ProblemAction:  # fmt: skip
    """Choose an action against the root cause, with its owner and day.

    Args:
        kind: ``corrective`` or ``preventive``.
        expectation: how one knows beforehand that it removes the cause.
    """
    problem = locked(problem, by, at)
    if kind not in ProblemAction.Kind.values:
        raise Refused(_("Choose one of the answers offered."), rule="form", field="kind", source=SOURCE)
    said = check_written(what, "what", _("Say what will be done."), source=SOURCE)
    why = check_written(expectation, "expectation", _("Say how one knows that it removes the cause."), source=SOURCE)
    check_colleague(owner, problem.organisation, at, field="owner")
    policies.check_day_ahead(due_on, days.day_of(at), "due_on")
    standing = Standing(problem)
    if standing.check is not None and standing.check.checker.person_id == owner.person_id:
        raise Refused(
            _("{person} checks the effect in this round and cannot own an action of it."),
            {"person": owner.person.names}, rule="improvement.check_by_another", field="owner", source=SOURCE,
        )  # fmt: skip
    action = ProblemAction.objects.create(
        problem=problem, round=problem.round, kind=kind, what=said, expectation=why, owner=owner, due_on=due_on,
        by=by, effective_at=at,
    )  # fmt: skip
    facts = {"action": action.public_id, "kind": kind, "owner": owner.pk, "due_on": due_on.isoformat()}
    record("improvement.action_chosen", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return action


@transaction.atomic
def report_done(
    *, action: ProblemAction, done_on: date, before: str, after: str, proof: Proof, by: Membership, at: datetime
) -> ProblemAction:
    """Report an action as carried out, with how it was before and is after, and what proves it."""
    problem = locked(action.problem, by, at)
    action = ProblemAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
    _check_of_this_round(action, problem)
    policies.check_may_report(action, by)
    policies.check_day_past(done_on, days.day_of(at), "done_on")
    action.before = check_written(
        before, "before", _("Say how it was before, in numbers if there are any."), source=SOURCE
    )
    action.after = check_written(after, "after", _("Say how it is after, in the same measure."), source=SOURCE)
    for name, value in kept(proof, problem, by, at).items():
        setattr(action, name, value)
    policies.check_proved(action.evidence)
    action.done_on = done_on
    action.save()
    facts = {"action": action.public_id, "done_on": done_on.isoformat()}
    record("improvement.action_done", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return action


@transaction.atomic
def drop_action(*, action: ProblemAction, reason: str, by: Membership, at: datetime) -> ProblemAction:
    """Drop an action that is not carried out; the reason stays."""
    problem = locked(action.problem, by, at)
    action = ProblemAction.objects.select_for_update(of=("self",)).get(pk=action.pk)
    _check_of_this_round(action, problem)
    policies.check_may_report(action, by)
    action.dropped_because = check_written(reason, "reason", _("Say why it is dropped."), source=SOURCE, most=300)
    action.save(update_fields=["dropped_because"])
    facts = {"action": action.public_id}
    record("improvement.action_dropped", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return action


def _check_of_this_round(action: ProblemAction, problem: Problem) -> None:
    if action.round != problem.round or action.dropped_because:
        raise Refused(
            _("This belongs to an earlier round, which stays as it is."), rule="improvement.round", source=SOURCE
        )


@transaction.atomic
def agree_check(
    *, problem: Problem, criterion: str, due_on: date, checker: Membership, by: Membership, at: datetime
) -> EffectCheck:
    """Agree beforehand by which criterion, on which day and by whom the effect is judged."""
    problem = locked(problem, by, at)
    said = check_written(
        criterion, "criterion", _("Say what will be seen where the action works: which number, over how long."),
        source=SOURCE,
    )  # fmt: skip
    check_colleague(checker, problem.organisation, at, field="checker")
    policies.check_day_ahead(due_on, days.day_of(at), "due_on")
    policies.check_may_agree_check(Standing(problem), checker)
    check = EffectCheck.objects.create(
        problem=problem, round=problem.round, criterion=said, due_on=due_on, checker=checker, by=by, effective_at=at
    )
    facts = {"round": problem.round, "due_on": due_on.isoformat(), "checker": checker.pk}
    record("improvement.effect_check_agreed", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return check


@transaction.atomic
def check_effect(
    *, problem: Problem, effective: bool, result: str, proof: Proof, by: Membership, at: datetime
) -> EffectCheck:
    """Judge whether the effect lasted. Not effective: the problem goes back to its cause, in a new round."""
    problem = locked(problem, by, at)
    standing = Standing(problem)
    check, today = standing.check, days.day_of(at)
    policies.check_may_check(standing, check, by, today, effective)
    assert check is not None
    check.result = check_written(result, "result", _("Say what was seen, against the criterion."), source=SOURCE)
    for name, value in kept(proof, problem, by, at).items():
        setattr(check, name, value)
    policies.check_proved(check.evidence)
    check.effective, check.checked_on = effective, today
    check.save()
    if not effective:
        problem.round += 1
        problem.version += 1
        problem.save(update_fields=["round", "version"])
    facts = {"effective": effective, "round": check.round}
    record("improvement.effect_checked", subject=problem, by=by, at=at, source=SOURCE, payload=facts)
    return check


@transaction.atomic
def prevent(
    *, problem: Problem, what: str, by: Membership, at: datetime, failure: FailureMode | None = None,
    failure_text: str = "", plan: ControlPlan | None = None, plan_text: str = "", proof: Proof | None = None,
) -> Prevention:  # fmt: skip
    """Record what keeps the same from happening elsewhere: row of the FMEA, control plan, what was changed in them."""
    problem = locked(problem, by, at)
    owners = (failure.fmea.organisation_id if failure else None, plan.organisation_id if plan else None)
    if any(owner not in (None, problem.organisation_id) for owner in owners):
        raise Refused(_("Choose one of the answers offered."), rule="form", field="failure", source=SOURCE)
    most = 200
    row = Prevention.objects.create(
        problem=problem, round=problem.round, failure=failure, plan=plan,
        failure_text=check_written(
            failure_text or (str(failure) if failure else ""), "failure_text",
            _("Name the row of the FMEA; “none, because …” is an answer."), source=SOURCE, most=most,
        ),
        plan_text=check_written(
            plan_text or (str(plan) if plan else ""), "plan_text",
            _("Name the control plan; “none, because …” is an answer."), source=SOURCE, most=most,
        ),
        what=check_written(
            what, "what", _("Say what was changed, and where else the same could happen."), source=SOURCE
        ),
        by=by, effective_at=at, **kept(proof or Proof(), problem, by, at),
    )  # fmt: skip
    record("improvement.prevention_recorded", subject=problem, by=by, at=at, source=SOURCE, payload={"row": row.pk})
    return row
