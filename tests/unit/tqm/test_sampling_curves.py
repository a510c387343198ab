"""OC, AOQ, AOQL, ATI and ASN of plans, and plans designed to given risks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from testamur.kernel.refusal import Refused
from testamur.tqm import (
    Stages,
    aoq,
    aoql,
    asn,
    ati,
    find_plan,
    isolated_lot,
    oc_curve,
    oc_variables,
    plan_single,
    zero_acceptance,
)

P = [0.0, 0.005, 0.01, 0.03, 0.08, 0.2, 1.0]


def codes(result):
    return {warning.code for warning in result.warnings}


def test_a_single_plan_has_the_curve_of_its_distribution():
    plan = Stages.single(80, 2)

    assert oc_curve(plan, P).value == pytest.approx(stats.binom.cdf(2, 80, P))
    assert oc_curve(plan, P, model="poisson").value == pytest.approx(stats.poisson.cdf(2, 80 * np.array(P)))
    lots = oc_curve(plan, [0, 0.01, 0.05], model="hypergeometric", lot=500).value
    assert lots == pytest.approx([stats.hypergeom.cdf(2, 500, d, 80) for d in (0, 5, 25)])


def test_a_lot_in_the_gap_of_a_reduced_plan_is_accepted():
    plan = plan_single(2000, "0.65", severity="reduced", edition="MIL-STD-105E")

    assert (plan.ac, plan.re) == (1, 3)
    assert oc_curve(plan, [0.04]).value[0] == pytest.approx(stats.binom.cdf(2, 50, 0.04))


def test_a_double_plan_of_one_lot_is_what_drawing_from_the_lot_shows():
    plan = Stages((20, 20), (0, 2), (2, 3))
    draw = np.random.default_rng(4)
    lot = np.zeros(100, int)
    lot[:6] = 1
    accepted = 0
    for _trial in range(4_000):
        order = draw.permutation(lot)
        first, both = order[:20].sum(), order[:40].sum()
        accepted += first <= 0 or (first < 2 and both <= 2)

    assert oc_curve(plan, [0.06], model="hypergeometric", lot=100).value[0] == pytest.approx(accepted / 4_000, abs=0.03)


@given(st.integers(1, 200), st.integers(0, 10))
@settings(max_examples=40, deadline=None)
def test_every_curve_falls_from_one_to_the_worst_quality(n, c):
    value = oc_curve(Stages.single(n, c), np.linspace(0, 1, 21)).value

    assert value[0] == 1.0
    assert (np.diff(value) <= 1e-12).all()


def test_the_average_sample_number_lies_between_the_first_sample_and_both():
    plan = Stages((50, 50), (0, 3), (4, 4))
    value = asn(plan, P).value

    assert value[0] == 50 and value[-1] == 50
    assert value.max() < 100
    second = stats.binom.pmf([1, 2, 3], 50, 0.03).sum()
    assert value[3] == pytest.approx(50 + 50 * second)


def test_outgoing_quality_and_total_inspection_follow_their_definitions():
    plan = Stages.single(80, 2)
    accepted = stats.binom.cdf(2, 80, P)

    assert aoq(plan, P, lot=1000).value == pytest.approx(np.array(P) * accepted * 920 / 1000)
    assert ati(plan, P, lot=1000).value == pytest.approx(80 + (1 - accepted) * 920)


def test_no_quality_leaves_worse_than_the_outgoing_quality_limit():
    plan = Stages.single(80, 2)
    found = aoql(plan, lot=1000)
    everywhere = aoq(plan, np.linspace(0, 0.3, 3001), lot=1000).value

    assert found.aoql == pytest.approx(everywhere.max(), rel=1e-6)
    assert found.aoql >= everywhere.max() - 1e-12


@pytest.mark.parametrize("model", ["poisson", "hypergeometric"])
def test_the_limit_is_found_for_every_model(model):
    plan = Stages((50, 50), (0, 3), (4, 4))
    found = aoql(plan, lot=500, model=model)

    assert found.aoql == pytest.approx(
        aoq(plan, [d / 500 for d in range(60)], lot=500, model=model).value.max(), rel=1e-3
    )


@pytest.mark.parametrize(
    ("n", "ac", "re"),
    [((50,), (2,), (4,)), ((50, 50), (3, 1), (4, 2)), ((50, 50), (0, 3), (0, 4)), ((0,), (0,), (1,)), ((), (), ())],
)
def test_numbers_that_form_no_plan_are_refused(n, ac, re):
    with pytest.raises(Refused):
        Stages(n, ac, re)


def test_samples_larger_than_the_lot_are_refused():
    with pytest.raises(Refused, match="exceed the lot"):
        oc_curve(Stages.single(80, 2), [0.1], model="hypergeometric", lot=60)


def test_a_share_that_is_no_whole_item_is_rounded_and_says_so():  # pitfall 15
    assert "whole_items" in codes(oc_curve(Stages.single(5, 0), [0.013], model="hypergeometric", lot=100))


@pytest.mark.parametrize("p", [-0.1, 1.5, "1 %", float("nan")])
def test_a_quality_that_is_no_share_is_refused(p):
    with pytest.raises(Refused):
        oc_curve(Stages.single(5, 0), [p])


# --- design ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["binomial", "poisson", "hypergeometric"])
def test_no_smaller_plan_reaches_both_points(kind):
    found = find_plan((0.01, 0.95), (0.08, 0.10), kind=kind, lot=500)

    assert found.producer_risk <= 0.05 and found.consumer_risk <= 0.10
    smaller = oc_curve(Stages.single(found.n - 1, found.c), [0.08], model=kind, lot=500).value[0]
    assert smaller > 0.10


@pytest.mark.parametrize("known", [True, False])
def test_a_variables_plan_goes_through_the_producers_point(known):
    found = find_plan((0.01, 0.95), (0.05, 0.10), kind="normal_sigma_known" if known else "normal_sigma_unknown")
    value = oc_variables(found.n, found.k, [0.01, 0.05], sigma_known=known).value

    assert value[0] == pytest.approx(0.95)
    assert value[1] <= 0.10
    assert oc_variables(found.n, found.k, [0, 1], sigma_known=known).value.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("prp", "crp"),
    [((0.08, 0.95), (0.01, 0.1)), ((0.01, 0.1), (0.08, 0.95)), ((0, 0.95), (0.1, 0.1)), ((0.01,), (1, 2))],
)
def test_points_that_do_not_fall_are_refused(prp, crp):
    with pytest.raises(Refused):
        find_plan(prp, crp)


@pytest.mark.parametrize(("conf", "ltpd"), [(0.95, 0.05), (0.9, 0.1), (0.75, 0.5), (0.99, 0.001), (0.5, 0.5)])
def test_a_zero_plan_is_the_smallest_that_holds_its_confidence(conf, ltpd):
    n = zero_acceptance(conf, ltpd).n_infinite

    assert (1 - ltpd) ** n <= (1 - conf) * (1 + 1e-9)
    assert n == 1 or (1 - ltpd) ** (n - 1) > (1 - conf) * (1 + 1e-9)


def test_a_share_below_one_item_of_the_lot_needs_every_item():
    found = zero_acceptance(0.95, 0.01, [50])

    assert found.n_hypergeometric == (50,)
    assert "less_than_one_item" in codes(found)


def test_a_share_of_a_lot_is_counted_in_decimals_not_in_binary_fractions():  # pitfall 22
    # In binary, 0.29 × 100 is 28.999…96.
    assert isolated_lot(100, 0.29).nonconforming == 29


def test_an_isolated_lot_of_the_limiting_quality_rarely_passes():
    found = isolated_lot(500, 0.05, ac=1)

    assert found.consumer_risk <= 0.10
    assert stats.hypergeom.cdf(1, 500, 25, found.n - 1) > 0.10
    assert isolated_lot(10, 0.05).hundred_percent
