"""Precision experiments and their outlier tests (ISO 5725-2)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from testamur.kernel.refusal import Refused
from testamur.tqm import cochran, functional_relation, grubbs, grubbs_double, mandel, precision_study
from testamur.tqm.precision import outliers

LAB = [name for name in "ABCDEF" for _replicate in range(3)]
VALUE = [5.1, 5.3, 5.2, 4.9, 5.0, 5.2, 5.6, 5.5, 5.4, 5.0, 5.1, 5.3, 5.2, 5.2, 5.4, 4.8, 5.0, 4.9]


def codes(result):
    return {warning.code for warning in result.warnings}


def test_repeatability_and_reproducibility_are_the_mean_squares_of_the_laboratories():
    found = precision_study(LAB, VALUE)
    x = np.array(VALUE).reshape(6, 3)
    within = x.var(axis=1, ddof=1).mean()
    between = 3 * x.mean(axis=1).var(ddof=1)

    assert found.s_r**2 == pytest.approx(within)
    assert found.s_R**2 == pytest.approx(within + (between - within) / 3)
    assert between / within == pytest.approx(stats.f_oneway(*x).statistic)
    assert found.r_limit == pytest.approx(1.959964 * np.sqrt(2) * found.s_r, rel=1e-6)


def test_unequal_cells_weigh_each_laboratory_by_its_results():
    lab, value = [*LAB, "F", "F"], [*VALUE, 5.0, 4.95]
    found = precision_study(lab, value)

    assert found.n_bar == pytest.approx((20 - (5 * 9 + 25) / 20) / 5)
    assert found.general_mean == pytest.approx(np.mean(value))
    assert "unequal_cells" in codes(found)


@given(st.floats(0.01, 100), st.floats(-1e5, 1e5))
@settings(max_examples=30, deadline=None)
def test_shifting_and_scaling_results_shifts_and_scales_the_precision(scale, shift):
    before = precision_study(LAB, VALUE)
    after = precision_study(LAB, (scale * np.array(VALUE) + shift).tolist())

    assert after.s_R == pytest.approx(scale * before.s_R, rel=1e-5)
    assert after.mandel_h == pytest.approx(before.mandel_h, rel=1e-4, abs=1e-4)


@given(st.randoms())
@settings(max_examples=15, deadline=None)
def test_the_order_of_results_and_laboratories_changes_nothing(random):
    rows = list(zip(LAB, VALUE, strict=True))
    random.shuffle(rows)
    found = precision_study(*zip(*rows, strict=True))

    assert found.s_R == pytest.approx(precision_study(LAB, VALUE).s_R, rel=1e-12)


def test_a_negative_variance_between_laboratories_becomes_zero_and_says_so():  # pitfall 11
    found = precision_study(["A", "A", "B", "B", "C", "C"], [1, 3, 1, 3, 1, 3])

    assert found.s_L == 0
    assert found.s_R == found.s_r
    assert "between_clamped" in codes(found)


def test_an_outlier_is_flagged_and_never_removed_by_itself():
    value = list(VALUE)
    value[0] = 9.9
    found = precision_study(LAB, value)

    assert found.answer()["cochran_lab"] == "A"
    assert "outlier" in codes(found)
    assert "A" in found.labs and not found.excluded


def test_excluding_a_laboratory_needs_a_reason_that_the_result_keeps():
    found = precision_study(LAB, VALUE, exclude={"F": "used another method"})

    assert "F" not in found.labs
    assert found.excluded == {"F": "used another method"}
    assert found.evidence()["parameters"]["exclude"] == {"F": "used another method"}
    with pytest.raises(Refused, match="Record why laboratory F"):
        precision_study(LAB, VALUE, exclude={"F": " "})
    with pytest.raises(Refused, match="no laboratory Z"):
        precision_study(LAB, VALUE, exclude={"Z": "?"})


@pytest.mark.parametrize(
    ("lab", "value"),
    [
        (["A", "A", "B"], [1, 2, 3]),
        (["A"] * 4, [1, 2, 3, 4]),
        (["A", "A", "B", "B"], [1, 2, 3]),
        (["A", "A", "B", "B"], [1, 2, None, 3]),
        (["A", "A", "B", "B"], [1, 2, "x", 3]),
    ],
)
def test_what_is_no_precision_experiment_is_refused(lab, value):
    with pytest.raises(Refused):
        precision_study(lab, value)


def test_equal_results_everywhere_are_no_variation_and_no_infinity():  # pitfalls 3 and 17
    found = precision_study(["A", "A", "B", "B", "C", "C"], [0.1] * 6)

    assert (found.s_r, found.s_R) == (0, 0)
    assert found.cochran.finding == found.grubbs.finding == "untested"
    assert np.isnan(found.mandel_k).all()
    assert "no_variation" in codes(found)
    assert found.to_dict()["cochran_C"] is None


def test_cochran_of_two_laboratories_is_the_f_test_of_their_variances():  # pitfall 17
    found = cochran([1.0, 3.0], replicates=4)

    assert found.p == pytest.approx(2 * stats.f.sf(9, 3, 3))
    assert cochran([0.0, 3.0], replicates=4).p == 0
    assert "two_laboratories" in codes(precision_study(["A", "A", "B", "B"], [1, 2, 3, 4.5]))


@pytest.mark.parametrize(("p", "n"), [(5, 2), (8, 3), (12, 4)])
def test_one_round_in_a_hundred_exceeds_the_critical_value_of_an_outlier(p, n):
    draw = np.random.default_rng(p).standard_normal((60_000, p, n))
    squares = draw.var(axis=2, ddof=1)
    means = draw.mean(axis=2)
    c = squares.max(axis=1) / squares.sum(axis=1)
    away = np.abs(means - means.mean(axis=1, keepdims=True))
    g = away.max(axis=1) / means.std(axis=1, ddof=1)

    assert np.mean(c > outliers.cochran_critical(p, n, 0.01)) == pytest.approx(0.01, abs=0.0025)
    assert np.mean(g > outliers.grubbs_critical(p, 0.01)) == pytest.approx(0.01, abs=0.0025)
    h = away[:, 0] / means.std(axis=1, ddof=1)
    k = np.sqrt(squares[:, 0] / squares.mean(axis=1))
    assert np.mean(h > outliers.h_critical(p, 0.05)) == pytest.approx(0.05, abs=0.005)
    assert np.mean(k > outliers.k_critical(p, n, 0.05)) == pytest.approx(0.05, abs=0.005)


@pytest.mark.parametrize(("p", "five", "one"), [(5, 0.0090, 0.0018), (8, 0.1101, 0.0563), (10, 0.1864, 0.1150)])
def test_the_critical_values_for_two_outliers_are_those_of_the_standard(p, five, one):
    found = grubbs_double(list(range(p)))

    assert found.crit_5 == pytest.approx(five, rel=0.03)
    assert found.crit_1 == pytest.approx(one, rel=0.06)


def test_two_outliers_that_hide_each_other_are_found_together():  # pitfall 16
    means = [10.0, 10.1, 9.9, 10.05, 9.95, 10.02, 12.0, 12.05]

    assert grubbs(means).finding == "none"
    found = grubbs_double(means)
    assert (found.finding, found.where) == ("outlier", (6, 7))
    assert found.evidence()["seed"] == outliers.SEED  # pitfall 23


def test_one_distant_mean_is_an_outlier_whatever_its_side():
    assert grubbs([1.0, 1.1, 0.9, 1.05, 5.0]).where == (4,)
    assert grubbs([1.0, 1.1, 0.9, 1.05, -3.0]).where == (4,)


def test_mandels_statistics_of_all_laboratories_add_up():
    found = mandel([1.0, 2.0, 3.0, 5.0], [0.1, 0.2, 0.3, 0.4], replicates=3)

    assert found.h.sum() == pytest.approx(0)
    assert (found.h**2).sum() == pytest.approx(3)
    assert (found.k**2).mean() == pytest.approx(1)


@pytest.mark.parametrize(
    ("form", "s"),
    [
        ("constant", lambda m: 0.5 + 0 * m),
        ("proportional", lambda m: 0.1 * m),
        ("linear", lambda m: 0.3 + 0.05 * m),
        ("power", lambda m: 0.2 * m**0.6),
    ],
)
def test_a_relation_is_recovered_from_exact_deviations(form, s):
    m = np.array([1.0, 2.0, 5.0, 10.0, 40.0])
    found = functional_relation(m, s(m))

    assert getattr(found, form)["misfit"] == pytest.approx(0, abs=1e-9)


def test_a_relation_needs_levels_that_differ_and_lie_above_zero():
    with pytest.raises(Refused, match="above 0"):
        functional_relation([0, 1, 2], [1, 1, 1])
    with pytest.raises(Refused, match="All levels are equal"):
        functional_relation([2, 2, 2], [1, 1.5, 1])
