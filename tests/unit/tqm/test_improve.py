"""Pareto analysis, FMEA and 8D."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testamur.kernel.refusal import Refused
from testamur.tqm import EightD, eight_d, fmea_action_priority, fmea_rpn, pareto
from testamur.tqm.improve.eight import BACK, REQUIRED, STEPS

FACTS = {
    "D0": {"symptom": "leak", "emergency_action": "stop shipment"},
    "D1": {"leader": "A", "members": ["B"]},
    "D2": {"problem": "seal leaks", "is_not": "lot 12"},
    "D3": {"containment": "sort", "containment_check": "0 of 500", "containment_effective": True},
    "D4": {"cause_of_occurrence": "worn die", "cause_of_escape": "gauge too coarse", "verification": "reproduced"},
    "D5": {"corrective_actions": ["new die"], "verification": "trial run"},
    "D6": {"implemented": "line 2", "before": "chart 1", "after": "chart 2", "effective": True},
    "D7": {"fmea_rows": ["F-12"], "control_plan": "CP-3", "prevention": "die life limit"},
    "D8": {"recognition": "thanked", "closed_by": "C"},
}


def up_to(step: str) -> EightD:
    report = EightD()
    for one in STEPS[: STEPS.index(step)]:
        report = report.record(one, FACTS[one], evidence=["sha256:1"])
    return report


# --- Pareto ----------------------------------------------------------------------------------------------------------


def test_equal_counts_keep_their_order_and_other_stands_last():
    found = pareto(["b", "other", "a", "c"], [3, 9, 3, 5])

    assert found.order == ("c", "b", "a", "other")
    assert "large_rest" in {warning.code for warning in found.warnings}


def test_costs_weigh_the_categories():
    assert pareto(["dent", "leak"], [10, 2], costs=[1, 50]).order == ("leak", "dent")


def test_names_without_counts_are_counted():
    found = pareto(["x", "y", "x", "x", "y", "z"])

    assert dict(zip(found.order, found.weight, strict=True)) == {"x": 3, "y": 2, "z": 1}


def test_a_share_reached_exactly_counts_as_reached():
    assert pareto(["a", "b", "c"], [0.1, 0.7, 0.2]).vital_few_80 == 2
    assert pareto(["a", "b", "c"], [0.1, 0.7, 0.2], share=0.9).vital_few_80 == 2


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=12).filter(any), st.integers(1, 50))
@settings(max_examples=50, deadline=None)
def test_scaling_all_counts_changes_no_share_and_no_order(counts, scale):
    names = [f"n{place}" for place in range(len(counts))]
    before, after = pareto(names, counts), pareto(names, [scale * count for count in counts])

    assert before.order == after.order
    assert after.percent == pytest.approx(before.percent)
    assert before.vital_few_80 == after.vital_few_80


@pytest.mark.parametrize("counts", [[0, 0], [1, -1], [1, None], [1], ["many", 1]])
def test_counts_that_are_none_are_refused(counts):
    with pytest.raises(Refused):
        pareto(["a", "b"], counts)


# --- FMEA ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "priority"),
    [
        ((10, 1, 10), "L"),
        ((10, 2, 2), "L"),
        ((9, 2, 7), "H"),
        ((8, 4, 6), "M"),
        ((10, 4, 1), "M"),
        ((4, 8, 1), "M"),
        ((2, 8, 5), "M"),
        ((2, 7, 10), "L"),
        ((1, 10, 10), "L"),
        ((7, 3, 5), "M"),
        ((6, 7, 1), "L"),
    ],
)
def test_cells_at_the_edges_of_the_bands_have_the_priority_of_the_handbook(row, priority):
    assert fmea_action_priority([row]).ap == (priority,)


def test_a_worse_rating_never_lowers_the_priority():
    rank = "LMH".index
    rows = list(product(range(1, 11), repeat=3))
    priority = dict(zip(rows, fmea_action_priority(rows).ap, strict=True))

    for s, o, d in rows:
        for worse in ((s + 1, o, d), (s, o + 1, d), (s, o, d + 1)):
            if worse in priority:
                assert rank(priority[worse]) >= rank(priority[s, o, d])


@pytest.mark.parametrize("row", [(0, 1, 1), (11, 1, 1), (1.5, 1, 1), ("x", 1, 1), (1, 2), {"S": 1, "O": 2}])
def test_ratings_beyond_one_to_ten_are_refused(row):
    with pytest.raises(Refused):
        fmea_action_priority([row])


def test_the_table_of_monitoring_and_system_response_is_not_invented():
    with pytest.raises(Refused, match="FMEA-MSR"):
        fmea_action_priority([(1, 1, 1)], table="FMEA-MSR")


def test_the_risk_priority_number_comes_without_a_threshold():
    found = fmea_rpn([{"s": 10, "o": 1, "d": 8}, {"S": 1, "O": 8, "D": 10}])

    assert found.rpn == (80, 80)
    assert [warning.code for warning in found.warnings] == ["no_threshold"]


# --- 8D --------------------------------------------------------------------------------------------------------------


def test_an_8d_report_closes_after_nine_disciplines_in_their_order():
    report = up_to("D8").record("D8", FACTS["D8"])

    assert report.closed
    assert [entry.step for entry in report.current] == list(STEPS)
    with pytest.raises(Refused, match="closed"):
        report.record("D8", FACTS["D8"])


@pytest.mark.parametrize(("stage", "step"), [(a, b) for a in STEPS for b in STEPS if a != b])
def test_no_discipline_is_recorded_before_its_turn(stage, step):
    with pytest.raises(Refused, match="cannot be recorded yet"):
        up_to(stage).record(step, FACTS[step], evidence=["x"])


@pytest.mark.parametrize(("step", "name"), [(step, name) for step, names in REQUIRED.items() for name in names])
def test_no_discipline_passes_with_an_entry_missing(step, name):
    for empty in (None, "", "  ", [], False):
        with pytest.raises(Refused):
            up_to(step).record(step, {**FACTS[step], name: empty}, evidence=["x"])


def test_the_cause_of_escape_is_not_the_cause_of_occurrence():
    same = {**FACTS["D4"], "cause_of_escape": FACTS["D4"]["cause_of_occurrence"]}

    with pytest.raises(Refused, match="two questions"):
        up_to("D4").record("D4", same, evidence=["x"])


@pytest.mark.parametrize("step", ["D3", "D4", "D6"])
def test_containment_causes_and_correction_need_evidence(step):
    with pytest.raises(Refused, match="needs evidence"):
        up_to(step).record(step, FACTS[step])


@pytest.mark.parametrize(("stage", "step"), [(a, b) for a in (*STEPS, "closed") for b in STEPS])
def test_a_report_goes_back_only_along_the_published_ways(stage, step):
    report = up_to("D8").record("D8", FACTS["D8"]) if stage == "closed" else up_to(stage)

    if step in BACK.get(stage, ()):
        again = report.reopen(step, reason="complaint came back")
        assert again.stage == step
        assert len(again.history) == len(report.history) + 1
        assert all(STEPS.index(entry.step) < STEPS.index(step) for entry in again.current)
    else:
        with pytest.raises(Refused):
            report.reopen(step, reason="complaint came back")


def test_going_back_needs_a_reason():
    with pytest.raises(Refused, match="Say why"):
        up_to("D6").reopen("D4", reason=" ")


def test_the_records_of_a_report_say_where_it_stands():
    records = [{"step": step, "facts": FACTS[step], "evidence": ["x"]} for step in STEPS[:6]]
    found = eight_d([*records, {"reopen": "D4", "reason": "die was not it"}])

    assert (found.stage, found.reopened, found.done) == ("D4", 1, STEPS[:4])
    assert found.missing == REQUIRED["D4"]
