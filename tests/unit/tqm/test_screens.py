"""Screens for fabricated and copied data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from testamur.kernel.refusal import Refused
from testamur.tqm import benford, benjamini_hochberg, copied_blocks, duplicate_rows, low_variance, terminal_digits


def codes(result):
    return {warning.code for warning in result.warnings}


DRAW = np.random.default_rng(20)
AMOUNTS = np.round(10 ** DRAW.uniform(1, 6, 2_000), 2)


# --- Benford (pitfall 20) --------------------------------------------------------------------------------------------


def test_amounts_over_five_powers_of_ten_conform():
    found = benford(AMOUNTS, digits=[1, "second_digit", 2]).tests

    assert all(test.chisq_p > 0.001 for test in found.values())
    assert found["first_digit"].mad_conformity in {"Close conformity", "Acceptable conformity"}
    assert sum(found["second_digit"].counts) == len(AMOUNTS)


def test_invented_amounts_do_not():
    invented = DRAW.integers(100, 999, 800) * 10.0 ** DRAW.integers(0, 4, 800)

    assert benford(invented).tests["first_digit"].mad_conformity == "Nonconformity"


def test_measurements_of_one_kind_are_refused_with_the_reason():
    with pytest.raises(Refused, match=r"span 0\.\d powers of ten"):
        benford(DRAW.normal(20, 2, 500))


def test_one_outlier_does_not_make_bounded_data_fit_for_the_law():
    with pytest.raises(Refused, match="does not hold here"):
        benford([*DRAW.normal(20, 2, 500), 1e6, 1e-3])


def test_few_amounts_are_refused():
    with pytest.raises(Refused, match="at least 300"):
        benford(AMOUNTS[:299])


def test_digits_are_those_that_were_written():
    assert benford([0.3] * 200 + [7000.0] * 200, digits=[2]).tests["first_two"].counts[30 - 10] == 200


@given(st.integers(-6, 6))
@settings(max_examples=13, deadline=None)
def test_another_unit_of_ten_changes_no_digit(power):
    scaled = [float(f"{text}e{power}") for text in AMOUNTS[:400].astype(str)]

    assert benford(scaled).tests["first_two"].counts == benford(AMOUNTS[:400]).tests["first_two"].counts


def test_zeros_and_negative_amounts_are_left_out_and_counted():
    assert "left_out" in codes(benford([*AMOUNTS, 0, -5]))


# --- terminal digits -------------------------------------------------------------------------------------------------


def test_texts_keep_their_trailing_zeros():  # pitfall 22
    values = [f"{value:.2f}" for value in DRAW.normal(7, 0.4, 400)]
    found = terminal_digits(values)

    assert found.decimals == 2
    assert found.p > 0.001
    assert found.counts == terminal_digits([float(value) for value in values], decimals=2).counts


def test_a_favourite_last_digit_stands_out():
    values = np.round(DRAW.normal(7, 0.4, 400) * 20) / 20

    assert terminal_digits(values, decimals=2).p < 1e-9


def test_values_that_vary_by_little_more_than_their_last_digit_are_refused():
    with pytest.raises(Refused, match="units of their last digit"):
        terminal_digits(np.round(DRAW.normal(7, 0.02, 400), 2), decimals=2)


def test_more_decimals_than_said_are_refused_not_rounded():
    with pytest.raises(Refused, match="more than 1 decimals"):
        terminal_digits(np.round(DRAW.normal(7, 2, 100), 2), decimals=1)


def test_binary_numbers_without_their_decimals_are_asked_for():
    with pytest.raises(Refused, match="how many decimals"):
        terminal_digits(DRAW.normal(7, 2, 100))


@given(st.permutations(list(range(60))))
@settings(max_examples=10, deadline=None)
def test_the_order_of_values_changes_nothing(order):
    values = np.round(np.random.default_rng(1).normal(7, 2, 60), 1)

    assert terminal_digits(values[order], decimals=1).counts == terminal_digits(values, decimals=1).counts


# --- copies ----------------------------------------------------------------------------------------------------------


def test_a_near_copy_is_found_whichever_cell_was_changed():
    rows = np.round(DRAW.normal(20, 3, (200, 6)), 2)
    for place in range(6):
        rows[100 + place] = rows[place]
        rows[100 + place, place] += 1.11

    found = duplicate_rows(rows.tolist())

    assert set(found.near) == {(place, 100 + place) for place in range(6)}
    assert found.exact_groups == ()
    assert found.expected_near < 0.01


def test_coarse_columns_repeat_by_chance_and_the_screen_says_so():
    found = duplicate_rows(DRAW.integers(0, 3, (100, 3)).tolist())

    assert found.expected_exact > 50
    assert {"expected_by_chance", "lead_only"} <= codes(found)


def test_thousands_of_near_pairs_are_not_listed():
    found = duplicate_rows(np.ones((300, 3)))

    assert found.near == () and len(found.exact_groups[0]) == 300
    assert "too_many_pairs" in codes(found)


@pytest.mark.parametrize("rows", [[[1], [1]], [[1, 2]], [[1, None], [1, 2]], [["a", 1], [1, 2]], "rows"])
def test_what_is_no_table_of_records_is_refused(rows):
    with pytest.raises(Refused):
        duplicate_rows(rows)


def test_too_many_ways_to_be_nearly_equal_are_refused():
    with pytest.raises(Refused, match="too many comparisons"):
        duplicate_rows(DRAW.normal(size=(5, 40)), equal=20)


def test_a_copied_block_is_found_at_its_full_length():
    rows = np.round(DRAW.normal(20, 3, (120, 2)), 1)
    rows[80:92] = rows[10:22]

    found = copied_blocks(rows.tolist()).blocks

    assert (found[0].first, found[0].second, found[0].length) == (10, 80, 12)


def test_a_block_with_a_constant_added_is_found_where_asked():
    values = np.round(DRAW.normal(20, 3, 120), 2)
    values[80:92] = np.round(values[10:22] + 0.37, 2)
    texts = [f"{value:.2f}" for value in values]

    assert copied_blocks(texts, length=6).blocks == ()
    found = copied_blocks(texts, length=6, shifted=True).blocks
    assert (found[0].first, found[0].second, found[0].length) == (10, 80, 12)


def test_a_constant_record_is_no_copied_block():
    assert copied_blocks([5.0] * 50).blocks == ()


# --- spread ----------------------------------------------------------------------------------------------------------


def test_a_laboratory_that_agrees_with_itself_too_well_is_a_lead():
    rows = [f"{value:.3f}" for value in DRAW.normal(10, 0.5, 200)]
    rows = np.array(rows).reshape(20, 10).tolist()
    rows[7] = [f"{10 + 0.001 * place:.3f}" for place in range(10)]

    found = low_variance(rows, lab=[f"L{place}" for place in range(20)])

    assert [lead.lab for lead in found.leads] == ["L7"]
    assert low_variance(rows, sigma=0.5).leads[0].lab == "8"


def test_honest_laboratories_are_leads_no_oftener_than_agreed():  # pitfall 21
    false = sum(
        bool(low_variance(np.random.default_rng(seed).normal(size=(30, 3)), sigma=1.0).leads) for seed in range(200)
    )

    assert false <= 22  # 5 % of 200 are 10; 22 lies beyond one in a thousand


def test_equal_replicates_are_no_lead_where_the_last_digit_is_coarse():
    rows = [[f"{value:.0f}" for value in row] for row in DRAW.normal(50, 0.3, (30, 2))]
    found = low_variance(rows)

    assert found.leads == ()
    assert "coarse_resolution" in codes(found)


def test_no_spread_anywhere_gives_no_probability_and_no_lead():
    found = low_variance([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])

    assert found.leads == ()
    assert np.isnan(found.p).all()


@pytest.mark.parametrize("rows", [[[1, 2], [3, 4]], [[1], [2], [3]], [[1, "x"], [1, 2], [1, 2]]])
def test_too_few_replicates_are_refused(rows):
    with pytest.raises(Refused):
        low_variance(rows)


# --- many tests ------------------------------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
@settings(max_examples=60, deadline=None)
def test_adjusted_probabilities_are_those_of_scipy(p):
    assert benjamini_hochberg(p).q == pytest.approx(stats.false_discovery_control(p))


def test_untested_laboratories_do_not_count_as_tests():
    found = benjamini_hochberg([0.01, float("nan"), 0.04], rate=0.05)

    assert found.leads == (0, 2)
    assert found.q[0] == pytest.approx(0.02)
    assert np.isnan(found.q[1])


def test_a_probability_beyond_one_is_refused():
    with pytest.raises(Refused, match="between 0 and 1"):
        benjamini_hochberg([0.1, 1.1])
