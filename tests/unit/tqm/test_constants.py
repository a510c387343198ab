"""Constants are computed: compared here with other integrations and closed forms."""

from __future__ import annotations

import math

import pytest
from scipy import integrate, stats

from testamur.kernel.refusal import Refused
from testamur.tqm import constants


@pytest.mark.parametrize("n", [2, 3, 5, 10, 25, 100])
def test_d2_is_the_mean_of_the_range(n):
    oracle = integrate.quad(lambda x: 1 - stats.norm.cdf(x) ** n - stats.norm.sf(x) ** n, -12, 12, epsabs=1e-12)[0]

    assert constants.d2(n) == pytest.approx(oracle, rel=1e-10)


@pytest.mark.parametrize("n", [3, 5])
def test_d3_is_the_standard_deviation_of_the_range(n):
    phi = stats.norm.cdf

    def inside(x, y):
        return 1 - phi(y) ** n - (1 - phi(x)) ** n + (phi(y) - phi(x)) ** n

    second = 2 * integrate.dblquad(inside, -8, 8, lambda y: -8, lambda y: y, epsabs=1e-7)[0]

    assert constants.d3(n) == pytest.approx(math.sqrt(second - constants.d2(n) ** 2), rel=1e-5)


def test_two_values_have_closed_forms():
    assert constants.d2(2) == pytest.approx(2 / math.sqrt(math.pi), rel=1e-12)
    assert constants.d3(2) == pytest.approx(math.sqrt(2 - 4 / math.pi), rel=1e-10)
    assert constants.c4(2) == pytest.approx(math.sqrt(2 / math.pi), rel=1e-14)
    assert constants.E2() == pytest.approx(2.6587, abs=5e-5)
    assert constants.range_median(2) == pytest.approx(0.9539, abs=5e-5)
    assert constants.range_median(5) == pytest.approx(2.257, abs=1e-3)


def test_factors_of_five_are_those_every_book_prints():
    printed = {"A2": 0.577, "A3": 1.427, "B3": 0, "B4": 2.089, "D3": 0, "D4": 2.114}

    assert {name: round(getattr(constants, name)(5), 3) for name in printed} == printed | {"D4": 2.114}


def test_d2_star_of_one_group_of_three_is_duncans():
    assert constants.d2_star(3, 1) == pytest.approx(1.91, abs=0.005)
    assert constants.d2_star(3, 10_000) == pytest.approx(constants.d2(3), rel=1e-4)


@pytest.mark.parametrize("size", [1, 0, 2.5])
def test_a_size_without_a_range_is_refused(size):
    with pytest.raises(Refused, match="no such constant"):
        constants.d2(size)
