"""Who may be put on a team: every check with its sentence and clause, on the days of the work."""

from datetime import date, timedelta

import pytest

from small_world import PLATFORM, given, member, organisation
from testamur.kernel.refusal import Refused
from testamur.parties.actions import bar, record_engagement
from testamur.selection import actions, policies, queries
from testamur.selection.turns import Problems
from tests.unit.selection.world import TEAM, TODAY, at, on

FIRST = TODAY + timedelta(days=16)
LAST = FIRST + timedelta(days=2)


@pytest.fixture
def case(world):
    return world.accepted()


def assign(world, case, who, role="auditor", first=FIRST, last=LAST):
    with on(TODAY) as moment:
        return actions.assign(
            case=case, membership=who, role=role, from_day=first, until_day=last, by=world.planner, at=moment
        )


def another(world, name, *, registered=True, competent=True, **more):
    found = member(world.body, *TEAM, name=name)
    if registered:
        world.register(found.person)
    if competent:
        world.competent(found.person, "auditor", **more)
    return found


def test_a_competent_registered_and_free_auditor_is_put_on_the_team_with_what_was_checked(world, case):
    made = assign(world, case, world.auditor)

    rules = {one["rule"] for one in made.checked}
    assert {
        "CAB.impartiality_person",
        "selection.competence",
        "authority.auditors-registered",
        "selection.busy",
    } <= rules
    assert all(one["ok"] and one["source"] for one in made.checked)


def advised(world, who, until, **more):
    with on(TODAY) as moment:
        record_engagement(
            client=world.client,
            kind="consulting",
            from_day=date(2024, 1, 1),
            until_day=until,
            source="own declaration",
            person=who.person,
            by=world.applicant,
            at=moment,
            **more,
        )


def test_who_advised_the_client_within_two_years_is_refused_with_the_clause_and_the_day(world, case):
    advised(world, world.auditor, date(2025, 3, 31))

    with pytest.raises(Refused, match="advised Sample Rings until 2025-03-31") as caught:
        assign(world, case, world.auditor)

    assert caught.value.rule == "CAB.impartiality_person"
    assert caught.value.source == "iso-17021-1@2015#5.2.10"
    assert caught.value.until == date(2027, 3, 31)


def test_who_still_advises_the_client_is_refused(world, case):
    advised(world, world.auditor, None)

    with pytest.raises(Refused, match="at the time of the work"):
        assign(world, case, world.auditor)


def test_generic_information_is_no_threat(world, case):
    advised(world, world.auditor, date(2026, 1, 31), client_specific=False)

    assert assign(world, case, world.auditor)


def test_advice_longer_than_two_years_ago_is_no_threat_any_more(world, case):
    advised(world, world.auditor, FIRST.replace(year=2024))

    assert assign(world, case, world.auditor)


def test_a_registration_that_ends_before_the_last_day_is_refused(world, case):
    tan = another(world, "Tan", registered=False)
    world.register(tan.person, until=FIRST)

    with pytest.raises(Refused, match="expired on") as caught:
        assign(world, case, tan)
    assert caught.value.source.startswith("cn-rca@2023-07-20#art. 14")


def test_who_is_not_registered_is_refused(world, case):
    with pytest.raises(Refused, match="holds no registration"):
        assign(world, case, another(world, "Tan", registered=False))


def test_a_trainee_is_no_auditor(world, case):
    tan = another(world, "Tan", registered=False)
    world.register(tan.person, grade="trainee")

    with pytest.raises(Refused, match="at least auditor is needed"):
        assign(world, case, tan)


def test_who_is_registered_to_practise_in_another_body_may_not_work_here(world, case):
    tan = another(world, "Tan", registered=False)
    other = organisation("Other Body")
    given(
        world.scheme("person-auditor"),
        issuer=world.registrar,
        person=tan.person,
        grade="auditor",
        lines=[
            {
                "document": world.node("documents", "gbt-19001@2016"),
                "body": {"tree": "organisations", "node": other.public_id},
            }
        ],
    )

    with pytest.raises(Refused, match="does not cover"):
        assign(world, case, tan)


def test_competence_is_judged_on_the_day_of_the_work(world, case):
    tan = another(world, "Tan", until_day=LAST - timedelta(days=1))

    with pytest.raises(Refused, match="not competent in") as caught:
        assign(world, case, tan)
    assert caught.value.rule == "selection.competence"

    assert assign(world, case, tan, last=LAST - timedelta(days=1))


def test_competence_for_another_standard_does_not_do(world, case):
    with pytest.raises(Refused, match="not competent in"):
        assign(world, case, another(world, "Song", documents=("gbt-24001@2016",)))


def test_withdrawn_competence_counts_no_more(world, case):
    song = another(world, "Song", competent=False)
    row = world.competent(song.person, "auditor")
    with on(TODAY) as moment:
        actions.withdraw_competence(competence=row, on=TODAY, by=world.planner, at=moment)

    with pytest.raises(Refused, match="not competent in"):
        assign(world, case, song)


def test_nobody_is_at_two_places_on_one_day(world, case):
    assign(world, case, world.auditor)
    elsewhere = world.accepted(world.submitted(world.open()))

    with pytest.raises(Refused, match=f"busy from {FIRST} to {LAST}") as caught:
        assign(world, elsewhere, world.auditor, first=LAST, last=LAST + timedelta(days=1))
    assert caught.value.until == LAST + timedelta(days=1)

    assert assign(world, elsewhere, world.auditor, first=LAST + timedelta(days=1), last=LAST + timedelta(days=1))


def test_two_cases_of_one_visit_are_one_place(world, case):
    other = world.accepted(world.submitted(world.open()))
    with on(TODAY) as moment:
        actions.plan_visit(
            work=[(case, "stage1", None), (other, "stage1", None)],
            visited=world.client,
            where="on_site",
            from_day=FIRST,
            until_day=LAST,
            by=world.planner,
            at=moment,
        )
    assign(world, case, world.auditor)

    assert assign(world, other, world.auditor)


def test_another_bodys_work_shows_as_busy_and_nothing_else(world, case):
    other = organisation("Other Body")
    planner = member(other, "application", "selection", name="Zheng")
    there = member(other, *TEAM, name="Hu twin")
    there.person = world.auditor.person
    there.save()
    given(
        world.scheme("licence-certification-body"),
        issuer=world.regulator,
        holder=other,
        lines=[{"field": world.node("fields", "system.qms")}],
    )
    theirs = world.accepted(world.submitted(world.open(issuer=other)), by=planner)
    theirs.assignments.create(
        membership=there, role="auditor", from_day=FIRST, until_day=LAST, effective_at=at(TODAY), by=planner
    )

    with pytest.raises(Refused, match="another body's work") as caught:
        assign(world, case, world.auditor)
    assert theirs.number not in str(caught.value.facts.get("case", ""))


def test_the_clients_own_people_cannot_assess_it(world, case):
    twin = member(world.body, *TEAM, name="Wu twin")
    twin.person = world.applicant.person
    twin.save()

    with pytest.raises(Refused, match="belongs to Sample Rings"):
        assign(world, case, twin)


def test_who_does_not_hold_the_functions_of_the_role_is_refused(world, case):
    with pytest.raises(Refused, match="does not hold the functions"):
        assign(world, case, world.reviewer)


def test_somebody_of_a_strange_organisation_is_refused(world, case):
    with pytest.raises(Refused, match="stands on another side"):
        assign(world, case, world.outsider)


def test_who_is_barred_is_refused(world, case):
    with on(TODAY) as moment:
        bar(
            party=world.auditor.person,
            ground="rca72",
            from_day=TODAY,
            source="cn-rca@2023-07-20#art. 72",
            by=world.officer,
            at=moment,
            for_good=True,
        )

    with pytest.raises(Refused, match="barred for good"):
        assign(world, case, world.auditor)


def test_the_work_does_not_end_before_it_begins(world, case):
    with pytest.raises(Refused, match="before it begins"):
        assign(world, case, world.auditor, first=LAST, last=FIRST)


def test_an_auditor_of_the_team_cannot_be_assigned_as_its_decider(world, case):
    both = member(world.body, *TEAM, "review", "decision", name="Mei")
    world.register(both.person)
    world.competent(both.person, "auditor")
    assign(world, case, both)

    with pytest.raises(Refused, match="cannot be Decider as well"):
        assign(world, case, both, role="decider", first=LAST, last=LAST)


def test_assigned_twice_it_is_one_assignment_with_the_later_days(world, case):
    assign(world, case, world.auditor)
    made = assign(world, case, world.auditor, last=FIRST)

    assert case.assignments.get().pk == made.pk
    assert made.until_day == FIRST


def test_a_released_person_stays_on_record_and_is_free_again(world, case):
    made = assign(world, case, world.auditor)
    with on(TODAY) as moment:
        actions.release(assignment=made, because="ill", by=world.planner, at=moment)

    made.refresh_from_db()
    assert (made.removed_because, queries.people_on(case)) == ("ill", [])


def test_the_team_must_have_a_lead_and_together_cover_every_sector(world, case):
    world.competent(world.auditor.person, "auditor")
    assign(world, case, world.auditor)
    review = case.application_reviews.get()
    review.scope = [{**line, "sector": world.node("sectors", "30")} for line in review.scope]
    review.save()

    with on(TODAY) as moment, pytest.raises(Problems) as caught:
        actions.propose_plan(case=case, by=world.planner, at=moment)

    said = [str(one) for one in caught.value.problems]
    assert any("no Lead auditor yet" in one for one in said)
    assert any("Nobody in the team is competent in Sector" in one and "30" in one for one in said)


def test_the_list_of_candidates_says_of_everybody_why_not(world, case):
    advised(world, world.auditor, date(2025, 3, 31))
    song = another(world, "Song", documents=("gbt-24001@2016",))
    tan = another(world, "Tan", registered=False)

    with on(TODAY):
        found = {one.membership.pk: one for one in queries.candidates(case, "auditor", FIRST, LAST)}

    assert found[world.lead.pk].refusal is None
    assert found[world.auditor.pk].refusal.rule == "CAB.impartiality_person"
    assert found[song.pk].refusal.rule == "selection.competence"
    assert found[tan.pk].refusal.rule == "authority.auditors-registered"
    assert world.reviewer.pk not in found
    membership, refusal, checks = found[world.lead.pk]
    assert (membership, refusal) == (world.lead, None) and checks


def test_the_same_lead_serves_one_client_no_longer_than_the_rotation_allows(world):
    case = world.open("voluntary-product-type5")
    case.move("selection", on=TODAY)
    inspector = member(world.body, *TEAM, name="Ma")
    earlier = world.open("voluntary-product-type5")
    earlier.assignments.create(
        membership=inspector,
        role="inspector",
        from_day=date(2022, 2, 1),
        until_day=date(2022, 2, 3),
        effective_at=at(TODAY),
        by=world.planner,
    )
    earlier.move("closed", on=TODAY)

    with on(TODAY):
        found = next(one for one in queries.candidates(case, "inspector", FIRST, LAST) if one.membership == inspector)
    said = [check for check in found.checks if check.rule == "team.rotation"]

    assert not said[0].ok
    assert "since {since}" in said[0].sentence


def lamp_case(world):
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
    return case


def test_a_laboratorys_people_work_only_under_what_their_laboratory_holds(world):
    case = lamp_case(world)
    tester = member(world.laboratory, *TEAM, name="Bai")
    world.competent(tester.person, "tester", documents=("sample-lamp@2026",), sectors=(), organisation=world.laboratory)

    with pytest.raises(Refused, match="holds no accreditation"):
        assign(world, case, tester, role="tester")

    given(
        world.scheme("qualification-lab"),
        issuer=world.regulator,
        holder=world.laboratory,
        lines=[{"method": world.node("methods", "lamp-tests"), "product": world.node("products", "lamp")}],
    )
    assert assign(world, case, tester, role="tester")


def test_nobody_judges_their_own_competence(world):
    planner = member(world.body, "selection", name="Own")
    with on(TODAY) as moment, pytest.raises(Refused, match="their own competence"):
        actions.judge_competence(
            person=planner.person,
            organisation=world.body,
            role="auditor",
            scope=[],
            evidence="x",
            from_day=TODAY,
            by=planner,
            at=moment,
        )


def test_only_who_plans_assigns(world, case):
    with on(TODAY) as moment, pytest.raises(Refused, match="does not act as that here"):
        actions.assign(
            case=case,
            membership=world.auditor,
            role="auditor",
            from_day=FIRST,
            until_day=LAST,
            by=world.lead,
            at=moment,
        )
    assert policies.check_may_assign(case, world.auditor, "auditor", FIRST, LAST)
    assert PLATFORM.rule
