"""Findings: graded as the scheme grades them, answered, judged, closed, done again when their time is over."""

from datetime import date, timedelta

import pytest

from testamur.determination import actions, queries
from testamur.determination.models import Finding
from testamur.kernel.refusal import Refused
from testamur.selection.turns import Problems
from tests.unit.selection.world import PDF, on

GOOD = {"correction": "14 lots blocked and measured", "cause": "No second gauge", "corrective_action": "Gauge bought"}


@pytest.fixture
def major(world):
    return raised(world, "major")


def raised(world, grade, **more):
    """Raise a finding in stage 2 and complete the stage; its day is the visit's."""
    case = world.determining()
    one, two = world.visit_one.from_day, world.visit_two.from_day
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", one)
    world.done(stage1, one)
    _visit, stage2 = world.begun(case, world.visit_two, "stage2", two)
    with on(two) as moment:
        made = actions.raise_finding(
            activity=stage2,
            grade=grade,
            clauses=["8.5.1"],
            statement="Lots released without measurement",
            seen="Line 2, 10:20: 14 lots",
            by=world.lead,
            at=moment,
            **more,
        )
    world.done(stage2, two, ("checklist", "documents"))
    made.refresh_from_db()
    made.case.refresh_from_db()
    return made


def answer(world, finding, day=date(2026, 4, 1), by=None, **more):
    with on(day) as moment:
        return actions.answer_finding(finding=finding, by=by or world.applicant, at=moment, **(more or GOOD))


def judge(world, given, day=date(2026, 4, 2), by=None, **more):
    whole = {"accepted": True, "verified": True, "how": "Records of three weeks seen", **more}
    with on(day) as moment:
        return actions.verify_answer(answer=given, by=by or world.lead, at=moment, **whole)


def test_a_major_must_be_closed_within_six_months_of_the_last_day_of_determination(world, major):
    assert major.number == "NC-1"
    assert major.close_by == date(2026, 9, 18)
    assert world.visit_two.from_day == date(2026, 3, 18)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"grade": "fatal"}, "knows no grade"),
        ({"clauses": []}, "Name the clause"),
        ({"statement": ""}, "not as required"),
        ({"seen": ""}, "what was seen"),
    ],
)
def test_a_finding_needs_its_grade_clause_statement_and_evidence(world, more, said):
    case = world.determining()
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", world.visit_one.from_day)
    whole = {"grade": "major", "clauses": ["8.5.1"], "statement": "x", "seen": "y", **more}
    with on(world.visit_one.from_day) as moment, pytest.raises(Refused, match=said):
        actions.raise_finding(activity=stage1, by=world.lead, at=moment, **whole)


def test_an_opportunity_breaks_no_requirement_and_waits_for_nobody(world):
    made = raised(world, "improvement")

    assert (made.number, made.close_by) == ("OB-1", None)
    assert queries.open_findings(made.case) == []


def test_the_clients_turn_then_the_teams_then_the_end(world, major):
    case = major.case
    with on(date(2026, 3, 20)):
        assert (queries.turn(case).link, queries.turn(case).people) == ("findings", [world.applicant])
        assert [one.facts["finding"] for one in queries.inbox(world.applicant)] == ["NC-1"]
    given = answer(world, major)
    with on(date(2026, 4, 1)):
        assert world.lead in queries.turn(case).people and queries.turn(case).by == date(2026, 9, 18)
    judge(world, given)
    with on(date(2026, 4, 2)) as moment:
        assert queries.turn(case).link == "finish"
        assert actions.finish(case=case, by=world.lead, at=moment).stage == "review"


def test_an_open_major_keeps_determination_from_being_finished(world, major):
    with on(date(2026, 3, 20)) as moment, pytest.raises(Problems) as caught:
        actions.finish(case=major.case, by=world.lead, at=moment)

    assert "waits for the client's answer, until 2026-09-18" in str(caught.value.problems[0])
    assert caught.value.problems[0].source == "iso-17021-1@2015#3.12"


def test_only_the_client_answers_and_something_must_be_said(world, major):
    with pytest.raises(Refused, match="answered by the client"):
        answer(world, major, by=world.lead, **GOOD)
    with pytest.raises(Refused, match="Say at least"):
        answer(world, major, correction="  ")
    with pytest.raises(Refused, match="cannot be done by"):
        answer(world, major, done_by=date(2026, 1, 1), **GOOD)


def test_an_answer_without_cause_cannot_be_accepted_and_says_what_it_lacks(world, major):
    given = answer(world, major, correction="Blocked", corrective_action="Gauge bought")

    with pytest.raises(Refused, match="it lacks the cause") as caught:
        judge(world, given)
    assert caught.value.source == "iso-17021-1@2015#3.12"


def test_what_was_answered_before_need_not_be_said_again(world, major):
    answer(world, major, correction="Blocked")
    second = answer(world, major, cause="No gauge", corrective_action="Gauge bought", files=[(PDF, "invoice.pdf")])

    assert second.correction == "Blocked"
    assert second.files.get().name == "invoice.pdf"


def test_a_major_accepted_but_not_verified_stays_open(world, major):
    given = answer(world, major)
    judge(world, given, verified=False)

    major.refresh_from_db()
    assert major.closed_at is None
    judge(world, given, day=date(2026, 5, 4), how="Seen on site")
    major.refresh_from_db()
    assert major.closed_at is not None


def test_a_minor_is_closed_on_a_plan_with_its_day(world):
    minor = raised(world, "minor")
    given = answer(world, minor, **GOOD)
    with pytest.raises(Refused, match="a plan of corrective action with its day"):
        judge(world, given, verified=False)

    judge(world, answer(world, minor, done_by=date(2026, 5, 30)), verified=False)
    minor.refresh_from_db()
    assert minor.closed_at is not None


def test_sent_back_the_question_is_the_clients_turn_again(world, major):
    given = answer(world, major)
    judge(world, given, accepted=False, verified=False, how="Why did nobody notice?")

    assert queries.awaits_client(Finding.objects.get())
    assert not given.verifications.get().verified
    newer = answer(world, major, cause="No check at start of shift")
    with pytest.raises(Refused, match="newer answer"):
        judge(world, given, how="Enough")
    assert judge(world, newer)


def test_the_judge_says_what_the_judgement_rests_on_and_is_on_the_team(world, major):
    given = answer(world, major)
    with pytest.raises(Refused, match="rests on"):
        judge(world, given, how=" ")
    with pytest.raises(Refused, match="is not assigned"):
        judge(world, given, by=world.decider)


def test_judged_twice_by_the_same_words_it_is_judged_once(world, major):
    given = answer(world, major)
    assert judge(world, given).pk == judge(world, given).pk


def test_the_clock_stands_still_while_the_client_answers(world, major):
    case = major.case
    assert case.pauses.get(why="corrective_action").until_day is None

    answer(world, major)
    assert case.pauses.get(why="corrective_action").until_day == date(2026, 4, 1)


def test_a_major_not_verified_in_six_months_asks_for_the_second_stage_again(world, major):
    given = answer(world, major)
    with on(date(2026, 9, 21)):
        again = queries.repeats_due(major.case)
        assert list(again) == ["stage2"]
        assert "must be done again" in again["stage2"].sentence
        assert again["stage2"].rule == "CAB.major_nc_window"
        assert queries.turn(major.case).facts["activity"]["en"].startswith("Stage 2")
    judge(world, given, day=date(2026, 9, 22))
    with on(date(2026, 9, 22)) as moment, pytest.raises(Problems, match="not complete"):
        actions.finish(case=major.case, by=world.lead, at=moment)


def test_verified_on_the_last_day_nothing_is_repeated(world, major):
    judge(world, answer(world, major), day=date(2026, 9, 18))

    with on(date(2026, 12, 1)):
        assert queries.repeats_due(major.case) == {}


def test_a_withdrawn_finding_says_why_and_blocks_nothing(world, major):
    with on(date(2026, 3, 20)) as moment:
        with pytest.raises(Refused, match="Give the reason"):
            actions.withdraw_finding(finding=major, because="", by=world.lead, at=moment)
        actions.withdraw_finding(finding=major, because="Records were found", by=world.lead, at=moment)
        assert queries.open_findings(major.case) == []
        with pytest.raises(Refused, match="was closed on"):
            actions.answer_finding(finding=major, by=world.applicant, at=moment, **GOOD)


def test_open_majors_are_a_fact_for_conditions(world, major):
    assert queries.facts(major.case)["history.open_majors"] == 1
    judge(world, answer(world, major))
    assert queries.facts(major.case)["history.open_majors"] == 0


def test_answers_and_judgements_change_the_dossier(world, major):
    before = queries.dossier(major.case)
    given = answer(world, major)
    answered = queries.dossier(major.case)
    judge(world, given)

    assert before["findings"] != answered["findings"] != queries.dossier(major.case)["findings"]
    assert timedelta(0) < date(2026, 9, 18) - world.visit_two.from_day
