"""Agreement of ratings: beyond chance, despite prevalence, and against the truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from testamur import tqm
from testamur.kernel.refusal import Refused

RNG = np.random.default_rng(5)


def codes(result):
    return [warning.code for warning in result.warnings]


def test_skewed_prevalence_lowers_kappa_and_is_said_with_pabak():
    rows = [["good", "good"]] * 95 + [["good", "bad"]] * 3 + [["bad", "good"]] * 2
    found = tqm.cohen_kappa(rows)

    assert found.agreement_pct == 95
    assert found.kappa < 0 and found.pabak == pytest.approx(0.9)
    assert "prevalence" in codes(found)
    assert found.prevalence["good"] == pytest.approx(0.975)


def test_weighted_kappa_with_squares_is_the_concordance_of_scores():
    rows = RNG.integers(1, 6, (200, 2))
    rows[:, 1] = np.clip(rows[:, 0] + RNG.integers(-1, 2, 200), 1, 5)
    found = tqm.cohen_kappa(rows.tolist(), weights="squared")
    a, b = rows[:, 0].astype(float), rows[:, 1].astype(float)

    expected = 2 * np.cov(a, b, ddof=0)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    assert found.kappa == pytest.approx(expected, rel=1e-10)
    assert found.kappa > tqm.cohen_kappa(rows.tolist(), weights="linear").kappa > tqm.cohen_kappa(rows.tolist()).kappa


def test_categories_of_numbers_are_ordered_as_numbers():
    rows = [["10", "9"], ["9", "9"], ["2", "2"], ["10", "10"]]

    assert tqm.cohen_kappa(rows, weights="linear").categories == ("2", "9", "10")


def test_the_test_of_no_agreement_rejects_as_often_as_it_says():
    rejected = sum(tqm.cohen_kappa(RNG.integers(0, 3, (80, 2)).tolist()).p < 0.05 for _round in range(500))
    many = sum(tqm.fleiss_kappa(RNG.integers(0, 3, (40, 4)).tolist()).p < 0.05 for _round in range(300))

    assert rejected / 500 == pytest.approx(0.05, abs=0.03)
    assert many / 300 == pytest.approx(0.05, abs=0.04)


def test_the_order_of_items_does_not_count():
    rows = RNG.integers(0, 3, (50, 4)).tolist()

    assert tqm.fleiss_kappa(rows).kappa == pytest.approx(tqm.fleiss_kappa(rows[::-1]).kappa, rel=1e-12)


@pytest.mark.parametrize("method", [tqm.cohen_kappa, tqm.fleiss_kappa])
def test_one_category_alone_is_a_status(method):
    found = method([["ok", "ok"]] * 20)

    assert found.status == "no_variation" and found.kappa is None and found.agreement_pct == 100


def test_concordance_without_ties_is_that_of_friedman():
    scores = RNG.normal(size=(12, 5)) + np.arange(12)[:, None] / 3
    found = tqm.kendall_w(scores)

    assert found.chisq == pytest.approx(stats.friedmanchisquare(*scores).statistic, rel=1e-10)
    assert pytest.approx(found.chisq / (5 * 11), rel=1e-12) == found.W


def test_concordance_allows_for_ties():
    scores = RNG.integers(1, 5, (15, 4)).astype(float)

    assert tqm.kendall_w(scores).chisq == pytest.approx(stats.friedmanchisquare(*scores).statistic, rel=1e-10)
    assert tqm.kendall_w(scores, correct=False).W < tqm.kendall_w(scores).W
    assert tqm.kendall_w([[3, 3], [3, 3], [3, 3]]).status == "no_variation"


def agreement(**options):
    truth = {f"i{place}": "bad" if place % 3 == 0 else "good" for place in range(30)}
    item, who, rating, reference = [], [], [], []
    for name, true in truth.items():
        for person in ("Sample A", "Sample B"):
            for trial in range(2):
                wrong = (person, name, trial) in {("Sample A", "i0", 0), ("Sample B", "i1", 0), ("Sample B", "i1", 1)}
                item.append(name)
                who.append(person)
                rating.append(({"bad": "good", "good": "bad"}[true]) if wrong else true)
                reference.append(true)
    return item, who, rating, reference, options


def test_agreement_counts_what_it_says():
    item, who, rating, reference, _options = agreement()
    found = tqm.attribute_agreement(item, who, rating, reference, nonconforming="bad")

    assert found.within["Sample A"].matched == 29 and found.within["Sample B"].matched == 30
    assert found.versus_reference["Sample A"].matched == 29 and found.versus_reference["Sample B"].matched == 29
    assert found.between.matched == 28 and found.all_versus_reference.matched == 28
    assert (found.miss_rate["Sample A"].matched, found.miss_rate["Sample A"].total) == (1, 20)
    assert (found.false_alarm_rate["Sample B"].matched, found.false_alarm_rate["Sample B"].total) == (2, 40)
    assert found.kappa_versus_reference["Sample A"] > 0.9


def test_shares_have_exact_intervals():
    item, who, rating, reference, _options = agreement()
    found = tqm.attribute_agreement(item, who, rating, reference).within["Sample B"]
    exact = stats.binomtest(30, 30).proportion_ci(0.95, "exact")

    assert (found.lower, found.upper) == pytest.approx((100 * exact.low, 100.0))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c[2].pop() and [column.pop() for column in (c[0], c[1], c[3])], "has 1 of 2 trials"),
        (lambda c: c[3].__setitem__(0, "good"), "Item i0 has two references"),
    ],
)
def test_an_incomplete_or_contradictory_study_is_refused(change, sentence):
    columns = agreement()[:4]
    change(columns)
    with pytest.raises(Refused, match=sentence):
        tqm.attribute_agreement(*columns)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([["a", "b"], ["a"]], "different lengths"),
        ([["a"], ["b"]], "2"),
        ([["a", "b", "c"]] * 3, "compares 2"),
        ("ab", "must be rows"),
    ],
)
def test_ratings_that_are_no_table_are_refused(rows, sentence):
    with pytest.raises(Refused, match=sentence):
        tqm.cohen_kappa(rows)
