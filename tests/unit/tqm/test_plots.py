"""Figures of sampling, improvement, proficiency tests, precision, uncertainty and screens."""

from __future__ import annotations

from pathlib import Path

import pytest

from testamur.kernel.refusal import Refused
from testamur.tqm import figure_of, pareto, precision_study, scores, to_svg
from testamur.tqm.cases import inputs, read
from testamur.tqm.figures.figure import Bars
from testamur.tqm.methods import find, index

CASES = Path(__file__).resolve().parents[2] / "cases" / "tqm"
DRAWN = [
    case
    for case in read(CASES)
    if find(case["method"]).chart.startswith("testamur.tqm.") and ".plots:" in find(case["method"]).chart
]


@pytest.mark.parametrize("case", DRAWN, ids=lambda case: case["id"])
def test_every_case_of_a_method_with_a_figure_is_drawn_the_same_twice(case):
    result = find(case["method"]).run(*inputs(case))
    first = to_svg(figure_of(result))

    assert first == to_svg(figure_of(find(case["method"]).run(*inputs(case))))
    assert first.startswith("<svg") and "nan" not in first.replace("Quantity", "")


def test_every_kind_of_figure_has_a_case_or_is_drawn_here():
    charts = {method.chart for method in index().values() if ".plots:" in method.chart}

    assert charts - {find(case["method"]).chart for case in DRAWN} == {
        "testamur.tqm.sampling.plots:curve_figure",
        "testamur.tqm.pt.plots:density_figure",
    }
    density = find("kernel_density").run({"values": [9.8, 10, 10.1, 10.2, 9.9, 10.4]}, {"x_pt": 10})
    assert to_svg(figure_of(density)).startswith("<svg")
    curve = find("aoq").run({"plan": {"n": 80, "c": 2}}, {"lot": 1000})
    assert to_svg(figure_of(curve)).startswith("<svg")


def test_scores_stand_in_rising_order_and_those_beyond_three_in_another_shape_of_bar():
    figure = figure_of(scores([5.0, -4.0, 1.0], x_pt=0, sigma_pt=1, lab=["A", "B", "C"]))
    plot = figure.plots[0]

    assert plot.x_names == ("B", "C", "A")
    assert [mark.role for mark in plot.marks if isinstance(mark, Bars)] == ["bar", "signal"]


def test_every_plotted_number_is_in_a_table():
    figure = figure_of(pareto(["a", "b"], [3, 1]))

    assert figure.plots[0].tables[0].rows == (("a", 3.0, 75.0, 75.0), ("b", 1.0, 25.0, 100.0))


def test_equal_results_are_drawn_without_a_number_that_is_none():
    figure = figure_of(precision_study(["A", "A", "B", "B", "C", "C"], [0.1] * 6))

    assert "nan" not in to_svg(figure)


def test_two_laboratories_have_no_mandel_bars():
    with pytest.raises(Refused, match="at least three laboratories"):
        figure_of(precision_study(["A", "A", "B", "B"], [1, 2, 3, 4.5]))
