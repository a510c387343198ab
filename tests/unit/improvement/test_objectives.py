"""Quality objectives: a draft until it can be measured, then a line that says on track or behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from small_world import instant, member, organisation
from testamur.improvement.actions import objectives as actions
from testamur.improvement.actions.objectives import Terms
from testamur.improvement.actions.processes import end_process, keep_process
from testamur.improvement.drawings import objective_figure
from testamur.improvement.models import Measurement, Objective, Process
from testamur.improvement.policies.objectives import missing
from testamur.improvement.queries import objectives as queries
from testamur.improvement.queries import processes
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.tqm.figures.svg import to_svg

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = instant(DAY)


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def terms(keeper):
    return Terms(
        statement="Fewer returns", owner=keeper, indicator="returned lots", unit="%", better="less",
        start=Decimal("2.40"), start_on=date(2026, 1, 1), target=Decimal("1.2"), target_on=date(2026, 12, 31),
        means="Measure each lot; train the night shift.",
    )  # fmt: skip


def agreed(keeper, terms):
    made = actions.draft_objective(terms=terms, by=keeper, at=AT)
    return actions.agree_objective(objective=made, by=keeper, at=AT)


def measure(objective, keeper, value, day, source="report"):
    return actions.measure_objective(
        objective=objective,
        value=Decimal(value),
        measured_on=day,
        source=source,
        by=keeper,
        at=instant(date(2026, 12, 1)),
    )


def test_an_objective_without_a_number_stays_a_draft_and_says_why(keeper, terms):
    made = actions.draft_objective(terms=Terms(statement="Be better", owner=keeper), by=keeper, at=AT)

    assert [gap.field for gap in missing(made)] == ["indicator", "start", "target", "target_on", "means"]
    with pytest.raises(Refused, match="Nothing says what is measured"):
        actions.agree_objective(objective=made, by=keeper, at=AT)
    with pytest.raises(Refused, match="still a draft"):
        measure(made, keeper, "1", DAY)
    assert queries.progress(made, DAY).state == "draft" and objective_figure(made, DAY) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"target": Decimal("3")}, "target"),
        ({"target": Decimal("2.4")}, "target"),
        ({"target_on": date(2025, 12, 31)}, "target_on"),
    ],
)
def test_a_step_in_the_wrong_direction_is_no_objective(keeper, terms, change, field):
    made = actions.draft_objective(terms=replace(terms, **change), by=keeper, at=AT)

    assert [gap.field for gap in missing(made)] == [field]


def test_what_was_agreed_does_not_move(keeper, terms):
    made = agreed(keeper, terms)

    with pytest.raises(Refused, match="its numbers do not move"):
        actions.draft_objective(
            terms=replace(terms, target=Decimal("2")), by=keeper, at=AT, objective=made, version=made.version
        )
    assert made.start == "2.40"  # as typed


def test_who_saves_a_draft_second_is_told_to_look_again(keeper, terms):
    made = actions.draft_objective(terms=terms, by=keeper, at=AT)
    actions.draft_objective(terms=terms, by=keeper, at=AT, objective=made, version=0)

    with pytest.raises(Refused, match="changed this since"):
        actions.draft_objective(terms=terms, by=keeper, at=AT, objective=made, version=0)


def test_progress_follows_the_stated_rule(keeper, terms):
    made = agreed(keeper, terms)
    assert queries.progress(made, DAY).state == "unmeasured"
    assert queries.progress(made, DAY).next_on == date(2026, 2, 1)

    half = date(2026, 7, 2)  # 182 of 364 days: the line asks for 1.8
    assert queries.line_at(made, half) == Decimal("1.8")
    measure(made, keeper, "1.81", half)
    assert queries.progress(made, half).state == "behind"
    measure(made, keeper, "1.80", half, source="counted again")
    stands = queries.progress(Objective.objects.get(), half)
    assert (stands.state, stands.last.typed, stands.next_on) == ("on_track", "1.80", date(2026, 8, 2))
    measure(made, keeper, "1.2", date(2026, 9, 1))
    assert queries.progress(Objective.objects.get(), date(2026, 9, 2)).state == "reached"
    assert queries.progress(Objective.objects.get(), half).state == "on_track"  # as it stood then
    assert Measurement.objects.count() == 3


def test_a_target_day_that_passed_is_missed(keeper, terms):
    made = agreed(keeper, terms)
    measure(made, keeper, "1.5", date(2026, 11, 1))

    assert queries.progress(made, date(2027, 1, 1)).state == "missed"


def test_a_value_belongs_to_a_day_between_start_and_today(keeper, terms):
    made = agreed(keeper, terms)
    for day in (date(2025, 12, 31), date(2026, 12, 2)):
        with pytest.raises(Refused):
            measure(made, keeper, "2", day)
    with pytest.raises(Refused, match="at most 24 digits"):
        measure(made, keeper, "1e99", DAY)
    with pytest.raises(TypeError, match="append-only"):
        measure(made, keeper, "2", DAY).save()


def test_an_ended_objective_is_a_record(keeper, terms):
    made = agreed(keeper, terms)
    actions.end_objective(objective=made, because="Reached", by=keeper, at=AT)

    with pytest.raises(Refused, match="ended"):
        measure(made, keeper, "2", DAY)
    assert [event.kind for event in Event.objects.filter(subject_type="improvement.objective").order_by("id")] == [
        "improvement.objective_drafted", "improvement.objective_agreed", "improvement.objective_ended",
    ]  # fmt: skip


def test_only_quality_work_of_ones_own_organisation(keeper, terms):
    made = agreed(keeper, terms)
    stranger = member(organisation("Others"), "quality", name="Zhou")
    colleague = member(keeper.organisation, "application", name="Fang")

    assert list(queries.visible_to(stranger)) == list(queries.visible_to(colleague)) == []
    assert list(queries.visible_to(keeper)) == [made]
    for other in (stranger, colleague):
        with pytest.raises(Refused):
            measure(made, other, "2", DAY)
    with pytest.raises(Refused, match="does not act for"):
        actions.draft_objective(terms=replace(terms, owner=stranger), by=keeper, at=AT)
    foreign = Process.objects.create(
        organisation=stranger.organisation, name="X", owner=stranger, by=stranger, effective_at=AT
    )
    with pytest.raises(Refused, match="answers offered"):
        actions.draft_objective(terms=replace(terms, process=foreign), by=keeper, at=AT)


def test_what_falls_due_within_a_week_waits(keeper, terms):
    made = agreed(keeper, terms)

    assert queries.to_measure(keeper, date(2026, 1, 20)) == []
    assert queries.to_measure(keeper, date(2026, 1, 25)) == [(made, date(2026, 2, 1))]


def test_the_line_is_drawn_with_its_numbers(keeper, terms):
    made = agreed(keeper, replace(terms, indicator="returned <lots>"))
    measure(made, keeper, "2.1", DAY)

    svg = to_svg(objective_figure(Objective.objects.get(), DAY))

    assert "returned &lt;lots&gt;" in svg and "<lots>" not in svg and "2026-03-02" in svg


def test_a_process_is_named_once_and_given_on(keeper):
    other = member(keeper.organisation, "quality", name="Chen")
    made = keep_process(name=" Turning ", owner=keeper, by=keeper, at=AT)
    keep_process(name="Turning", owner=other, by=keeper, at=AT, process=made)

    assert processes.living(keeper).get().owner == other
    with pytest.raises(Refused, match="already"):
        keep_process(name="Turning", owner=keeper, by=keeper, at=AT)
    end_process(process=made, by=keeper, at=AT)
    with pytest.raises(Refused, match="ended already"):
        end_process(process=made, by=keeper, at=AT)
    assert not processes.living(keeper).exists()
