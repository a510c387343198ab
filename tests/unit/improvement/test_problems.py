"""A problem from its opening to its closing, and everything that stands between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from small_world import instant, member, organisation
from testamur.improvement.actions import causes, cures, problems
from testamur.improvement.actions.proofs import Proof
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import EffectCheck, Problem
from testamur.improvement.queries import problems as queries
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 18)
STATED = {
    "title": "Lots released without measurement", "what": "14 lots were released unmeasured.", "place": "Line 2",
    "extent": "14 lots", "since": DAY, "is_not": "Line 1 measures every lot.", "emergency": "Release stopped.",
}  # fmt: skip
PAPER = Proof(record="Inspection record 118")


@pytest.fixture
def works():
    return organisation("Works")


@pytest.fixture
def people(works):
    return [member(works, "quality", name=name) for name in ("Wu", "Chen", "Guo")]


def opened(by, method="8d", **more):
    stated = {**STATED, **more.pop("statement", {})}
    return problems.open_problem(
        method=method, origin="internal", statement=stated, by=by, at=instant(more.pop("day", DAY)), **more
    )


def needs(problem):
    return [need.key for need in Standing(Problem.objects.get(pk=problem.pk)).missing]


def analysed(problem, by, strand="occurrence", **more):
    facts = {"whys": ["The gauge was away.", "Nobody plans calibration."], "cause": f"No plan ({strand}).",
             "verification": "Seen in the register.", "proof": PAPER, **more}  # fmt: skip
    return causes.analyse(problem=problem, strand=strand, by=by, at=instant(DAY), **facts)


def cured(problem, people, due=DAY + timedelta(days=56)):
    """Carry an 8D on to the day before its effect is checked."""
    lead, owner, checker = people
    problems.name_team(problem=problem, leader=lead, members=[(owner, "Line 2")], by=lead, at=instant(DAY))
    causes.contain(problem=problem, what="14 lots blocked", checked_how="Count", checked_on=DAY, works=True,
                   proof=PAPER, by=lead, at=instant(DAY))  # fmt: skip
    analysed(problem, lead)
    analysed(problem, lead, "escape", cause="Release does not ask for the record.")
    action = cures.choose_action(problem=problem, kind="corrective", what="Plan calibration", expectation="Seen",
                                 owner=owner, due_on=DAY, by=lead, at=instant(DAY))  # fmt: skip
    cures.agree_check(
        problem=problem, criterion="No lot unmeasured in 8 weeks", due_on=due, checker=checker, by=lead,
        at=instant(DAY),
    )  # fmt: skip
    cures.report_done(action=action, done_on=DAY, before="14 of 40", after="0 of 40", proof=PAPER, by=owner,
                      at=instant(DAY))  # fmt: skip
    cures.prevent(problem=problem, failure_text="Row 31", plan_text="CP-07", what="Both lines", by=lead,
                  at=instant(DAY))  # fmt: skip
    return due


def test_numbers_count_by_method_and_year_and_go_on_from_ones_own_books(people):
    first = opened(people[0], number="8D-2026-014")

    assert opened(people[0]).number == "8D-2026-015"
    assert opened(people[0], method="ca").number == "CA-2026-001"
    with pytest.raises(Refused, match="is taken"):
        opened(people[0], number=first.number)


def test_an_8d_closes_only_with_both_causes_and_a_passed_check(people):
    lead, _owner, checker = people
    problem = opened(lead)

    assert needs(problem)[:3] == ["leader", "members", "containment"]
    assert {"cause_of_occurrence", "cause_of_escape", "check_agreed", "check_passed"} <= set(needs(problem))
    due = cured(problem, people)
    assert needs(problem) == ["check_passed"]
    with pytest.raises(Refused, match="Missing before it can be closed: 1"):
        problems.close(problem=problem, recognition="Well done", by=lead, at=instant(due))
    cures.check_effect(problem=problem, effective=True, result="0 of 200", proof=PAPER, by=checker, at=instant(due))
    problems.close(problem=problem, recognition="Well done", by=lead, at=instant(due))

    problem.refresh_from_db()
    assert problem.closed_by == lead and all(step.done for step in Standing(problem).steps)
    kinds = Event.objects.filter(subject_id=str(problem.pk), kind__startswith="improvement.").values_list("kind")
    assert len(kinds) == 11


def test_four_steps_ask_for_no_escape_cause_and_no_team(people):
    problem = opened(people[0], method="ca", statement={"is_not": "", "emergency": ""})

    assert [step.key for step in Standing(problem).steps] == ["contain", "cause", "act", "effect"]
    assert needs(problem) == [
        "containment", "cause_of_occurrence", "corrective_actions", "check_agreed", "implemented", "check_passed",
    ]  # fmt: skip


def test_a_check_that_fails_goes_back_to_the_cause_and_keeps_everything(people):
    lead, _owner, checker = people
    problem = opened(lead)
    due = cured(problem, people)
    cures.check_effect(problem=problem, effective=False, result="3 of 90", proof=PAPER, by=checker, at=instant(DAY))

    problem.refresh_from_db()
    assert problem.round == 2 and due
    assert Standing(problem).now.key == "D4"
    assert problem.analysis_rows.count() == 2 and problem.problemaction_rows.count() == 1
    assert EffectCheck.objects.get().effective is False


def test_the_effect_is_judged_by_somebody_else_and_not_before_its_day(people):
    lead, owner, checker = people
    problem = opened(lead)
    due = cured(problem, people)

    with pytest.raises(Refused, match="owns an action"):
        cures.check_effect(problem=problem, effective=True, result="x", proof=PAPER, by=owner, at=instant(due))
    with pytest.raises(Refused, match="It was agreed to judge"):
        cures.check_effect(problem=problem, effective=True, result="x", proof=PAPER, by=checker, at=instant(DAY))
    with pytest.raises(Refused, match="does not change after the fact"):
        cures.agree_check(problem=problem, criterion="x", due_on=due, checker=checker, by=lead, at=instant(DAY))


def test_a_cause_needs_a_chain_or_a_verified_bone_and_proof(people):
    lead = people[0]
    problem = opened(lead)

    for odd, said in (
        ({"whys": ["Once"]}, "at least twice"),
        ({"whys": ["Same", "same"]}, "answers are the same"),
        ({"proof": Proof()}, "Prove it"),
        ({"verification": " "}, "how the cause was verified"),
    ):
        with pytest.raises(Refused, match=said):
            analysed(problem, lead, **odd)
    bone = causes.suppose(problem=problem, branch="method", text="No plan", by=lead, at=instant(DAY))
    causes.judge(cause=bone, verified=True, how="Register", by=lead, at=instant(DAY))
    analysed(problem, lead, whys=[])
    with pytest.raises(Refused, match="two questions"):
        analysed(problem, lead, "escape", cause="No plan (OCCURRENCE).")


def test_containment_that_does_not_work_stays_a_task(people):
    problem = opened(people[0], method="ca")
    causes.contain(problem=problem, what="Sorted", checked_how="Recount", checked_on=DAY, works=False, proof=PAPER,
                   by=people[0], at=instant(DAY))  # fmt: skip

    assert needs(problem)[0] == "containment_effective"


def test_only_members_with_the_function_of_the_same_organisation_act(people, works):
    problem = opened(people[0])
    stranger, clerk = member(organisation("Other"), "quality"), member(works, "application")

    for by in (stranger, clerk):
        with pytest.raises(Refused):
            causes.contain(problem=problem, what="x", by=by, at=instant(DAY))
        assert not queries.visible_to(by).exists() and queries.mine(by) == []
    with pytest.raises(Refused, match="your own organisation"):
        problems.name_team(problem=problem, leader=people[0], members=[(stranger, "")], by=people[0], at=instant(DAY))


def test_a_statement_overwrites_only_what_was_read(people):
    problem = opened(people[0])
    problems.state_problem(problem=problem, statement={**STATED, "extent": "15 lots"}, version=0, by=people[0],
                           at=instant(DAY))  # fmt: skip

    with pytest.raises(Refused, match="Somebody changed this"):
        problems.state_problem(problem=problem, statement=STATED, version=0, by=people[0], at=instant(DAY))
    assert Problem.objects.get().extent == "15 lots"


def test_a_closed_problem_rests_until_it_is_reopened_with_a_reason(people):
    lead, _owner, checker = people
    problem = opened(lead)
    due = cured(problem, people)
    cures.check_effect(problem=problem, effective=True, result="0", proof=PAPER, by=checker, at=instant(due))
    problems.close(problem=problem, recognition="Thanks", by=lead, at=instant(due))

    with pytest.raises(Refused, match="is closed"):
        causes.contain(problem=problem, what="x", by=lead, at=instant(due))
    problems.reopen(problem=problem, reason="It came back on line 3.", by=lead, at=instant(due))
    problem.refresh_from_db()
    assert (problem.round, problem.closed_at) == (2, None)
    assert Standing(problem).now.key == "D4"


def test_who_does_what_by_when_follows_the_plan_and_the_owners(people):
    lead, owner, checker = people
    problem = opened(lead)
    problems.plan_steps(problem=problem, plans={"D4": (checker, DAY + timedelta(days=7))}, by=lead, at=instant(DAY))
    turns = {need.key: need for need in Standing(problem).missing}

    assert turns["cause_of_escape"].who == checker and turns["cause_of_escape"].due_on == DAY + timedelta(days=7)
    assert turns["containment"].who == lead
    assert [turn.need.key for turn in queries.mine(lead)] == ["leader"]
    assert queries.mine(owner) == []
