"""Visits and the plan: days and places, sharing, proposing, agreeing, objecting, beginning; and who sees what."""

from datetime import date, timedelta

import pytest

from small_world import given, member, organisation
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.schemes.language.moments import resolve, working_days_after, working_days_left
from testamur.selection import actions, planning, queries
from testamur.selection.models import Case
from testamur.selection.turns import Problems, Turn
from tests.unit.selection.world import TEAM, TODAY, on

LATER = TODAY + timedelta(days=20)


@pytest.fixture
def case(world):
    return world.accepted()


def plan(world, case, activity="stage1", first=LATER, last=None, where="on_site", **more):
    whole = {"work": [(case, activity, None)], "visited": world.client, "by": world.planner, **more}
    with on(TODAY) as moment:
        return actions.plan_visit(where=where, from_day=first, until_day=last or first, at=moment, **whole)


def test_a_visit_does_not_end_before_it_begins(world, case):
    with pytest.raises(Refused, match="before it begins"):
        plan(world, case, last=LATER - timedelta(days=1))


def test_an_activity_is_planned_where_the_scheme_allows_it(world, case):
    with pytest.raises(Refused, match="is done on site, not remotely") as caught:
        plan(world, case, "stage2", where="remote")
    assert caught.value.source == "iso-17021-1@2015#9.3.1.3"

    assert plan(world, case, "stage1", where="remote")


def test_the_second_stage_is_not_planned_before_the_first(world, case):
    plan(world, case, "stage1")

    with pytest.raises(Refused, match="comes after"):
        plan(world, case, "stage2", first=LATER - timedelta(days=2))


def test_an_activity_of_another_occasion_is_not_planned(world, case):
    with pytest.raises(Refused, match="no activity of this case"):
        plan(world, case, "surveillance_audit")


def test_a_site_of_somebody_else_is_not_visited(world, case):
    with pytest.raises(Refused, match="no site of whoever is visited"):
        plan(world, case, visited=world.stranger, sites=[world.client.sites.first()])


def test_days_that_are_no_number_are_refused(world, case):
    with pytest.raises(Refused, match="no number of days"):
        plan(world, case, work=[(case, "stage1", "-1")])


def test_moved_the_people_move_with_it_and_who_cannot_come_stops_it(world):
    case = world.planned()
    elsewhere = world.accepted(world.submitted(world.open()))
    new = world.visit_two.from_day + timedelta(days=14)
    with on(TODAY) as moment:
        actions.assign(
            case=elsewhere,
            membership=world.auditor,
            role="auditor",
            from_day=new,
            until_day=new,
            by=world.planner,
            at=moment,
        )

        with pytest.raises(Refused, match="busy"):
            actions.move_visit(
                planned=world.visit_two,
                from_day=new,
                until_day=new + timedelta(days=2),
                version=0,
                by=world.planner,
                at=moment,
            )
        world.visit_two.refresh_from_db()
        assert world.visit_two.from_day != new

        moved = actions.move_visit(
            planned=world.visit_two,
            from_day=new + timedelta(days=1),
            until_day=new + timedelta(days=3),
            version=0,
            by=world.planner,
            at=moment,
        )
    assert moved.version == 1
    assert case.assignments.get(role="auditor").from_day == new + timedelta(days=1)


def test_a_visit_that_a_colleague_moved_meanwhile_is_not_moved_again_unseen(world):
    world.planned()
    days = {
        "from_day": world.visit_one.from_day + timedelta(days=1),
        "until_day": world.visit_one.from_day + timedelta(days=1),
    }
    with on(TODAY) as moment:
        actions.move_visit(planned=world.visit_one, version=0, by=world.planner, at=moment, **days)
        with pytest.raises(Refused, match="changed this"):
            actions.move_visit(planned=world.visit_one, version=0, by=world.planner, at=moment, **days)


def test_a_cancelled_visit_is_not_moved_and_cancelled_once(world):
    world.planned()
    with on(TODAY) as moment:
        actions.cancel_visit(planned=world.visit_two, because="client ill", by=world.planner, at=moment)
        actions.cancel_visit(planned=world.visit_two, because="client ill", by=world.planner, at=moment)
        with pytest.raises(Refused, match="cancelled"):
            actions.move_visit(
                planned=world.visit_two, from_day=LATER, until_day=LATER, version=None, by=world.planner, at=moment
            )
    assert Event.objects.filter(kind="selection.visit_cancelled").count() == 1


def test_another_body_joins_a_visit_only_when_it_was_offered(world):
    world.planned()
    other = organisation("Other Body")
    planner = member(other, "application", "selection", name="Zheng")
    given(
        world.scheme("licence-certification-body"),
        issuer=world.regulator,
        holder=other,
        lines=[{"field": world.node("fields", "system.qms")}],
    )
    theirs = world.accepted(world.submitted(world.open(issuer=other)), by=planner)

    with on(TODAY) as moment:
        with pytest.raises(Refused, match="was not offered to Sample Other Body"):
            actions.join_visit(planned=world.visit_one, work=[(theirs, "stage1", None)], by=planner, at=moment)
        actions.offer_visit(planned=world.visit_one, to=other, by=world.planner, at=moment)
        assert list(queries.visits_offered(planner)) == [world.visit_one]
        actions.join_visit(planned=world.visit_one, work=[(theirs, "stage1", None)], by=planner, at=moment)

    assert {row.case.issuer for row in world.visit_one.activities.all()} == {world.body, other}


def test_determination_does_not_begin_before_the_client_agreed(world):
    case = world.planned()
    with on(TODAY) as moment:
        proposed = actions.propose_plan(case=case, by=world.planner, at=moment)
        with pytest.raises(Problems, match="cannot begin yet") as caught:
            actions.start_determination(case=case, by=world.planner, at=moment)
        assert "not answered proposal 1" in str(caught.value.problems[0])
        assert queries.turn(case).people == [world.applicant]
        actions.agree(plan=proposed, by=world.applicant, at=moment)
        assert actions.start_determination(case=case, by=world.lead, at=moment).stage == Case.Stage.DETERMINATION


def test_the_planner_cannot_agree_in_the_clients_place(world):
    case = world.planned()
    with on(TODAY) as moment:
        proposed = actions.propose_plan(case=case, by=world.planner, at=moment)
        with pytest.raises(Refused, match="Only the applicant agrees"):
            actions.agree(plan=proposed, by=world.planner, at=moment)


def test_an_objection_brings_the_turn_back_to_the_planner_with_its_words(world):
    case = world.planned()
    with on(TODAY) as moment:
        proposed = actions.propose_plan(case=case, by=world.planner, at=moment)
        with pytest.raises(Refused, match="to whom or to what"):
            actions.object_to(plan=proposed, objection=" ", by=world.applicant, at=moment)
        actions.object_to(plan=proposed, objection="Sample Hu worked for a competitor.", by=world.applicant, at=moment)
        turn = queries.turn(case)
        assert turn.people == [world.planner] and turn.facts["objection"] == "Sample Hu worked for a competitor."
        again = actions.propose_plan(case=case, by=world.planner, at=moment)
    assert again.proposal == 2


def test_a_plan_that_changed_after_agreement_must_be_proposed_anew(world):
    agreed = world.agreed()
    with on(TODAY) as moment:
        actions.release(
            assignment=agreed.case.assignments.get(role="auditor"), because="ill", by=world.planner, at=moment
        )
        with pytest.raises(Problems) as caught:
            actions.start_determination(case=agreed.case, by=world.planner, at=moment)
    assert "have changed since proposal 1" in str(caught.value.problems[0])


def test_proposed_unchanged_it_is_the_same_proposal(world):
    case = world.planned()
    with on(TODAY) as moment:
        first = actions.propose_plan(case=case, by=world.planner, at=moment)
        second = actions.propose_plan(case=case, by=world.planner, at=moment)
    assert first.pk == second.pk
    assert Event.objects.filter(kind="selection.plan_proposed").count() == 1


def test_silence_until_the_time_for_objections_is_over_lets_the_work_begin(world):
    case = world.planned()
    with on(TODAY) as moment:
        proposed = actions.propose_plan(case=case, by=world.planner, at=moment)
    assert planning.objection_until(proposed) == date(2026, 3, 9)

    with on(date(2026, 3, 10)) as moment:
        assert actions.start_determination(case=case, by=world.planner, at=moment).stage == Case.Stage.DETERMINATION


def test_a_scheme_without_a_team_asks_nobody_to_agree(world):
    case = world.open("licence-certification-body", issuer=world.regulator)
    case.move("selection", on=TODAY)
    with on(TODAY) as moment:
        assert actions.start_determination(case=case, by=world.officer, at=moment).stage == Case.Stage.DETERMINATION


def test_the_client_does_not_see_an_unannounced_visit(world):
    lines = [{"product": world.node("products", "lamp.table"), "document": world.node("documents", "sample-lamp@2026")}]
    attestation = given(world.scheme("voluntary-product-type5"), issuer=world.body, holder=world.client, lines=lines)
    case = world.open(
        "voluntary-product-type5",
        "surveillance",
        attestation=attestation,
        by=world.planner,
        because={"round": "yearly"},
    )
    plan(world, case, "follow_up")

    assert queries.visits_of(case, world.applicant) == []
    assert len(queries.visits_of(case, world.planner)) == 1
    assert planning.snapshot(case)["visits"] == []


def test_the_turn_says_who_by_when_and_why(world):
    case = world.submitted()
    with on(TODAY):
        turn = queries.turn(case)
        assert [one.case for one in queries.inbox(world.planner)] == [case]
        assert queries.inbox(world.applicant) == []
    assert turn.role == "planner" and turn.people == [world.planner]
    assert turn.source == "iso-17021-1@2015#9.1.2.1"


def test_a_turn_counts_the_working_days_left_and_says_when_it_is_overdue(world):
    case = world.planned()
    with on(TODAY) as moment:
        actions.propose_plan(case=case, by=world.planner, at=moment)
        turn = queries.turn(case)
        assert (turn.by, turn.working_days_left, turn.overdue) == (date(2026, 3, 9), 5, False)
    with on(date(2026, 3, 6)):
        case.remember(accepted=date(2025, 1, 6))
        late = Turn(
            case=case, function="x", sentence="x", facts={}, role="", organisation=None, people=[], by=date(2026, 3, 4)
        )
        assert (late.working_days_left, late.overdue) == (-2, True)


def test_what_is_missing_names_conditions_before_anybody_answered_a_question(world):
    case = world.submitted(stop_order=True)
    with on(TODAY):
        said = queries.missing(case)
    assert [one.state for one in said] == ["bad"]
    assert said[0].source == "cnca-qms-01@2025#5.1.2"


# Who sees what -------------------------------------------------------------------------------------------------------


def test_a_stranger_sees_nothing(world):
    case = world.agreed().case

    for nobody in (None, world.outsider):
        assert not queries.visible_to(nobody).exists()
        assert queries.relation(case, nobody) == "none"


def test_client_body_team_and_laboratory_see_their_cases(world):
    case = world.agreed().case
    tester = member(world.laboratory, *TEAM, name="Bai")
    assert not queries.visible_to(tester).exists()
    plan(world, case, "stage2", first=world.visit_two.from_day, performer=world.laboratory)

    for who, how in (
        (world.applicant, "applicant"),
        (world.planner, "issuer"),
        (world.decider, "issuer"),
        (tester, "performer"),
    ):
        assert list(queries.visible_to(who)) == [case]
        assert queries.relation(case, who) == how


def test_an_overseer_sees_a_case_only_by_a_right_that_is_named_and_recorded(world):
    case = world.agreed().case
    with on(TODAY) as moment:
        assert not queries.visible_to(world.officer).exists()
        assert list(queries.overseen(world.officer)) == [case]
        actions.look_as_overseer(case=case, reason="Spot check of March", by=world.officer, at=moment)
        assert list(queries.visible_to(world.officer)) == [case]
    event = Event.objects.get(kind="case.read_by_overseer")
    assert event.payload == {"right": world.licence.public_id, "reason": "Spot check of March"}
    with on(TODAY + timedelta(days=2)):
        assert not queries.visible_to(world.officer).exists()


def test_who_gave_the_body_nothing_cannot_oversee_it(world):
    case = world.agreed().case
    inspector = member(world.stranger, "supervision", name="Xu")
    with on(TODAY) as moment, pytest.raises(Refused, match="no authority that is in force"):
        actions.look_as_overseer(case=case, reason="Curious", by=inspector, at=moment)


def test_an_overseer_says_why(world):
    case = world.agreed().case
    with on(TODAY) as moment, pytest.raises(Refused, match="Say why"):
        actions.look_as_overseer(case=case, reason="  ", by=world.officer, at=moment)


# Moments -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("decided", date(2026, 8, 31)),
        ("6 months after decided", date(2027, 2, 28)),
        ("90 days before expiry", date(2029, 6, 2)),
        ("3 years after decided", date(2029, 8, 31)),
        ("10 working days after decided", date(2026, 9, 14)),
        ("2 working days before decided", date(2026, 8, 27)),
        ("no end", None),
        ("5 days after restored", None),
    ],
)
def test_a_moment_is_a_day_of_the_calendar(text, day):
    from testamur.schemes.language.kinds import Moment

    known = {"decided": date(2026, 8, 31), "expiry": date(2029, 8, 31)}
    assert resolve(Moment.parse(text), known, "CN") == day


def test_working_days_left_are_counted_without_weekends_and_late_ones_are_negative():
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)

    assert working_days_left(friday, monday) == 1
    assert working_days_left(friday, friday) == 0
    assert working_days_left(monday, friday) == -1
    assert working_days_left(friday, friday + timedelta(days=700)) == 500


def test_a_stage_is_left_only_along_the_table(world):
    case = world.open()
    with pytest.raises(Refused, match="cannot move"):
        case.move(Case.Stage.REVIEW, on=TODAY)
    case.move(Case.Stage.SELECTION, on=TODAY)
    assert (case.days, case.version) == ({"accepted": TODAY.isoformat()}, 1)


def test_a_deadline_is_extended_once_by_what_the_scheme_allows(world):
    case = world.open("voluntary-product-type5")
    case.move("selection", on=TODAY)
    case.remember(determined=TODAY)
    with on(TODAY) as moment:
        before = queries.decision_deadline(case)
        with pytest.raises(Refused, match="Give the reasons"):
            actions.extend_deadline(case=case, deadline="certify", reasons="", by=world.planner, at=moment)
        actions.extend_deadline(
            case=case, deadline="certify", reasons="Holidays of the laboratory", by=world.planner, at=moment
        )
        case = Case.objects.get(pk=case.pk)
        assert queries.decision_deadline(case) == working_days_after(before, 10)
        with pytest.raises(Refused, match="extended once already"):
            actions.extend_deadline(case=case, deadline="certify", reasons="More", by=world.planner, at=moment)
