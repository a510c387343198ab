"""Uncertainty budgets, Monte Carlo trials, decision rules and rounding (JCGM 100, 101, 106)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats

from testamur.kernel.refusal import Refused
from testamur.tqm import Model, Quantity, decision_rule, monte_carlo, propagate, rounded, welch_satterthwaite


def codes(result):
    return {warning.code for warning in result.warnings}


# --- formulas --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "formula",
    ["__import__('os')", "a.__class__", "a if b else 1", "[a]", "a, b", "lambda: a", "a == b", "a;b", "f'{a}'", "a[0]",
     "sqrt(a, b)", "open(a)", "a @ b", "a // b", "a b", "", "-" * 200 + "a", "1" + "+1" * 3000,
     "True", "'a'", "q0_", "1j"],
)  # fmt: skip
def test_a_formula_that_is_none_is_refused_and_never_executed(formula):
    with pytest.raises(Refused):
        Model(formula, ["a", "b"])


def test_names_may_contain_dots_and_units_and_chinese():
    assert Model("lambda.s * (1 + 2e-3)^2", ["lambda.s"])(3.0) == pytest.approx(3 * 1.002**2)
    assert Model("1000*m*P/V", ["m_mg", "P", "V_mL"])(2.0, 3.0, 4.0) == 1500
    assert Model("质量/体积", ["质量", "体积"])(6.0, 3.0) == 2
    with pytest.raises(Refused, match="no quantity"):
        Model("x*y", ["x"])


def test_a_formula_takes_whole_arrays():
    assert Model("sqrt(a)+2*ln(b)", ["a", "b"])(np.array([1.0, 4.0]), np.array([1.0, np.e])) == pytest.approx([1, 4])


# --- law of propagation ----------------------------------------------------------------------------------------------


def test_sensitivities_by_complex_step_are_exact():
    found = propagate("x^3*sin(y)/exp(z)", [Quantity("x", 1.3, 0.1), Quantity("y", 0.7, 0.1), Quantity("z", 0.2, 0.1)])
    scale = np.exp(-0.2)
    expected = [3 * 1.69 * np.sin(0.7) * scale, 1.3**3 * np.cos(0.7) * scale, -(1.3**3) * np.sin(0.7) * scale]

    assert [line.c for line in found.lines] == pytest.approx(expected, rel=1e-14)


def test_a_function_that_takes_no_complex_numbers_is_differentiated_by_differences():
    found = propagate(lambda x, y: float(x) * max(y, 0.0), [Quantity("x", 2, 0.1), Quantity("y", 3, 0.2)])

    assert [line.c for line in found.lines] == pytest.approx([3, 2], rel=1e-8)


def test_fully_correlated_inputs_add_up_and_opposed_ones_cancel():
    a, b = Quantity("a", 1, 0.3), Quantity("b", 1, 0.3)

    assert propagate("a+b", [a, b], correlation={("a", "b"): 1}).u == pytest.approx(0.6)
    assert propagate("a-b", [a, b], correlation={("a", "b"): 1}).u == pytest.approx(0, abs=1e-9)
    assert propagate("a-b", [a, b], correlation=[[1, 0.5], [0.5, 1]]).u == pytest.approx(0.3)


def test_the_impedance_example_of_the_gum_comes_out_with_its_correlations():  # JCGM 100, H.2
    inputs = [Quantity("V", 4.9990, 0.0032), Quantity("I", 19.6610e-3, 0.0095e-3), Quantity("phi", 1.04446, 0.00075)]
    r = {("V", "I"): -0.36, ("V", "phi"): 0.86, ("I", "phi"): -0.65}

    resistance = propagate("V/I*cos(phi)", inputs, correlation=r, k=1)
    reactance = propagate("V/I*sin(phi)", inputs, correlation=r, k=1)
    impedance = propagate("V/I", inputs[:2], correlation={("V", "I"): -0.36}, k=1)

    assert (resistance.y, resistance.u) == pytest.approx((127.732, 0.071), abs=0.0015)
    assert (reactance.y, reactance.u) == pytest.approx((219.847, 0.295), abs=0.0015)
    assert (impedance.y, impedance.u) == pytest.approx((254.260, 0.236), abs=0.001)


@pytest.mark.parametrize(
    "correlation",
    [{("a", "b"): 1.2}, {("a", "x"): 0.1}, {("a", "a"): 0.5}, [[1, 0.5], [0.4, 1]], [[1, 2], [2, 1]], [[1]]],
)
def test_impossible_correlations_are_refused(correlation):
    with pytest.raises(Refused):
        propagate("a+b", [Quantity("a", 1, 1), Quantity("b", 1, 1)], correlation=correlation)


def test_correlations_that_contradict_each_other_are_refused():
    inputs = [Quantity(name, 1, 1) for name in "abc"]

    with pytest.raises(Refused, match="contradict"):
        propagate("a+b+c", inputs, correlation={("a", "b"): 0.9, ("b", "c"): 0.9, ("a", "c"): -0.9})


def test_the_effective_degrees_of_freedom_of_the_gum_come_out():  # JCGM 100, G.4.1, example
    # Contributions of 0.25 %, 0.57 % and 0.82 % with 9, 4 and 14 degrees of freedom: 19.
    u = float(np.hypot(np.hypot(0.25, 0.57), 0.82))

    assert round(welch_satterthwaite(u, [0.25, 0.57, 0.82], [9, 4, 14]), 1) == 19.0
    assert welch_satterthwaite(1, [1], [1e9]) == float("inf")


def test_few_degrees_of_freedom_widen_the_expanded_uncertainty():
    few = propagate("a", [Quantity("a", 1, 0.1, dof=4)])
    many = propagate("a", [Quantity("a", 1, 0.1)])

    assert few.k == pytest.approx(stats.t.ppf(0.975, 4))
    assert many.k == pytest.approx(stats.norm.ppf(0.975))
    assert many.to_dict()["nu_eff"] == 1e9


def test_the_square_of_a_quantity_near_zero_needs_terms_of_second_order():
    found = propagate("a^2", [Quantity("a", 0, 0.1)])

    assert found.u == 0
    assert found.u_second == pytest.approx(np.sqrt(2) * 0.01)
    assert {"nonlinear", "no_uncertainty"} <= codes(found)


@given(st.floats(0.1, 10), st.floats(-5, 5))
@settings(max_examples=30, deadline=None)
def test_scaling_the_measurand_scales_its_uncertainty(scale, shift):
    inputs = [Quantity("a", 2.0, 0.1, dof=5), Quantity("b", 3.0, 0.2)]
    before = propagate("a*b", inputs)
    after = propagate(f"{scale!r}*a*b + ({shift!r})", inputs)

    assert after.u == pytest.approx(scale * before.u)
    assert after.nu_eff == pytest.approx(before.nu_eff)
    assert [line.percent for line in after.lines] == pytest.approx([line.percent for line in before.lines])


@pytest.mark.parametrize("formula", ["1/a", "sqrt(a-1)", "ln(a)"])
def test_a_model_without_a_value_at_the_estimates_is_refused(formula):
    with pytest.raises(Refused, match="no finite value"):
        propagate(formula, [Quantity("a", 0, 0.1)])


@pytest.mark.parametrize("wrong", [{"u": -1}, {"u": float("nan")}, {"dof": 0}, {"distribution": "cauchy"}, {"x": "x"}])
def test_a_quantity_that_is_none_is_refused(wrong):
    with pytest.raises(Refused):
        Quantity(**{"name": "a", "x": 1.0, "u": 0.1, **wrong})


def test_half_widths_and_certificates_become_standard_uncertainties():
    assert Quantity.within("a", 0, 3).u == pytest.approx(3**0.5)
    assert Quantity.within("a", 0, 6, "triangular").u == pytest.approx(6**0.5)
    assert Quantity.within("a", 0, 2, "arcsine").u == pytest.approx(2**0.5)
    assert Quantity.expanded("a", 0, 0.5, k=2.5).u == pytest.approx(0.2)


# --- Monte Carlo -----------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_trials_and_stands_in_the_evidence():  # pitfall 23
    inputs = [Quantity("a", 1, 0.1), Quantity.within("b", 2, 0.3)]
    first, again = (monte_carlo("a*b", inputs, trials=20_000, seed=5) for _time in range(2))

    assert first.shortest_interval == again.shortest_interval
    assert first.evidence()["seed"] == 5
    assert monte_carlo("a*b", inputs, trials=20_000, seed=6).mean != first.mean


@pytest.mark.parametrize(
    ("quantity", "law"),
    [
        (Quantity("a", 3, 2), stats.norm(3, 2)),
        (Quantity("a", 3, 2, dof=6), stats.t(6, 3, 2)),
        (Quantity.within("a", 3, 2), stats.uniform(1, 4)),
        (Quantity.within("a", 3, 2, "triangular"), stats.triang(0.5, 1, 4)),
        (Quantity.within("a", 3, 2, "arcsine"), stats.arcsine(1, 4)),
    ],
)
def test_inputs_are_drawn_from_their_distribution(quantity, law):
    seen = []
    monte_carlo(lambda a: seen.append(np.array(a)) or a, [quantity], trials=20_000)
    drawn = np.concatenate([np.atleast_1d(one) for one in seen if np.size(one) > 1])

    assert stats.kstest(drawn, law.cdf).pvalue > 1e-4


def test_the_shortest_interval_of_a_skewed_distribution_is_shorter_and_lies_left():
    found = monte_carlo("exp(a)", [Quantity("a", 0, 1)], trials=400_000)
    law = stats.lognorm(1)
    best = optimize.minimize_scalar(lambda p: law.ppf(p + 0.95) - law.ppf(p), bounds=(1e-6, 0.049), method="bounded").x

    low, high = found.shortest_interval
    assert high - low == pytest.approx(law.ppf(best + 0.95) - law.ppf(best), rel=0.02)
    assert high < found.symmetric_interval[1]
    assert "gum_disagrees" in codes(found)


def test_correlated_normal_inputs_are_drawn_together():
    inputs = [Quantity("a", 0, 1), Quantity("b", 0, 1)]
    found = monte_carlo("a-b", inputs, correlation={("a", "b"): 0.8}, trials=200_000)

    assert found.u == pytest.approx(np.sqrt(2 - 1.6), rel=0.01)
    assert found.gum_agrees
    with pytest.raises(Refused, match="drawn with a correlation"):
        monte_carlo("a-b", [Quantity.within("a", 0, 1), inputs[1]], correlation={("a", "b"): 0.8})


def test_the_adaptive_procedure_stops_when_its_results_are_stable():
    found = monte_carlo("a+b", [Quantity("a", 0, 1), Quantity.within("b", 0, 1)])
    cut = monte_carlo("a+b", [Quantity("a", 0, 1), Quantity.within("b", 0, 1)], digits=4, most=20_000)

    assert found.stable and found.u == pytest.approx(np.sqrt(1 + 1 / 3), abs=0.02)
    assert not cut.stable
    assert "not_stable" in codes(cut)


def test_a_model_that_breaks_in_some_trials_is_refused():
    with pytest.raises(Refused, match="Some trials have no finite value"):
        monte_carlo("sqrt(a)", [Quantity("a", 1, 1)], trials=10_000)


def test_a_constant_gives_an_interval_of_no_width():
    found = monte_carlo("a*2", [Quantity("a", 1.5, 0)])

    assert found.shortest_interval == (3.0, 3.0)
    assert found.u == 0


# --- decision rules --------------------------------------------------------------------------------------------------


def test_a_guard_band_of_u_holds_the_risk_of_a_wrong_acceptance():
    found = decision_rule(9.8, 0.1, upper=10.0)

    assert found.upper_acceptance == pytest.approx(9.8)
    assert found.conforms
    assert found.risk == pytest.approx(stats.norm.sf(2))


def test_within_a_guard_band_neither_pass_nor_fail_is_stated():
    accept = decision_rule(9.9, 0.1, upper=10.0)
    reject = decision_rule(10.1, 0.1, upper=10.0, rule="guarded_rejection")

    assert accept.conforms is None and reject.conforms is None
    assert accept.risk is None
    assert "conditional" in codes(accept)
    assert decision_rule(10.01, 0.1, upper=10.0).conforms is False
    assert decision_rule(10.3, 0.1, upper=10.0, rule="guarded_rejection").conforms is False


def test_the_simple_rule_shares_the_risk_and_says_so():
    found = decision_rule(10.0, 0.1, upper=10.0, rule="simple")

    assert found.conforms and found.risk == pytest.approx(0.5)
    assert "shared_risk" in codes(found)


def test_a_tolerance_too_narrow_for_the_measurement_is_refused_or_marked():
    with pytest.raises(Refused, match="guard bands meet"):
        decision_rule(10, 1, lower=9, upper=11)
    assert "poor_capability" in codes(decision_rule(10, 0.3, lower=9, upper=11))


@pytest.mark.parametrize("wrong", [{}, {"lower": 2, "upper": 1}, {"upper": 1, "rule": "hope"}, {"upper": 1, "r": -1}])
def test_a_rule_without_limits_or_sense_is_refused(wrong):
    with pytest.raises(Refused):
        decision_rule(1, 0.1, **wrong)


def test_without_uncertainty_a_value_conforms_or_it_does_not():
    assert decision_rule(1, 0, upper=1).p_conform == 1
    assert decision_rule(1.1, 0, upper=1).risk == 0


# --- rounding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "u", "digits", "shown"),
    [(10.05762, 0.027, 2, ("10.058", "0.027")), (1002.7, 0.8637, 1, ("1002.7", "0.9")),
     (123456, 1234, 2, ("123500", "1200")),
     (1.0, 0.0996, 2, ("1.00", "0.10")), (0.5, 0.25, 1, ("0.5", "0.2")), (-0.0004, 0.01, 1, ("0.00", "0.01")),
     (5.5, 0, 2, ("5.5", "0")), (1, 9.96, 2, ("1", "10"))],
)  # fmt: skip
def test_a_result_is_written_to_the_place_of_its_uncertainty(x, u, digits, shown):
    assert rounded(x, u, digits=digits) == shown


def test_an_uncertainty_may_be_rounded_up():
    assert rounded(1.0, 0.121, digits=2, up=True)[1] == "0.13"
