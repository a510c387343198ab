"""A person computes a chart and a study from what lies in a spreadsheet, on both widths, in both languages."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.browser.demo import TAGS, Demo, complaints
from tests.browser.test_pages import WIDTHS, too_wide, untranslated
from tests.shared import ROOT

CASES = ROOT / "tests/cases/tqm"


def case(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))["data"]


def lines(rows: Any) -> str:
    return "\n".join("\t".join(str(cell) for cell in row) for row in rows)


def rings() -> str:
    return lines(case("spc_xbar_r_pistonrings")["subgroups"])


def study() -> str:
    columns = case("msa_grr_aiag")
    return lines([list(columns), *zip(*columns.values(), strict=True)])


@pytest.mark.parametrize("language", WIDTHS)
@pytest.mark.parametrize(
    ("method", "pasted", "typed", "shows"),
    [
        ("xbar_r", rings, {}, "74.0012"),
        ("capability_normal", rings, {"lsl": "73.95", "usl": "74.05"}, "1.454"),
        ("gage_rr_crossed", study, {"tolerance": "8"}, "UCL 0.8797"),
    ],
)
def test_what_is_pasted_becomes_a_drawing_without_a_barrier(
    demo: Demo, barriers, language, method, pasted, typed, shows
):
    context = demo.visitor(language=language)
    page = context.new_page()
    heard = complaints(page)
    first, second = WIDTHS[language]
    page.set_viewport_size({"width": first, "height": 900})
    page.goto(f"/methods/{method}")
    page.locator("#data").fill(pasted())
    for name, text in typed.items():
        page.locator(f"#p-{name}").fill(text)
    with page.expect_navigation():
        page.locator("form[enctype] button.t-btn--main").click()

    assert shows in page.locator(".t-drawing svg").text_content()
    assert page.locator("html").get_attribute("lang") == TAGS[language]
    latin = untranslated(page) if language == "zh" else []
    assert too_wide(page) + barriers(page) + heard + latin == []
    page.set_viewport_size({"width": second, "height": 900})
    assert too_wide(page) == []
    with page.expect_download() as taken:
        page.locator("button[name=take][value=csv]").click()
    assert taken.value.suggested_filename == f"{method}.csv"
    context.close()


def test_a_refusal_stands_beside_the_data_and_keeps_them(demo: Demo) -> None:
    context = demo.visitor()
    page = context.new_page()
    page.goto("/methods")
    page.get_by_role("link", name="One measured value at a time").click()
    page.locator("#data").fill("10,1\n10,3\nbroken\n10,2")
    with page.expect_navigation():
        page.locator("form[enctype] button.t-btn--main").click()

    assert "row 3: 'broken' is not a number" in page.locator("#data-e").inner_text()
    assert page.locator("#data").input_value() == "10,1\n10,3\nbroken\n10,2"
    context.close()
