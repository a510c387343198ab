"""EWMA and CUSUM against their recursions, and run lengths against simulation and print."""

from __future__ import annotations

import math

import numpy as np
import pytest

from testamur import tqm
from testamur.kernel.refusal import Refused
from testamur.tqm.methods import find
from testamur.tqm.spc import memory
from testamur.tqm.spc.memory import arm
from testamur.tqm.spc.multivariate import mewma_arl, mewma_limit

RNG = np.random.default_rng(12)
X = RNG.normal(20, 2, 200)


def test_ewma_is_its_recursion_and_its_limits_are_the_exact_ones():
    chart = tqm.ewma(X, lam=0.15, L=2.7, target=20, sigma=2)
    z, variance = 20.0, 0.0
    for i, x in enumerate(X):
        z, variance = 0.15 * x + 0.85 * z, 0.15**2 * 4 + 0.85**2 * variance
        assert chart.z[i] == pytest.approx(z, rel=1e-13)
        assert chart.ucl[i] == pytest.approx(20 + 2.7 * math.sqrt(variance), rel=1e-12)


def test_ewma_of_unequal_subgroups_has_the_variance_of_each():
    rows = [RNG.normal(5, 1, 2 + i % 4).tolist() for i in range(30)]
    chart = tqm.ewma(rows, lam=0.2, sigma=1, target=5)
    variance = 0.0
    for i, row in enumerate(rows):
        variance = 0.2**2 / len(row) + 0.8**2 * variance
        assert chart.ucl[i] == pytest.approx(5 + 3 * math.sqrt(variance), rel=1e-12)


def test_ewma_with_full_weight_is_a_shewhart_chart():
    chart = tqm.ewma(X, lam=1, target=20, sigma=2)

    assert chart.z == pytest.approx(X, rel=1e-14)
    assert np.asarray(chart.ucl) == pytest.approx(26, rel=1e-14)


@pytest.mark.parametrize("fir", [False, True])
def test_cusum_is_its_recursion(fir):
    chart = tqm.cusum(X, h=4, k=0.5, target=20.4, sigma=2, fir=fir)
    high = low = 2.0 if fir else 0.0
    for i, x in enumerate((X - 20.4) / 2):
        high, low = max(0.0, high + x - 0.5), max(0.0, low - x - 0.5)
        assert chart.c_pos[i] == pytest.approx(high, abs=1e-9)
        assert chart.c_neg[i] == pytest.approx(-low, abs=1e-9)


def test_a_long_cusum_does_not_drift(monkeypatch):
    steps = np.random.default_rng(1).normal(-0.5, 1, 5000)
    whole = arm(steps)
    monkeypatch.setattr(memory, "BLOCK", 97)

    assert arm(steps) == pytest.approx(whole, abs=1e-10)


def test_cusum_says_where_the_shift_began_and_how_large_it_is():
    z = np.concatenate([np.tile([0.3, -0.3], 20), np.full(20, 1.5)])
    chart = tqm.cusum(z, target=0, sigma=1)

    assert chart.shift_high == 40
    assert chart.size_high == pytest.approx(1.5, abs=0.05)
    assert chart.shift_low == -1 and math.isnan(chart.size_low)
    assert tqm.cusum(-z, target=0, sigma=1).size_low == pytest.approx(-1.5, abs=0.05)


@pytest.mark.parametrize("chart", [tqm.ewma, tqm.cusum])
def test_later_values_move_neither_centre_nor_sigma(chart):
    alone, longer = chart(X[:50]), chart(X[:50], X[50:] * 3)

    assert (alone.center, alone.sigma) == (longer.center, longer.sigma)
    points = {tqm.ewma: "z", tqm.cusum: "c_pos"}[chart]
    assert getattr(longer, points)[:50] == pytest.approx(getattr(alone, points), abs=1e-12)


@pytest.mark.parametrize("chart", [tqm.ewma, tqm.cusum])
def test_no_variation_is_a_status_here_too(chart):
    found = chart([4.0] * 30)

    assert found.status == "no_variation"
    assert found.answer()["parameters"]["sigma"] == 0
    assert "inf" not in str(found.to_dict()).lower().replace("nominf", "")


def test_shift_and_scale_leave_the_arms_and_move_the_average():
    one, other = tqm.cusum(X), tqm.cusum(X * 8 - 64)

    assert other.c_pos == pytest.approx(one.c_pos, abs=1e-9)
    assert tqm.ewma(X * 8 - 64).z == pytest.approx(tqm.ewma(X).z * 8 - 64, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: tqm.ewma(X, lam=0), "lam is 0; it must be more than 0"),
        (lambda: tqm.ewma([5.0]), "One value has no spread"),
        (lambda: tqm.cusum(X, h=-1), "h is -1"),
        (lambda: tqm.ewma([1, None, 3]), "row 2: there is no value"),
        (lambda: tqm.ewma(X, limits_by="wide"), "must be one of"),
        (lambda: tqm.arl_cusum(0.5, 5, sided=3), "must be one of"),
    ],
)
def test_what_cannot_be_charted_is_refused(call, sentence):
    with pytest.raises(Refused, match=sentence):
        call()


@pytest.mark.parametrize(
    ("h", "fir", "shift", "printed"), [(4, False, 0, 168), (5, False, 0, 465), (4, True, 0, 149), (5, True, 1, 6.35)]
)
def test_run_lengths_of_cusum_are_those_of_lucas_and_crosier(h, fir, shift, printed):
    assert tqm.arl_cusum(0.5, h, shift, fir=fir) == pytest.approx(printed, rel=0.003)


def test_run_length_of_an_ewma_agrees_with_a_simulation():
    z = np.zeros(4000)
    length, alive = np.zeros(4000), np.ones(4000, bool)
    limit = 2.7 * math.sqrt(0.2 / 1.8)
    for _step in range(2000):
        z[alive] = 0.2 * RNG.normal(0.5, 1, int(alive.sum())) + 0.8 * z[alive]
        length[alive] += 1
        alive &= np.abs(z) <= limit
        if not alive.any():
            break

    assert tqm.arl_ewma(0.2, 2.7, 0.5) == pytest.approx(length.mean(), rel=0.06)


def test_run_length_of_a_shewhart_chart_is_370():
    assert tqm.arl_shewhart() == pytest.approx(370.398, rel=1e-5)
    assert tqm.arl_ewma(1, 3) == pytest.approx(370.398, rel=1e-5)


@pytest.mark.parametrize(("p", "lam", "printed"), [(2, 0.1, 8.64), (4, 0.1, 12.73), (2, 0.2, 9.65), (10, 0.1, 22.67)])
def test_the_limit_of_mewma_is_that_of_prabhu_and_runger(p, lam, printed):
    assert mewma_limit(p, lam, 200) == pytest.approx(printed, abs=0.011)


def test_mewma_of_one_characteristic_with_full_weight_is_a_shewhart_chart():
    assert mewma_arl(1, 1.0, 9.0) == pytest.approx(370.4, rel=1e-3)


def test_the_shift_to_find_sets_the_reference_value():
    method = find("cusum_tabular")

    assert method.run({"values": X.tolist()}, {"shift_se": 1.5}).k == 0.75
    assert method.run({"values": X.tolist()}).k == 0.5
