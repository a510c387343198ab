"""Robust averages and deviations of proficiency tests (ISO 13528:2022, Annex C)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from testamur.kernel.refusal import Refused
from testamur.tqm import algorithm_a, algorithm_s, censored, consensus, hampel, q_method, qn, robust_summary
from testamur.tqm.pt import robust

RESULTS = [3.96, 4.56, 5.99, 6.08, 6.2, 6.72, 8.1, 8.73, 9.57, 12.1, 12.5, 13.1, 15.6, 15.9, 16.3, 17.0, 17.4, 19.0]
rounds = st.lists(st.integers(-500, 500).map(lambda n: n / 10), min_size=5, max_size=30)


def plain_algorithm_a(x: np.ndarray, factor: float) -> tuple[float, float]:
    """Algorithm A as the standard describes it, one round, three hundred steps."""
    m = np.median(x)
    s = np.median(np.abs(x - m)) / stats.norm.ppf(0.75)
    for _step in range(300):
        clipped = np.clip(x, m - 1.5 * s, m + 1.5 * s)
        m, s = clipped.mean(), factor * clipped.std(ddof=1)
    return float(m), float(s)


def test_algorithm_a_agrees_with_three_hundred_plain_steps_on_rounds_with_outliers():
    draw = np.random.default_rng(7)
    x = draw.standard_normal((40, 20)) + 50
    x[:, :3] += 4 * draw.standard_normal((40, 3))

    found = algorithm_a(x)

    for place in range(40):
        m, s = plain_algorithm_a(x[place], robust.winsorised_factor())
        assert found.x_star[place] == pytest.approx(m, rel=1e-11)
        assert found.s_star[place] == pytest.approx(s, rel=1e-8)
    assert set(found.status) == {"converged"}


def test_the_factor_of_algorithm_a_is_that_of_a_winsorised_normal_distribution():
    variance = 2 * stats.norm.expect(lambda z: z**2, lb=0, ub=1.5) + 2 * 2.25 * stats.norm.sf(1.5)

    assert robust.winsorised_factor() == pytest.approx(variance**-0.5, rel=1e-9)
    assert round(robust.winsorised_factor(), 3) == 1.133


def test_a_round_with_missing_results_gives_what_the_round_without_them_gives():
    short = [1.1, 0.9, 1.3, 1.0, 4.0]

    found = algorithm_a([[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.1, None, 0.9, 1.3, 1.0, 4.0]])

    alone = algorithm_a(short)
    assert found.x_star[1] == pytest.approx(alone.x_star, rel=1e-12)
    assert found.s_star[1] == pytest.approx(alone.s_star, rel=1e-9)
    assert list(found.p) == [6, 5]


@given(rounds, st.floats(0.1, 50), st.floats(-1000, 1000))
@settings(max_examples=60, deadline=None)
def test_shifting_and_scaling_results_shifts_and_scales_algorithm_a(values, scale, shift):
    before = algorithm_a(values)
    after = algorithm_a((np.array(values) * scale + shift).tolist())

    if {before.status, after.status} == {"converged"}:
        size = scale * (1 + max(map(abs, values))) + abs(shift)
        assert after.x_star == pytest.approx(before.x_star * scale + shift, rel=1e-7, abs=1e-7 * size)
        assert after.s_star == pytest.approx(before.s_star * scale, rel=1e-5, abs=1e-7 * size)


@given(st.permutations(RESULTS))
@settings(max_examples=25, deadline=None)
def test_the_order_of_the_laboratories_changes_nothing(values):
    assert algorithm_a(values).x_star == algorithm_a(RESULTS).x_star
    assert qn(values).s == qn(RESULTS).s
    assert q_method(values).s == pytest.approx(q_method(RESULTS).s, rel=1e-12)
    assert hampel(values).x_star == pytest.approx(hampel(RESULTS).x_star, rel=1e-12)


def test_an_offset_of_a_thousand_million_costs_no_digit_of_the_deviation():
    near = algorithm_a([0.125, 0.25, 0.375, 0.5, 0.875])
    far = algorithm_a([1e9 + x for x in (0.125, 0.25, 0.375, 0.5, 0.875)])

    assert far.s_star == pytest.approx(near.s_star, rel=1e-9)
    assert far.x_star - 1e9 == pytest.approx(near.x_star, abs=3e-7)


# --- pitfall 3: ties -------------------------------------------------------------------------------------------------


def test_where_more_than_half_the_results_are_equal_another_scale_begins_instead_of_a_division_by_zero():
    found = algorithm_a([5] * 11 + [1, 2, 3, 4, 6, 7, 8, 9, 10])

    assert found.start == "nIQR"
    assert found.status == "converged"
    assert found.s_star > 0


def test_a_round_of_equal_results_says_that_there_is_no_variation():
    found = algorithm_a([7.3] * 9)

    assert (found.x_star, found.s_star, found.status) == (7.3, 0.0, "no_variation")
    assert "no_variation" in {warning.code for warning in found.warnings}
    assert q_method([7.3] * 9).s == 0
    assert qn([7.3] * 9).status == "collapsed"


def test_a_round_of_almost_equal_results_says_that_its_deviation_collapsed():
    found = algorithm_a([5] * 18 + [1, 9])

    assert (found.x_star, found.s_star, found.status) == (5.0, 0.0, "collapsed")


@pytest.mark.parametrize("count", range(2, 40))
def test_the_q_method_finds_no_spread_among_equal_results_however_many(count):
    assert q_method([0.1] * count).s == 0


@given(st.lists(st.sampled_from([0.0, 0.1, 0.3, 5.0]), min_size=2, max_size=12))
@settings(max_examples=80, deadline=None)
def test_no_tied_round_ever_gives_infinity_or_a_value_outside_its_results(values):
    found = algorithm_a(values)

    assert np.isfinite([found.x_star, found.s_star, qn(values).s, q_method(values).s]).all()
    assert min(values) - 1e-12 <= found.x_star <= max(values) + 1e-12


def test_a_batch_tells_each_round_its_own_status():
    found = algorithm_a([[1, 2, 3, 4], [1, 1, 1, 1], [1, None, None, None]])

    assert list(found.status) == ["converged", "no_variation", "too_few"]
    assert np.isnan(found.s_star[2])


# --- Qn, Q, Hampel, Algorithm S --------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [2, 3, 5, 8, 12, 13, 20, 31])
def test_qn_is_the_order_statistic_of_all_pairwise_distances(p):
    x = np.random.default_rng(p).standard_normal(p)
    h = p // 2 + 1
    distances = sorted(abs(a - b) for place, a in enumerate(x) for b in x[:place])

    expected = distances[h * (h - 1) // 2 - 1] / (np.sqrt(2) * stats.norm.ppf(5 / 8))

    assert qn(x, finite=False).s == pytest.approx(expected, rel=1e-12)


def test_the_finite_factor_makes_qn_nearly_unbiased_for_normal_results():
    x = np.random.default_rng(3).standard_normal((20_000, 9))

    assert float(np.mean(qn(x).s)) == pytest.approx(1, abs=0.02)


def test_qn_of_rounds_of_different_size_equals_qn_of_each():
    found = qn([[1, 2, 4, 8, 16], [3, 1, 2, None, None]])

    assert found.s[0] == pytest.approx(qn([1, 2, 4, 8, 16]).s)
    assert found.s[1] == pytest.approx(qn([1, 2, 3]).s)


def test_differences_that_are_equal_on_paper_are_one_step_of_the_q_method():
    tenths = q_method([0.1, 0.2, 0.3, 0.4, 0.6, 0.7]).s

    assert tenths == pytest.approx(q_method([1, 2, 3, 4, 6, 7]).s / 10, rel=1e-9)


def test_the_q_method_compares_laboratories_and_never_replicates_of_one():
    spread_within = q_method([1.0, 9.0, 1.0, 9.0, 1.0, 9.0], laboratory=["A", "A", "B", "B", "C", "C"])
    swapped = q_method([9.0, 1.0, 1.0, 9.0, 9.0, 1.0], laboratory=["A", "A", "B", "B", "C", "C"])

    assert spread_within.s == pytest.approx(swapped.s)
    with pytest.raises(Refused, match="at least two"):
        q_method([1.0, 2.0], laboratory=["A", "A"])


def test_hampel_solves_its_equation():
    found = hampel(RESULTS)

    total = robust.hampel_psi((np.array(RESULTS) - found.x_star) / found.s_star).sum()
    numeric = optimize.brentq(
        lambda m: robust.hampel_psi((np.array(RESULTS) - m) / found.s_star).sum(),
        found.x_star - found.s_star,
        found.x_star + found.s_star,
    )
    assert total == pytest.approx(0, abs=1e-9)
    assert found.x_star == pytest.approx(numeric, rel=1e-9)


def test_of_two_groups_hampel_takes_the_root_nearest_the_median_and_says_that_there_are_more():
    found = hampel([1.0, 1.1, 1.2, 1.3, 1.15, 9.0, 9.1, 9.2], s=0.1)

    assert found.roots > 1
    assert found.x_star == pytest.approx(1.15, abs=0.05)
    assert "several_roots" in {warning.code for warning in found.warnings}


def test_hampel_refuses_a_spread_of_nothing():
    with pytest.raises(Refused, match="most results are equal"):
        hampel([2.0] * 8)


@pytest.mark.parametrize(("freedom", "eta", "xi"), [(1, 1.645, 1.097), (2, 1.517, 1.054), (10, 1.264, 1.016)])
def test_the_factors_of_algorithm_s_are_those_of_the_standard(freedom, eta, xi):
    assert [round(factor, 3) for factor in robust.algorithm_s_factors(freedom)] == [eta, xi]


def test_algorithm_s_estimates_the_deviation_that_normal_laboratories_share():
    draw = np.random.default_rng(5)
    deviations = draw.standard_normal((400, 3)).std(axis=1, ddof=1)
    deviations[:20] *= 8

    pooled = float(np.sqrt(np.mean(deviations**2)))

    assert algorithm_s(deviations, degrees_of_freedom=2).s == pytest.approx(1, abs=0.12)
    assert pooled > 1.5


def test_algorithm_s_refuses_a_negative_deviation():
    with pytest.raises(Refused, match="cannot be negative"):
        algorithm_s([0.1, -0.2], degrees_of_freedom=1)


# --- censored results, refusals --------------------------------------------------------------------------------------


def test_results_below_a_limit_are_shown_in_three_ways_and_none_is_chosen_silently():
    found = censored(["<10", 12, 19, 20, "＜30", 25, 23, 28])

    assert found.ignored["p"] == found.half["p"] == 8
    assert found.omitted["p"] == 6
    assert found.half["x_star"] < found.ignored["x_star"]
    assert found.median_low <= found.median_high
    assert [warning.code for warning in found.warnings if warning.code == "censored"]


def test_a_result_above_a_limit_is_refused_with_its_row():
    with pytest.raises(Refused, match="Result 2 is only known to exceed"):
        censored([1, ">50", 3])


@pytest.mark.parametrize("values", [["1.2", "abc"], [1.0, float("inf")], [1.0], "1,2,3", [True, 1.0]])
def test_what_is_no_round_of_results_is_refused(values):
    with pytest.raises(Refused):
        algorithm_a(values)


def test_consensus_of_few_laboratories_warns_that_its_uncertainty_counts():
    assert "few_laboratories" in {warning.code for warning in consensus(RESULTS[:8]).warnings}
    assert "few_laboratories" not in {warning.code for warning in consensus(RESULTS).warnings}


def test_the_summary_holds_what_each_function_gives():
    found = robust_summary(RESULTS).answer()

    assert found["algA_mean"] == pytest.approx(algorithm_a(RESULTS).x_star, rel=1e-9)
    assert found["qn_robustbase_finite"] == qn(RESULTS).s


@pytest.mark.parametrize("seed", range(5))
def test_the_peer_finds_the_same_values(seed):
    peer = pytest.importorskip("pt13528.robust", reason="pt13528 is not installed (testamur[test])")
    x = np.round(np.random.default_rng(seed).standard_t(3, 21) + 20, 2).tolist()

    by_a = peer.algorithm_a(x, tol=1e-12)
    found = algorithm_a(x, factor="printed")

    assert found.x_star == pytest.approx(by_a["location"], rel=1e-8)
    assert found.s_star == pytest.approx(by_a["scale"], rel=1e-8)
    assert q_method(x).s == pytest.approx(peer.q_method(x), rel=1e-9)
    assert hampel(x).x_star == pytest.approx(peer.hampel(x, peer.q_method(x)), rel=1e-9)
    assert qn(x).s == pytest.approx(peer.qn(x), rel=1e-4)  # the peer rounds the factors as the standard prints them
