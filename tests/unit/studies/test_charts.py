"""Control charts that are kept: data come once, limits stay, and each decision keeps its reason."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from small_world import instant, member, organisation
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.studies import actions, charting, exhibits, queries, reading
from testamur.studies.models import Chart, Intake, Subgroup
from testamur.verification import jcs

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 2)
AT = instant(DAY)
#: 25 stable subgroups of 5, in thousandths above 74.
STABLE = [[(place * 7 + piece * 11) % 13 - 6 for piece in range(5)] for place in range(25)]


def mm(rows):
    return "\n".join("\t".join(f"{74 + Decimal(one) / 1000:.3f}" for one in row) for row in rows)


def shifted(count, by):
    return [[one + by for one in row] for row in STABLE[:count]]


@pytest.fixture
def keeper():
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def bore(keeper):
    return actions.describe_characteristic(
        name="Bore", unit="mm", lower=Decimal("73.95"), upper=Decimal("74.05"), by=keeper, at=AT
    )


@pytest.fixture
def chart(bore, keeper):
    return actions.start_chart(characteristic=bore, method="xbar_r", by=keeper, at=AT)


def take(chart, text, by, **more):
    return actions.take_in(chart=chart, rows=reading.rows(text, chart), by=by, at=AT, **more)


def again(study):
    return exhibits.recompute(jcs.canonical(exhibits.document_of(study)))


def freeze(chart, by, first=1, last=25, reason="after new tool"):
    return actions.freeze_limits(chart=chart, first=first, last=last, reason=reason, by=by, at=AT)


def test_limits_do_not_move_when_data_come(chart, keeper):
    take(chart, mm(STABLE), keeper)
    frozen = freeze(chart, keeper)
    before = charting.draw(chart).result.panels[0]

    take(chart, mm(shifted(6, 40)), keeper)
    drawn = charting.draw(chart)
    after = drawn.result.panels[0]

    assert set(after.numbers["ucl"]) == set(before.numbers["ucl"])
    assert list(drawn.signals) == [26, 27, 28, 29, 30, 31]
    assert [drawn.phase(number) for number in (1, 25, 26)] == ["I", "I", "II"]
    assert frozen.version == 1 and frozen.frozen["by"] == keeper.public_id
    assert chart.limit_sets.get().frozen == frozen.frozen


def test_the_same_paste_adds_nothing_twice_unless_it_was_measured_anew(chart, keeper):
    take(chart, mm(STABLE), keeper)
    with pytest.raises(Refused, match="already, from point 1"):
        take(chart, mm(STABLE), keeper)
    assert Subgroup.objects.count() == 25 and Intake.objects.count() == 1

    take(chart, mm(STABLE), keeper, again=True)
    assert Subgroup.objects.count() == 50


def test_values_stay_as_they_were_typed(chart, keeper):
    take(chart, "74.010\t74.0\n74.000\t73.99", keeper)
    assert [one.values for one in chart.subgroups.all()] == [["74.010", "74.0"], ["74.000", "73.99"]]


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("74.01\t74.02\n74.03\tabc", "row 2"),
        ("74.01\t74.02\n\n74.03", "Row 2 has 1 values"),
        ("74.01\t74.02\n74.03\t\t74.01", "Row 2, column 2 is empty"),
        ("", "Paste the data"),
        ("time\tx\ty\nyesterday\t1\t2", "Row 1: “yesterday” is not a time"),
        ("{", "not JSON"),
        ('{"data": 5}', "Row|Paste|numbers|data"),
    ],
)
def test_a_refusal_names_row_and_column(chart, text, sentence):
    with pytest.raises(Refused) as refused:
        reading.rows(text, chart)
    assert re.search(sentence, str(refused.value), re.IGNORECASE), str(refused.value)


def test_times_and_notes_stand_beside_the_values(chart, keeper):
    take(chart, "time\ta\tb\tlot\n2026-11-02 09:30\t1.0\t2.0\tL-1\n2026-11-02 10:30\t1.5\t2.5\tL-2", keeper)
    first = chart.subgroups.first()
    assert first.values == ["1.0", "2.0"] and first.note == "L-1"
    assert first.taken_at.isoformat() == "2026-11-02T01:30:00+00:00"


def test_a_comment_answers_a_signal_and_the_inbox_empties(chart, keeper):
    take(chart, mm(STABLE), keeper)
    freeze(chart, keeper)
    take(chart, mm(shifted(2, 60)), keeper)
    assert list(queries.charts_to_explain(keeper, DAY)) == [chart]
    chart.refresh_from_db()
    assert chart.signals == [26, 27]

    actions.comment_point(chart=chart, number=26, text="Coolant pump replaced", cause="machine", by=keeper, at=AT)
    actions.exclude_point(chart=chart, number=27, reason="Coolant pump replaced", by=keeper, at=AT)
    chart.refresh_from_db()
    assert chart.signals == [] and not queries.charts_to_explain(keeper, DAY).exists()

    actions.include_point(chart=chart, number=27, reason="It belongs to the process", by=keeper, at=AT)
    chart.refresh_from_db()
    assert chart.signals == [27]


def test_a_signal_waits_for_everybody_where_its_keeper_has_left(chart, keeper):
    colleague = member(keeper.organisation, "quality", name="Li")
    take(chart, mm([*STABLE, *shifted(1, 100)]), keeper)
    assert not queries.charts_to_explain(colleague, DAY).exists()
    keeper.until_day = date(2026, 11, 1)
    keeper.save()
    assert list(queries.charts_to_explain(colleague, DAY)) == [chart]


def test_an_excluded_point_leaves_limits_that_are_not_frozen(chart, keeper):
    take(chart, mm([*STABLE, *shifted(1, 100)]), keeper)
    wide = charting.draw(chart).result.panels[0].numbers["center"][0]
    actions.exclude_point(chart=chart, number=26, reason="broken gauge", by=keeper, at=AT)
    drawn = charting.draw(chart)
    without = drawn.result.panels[0].numbers["center"][0]
    assert without < wide and drawn.result.excluded == (25,) and drawn.result.reasons == ("broken gauge",)
    with pytest.raises(Refused, match="already"):
        actions.exclude_point(chart=chart, number=26, reason="broken gauge", by=keeper, at=AT)


def test_a_stage_has_limits_of_its_own_and_can_be_taken_back(chart, keeper):
    take(chart, mm(STABLE), keeper)
    freeze(chart, keeper)
    take(chart, mm(shifted(25, 30)), keeper)
    actions.split_stage(chart=chart, first=26, reason="new tool", by=keeper, at=AT)
    drawn = charting.draw(chart)
    center = drawn.result.panels[0].numbers["center"]
    assert center[30] - center[0] == pytest.approx(0.030)
    assert [one.limits is None for one in drawn.stretches] == [False, True]
    second = freeze(chart, keeper, 26, 45, "after new tool, again")
    assert (second.version, second.holds_from) == (2, 26)
    assert second.frozen["previous"] == chart.limit_sets.first().digest

    actions.join_stage(chart=chart, first=26, reason="it was the same tool", by=keeper, at=AT)
    assert [one.limits.version for one in charting.draw(chart).stretches] == [1, 2]
    with pytest.raises(Refused, match="No stage"):
        actions.join_stage(chart=chart, first=26, reason="it was the same tool", by=keeper, at=AT)


def test_limits_are_frozen_of_one_stage_with_a_reason_and_enough_points(chart, keeper):
    take(chart, mm(STABLE), keeper)
    for first, last, reason, sentence in (
        (1, 25, " ", "Say why"),
        (1, 3, "too few", "at least 5"),
        (0, 25, "from nowhere", "from 1 to 25"),
        (20, 99, "into the blue", "from 1 to 25"),
    ):
        with pytest.raises(Refused, match=sentence):
            freeze(chart, keeper, first, last, reason)
    actions.split_stage(chart=chart, first=10, reason="new tool", by=keeper, at=AT)
    with pytest.raises(Refused, match="new stage begins at point 10"):
        freeze(chart, keeper, 5, 20)


def test_a_stage_with_too_few_points_shows_them_without_limits(keeper, bore):
    single = actions.start_chart(characteristic=bore, method="i_mr", by=keeper, at=AT)
    take(single, "74.01", keeper)
    drawn = charting.draw(single)
    assert list(drawn.untold) == [1] and drawn.signals == {}
    assert drawn.result.panels[0].points.tolist() == [74.01]


@pytest.mark.parametrize(
    "method, text",
    [
        ("p", "defectives\tsizes\n3\t100\n4\t120\n2\t90"),
        ("np", "不合格品数\t样本量\n3\t100\n4\t100\n2\t100"),
        ("c", "3\n4\n5\n2"),
        ("u", "counts;sizes\n3;1.5\n4;2\n5;1"),
        ("laney_p_prime", "defectives,sizes\n300,10000\n280,10000\n330,12000"),
        ("laney_u_prime", "counts\tsizes\n300\t100\n280\t100\n330\t120"),
        ("ewma", "1.0\n1.2\n0.9\n1.1"),
        ("ewma", "1.0\t1.2\n0.9\t1.1\n1.0\t1.3"),
        ("cusum_tabular", "1.0\n1.2\n0.9\n1.1"),
        ("cusum_tabular", "1.0\t1.2\n0.9\t1.1\n1.0\t1.3"),
        ("xbar_s", "1.0\t1.2\t1.1\n0.9\t1.1\n1.0\t1.3\t1.2"),
    ],
)
def test_every_kind_of_chart_takes_its_data(bore, keeper, method, text):
    chart = actions.start_chart(characteristic=bore, method=method, by=keeper, at=AT)
    take(chart, text, keeper)
    drawn = charting.draw(chart)
    assert drawn.result.panels[0].points.size == chart.subgroups.count() >= 3
    assert not drawn.untold


def test_more_nonconforming_than_inspected_is_refused(bore, keeper):
    chart = actions.start_chart(characteristic=bore, method="p", by=keeper, at=AT)
    for text in ("defectives\tsizes\n300\t100", "defectives\tsizes\n3.5\t100", "3\n4", "defectives\tsizes\n3\t0"):
        with pytest.raises(Refused):
            reading.rows(text, chart)


@pytest.mark.parametrize("method", ["ewma", "cusum_tabular"])
def test_a_chart_that_remembers_is_computed_anew_without_a_point(bore, keeper, method):
    values = [f"{10 + (place * 7 % 5) / 10}" for place in range(30)]
    spoiled = [*values[:11], "99.0", *values[11:]]
    clean, other = (actions.start_chart(characteristic=bore, method=method, by=keeper, at=AT) for _ in range(2))
    take(clean, "\n".join(values), keeper)
    take(other, "\n".join(spoiled), keeper)
    assert 12 in charting.draw(other).signals
    actions.exclude_point(chart=other, number=12, reason="sensor unplugged", by=keeper, at=AT)

    wanted, found = charting.draw(clean).result, charting.draw(other).result
    for one, two in zip(wanted.panels, found.panels, strict=True):
        left = [place for place in range(31) if place != 11]
        assert two.points[left] == pytest.approx(one.points)
        assert two.points[11] == two.points[10]
        assert two.numbers["ucl"][left] == pytest.approx(one.numbers["ucl"], nan_ok=True)
    assert found.excluded == (11,) and 12 not in charting.draw(other).signals
    assert wanted.parameters == found.parameters
    frozen = freeze(other, keeper, 1, 26)
    assert frozen.frozen["parameters"]["center"] == pytest.approx(charting.draw(other).result.center)

    for number in (1, 2):
        actions.exclude_point(chart=clean, number=number, reason="warming up", by=keeper, at=AT)
    drawn = charting.draw(clean)
    assert drawn.result.panels[0].points.size == 30 and drawn.result.excluded == (0, 1)


def test_a_stretch_of_which_every_point_is_left_out_says_what_to_do(bore, keeper):
    chart = actions.start_chart(characteristic=bore, method="ewma", by=keeper, at=AT)
    take(chart, "1.0\n1.2", keeper)
    for number in (1, 2):
        actions.exclude_point(chart=chart, number=number, reason="warming up", by=keeper, at=AT)
    drawn = charting.draw(chart)
    assert "count one again" in str(drawn.untold[1]) and drawn.result.panels[0].points.size == 2


def test_a_cusum_keeps_target_k_h_and_head_start_with_its_frozen_limits(bore, keeper):
    settings = {"target": "10", "h": "4", "k": "0.5", "fir": True}
    chart = actions.start_chart(characteristic=bore, method="cusum_tabular", parameters=settings, by=keeper, at=AT)
    take(chart, "\n".join(f"{10 + ((place * 7) % 5 - 2) / 10:.1f}" for place in range(25)), keeper)
    frozen = freeze(chart, keeper).frozen["parameters"]
    assert (frozen["center"], frozen["h"], frozen["k"], frozen["head_start"]) == (10, 4, 0.5, 2)

    before = charting.draw(chart).result
    assert [panel.id for panel in before.panels] == ["c_pos", "c_neg"]
    actions.change_chart(
        chart=chart, seen=Chart.objects.get().version, name="Bore", gauge=None, keeper=keeper,
        parameters={"target": "11", "h": "9", "k": "1", "fir": False}, by=keeper, at=AT,
    )  # fmt: skip
    after = charting.draw(Chart.objects.get()).result
    assert after.panels[0].points.tolist() == before.panels[0].points.tolist() and after.panels[0].ucl == 4

    take(Chart.objects.get(), "\n".join(["10.4"] * 8), keeper)
    signals = charting.draw(chart).signals
    assert signals and min(signals) > 25 and Chart.objects.get().signals == list(signals)


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"h": "0"}, "h"), ({"h": "x"}, "h"), ({"k": "-1"}, "k"), ({"k": "NaN"}, "k"), ({"target": "ten"}, "target")],
)
def test_settings_of_a_cusum_that_mean_nothing_are_refused(bore, keeper, typed, field):
    with pytest.raises(Refused) as refused:
        actions.start_chart(characteristic=bore, method="cusum_tabular", parameters=typed, by=keeper, at=AT)
    assert refused.value.field == field


def test_a_capability_of_an_unstable_chart_is_refused(chart, keeper):
    take(chart, mm(STABLE), keeper)
    freeze(chart, keeper)
    limits = {"lsl": "73.95", "usl": "74.05"}

    def study():
        return actions.keep_study(
            method="capability_normal", title="Bore", data=None, parameters=limits, chart=chart, by=keeper, at=AT
        )

    kept = study()
    assert kept.answer["n"] == 125 and again(kept).found.holds
    take(chart, mm(shifted(1, 60)), keeper)
    with pytest.raises(Refused, match=r"not stable.*signals at: 26\).*begin a new stage"):
        study()


def test_a_study_is_kept_once_and_recomputed_the_same(keeper):
    kept = actions.keep_study(
        method="capability_normal", title="Bore", data={"values": ["1.00", "1.10", "1.20", "1.05", "1.15"] * 12},
        parameters={"lsl": "0.5", "usl": "1.5"}, by=keeper, at=AT,
    )  # fmt: skip
    assert again(kept).found.holds
    assert kept.parameters["edition"] == "2017"
    with pytest.raises(TypeError):
        kept.save()


def test_each_act_tells_the_journal_once(chart, keeper):
    take(chart, mm(STABLE), keeper)
    freeze(chart, keeper)
    actions.comment_point(chart=chart, number=3, text="looked at it", cause="chance", by=keeper, at=AT)
    actions.close_chart(chart=chart, reason="the part is made no longer", by=keeper, at=AT)
    kinds = [one.kind for one in Event.objects.filter(kind__startswith="studies.")]
    assert kinds == [
        "studies.characteristic_described", "studies.chart_started", "studies.data_taken_in", "studies.limits_frozen",
        "studies.point_commented", "studies.chart_closed",
    ]  # fmt: skip
    with pytest.raises(Refused, match="was closed"):
        take(chart, mm(STABLE), keeper, again=True)


def test_nobody_else_sees_or_touches_it(chart, keeper, bore):
    stranger = member(organisation("Other"), "quality", name="Zhou")
    colleague = member(keeper.organisation, "application", name="Li")
    for one in (stranger, colleague):
        assert not queries.charts_visible_to(one).exists()
        assert not queries.characteristics_visible_to(one).exists()
        with pytest.raises(Refused):
            actions.comment_point(chart=chart, number=1, text="mine now", cause="machine", by=one, at=AT)
        with pytest.raises(Refused):
            actions.start_chart(characteristic=bore, method="i_mr", by=one, at=AT)
    with pytest.raises(Refused, match="kept by a member"):
        actions.start_chart(characteristic=bore, method="i_mr", keeper=stranger, by=keeper, at=AT)


def test_what_two_people_change_at_once_is_saved_by_the_first(chart, keeper, bore):
    actions.change_characteristic(characteristic=bore, seen=0, name="Bore", unit="mm", by=keeper, at=AT)
    with pytest.raises(Refused, match="Somebody changed this"):
        actions.change_characteristic(characteristic=bore, seen=0, name="Bore 2", unit="mm", by=keeper, at=AT)
    take(chart, mm(STABLE), keeper)
    with pytest.raises(Refused, match="recorded in mm"):
        actions.change_characteristic(characteristic=bore, seen=1, name="Bore", unit="in", by=keeper, at=AT)


def test_a_chart_of_5000_points_is_computed_quickly(chart, keeper):
    take(chart, mm(STABLE * 200), keeper)
    drawn = charting.draw(chart)
    assert len(drawn.rows) == 5000 and drawn.result.panels[0].points.size == 5000


def test_a_signal_is_due_the_next_working_day_after_it_could_be_seen(chart, keeper):
    assert queries.comment_due(chart) is None
    summer, holiday, friday = (instant(day) for day in (date(2026, 9, 1), date(2026, 9, 30), date(2026, 11, 6)))
    for rows, at in ((STABLE, summer), (shifted(1, 60), holiday)):
        actions.take_in(chart=chart, rows=reading.rows(mm(rows), chart), by=keeper, at=at)
        if at == summer:
            actions.freeze_limits(chart=chart, first=1, last=25, reason="a quiet month", by=keeper, at=at)
    chart.refresh_from_db()
    assert chart.signals == [26]
    assert queries.comment_due(chart) == date(2026, 10, 8)  # the National Day holiday ends on 7 October
    actions.freeze_limits(chart=chart, first=1, last=25, reason="after new tool", by=keeper, at=friday)
    chart.refresh_from_db()
    assert queries.comment_due(chart) == date(2026, 11, 9)
