"""Visits, attendance, activities in their order, evidence with its digest, and finishing."""

import hashlib
from datetime import timedelta

import pytest

from testamur.determination import actions, queries
from testamur.determination.models import Attendance, Evidence, Visit
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.selection import actions as selection
from testamur.selection.models import Case
from testamur.selection.turns import Problems
from tests.unit.selection.world import PDF, at, on


def refused(text):
    return pytest.raises(Refused, match=text)


def test_the_second_stage_waits_for_the_first(world):
    case = world.determining()
    with on(world.visit_two.from_day) as moment:
        visit = actions.start_visit(planned=world.visit_two, by=world.lead, at=moment)
        with refused("Stage 1.* must be completed before") as caught:
            actions.start_activity(case=case, activity="stage2", by=world.lead, at=moment, visit=visit)
    assert caught.value.source == "iso-17021-1@2015#9.3.1.3"


def test_what_is_done_on_site_needs_a_visit(world):
    case = world.determining()
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", world.visit_one.from_day)
    world.done(stage1, world.visit_one.from_day)

    with on(world.visit_two.from_day) as moment, refused("begin the visit first"):
        actions.start_activity(case=case, activity="stage2", by=world.lead, at=moment)


def test_who_is_not_on_the_team_does_nothing_here(world):
    case = world.determining()
    with on(world.visit_one.from_day) as moment:
        for nobody in (world.outsider, world.planner, world.decider):
            with refused("is not assigned to case"):
                actions.start_activity(case=case, activity="stage1", by=nobody, at=moment)


def test_a_visit_begins_on_its_day_and_once(world):
    world.determining()
    with on(world.visit_one.from_day - timedelta(days=1)) as moment, refused("planned from"):
        actions.start_visit(planned=world.visit_one, by=world.lead, at=moment)
    with on(world.visit_one.from_day) as moment:
        first = actions.start_visit(planned=world.visit_one, by=world.lead, at=moment)
        second = actions.start_visit(planned=world.visit_one, by=world.auditor, at=moment)
    assert first.pk == second.pk
    assert Event.objects.filter(kind="determination.visit_started").count() == 1


def test_attendance_keeps_both_clocks_and_only_inside_or_outside(world):
    case = world.determining()
    day = world.visit_one.from_day
    visit, _activity = world.begun(case, world.visit_one, "stage1", day)
    row = visit.attendances.get()

    assert row.arrived_at == at(day)
    assert row.recorded_at > row.arrived_at
    with on(day) as moment, refused("is no position"):
        actions.sign_in(
            visit=visit, person=world.auditor.person, position="31.2304, 121.4737", by=world.lead, at=moment
        )


def test_signed_in_twice_is_signed_in_once(world):
    case = world.determining()
    visit, _activity = world.begun(case, world.visit_one, "stage1", world.visit_one.from_day)
    with on(world.visit_one.from_day) as moment:
        actions.sign_in(visit=visit, person=world.lead.person, by=world.lead, at=moment + timedelta(minutes=3))
    assert visit.attendances.count() == 1


def test_nobody_leaves_before_they_arrived_nor_arrives_before_the_visit_began(world):
    case = world.determining()
    day = world.visit_one.from_day
    visit, _activity = world.begun(case, world.visit_one, "stage1", day)
    with on(day) as moment:
        with refused("cannot have left"):
            actions.sign_out(visit=visit, person=world.lead.person, by=world.lead, at=moment - timedelta(hours=1))
        with refused("cannot have arrived"):
            actions.sign_in(visit=visit, person=world.auditor.person, by=world.lead, at=moment - timedelta(hours=1))
        with refused("is not signed in"):
            actions.sign_out(visit=visit, person=world.auditor.person, by=world.lead, at=moment)
        with refused("still to come"):
            actions.sign_in(visit=visit, person=world.auditor.person, by=world.lead, at=moment + timedelta(days=3))
        with refused("not on the team of this visit"):
            actions.sign_in(visit=visit, person=world.decider.person, by=world.lead, at=moment)


def test_a_visit_ends_when_everybody_has_left_and_once(world):
    case = world.determining()
    visit, _activity = world.begun(case, world.visit_one, "stage1", world.visit_one.from_day)
    with on(world.visit_one.from_day) as moment:
        with refused("still signed in"):
            actions.end_visit(visit=visit, by=world.lead, at=moment)
        actions.sign_out(visit=visit, person=world.lead.person, by=world.lead, at=moment + timedelta(hours=6))
        actions.end_visit(visit=visit, by=world.lead, at=moment + timedelta(hours=6))
        actions.end_visit(visit=visit, by=world.lead, at=moment + timedelta(hours=7))
    visit.refresh_from_db()
    assert visit.ended_at == at(world.visit_one.from_day, 7)


def test_completing_demands_every_output_and_kind_of_evidence_of_the_scheme(world):
    case = world.determining()
    day = world.visit_one.from_day
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", day)

    with on(day) as moment, pytest.raises(Problems) as caught:
        actions.complete_activity(activity=stage1, ended_on=day, report="", by=world.lead, at=moment)

    said = {str(one) for one in caught.value.problems}
    assert "The report is missing." in said
    assert "Documents must be filed as evidence." in said
    assert "Attendance must be filed as evidence." in said  # nobody signed out yet
    assert {one.source for one in caught.value.problems} == {"iso-17021-1@2015#9.3.1.2"}


def test_an_activity_does_not_end_before_it_began_nor_in_the_future(world):
    case = world.determining()
    day = world.visit_one.from_day
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", day)
    with on(day) as moment:
        with refused("cannot end on"):
            actions.complete_activity(
                activity=stage1, ended_on=day - timedelta(days=1), report="r", by=world.lead, at=moment
            )
        with refused("still to come"):
            actions.complete_activity(
                activity=stage1, ended_on=day + timedelta(days=9), report="r", by=world.lead, at=moment
            )


def test_completed_twice_by_the_same_words_it_is_completed_once_and_takes_no_finding_any_more(world):
    case = world.determining()
    day = world.visit_one.from_day
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", day)
    done = world.done(stage1, day)
    with on(day) as moment:
        actions.complete_activity(activity=done, ended_on=day, report=done.report, by=world.lead, at=moment)
        with refused("was completed on"):
            actions.raise_finding(
                activity=done, grade="minor", clauses=["8.5.1"], statement="x", seen="y", by=world.lead, at=moment
            )
        with refused("nothing asks for it again"):
            actions.start_activity(case=case, activity="stage1", by=world.lead, at=moment)
    assert Event.objects.filter(kind="determination.activity_completed").count() == 1
    case.refresh_from_db()
    assert case.days["stage1.ended"] == day.isoformat()


def record(world, activity, moment, **more):
    whole = {"kind": "documents", "title": "Control plan", "content": PDF, "name": "cp.pdf", "by": world.lead, **more}
    return actions.record_evidence(activity=activity, at=moment, **whole)


def test_evidence_is_kept_by_its_digest_with_the_day_it_came_to_be_and_the_time_it_was_received(world):
    case = world.determining()
    day = world.visit_one.from_day
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", day)
    with on(day) as moment:
        made = record(world, stage1, moment, clauses=["8.5.1", "8.4.3"])
    assert made.file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert made.clauses == ["8.4.3", "8.5.1"]
    assert not made.late

    with on(day + timedelta(days=3)):
        late = record(world, stage1, at(day))
    assert late.late and late.effective_at == at(day)


def test_the_same_record_sent_twice_is_one_record(world):
    case = world.determining()
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", world.visit_one.from_day)
    with on(world.visit_one.from_day) as moment:
        first = record(world, stage1, moment, client_key="phone-1-0007")
        second = record(world, stage1, moment, client_key="phone-1-0007", content=PDF + b"again")
    assert first.pk == second.pk and Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"content": b""}, "empty"),
        ({"content": None}, "where the paper lies"),
        ({"kind": "hearsay"}, "no kind of evidence"),
        ({"title": " "}, "a title"),
    ],
)
def test_evidence_that_is_none_is_refused(world, more, said):
    case = world.determining()
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", world.visit_one.from_day)
    with on(world.visit_one.from_day) as moment, refused(said):
        record(world, stage1, moment, **more)


def test_a_paper_is_evidence_where_it_lies(world):
    case = world.determining()
    _visit, stage1 = world.begun(case, world.visit_one, "stage1", world.visit_one.from_day)
    with on(world.visit_one.from_day) as moment:
        made = record(world, stage1, moment, content=None, location={"archive": "A-17/3", "pages": 12})
    assert (made.file, made.location["archive"]) == (None, "A-17/3")


def test_finishing_needs_every_activity_and_moves_the_case_to_review_once(world):
    case = world.determining()
    with on(world.visit_one.from_day) as moment, pytest.raises(Problems, match="not complete: 2 things"):
        actions.finish(case=case, by=world.lead, at=moment)

    case = world.audited_now()
    with on(world.visit_two.until_day) as moment:
        actions.finish(case=case, by=world.lead, at=moment)
        again = actions.finish(case=case, by=world.lead, at=moment)
    assert again.stage == Case.Stage.REVIEW
    assert again.days["determined"] == world.visit_two.from_day.isoformat()
    assert Event.objects.filter(kind="determination.finished").count() == 1


def test_the_dossier_is_the_same_for_the_same_records_and_changes_with_every_one(world):
    case = world.audited()
    before = queries.dossier(case)
    assert queries.dossier(Case.objects.get(pk=case.pk)) == before

    with on(world.visit_two.until_day) as moment:
        actions.finish(case=case, by=world.lead, at=moment)
        finished = queries.dossier(case)
        activity = case.activities.get(activity="stage2")
        made = record(world, activity, moment, title="Found later")
    assert made.late
    assert finished == before
    assert queries.dossier(case) != finished


def test_evaluators_are_who_took_part_by_record_and_never_the_clients_people(world):
    case = world.audited()
    ids = queries.evaluators(case)
    assert ids == {world.lead.person_id, world.auditor.person_id}

    with on(world.visit_two.until_day) as moment:
        selection.release(
            assignment=case.assignments.get(role="lead_auditor"), because="swapped", by=world.planner, at=moment
        )
        selection.release(
            assignment=case.assignments.get(role="auditor"), because="never came", by=world.planner, at=moment
        )
    assert queries.evaluators(case) == {world.lead.person_id}


def test_the_next_step_names_the_activity_its_people_and_its_day(world):
    case = world.determining()
    with on(world.visit_one.from_day):
        turn = queries.turn(case)
        assert turn.facts["activity"]["en"].startswith("Stage 1")
        assert world.lead in turn.people and turn.by == world.visit_one.until_day
        assert [one.link for one in queries.inbox(world.auditor)] == ["visit"] or turn.link in ("visit", "activity")
        assert queries.inbox(world.applicant) == []
    case = world.audited_now()
    with on(world.visit_two.until_day):
        assert queries.turn(case).link == "finish"


def test_one_visit_serves_two_cases_and_evidence_is_shared_by_its_digest(world):
    world.register(world.lead.person, "gbt-24001@2016")
    first = world.accepted()
    other = world.open("cn-ems")
    asked = {one.id for one in other.scheme.definition.fields}
    application = world.fill_in(other, **{name: value for name, value in world.answers().items() if name in asked})
    day = world.visit_day
    with on(world.today) as moment:
        selection.submit(application=application, version=None, by=world.applicant, at=moment)
    other = world.accepted(other)
    with on(world.today) as moment:
        planned = selection.plan_visit(
            work=[(first, "stage1", "1"), (other, "stage1", "1")],
            visited=world.client,
            sites=[],
            where="on_site",
            from_day=day,
            until_day=day,
            by=world.planner,
            at=moment,
        )
        for case in (first, other):
            selection.assign(
                case=case,
                membership=world.lead,
                role="lead_auditor",
                from_day=day,
                until_day=day,
                by=world.planner,
                at=moment,
            )
            plan = selection.propose_plan(case=case, by=world.planner, at=moment)
            selection.agree(plan=plan, by=world.applicant, at=moment)
            selection.start_determination(case=case, by=world.planner, at=moment)
    with on(day) as moment:
        visit = actions.start_visit(planned=planned, by=world.lead, at=moment)
        activities = [
            actions.start_activity(case=case, activity="stage1", by=world.lead, at=moment, visit=visit)
            for case in (first, other)
        ]
        record(world, activities[0], moment, also=[activities[1]])
    assert Visit.objects.count() == 1
    assert {row.activity.case_id for row in Evidence.objects.all()} == {first.pk, other.pk}
    assert Evidence.objects.values("file").distinct().count() == 1
    assert not Attendance.objects.exists()


def test_a_stranger_sees_no_activity_and_the_client_no_working_papers(world):
    case = world.audited()

    assert not queries.visible_to(world.outsider).exists()
    assert queries.visible_to(world.applicant).count() == case.activities.count()
    kinds = set(queries.evidence_visible_to(world.applicant).values_list("kind", flat=True))
    assert kinds == {"documents"}
    assert "checklist" in set(queries.evidence_visible_to(world.lead).values_list("kind", flat=True))
