"""What may happen to a problem. Sources: ISO 9001:2015, 10.2; VDA 8D as ``tqm.improve.eight`` has it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol

from testamur.improvement.disciplines import Standing
from testamur.improvement.models import EffectCheck, Problem, ProblemAction
from testamur.improvement.policies.access import check_may_work
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership

SOURCE = "iso-9001@2015#10.2"


class Versioned(Protocol):
    """A row that several people may overwrite."""

    version: int


def check_may_work_on(by: Membership, problem: Problem, at: datetime) -> None:
    """A member with the function works on an open problem of the own organisation."""
    check_may_work(by, problem.organisation, at)
    if problem.closed_at is not None:
        raise Refused(
            _("{number} is closed. Reopen it with the reason; then it can be worked on again."),
            {"number": problem.number}, rule="improvement.problem_open", source=SOURCE,
        )  # fmt: skip


def check_version(row: Versioned, version: int) -> None:
    """What is overwritten is what was read."""
    if row.version != version:
        raise Refused(
            _("Somebody changed this since you opened the page. Read it again, then send yours."),
            rule="version", source="testamur@2026-1#workspace",
        )  # fmt: skip


def check_day_past(day: date, today: date, field: str) -> None:
    """What has happened has a day that is not in the future."""
    if day > today:
        raise Refused(
            _("{day} has not come yet; write the day on which it happened."), {"day": day},
            rule="improvement.day_past", field=field, source=SOURCE,
        )  # fmt: skip


def check_day_ahead(day: date, today: date, field: str) -> None:
    """What is planned has a day that can still be kept."""
    if day < today:
        raise Refused(
            _("{day} is over; choose a day from today on."), {"day": day},
            rule="improvement.day_ahead", field=field, source=SOURCE,
        )  # fmt: skip


def check_proved(evidence: tuple[str, ...], *, field: str = "proof_record") -> None:
    """Containment, causes and actions count only with evidence (VDA 8D: D3, D4, D6)."""
    if not evidence:
        raise Refused(
            _("Prove it: attach a file, choose a study or chart, or name the record and where it is kept."),
            rule="improvement.proof", field=field, source=SOURCE,
        )  # fmt: skip


def check_whys(whys: list[str], *, verified_bone: bool) -> None:
    """A cause stands on a chain of at least two answers, or on a cause of the diagram that was verified."""
    if len(whys) < 2 and not verified_bone:
        raise Refused(
            _("Ask why at least twice, each time of the answer before; or verify a cause on the fishbone first."),
            rule="improvement.whys", field="whys", source=SOURCE,
        )  # fmt: skip
    if len({one.casefold() for one in whys}) < len(whys):
        raise Refused(
            _("Two answers are the same. Each answer says why the one before it is so."),
            rule="improvement.whys", field="whys", source=SOURCE,
        )  # fmt: skip


def check_two_causes(cause: str, other: str) -> None:
    """Occurrence and escape are two questions."""
    if other and cause.casefold() == other.casefold():
        raise Refused(
            _("Why it happened and why it was not detected are two questions; answer both."),
            rule="improvement.two_causes", field="cause", source=SOURCE,
        )  # fmt: skip


def check_may_report(action: ProblemAction, by: Membership) -> None:
    """An action is reported by its owner, or by who leads the team."""
    leader = Standing(action.problem).leader
    if by.pk not in {action.owner_id, leader.pk if leader else None}:
        raise Refused(
            _("{person} carries this action out and reports it; the leader of the team can too."),
            {"person": action.owner.person.names}, rule="improvement.owner_reports", source=SOURCE,
        )  # fmt: skip
    if action.done_on is not None:
        raise Refused(_("This action is reported as done already."), rule="improvement.owner_reports", source=SOURCE)


def check_may_agree_check(standing: Standing, checker: Membership) -> None:
    """The criterion is agreed once a round, and its judge owns none of the actions."""
    if standing.check is not None:
        raise Refused(
            _("The effectiveness check of this round is agreed; a criterion does not change after the fact."),
            rule="improvement.check_beforehand", source=SOURCE,
        )  # fmt: skip
    check_not_owner(standing, checker, field="checker")


def check_not_owner(standing: Standing, checker: Membership, *, field: str = "") -> None:
    """Nobody judges the effect of an action of their own."""
    if checker.person_id in {one.owner.person_id for one in standing.actions}:
        raise Refused(
            _("{person} owns an action of this problem; somebody else checks its effect."),
            {"person": checker.person.names}, rule="improvement.check_by_another", field=field, source=SOURCE,
            who=_("a colleague with the function quality, invited by an administrator"),
        )  # fmt: skip


def check_may_check(
    standing: Standing, check: EffectCheck | None, by: Membership, today: date, effective: bool
) -> None:
    """The effect is judged by somebody else, after every action is done, and found good not before the day agreed."""
    if check is None:
        raise Refused(
            _("Agree first how, when and by whom the effect is checked."), rule="improvement.check_beforehand",
            source=SOURCE,
        )  # fmt: skip
    if check.effective is not None:
        raise Refused(_("The effect of this round was checked already."), rule="improvement.check_once", source=SOURCE)
    check_not_owner(standing, by)
    if not standing.actions or any(one.done_on is None for one in standing.actions):
        raise Refused(
            _("The actions are not all carried out; their effect cannot be judged yet."),
            rule="improvement.check_after", source=SOURCE,
        )  # fmt: skip
    if effective and today < check.due_on:
        raise Refused(
            _("It was agreed to judge the effect on {day}. Before that day only “not effective” can be recorded."),
            {"day": check.due_on}, rule="improvement.check_after", source=SOURCE, until=check.due_on, field="effective",
        )  # fmt: skip


def check_may_close(by: Membership, problem: Problem, at: datetime) -> None:
    """Nothing closes without its cause and its check (ISO 9001:2015, 10.2.1)."""
    check_may_work_on(by, problem, at)
    missing = Standing(problem).missing
    if missing:
        raise Refused(
            _("Missing before it can be closed: {count}. They are listed on the page, with who does them and by when."),
            {"count": len(missing)}, rule="improvement.close", source=SOURCE,
        )  # fmt: skip
