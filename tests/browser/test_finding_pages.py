"""Finding: a search with its facets and names alike, two records side by side, and the box that suggests."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from small_world import organisation
from testamur.kernel.words import Status
from testamur.register.finding import keeping
from testamur.register.models import Current
from tests.browser.test_pages import WIDTHS
from tests.browser.test_rare_pages import public
from told_world import deliver, record, source

HELD = "示州华达机械制造有限公司 / Shizhou Huada Machinery Co., Ltd."
SAID = {
    "parties": [{"role": "holder", "names": {"en": HELD.split(" / ")[1], "zh": HELD.split(" / ")[0]}}],
    "requirements": [{"key": "GB/T 19001-2016", "designation": "GB/T 19001-2016"}],
    "statement": {"en": "Machining of general machinery parts", "zh": "通用机械零部件的加工"},
    "lines": [{"industry": {"tree": "gb4754@2017", "node": "34"}}],
    "rests_on": [{"kind": "accreditation", "key": "EX C0001-M", "names": {"en": "Accreditation"}}],
}


def written() -> Any:
    """Write five records of one holder, of which one is suspended and one is gone."""
    cache.clear()
    issuer = organisation("Example Certification")
    mirror = source(issuer)
    type(mirror).objects.filter(pk=mirror.pk).update(names={"en": "Example register", "zh": "示例名录"})
    rows = [
        {"key": f"K-{n}", "number": f"000126Q{n:07}R0S", "effective_on": date(2026, 1, n), "said": SAID,
         "expires_on": date(2029, 1, n)}
        for n in range(1, 6)
    ]  # fmt: skip
    deliver(mirror, issuer, date(2026, 3, 1), rows)
    deliver(mirror, issuer, date(2026, 4, 1), [{**rows[0], "status": Status.SUSPENDED}, *rows[1:4]])
    for row in Current.objects.filter(attestation__source=mirror):
        row.holder_text, row.region, row.country, row.standards = HELD, "330100", "CN", "GB/T 19001-2016"
        row.search = f" {row.number_key.lower()} 示州华达机械制造有限公司 shizhou huada machinery co ltd "
        row.save()
    while keeping.catch_up():
        pass
    return mirror


@pytest.fixture
def told(db: None) -> Any:
    return written()


@pytest.mark.parametrize("language", WIDTHS)
def test_searches_and_comparisons_have_no_barrier(told, drawn, language) -> None:
    one, other = record(told, "K-1"), record(told, "K-2")
    for query in (
        {"q": "华达"},
        {"q": "示州华大机械制造有限公司"},
        {"q": "华达", "status": "gone", "until_first": "2029-01-01"},
    ):
        answer = public(language).get("/search", query)
        assert drawn(answer.content.decode(), 200, language) == []
    for query, status in (
        ({"a": one.public_id, "b": other.public_id}, 200), ({}, 200), ({"a": "none", "b": other.public_id}, 404),
    ):  # fmt: skip
        answer = public(language).get("/compare", query)
        assert answer.status_code == status
        assert drawn(answer.content.decode(), status, language) == []


@pytest.mark.django_db(transaction=True)
def test_the_box_suggests_and_is_worked_by_keys_alone(page, barriers) -> None:
    mirror = written()
    page.goto("/search")
    box = page.get_by_role("combobox", name="Search")
    box.press_sequentially("示州")

    listed = page.get_by_role("listbox", name="Suggestions")
    listed.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    assert barriers(page) == []
    box.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True)
    assert chosen.get_attribute("id") == box.get_attribute("aria-activedescendant")
    assert "示州华达机械制造有限公司" in chosen.inner_text()
    box.press("Escape")
    assert box.get_attribute("aria-expanded") == "false" and not listed.is_visible()
    assert box.input_value() == "示州"

    box.fill("000126Q0000001")
    listed.wait_for()
    box.press("ArrowDown")
    box.press("Enter")
    page.wait_for_url(f"**/c/{record(mirror, 'K-1').public_id}")

    page.goto("/search")
    page.get_by_role("combobox").fill("华达")
    page.get_by_role("combobox").press("Enter")  # nothing chosen: what was typed is searched
    page.wait_for_url("**/search?q=*")


def test_without_scripts_the_box_is_a_plain_search_box(db) -> None:
    text = Client().get("/search").content.decode()

    assert 'role="combobox"' not in text and 'data-suggest="/search/suggest"' in text
