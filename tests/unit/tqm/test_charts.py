"""Shewhart charts: what must hold whatever the data, and the pitfalls that other programs fell into."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pytest

from testamur import tqm
from testamur.kernel.refusal import Refused

RNG = np.random.default_rng(7870)
ROWS = RNG.normal(10, 2, (40, 5))
VALUES = RNG.normal(50, 3, 60)
SIZES = RNG.integers(40, 120, 40)
DEFECTIVES = RNG.binomial(SIZES, 0.12)


def chart_of(name, data):
    if name in {"p", "np_chart", "laney_p"}:
        return getattr(tqm, name)(data[0], data[1])
    return getattr(tqm, name)(data)


def codes(result):
    return [warning.code for warning in result.warnings]


def limits(panel, place):
    return tuple(
        float(np.broadcast_to(line, panel.points.shape)[place]) for line in (panel.lcl, panel.center, panel.ucl)
    )


@pytest.mark.parametrize("name", ["xbar_r", "xbar_s"])
def test_frozen_limits_are_the_limits_of_the_subset(name):
    whole = getattr(tqm, name)(ROWS[:25], ROWS[25:])
    subset = getattr(tqm, name)(ROWS[:25])

    for panel, alone in zip(whole.panels, subset.panels, strict=True):
        assert limits(panel, 39) == pytest.approx(limits(alone, 0), rel=1e-14)
    assert [segment.phase for segment in whole.segments] == ["I", "II"]


def test_limits_do_not_move_when_new_data_come():
    calm, wild = ROWS[25:], ROWS[25:] + 50

    assert tqm.xbar_r(ROWS[:25], wild).parameters == tqm.xbar_r(ROWS[:25], calm).parameters
    assert len(tqm.xbar_r(ROWS[:25], wild).panels[0].beyond) == 15
    assert tqm.i_mr(VALUES[:30], VALUES[30:] * 9).parameters == tqm.i_mr(VALUES[:30]).parameters
    later = (DEFECTIVES[20:] * 0, SIZES[20:])
    assert tqm.p(DEFECTIVES[:20], SIZES[:20], later).parameters == tqm.p(DEFECTIVES[:20], SIZES[:20]).parameters


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("xbar_r", ROWS),
        ("xbar_s", ROWS),
        ("i_mr", VALUES),
        ("p", (DEFECTIVES, SIZES)),
        ("laney_p", (DEFECTIVES, SIZES)),
    ],
)
def test_a_stage_is_the_chart_of_its_points_and_changes_no_other_stage(name, data):
    def of(part, **options):
        if isinstance(data, tuple):
            return getattr(tqm, name)(data[0][part], data[1][part], **options)
        return getattr(tqm, name)(data[part], **options)

    staged, more = of(slice(None), stages=[15]), of(slice(None), stages=[15, 28])

    for stage, part in ((0, slice(0, 15)), (1, slice(15, None))):
        alone = of(part)
        assert dict(staged.segments[stage].parameters) == pytest.approx(dict(alone.parameters), rel=1e-12)
    assert more.segments[0] == staged.segments[0]
    assert more.segments[1].parameters != staged.segments[1].parameters
    for panel, before in zip(more.panels, staged.panels, strict=True):
        assert limits(panel, 3) == limits(before, 3)


@pytest.mark.parametrize("name", ["xbar_r", "xbar_s", "i_mr"])
def test_shifting_and_scaling_data_shifts_and_scales_the_chart(name):
    data = VALUES if name == "i_mr" else ROWS
    one, other = chart_of(name, data), chart_of(name, data * 4 + 1024)

    assert other.center == pytest.approx(one.center * 4 + 1024, rel=1e-13)
    assert other.sigma == pytest.approx(one.sigma * 4, rel=1e-12)
    for panel, moved, shift in zip(one.panels, other.panels, (1024, 0), strict=True):
        assert np.asarray(moved.ucl) == pytest.approx(np.asarray(panel.ucl) * 4 + shift, rel=1e-12)
        assert {rule: places.tolist() for rule, places in moved.signals.items()} == {
            rule: places.tolist() for rule, places in panel.signals.items()
        }


@pytest.mark.parametrize("name", ["xbar_r", "xbar_s"])
def test_the_order_within_a_subgroup_and_of_subgroups_does_not_move_limits(name):
    shuffled = RNG.permuted(ROWS, axis=1)[RNG.permutation(len(ROWS))]

    assert dict(chart_of(name, shuffled).parameters) == pytest.approx(dict(chart_of(name, ROWS).parameters), rel=1e-12)


def test_an_excluded_point_leaves_both_mean_and_limits():
    spoiled = ROWS.copy()
    spoiled[7] += 1000
    left_out = tqm.xbar_r(spoiled, excluded={7: "sensor was unplugged"})
    without = tqm.xbar_r(np.delete(ROWS, 7, axis=0))

    assert dict(left_out.parameters) == pytest.approx(dict(without.parameters), rel=1e-12)
    assert 7 not in left_out.panels[0].signals["nelson_1"]
    assert left_out.excluded == (7,) and left_out.reasons == ("sensor was unplugged",)
    assert left_out.panels[0].points[7] > 1000


def test_an_excluded_individual_takes_both_its_moving_ranges_along():
    spoiled = VALUES.copy()
    spoiled[20] = 1e6
    chart = tqm.i_mr(spoiled, excluded=[20])
    ranges = np.abs(np.diff(VALUES))

    assert chart.sigma == pytest.approx(np.delete(ranges, [19, 20]).mean() / 1.1283791671, rel=1e-9)


def test_estimators_of_sigma_differ_are_named_and_stored():
    names = ("Sbar/c4", "mvlue_s", "pooled", "pooled/c4")
    uneven = [list(row[: 3 + place % 3]) for place, row in enumerate(ROWS)]
    charts = {name: tqm.xbar_s(uneven, sigma_estimator=name) for name in names}

    assert len({chart.sigma for chart in charts.values()}) == 4
    for name, chart in charts.items():
        assert chart.estimator == name
        assert chart.evidence()["parameters"]["sigma_estimator"] == name
        assert chart.sigma == pytest.approx(chart.alternatives[name], rel=1e-14)


def test_sigma_of_unequal_subgroups_is_that_of_the_definition():
    uneven = [list(row[: 2 + place % 4]) for place, row in enumerate(ROWS)]
    from testamur.tqm.constants import c4, d2

    by_range = np.mean([(max(row) - min(row)) / d2(len(row)) for row in uneven])
    by_s = np.mean([np.std(row, ddof=1) / c4(len(row)) for row in uneven])

    assert tqm.xbar_r(uneven).sigma == pytest.approx(by_range, rel=1e-12)
    assert tqm.xbar_s(uneven).sigma == pytest.approx(by_s, rel=1e-12)
    assert tqm.xbar_r(uneven).center == pytest.approx(np.mean(np.concatenate(uneven)), rel=1e-13)


def test_unequal_sizes_step_the_limits_and_the_centre_line_of_the_range():
    uneven = [list(row[: 2 + place % 4]) for place, row in enumerate(ROWS)]
    chart = tqm.xbar_r(uneven)

    assert len(np.unique(chart.panel("xbar").ucl)) == 4
    assert len(np.unique(chart.panel("r").center)) == 4
    assert "mixed_sizes" in codes(chart)


def test_a_subgroup_of_one_counts_for_the_mean_not_for_the_spread():
    rows = [*ROWS.tolist(), [10.0]]
    chart = tqm.xbar_r(rows)

    assert chart.sigma == pytest.approx(tqm.xbar_r(ROWS).sigma, rel=1e-12)
    assert math.isnan(chart.panel("r").points[-1])
    assert "single_values" in codes(chart)


def test_subgroups_of_one_are_refused_and_the_right_chart_named():
    with pytest.raises(Refused, match="use a chart of individuals"):
        tqm.xbar_r([[1], [2], [3]])


def test_large_subgroups_are_told_that_the_range_wastes_information():
    assert "range_inefficient" in codes(tqm.xbar_r(RNG.normal(size=(20, 12))))
    assert "range_inefficient" not in codes(tqm.xbar_s(RNG.normal(size=(20, 30))))


@pytest.mark.parametrize(
    "chart",
    [
        lambda: tqm.xbar_r([[5, 5, 5]] * 25),
        lambda: tqm.xbar_s([["5.1", "5.1"]] * 25),
        lambda: tqm.i_mr([7.3] * 25),
        lambda: tqm.p([0] * 25, 50),
        lambda: tqm.c([0] * 25),
        lambda: tqm.laney_p([0] * 25, [50] * 25),
        lambda: tqm.xbar_r(np.full((25, 5), 1e9 + 0.1)),
    ],
)
def test_no_variation_is_a_status_never_limits_of_no_width(chart):
    found = chart()

    assert found.status == "no_variation"
    assert "no_variation" in codes(found)
    assert not found.in_control
    for panel in found.panels:
        assert math.isnan(panel.ucl) and math.isnan(panel.lcl)
        assert all(len(places) == 0 for places in panel.signals.values())
    assert "Infinity" not in str(found.to_dict()) and "inf" not in str(found.answer())


def test_many_equal_neighbours_are_called_too_coarse():
    assert "repeated_values" in codes(tqm.i_mr([1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 2, 2] * 3))


def test_a_recording_coarser_than_sigma_is_called_rough():
    assert "coarse_resolution" in codes(tqm.i_mr(["5"] * 40 + ["6"] * 2 + ["5"] * 10))


def test_an_offset_of_a_billion_changes_nothing():
    rows = np.round(ROWS, 3)
    texts = [[str(Decimal(10**9) + Decimal(f"{value:.3f}")) for value in row] for row in rows]
    near, far = tqm.xbar_s(rows), tqm.xbar_s(texts)

    assert far.sigma == pytest.approx(near.sigma, rel=1e-12)
    assert [p.tolist() for p in far.panels[0].signals.values()] == [p.tolist() for p in near.panels[0].signals.values()]


def test_correlated_neighbours_are_noticed_and_residuals_offered():
    x = np.zeros(300)
    noise = RNG.normal(size=300)
    for i in range(1, 300):
        x[i] = 0.8 * x[i - 1] + noise[i]
    chart = tqm.i_mr(x)

    assert "autocorrelated" in codes(chart)
    assert "autocorrelated" not in codes(tqm.i_mr(noise))
    residuals = tqm.residual_chart(x)
    assert "autocorrelated" not in codes(residuals)
    assert len(residuals.panels[0].beyond) < len(chart.panels[0].beyond)
    assert tqm.autocorrelation(x).r[0] == pytest.approx(np.corrcoef(x[:-1], x[1:])[0, 1], abs=0.02)


def test_samples_of_thousands_are_sent_to_laneys_chart():
    sizes = RNG.integers(50_000, 60_000, 30)
    shares = RNG.normal(0.1, 0.01, 30)
    defectives = RNG.binomial(sizes, shares)

    usual, wider = tqm.p(defectives, sizes), tqm.laney_p(defectives, sizes)

    assert "overdispersion" in codes(usual) and len(usual.panels[0].beyond) > 10
    assert len(wider.panels[0].beyond) < 3
    assert wider.parameters["sigma_z"] > 3


def test_underdispersion_is_said_and_not_hidden():
    chart = tqm.laney_p([10, 10, 11, 10, 10, 9, 10, 10, 11, 10, 10, 10], 100)

    assert "underdispersion" in codes(chart)
    assert chart.parameters["sigma_z"] < 1
    assert chart.panels[0].ucl < tqm.p([10, 10, 11, 10, 10, 9, 10, 10, 11, 10, 10, 10], 100).panels[0].ucl


def test_limits_of_shares_stay_between_nothing_and_all():
    low, high = tqm.p([0, 1, 0, 2, 1] * 5, 20).panels[0], tqm.p([20, 19, 20, 18, 19] * 5, 20).panels[0]

    assert low.lcl == 0 and high.ucl == 1


def test_few_expected_are_sent_to_exact_limits_and_those_are_exact():
    from scipy.stats import binom

    counts = [0, 1, 0, 0, 2, 1, 0, 1, 0, 0, 1, 3] * 2
    assert "small_expectation" in codes(tqm.np_chart(counts, 40))
    exact = tqm.np_chart(counts, 40, limits_by="probability")
    rate = sum(counts) / (40 * len(counts))

    assert binom.sf(exact.panels[0].ucl, 40, rate) <= 0.00135 < binom.sf(exact.panels[0].ucl - 1, 40, rate)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: tqm.p([5, 51], 50), "row 2: 51 is more than the sample holds"),
        (lambda: tqm.p([5, -1], 50), "row 2: -1 is no count"),
        (lambda: tqm.p([5, 4.5], 50), "row 2: 4.5 is no count"),
        (lambda: tqm.p([5, 4], [50, 0]), "row 2: 0 is no sample size"),
        (lambda: tqm.p([5, 4], [50, 20.5]), "20.5 is no number of items"),
        (lambda: tqm.p([5, 4], [50]), "different lengths"),
        (lambda: tqm.c([1, 2], sizes=[1, 2]), "use a u chart"),
        (lambda: tqm.i_mr([1]), "holds 1 numbers; at least 2"),
        (lambda: tqm.xbar_r(ROWS, stages=[99]), "cannot begin at point 100 of the chart: there are 40"),
        (lambda: tqm.xbar_r(ROWS, excluded=[40]), "there are 40"),
        (lambda: tqm.xbar_r(ROWS, stages=[3], limits={"center": 1, "sigma": 1}), "stages or frozen limits"),
        (lambda: tqm.xbar_r(ROWS, nsigma=0), "nsigma is 0; it must be more than 0"),
        (lambda: tqm.xbar_r(ROWS, sigma_estimator="range"), "must be one of"),
        (lambda: tqm.xbar_r([]), "holds 0 rows"),
        (lambda: tqm.xbar_r([[1, 2], []]), "Subgroup 2 of subgroups is empty"),
    ],
)
def test_what_cannot_be_charted_is_refused_with_what_to_do(call, sentence):
    with pytest.raises(Refused, match=sentence):
        call()


def test_a_missing_cell_is_refused_unless_the_subgroup_may_count_with_the_rest():
    rows = [list(row) for row in ROWS]
    rows[3][2] = None
    with pytest.raises(Refused, match="row 4, column 3"):
        tqm.xbar_r(rows)
    dropped = tqm.xbar_r(rows, missing="drop")
    assert dropped.panel("xbar").points[3] == pytest.approx(np.delete(ROWS[3], 2).mean())


def test_known_parameters_judge_as_phase_two():
    chart = tqm.i_mr(VALUES, limits={"center": 50, "sigma": 3})

    assert (chart.phase, chart.estimator) == ("II", "frozen")
    assert (chart.panels[0].lcl, chart.panels[0].ucl) == (41, 59)


def test_xbar_r_is_what_numpy_says_it_is():
    chart = tqm.xbar_r(ROWS)
    means, ranges = ROWS.mean(axis=1), np.ptp(ROWS, axis=1)
    from testamur.tqm.constants import A2, D3, D4

    assert chart.panels[0].points == pytest.approx(means, rel=1e-14)
    assert chart.panels[1].points == pytest.approx(ranges, rel=1e-12)
    assert chart.panels[0].ucl == pytest.approx(means.mean() + A2(5) * ranges.mean(), rel=1e-13)
    assert chart.panels[1].ucl == pytest.approx(D4(5) * ranges.mean(), rel=1e-12)
    assert chart.panels[1].lcl == D3(5) * ranges.mean() == 0


def test_a_run_ends_at_the_border_of_a_stage_and_goes_on_into_phase_two():
    up = np.concatenate([[1.0, -1.0] * 15, np.full(12, 0.5)])
    staged = tqm.i_mr(up, stages=[36])
    going_on = tqm.i_mr(up[:36], up[36:], limits=None)

    assert staged.panels[0].signals["nelson_2"].size == 0
    assert going_on.panels[0].signals["nelson_2"].tolist() == [38, 39, 40, 41]


def test_long_columns_are_the_same_chart_as_rows():
    names = [f"day {place // 5}" for place in range(200)]
    chart = tqm.xbar_r(tqm.grouped(names, ROWS.ravel().tolist()))

    assert chart.parameters == tqm.xbar_r(ROWS.tolist()).parameters
