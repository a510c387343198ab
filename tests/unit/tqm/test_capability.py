"""Capability: the lower bound first, void without stability, and the tails of other distributions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from testamur import tqm
from testamur.kernel.refusal import Refused
from testamur.tqm.capability import intervals
from testamur.tqm.capability.fit import DISTRIBUTIONS
from testamur.tqm.capability.tolerance import factor

RNG = np.random.default_rng(22514)
ROWS = RNG.normal(10, 1, (30, 5))
VALUES = RNG.normal(10, 1, 120)


def codes(result):
    return [warning.code for warning in result.warnings]


def test_the_lower_bound_of_cpk_comes_before_the_value():
    found = tqm.capability_normal(subgroups=ROWS, lsl=6, usl=14)
    index = found.overall["Ppk"]

    assert list(vars(index)) == ["lower_bound", "lower", "value", "upper"]
    assert index.lower < index.lower_bound < index.value < index.upper


def test_a_cpk_of_1_33_from_30_values_spans_from_0_97_to_1_69():
    interval = intervals.bissell(1.33, 30, 29, 0.95)

    assert (round(interval.lower, 2), round(interval.upper, 2)) == (0.97, 1.69)


def test_the_lower_bound_holds_as_often_as_it_says():
    held = 0
    for _round in range(800):
        x = RNG.normal(0, 1, 60)
        s = x.std(ddof=1)
        value = min(4 - x.mean(), x.mean() + 4) / (3 * s)
        held += intervals.bissell(value, 60, 59, 0.95).lower_bound <= 4 / 3

    assert held / 800 == pytest.approx(0.95, abs=0.025)


@pytest.mark.parametrize(
    ("estimator", "sizes", "count"),
    [("Rbar/d2", 5.0, 25), ("Sbar/c4", 5.0, 25), ("pooled", 5.0, 25), ("MRbar/d2", 1.0, 80)],
)
def test_degrees_of_freedom_are_those_that_repetition_shows(estimator, sizes, count):
    from testamur.tqm.spc import variables

    found = []
    for _round in range(1500):
        if estimator == "MRbar/d2":
            found.append(np.abs(np.diff(RNG.normal(size=count))).mean() / 1.128379)
        else:
            sample = variables.subgroups(RNG.normal(size=(count, 5)), "x", "rs")
            found.append(variables.estimates(sample)[estimator])
    shown = np.mean(found) ** 2 / (2 * np.var(found))

    assert intervals.freedom_of(estimator, sizes, count) == pytest.approx(shown, rel=0.1)


def test_capability_of_an_unstable_process_is_void_and_refused_on_demand():
    drifting = ROWS + np.linspace(0, 6, 30)[:, None]
    found = tqm.capability_normal(subgroups=drifting, lsl=0, usl=25)

    assert found.status == "void" and found.stable is False
    assert codes(found)[0] == "unstable"
    with pytest.raises(Refused, match="capability is void"):
        tqm.capability_normal(subgroups=drifting, lsl=0, usl=25, gate="refuse")
    assert tqm.capability_normal(subgroups=ROWS, lsl=5, usl=15).status == "ok"


def test_one_limit_has_no_cp_and_none_is_invented():
    found = tqm.capability_normal(VALUES, usl=14)

    assert set(found.within) == {"Cpu", "Cpk"} and set(found.overall) == {"Ppu", "Ppk"}
    assert found.ppm["expected_overall"]["below"] == 0


def test_no_variation_has_no_indices():
    found = tqm.capability_normal([5.0] * 60, lsl=4, usl=6)

    assert found.status == "no_variation" and found.within == {} and found.overall == {}
    assert "inf" not in str(found.to_dict()).lower()


def test_scale_and_shift_leave_indices_alone():
    one = tqm.capability_normal(subgroups=ROWS, lsl=6, usl=14, target=10)
    other = tqm.capability_normal(subgroups=ROWS * 3 + 100, lsl=118, usl=142, target=130)

    for part in ("within", "overall"):
        for name, interval in getattr(one, part).items():
            assert vars(getattr(other, part)[name]) == pytest.approx(vars(interval), rel=1e-9)


def test_the_order_of_values_counts_for_within_and_not_for_overall():
    shuffled = RNG.permutation(VALUES)
    one, other = tqm.capability_normal(VALUES, usl=14), tqm.capability_normal(shuffled, usl=14)

    assert other.overall["Ppk"].value == pytest.approx(one.overall["Ppk"].value, rel=1e-12)
    assert other.within["Cpk"].value != pytest.approx(one.within["Cpk"].value, rel=1e-6)


def test_expected_parts_per_million_are_those_of_the_normal_law():
    found = tqm.capability_normal(VALUES, lsl=7, usl=13)
    mean, s = VALUES.mean(), VALUES.std(ddof=1)

    expected = (stats.norm.cdf(7, mean, s) + stats.norm.sf(13, mean, s)) * 1e6
    assert found.ppm["expected_overall"]["total"] == pytest.approx(expected, rel=1e-9)
    assert stats.norm.sf(found.z_bench["overall"]) * 1e6 == pytest.approx(expected, rel=1e-9)


def test_few_coarse_or_skewed_values_are_said():
    assert "few_values" in codes(tqm.capability_normal(VALUES[:30], usl=14))
    assert "coarse_resolution" in codes(tqm.capability_normal([f"{v:.0f}" for v in VALUES], usl=14))
    assert "coarse_resolution" not in codes(tqm.capability_normal([f"{v:.3f}" for v in VALUES], usl=14))
    assert "not_normal" in codes(tqm.capability_normal(RNG.lognormal(0, 0.8, 100), usl=14))


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        ({}, "Give a lower or an upper"),
        ({"lsl": 5, "usl": 5}, "not below"),
        ({"usl": 5, "target": 6}, "outside the limits"),
    ],
)
def test_limits_that_are_none_are_refused(limits, sentence):
    with pytest.raises(Refused, match=sentence):
        tqm.capability_normal(VALUES, **limits)


@pytest.mark.parametrize(
    ("name", "law"),
    [
        ("weibull", stats.weibull_min(1.7, scale=3)),
        ("gamma", stats.gamma(2.3, scale=1.5)),
        ("lognormal", stats.lognorm(0.5, scale=2)),
        ("exponential", stats.expon(scale=2)),
        ("rayleigh", stats.rayleigh(scale=2)),
        ("folded_normal", stats.foldnorm(0.8, scale=1.5)),
        ("normal", stats.norm(5, 2)),
        ("johnson", stats.johnsonsu(0.5, 1.8, 3, 2)),
        ("johnson", stats.johnsonsb(0.3, 1.1, 1, 4)),
    ],
)
def test_a_fitted_distribution_finds_the_tails_of_the_true_one(name, law):
    x = law.rvs(4000, random_state=np.random.default_rng(3))
    own = DISTRIBUTIONS[name]
    fit = own.fit(x[None, :])

    for share in (0.00135, 0.2, 0.5, 0.99865):
        quantile = float(np.squeeze(own.ppf(share, fit)))
        assert float(np.squeeze(own.cdf(quantile, fit))) == pytest.approx(share, rel=1e-6)
        # Four standard errors of an empirical quantile would be wider; a johnson fit by four percentiles needs them.
        assert law.cdf(quantile) == pytest.approx(share, rel=0.1, abs=0.0025 if name == "johnson" else 0.0008)


@pytest.mark.parametrize(("name", "theirs"), [("gamma", stats.gamma), ("weibull", stats.weibull_min)])
def test_a_fit_has_at_least_the_likelihood_of_scipys(name, theirs):
    x = theirs(2.1, scale=3).rvs(150, random_state=np.random.default_rng(5))
    mine = DISTRIBUTIONS[name].fit(x)
    shape, location, scale = theirs.fit(x, floc=0)

    own = theirs.logpdf(x, mine["shape"], 0, mine["scale"]).sum()
    assert own >= theirs.logpdf(x, shape, location, scale).sum() - 1e-9


def test_quantile_method_of_a_normal_law_is_the_normal_method():
    found = tqm.capability_quantile(VALUES, lsl=6, usl=14, distribution="normal")
    normal = tqm.capability_normal(VALUES, lsl=6, usl=14)

    assert found.indices["Ppk"].value == pytest.approx(normal.overall["Ppk"].value, rel=1e-4)
    assert found.indices["Ppk"].lower_bound == pytest.approx(normal.overall["Ppk"].lower_bound, rel=0.05)


def test_a_distribution_that_does_not_fit_is_said():
    assert "no_fit" in codes(tqm.capability_quantile(VALUES, usl=14, distribution="exponential", resamples=0))


def test_values_that_a_distribution_cannot_have_are_refused():
    with pytest.raises(Refused, match="row 3 cannot come from a lognormal"):
        tqm.capability_quantile([1, 2, -1, 3, 4, 5, 6, 7], usl=9)
    with pytest.raises(Refused, match="must be one of"):
        tqm.capability_quantile(VALUES, usl=9, distribution="cauchy")


def test_boxcox_finds_scipys_power_and_interval():
    x = RNG.gamma(2, 3, 200)
    found = tqm.capability_boxcox(x, usl=60)
    _y, power, interval = stats.boxcox(x, alpha=0.05)

    assert found.lam == pytest.approx(power, abs=1e-5)
    assert (found.lam_lower, found.lam_upper) == pytest.approx(interval, abs=1e-5)


def test_boxcox_with_power_zero_is_the_lognormal_and_with_one_the_normal_method():
    x = RNG.lognormal(0, 0.3, 200)

    assert tqm.capability_boxcox(x, usl=4, lam=0).mean == pytest.approx(np.log(x).mean(), rel=1e-12)
    normal = tqm.capability_normal(x, usl=4).overall["Ppk"].value
    assert tqm.capability_boxcox(x, usl=4, lam=1).indices["Ppk"].value == pytest.approx(normal, rel=1e-9)
    with pytest.raises(Refused, match="row 2 is 0"):
        tqm.capability_boxcox([1, 0, 2, 3, 4, 5, 6, 7], usl=9)


@pytest.mark.parametrize(
    ("n", "share", "conf", "side", "printed"),
    [
        (10, 0.95, 0.95, "two", 3.393),
        (5, 0.95, 0.99, "two", 7.870),
        (20, 0.9, 0.95, "upper", 1.926),
        (30, 0.99, 0.95, "two", 3.355),
    ],
)
def test_factors_of_tolerance_intervals_are_those_printed(n, share, conf, side, printed):
    assert factor(n, share, conf, side) == pytest.approx(printed, abs=0.006)


@pytest.mark.parametrize("distribution", ["normal", "free"])
def test_a_tolerance_interval_holds_its_share_as_often_as_it_says(distribution):
    held = 0
    for _round in range(400):
        found = tqm.tolerance_interval(RNG.normal(size=120), share=0.9, conf=0.9, distribution=distribution)
        held += stats.norm.cdf(found.upper) - stats.norm.cdf(found.lower) >= 0.9

    assert 0.86 < held / 400 < (0.94 if distribution == "normal" else 0.985)


def test_too_few_values_for_a_free_interval_are_refused_with_the_number_needed():
    with pytest.raises(Refused, match="473 are needed"):
        tqm.tolerance_interval(VALUES, distribution="free")


def test_the_gate_answers_each_question():
    gate = tqm.stability_gate(subgroups=ROWS, ndc=4, grr_percent=12)

    assert gate.checks == {
        "varies": True, "stable": True, "enough_values": True, "fine_enough": True,
        "gauge_distinguishes": False, "gauge_precise": True,
    }  # fmt: skip
    assert not gate.passed and codes(gate) == ["gauge_distinguishes"]
    assert tqm.stability_gate(subgroups=ROWS).passed
    assert tqm.stability_gate(VALUES[:20]).checks["enough_values"] is False
    assert tqm.stability_gate([3.0] * 60).checks["varies"] is False


def test_normality_rejects_as_often_as_its_p_says():
    rejected = sum(tqm.normality(RNG.normal(size=40)).p < 0.1 for _round in range(600))

    assert rejected / 600 == pytest.approx(0.1, abs=0.04)
    assert tqm.normality(RNG.exponential(size=100)).p < 0.001
    assert not math.isnan(tqm.normality(VALUES).a2)
