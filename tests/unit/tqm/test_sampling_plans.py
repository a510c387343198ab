"""Sampling plans by attributes and by variables, and switching between them (ISO 2859-1, ISO 3951-1, Z1.9)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from testamur.kernel.refusal import Refused
from testamur.tqm import (
    SwitchingState,
    accept_by_variables,
    allowed_fraction,
    code_letter,
    estimated_fraction,
    matched_variables_plan,
    oc_curve,
    oc_variables,
    plan_double,
    plan_single,
    plan_variables,
    switching,
)
from testamur.tqm.sampling import attributes, fraction
from testamur.tqm.sampling import variables as by_variables
from testamur.tqm.sampling.letters import AQLS

#: MIL-STD-414, Table B-1 (Form 1): k as printed, for the AQLs counted from the right (public domain).
PRINTED_K = {
    3: "1.12 .958 .765 .566 .341",
    4: "1.45 1.34 1.17 1.01 .814 .617 .393",
    5: "1.65 1.53 1.40 1.24 1.07 .874 .675 .455",
    7: "2.00 1.88 1.75 1.62 1.50 1.33 1.15 .955 .755 .536",
    10: "2.24 2.11 1.98 1.84 1.72 1.58 1.41 1.23 1.03 .828 .611",
    15: "2.64 2.53 2.42 2.32 2.20 2.06 1.91 1.79 1.65 1.47 1.30 1.09 .886 .664",
    20: "2.69 2.58 2.47 2.36 2.24 2.11 1.96 1.82 1.69 1.51 1.33 1.12 .917 .695",
    25: "2.72 2.61 2.50 2.40 2.26 2.14 1.98 1.85 1.72 1.53 1.35 1.14 .936 .712",
    30: "2.73 2.61 2.51 2.41 2.28 2.15 2.00 1.86 1.73 1.55 1.36 1.15 .946 .723",
    35: "2.77 2.65 2.54 2.45 2.31 2.18 2.03 1.89 1.76 1.57 1.39 1.18 .969 .745",
    50: "2.83 2.71 2.60 2.50 2.35 2.22 2.08 1.93 1.80 1.61 1.42 1.21 1.00 .774",
    75: "2.90 2.77 2.66 2.55 2.41 2.27 2.12 1.98 1.84 1.65 1.46 1.24 1.03 .804",
    100: "2.92 2.80 2.69 2.58 2.43 2.29 2.14 2.00 1.86 1.67 1.48 1.26 1.05 .819",
    150: "2.96 2.84 2.73 2.61 2.47 2.33 2.18 2.03 1.89 1.70 1.51 1.29 1.07 .841",
    200: "2.97 2.85 2.73 2.62 2.47 2.33 2.18 2.04 1.89 1.70 1.51 1.29 1.07 .845",
}


def codes(result):
    return {warning.code for warning in result.warnings}


# --- attributes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lot", "letter"), [(2, "A"), (8, "A"), (9, "B"), (500, "H"), (501, "J"), (500_001, "Q")])
def test_the_code_letter_changes_where_a_row_of_the_table_ends(lot, letter):
    assert code_letter(lot) == letter


@pytest.mark.parametrize("lot", [1, 0, -5, "5-20", "many", 3.5, None])
def test_a_lot_that_is_no_row_of_the_table_is_refused(lot):
    with pytest.raises(Refused):
        code_letter(lot)


def test_an_aql_between_two_of_the_table_is_refused_with_its_neighbours():
    with pytest.raises(Refused, match=r"1\.0, 1\.5"):
        plan_single(1000, 1.2)


def test_after_an_arrow_the_new_sample_size_applies():
    found = plan_single(1000, "0.010")

    assert (found.letter, found.plan_letter, found.n, found.ac) == ("J", "Q", 1000, 0)
    assert {"arrow", "hundred_percent"} <= codes(found)


def test_a_sample_as_large_as_the_lot_means_every_item():  # pitfall 15
    found = plan_single(20, "0.40")

    assert found.hundred_percent and found.n == 20
    assert found.lq10 == 0.0
    assert "hundred_percent" not in codes(plan_single("16-25", "0.40"))


@pytest.mark.parametrize("severity", ["normal", "tightened", "reduced"])
@pytest.mark.parametrize("edition", attributes.EDITIONS)
def test_every_cell_of_every_table_leads_to_a_plan_with_falling_risks(severity, edition):
    for letter in attributes.LETTERS:
        for aql in AQLS:
            plan = plan_single("500001+", aql, severity=severity, edition=edition, letter=letter)
            assert plan.re > plan.ac >= 0
            assert plan.n >= 2


@pytest.mark.parametrize("letter", list("DFHKMQ"))
def test_tightened_inspection_protects_more_than_normal_and_reduced_less(letter):
    for aql in AQLS[3:15]:
        normal, tightened, reduced = (
            plan_single("500001+", aql, letter=letter, severity=severity) for severity in attributes.SEVERITIES
        )
        if {normal.plan_letter, tightened.plan_letter, reduced.plan_letter} == {letter}:
            assert tightened.lq10 <= normal.lq10 <= reduced.lq10


def test_a_plan_shows_the_quality_that_it_still_passes_one_time_in_ten():  # pitfall 14
    found = plan_single(1000, 1.0)

    assert (found.n, found.ac) == (80, 2)
    assert stats.binom.cdf(2, 80, found.lq10) == pytest.approx(0.1)
    assert found.lq10 > 6 * 0.01


def test_the_editions_differ_in_reduced_inspection_and_say_so():  # pitfall 24
    iso = plan_single(1000, 1.0, severity="reduced", edition="1999")
    mil = plan_single(1000, 1.0, severity="reduced", edition="MIL-STD-105E")

    assert iso.re == iso.ac + 1
    assert (mil.n, mil.ac, mil.re) == (32, 1, 3)
    assert "reduced_gap" in codes(mil)
    assert "single_source" in codes(iso)
    with pytest.raises(Refused, match="edition"):
        plan_single(1000, 1.0, edition="2026")


def test_reduced_inspection_of_mil_std_105e_has_a_gap_in_228_of_390_cells():
    cells = [
        plan_single("500001+", aql, letter=letter, severity="reduced", edition="MIL-STD-105E")
        for letter in attributes.LETTERS[:15]
        for aql in AQLS
    ]

    assert sum(plan.re > plan.ac + 1 for plan in cells) == 228
    # Montgomery, Introduction to Statistical Quality Control: 2,000 items, AQL 0.65 %, letter K.
    example = plan_single(2000, "0.65", severity="reduced", edition="MIL-STD-105E")
    assert (example.n, example.ac, example.re) == (50, 1, 3)


def test_the_cell_on_which_sources_differ_is_marked():
    assert "uncertain_cell" in codes(plan_single(200, "1.0", severity="tightened"))
    assert "uncertain_cell" not in codes(plan_single(200, "1.0"))


@pytest.mark.parametrize("edition", attributes.EDITIONS)
def test_a_double_plan_protects_about_as_its_single_plan(edition):
    p = np.linspace(0.001, 0.2, 40)
    for letter in "FGHJKLMN":
        for aql in AQLS[8:14]:
            single = plan_single("500001+", aql, letter=letter, edition=edition)
            double = plan_double("500001+", aql, letter=letter, edition=edition)
            if not double.single and single.plan_letter == double.plan_letter:
                gap = np.abs(oc_curve(single, p).value - oc_curve(double, p).value)
                assert gap.max() < 0.09, (letter, aql)


def test_there_is_no_double_plan_for_an_acceptance_number_of_zero():
    found = plan_double(1000, "0.15")

    assert found.single and found.ac == (0,)
    assert "no_double_plan" in codes(found)


# --- variables -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", sorted(PRINTED_K))
def test_k_computed_from_the_allowed_fractions_is_the_printed_k_of_all_cells(n):
    allowed = [float(text) / 100 for text in by_variables._ALLOWED[n].split()]
    printed = [float(text) for text in PRINTED_K[n].split()]

    assert len(allowed) == len(printed)
    for share, k in zip(allowed, printed, strict=True):
        assert fraction.constant(share, n) == pytest.approx(k, abs=0.006 if k >= 1 else 0.0016)


@given(st.integers(3, 200), st.floats(0.2, 3))
@settings(max_examples=50, deadline=None)
def test_k_and_m_are_inverse_of_each_other(n, k):
    share = allowed_fraction(k, n)

    if 1e-9 < share < 1:
        assert fraction.constant(share, n) == pytest.approx(k, rel=1e-6)


def test_the_sigma_plan_measures_fewer_items_and_meets_the_curve_of_the_s_plan():
    s, sigma = plan_variables(1000, 1.0), plan_variables(1000, 1.0, sigma="known")
    p = np.array([0.005, 0.01, 0.03, 0.06, 0.1])

    assert sigma.n < s.n
    gap = oc_variables(s.n, s.k, p).value - oc_variables(sigma.n, sigma.k, p, sigma_known=True).value
    assert np.abs(gap).max() < 0.03


def test_the_editions_of_variables_plans_differ_where_they_do():  # pitfall 24
    z19 = plan_variables("151-280", 0.4, severity="tightened")
    mil = plan_variables("151-280", 0.4, severity="tightened", edition="MIL-STD-414")

    assert (z19.M, mil.M) == (0.00839, 0.00818)
    assert "single_source" in codes(z19)


def test_a_variables_plan_matched_to_attributes_keeps_both_risks():
    single = plan_single(1000, 1.0)
    found = matched_variables_plan(1000, 1.0)
    good = stats.beta.ppf(0.05, single.ac + 1, single.n - single.ac)

    accepted = oc_variables(found.n, found.k, [good, single.lq10]).value

    assert found.n < single.n
    assert accepted[0] == pytest.approx(0.95, abs=1e-6)
    assert accepted[1] <= 0.10


def test_the_exact_curve_of_a_variables_plan_is_what_samples_of_normal_numbers_show():
    plan = plan_variables(300, 1.0)
    draw = np.random.default_rng(11).standard_normal((40_000, plan.n))
    p = 0.03
    q = (stats.norm.isf(p) - draw.mean(axis=1)) / draw.std(axis=1, ddof=1)

    assert np.mean(q >= plan.k) == pytest.approx(float(oc_variables(plan.n, plan.k, [p]).value[0]), abs=0.01)


SAMPLE = [197.0, 188.0, 184.0, 205.0, 201.0]


@given(st.floats(0.01, 100), st.floats(-1e4, 1e4))
@settings(max_examples=50, deadline=None)
def test_the_estimated_fraction_does_not_depend_on_the_unit(scale, shift):
    before = estimated_fraction(SAMPLE, lower=180, upper=209)
    after = estimated_fraction(
        [scale * x + shift for x in SAMPLE], lower=scale * 180 + shift, upper=scale * 209 + shift
    )

    assert after.p == pytest.approx(before.p, rel=1e-4, abs=1e-9)


def test_the_estimator_of_the_fraction_is_unbiased_for_normal_samples():
    draw = np.random.default_rng(2).standard_normal((4_000, 7))
    q = 1.5 - draw.mean(axis=1)
    x = np.clip(0.5 - q / draw.std(axis=1, ddof=1) * np.sqrt(7) / 12, 0, 1)

    ours = [estimated_fraction(row, upper=1.5).p for row in draw[:50]]

    assert ours == pytest.approx(stats.beta.cdf(x[:50], 2.5, 2.5).tolist())
    assert np.mean(stats.beta.cdf(x, 2.5, 2.5)) == pytest.approx(stats.norm.sf(1.5), abs=0.004)


def test_a_sample_without_spread_says_so_and_divides_by_nothing():  # pitfall 3
    inside = accept_by_variables([5.0] * 7, k=1.5, upper=6)
    outside = accept_by_variables([7.0] * 7, k=1.5, upper=6)

    assert (inside.accepted, inside.p) == (True, 0.0)
    assert (outside.accepted, outside.p) == (False, 1.0)
    assert "no_variation" in codes(inside)


def test_a_skewed_sample_is_told_that_it_does_not_look_normal():
    draw = np.random.default_rng(1).exponential(size=40)

    assert "not_normal" in codes(accept_by_variables(draw, k=1.0, upper=9.0))


@pytest.mark.parametrize(
    "wrong",
    [{}, {"lower": 5, "upper": 4}, {"upper": float("nan")}, {"upper": 9, "sigma": 0}],
)
def test_limits_that_say_nothing_are_refused(wrong):
    with pytest.raises(Refused):
        estimated_fraction(SAMPLE, **wrong)


def test_two_values_are_too_few_for_an_estimated_fraction():
    with pytest.raises(Refused, match="at least 3"):
        estimated_fraction([1.0, 2.0], upper=3)


# --- switching -------------------------------------------------------------------------------------------------------


def test_a_rejected_lot_ends_reduced_inspection():
    state = SwitchingState("reduced", score=None)

    assert state.step(True).severity == "reduced"
    assert state.step(False).severity == "normal"
    assert state.step(True, normal_asked=True).severity == "normal"


def test_reduced_inspection_needs_the_authority():
    assert switching([True] * 40).sequences[0]["after_last"] == "normal"
    assert switching([True] * 40, reduced_authorised=True).sequences[0]["after_last"] == "reduced"


def test_with_larger_acceptance_numbers_the_score_needs_the_tighter_plan():
    state = SwitchingState()
    for _lot in range(9):
        state = state.step(True, ac=3, accepted_one_step_tighter=True, reduced_allowed=True)
    assert state.score == 27
    assert state.step(True, ac=3).score == 0
    assert state.step(True, ac=3, accepted_one_step_tighter=True, reduced_allowed=True).severity == "reduced"


def test_after_discontinuation_no_lot_is_inspected_until_the_supplier_acted():
    state = SwitchingState("tightened", score=None)
    for _lot in range(5):
        state = state.step(False)

    assert state.severity == "discontinued"
    with pytest.raises(Refused, match="discontinued"):
        state.step(True)
    assert state.resume().severity == "tightened"


@given(st.lists(st.booleans(), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_no_series_leaves_normal_inspection_without_two_rejections_in_five(series):
    found = switching(series).sequences[0]

    for place, (before, after) in enumerate(
        zip(found["severity_per_lot"], [*found["severity_per_lot"][1:], found["after_last"]], strict=True)
    ):
        if (before, after) == ("normal", "tightened"):
            assert series[max(0, place - 4) : place + 1].count(False) >= 2
