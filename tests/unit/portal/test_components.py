"""The public parts say what they are given, in both languages, and nothing a name contains becomes markup."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from testamur.kernel.refusal import Refused
from testamur.portal.templatetags import life, shell, trust_tree
from testamur.wording.templatetags import say

EVIL = '<script>alert("x")</script>'


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def drawn(source: str, **context) -> str:
    """Render a snippet of a template as a page of the portal would."""
    request = RequestFactory().get("/certificates/1?page=2&q=valve")
    return engines["django"].from_string(source).render(context, request)


def part(name: str, **context) -> str:
    return drawn(f'{{% include "portal/{name}" %}}', **context)


def root(name: str = "Sample Administration") -> dict:
    return {"kind": "law", "title": name, "status": "root", "verdict": "valid"}


def tree(**changes) -> dict:
    licence = {
        "kind": "licence",
        "title": "Licence 42",
        "issuer": "Sample Administration",
        "status": "in force",
        "verdict": "valid",
        "valid_from": date(2019, 4, 2),
        "valid_until": date(2031, 4, 1),
        "children": [root()],
    }
    accreditation = {
        "kind": "accreditation",
        "title": "Accreditation C001-M",
        "verdict": "valid",
        "children": [
            {
                "kind": "recognition",
                "title": "Sample Accreditation Service",
                "verdict": "valid",
                "children": [root("Sample Arrangement")],
            }
        ],
    }
    return {
        "kind": "certificate",
        "title": "Certificate 1",
        "holder": {"en": "Sample Valves", "zh": "示例阀门"},
        "status": "valid",
        "children": [licence, accreditation],
        **changes,
    }


# Saying values ------------------------------------------------


@pytest.mark.parametrize(("language", "said"), [("en", "22 Nov 2026"), ("zh-hans", "2026年11月22日")])
def test_a_day_is_said_in_the_readers_language(language, said):
    with translation.override(language):
        assert say.day(date(2026, 11, 22)) == said
        assert say.day("2026-11-22") == said


def test_an_instant_falls_on_the_day_of_its_area_and_names_the_zone():
    late = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)

    assert say.instant(late) == "22 Nov 2026 06:00 UTC+8"
    assert say.instant(late, "XX") == "21 Nov 2026 22:00 UTC"
    assert say.when(late) == '<time datetime="2026-11-21T22:00:00Z">22 Nov 2026 06:00 UTC+8</time>'
    assert say.when(late, "local").endswith(">22 Nov 2026 06:00</time>")


@pytest.mark.parametrize(
    ("key", "english", "chinese"),
    [
        ("cnca-qms-01@2025#5.4.1.4", "CNCA-QMS-01:2025, 5.4.1.4", "CNCA-QMS-01:2025, 5.4.1.4"),
        ("iso-17021-1@2015#9.5.1", "ISO/IEC 17021-1:2015, 9.5.1", "ISO/IEC 17021-1:2015, 9.5.1"),
        ("iso-9001@2015", "ISO 9001:2015", "ISO 9001:2015"),
        ("gbt-19001@2016#8.3", "GB/T 19001-2016, 8.3", "GB/T 19001-2016, 8.3"),
        ("iaf-md5@2023#2.3", "IAF MD 5:2023, 2.3", "IAF MD 5:2023, 2.3"),
        (
            "cn-rca@2023-07-20#art. 38",
            "Regulations on Certification and Accreditation, art. 38",
            "《认证认可条例》第38条",
        ),
        ("CAB.major_nc_window", "CAB.major_nc_window", "CAB.major_nc_window"),
    ],
)
def test_a_clause_key_is_cited_as_people_cite_it(key, english, chinese):
    with translation.override("en"):
        assert say.citation(key) == english
    with translation.override("zh-hans"):
        assert say.citation(key) == chinese


def test_a_refusal_formats_its_facts_by_their_type():
    refused = Refused(
        "{who} may on {day} with {amount} and {scopes}",
        {
            "who": {"en": "Sample Lin", "zh": "示例林"},
            "day": date(2026, 12, 1),
            "amount": Decimal("20500.5"),
            "scopes": ["17", "18"],
        },
    )

    assert say.refusal(refused) == "Sample Lin may on 1 Dec 2026 with 20,500.5 and 17, 18"
    with translation.override("zh-hans"):
        assert say.refusal(refused) == "示例林 may on 2026年12月1日 with 20,500.5 and 17、18"


def test_money_is_exact_and_says_its_currency():
    assert say.money(Decimal("20500")) == "CNY 20,500.00"
    assert say.money({"amount": "1.005", "currency": "EUR"}) == "EUR 1.00"
    with translation.override("zh-hans"):
        assert say.money(Decimal("20500")) == "20,500.00 元"


def test_a_text_falls_back_to_the_language_it_has():
    with translation.override("zh-hans"):
        assert say.words({"en": "only English", "zh": ""}) == "only English"
        assert say.words({"en": "a", "zh-Hans": "甲"}) == "甲"


def test_a_digest_is_shortened_to_what_eyes_compare():
    assert say.shorthash("sha256:" + "9c41" + "0" * 56 + "e07a") == "9c41…e07a"
    assert say.shorthash("short") == "short"


def test_every_status_has_a_word_a_shape_and_a_colour():
    for code, (colour, symbol, _word) in say.STATUSES.items():
        html = shell.status(code)
        assert f"t-status--{colour}" in html
        assert f"#{symbol}" in html
        assert say.status_word(code) in html


# The trust tree ------------------------------------------------


def test_the_tree_is_drawn_twice_and_said_once_as_a_list():
    html = drawn("{% load trust_tree %}{% trust_tree tree %}", tree=tree())

    assert html.count('<svg class="t-tree ') == 2
    assert html.count('<li class="t-c--valid"') == 6
    assert "Every line of authority reaches a root without a break." in html
    assert "2 Apr 2019 to 1 Apr 2031" in html
    listed = html[html.index("<ol") :]
    assert listed.index("Certificate 1") < listed.index("Licence 42") < listed.index("Accreditation C001-M")


def test_boxes_of_a_drawing_never_overlap():
    many = tree(
        children=[
            *tree()["children"],
            {"kind": "registration", "title": "A long title " * 8, "children": [root("A"), root("B")]},
        ]
    )
    for draw in (trust_tree.wide, trust_tree.narrow):
        picture = draw(trust_tree.read(many))
        for n, one in enumerate(picture.boxes):
            assert one.x >= 0 and one.x + one.width <= picture.width
            assert one.y >= 0 and one.y + one.height <= picture.height
            for other in picture.boxes[n + 1 :]:
                apart = (
                    one.x + one.width <= other.x
                    or other.x + other.width <= one.x
                    or one.y + one.height <= other.y
                    or other.y + other.height <= one.y
                )
                assert apart, (one.texts[0].words, other.texts[0].words)


def test_a_broken_line_is_dashed_and_named_but_a_suspended_leaf_breaks_nothing():
    broken = tree()
    broken["children"][0] |= {"verdict": "bad", "status": "withdrawn"}
    html = drawn("{% load trust_tree %}{% trust_tree tree %}", tree=broken)
    assert "t-tree__broken" in html
    assert "A line of authority is broken at: Licence 42." in html

    leaf = drawn("{% load trust_tree %}{% trust_tree tree %}", tree=tree(status="suspended", verdict="bad"))
    assert "t-tree__broken" not in leaf
    assert "reaches a root without a break" in leaf


def test_text_in_a_box_is_wrapped_within_it_and_chinese_lines_begin_with_no_closing_mark():
    lines = trust_tree.wrap("审核员注册范围：质量管理体系，专业17、18、19，全部地区适用的说明文字", 13, 120, 9)
    assert "".join(lines) == "审核员注册范围：质量管理体系，专业17、18、19，全部地区适用的说明文字"
    assert all(line[0] not in "，、：" for line in lines)
    assert len(trust_tree.wrap("word " * 40, 13, 120, 2)) == 2
    assert trust_tree.wrap("word " * 40, 13, 120, 2)[-1].endswith("…")


# Two clocks ------------------------------------------------


def history() -> list[life.Change]:
    return [
        life.Change(date(2025, 1, 1), date(2025, 1, 1), "valid", None),
        life.Change(date(2025, 3, 1), date(2025, 3, 10), "suspended", None),
        life.Change(date(2025, 4, 14), date(2025, 4, 29), "valid", None),
        life.Change(date(2025, 6, 1), date(2025, 6, 1), "withdrawn", date(2025, 8, 1)),
    ]


@pytest.mark.parametrize(
    ("on", "known", "status"),
    [
        (date(2024, 12, 31), None, ""),
        (date(2025, 3, 5), None, "suspended"),
        (date(2025, 3, 5), date(2025, 3, 5), "valid"),
        (date(2025, 4, 20), None, "valid"),
        (date(2025, 4, 20), date(2025, 4, 20), "suspended"),
        (date(2025, 7, 1), date(2025, 7, 1), "withdrawn"),
        (date(2025, 7, 1), date(2025, 8, 1), "valid"),
        (date(2025, 7, 1), None, "valid"),
        (date(2026, 1, 2), None, "expired"),
    ],
)
def test_the_picture_keeps_what_was_true_apart_from_what_was_known(on, known, status):
    assert life.status_on(history(), on, known, date(2026, 1, 1)) == status


def test_both_lanes_end_today_and_the_rest_is_not_yet_known():
    html = drawn(
        "{% load life %}{% life changes today until %}",
        changes=[
            {"effective_on": date(2025, 1, 1), "recorded_at": datetime(2025, 1, 3, tzinfo=UTC), "status": "valid"}
        ],
        today=date(2026, 1, 1),
        until=date(2028, 1, 1),
    )

    assert html.count("t-life__valid") == 2
    assert html.count("t-life__off") == 2
    assert "What was true (effective)" in html and "not yet known" in html


# Parts ------------------------------------------------


def test_a_verdict_says_answer_reason_day_and_data_time():
    html = part(
        "_verdict.html",
        verdict={
            "answer": "suspended",
            "word": {"en": "Not valid: suspended", "zh": "无效：暂停"},
            "why": EVIL,
            "facts": [{"label": "Certificate number", "value": "CN-1", "code": True}],
            "day": date(2026, 11, 22),
            "data_at": datetime(2026, 11, 21, 22, tzinfo=UTC),
            "coverage": {"answer": "not_covered", "why": "Another model."},
        },
    )

    assert '<h1 id="verdict-word">Not valid: suspended</h1>' in html
    assert "t-c--bad" in html and "Not covered" in html
    assert "22 Nov 2026 06:00 UTC+8" in html
    assert EVIL not in html and "&lt;script&gt;" in html


def test_names_never_become_markup_in_any_part():
    evil = {"en": EVIL, "zh": EVIL}
    pages = {
        "_means.html": {"means": {"yes": [evil], "no": [EVIL], "may": [EVIL], "do": [EVIL]}},
        "_table.html": {
            "table": {
                "columns": [{"label": evil, "sort": "a"}],
                "rows": [{"cells": [{"text": EVIL, "href": f'"{EVIL}', "note": EVIL}]}],
            }
        },
        "_scope.html": {
            "scope": {
                "statement": evil,
                "documents": [{"title": EVIL, "note": EVIL}],
                "statements": [{"site": EVIL, "text": EVIL}],
            }
        },
        "_history.html": {
            "history": [
                {
                    "effective_on": date(2026, 1, 1),
                    "recorded_at": date(2026, 1, 9),
                    "what": evil,
                    "late_days": 8,
                    "by": EVIL,
                    "entry": 1,
                }
            ]
        },
        "_checks.html": {
            "checks": [{"answer": "valid", "title": EVIL, "text": EVIL, "source": f"x@1#{EVIL}"}],
            "hashes": [{"label": EVIL, "value": EVIL}],
        },
        "_ask.html": {"ask": {"q": f'"{EVIL}', "examples": [{"label": EVIL, "href": "/", "code": True}]}},
        "_find.html": {"find": {"q": f'"{EVIL}', "action": "/search", "target": "hits"}},
        "_facets.html": {
            "facets": {
                "action": "/search",
                "groups": [{"title": EVIL, "name": "s", "choices": [{"value": EVIL, "label": EVIL, "count": 1}]}],
            }
        },
        "_hits.html": {
            "hits": [{"href": "/", "title": EVIL, "text": EVIL, "by": EVIL, "status": "valid", "number": EVIL}]
        },
        "_figure.html": {
            "figure": {
                "title": EVIL,
                "method": EVIL,
                "table": {"columns": [], "rows": []},
                "coverage": [{"label": EVIL, "value": EVIL}],
            }
        },
        "_working.html": {
            "working": {
                "big": EVIL,
                "steps": [{"words": EVIL, "value": EVIL, "cite": EVIL}],
                "facts": [{"label": EVIL, "value": EVIL}],
            }
        },
        "_errors.html": {"refused": Refused("{name} may not.", {"name": EVIL}, source="x@1#2", who=EVIL)},
        "_note.html": {"text": EVIL},
        "_call.html": {"text": EVIL, "title": EVIL},
        "_empty.html": {"title": EVIL, "text": EVIL},
        "_progress.html": {"steps": [{"label": EVIL, "note": EVIL, "state": "now"}]},
        "_exports.html": {"exports": [{"label": EVIL, "href": "/", "note": EVIL}]},
        "_facts.html": {"facts": [{"label": EVIL, "value": {"code": EVIL}}]},
        "_crumbs.html": {"crumbs": [{"label": EVIL, "href": "/"}, {"label": EVIL}]},
        "_as_of.html": {"as_of": {"action": "/c", "answer": EVIL}},
        "_drop.html": {"drop": {"action": "/verify", "text": EVIL}},
        "_status.html": {"code": EVIL, "text": EVIL},
    }
    for name, context in pages.items():
        html = part(name, **context)
        assert "<script" not in html, name
        assert "&lt;script&gt;" in html, name
    evil_tree = drawn(
        "{% load trust_tree %}{% trust_tree tree %}",
        tree=tree(title=EVIL, holder=EVIL, scope=EVIL, why=EVIL, kind=EVIL),
    )
    assert "<script" not in evil_tree and "&lt;script&gt;" in evil_tree


def test_a_table_sorts_by_a_link_that_keeps_the_search_and_leaves_the_page():
    table = {"columns": [{"label": "Number", "sort": "number"}, {"label": "Holder"}], "rows": [], "sorted": "number"}
    html = part("_table.html", table=table)

    href = re.search(r'href="([^"]+)"', html)
    assert href is not None
    assert "sort=-number" in href[1] and "q=valve" in href[1] and "page=" not in href[1]
    assert 'aria-sort="ascending"' in html


def test_a_record_more_than_six_days_late_is_marked():
    row = {"effective_on": date(2026, 1, 1), "recorded_at": date(2026, 1, 8), "what": "Suspended", "entry": 1}
    assert "data-mark" in part("_history.html", history=[{**row, "late_days": 7}])
    assert "data-mark" not in part("_history.html", history=[{**row, "late_days": 6}])


def test_pages_say_where_we_are_and_keep_the_search():
    html = part("_pages.html", page=Paginator(range(120), 50).page(2))

    assert "51 to 100 of 120" in html
    assert 'rel="prev"' in html and 'rel="next"' in html and "q=valve" in html


@pytest.mark.parametrize(
    ("language", "lang", "word"), [("en", "en", "Check a quality certificate"), ("zh-hans", "zh-Hans", "")]
)
def test_the_home_page_stands_with_little_and_names_its_language(language, lang, word):
    with translation.override(language):
        html = render_to_string("portal/home.html", {"counts": {"valid": 412306}}, RequestFactory().get("/"))

    assert f'<html lang="{lang}"' in html
    assert html.count("<h1") == 1 and 'id="main"' in html and 'href="#main"' in html
    assert "412,306" in html and word in html
    assert 'name="language"' in html


def test_a_chosen_theme_is_written_into_the_page_and_nothing_else_is():
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = "dark"
    assert 'data-bs-theme="dark"' in render_to_string("portal/home.html", {}, request)
    request.COOKIES["theme"] = '"><script>'
    assert "data-bs-theme" not in render_to_string("portal/home.html", {}, request)
