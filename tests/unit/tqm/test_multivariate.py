"""T² against linear algebra written out, its limits against simulation, its terms against their definition."""

from __future__ import annotations

import numpy as np
import pytest

from testamur import tqm
from testamur.kernel.refusal import Refused
from testamur.tqm.methods import find

RNG = np.random.default_rng(13)
COVARIANCE = np.array([[2.0, 0.8, 0.1], [0.8, 1.0, 0.3], [0.1, 0.3, 0.5]])
X = RNG.multivariate_normal([10, 20, 30], COVARIANCE, 80)


def test_t2_is_the_squared_distance_in_the_metric_of_the_sample():
    chart = tqm.hotelling_t2(X)
    inverse = np.linalg.inv(np.cov(X, rowvar=False))
    deviation = X - X.mean(axis=0)

    assert chart.t2 == pytest.approx(np.einsum("ij,jk,ik->i", deviation, inverse, deviation), rel=1e-10)
    assert chart.t2.sum() == pytest.approx(3 * 79, rel=1e-10)


def test_t2_does_not_change_when_characteristics_are_rescaled_or_reordered():
    scaled = X[:, [2, 0, 1]] * [100, 0.01, 7] + [5, 1e6, -3]

    assert tqm.hotelling_t2(scaled).t2 == pytest.approx(tqm.hotelling_t2(X).t2, rel=1e-6)


def test_terms_of_a_signal_are_those_of_mason_young_and_tracy():
    wild = X.copy()
    wild[5] += [0, 6, 0]
    chart = tqm.hotelling_t2(wild)
    term = next(one for one in chart.terms if (one.point, one.variable) == (5, 1))
    others = np.delete(wild, 1, axis=1)
    without = np.delete(chart.covariance, 1, 0)
    rest = others[5] - others.mean(axis=0)
    smaller = rest @ np.linalg.solve(np.delete(without, 1, 1), rest)

    assert 5 in chart.beyond
    assert term.given_others == pytest.approx(chart.t2[5] - smaller, rel=1e-9)
    assert term.alone == pytest.approx((wild[5, 1] - chart.center[1]) ** 2 / chart.covariance[1, 1], rel=1e-10)
    assert term.given_others > term.given_others_limit


@pytest.mark.parametrize("size", [1, 4])
def test_limits_keep_their_false_alarm_rate(size):
    alarms = first = 0
    for _round in range(60):
        shape = (40, 3) if size == 1 else (40, size, 3)
        baseline, new = RNG.normal(size=shape), RNG.normal(size=shape)
        chart = tqm.hotelling_t2(baseline if size == 1 else baseline.tolist(), alpha=0.05)
        first += len(chart.beyond)
        again = tqm.hotelling_t2(new if size == 1 else new.tolist(), alpha=0.05, limits=chart.parameters)
        alarms += len(again.beyond)

    assert first / 2400 == pytest.approx(0.05, abs=0.015)
    assert alarms / 2400 == pytest.approx(0.05, abs=0.02)


def test_mewma_with_full_weight_is_t2():
    assert tqm.mewma(X, lam=1, ucl=12).t2 == pytest.approx(tqm.hotelling_t2(X).t2, rel=1e-9)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (np.column_stack([X, X[:, 0] * 2 - X[:, 1]]), r"Characteristics 1, 2, 4 determine one another"),
        (np.column_stack([X, np.ones(80)]), "Characteristic 4 does not vary"),
        (X[:4], "too few for 3 characteristics"),
        (X[:, :1], "use i_mr"),
        ([[1, 2], [3, None]], "row 2, column 2"),
        ([[[1, 2], [3, 4]], [[1, 2], [3, 4], [5, 6]]], "must all have one size"),
    ],
)
def test_what_has_no_distance_is_refused_and_named(data, sentence):
    with pytest.raises(Refused, match=sentence):
        tqm.hotelling_t2(data)


def test_frozen_limits_of_other_characteristics_are_refused():
    with pytest.raises(Refused, match="of 2 characteristics"):
        tqm.hotelling_t2(X[:, :2], limits=tqm.hotelling_t2(X).parameters)


def test_phase_two_without_frozen_limits_is_refused():
    with pytest.raises(Refused, match="Frozen limits are a limit set"):
        find("hotelling_t2_individual").run({"observations": X.tolist()}, {"phase": 2})
