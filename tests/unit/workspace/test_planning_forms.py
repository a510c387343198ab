"""Application review, visits, team and plan, as people send their forms."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kept_world import world_fixture
from small_world import PLATFORM
from testamur.parties.actions import record_engagement
from testamur.selection.models import ApplicationReview, Assignment, Case, Plan, PlannedVisit
from tests.unit.selection.world import TODAY, ProcessWorld, at, on
from tests.unit.workspace.forms import Desk

FIRST, LAST = TODAY + timedelta(days=9), TODAY + timedelta(days=11)


class PlanningWorld(ProcessWorld):
    """A case whose application was handed in."""

    def __init__(self) -> None:
        super().__init__()
        assert self.site
        self.case_id = self.submitted().pk

    @property
    def case(self) -> Case:
        return Case.objects.get(pk=self.case_id)


kept_world = world_fixture(PlanningWorld)


def desk(world, who="planner", day=TODAY, language="en"):
    return Desk(getattr(world, who), day, language)


def good(case):
    return {
        f"q-{one.id}": "false" if one.must_be is False else "true" for one in case.scheme.definition.questions
    } | {"statement-en": "Machining of rings and sleeves", "statement-zh": "环套机械加工"}


# Application review --------------------------------------------------------------------------------------------------


def reviewing(world, who="planner"):
    planner = desk(world, who)
    return planner, planner.form("application-review", world.case.public_id, having="statement-zh")


def test_an_application_is_accepted_with_its_audit_time_and_the_planner_led_to_the_team(world):
    planner, form = reviewing(world)

    answer = planner.send(form, verdict="accept", **good(world.case))

    assert (answer.status, answer.to) == (302, f"/w/cases/{world.case.public_id}/team/")
    assert "selection.application_accepted" in answer.events
    made = ApplicationReview.objects.get()
    assert (made.accepted, made.by) == (True, world.planner)
    assert made.days and made.statement["zh"] == "环套机械加工"
    assert world.case.stage == "selection"


def test_the_audit_time_is_adjusted_with_a_reason_and_never_without(world):
    planner, form = reviewing(world)
    line = {"adjustments-0-reason": "Single process, few risks", "adjustments-0-percent": "-10"}

    bare = planner.send(form, verdict="accept", **good(world.case), **{**line, "adjustments-0-reason": ""})
    assert (bare.status, bare.events) == (200, [])
    assert "reason" in bare.alert.lower()
    assert 'value="-10"' in bare.page
    planner.send(form, verdict="accept", **good(world.case), **line)

    made = ApplicationReview.objects.get()
    assert [row["reason"] for row in made.adjustments] == [{"en": "Single process, few risks"}]


def test_no_reason_reduces_the_audit_time_by_more_than_the_rule_allows(world):
    planner, form = reviewing(world)

    planner.send(
        form, verdict="accept", **good(world.case),
        **{"adjustments-0-reason": "Because", "adjustments-0-percent": "-95"},
    )  # fmt: skip

    assert ApplicationReview.objects.get().days == 5  # 7 days of the table, less 30 percent, rounded


@pytest.mark.parametrize("percent", ["much", "NaN", "Infinity", "1e999999", "²", ""])
def test_an_adjustment_that_is_no_share_or_too_large_is_told(world, percent):
    planner, form = reviewing(world)

    answer = planner.send(
        form, verdict="accept", **good(world.case),
        **{"adjustments-0-reason": "Because", "adjustments-0-percent": percent},
    )  # fmt: skip

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert "Because" in answer.page
    assert not ApplicationReview.objects.exists()


def test_an_unanswered_question_is_told_at_its_place_and_nothing_typed_is_lost(world):
    planner, form = reviewing(world)
    answers = good(world.case)
    first = next(iter(answers))

    answer = planner.send(form, verdict="accept", **{**answers, first: None, "notes": "Typed note"})

    assert (answer.status, answer.events) == (200, [])
    assert f'href="#f-{first}"' in answer.page or first in answer.page
    assert answer.alert
    assert "Typed note" in answer.page
    assert world.case.stage == "application"


def test_an_answer_that_the_scheme_does_not_accept_keeps_the_case_out(world):
    planner, form = reviewing(world)
    must = next(one for one in world.case.scheme.definition.questions if one.must_be is not None)

    answer = planner.send(
        form, verdict="accept", **{**good(world.case), f"q-{must.id}": "false" if must.must_be else "true"}
    )

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert world.case.stage == "application"


def test_a_refusal_gives_its_reasons(world):
    planner, form = reviewing(world)
    empty = planner.send(form, verdict="refuse", notes="", **good(world.case))
    assert (empty.status, empty.events) == (200, [])
    assert empty.alert

    answer = planner.send(form, verdict="refuse", notes="Outside what we do", **good(world.case))

    assert answer.status == 302
    assert world.case.stage == "closed"
    assert ApplicationReview.objects.get().accepted is False


def test_accepted_twice_it_is_accepted_once_and_a_colleague_is_told(world):
    planner, form = reviewing(world)
    sent = {"verdict": "accept", **good(world.case)}
    planner.send(form, **sent)

    again = planner.send(form, **sent)
    late = planner.send(form, **sent, once=None)

    assert (again.status, again.events) == (302, [])
    assert (late.status, late.events) == (200, [])
    assert "reviewed this application on" in late.alert
    assert "Machining of rings and sleeves" in late.page
    assert ApplicationReview.objects.count() == 1


def test_an_application_is_accepted_for_some_scope_line(world):
    planner, form = reviewing(world)

    answer = planner.send(form, verdict="accept", **{**good(world.case), "line": "nothing"})

    assert (answer.status, answer.events) == (200, [])
    assert "Choose at least one scope line" in answer.alert


def test_the_applicant_is_asked_once_and_completely(world):
    planner = desk(world)
    form = planner.form("application-review", world.case.public_id, act="ask")
    empty = planner.send(form)
    assert (empty.status, empty.events) == (200, [])
    assert empty.alert

    answer = planner.send(form, **{"asked-0-field": "manual", "asked-0-sentence": "The manual lacks part 2"})

    assert (answer.status, answer.events) == (302, ["selection.application_returned"])
    world.case.application.refresh_from_db()
    assert world.case.application.state == "returned"


@pytest.mark.parametrize("who", ["outsider", "applicant"])
def test_nobody_else_reviews_the_application(world, who):
    answer = desk(world, who).post(
        "application-review", world.case.public_id, act="", verdict="accept", **good(world.case)
    )

    assert (answer.status, answer.events, world.case.stage) == (404, [], "application")


def test_an_auditor_of_the_body_reads_whose_office_it_is(world):
    answer = desk(world, "reviewer").post(
        "application-review", world.case.public_id, act="", verdict="accept", **good(world.case)
    )

    assert (answer.status, answer.events) == (200, [])
    assert "does not act as that here" in answer.text


# Visits --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def accepted(world):
    world.accepted(world.case)
    return world


def visit_form(world):
    planner = desk(world)
    return planner, planner.form("team", world.case.public_id, act="visit")


def stage(world, name="stage1"):
    return f"{world.case.public_id}:{name}"


def visit(world, **more):
    return {
        "work": stage(world), "where": "on_site", "visit_from": FIRST, "visit_until": FIRST,
        "site": world.site.public_id, f"days-{world.case.public_id}-stage1": "1.5", **more,
    }  # fmt: skip


def test_a_visit_is_planned_with_sites_days_and_work(accepted):
    planner, form = visit_form(accepted)

    answer = planner.send(form, **visit(accepted))

    assert (answer.status, answer.events) == (302, ["selection.visit_planned"])
    assert "The visit is planned." in answer.text
    made = PlannedVisit.objects.get()
    assert (made.from_day, made.until_day, made.where, made.visited) == (FIRST, FIRST, "on_site", accepted.client)
    assert [site.public_id for site in made.sites.all()] == [accepted.site.public_id]


@pytest.mark.parametrize(
    "change",
    [
        {"work": None},
        {"work": "nothing:stage1"},
        {"visit_from": ""},
        {"visit_from": "tomorrow"},
        {"visit_from": "0001-01-01", "visit_until": "0001-01-01"},
        {"visit_from": "9999-12-31", "visit_until": "9999-12-31"},
        {"visit_from": LAST, "visit_until": FIRST},
        {"where": "on the moon"},
    ],
)
def test_a_visit_that_cannot_be_is_told_and_what_was_typed_stays(accepted, change):
    planner, form = visit_form(accepted)

    answer = planner.send(form, **visit(accepted, **change))

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert 'value="1.5"' in answer.page
    assert not PlannedVisit.objects.exists()


@pytest.mark.parametrize("days", ["many", "-1", "NaN", "1e999999", "99999999999", "²"])
def test_audit_days_that_are_no_days_are_told(accepted, days):
    planner, form = visit_form(accepted)

    answer = planner.send(form, **visit(accepted, **{f"days-{accepted.case.public_id}-stage1": days}))

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert not PlannedVisit.objects.exists()


def test_a_visit_sent_twice_is_planned_once(accepted):
    planner, form = visit_form(accepted)
    planner.send(form, **visit(accepted))

    again = planner.send(form, **visit(accepted))

    assert (again.status, again.events, PlannedVisit.objects.count()) == (302, [], 1)


def planned(world):
    planner, form = visit_form(world)
    planner.send(form, **visit(world))
    return PlannedVisit.objects.get()


def test_a_visit_is_moved_and_an_older_page_moves_it_no_more(accepted):
    planned(accepted)
    planner = desk(accepted)
    form = planner.form("team", accepted.case.public_id, act="move")
    stale = desk(accepted).form("team", accepted.case.public_id, act="move")

    answer = planner.send(form, move_from=LAST, move_until=LAST)
    late = planner.send(stale, move_from=FIRST, move_until=FIRST)

    assert (answer.status, answer.events) == (302, ["selection.visit_moved"])
    assert PlannedVisit.objects.get().from_day == LAST
    assert (late.status, late.events) == (200, [])
    assert "changed this at" in late.text


@pytest.mark.parametrize("day", ["", "soon", "0001-01-01", "9999-12-31"])
def test_a_visit_is_moved_to_a_day(accepted, day):
    planned(accepted)
    planner = desk(accepted)

    answer = planner.send(planner.form("team", accepted.case.public_id, act="move"), move_from=day, move_until=day)

    assert (answer.status, answer.events) == (200, [])
    assert PlannedVisit.objects.get().from_day == FIRST


def test_a_visit_is_cancelled(accepted):
    made = planned(accepted)
    planner = desk(accepted)

    answer = planner.post("team", accepted.case.public_id, act="step", step="cancel", visit=made.public_id)

    assert (answer.status, answer.events) == (302, ["selection.visit_cancelled"])
    assert planner.post("team", accepted.case.public_id, act="step", step="cancel", visit="NOSUCH").status == 404


# The team ------------------------------------------------------------------------------------------------------------


def assign(world, who, role="lead_auditor", first=FIRST, last=FIRST, **more):
    return desk(world).post(
        "team", world.case.public_id, act="assign", role=role, membership=getattr(world, who).public_id,
        from_day=first, until_day=last, **more,
    )  # fmt: skip


def test_a_competent_auditor_is_put_on_the_team(accepted):
    answer = assign(accepted, "lead")

    assert (answer.status, answer.events) == (302, ["selection.assigned"])
    made = Assignment.objects.get()
    assert (made.membership, made.role, made.from_day) == (accepted.lead, "lead_auditor", FIRST)


def test_who_advised_the_client_is_refused_with_the_clause(accepted):
    with on(TODAY) as moment:
        record_engagement(
            person=accepted.lead.person, client=accepted.client, kind="consulting", from_day=date(2025, 1, 1),
            until_day=date(2025, 12, 31), source="own statement", by=PLATFORM, at=moment,
        )  # fmt: skip

    answer = assign(accepted, "lead")

    assert (answer.status, answer.events) == (200, [])
    assert "17021-1" in answer.text
    assert not Assignment.objects.exists()


def test_who_is_not_competent_on_the_day_is_refused_with_the_clause(accepted):
    answer = assign(accepted, "auditor", role="lead_auditor")

    assert (answer.status, answer.events) == (200, [])
    assert answer.alert
    assert not Assignment.objects.exists()


def test_who_is_busy_on_the_days_is_refused(accepted):
    other = accepted.accepted(accepted.submitted(accepted.open()))
    with on(TODAY) as moment:
        from testamur.selection import actions

        actions.assign(
            case=other, membership=accepted.lead, role="lead_auditor", from_day=FIRST, until_day=LAST,
            by=accepted.planner, at=moment,
        )  # fmt: skip

    answer = assign(accepted, "lead")

    assert (answer.status, answer.events) == (200, [])
    assert other.number in answer.text


def test_a_stranger_is_no_candidate_and_an_unknown_role_no_role(accepted):
    assert assign(accepted, "outsider").status == 404
    assert assign(accepted, "lead", role="pope").status == 404
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("days", [{"first": ""}, {"first": "soon"}, {"first": "9999-12-31"}, {"first": LAST}])
def test_days_out_of_order_put_nobody_on_the_team(accepted, days):
    answer = assign(accepted, "lead", **days)

    assert (answer.status, answer.events) == (200, [])
    assert not Assignment.objects.exists()


@pytest.mark.parametrize(
    "query", [{"from": "9999-12-31"}, {"from": "0001-01-01", "until": "9999-12-31"}, {"role": "x"}]
)
def test_the_team_page_opens_whatever_days_its_address_names(accepted, query):
    assert desk(accepted).get("team", accepted.case.public_id, **query).status == 200


def test_somebody_is_released_and_what_was_is_kept(accepted):
    assign(accepted, "lead")
    row = Assignment.objects.get()
    planner = desk(accepted)

    answer = planner.post(
        "team", accepted.case.public_id, act="step", step="release", assignment=row.pk, because="Ill"
    )
    odd = planner.post("team", accepted.case.public_id, act="step", step="release", assignment="²")
    huge = planner.post("team", accepted.case.public_id, act="step", step="release", assignment="9" * 30)

    assert (answer.status, answer.events) == (302, ["selection.released"])
    assert (odd.status, huge.status) == (404, 404)
    row.refresh_from_db()
    assert row.removed_at


# The plan ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def staffed(accepted):
    accepted.planned(accepted.case)
    return accepted


def proposed(world):
    planner = desk(world)
    return planner.post("team", world.case.public_id, act="step", step="propose")


def test_the_plan_goes_to_the_applicant_who_agrees_and_work_begins(staffed):
    assert proposed(staffed).events == ["selection.plan_proposed"]
    client = desk(staffed, "applicant")
    form = client.form("plan", staffed.case.public_id, having="objection")

    answer = client.send(form, answer="agree")
    again = client.send(form, answer="agree")
    started = desk(staffed).post("team", staffed.case.public_id, act="step", step="start")

    assert (answer.status, answer.events) == (302, ["plan.agreed"])
    assert (again.status, again.events) == (302, [])
    assert started.status == 302
    assert started.to.endswith("/determination/")
    assert staffed.case.stage == "determination"


def test_the_applicant_objects_with_a_reason(staffed):
    proposed(staffed)
    client = desk(staffed, "applicant")
    form = client.form("plan", staffed.case.public_id, having="objection")
    empty = client.send(form, answer="object", objection=" ")
    assert (empty.status, empty.events) == (200, [])
    assert empty.alert

    answer = client.send(form, answer="object", objection="The auditor worked for a competitor")

    assert (answer.status, answer.events) == (302, ["plan.objected"])
    assert Plan.objects.get().objection


def test_a_plan_that_lacks_people_is_not_proposed_and_work_does_not_begin_without_agreement(accepted):
    lacking = proposed(accepted)
    early = desk(accepted).post("team", accepted.case.public_id, act="step", step="start")

    assert (lacking.status, lacking.events) == (200, [])
    assert lacking.alert
    assert (early.status, early.events) == (200, [])
    assert early.alert
    assert desk(accepted).post("team", accepted.case.public_id, act="step", step="dance").status == 404


def test_the_bodys_people_do_not_agree_for_the_applicant(staffed):
    proposed(staffed)

    answer = desk(staffed).post("plan", staffed.case.public_id, act="", answer="agree")
    stranger = desk(staffed, "outsider").post("plan", staffed.case.public_id, act="", answer="agree")

    assert (answer.status, answer.events) == (200, [])
    assert "Only the applicant agrees" in answer.text
    assert (stranger.status, stranger.events) == (404, [])


@pytest.mark.parametrize("act", ["visit", "assign", "move", "step"])
@pytest.mark.parametrize("who", ["outsider", "applicant"])
def test_strangers_and_clients_plan_nothing(accepted, who, act):
    answer = desk(accepted, who).post(
        "team", accepted.case.public_id, act=act, step="start", work=stage(accepted), where="on_site",
        visit_from=FIRST, visit_until=FIRST, role="lead_auditor", membership=accepted.lead.public_id,
    )  # fmt: skip

    assert (answer.status, answer.events) == (404, [])


def test_ending_a_case_asks_for_a_reason_and_is_final(accepted):
    client = desk(accepted, "applicant")
    form = client.form("case-ending", accepted.case.public_id, having="reason")
    empty = client.send(form, reason="")
    assert (empty.status, empty.events) == (200, [])
    assert empty.alert

    answer = client.send(form, reason="We were sold")
    again = client.send(form, reason="We were sold", once=None)

    assert (answer.status, accepted.case.stage) == (302, "closed")
    assert (again.status, again.events) == (200, [])
    assert again.alert
    assert desk(accepted, "outsider").post("case-ending", accepted.case.public_id, reason="x").status == 404


def test_a_planner_closes_a_case_with_a_reason(accepted):
    planner = desk(accepted)

    answer = planner.send(planner.form("case-ending", accepted.case.public_id, having="reason"), reason="No answer")

    assert (answer.status, accepted.case.stage, accepted.case.closed_because) == (302, "closed", {"en": "No answer"})
    assert at(TODAY)
