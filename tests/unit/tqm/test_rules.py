"""Run rules against a slow, literal statement of each, and the price they have."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from testamur import tqm
from testamur.kernel.refusal import Refused
from testamur.tqm.spc.rules import NELSON, WECO, Rule, chosen, masks


def literally(z, rule):
    """State a rule point by point, as its author wrote it."""
    found = []
    for i in range(len(z)):
        window = z[i - rule.n + 1 : i + 1] if i >= rule.n - 1 else None
        if rule.kind == "k_of_n":
            window = z[max(0, i - rule.n + 1) : i + 1]
            hit = any(sum(s * v > rule.sigma for v in window) >= rule.k and s * z[i] > rule.sigma for s in (1, -1))
        elif window is None:
            hit = False
        elif rule.kind == "beyond":
            hit = abs(z[i]) > rule.sigma
        elif rule.kind == "same_side":
            hit = all(v > 0 for v in window) or all(v < 0 for v in window)
        elif rule.kind == "within":
            hit = all(abs(v) < rule.sigma for v in window)
        elif rule.kind == "outside":
            hit = all(abs(v) > rule.sigma for v in window) and min(window) < 0 < max(window)
        else:
            steps = np.diff(window)
            if rule.kind == "trend":
                hit = all(steps > 0) or all(steps < 0)
            else:
                hit = all(a * b < 0 for a, b in pairwise(steps))
        if hit:
            found.append(i)
    return found


@pytest.mark.parametrize("rule", [*NELSON, *WECO, Rule("x", "k_of_n", n=7, k=3, sigma=1.5)], ids=lambda rule: rule.id)
def test_a_rule_fires_where_its_literal_statement_does(rule):
    rng = np.random.default_rng(rule.n * 100 + rule.k)
    fired = 0
    for _series in range(30):
        # Coarse steps make ties and points exactly on a line; a slow wave makes runs.
        z = np.round(rng.normal(0, 1.2, 80) * 2) / 2 + np.sin(np.arange(80) / rng.uniform(3, 30)) * rng.uniform(0, 1.5)
        if rule.kind == "within":
            z /= 3
        if rule.kind == "alternating":
            z = z / 2 + np.where(np.arange(80) % 2, 1, -1)
        expected = literally(z, rule)
        fired += len(expected)
        assert np.flatnonzero(masks(z, [rule])[rule.id]).tolist() == expected
    assert fired > 0


def test_a_point_on_a_line_counts_for_neither_side():
    signals = tqm.run_rules([3.0, -3.0, 0, 2.0, 2.0, 2.0]).signals

    assert all(len(places) == 0 for places in signals.values())


def test_a_missing_point_ends_every_run():
    assert tqm.run_rules([1.0] * 8 + [None] + [1.0] * 8).signals["nelson_2"].size == 0
    assert tqm.run_rules([1.0] * 9).signals["nelson_2"].tolist() == [8]


def test_many_series_are_judged_as_one_by_one():
    z = np.random.default_rng(4).normal(size=(6, 200))
    together = masks(z, NELSON)

    for row in range(6):
        alone = masks(z[row], NELSON)
        assert all((together[rule][row] == alone[rule]).all() for rule in alone)


def test_center_and_sigma_standardise_first():
    z = np.random.default_rng(5).normal(size=300)
    one, other = tqm.run_rules(z).signals, tqm.run_rules(z * 7 + 40, center=40, sigma=7).signals

    assert {rule: places.tolist() for rule, places in one.items()} == {r: p.tolist() for r, p in other.items()}


@pytest.mark.parametrize(("rules", "one_in"), [("rule_1", 370), ("weco", 61), ("nelson", 44)])
def test_the_price_of_a_set_of_rules_is_known(rules, one_in):
    assert 1 / tqm.false_alarm_rate(rules) == pytest.approx(one_in, rel=0.05)


def test_a_set_may_have_another_length_of_rule_two():
    seven = chosen({"set": "nelson", "same_side": 7})

    assert tqm.run_rules([1.0] * 7, seven).signals["nelson_2"].tolist() == [6]


@pytest.mark.parametrize(
    "rules", ["neslon", [{"id": "x"}], [{"id": "x", "kind": "odd"}], [{"id": "x", "kind": "k_of_n", "n": 2, "k": 3}], 7]
)
def test_a_rule_that_is_none_is_refused(rules):
    with pytest.raises(Refused, match=r"[Rr]un rule"):
        tqm.run_rules([1.0, 2.0], rules)


def test_a_sigma_of_nothing_is_refused():
    with pytest.raises(Refused, match="must be more than 0"):
        tqm.run_rules([1.0, 2.0], sigma=0)
