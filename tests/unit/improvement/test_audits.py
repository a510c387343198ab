"""Internal audits: nobody audits their own work, and a programme says what nobody looks at."""

from __future__ import annotations

from datetime import date

import pytest

from small_world import instant, member, organisation
from testamur.improvement import clauses
from testamur.improvement.actions import audits as actions
from testamur.improvement.actions import nonconformities as cure
from testamur.improvement.actions.problems import open_problem
from testamur.improvement.actions.processes import keep_process
from testamur.improvement.queries import audits as queries
from testamur.kernel.refusal import Refused
from testamur.parties.models import Membership

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = instant(DAY)


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def auditor(keeper):
    return member(keeper.organisation, "quality", name="Chen")


@pytest.fixture
def turning(keeper):
    return keep_process(name="Turning", owner=keeper, by=keeper, at=AT)


@pytest.fixture
def night(keeper):
    return keep_process(name="Night shift", owner=keeper, by=keeper, at=AT)


@pytest.fixture
def programme(keeper, turning, night):
    return actions.begin_programme(
        title="2026", first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), processes=[turning, night], by=keeper,
        at=AT, clauses=["8.6", "8.5"],
    )  # fmt: skip


def plan(programme, auditor, keeper, processes, numbers, day=DAY):
    return actions.plan_audit(
        programme=programme, auditor=auditor, planned_on=day, processes=processes, clauses=numbers, by=keeper, at=AT
    )


def find(audit, process, clause, by, kind="conformity"):
    return actions.record_finding(
        audit=audit, kind=kind, process=process, clause=clause, statement="As required", seen="Records of May", by=by,
        at=AT,
    )  # fmt: skip


def report(audit, by, day=DAY):
    return actions.report_audit(audit=audit, held_on=day, conclusion="It works.", by=by, at=AT)


def test_who_answers_for_a_process_does_not_audit_it(programme, keeper, auditor, turning):
    with pytest.raises(Refused, match="answers for Turning and cannot audit it") as refused:
        plan(programme, keeper, keeper, [turning], ["8.5"])
    assert refused.value.source == "iso-9001@2015#9.2.2"

    audit = plan(programme, auditor, keeper, [turning], ["8.5"])
    keep_process(name="Turning", owner=auditor, by=keeper, at=AT, process=turning)
    with pytest.raises(Refused, match="cannot audit it"):  # the process was given to the auditor in the meantime
        report(audit, auditor)


def test_the_programme_says_what_nobody_looks_at(programme, keeper, auditor, turning, night):
    audit = plan(programme, auditor, keeper, [turning], ["8.5"])
    found = queries.gaps(programme)
    assert (found.clauses, found.processes) == (("8.5", "8.6"), (night, turning))
    assert (found.unplanned_clauses, found.unplanned_processes) == (("8.6",), (night,))
    report(audit, auditor)

    cells = queries.matrix(programme)
    assert (cells["8.5", turning.pk].state, cells["8.5", turning.pk].day) == ("audited", DAY)
    assert cells["8.6", night.pk].state == "never"
    with pytest.raises(Refused, match=r"Nobody looked at: Night shift, 8\.6 release"):
        actions.complete_programme(programme=programme, by=keeper, at=AT)
    report(plan(programme, auditor, keeper, [night], ["8.6"]), auditor)
    done = actions.complete_programme(programme=programme, by=keeper, at=AT)
    assert done.completed_at == AT
    with pytest.raises(Refused, match="is complete"):
        plan(programme, auditor, keeper, [night], ["8.6"])


def test_the_matrix_says_of_each_cell_what_counts_and_by_when(programme, keeper, auditor, turning, night):
    """A cell that was looked at stays so when it is planned again; a plan counts before an earlier cycle."""
    report(plan(programme, auditor, keeper, [turning], ["8.5"]), auditor)
    again = plan(programme, auditor, keeper, [turning, night], ["8.5"], date(2026, 9, 1))
    plan(programme, auditor, keeper, [night], ["8.6"], date(2026, 10, 1))
    cells = queries.matrix(programme)

    assert {place: (cell.state, cell.day) for place, cell in cells.items()} == {
        ("8.5", turning.pk): ("audited", DAY),
        ("8.5", night.pk): ("planned", date(2026, 9, 1)),
        ("8.6", turning.pk): ("never", None),
        ("8.6", night.pk): ("planned", date(2026, 10, 1)),
    }
    found = queries.gaps(programme)
    assert (found.clauses, found.processes) == (("8.6",), (night,))
    assert found.clause_days["8.6"] == date(2026, 10, 1) and found.process_days[night.pk] == date(2026, 9, 1)
    actions.drop_audit(audit=again, because="Line moved", by=keeper, at=AT)
    assert queries.gaps(programme).process_days[night.pk] == date(2026, 10, 1)


def test_the_matrix_is_read_with_few_questions(programme, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        assert len(queries.matrix(programme)) == 4


def test_nobody_audits_their_own_work_under_another_membership_either(programme, keeper, turning):
    """Independence is of the person: a second membership of the owner is the owner."""
    second = Membership.objects.create(
        person=keeper.person, organisation=keeper.organisation, functions=["quality"], from_day=date(2025, 1, 1),
        until_day=date(2026, 12, 31),
    )  # fmt: skip
    with pytest.raises(Refused, match="answers for Turning"):
        plan(programme, second, keeper, [turning], ["8.5"])


def test_an_earlier_cycle_does_not_cover_this_one(programme, keeper, auditor, turning, night):
    report(plan(programme, auditor, keeper, [turning], ["8.5"]), auditor)
    following = actions.begin_programme(
        title="2027", first_day=date(2027, 1, 1), last_day=date(2027, 12, 31), processes=[turning], by=keeper, at=AT
    )
    cell = queries.matrix(following)["8.5", turning.pk]

    assert (cell.state, cell.day) == ("earlier", DAY)
    assert turning in queries.gaps(following).processes
    assert following.clauses == list(clauses.titles())


def test_an_audit_closes_when_each_nonconformity_is_cured_somewhere(programme, keeper, auditor, turning):
    audit = plan(programme, auditor, keeper, [turning], ["8.5"])
    with pytest.raises(Refused, match="is the auditor"):
        find(audit, turning, "8.5", keeper)
    with pytest.raises(Refused, match="this audit looks at"):
        find(audit, turning, "8.6", auditor)
    finding = find(audit, turning, "8.5", auditor, kind="nonconformity")
    with pytest.raises(Refused, match="Report the audit first"):
        actions.close_audit(audit=audit, by=keeper, at=AT)
    report(audit, auditor)
    with pytest.raises(Refused, match="stay as they are"):
        find(audit, turning, "8.5", auditor)
    with pytest.raises(Refused, match="without a problem") as refused:
        actions.close_audit(audit=audit, by=keeper, at=AT)
    assert refused.value.source == "iso-9001@2015#10.2" and [one.pk for one in queries.to_close(keeper)] == [audit.pk]
    problem = cure.open_problem_of(finding=finding, by=keeper, at=AT)
    assert (problem.origin, problem.since, problem.place) == ("finding", DAY, "Turning (8.5)")
    assert [one.audit for one in problem.audit_findings.all()] == [audit]
    with pytest.raises(Refused, match="cures this nonconformity already"):
        cure.open_problem_of(finding=finding, by=keeper, at=AT)
    actions.close_audit(audit=audit, by=keeper, at=AT)
    with pytest.raises(Refused, match="not closed"):
        cure.correct(finding=finding, correction="Measured", by=keeper, at=AT)
    with pytest.raises(Refused, match="closed already"):
        actions.close_audit(audit=audit, by=keeper, at=AT)


def test_a_correction_is_enough_where_it_says_why_and_only_for_a_nonconformity(programme, keeper, auditor, turning):
    audit = plan(programme, auditor, keeper, [turning], ["8.5"])
    wrong, right = (find(audit, turning, "8.5", auditor, kind=kind) for kind in ("nonconformity", "observation"))
    with pytest.raises(Refused, match="reported audit"):
        cure.correct(finding=wrong, correction="Measured", by=keeper, at=AT)
    report(audit, auditor)
    stranger = member(organisation("Others"), "quality", name="Zhou")
    for finding, text, by in (
        (right, "x", keeper), (wrong, " ", keeper), (wrong, "x" * 501, keeper), (wrong, "x", stranger),
    ):  # fmt: skip
        with pytest.raises(Refused):
            cure.correct(finding=finding, correction=text, by=by, at=AT)
    foreign = open_problem(method="ca", origin="internal", by=stranger, at=AT, statement={
        "title": "x", "what": "x", "place": "x", "extent": "x", "since": DAY})  # fmt: skip
    with pytest.raises(Refused, match="answers offered"):
        cure.name_problem(finding=wrong, problem=foreign, by=keeper, at=AT)
    cure.correct(finding=wrong, correction="One slip, filled in on the day; no other was found", by=keeper, at=AT)
    assert actions.close_audit(audit=audit, by=keeper, at=AT).closed_at == AT


def test_an_audit_that_is_dropped_leaves_its_cells_open(programme, keeper, auditor, turning):
    audit = plan(programme, auditor, keeper, [turning], ["8.5"])
    assert queries.to_hold(auditor, DAY) == [audit] and queries.to_hold(keeper, DAY) == []
    actions.drop_audit(audit=audit, because="Line moved", by=keeper, at=AT)

    assert queries.matrix(programme)["8.5", turning.pk].state == "never" and queries.to_hold(auditor, DAY) == []
    with pytest.raises(Refused, match="dropped"):
        report(audit, auditor)


def test_bad_plans_are_refused(programme, keeper, auditor, turning):
    operator = member(keeper.organisation, "application", name="Fang")
    stranger = member(organisation("Others"), "quality", name="Zhou")
    foreign = keep_process(name="Foreign", owner=stranger, by=stranger, at=AT)
    for who, processes, numbers, day in (
        (operator, [turning], ["8.5"], DAY),
        (stranger, [turning], ["8.5"], DAY),
        (auditor, [], ["8.5"], DAY),
        (auditor, [turning], [], DAY),
        (auditor, [foreign], ["8.5"], DAY),
        (auditor, [turning], ["4.1"], DAY),
        (auditor, [turning], ["8.5"], date(2027, 1, 1)),
    ):
        with pytest.raises(Refused):
            plan(programme, who, keeper, processes, numbers, day)
    facts = {"title": "x", "first_day": DAY, "last_day": date(2027, 1, 1), "by": keeper, "at": AT}
    for change in ({"processes": []}, {"processes": [foreign]}, {"processes": [turning], "clauses": ["11.1"]},
                   {"processes": [turning], "last_day": DAY}):  # fmt: skip
        with pytest.raises(Refused):
            actions.begin_programme(**{**facts, **change})
    assert not queries.visible_to(stranger).exists() and not queries.audits(stranger).exists()
