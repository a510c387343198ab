"""The search page's comforts: suggestions, names alike, facets, files to take away, two records side by side."""

from __future__ import annotations

import io
import json
from datetime import date

import polars
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from small_world import organisation
from testamur.kernel.words import Status
from testamur.register.finding import keeping, plan
from testamur.register.models import Current
from testamur.requirements.models import Document, Node, Tree
from told_world import deliver, record, source

SAID = {
    "parties": [{"role": "holder", "names": {"en": "Huada Machinery", "zh": "华达机械制造有限公司"}}],
    "requirements": [{"key": "GB 7000.1-2015", "designation": "GB 7000.1-2015"}],
    "statement": {"en": "Lamps", "zh": "灯具"},
    "lines": [{"industry": {"tree": "gb4754@2017", "node": "38"}}],
    "rests_on": [{"kind": "accreditation", "key": "EX C1", "names": {"en": "Accreditation"}}],
}


@pytest.fixture
def told(db):
    cache.clear()
    issuer = organisation("Issuer")
    mirror = source(issuer)
    rows = [
        {"key": f"K-{n}", "number": f"EX-2026-{n:03}", "effective_on": date(2026, 1, 1), "said": SAID,
         "expires_on": date(2029, 1, n)}
        for n in range(1, 5)
    ]  # fmt: skip
    deliver(mirror, issuer, date(2026, 3, 1), rows)
    deliver(mirror, issuer, date(2026, 4, 1), [{**rows[0], "status": Status.SUSPENDED}, *rows[1:3]])
    for row in Current.objects.filter(attestation__source=mirror):
        row.holder_text, row.region, row.country = "华达机械制造有限公司 / Huada Machinery", "330100", "CN"
        row.search = f" {row.number_key.lower()} 华达机械制造有限公司 huada machinery lamps 灯具 "
        row.save()
    while keeping.catch_up():
        pass
    return mirror


def html(address: str, language: str = "en", code: int = 200, **query: str) -> str:
    client = Client()
    client.cookies["language"] = "zh-hans" if language == "zh" else "en"
    answer = client.get(address, query)
    assert answer.status_code == code, answer
    return answer.content.decode()


def test_the_page_says_what_the_box_takes(told):
    assert "an identifier (USCC, LEI, GTIN)" in html("/search")
    assert "标识代码（统一社会信用代码、LEI、GTIN）" in html("/search", "zh")


# ---------------------------------------------------------------- suggestions


def suggested(text: str) -> list[tuple[str, str]]:
    found = json.loads(html("/search/suggest", q=text, **{"as": "json"}))["suggestions"]
    return [(one["kind"], one["text"]) for one in found]


def test_numbers_names_and_standards_are_suggested_with_their_pages(told):
    Document.objects.create(key="gb-7000.1@2015", designation="GB 7000.1-2015", title={"en": "Luminaires"})

    assert suggested("ex-2026-0")[:3] == [("number", f"EX-2026-00{n}") for n in (1, 2, 3)]
    assert suggested("huada m") == [("holder", "Huada Machinery")]
    assert suggested("机械制") == suggested("华") == [("holder", "华达机械制造有限公司")]
    assert suggested("gb 7000") == [("standard", "GB 7000.1-2015")]
    one = record(told, "K-1")
    shown = html("/search/suggest", q="EX-2026-001")
    assert f'data-href="{reverse("portal:certificate", args=[one.public_id])}"' in shown
    assert shown.count('role="option"') == 1 and "编号" in html("/search/suggest", "zh", q="EX-2026-001")


def test_suggestions_know_traditional_and_simplified_characters(told):
    Document.objects.create(key="a", designation="GB 7000.1-2015", title={"zh": "灯具"})
    Document.objects.create(key="b", designation="CNS 14335", title={"zh": "燈具安全"})

    assert suggested("華達機械") == suggested("機械製") == [("holder", "华达机械制造有限公司")]
    assert suggested("燈具") == [("standard", "CNS 14335"), ("standard", "GB 7000.1-2015")]
    assert suggested("灯具") == [("standard", "GB 7000.1-2015")]


def test_a_body_is_suggested_by_a_part_of_its_name(client, db):
    from small_world import World
    from testamur.kernel import clock

    with clock.travel(date(2024, 1, 2)):
        world = World()
        world.licence()

    assert ("body", world.body.names["en"]) in suggested("sample bod")


@pytest.mark.parametrize("typed", ["", "a", '"', "'; --", "%", "🙂", "x" * 10_000, "\u202eab", "a\0b", "阀" * 500])
def test_no_box_breaks_the_suggestions(told, typed):
    assert suggested(typed) == []


def test_a_holder_whose_last_record_is_hidden_is_not_suggested(told):
    Current.objects.filter(attestation__source=told).update(confidential=True)
    keeping.catch_up()

    assert suggested("huada m") == suggested("机械制") == []


# ---------------------------------------------------------------- names alike


def test_a_misspelt_name_leads_to_the_holder_that_was_meant(told):
    text = html("/search", q="华大机械制造有限公司")

    assert "Nothing matches" in text and "Holders with a name like this" in text
    assert "%E5%8D%8E%E8%BE%BE" in text and "华达机械制造有限公司</a>" in text
    assert "名称相近的持有人" in html("/search", "zh", q="华大机械制造有限公司")
    assert "Holders with a name like this" not in html("/search", q="不相干的名称")


def test_where_only_the_newest_were_looked_through_the_page_says_so(told, monkeypatch):
    days = {"from_first": "2025-12-31", "from_last": "2025-12-31"}
    assert "Nothing matches" in html("/search", **days)

    monkeypatch.setattr(plan, "LOOKED", 2)
    text = html("/search", **days)
    assert "None among the newest records" in text and "Add a word, a body or a scheme" in text
    assert "Nothing matches" not in text
    assert "最新的记录中没有找到" in html("/search", "zh", **days)


# ---------------------------------------------------------------- facets and files


def test_what_narrows_is_counted_and_labelled(told):
    tree = Tree.objects.create(key="gb4754@2017", name="gb4754", title={"en": "Industries"})
    Node.objects.create(tree=tree, code="38", title={"en": "Electrical machinery", "zh": "电气机械"})
    regions = Tree.objects.create(key="regions@gbt2260", name="regions", title={"en": "Divisions"})
    Node.objects.create(tree=regions, code="330000", title={"en": "Zhejiang", "zh": "浙江省"})

    text = html("/search", q="华达")
    assert "38 Electrical machinery" in text and "Zhejiang" in text and "EX C1" in text
    assert 'name="industry" value="gb4754@2017:38"' in text and 'name="region" value="33"' in text
    assert "no longer listed" in text
    assert "浙江省" in html("/search", "zh", q="华达")
    assert "3 records" in html("/search", q="华达", industry="gb4754@2017:38", until_first="2029-01-02")
    assert 'value="2029-01-02"' in html("/search", q="华达", until_first="2029-01-02")


def test_a_record_that_its_source_lists_no_more_is_not_called_valid(told):
    assert "EX-2026-004" not in html("/search", q="华达", status="valid")
    gone = html("/search", q="华达", status="gone")
    assert "1 record<" in gone and "EX-2026-004" in gone and 'datetime="2026-04-01"' in gone
    assert "1 record<" in html("/search", status="gone")
    assert "来源已不再列出" in html("/search", "zh", q="华达", status="gone")


def test_a_search_is_taken_away_as_parquet_too(told):
    answer = Client().get("/search", {"q": "华达", "sort": "number", "as": "parquet"})

    assert answer["Content-Type"] == "application/vnd.apache.parquet"
    assert answer["Content-Disposition"] == 'attachment; filename="testamur-search.parquet"'
    frame = polars.read_parquet(io.BytesIO(answer.content))
    assert frame["number"].to_list() == [f"EX-2026-00{n}" for n in (1, 2, 3, 4)]
    assert frame.schema["until"] == polars.Date and frame["status"].to_list()[0] == "suspended"
    assert frame["status"].to_list()[3] == "gone"
    empty = polars.read_parquet(io.BytesIO(Client().get("/search", {"q": "zebra", "as": "parquet"}).content))
    assert empty.height == 0 and "number" in empty.columns
    assert "as=parquet" in html("/search", q="华达")


def test_the_page_says_when_the_index_is_behind_and_how_far(told, monkeypatch):
    keeping.stale(Current.objects.values_list("pk", flat=True))
    assert "4 records that came in just now can be found within a minute." in html("/search", q="华达")

    monkeypatch.setattr("testamur.portal.views.search.SOON", 3)
    assert "More than 3 records that came in are still being indexed" in html("/search", q="华达")
    assert "正在编入索引" in html("/search", "zh", q="华达")


# ---------------------------------------------------------------- two side by side


def test_two_records_stand_side_by_side_and_what_differs_is_said_in_words(told):
    one, other = record(told, "K-1"), record(told, "K-2")

    text = html("/compare", a="EX-2026-001", b=other.public_id)
    assert "They differ in 2 points" in text  # status and last day
    assert text.count("<strong>differs</strong>") == 2 and text.count(">same<") >= 5
    assert "有2处不同" in html("/compare", "zh", a=one.public_id, b=other.public_id)
    assert "Both sides are the same record." in html("/compare", a=one.public_id, b=one.public_id)


def test_two_are_chosen_from_the_list(told):
    one, other = record(told, "K-1"), record(told, "K-2")
    listed = html("/search", q="华达")

    assert f'name="with" value="{one.public_id}"' in listed and 'action="/compare"' in listed
    answer = Client().get("/compare", {"with": [one.public_id, other.public_id]})
    assert "They differ in 2 points" in answer.content.decode()
    few = Client().get("/compare", {"with": [one.public_id]}).content.decode()
    assert "Choose two records to compare; you chose 1." in few and f'value="{one.public_id}"' in few


@pytest.mark.parametrize("typed", ["none", "'; --", "🙂", "x" * 10_000, "a\0b"])
def test_what_is_no_record_is_said_beside_its_field(told, typed):
    text = html("/compare", a=typed, b="EX-2026-001", code=404)

    assert "No record bears this number or id." in text and 'id="a"' in text
    assert "Name two records" in html("/compare", a=typed)


def test_what_is_confidential_stays_so_beside_another(told):
    one, other = record(told, "K-1"), record(told, "K-2")
    one.confidential = True
    type(one).objects.filter(pk=one.pk).update(confidential=True)
    Current.objects.filter(attestation=one).update(confidential=True)

    text = html("/compare", a=one.public_id, b=other.public_id)
    left = [part.partition("</td>")[0] for part in text.split("<td")[1:]]
    assert "not shown to the public" in text
    assert not any("华达" in cell or "Huada" in cell for cell in left[0::3])
