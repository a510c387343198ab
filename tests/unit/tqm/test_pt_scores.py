"""Scores of participants, σ_pt, homogeneity and stability (ISO 13528:2022, 8, 9 and Annex B)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from testamur.kernel.refusal import Refused
from testamur.tqm import expanded_criterion, homogeneity, horwitz, scores, stability
from testamur.tqm.methods import find

ITEMS = [[10.1, 10.3], [9.9, 10.0], [10.4, 10.2], [10.0, 10.1], [9.8, 10.1], [10.2, 10.2], [10.3, 10.1], [9.7, 9.9],
         [10.0, 10.3], [10.1, 9.9]]  # fmt: skip


def codes(result):
    return {warning.code for warning in result.warnings}


def test_every_score_follows_its_formula():
    found = scores([10.0, 12.0], x_pt=11.0, sigma_pt=0.5, U_xpt=0.2, U=[0.4, 0.3], k=2, delta_E=2.0)

    assert found.z == pytest.approx([-2, 2])
    assert found.z_prime == pytest.approx(np.array([-1, 1]) / np.hypot(0.5, 0.1))
    assert found.zeta == pytest.approx([-1 / np.hypot(0.2, 0.1), 1 / np.hypot(0.15, 0.1)])
    assert found.En == pytest.approx([-1 / np.hypot(0.4, 0.2), 1 / np.hypot(0.3, 0.2)])
    assert found.PA_pct == pytest.approx([-50, 50])


@pytest.mark.parametrize(
    ("z", "rating"), [(2.0, "acceptable"), (2.0001, "warning"), (2.9999, "warning"), (3.0, "action"), (-3.0, "action")]
)
def test_two_is_still_acceptable_and_three_already_calls_for_action(z, rating):
    assert scores([z], x_pt=0, sigma_pt=1).rating == (rating,)


def test_an_en_of_one_calls_for_action():
    assert scores([1.0], x_pt=0, U_xpt=0.6, U=[0.8]).En_rating == ("action",)
    assert scores([0.999], x_pt=0, U_xpt=0.6, U=[0.8]).En_rating == ("acceptable",)


def test_an_assigned_value_that_is_itself_uncertain_is_rated_by_z_prime():  # pitfall 18
    sure = scores([2.1], x_pt=0, sigma_pt=1, U_xpt=0.4)
    unsure = scores([2.1], x_pt=0, sigma_pt=1, U_xpt=1.2)

    assert (sure.estimator, sure.rating) == ("z", ("warning",))
    assert (unsure.estimator, unsure.rating) == ("z'", ("acceptable",))
    assert "uncertain_assigned_value" in codes(unsure)


def test_an_understated_uncertainty_is_flagged():  # pitfall 19
    found = scores([1, 1, 1, 1], x_pt=0, sigma_pt=1, U_xpt=0.5, U=[0.1, 1.0, 8.0, None])

    assert found.u_flag == ("low", "ok", "high", "")
    assert np.isnan(found.zeta[3]) and np.isnan(found.En[3])
    assert "low_uncertainty" in codes(found)


def test_a_consensus_value_is_not_independent_of_the_results():
    assert "correlated_consensus" in codes(scores([1, 2], x_pt=1.5, U_xpt=0.1, U=[1, 1], consensus=True))


@pytest.mark.parametrize(
    "wrong",
    [{"sigma_pt": 0}, {"sigma_pt": -1}, {"sigma_pt": 1, "U_xpt": -0.1}, {"sigma_pt": 1, "U": [-1]}, {},
     {"sigma_pt": 1, "U": [1], "k": 0}, {"sigma_pt": float("nan")}],
)  # fmt: skip
def test_scores_without_a_scale_are_refused(wrong):
    with pytest.raises(Refused):
        scores([1.0], x_pt=0, **wrong)


def test_percentages_of_an_assigned_value_of_zero_are_left_out():
    found = scores([0.1], x_pt=0, sigma_pt=1)

    assert found.D_pct is None
    assert "no_percent" in codes(found)


def test_horwitz_changes_its_form_at_both_ends():
    c = [1e-8, 1.2e-7, 1e-3, 0.138, 0.5]
    expected = [0.22 * 1e-8, 0.02 * 1.2e-7**0.8495, 0.02 * 1e-3**0.8495, 0.02 * 0.138**0.8495, 0.01 * 0.5**0.5]

    assert horwitz(c).sigma == pytest.approx(expected)


@pytest.mark.parametrize("c", [0, -1e-6, 1.2, "text"])
def test_horwitz_refuses_what_is_no_mass_fraction(c):
    with pytest.raises(Refused):
        horwitz(c)


def test_homogeneity_is_the_analysis_of_variance_of_the_items():
    found = homogeneity(ITEMS, sigma_pt=0.5)
    x = np.array(ITEMS)
    ratio = stats.f_oneway(*x).statistic

    assert found.s_w**2 == pytest.approx(np.mean(x.var(axis=1, ddof=1)))
    assert 2 * found.s_x**2 / found.s_w**2 == pytest.approx(ratio)
    assert found.s_s**2 == pytest.approx(max(found.s_x**2 - found.s_w**2 / 2, 0))


def test_homogeneity_is_shifted_and_scaled_with_its_items():
    x = np.array(ITEMS)

    before, after = homogeneity(x.tolist()), homogeneity((3 * x + 100).tolist())

    assert after.s_s == pytest.approx(3 * before.s_s)
    assert after.mean == pytest.approx(3 * before.mean + 100)


def test_a_negative_spread_between_items_becomes_zero_and_says_so():  # pitfall 11
    found = homogeneity([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0]], sigma_pt=1)

    assert found.s_s == 0
    assert {"between_clamped", "few_items"} <= codes(found)


def test_items_measured_once_are_refused():
    with pytest.raises(Refused, match="at least twice"):
        homogeneity([[1.0], [2.0]])


def test_stability_is_judged_against_sigma_pt():
    check = homogeneity(ITEMS, sigma_pt=0.5)

    assert stability([[10.1, 10.0], [10.0, 10.1]], reference=check).stable
    assert not stability([[11.1, 11.0], [11.0, 11.1]], reference=check).stable
    with pytest.raises(Refused, match="Give σ_pt"):
        stability([[10.0]], reference=homogeneity(ITEMS))


def test_the_expanded_criterion_takes_any_number_of_replicates():
    found = expanded_criterion([10], replicates=3)

    assert found.F2[0] == pytest.approx((stats.f.ppf(0.95, 9, 20) - 1) / 3)


def test_scores_are_computed_from_columns_as_from_rows():
    settings = {"x_pt": 10, "sigma_pt": 0.5, "U_xpt": 0.2}
    rows = {"results": [{"lab": "A", "x": "10,4", "U": 0.3}, {"lab": "B", "x": 9.1, "U": 0.2}]}
    columns = {"lab": ["A", "B"], "x": ["10,4", 9.1], "U": [0.3, 0.2]}

    assert find("pt_scores").run(columns, settings).answer() == find("pt_scores").run(rows, settings).answer()
    with pytest.raises(Refused, match="at least x"):
        find("pt_scores").run({"lab": ["A"]}, settings)
