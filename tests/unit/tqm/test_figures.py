"""Figures: the same bytes each time, readable without eyes or colour, and no specification on a chart of means."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from testamur import tqm
from testamur.cli._language import translator
from testamur.kernel.refusal import Refused
from testamur.tqm.figures.figure import ticks, written
from testamur.tqm.methods import find, index

SVG = "{http://www.w3.org/2000/svg}"
RNG = np.random.default_rng(6)
ROWS = RNG.normal(10, 1, (30, 5))
ROWS[12] += 4
CROSSED = (
    [i // 6 for i in range(60)],
    ["ABC"[i // 2 % 3] for i in range(60)],
    [i // 6 + RNG.normal(0, 0.3) for i in range(60)],
)
VECTORS = RNG.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 50)
VECTORS[7] = [4, -4]


def results():
    counts = RNG.binomial(80, 0.1, 25)
    return {
        "xbar_r": tqm.xbar_r(ROWS, stages=[20], excluded={3: "tool broke"}),
        "xbar_s": tqm.xbar_s(ROWS[:20], ROWS[20:]),
        "i_mr": tqm.i_mr(ROWS[:, 0]),
        "p": tqm.p(counts, RNG.integers(60, 90, 25)),
        "c": tqm.c(counts),
        "laney_u_prime": tqm.laney_u(counts, 80),
        "ewma": tqm.ewma(ROWS[:20], ROWS[20:]),
        "cusum_tabular": tqm.cusum(ROWS, fir=True),
        "hotelling_t2_individual": tqm.hotelling_t2(VECTORS),
        "mewma": tqm.mewma(VECTORS),
        "p_np": find("p_np").run({"defectives": counts, "sizes": 80}),
        "capability_normal": tqm.capability_normal(subgroups=ROWS, lsl=5, usl=16, target=10),
        "capability_of_values": tqm.capability_normal(ROWS.ravel(), usl=16),
        "capability_percentile": tqm.capability_quantile(np.exp(ROWS.ravel() / 5), usl=60, resamples=100),
        "gage_rr_crossed": tqm.gage_rr_crossed(*CROSSED, tolerance=9),
        "stability_study": tqm.stability_study(subgroups=ROWS),
        "no_variation": tqm.i_mr([5.0] * 30),
    }


FOUND = results()


@pytest.mark.parametrize("name", FOUND)
def test_a_figure_is_the_same_bytes_each_time_and_well_formed(name):
    one, two = (tqm.to_svg(tqm.figure_of(FOUND[name])) for _again in range(2))

    assert one == two
    root = ET.fromstring(one)
    assert root.tag == f"{SVG}svg"
    assert "nan" not in one and "inf" not in one.replace("information", "")


@pytest.mark.parametrize("name", FOUND)
def test_a_figure_has_title_summary_and_a_table_of_every_number(name):
    root = ET.fromstring(tqm.to_svg(tqm.figure_of(FOUND[name])))
    image = next(element for element in root.iter(f"{SVG}g") if element.get("role") == "img")
    named = {element.get("id"): element.text for element in root.iter() if element.get("id")}

    assert root.find(f"{SVG}title").text
    assert all(named[mark] for mark in image.get("aria-labelledby").split())
    tables = [element for element in root.iter(f"{SVG}g") if element.get("role") == "table"]
    assert tables and all(table.get("aria-label") for table in tables)
    # What has the role of an image hides its inside from a screen reader, so no table may be there.
    assert not [element for element in image.iter() if element.get("role") == "table"]


@pytest.mark.parametrize("name", FOUND)
def test_a_figure_needs_no_style_and_no_script(name):
    svg = tqm.to_svg(tqm.figure_of(FOUND[name]))

    assert "<style" not in svg and "style=" not in svg and "<script" not in svg and "href" not in svg


@pytest.mark.parametrize("name", FOUND)
def test_a_figure_speaks_chinese_throughout(name):
    figure = tqm.figure_of(FOUND[name])
    english, chinese = tqm.to_svg(figure), tqm.to_svg(figure, translator("zh"), language="zh")

    assert ET.fromstring(chinese).find(f"{SVG}title").text != ET.fromstring(english).find(f"{SVG}title").text
    left = {text for text in _texts(english) & _texts(chinese) if len(text) > 12 and " " in text}
    assert {text for text in left if not any(sign.isdigit() for sign in text)} == set()


def _texts(svg):
    return {element.text for element in ET.fromstring(svg).iter(f"{SVG}text") if element.text}


def test_signals_differ_in_shape_and_carry_the_number_of_their_rule():
    chart = tqm.xbar_r(ROWS)
    svg = tqm.to_svg(tqm.figure_of(chart), table=False)
    squares = [e for e in ET.fromstring(svg).iter(f"{SVG}rect") if e.get("width") == "8"]
    signalled = [{place for places in panel.signals.values() for place in places.tolist()} for panel in chart.panels]

    assert len(squares) == sum(map(len, signalled)) > 0
    assert 12 in signalled[0]
    assert "1" in _texts(svg)


def test_an_excluded_point_is_hollow_and_stages_are_upright_lines():
    svg = tqm.to_svg(tqm.figure_of(FOUND["xbar_r"]), table=False)
    circles = list(ET.fromstring(svg).iter(f"{SVG}circle"))

    assert [circle.get("fill") for circle in circles].count("#ffffff") == 2  # once on each of the paired charts
    assert svg.count('stroke-dasharray="2 3"') == 2


def test_limits_are_dashed_with_their_values_and_the_centre_is_solid():
    chart = tqm.xbar_r(ROWS)
    texts = _texts(tqm.to_svg(tqm.figure_of(chart), table=False))

    assert f"UCL {written(chart.panels[0].ucl, 6)}" in texts
    assert f"CL {written(chart.center, 6)}" in texts


def test_no_specification_limit_stands_on_a_chart_of_means():
    plots = tqm.figure_of(FOUND["capability_normal"]).plots
    means, histogram = plots[0], plots[1]

    def texts(plot):
        return [mark.text for mark in plot.marks if hasattr(mark, "text") and isinstance(mark.text, str)]

    assert not [text for text in texts(means) if "SL" in text or text.startswith("T ")]
    assert [text.split()[0] for text in texts(histogram)] == ["LSL", "T", "USL"]


def test_a_sixpack_has_six_plots_with_the_lower_bound_first():
    figure = tqm.figure_of(FOUND["capability_normal"])
    index_table = figure.plots[5].tables[0]

    assert len(figure.plots) == len(tqm.figure_of(FOUND["gage_rr_crossed"]).plots) == 6
    assert index_table.rows[0][1] == FOUND["capability_normal"].overall["Pp"].lower_bound


def test_every_point_is_in_the_table_as_csv_and_html():
    chart = FOUND["i_mr"]
    figure = tqm.figure_of(chart)
    rows = list(csv.reader(io.StringIO(tqm.to_csv(figure))))
    html = ET.fromstring(f"<div>{tqm.to_html(figure)}</div>")

    assert [float(row[1]) for row in rows[2:32]] == chart.panels[0].points.tolist()
    assert len(html.findall(".//tbody/tr")) == 60
    assert html.find(".//th[@scope='col']") is not None


def test_a_cell_of_a_table_is_never_a_formula():
    chart = tqm.gage_rr_crossed(["=1+1", "b"] * 4, ["A", "A", "B", "B"] * 2, [1.0, 2, 1.1, 2.1, 1.2, 2.2, 1.0, 2.1])

    assert "'=1+1" in tqm.to_csv(tqm.figure_of(chart))
    assert ",=1+1" not in tqm.to_csv(tqm.figure_of(chart))


def test_names_of_people_and_parts_are_escaped():
    chart = tqm.gage_rr_crossed(["<b>", "&"] * 4, ["A", "A", '"B', '"B'] * 2, [1.0, 2, 1.1, 2.1, 1.2, 2.2, 1.0, 2.1])

    assert "<b>" in _texts(tqm.to_svg(tqm.figure_of(chart)))
    assert ET.fromstring(f"<div>{tqm.to_html(tqm.figure_of(chart))}</div>") is not None


def test_more_points_than_can_be_seen_are_refused():
    with pytest.raises(Refused, match="at most 20000 points"):
        tqm.figure_of(tqm.i_mr(RNG.normal(size=20_001)))


def test_a_method_without_a_figure_says_so():
    with pytest.raises(Refused, match="has no figure"):
        tqm.figure_of(tqm.bias_study([1, 2, 3], 2))


def test_every_figure_that_is_registered_exists():
    from importlib import import_module

    places = {method.chart for method in index().values() if method.chart}
    assert all(callable(getattr(import_module(place.split(":")[0]), place.split(":")[1])) for place in places)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (73.98, 74.02), (-5e-7, 3e-7), (1e9, 1e9 + 5), (0, 370_000)])
def test_ticks_are_round_and_inside(low, high):
    found = ticks(low, high)

    assert 2 <= len(found) <= 12
    assert all(low - (high - low) * 1e-6 <= value <= high + (high - low) * 1e-6 for value in found)
