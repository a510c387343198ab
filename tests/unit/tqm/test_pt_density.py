"""Kernel density of results: as an independent program computes it, and what has no density."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from testamur.kernel.refusal import Refused
from testamur.tqm import algorithm_a, kernel_density
from testamur.tqm.figures.of import figure_of
from testamur.tqm.figures.svg import to_svg

VALUES = ["12.02", "11.95", "12.10", "11.88", "12.05", "12.00", "11.97", "12.08", "11.91", "12.03", "12.40", "11.50"]


def test_the_curve_is_that_of_an_independent_program():
    found = kernel_density(VALUES)
    values = np.array([float(one) for one in VALUES])
    theirs = gaussian_kde(values, bw_method=found.bandwidth / values.std(ddof=1))

    assert found.density == pytest.approx(theirs(found.x), rel=1e-9)
    assert found.bandwidth == pytest.approx(0.9 * algorithm_a(values).s_star / len(values) ** 0.2)
    assert found.modes.size == 1 and abs(found.modes[0] - 12.0) < 0.05


def test_the_area_below_the_curve_is_one():
    found = kernel_density(VALUES)
    assert np.trapezoid(found.density, found.x) == pytest.approx(1, abs=0.01) and found.outside == 0


def test_two_methods_with_two_values_are_two_modes():
    found = kernel_density([9.9, 10.0, 10.1, 10.05, 14.9, 15.0, 15.1, 14.95], bandwidth=0.4)
    assert [round(float(one)) for one in found.modes] == [10, 15]
    assert [one.code for one in found.warnings] == ["several_modes"]


def test_a_blunder_of_units_does_not_press_the_others_into_one_point():
    found = kernel_density([*VALUES, "12000"])
    assert found.outside == 1 and found.x[-1] < 20 and [one.code for one in found.warnings] == ["outside"]


@pytest.mark.parametrize("values", [VALUES[:5], ["12.1"] * 8, ["0"] * 6, ["1e308", "-1e308"] * 4, ["x"] * 7])
def test_what_has_no_density_is_refused(values):
    with pytest.raises(Refused):
        kernel_density(values)


def test_an_offset_of_a_thousand_million_changes_nothing_but_the_place():
    near, far = kernel_density([float(one) for one in VALUES]), kernel_density([1e9 + float(one) for one in VALUES])
    assert far.density == pytest.approx(near.density, rel=1e-4)


def test_the_drawing_is_the_same_each_time_and_says_the_assigned_value():
    drawn = to_svg(figure_of(kernel_density(VALUES, x_pt=12)))
    assert drawn == to_svg(figure_of(kernel_density(VALUES, x_pt=12)))
    assert "x_pt 12" in drawn and "12 results; modes: 1" in drawn
