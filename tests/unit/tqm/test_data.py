"""Numbers are read as people write them; what could mean two things is refused with its place."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from testamur.kernel.refusal import Refused
from testamur.tqm.data import labels, numbers, table, whole
from testamur.tqm.results import Written


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12,5", 12.5),
        ("12.50", 12.5),
        ("１２.５", 12.5),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("1 234 567", 1234567),
        ("−0,5", -0.5),
        ("1e-3", 0.001),
        ("1,234,567", 1234567),
        (" 7 ", 7),
        (Decimal("7.10"), 7.1),
    ],
)
def test_a_number_is_read_as_it_is_written(written, meant):
    assert numbers([written]).values.tolist() == [meant]


@pytest.mark.parametrize("text", ["abc", "<0.5", "12%", "1.2.3", "1,2,3", "12.345,67.8", "0x10", "1..2"])
def test_text_in_a_number_is_refused_with_its_row(text):
    with pytest.raises(Refused, match=r"row 2: .* is not a number"):
        numbers(["1", text])


def test_text_in_a_table_is_refused_with_row_and_column():
    with pytest.raises(Refused, match="subgroups, row 2, column 3: 'x' is not a number"):
        table([[1, 2, 3], [1, 2, "x"]], "subgroups")


def test_a_comma_that_may_mark_thousands_or_decimals_is_refused():
    with pytest.raises(Refused, match="may mean two numbers"):
        numbers(["1,234"])


@pytest.mark.parametrize("value", [float("inf"), -np.inf, "inf", "-∞", Decimal("Infinity"), "1e999"])
def test_infinity_is_refused(value):
    with pytest.raises(Refused, match="not finite"):
        numbers([1, value])


def test_infinity_in_an_array_is_refused_with_its_place():
    with pytest.raises(Refused, match="row 2, column 1: the value is not finite"):
        table(np.array([[1.0, 2.0], [np.inf, 3.0]]))


def test_yes_and_no_are_no_numbers():
    with pytest.raises(Refused, match="True is not a number"):
        numbers([1, True])


@pytest.mark.parametrize("gap", [None, float("nan"), "", "NA", "–", Decimal("NaN")])
def test_a_missing_cell_is_refused_dropped_or_kept_as_the_caller_says(gap):
    with pytest.raises(Refused, match="row 2: there is no value"):
        numbers([1, gap, 3])
    assert numbers([1, gap, 3], missing="drop").values.tolist() == [1, 3]
    kept = numbers([1, gap, 3], missing="keep")
    assert np.isnan(kept.values[1]) and kept.missing == 1


def test_a_missing_cell_of_an_array_is_refused_as_one_of_a_list_is():
    with pytest.raises(Refused, match="row 2: there is no value"):
        numbers(np.array([1.0, np.nan]))


@pytest.mark.parametrize(
    ("values", "resolution"),
    [(["1.50", "2"], 0.01), ([1, 2], 1.0), ([1.5, 2.25], 0.01), ([Written("1.500")], 0.001), (np.array([1.5]), None)],
)
def test_the_resolution_that_was_written_is_kept(values, resolution):
    assert numbers(values).resolution == pytest.approx(resolution) if resolution else numbers(values).resolution is None


def test_an_offset_of_a_billion_costs_no_digit_of_a_text():
    near = numbers(["1000000000.000000012", "1000000000.000000018"])

    assert near.centred[1] - near.centred[0] == pytest.approx(6e-9, rel=1e-12)


def test_what_was_read_cannot_be_changed_by_the_caller():
    mine = np.array([1.0, 2.0])
    read = numbers(mine)
    mine[0] = 99.0

    assert read.values[0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        read.values[0] = 5.0


def test_rows_of_different_lengths_are_refused_unless_allowed():
    with pytest.raises(Refused, match="different lengths"):
        table([[1, 2], [1]])
    assert np.isnan(table([[1, 2], [1]], ragged=True).values[1, 1])


def test_labels_are_texts_or_numbers_and_none_is_missing():
    assert labels([1, 1.0, "A ", "Ａ"], "part") == ["1", "1", "A", "A"]
    with pytest.raises(Refused, match="part, row 2: there is no value"):
        labels(["A", ""], "part")


def test_a_whole_number_is_whole():
    assert whole("5", "n") == 5
    with pytest.raises(Refused, match="must be a whole number"):
        whole(5.5, "n")
