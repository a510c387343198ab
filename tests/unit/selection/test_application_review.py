"""Application review: questions, calculation with its working, authority, refusal, clocks, integrated groups."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from small_world import given, instant, member, organisation
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.register.models import StatusChange
from testamur.selection import actions, deadlines, queries, tasks
from testamur.selection.actions import missed
from testamur.selection.models import Application, ApplicationReview
from testamur.selection.turns import Problems
from tests.unit.selection.world import TODAY, on

YES = {"competent": True, "no_threat": True, "shifts": False}


def review(world, case, **more):
    whole = {"answers": YES, "adjustments": [], "notes": "", "accepted": True, "by": world.planner, **more}
    with on(TODAY) as moment:
        return actions.review_application(case=case, at=moment, **whole)


def step(made, question):
    return next(one for one in made.calculation if one["decides"] == question)


def test_the_audit_time_is_calculated_with_its_whole_working(world):
    made = review(
        world,
        world.submitted(),
        adjustments=[{"reason": {"en": "Two sites"}, "share": "0.05"}, {"reason": "No design", "share": "-0.15"}],
    )

    assert step(made, "personnel")["output"] == {"personnel": 112}
    assert step(made, "audit_time")["output"]["days"] == "6.5"
    assert made.days == Decimal("6.5")
    assert step(made, "audit_time")["source"][0] == "iaf-md5@2023#3.9"
    assert len(step(made, "audit_time")["working"]) >= 4
    assert step(made, "onsite_time")["output"]["minimum_days"] == "5.2"


def test_a_reduction_beyond_the_limit_is_capped_and_says_so(world):
    made = review(world, world.submitted(), adjustments=[{"reason": "Everything is simple", "share": "-0.45"}])

    assert step(made, "audit_time")["output"]["capped"] is True
    assert made.days == Decimal("5.0")


def test_an_adjustment_needs_its_reason(world):
    with pytest.raises(Refused, match="Adjustment 1 has no reason") as caught:
        review(world, world.submitted(), adjustments=[{"reason": "", "share": "-0.05"}])
    assert caught.value.source == "iaf-md5@2023#4.4"


def test_an_answer_other_than_it_must_be_stops_acceptance_with_its_clause_and_nothing_is_written(world):
    case = world.submitted()

    with pytest.raises(Problems) as caught:
        review(world, case, answers={**YES, "no_threat": False})

    (problem,) = caught.value.problems
    assert problem.source == "iso-17021-1@2015#9.1.2.1"
    assert not ApplicationReview.objects.exists()
    assert Application.objects.get().state == Application.State.SUBMITTED


def test_an_unanswered_question_stops_acceptance(world):
    with pytest.raises(Problems, match="1 things"):
        review(world, world.submitted(), answers={"competent": True, "no_threat": True})


def test_accepted_the_case_goes_on_with_its_programme(world):
    case = world.accepted()

    assert case.stage == "selection"
    assert case.days["accepted"] == TODAY.isoformat()
    assert [row["round"] for row in case.programme.rounds] == ["initial", "first", "later"]
    assert case.programme.rounds[0]["activities"] == ["stage1", "stage2"]
    assert [row["because"]["en"][:5] for row in case.programme.sites] == ["holds", "chose"]


def test_the_proposed_scope_comes_from_the_answers_and_the_sector_from_the_rule(world):
    made = review(world, world.submitted())

    assert {line["document"]["node"] for line in made.scope} == {"gbt-19001@2016"}
    assert {line["sector"]["node"] for line in made.scope} == {"17"}
    assert len({line["site"]["node"] for line in made.scope}) == 2


def test_a_condition_that_is_not_met_refuses_with_the_clause_of_the_rule(world):
    case = world.submitted(system_started="2026-01-15", stop_order=True)

    with pytest.raises(Problems) as caught:
        review(world, case)

    assert {one.field for one in caught.value.problems} == {"system_under_3_months", "stop_order"}
    assert {one.source for one in caught.value.problems} == {"cnca-qms-01@2025#5.1.2"}


def lost(attestation, day, cause="holder", status="withdrawn", ground="not_restored"):
    StatusChange.objects.create(
        attestation=attestation, status=status, ground=ground, cause=cause, effective_at=instant(day)
    )


def test_the_register_knows_the_certificate_that_was_lost_whatever_the_applicant_says(world):
    other = organisation("Other Body")
    old = given(
        world.scheme("cn-qms"),
        issuer=other,
        holder=world.client,
        lines=[{"document": world.node("documents", "gbt-19001@2016")}],
    )
    lost(old, date(2025, 10, 1), status="suspended", ground="surveillance_missed")

    with pytest.raises(Problems) as caught:
        review(world, world.submitted())

    assert [one.field for one in caught.value.problems] == ["own_cert_lost_under_1_year"]


def test_a_former_body_whose_approval_was_revoked_keeps_the_client_waiting_three_months(world):
    other = organisation("Other Body")
    given(
        world.scheme("cn-qms"),
        issuer=other,
        holder=world.client,
        lines=[{"document": world.node("documents", "gbt-19001@2016")}],
    )
    licence = given(
        world.scheme("licence-certification-body"),
        issuer=world.regulator,
        holder=other,
        lines=[{"field": world.node("fields", "system.qms")}],
    )
    lost(licence, date(2026, 2, 1), ground="serious")

    with pytest.raises(Problems) as caught:
        review(world, world.submitted())

    assert [one.field for one in caught.value.problems] == ["former_cb_revoked_under_3_months"]


def test_a_withdrawal_for_own_reasons_bars_a_new_application_until_its_time_is_over(world):
    old = given(
        world.scheme("cn-qms"),
        issuer=organisation("Other Body"),
        holder=world.client,
        lines=[{"document": world.node("documents", "gbt-19001@2016")}],
    )
    lost(old, date(2025, 10, 1))

    with pytest.raises(Refused) as caught:
        world.open()

    assert caught.value.until == date(2026, 10, 1)
    assert caught.value.source.startswith("cnca-qms-01@2025#")


def test_a_scope_outside_the_bodys_licence_is_refused_naming_the_clause(world):
    other = organisation("Quality Body")
    planner = member(other, "application", "selection", name="Zheng")
    given(
        world.scheme("licence-certification-body"),
        issuer=world.regulator,
        holder=other,
        lines=[{"field": world.node("fields", "system.qms")}],
    )
    case = ems_submitted(world, world.open("cn-ems", issuer=other))

    with pytest.raises(Problems) as caught:
        review(world, case, by=planner)

    (problem,) = caught.value.problems
    assert problem.field == "scope"
    assert "does not cover" in str(problem)
    assert problem.source.startswith("cn-rca@2023-07-20#art. 9")


def test_a_body_without_licence_accepts_nothing(world):
    other = organisation("New Body")
    planner = member(other, "application", "selection", name="Zheng")
    case = world.submitted(world.open(issuer=other))

    with pytest.raises(Problems, match="stand against") as caught:
        review(world, case, by=planner)
    assert "holds no licence" in str(caught.value.problems[0])


def ems_submitted(world, case):
    asked = {one.id for one in world.scheme("cn-ems").definition.fields}
    application = world.fill_in(case, **{name: value for name, value in world.answers().items() if name in asked})
    with on(TODAY) as moment:
        actions.submit(application=application, version=None, by=world.applicant, at=moment)
    return case


def test_refused_the_case_is_closed_and_the_reason_kept(world):
    case = world.submitted()
    with pytest.raises(Refused, match="give the reason"):
        review(world, case, accepted=False)

    made = review(world, case, answers={**YES, "competent": False}, accepted=False)

    case.refresh_from_db()
    assert (case.stage, case.application.state) == ("closed", "refused")
    assert made.refusal[0]["source"] == "iso-17021-1@2015#9.1.2.1"
    assert case.closed_because["en"]


def test_only_the_role_that_is_asked_reviews_applications(world):
    with pytest.raises(Refused, match="does not act as that here"):
        review(world, world.submitted(), by=world.auditor)


def test_sites_are_sampled_without_the_central_one_and_a_quarter_drawn_at_random_by_anybody(world):
    rows = [{"name": f"Works {n}", "address": "Sample Road", "headcount": n, "central": n == 0} for n in range(27)]
    made = review(world, world.submitted(sites=rows))
    case = made.case

    assert step(made, "site_sample")["output"]["initial"] == 6
    visited = queries.sites_of(case)
    assert len(visited) == 7
    assert (
        sum(1 for row in visited if row["because"]["en"] == "drawn at random")
        == step(made, "site_random")["output"]["sites"]
        == 2
    )
    again = [row["site"] for row in visited]
    review(world, case)
    case.programme.refresh_from_db()
    assert [row["site"] for row in queries.sites_of(case)] == again


def handed_in(world):
    """Return an application for a licence, handed in on a Monday; five working days to accept it, or to ask."""
    case = world.open("licence-certification-body", issuer=world.regulator)
    world.fill_in(case, files=(), product_cert="no")
    Application.objects.filter(case=case).update(state="submitted", submitted_at=instant(TODAY))
    return type(case).objects.get(pk=case.pk)


def test_silence_on_an_application_is_its_acceptance_from_the_day_of_receipt(world):
    case = handed_in(world)
    with on(date(2026, 3, 9)):
        assert tasks.carry_out_all_missed() == 0
    with on(date(2026, 3, 10)):
        assert [tasks.carry_out_all_missed(), tasks.carry_out_all_missed()] == [1, 0]
        case.refresh_from_db()
        clock = {one.deadline.id: one for one in deadlines.clocks(case)}

    assert (case.stage, case.days["accepted"]) == ("application", TODAY.isoformat())
    assert clock["decide"].started == TODAY
    event = Event.objects.get(kind="case.deemed_accepted")
    assert (event.by_rule, event.source) == ("deadline.accept", "cn-licensing-law@2019-04-23#art. 32")

    case.move("selection", on=date(2026, 3, 20))
    assert case.days["accepted"] == TODAY.isoformat()  # the body's own review does not begin the time anew


def asked_to_complete(world, case, day):
    with on(day) as moment:
        actions.ask_to_complete(
            case=case, asked=[{"field": "owners", "sentence": "Name the owners."}], by=world.officer, at=moment
        )
    return type(case).objects.get(pk=case.pk)


def completed(case, day):
    """Hand the application in again, as ``submit`` leaves it."""
    Application.objects.filter(case=case).update(state="submitted")
    case.remember(answered=day)
    return type(case).objects.get(pk=case.pk)


@pytest.mark.parametrize(
    ("scheme", "answer"),
    [("licence-certification-body", {"product_cert": "no"}), ("qualification-lab", {"commitment": "no"})],
)
def test_where_the_licensing_law_applies_the_applicant_is_asked_only_once(world, scheme, answer):
    case = world.open(scheme, issuer=world.regulator)
    world.fill_in(case, files=(), **answer)
    Application.objects.filter(case=case).update(state="submitted", submitted_at=instant(TODAY))
    case = asked_to_complete(world, type(case).objects.get(pk=case.pk), TODAY + timedelta(days=1))
    case = completed(case, TODAY + timedelta(days=2))

    with pytest.raises(Refused) as caught:
        asked_to_complete(world, case, TODAY + timedelta(days=3))

    assert (caught.value.rule, caught.value.source) == (
        "application_review.once",
        "cn-licensing-law@2019-04-23#art. 32",
    )
    assert caught.value.facts == {"day": TODAY + timedelta(days=1)}
    case.refresh_from_db()
    assert (case.days["asked"], case.application.state) == ((TODAY + timedelta(days=1)).isoformat(), "submitted")


def test_silence_that_accepted_an_application_leaves_nothing_to_ask_for(world):
    case = handed_in(world)
    with on(date(2026, 3, 10)):
        tasks.carry_out_all_missed()
    case.refresh_from_db()

    with pytest.raises(Refused, match="counts as accepted") as caught:
        asked_to_complete(world, case, date(2026, 3, 11))

    assert (caught.value.rule, caught.value.facts) == ("application_review.once", {"day": TODAY})


def test_a_body_that_the_licensing_law_does_not_bind_may_ask_again(world):
    case = world.submitted()
    for day in (1, 3):
        with on(TODAY + timedelta(days=day)) as moment:
            actions.ask_to_complete(
                case=case, asked=[{"field": "", "sentence": "Send the manual."}], by=world.planner, at=moment
            )
        case = completed(case, TODAY + timedelta(days=day + 1))

    assert case.days["asked"] == (TODAY + timedelta(days=3)).isoformat()


def test_an_application_that_is_not_completed_in_time_ends_by_its_clause(world):
    case = handed_in(world)
    with on(TODAY + timedelta(days=1)) as moment:
        actions.ask_to_complete(
            case=case, asked=[{"field": "owners", "sentence": "Name the owners."}], by=world.officer, at=moment
        )
        case = type(case).objects.get(pk=case.pk)
        due = next(one.due for one in deadlines.clocks(case) if one.deadline.id == "complete")

    with on(due):
        assert tasks.carry_out_all_missed() == 0
    with on(due + timedelta(days=3)):
        assert [tasks.carry_out_all_missed(), tasks.carry_out_all_missed()] == [1, 0]
    case.refresh_from_db()

    assert (case.stage, case.application.state) == ("closed", "taken_back")
    assert case.closed_because["zh"].startswith("“补正材料”应于")
    event = Event.objects.get(kind="case.closed")
    assert (event.by_rule, event.source) == ("deadline.complete", "testamur@2026-1#licence.complete")


def test_only_schemes_that_say_so_let_anything_follow_from_a_missed_deadline(world):
    case = world.submitted()

    assert missed.follows(world.scheme("licence-certification-body").definition)
    assert not missed.follows(case.scheme.definition)
    with on(TODAY + timedelta(days=400)):
        assert tasks.carry_out_all_missed() == 0


def test_asked_to_complete_the_clock_stands_still_and_is_told_once(world):
    case = world.open("licence-certification-body", issuer=world.regulator)
    world.fill_in(case, files=(), product_cert="no")
    Application.objects.filter(case=case).update(state="submitted", submitted_at=instant(TODAY))
    case = type(case).objects.get(pk=case.pk)
    with on(TODAY):
        clock = {one.deadline.id: one for one in deadlines.clocks(case)}
    assert clock["accept"].due == date(2026, 3, 9)  # 5 working days after Monday 2 March

    with on(TODAY + timedelta(days=1)) as moment:
        actions.ask_to_complete(
            case=case, asked=[{"field": "owners", "sentence": "Name the owners."}], by=world.officer, at=moment
        )
        case = type(case).objects.get(pk=case.pk)
        clock = {one.deadline.id: one for one in deadlines.clocks(case)}
        turn = queries.turn(case)

    assert clock["accept"].done_on == TODAY + timedelta(days=1)
    assert clock["complete"].running and clock["complete"].deadline.missed == "closed"
    assert (turn.link, turn.organisation) == ("application", world.client)
    assert case.pauses.get().why == "applicant_answer"
    with on(TODAY + timedelta(days=60)):
        said = [one for one in queries.missing(case) if one.rule == "deadline.complete"]
    assert "ends without a decision" in said[0].sentence


def test_a_pause_pushes_the_last_day_by_the_working_days_it_lasted(world):
    case = world.open("licence-certification-body", issuer=world.regulator)
    with on(TODAY) as moment:
        case.move("selection", on=TODAY)
        before = queries.decision_deadline(case)
        actions.pause(case=case, why="expert_review", by=world.officer, at=moment)
    with on(date(2026, 3, 16)) as moment:  # ten working days later
        actions.resume(case=case, why="expert_review", by=world.officer, at=moment)
        after = queries.decision_deadline(case)

    assert before == date(2026, 5, 8)  # 45 working days over Qingming and Labour Day
    assert after == date(2026, 5, 21)  # Saturday 9 May is worked in place of a holiday


def test_an_overdue_decision_is_shown_as_the_scheme_says(world):
    case = world.open("licence-certification-body", issuer=world.regulator)
    case.move("selection", on=TODAY)

    with on(date(2026, 6, 1)):
        said = next(one for one in queries.missing(case) if one.rule == "deadline.decide")

    assert "those who oversee the body" in said.sentence
    assert said.source == "cn-rca@2023-07-20#art. 11"


def integrated(world):
    with on(TODAY) as moment:
        leader = actions.open_case(
            scheme=world.scheme("cn-integrated"),
            issuer=world.body,
            client=world.client,
            occasion="initial",
            by=world.applicant,
            at=moment,
        )
    return leader, leader.joined.get()


def test_integrated_systems_are_two_cases_with_one_application(world):
    for one in ("cn-qms", "cn-ems"):
        world.scheme(one)
    leader, other = integrated(world)

    assert [leader.scheme.scheme_id, other.scheme.scheme_id] == ["cn-qms", "cn-ems"]
    with on(TODAY) as moment, pytest.raises(Refused, match="together with case A-2026-00001"):
        actions.save_draft(
            application=other.application, answers={"activities": "x"}, version=None, by=world.applicant, at=moment
        )

    world.submitted(leader, reduction="20")
    other.refresh_from_db()
    assert other.application.state == "submitted"
    assert other.application.answers["full_time"] == "118"


def test_the_integrated_time_is_the_sum_of_both_less_what_integration_allows(world):
    for one in ("cn-qms", "cn-ems"):
        world.scheme(one)
    leader, other = integrated(world)
    leader = world.submitted(leader, reduction="20")
    other.refresh_from_db()

    first = review(world, leader)
    second = review(world, other)

    total = first.days + second.days
    first.refresh_from_db()
    assert Decimal(step(first, "integrated_time")["inputs"]["reduction"]) == Decimal("0.2")
    assert queries.audit_time(other) == queries.audit_time(leader) < total


def test_a_surveillance_asks_nothing_and_its_time_is_a_third(world):
    done = world.accepted()
    attestation = given(
        world.scheme("cn-qms"), issuer=world.body, holder=world.client, lines=done.application_reviews.get().scope
    )
    done.attestation = attestation
    done.save()

    case = world.open(occasion="surveillance", attestation=attestation, by=world.planner, because={"round": "first"})

    assert case.stage == "selection"
    assert not hasattr(case, "application")
    assert case.application_reviews.get().days == Decimal("2.5")
    assert [one.id for one in queries.activities_of(case)] == ["surveillance_audit"]


def test_a_renewal_is_asked_for_in_its_window(world):
    lines = [{"document": world.node("documents", "gbt-19001@2016")}]
    attestation = given(
        world.scheme("cn-qms"), issuer=world.body, holder=world.client, lines=lines, until=date(2027, 6, 30)
    )

    with pytest.raises(Refused, match="from 2026-12-30 on"):
        world.open(occasion="renewal", attestation=attestation)


def test_a_person_applies_for_themselves_and_must_name_one_body(world):
    case = world.open("person-auditor", issuer=world.registrar, person=world.auditor.person, by=world.auditor)
    with on(TODAY) as moment:
        shown = actions.save_draft(
            application=case.application,
            version=None,
            by=world.auditor,
            at=moment,
            answers={
                "who": {"name": "Sample Hu"},
                "grade": "auditor",
                "body": {"id": world.body.public_id},
                "standards": "gbt-19001@2016",
                "working_years": "6",
            },
        )

    assert [one.field for one in shown.problems] == ["degree"]
    assert shown.facts["form.grade"] == "auditor"
