"""The map: where records are, as tiles and as a table that say the same, each place leading into the search."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from small_world import World
from testamur.portal import tiles
from testamur.register import regions
from testamur.register.finding import keeping, plan
from testamur.register.models import Current
from testamur.register.reporting.following import indexed_later
from told_world import deliver, source

#: Place of each record: country, region, standards, status, last day.
RECORDS = [
    ("CN", "440300", "GB/T 19001-2016", "valid", None),
    ("CN", "440100", "GB/T 19001-2016 | GB/T 24001-2016", "valid", None),
    ("CN", "110000", "GB/T 24001-2016", "suspended", None),
    ("CN", "", "GB/T 24001-2016", "valid", None),
    ("CN", "990000", "", "valid", None),
    ("TW", "", "", "valid", None),
    ("DE", "", "", "valid", "2026-01-01"),
    ("", "", "", "valid", None),
]


@pytest.fixture
def placed(db) -> World:
    cache.clear()
    world = World()
    told = source(world.body)
    deliver(told, world.body, date(2026, 6, 1), [{"key": str(place)} for place in range(len(RECORDS))])
    for place, (country, region, standards, status, until) in enumerate(RECORDS):
        Current.objects.filter(attestation__source=told, attestation__origin_key=str(place)).update(
            country=country, region=region, standards=standards, status=status, expires_on=until
        )
    indexed_later(list(Current.objects.values_list("pk", flat=True)))
    while keeping.catch_up():
        pass
    regions.count()
    return world


def page(address: str, language: str = "en") -> str:
    client = Client()
    client.cookies["language"] = {"en": "en", "zh": "zh-hans"}[language]
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def drawn(html: str) -> dict[str, int]:
    found = re.findall(r'aria-label="[^",]+, ([^":]+): ([\d,]+)"', html)
    return {name: int(count.replace(",", "")) for name, count in found}


def listed(html: str) -> dict[str, int]:
    body = html[html.index("<tbody>") : html.index("</tbody>")]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.S) for row in body.split("</tr>")[:-1]]
    bare = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows]
    return {row[0]: int(row[2].replace(",", "")) for row in bare}


def test_provinces_are_counted_as_tiles_and_in_the_table_alike(placed) -> None:
    html = page("/map?level=CN")
    tiled, table = drawn(html), listed(html)

    assert len(tiled) == len(tiles.PROVINCES) == 34
    assert (tiled["Guangdong"], tiled["Beijing"], tiled["Taiwan"], tiled["Zhejiang"]) == (2, 1, 1, 0)
    assert {name: table.get(name, 0) for name in tiled} == tiled
    assert "Without a record:" in html and "Zhejiang" not in table
    assert table["not stated, or not known"] == 2
    assert "广东" in page("/map?level=CN", "zh")


def test_countries_are_counted_and_those_without_a_record_left_out(placed) -> None:
    html = page("/map?level=world")
    assert drawn(html) == {"China": 5, "Germany": 1, "Taiwan": 1} or drawn(html)["China"] == 5
    assert listed(html)["not stated, or not known"] == 1
    assert "France" not in html


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("standard=GB/T 24001-2016", {"Guangdong": 1, "Beijing": 1}),
        ("status=suspended", {"Guangdong": 0, "Beijing": 1}),
        ("scheme=sample", {"Guangdong": 2, "Beijing": 1}),
        ("scheme=other", {}),
        ("origin=mirrored", {"Guangdong": 2, "Beijing": 1}),
        ("origin=mirrored&status=valid", {"Guangdong": 2, "Beijing": 0}),
    ],
)
def test_it_is_narrowed_as_a_search_is(placed, query, wanted) -> None:
    found = drawn(page(f"/map?level=CN&{query}"))
    assert {name: found.get(name, 0) for name in wanted} == wanted
    if not wanted:
        assert not found


def test_a_map_of_words_says_that_it_counts_the_newest_hits_only(placed, monkeypatch) -> None:
    assert "newest 1,000" not in page("/map?level=CN&origin=mirrored")
    monkeypatch.setattr(plan, "MOST", 3)

    assert "Counted are the newest 1,000 hits only." in page("/map?level=CN&origin=mirrored")
    assert "1,000" in page("/map?level=CN&origin=mirrored", "zh").split("t-legend")[1].split("</section>")[0]
    assert "newest 1,000" not in page("/map?level=CN&scheme=sample")  # of these the whole register is counted


def test_a_place_leads_to_the_search_that_finds_as_many(placed) -> None:
    html = page("/map?level=CN&scheme=sample")
    [address] = re.findall(r'class="t-tile[^"]*" href="([^"]+)" aria-label="GD 2, Guangdong', html)
    found = page(address.replace("&amp;", "&"))
    assert "region=44" in address and "scheme=sample" in address
    assert re.search(r'<h2 id="hits-h">\s*2 records', found)


def test_validity_that_is_over_counts_as_expired(placed) -> None:
    assert drawn(page("/map?level=world&status=expired"))["Germany"] == 1


def test_the_table_sorts_and_goes_out_as_a_file(placed) -> None:
    by_name = list(listed(page("/map?level=CN&sort=name")))
    assert by_name == sorted(by_name)
    counts = list(listed(page("/map?level=CN&sort=-count")).values())
    assert counts == sorted(counts, reverse=True)
    csv = Client().get("/map?level=CN&as=csv").content.decode("utf-8-sig").splitlines()
    assert len(csv) == 1 + 34 + 1 and "44,Guangdong,2" in csv


def test_confidential_records_and_persons_are_on_no_map(placed) -> None:
    Current.objects.filter(region="440300").update(confidential=True)
    Current.objects.filter(region="440100").update(personal=True)
    regions.RegionCounting.objects.all().delete()
    assert regions.count()
    assert drawn(page("/map?level=CN"))["Guangdong"] == 0


def test_it_is_counted_again_only_when_something_happened(placed) -> None:
    assert not regions.count()
    regions.RegionCounting.objects.update(event=-1)
    assert regions.count()


@pytest.mark.parametrize("query", ["", "q=%00%F0%9F%98%80", "standard='--", "level=x&sort=;", "status=nothing"])
def test_any_question_gets_a_page(db, query) -> None:
    cache.clear()
    assert "<h1>" in page(f"/map?{query}")


@pytest.mark.parametrize(
    ("count", "text", "shade"),
    [(0, "0", 0), (7, "7", 1), (10, "10", 2), (999, "999", 3), (1234, "1.2k", 4), (99_999, "100k", 5),
     (1_234_567, "1.2M", 5)],
)  # fmt: skip
def test_a_tile_bears_a_short_count_and_one_shade_for_each_figure(count, text, shade) -> None:
    assert (tiles.compact(count), tiles.step(count)) == (text, shade)


def test_no_two_tiles_lie_on_one_place_and_no_country_in_two_parts_of_the_world() -> None:
    places = [(column, row) for column, row, _letters, _names in tiles.PROVINCES.values()]
    assert len(set(places)) == len(places)
    codes: list[Any] = [code for _title, listed in tiles.WORLD for code in listed.split()]
    assert len(set(codes)) == len(codes) > 230
