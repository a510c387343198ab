"""The same verbs under the other schemes: tests line by line, examinations, witnessing, the licence without a team."""

from datetime import date, timedelta

import pytest

from small_world import given, member, organisation
from testamur.determination import actions, queries
from testamur.kernel.refusal import Refused
from testamur.selection import actions as selection
from testamur.selection.turns import Problems
from tests.unit.selection.world import PDF, TEAM, TODAY, at, on

DAY = date(2026, 3, 9)


@pytest.fixture
def lamps(world):
    """A product case in determination, with a qualified laboratory and its tester."""
    qualification = given(
        world.scheme("qualification-lab"),
        issuer=world.regulator,
        holder=world.laboratory,
        lines=[{"method": world.node("methods", "lamp-tests"), "product": world.node("products", "lamp")}],
    )
    case = world.open("voluntary-product-type5")
    case.move("selection", on=TODAY)
    case.application_reviews.create(
        accepted=True,
        effective_at=at(TODAY),
        by=world.planner,
        scope=[
            {"product": world.node("products", "lamp.table"), "document": world.node("documents", "sample-lamp@2026")}
        ],
    )
    world.tester = member(world.laboratory, *TEAM, name="Bai")
    world.competent(
        world.tester.person, "tester", documents=("sample-lamp@2026",), sectors=(), organisation=world.laboratory
    )
    with on(TODAY) as moment:
        selection.assign(
            case=case,
            membership=world.tester,
            role="tester",
            from_day=DAY,
            until_day=DAY + timedelta(days=5),
            by=world.planner,
            at=moment,
        )
    case.move("determination", on=TODAY)
    with on(DAY) as moment:
        test = actions.start_activity(case=case, activity="type_test", by=world.tester, at=moment)
    world.qualification = qualification
    return test


def line(clause="5", passed=True, **more):
    return {
        "clause": clause,
        "method": f"sample-lamp-{clause}",
        "result": "1.8 kV, no breakdown",
        "passed": passed,
        "tested_on": DAY,
        **more,
    }


def results(world, test, *lines):
    with on(DAY) as moment:
        return actions.record_test(activity=test, lines=list(lines), by=world.tester, at=moment)


def complete(world, test, **more):
    with on(DAY + timedelta(days=1)) as moment:
        for kind in ("sample_record", "raw_data"):
            actions.record_evidence(
                activity=test, kind=kind, title=kind, content=PDF, name="a.pdf", by=world.tester, at=moment
            )
        return actions.complete_activity(activity=test, ended_on=DAY, report="", by=world.tester, at=moment, **more)


def test_a_laboratory_tests_under_its_qualification_and_every_line_names_it(world, lamps):
    assert lamps.performer == world.laboratory
    assert lamps.authority == world.qualification
    (made,) = results(world, lamps, line())
    assert made.authority == world.qualification


def test_the_test_passes_when_every_newest_line_passes(world, lamps):
    results(world, lamps, line("5"), line("6", passed=False))
    assert queries.facts(lamps.case)["test.passed"] is False
    with on(DAY) as moment, pytest.raises(Refused, match="does not pass"):
        for kind in ("sample_record", "raw_data"):
            actions.record_evidence(
                activity=lamps, kind=kind, title=kind, content=PDF, name="a.pdf", by=world.tester, at=moment
            )
        actions.complete_activity(activity=lamps, ended_on=DAY, passed=True, by=world.tester, at=moment)

    results(world, lamps, line("6"))
    done = complete(world, lamps, facts={"score.percent": "91"})
    assert done.passed is True
    assert queries.facts(lamps.case)["score.percent"] == "91"


def test_a_failed_test_may_be_done_again(world, lamps):
    results(world, lamps, line(passed=False))
    assert complete(world, lamps).passed is False

    with on(DAY + timedelta(days=2)) as moment:
        again = actions.start_activity(case=lamps.case, activity="type_test", by=world.tester, at=moment)
    assert again.round == 2


def test_a_line_that_nobody_covers_makes_the_report_partly_covered(world, lamps):
    other = organisation("Garage Laboratory")
    results(world, lamps, line("5"), line("6", subcontractor=other))
    complete(world, lamps)

    bad = [one for one in queries.missing(lamps.case) if one.rule == "test.covered"]
    assert [one.facts["clause"] for one in bad] == ["6"]
    assert "only partly covered" in bad[0].sentence


def test_a_foreign_result_counts_through_a_named_arrangement_and_not_too_old(world, lamps):
    (made,) = results(world, lamps, line(tested_on=date(2024, 5, 6), arrangement="iecee-cb", report_number="CB-1"))
    assert made.authority is None and made.arrangement == "iecee-cb"
    assert not [one for one in queries.missing(lamps.case) if one.rule == "test.covered"]

    with pytest.raises(Refused, match="accepts no results through gaci-mra"):
        results(world, lamps, line(tested_on=date(2024, 5, 6), arrangement="gaci-mra"))
    with pytest.raises(Refused, match="too old") as caught:
        results(world, lamps, line(tested_on=date(2022, 5, 6), arrangement="iecee-cb"))
    assert caught.value.source == "iso-17065@2012#7.4"
    with pytest.raises(Refused, match="before the activity began"):
        results(world, lamps, line(tested_on=date(2026, 1, 5)))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"clause": ""}, "the clause is missing"),
        ({"passed": None}, "whether it passed"),
        ({"tested_on": "soon"}, "not a day"),
        ({"tested_on": date(2027, 1, 1)}, "still to come"),
    ],
)
def test_a_test_line_says_what_was_tested_and_when(world, lamps, more, said):
    with pytest.raises(Refused, match=said):
        results(world, lamps, {**line(), **more})


def test_the_factory_is_inspected_after_the_test_and_within_its_year(world, lamps):
    results(world, lamps, line())
    complete(world, lamps)
    lamps.case.refresh_from_db()
    with on(DAY + timedelta(days=1)):
        known = [
            one
            for one in queries.missing(lamps.case)
            if one.facts.get("activity", {}).get("en") == "Initial factory inspection"
        ]
    assert known[0].facts["day"] == date(2027, 3, 9)


def test_the_laboratory_sees_the_case_it_tests_for(world, lamps):
    with on(DAY):
        assert [one.link for one in queries.inbox(world.tester)] == ["activity"]
    assert list(queries.laboratory_work(world.tester)) == [lamps]
    assert lamps.case.pauses.get().why == "testing"


def registration(world, grade="trainee"):
    registrar = member(world.registrar, "application", "selection", "surveillance", name="Reg")
    examiner = member(world.registrar, "determination", name="Exa")
    world.competent(examiner.person, "examiner", sectors=(), organisation=world.registrar)
    case = world.open("person-auditor", issuer=world.registrar, person=world.outsider.person, by=world.outsider)
    with on(TODAY) as moment:
        answers = {
            "who": {"name": "Sample Zhou"},
            "grade": grade,
            "body": {"id": world.body.public_id},
            "standards": "gbt-19001@2016",
        }
        if grade != "trainee":
            answers["working_years"] = "6"
            actions_files = [("degree", PDF)]
            for field, content in actions_files:
                selection.attach(
                    application=case.application,
                    field=field,
                    content=content,
                    name="d.pdf",
                    by=world.outsider,
                    at=moment,
                )
        selection.save_draft(application=case.application, answers=answers, version=None, by=world.outsider, at=moment)
        selection.submit(application=case.application, version=None, by=world.outsider, at=moment)
        selection.review_application(case=case, answers={"one_body": True}, accepted=True, by=registrar, at=moment)
        case.refresh_from_db()
        selection.assign(
            case=case, membership=examiner, role="examiner", from_day=DAY, until_day=DAY, by=registrar, at=moment
        )
        selection.start_determination(case=case, by=registrar, at=moment)
    case.refresh_from_db()
    return case, registrar, examiner


def examined(world, case, registrar, examiner, percent):
    with on(TODAY) as moment:
        planned = selection.plan_visit(
            work=[(case, "exam", None)],
            visited=None,
            where="on_site",
            from_day=DAY,
            until_day=DAY,
            by=registrar,
            at=moment,
        )
    with on(DAY) as moment:
        visit = actions.start_visit(planned=planned, by=examiner, at=moment)
        exam = actions.start_activity(case=case, activity="exam", by=examiner, at=moment, visit=visit)
        actions.sign_in(visit=visit, person=examiner.person, by=examiner, at=moment)
        actions.sign_out(visit=visit, person=examiner.person, by=examiner, at=moment + timedelta(hours=2))
        actions.record_evidence(
            activity=exam, kind="answers", title="Paper", content=PDF, name="p.pdf", by=examiner, at=moment
        )
        return actions.complete_activity(
            activity=exam, ended_on=DAY, facts={"exam.percent": percent}, by=examiner, at=moment
        )


def test_an_examination_passes_by_the_scheme_and_its_mark_is_a_fact(world):
    case, registrar, examiner = registration(world)
    assert [one.id for one in queries.activities_of(case)] == ["exam"]

    exam = examined(world, case, registrar, examiner, "82")

    assert exam.passed is True
    assert queries.facts(case)["exam.percent"] == "82"
    with on(DAY) as moment:
        assert actions.finish(case=case, by=examiner, at=moment).stage == "review"


def test_a_failed_examination_is_recorded_as_failed(world):
    case, registrar, examiner = registration(world)

    assert examined(world, case, registrar, examiner, "41").passed is False
    said = [one for one in queries.missing(case) if one.state == "warn"]
    assert "did not pass" in said[0].sentence


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("exam.percent", "108", "cannot be the value of mark reached"),
        ("rule.x", 1, "no fact"),
        ("exam.percent", "many", "cannot be"),
    ],
)
def test_a_fact_that_cannot_be_is_refused(world, name, value, said):
    from testamur.determination.actions.activities import _stated

    with pytest.raises(Refused, match=said):
        _stated(registration(world)[0].scheme.definition, {name: value})


def test_practice_is_recorded_where_the_grade_applied_for_asks_for_it(world):
    case, _registrar, _examiner = registration(world, "auditor")

    assert [one.id for one in queries.activities_of(case)] == ["exam", "practice"]


def test_a_licence_is_examined_by_the_officer_without_a_team(world):
    case = world.open("licence-certification-body", issuer=world.regulator)
    case.move("selection", on=TODAY)
    with on(TODAY) as moment:
        selection.start_determination(case=case, by=world.officer, at=moment)
        documents = actions.start_activity(case=case, activity="documents", by=world.officer, at=moment)
        with pytest.raises(Problems):
            actions.complete_activity(activity=documents, ended_on=TODAY, by=world.officer, at=moment)
        actions.record_evidence(
            activity=documents, kind="documents", title="File", content=PDF, name="f.pdf", by=world.officer, at=moment
        )
        actions.complete_activity(activity=documents, ended_on=TODAY, report="Complete.", by=world.officer, at=moment)
        case.refresh_from_db()
        assert queries.turn(case).link == "team"  # the visit is to be planned


def test_a_witness_assessment_points_at_the_bodys_own_audit(world):
    audited = world.audited()
    accreditor = organisation("Accreditor")
    assessor = member(accreditor, *TEAM, name="Ge")
    case = world.open("accreditation-cb", issuer=accreditor, client=world.body, by=world.planner)
    case.move("selection", on=TODAY)
    case.assignments.create(
        membership=assessor, role="assessor", from_day=DAY, until_day=DAY, effective_at=at(TODAY), by=world.planner
    )
    case.move("determination", on=TODAY)
    with on(TODAY) as moment:
        documents = actions.start_activity(case=case, activity="documents", by=assessor, at=moment)
        actions.record_evidence(
            activity=documents, kind="documents", title="Manual", content=PDF, name="f.pdf", by=assessor, at=moment
        )
        actions.complete_activity(activity=documents, ended_on=TODAY, report="r", by=assessor, at=moment)
    planned = case.planned.model._meta.get_field("visit").related_model.objects.create(
        visited=world.client, where="on_site", from_day=DAY, until_day=DAY, effective_at=at(TODAY), by=world.planner
    )
    case.planned.create(visit=planned, activity="witness")
    with on(DAY) as moment:
        visit = actions.start_visit(planned=planned, by=assessor, at=moment)
        with pytest.raises(Refused, match="which audit is witnessed"):
            actions.start_activity(case=case, activity="witness", by=assessor, at=moment, visit=visit)
        made = actions.start_activity(
            case=case,
            activity="witness",
            by=assessor,
            at=moment,
            visit=visit,
            witnesses=audited.activities.get(activity="stage2"),
        )
    assert made.witnesses.case.issuer == world.body


def test_an_audit_of_another_body_cannot_be_witnessed_for_this_one(world):
    audited = world.audited()
    accreditor = organisation("Accreditor")
    assessor = member(accreditor, *TEAM, name="Ge")
    case = world.open("accreditation-cb", issuer=accreditor, client=world.stranger, by=world.outsider)
    from testamur.determination.policies import _check_witnessed

    with pytest.raises(Refused, match="must be one of Sample Stranger"):
        _check_witnessed(case, case.scheme.definition.activity("witness"), audited.activities.first())
    assert assessor
