"""FMEA sheets, control plans, costs and boards: what they take, what they refuse, and who sees them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from small_world import instant, member, organisation
from testamur.improvement.actions import boards, control_plans, costs, problems, risks
from testamur.improvement.models import ControlPlanRow, Rating
from testamur.improvement.queries import boards as board_queries
from testamur.improvement.queries import control_plans as plan_queries
from testamur.improvement.queries import costs as cost_queries
from testamur.improvement.queries import risks as queries
from testamur.kernel.refusal import Refused
from testamur.selection.turns import Problems

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 18)
AT = instant(DAY)
ROW = {"item": "Boring", "mode": "Bore too wide", "effect": "Leaks", "cause": "Tool worn", "prevention": "Tool life",
       "detection": "Gauge", "severity": "8", "occurrence": "6", "detection_rating": "6"}  # fmt: skip
LINE = {"step": "Boring", "watched": "Bore", "specification": "25 mm", "sample": "5", "frequency": "2 h",
        "method": "Chart", "reaction": "Stop"}  # fmt: skip


@pytest.fixture
def people():
    works = organisation("Works")
    return [member(works, "quality", name=name) for name in ("Wu", "Chen")]


@pytest.fixture
def stranger():
    return member(organisation("Other"), "quality")


@pytest.fixture
def sheet(people):
    return risks.begin_fmea(kind="process", title="Line 2", by=people[0], at=AT)


def test_rows_stand_by_priority_and_keep_every_rating(sheet, people):
    low, high = risks.add_failures(
        fmea=sheet, rows=[{**ROW, "severity": "2"}, ROW], by=people[0], at=AT
    )  # fmt: skip
    assert [one.pk for one in queries.living(sheet)] == [high.pk, low.pk]
    assert high.rating.priority == "H" and high.rating.number == 288
    assert [one.pk for one in queries.unanswered(queries.living(sheet))] == [high.pk]

    action = risks.plan_action(failure=high, what="Monitor", owner=people[1], due_on=DAY, by=people[0], at=AT)
    risks.take_action(action=action, taken="Done", done_on=DAY, by=people[1], at=AT)
    risks.rate(failure=high, ratings={"severity": 8, "occurrence": 2, "detection": 2}, reason="Monitor", by=people[0],
               at=AT)  # fmt: skip
    assert [one.priority for one in Rating.objects.filter(failure=high)] == ["H", "L"]


def test_a_file_is_taken_whole_or_not_at_all_and_each_bad_row_is_named(sheet, people):
    rows = [ROW, {**ROW, "severity": "11"}, {**ROW, "mode": " "}, {**ROW, "detection_rating": "2.5"}]

    with pytest.raises(Problems) as found:
        risks.add_failures(fmea=sheet, rows=rows, by=people[0], at=AT)
    assert [one.facts["row"] for one in found.value.problems] == [2, 3, 4]
    assert not sheet.failures.exists()


@pytest.mark.parametrize("odd", ["", "0", "11", "²", "-1", "1e3", "99999999999999999999", "x", None])
def test_a_rating_is_a_whole_number_from_1_to_10(sheet, people, odd):
    with pytest.raises(Refused, match="whole number from 1 to 10"):
        risks.add_failures(fmea=sheet, rows=[{**ROW, "occurrence": odd}], by=people[0], at=AT)


def test_a_removed_row_stays_and_a_changed_one_overwrites_only_what_was_read(sheet, people):
    (row,) = risks.add_failures(fmea=sheet, rows=[ROW], by=people[0], at=AT)
    risks.change_failure(failure=row, texts={**ROW, "cause": "No plan"}, chart=None, version=0, by=people[0], at=AT)
    with pytest.raises(Refused, match="Somebody changed this"):
        risks.change_failure(failure=row, texts=ROW, chart=None, version=0, by=people[0], at=AT)
    risks.remove_failure(failure=row, reason="Step is gone", by=people[0], at=AT)

    assert queries.living(sheet) == []
    with pytest.raises(Refused, match="was removed"):
        risks.rate(failure=row, ratings={}, reason="x", by=people[0], at=AT)


def test_a_control_plan_is_approved_by_another_person_and_then_rests(people):
    author, other = people
    plan = control_plans.draft_plan(title="Bodies", phase="production", number="CP-07", by=author, at=AT)
    with pytest.raises(Refused, match="add its rows first"):
        control_plans.approve_plan(plan=plan, edition=1, by=other, at=AT)
    row = control_plans.set_row(plan=plan, values=LINE, by=author, at=AT)
    with pytest.raises(Refused, match="another person"):
        control_plans.approve_plan(plan=plan, edition=1, by=author, at=AT)
    assert [one.plan_id for one in plan_queries.drafts(other)] == [plan.pk]
    assert not plan_queries.drafts(author).exists()
    control_plans.approve_plan(plan=plan, edition=1, by=other, at=AT)

    with pytest.raises(Refused, match="Begin the next edition"):
        control_plans.set_row(plan=plan, values=LINE, row=row, by=author, at=AT)
    second = control_plans.revise_plan(plan=plan, change="Sample of 10", by=author, at=AT)
    control_plans.set_row(plan=plan, values={**LINE, "sample": "10"}, row=second.rows.get(), by=author, at=AT)
    assert list(ControlPlanRow.objects.values_list("edition__edition", "sample")) == [(1, "5"), (2, "10")]
    with pytest.raises(Refused, match="approved edition"):
        control_plans.remove_row(plan=plan, row=row, by=author, at=AT)
    with pytest.raises(Refused, match="still a draft"):
        control_plans.revise_plan(plan=plan, change="x", by=author, at=AT)


def test_costs_are_decimals_summed_by_month_kind_cause_and_problem(people):
    by = people[0]
    stated = {"title": "t", "what": "w", "place": "p", "extent": "e", "since": DAY}
    problem = problems.open_problem(method="ca", origin="internal", statement=stated, by=by, at=AT)

    def enter(amount, kind="internal", cause="No plan", day=DAY, **more):
        return costs.enter_cost(kind=kind, what="Scrap", cause=cause, amount=Decimal(amount), day=day, by=by, at=AT,
                                problem=problem, **more)  # fmt: skip

    wrong = enter("9999.00")
    enter("3960.10"), enter("1080.20", cause="Mixed"), enter("5.00", kind="appraisal", day=date(2026, 10, 1))
    enter("7.00", currency="EUR")
    costs.take_back_cost(cost=wrong, reason="Typed twice", by=by, at=AT)
    rows = list(cost_queries.visible_to(by).filter(currency="CNY"))

    assert cost_queries.by_month(rows)[date(2026, 11, 1)] == {"internal": Decimal("5040.30")}
    assert cost_queries.by_cause(rows) == {"No plan": Decimal("3960.10"), "Mixed": Decimal("1080.20")}
    assert cost_queries.of_problem(problem)[1] == [("CNY", Decimal("5045.30")), ("EUR", Decimal("7.00"))]
    for odd in ("0", "-1", "0.001", "1e20"):
        with pytest.raises(Refused, match="at most two decimals"):
            enter(odd)
    with pytest.raises(Refused, match="three capital letters"):
        enter("1", currency="yuan")
    with pytest.raises(Refused, match="has not come yet"):
        enter("1", day=DAY + timedelta(days=2))


def test_a_card_needs_a_result_to_be_checked_and_a_decision_to_be_acted_upon(people):
    by = people[0]
    board = boards.make_board(title="Line 2", by=by, at=AT)
    card = boards.put_card(board=board, title="Set-up", aim="15 min", owner=by, due_on=DAY, by=by, at=AT)

    def move(to, **more):
        card.refresh_from_db()
        return boards.move_card(card=card, to=to, version=card.version, by=by, at=AT, **more)

    with pytest.raises(Refused, match="stage beside it"):
        move("check", result="x")
    move("do")
    with pytest.raises(Refused, match="what was seen"):
        move("check")
    move("check", result="17 min")
    with pytest.raises(Refused, match="adopt, adapt or abandon"):
        move("act")
    move("act", decision="adapt")
    assert move("on").cycle == 2 and card.finished_at is None
    for to, more in (("do", {}), ("check", {"result": "14 min"}), ("act", {"decision": "adopt"}), ("on", {})):
        move(to, **more)
    card.refresh_from_db()
    assert card.finished_at is not None and not board_queries.cards(board).exists()
    with pytest.raises(Refused, match="is finished"):
        move("on")
    with pytest.raises(Refused, match="board of this name"):
        boards.make_board(title=" Line  2", by=by, at=AT)


def test_strangers_see_nothing_and_change_nothing(sheet, people, stranger):
    (row,) = risks.add_failures(fmea=sheet, rows=[ROW], by=people[0], at=AT)
    plan = control_plans.draft_plan(title="Bodies", phase="production", by=people[0], at=AT)
    board = boards.make_board(title="Line 2", by=people[0], at=AT)
    cost = costs.enter_cost(kind="internal", what="Scrap", cause="x", amount=Decimal(1), day=DAY, by=people[0], at=AT)

    for ask in (queries, plan_queries, cost_queries, board_queries):
        assert ask.visible_to(people[1]).exists() and not ask.visible_to(stranger).exists()
        assert not ask.visible_to(None).exists()
    for act in (
        lambda: risks.rate(failure=row, ratings=ROW, reason="x", by=stranger, at=AT),
        lambda: control_plans.set_row(plan=plan, values=LINE, by=stranger, at=AT),
        lambda: control_plans.set_row(plan=plan, values={**LINE, "failure": row}, by=stranger, at=AT),
        lambda: boards.put_card(board=board, title="x", aim="x", owner=people[0], due_on=DAY, by=stranger, at=AT),
        lambda: costs.take_back_cost(cost=cost, reason="x", by=stranger, at=AT),
        lambda: control_plans.set_row(
            plan=control_plans.draft_plan(title="x", phase="production", by=stranger, at=AT),
            values={**LINE, "failure": row}, by=stranger, at=AT,
        ),
    ):  # fmt: skip
        with pytest.raises(Refused):
            act()
