"""Gauge studies: components, what was clamped, what is missing, and what a study cannot know."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from testamur import tqm
from testamur.kernel.refusal import Refused
from testamur.tqm.msa import mls

RNG = np.random.default_rng(4)


def study(parts=10, operators=3, trials=3, sd=(1.0, 0.2, 0.1, 0.3), rng=RNG):
    """Return long columns of a simulated crossed study; sd of part, operator, interaction, repeatability."""
    p, o = rng.normal(0, sd[0], parts), rng.normal(0, sd[1], operators)
    po = rng.normal(0, sd[2], (parts, operators))
    columns = ([], [], [])
    for i in range(parts):
        for j in range(operators):
            for _trial in range(trials):
                value = 50 + p[i] + o[j] + po[i, j] + rng.normal(0, sd[3])
                for column, cell in zip(columns, (i + 1, "ABCDEFGH"[j], float(value)), strict=True):
                    column.append(cell)
    return columns


def codes(result):
    return [warning.code for warning in result.warnings]


def test_sums_of_squares_are_those_of_the_definition():
    part, operator, value = study()
    found = tqm.gage_rr_crossed(part, operator, value)
    x = np.array(value).reshape(10, 3, 3)
    within = ((x - x.mean(axis=2, keepdims=True)) ** 2).sum()

    assert found.anova["ss"][3] == pytest.approx(within, rel=1e-10)
    assert sum(found.anova["ss"]) == pytest.approx(((x - x.mean()) ** 2).sum(), rel=1e-10)
    assert found.anova["p_interaction"] == pytest.approx(
        stats.f.sf(found.anova["F_interaction"], *found.anova["df"][2:]), rel=1e-9
    )


def test_rows_may_come_in_any_order():
    part, operator, value = study()
    order = RNG.permutation(len(value))
    shuffled = [[column[place] for place in order] for column in (part, operator, value)]

    one, other = tqm.gage_rr_crossed(part, operator, value), tqm.gage_rr_crossed(*shuffled)
    assert other.components["grr"].sd == pytest.approx(one.components["grr"].sd, rel=1e-12)


def test_scale_and_shift_leave_percentages_alone():
    part, operator, value = study()
    moved = [v * 7 - 1e5 for v in value]
    one, other = tqm.gage_rr_crossed(part, operator, value), tqm.gage_rr_crossed(part, operator, moved)

    assert other.percent_grr == pytest.approx(one.percent_grr, rel=1e-7)
    assert other.components["grr"].sd == pytest.approx(one.components["grr"].sd * 7, rel=1e-7)


def test_an_offset_of_a_billion_in_texts_changes_nothing():
    part, operator, value = study()
    near = [f"{v:.4f}" for v in value]
    far = ["10000000" + text for text in near]

    one, other = tqm.gage_rr_crossed(part, operator, near), tqm.gage_rr_crossed(part, operator, far)
    assert other.components["grr"].sd == pytest.approx(one.components["grr"].sd, rel=1e-12)


def test_a_missing_cell_is_named_never_dropped():
    part, operator, value = study()
    for removed in (part, operator, value):
        del removed[4]

    with pytest.raises(Refused, match="part 1, operator B has 2 of 3 trials"):
        tqm.gage_rr_crossed(part, operator, value)
    with pytest.raises(Refused, match="part 1, operator B has 2 of 3 trials"):
        tqm.gage_rr_average_range(part, operator, value)


def test_a_negative_component_is_clamped_and_said():
    part, operator, value = study(sd=(1, 0, 0, 0.5), rng=np.random.default_rng(6))
    found = tqm.gage_rr_crossed(part, operator, value, pool_interaction_alpha=None)

    assert any(one.clamped and one.variance == 0 for one in found.components.values())
    assert "negative_component_clamped" in codes(found)
    assert all(one.variance >= 0 for one in found.components.values())


def test_the_interaction_is_pooled_by_the_level_that_is_shown():
    columns = study(sd=(1, 0.2, 0, 0.3), rng=np.random.default_rng(8))
    p = tqm.gage_rr_crossed(*columns).anova["p_interaction"]

    assert tqm.gage_rr_crossed(*columns, pool_interaction_alpha=p - 0.01).model == "pooled"
    assert tqm.gage_rr_crossed(*columns, pool_interaction_alpha=p + 0.01).model == "with_interaction"
    kept = tqm.gage_rr_crossed(*columns, pool_interaction_alpha=None)
    assert kept.model == "with_interaction" and set(kept.models) == {"with_interaction", "pooled"}
    assert kept.evidence()["parameters"]["pool_interaction_alpha"] is None


def test_percent_grr_depends_on_the_parts_and_percent_tolerance_does_not():
    columns = study(rng=np.random.default_rng(9))
    spread = [v + 20 * part for part, v in zip(columns[0], columns[2], strict=True)]
    near = tqm.gage_rr_crossed(*columns, tolerance=6)
    far = tqm.gage_rr_crossed(columns[0], columns[1], spread, tolerance=6)

    assert far.percent_grr < near.percent_grr / 5
    assert far.components["grr"].tolerance == pytest.approx(near.components["grr"].tolerance, rel=1e-6)
    assert "no_tolerance" in codes(tqm.gage_rr_crossed(*columns)) and "no_tolerance" not in codes(near)


def test_three_operators_are_told_that_they_say_little_of_operators():
    found = tqm.gage_rr_crossed(*study())
    operator = found.components["operator"]

    assert "few_operators" in codes(found)
    assert operator.upper > 3 * operator.sd


def test_k_of_5_15_is_the_old_study_variation():
    columns = study()
    old, new = (tqm.gage_rr_crossed(*columns, tolerance=6, k=k).components["grr"].tolerance for k in (5.15, 6))

    assert old / new == pytest.approx(5.15 / 6)


def test_a_gauge_too_coarse_for_the_parts_is_a_status():
    part, operator, _value = study()
    found = tqm.gage_rr_crossed(part, operator, [5.0] * len(part))

    assert found.status == "no_variation" and found.percent_grr is None and found.ndc is None
    steps = tqm.gage_rr_crossed(part, operator, [float(one) for one in part])
    assert "no_repeatability" in codes(steps) and steps.ndc is None
    assert "inf" not in str(steps.to_dict()).lower()


def test_intervals_hold_the_true_deviation_as_often_as_they_say():
    rng, held = np.random.default_rng(10), {"repeatability": 0, "grr": 0, "part": 0, "operator": 0}
    truth = {"repeatability": 0.3, "part": 1.0, "operator": 0.5, "grr": math.sqrt(0.3**2 + 0.5**2 + 0.2**2)}
    for _round in range(300):
        found = tqm.gage_rr_crossed(*study(sd=(1.0, 0.5, 0.2, 0.3), rng=rng), pool_interaction_alpha=None, conf=0.9)
        for name in held:
            held[name] += found.components[name].lower <= truth[name] <= found.components[name].upper

    assert {name: 0.84 < count / 300 < 0.97 for name, count in held.items()} == dict.fromkeys(held, True)


def test_the_interval_of_a_single_mean_square_is_the_chi_square_one():
    low, high = mls.interval([(1, 4.0, 20)], 0.9)

    assert (low, high) == pytest.approx((80 / stats.chi2.ppf(0.95, 20), 80 / stats.chi2.ppf(0.05, 20)))


def test_a_nested_study_needs_equal_numbers_of_parts():
    with pytest.raises(Refused, match=r"different numbers of parts \(A: 2, B: 1\)"):
        tqm.gage_rr_nested(["1", "1", "2", "2", "1", "1"], ["A"] * 4 + ["B"] * 2, [1, 2, 3, 4, 5, 6])


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ((["1", "2"], ["A", "A"], [1, 2]), "at least 2 are needed"),
        ((["1", "1", "2", "2"], ["A", "B", "A", "B"], [1, 2, 3, 4]), "measured once"),
        ((["1", "1"], ["A", "B"], [1, "x"]), "row 2: 'x' is not a number"),
        ((["1", "1"], ["A"], [1, 2]), "different lengths"),
        ((["1", ""], ["A", "B"], [1, 2]), "part, row 2: there is no value"),
    ],
)
def test_what_is_no_study_is_refused(columns, sentence):
    with pytest.raises(Refused, match=sentence):
        tqm.gage_rr_crossed(*columns)


def test_bias_is_students_test():
    x = RNG.normal(6.1, 0.2, 15)
    found, theirs = tqm.bias_study(x, 6.0), stats.ttest_1samp(x, 6.0)

    assert (found.t, found.p) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-10)
    interval = theirs.confidence_interval(0.95)
    assert (found.lower + 6, found.upper + 6) == pytest.approx((interval.low, interval.high), rel=1e-10)


def test_a_gauge_that_always_shows_one_value_has_no_test_of_bias():
    found = tqm.bias_study([6.1] * 12, 6)

    assert found.status == "no_variation" and found.t is None and found.acceptable is None
    assert found.bias == pytest.approx(0.1)


def test_linearity_is_least_squares_of_the_bias():
    reference = np.repeat([2.0, 4, 6, 8, 10], 6)
    value = reference * 1.02 - 0.1 + RNG.normal(0, 0.05, 30)
    found, theirs = tqm.linearity_study(reference, value), stats.linregress(reference, value - reference)

    assert (found.slope, found.intercept) == pytest.approx((theirs.slope, theirs.intercept), rel=1e-8)
    assert (found.p_slope, found.r2) == pytest.approx((theirs.pvalue, theirs.rvalue**2), rel=1e-6)
    assert not found.acceptable and "not_linear" in codes(found)
    assert tqm.linearity_study(reference, reference + RNG.normal(0, 0.05, 30)).pct_linearity < 2
    with pytest.raises(Refused, match="All references are equal"):
        tqm.linearity_study([2, 2, 2], [1, 2, 3])


def test_a_gauge_that_drifts_is_not_stable():
    calm = RNG.normal(5, 0.1, 40)
    steady = tqm.stability_study(calm, reference=5)
    drifting = tqm.stability_study(calm + np.linspace(0, 0.5, 40))

    assert steady.stable and not steady.drifts and abs(steady.bias) < 0.1
    assert not drifting.stable and drifting.drifts and "drift" in codes(drifting)
    assert drifting.p_slope == pytest.approx(
        stats.linregress(np.arange(40), calm + np.linspace(0, 0.5, 40)).pvalue, rel=1e-6
    )


def test_a_measurement_process_is_judged_by_its_uncertainty():
    found = tqm.measurement_capability(0.1, resolution=0.001, u_evr=0.001, bias=0.0005, u_cal=0.0008, u_av=0.002)

    u_ms = math.sqrt(0.001**2 + 0.0008**2 + (0.0005 / math.sqrt(3)) ** 2)
    assert found.u_MS == pytest.approx(u_ms)
    assert pytest.approx(400 * u_ms / 0.1) == found.Q_MS
    assert pytest.approx(400 * math.hypot(u_ms, 0.002) / 0.1) == found.Q_MP
    assert found.capable
    again = tqm.measurement_capability(found.smallest_tolerance, u_evr=0.001, bias=0.0005, u_cal=0.0008, u_av=0.002)
    assert max(again.Q_MS / 15, again.Q_MP / 30) == pytest.approx(1)
    assert not tqm.measurement_capability(0.01, resolution=0.001, u_evr=0.00001).capable
    with pytest.raises(Refused, match="No contribution"):
        tqm.measurement_capability(0.1)
