"""The workspace's parts: every field type, terms, refusals, both clocks; nothing a name contains becomes markup."""

from __future__ import annotations

import html as entities
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from testamur.kernel.refusal import Refused
from testamur.workspace.templatetags import work

EVIL = '<script>alert("x")</script>'
REFUSED = Refused(
    "{person} audited this client and cannot decide.",
    {"person": EVIL},
    rule="CAB.decision_independence",
    source="iso-17021-1@2015#9.5.1",
    who="a decider who was not in the team",
    until=date(2026, 12, 1),
)


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


def drawn(source: str, **context) -> str:
    return (
        engines["django"]
        .from_string("{% load say shell work %}" + source)
        .render(context, RequestFactory().get("/w/cases/?page=2&q=valve"))
    )


def part(name: str, **context) -> str:
    return drawn(f'{{% include "workspace/{name}" %}}', **context)


def asked(**question) -> str:
    return drawn("{% field question %}", question={"id": "q", "label": "Question?", **question})


# Fields ------------------------------------------------

TYPES = (
    "text",
    "long_text",
    "whole_number",
    "decimal",
    "money",
    "date",
    "yes_no",
    "choice",
    "choices",
    "country",
    "address",
    "identifier",
    "organisation",
    "person",
    "sites",
    "products",
    "people",
    "file",
    "files",
)
VALUES = {
    "yes_no": True,
    "choice": "b",
    "choices": ["b"],
    "sites": [{"name": "given"}],
    "products": [{"name": "given"}],
    "people": [{"work": "given"}],
    "date": "2026-11-22",
    "whole_number": 118,
    "decimal": Decimal("1.5"),
    "money": Decimal("9.90"),
}
SEEN = {
    "yes_no": 'value="true" checked',
    "choice": 'value="b" checked',
    "choices": 'value="b" checked',
    "date": "2026-11-22",
    "whole_number": "118",
    "decimal": "1.5",
    "money": "9.90",
    "country": 'value="given" selected',
    "file": 'type="file"',
    "files": "multiple",
}


@pytest.mark.parametrize("kind", TYPES)
def test_every_field_type_is_asked_with_its_answer_its_source_and_a_label(kind):
    html = asked(
        type=kind,
        value=VALUES.get(kind, "given"),
        source="iso-17021-1@2015#9.1.1",
        help="Say it plainly.",
        options=[{"id": "a", "en": "First", "zh": "甲"}, {"id": "b", "en": "Second", "zh": "乙"}],
    )

    assert SEEN.get(kind, "given") in html
    assert "ISO/IEC 17021-1:2015, 9.1.1" in html
    assert "Say it plainly." in html and 'aria-describedby="f-q-help"' in html
    labelled = 'for="f-q"' in html and ' id="f-q"' in html
    assert labelled or "<legend" in html


def test_the_shapes_cover_exactly_the_types_of_the_scheme_language():
    assert set(work.SHAPES) == set(TYPES)
    assert {kind for kind, shape in work.SHAPES.items() if shape == "rows"} == set(work.COLUMNS)


def test_an_error_stands_below_its_field_with_the_typed_value_and_corrections_to_take():
    html = asked(
        type="identifier",
        value='9135"8',
        error=Refused("The last character should be {check}.", {"check": "3"}),
        error_offers=[{"value": "93", "label": "Use …3"}],
        reason={"name": "q-reason", "label": "Keep it because"},
    )

    assert "The last character should be 3." in html
    assert 'aria-invalid="true"' in html and 'aria-describedby="f-q-error"' in html and 'id="f-q-error"' in html
    assert 'value="9135&quot;8"' in html
    assert 'name="_set-q" value="93"' in html and 'name="q-reason"' in html


def test_an_answer_given_before_is_offered_and_not_asked_again():
    html = asked(type="whole_number", previous={"shown": "120", "note": "application of 2025"})
    assert 'name="_take" value="q"' in html and "application of 2025" in html


def test_a_conditional_question_carries_its_condition_and_says_it_in_words():
    html = asked(type="date", when={"fact": "form.had", "is": True}, when_words="you ever held a certificate")
    hook = re.search(r'data-when="([^"]+)"', html)

    assert hook is not None
    assert json.loads(entities.unescape(hook[1])) == [{"fact": "form.had", "is": True}]
    assert "Only if you ever held a certificate" in html
    assert " required" not in html  # without scripts a question that is not asked must not stop the form


def test_composite_answers_come_back_in_rows_with_one_blank_row_to_begin_with():
    html = asked(type="sites", value=[{"name": "A", "people": 0}, {"name": "B", "central": True}])
    assert 'name="sites' not in html and 'name="q-0-name" value="A"' in html and 'name="q-1-name" value="B"' in html
    assert 'name="q-0-people" value="0"' in html
    assert html.count(" checked") == 1
    assert 'name="_more" value="q"' in html
    assert asked(type="people").count('class="ws-rows__row"') == 1
    assert asked(type="people", value=[{"work": "x"}], more=2).count('class="ws-rows__row"') == 3


def test_many_options_become_a_list_and_few_become_cards():
    many = [{"id": str(n), "en": f"Option {n}"} for n in range(9)]
    assert "<select" in asked(type="choice", options=many) and "<select" not in asked(type="choice", options=many[:3])


# Terms and clocks ------------------------------------------------


def test_a_working_day_term_has_one_cell_a_day_and_counts_working_days_only():
    friday, due = date(2026, 11, 20), date(2026, 11, 26)
    days = [(friday + timedelta(n), (friday + timedelta(n)).weekday() < 5) for n in range(7)]
    html = drawn("{% term value %}", value={"title": "Answer", "today": date(2026, 11, 23), "due": due, "days": days})

    assert re.findall(r'<li(?: class="([\w-]+)")?></li>', html) == [
        "is-past",
        "is-off",
        "is-off",
        "is-today",
        "",
        "",
        "is-last",
    ]
    assert "day 2 of 5" in html and "Thu 26 Nov 2026" in html


def test_a_calendar_term_says_the_days_left_or_late():
    value = {"title": "Verify", "today": date(2026, 11, 23), "due": date(2026, 11, 24)}
    assert "1 day left" in drawn("{% term value %}", value=value)
    assert "3 days late" in drawn("{% term value %}", value={**value, "due": date(2026, 11, 20)})


@pytest.mark.parametrize(("hours", "marked"), [(4, False), (5, True)])
def test_a_gap_over_four_hours_between_the_clocks_is_marked(hours, marked):
    happened = datetime(2026, 11, 20, 8, tzinfo=UTC)
    html = part(
        "_timeline.html",
        events=[{"what": "Stage 2 ended", "effective_at": happened, "recorded_at": happened + timedelta(hours=hours)}],
    )
    assert ("is-gap" in html) is marked
    assert html.count("<time ") == 2


# Why can't I press this? ------------------------------------------------


def test_a_blocked_button_can_be_reached_and_says_rule_who_and_from_when():
    html = drawn('{% blocked "Grant certification" refused "why-grant" %}', refused=REFUSED)

    assert 'aria-disabled="true"' in html and " disabled" not in html.replace("aria-disabled", "")
    assert 'aria-describedby="why-grant"' in html and 'id="why-grant"' in html
    assert "ISO/IEC 17021-1:2015, 9.5.1" in html
    assert "a decider who was not in the team" in html and "1 Dec 2026" in html
    assert "&lt;script&gt;" in html and "<script" not in html


def test_the_next_strip_always_says_next_who_and_by_with_one_primary_button():
    html = part(
        "_next.html",
        next={
            "step": "Answer NC-1",
            "who": "Sample Wu",
            "by": date(2026, 12, 11),
            "left": "14 working days left",
            "tone": "warn",
            "actions": [
                {"label": "Remind", "post": "/w/remind"},
                {"label": "Open", "href": "/w/f", "main": True},
                {"label": "Decide", "refused": REFUSED},
            ],
        },
    )
    assert "ws-next--warn" in html and "Fri 11 Dec 2026" in html
    assert html.count("btn-primary") == 2 and html.count('aria-disabled="true"') == 1
    assert 'method="post" action="/w/remind"' in html and 'id="next-why-3"' in html


def test_the_stepper_always_shows_the_seven_functions_and_one_of_them_now():
    html = drawn("{% stepper steps %}", steps={"application": {"state": "done"}, "selection": {"state": "now"}})
    assert html.count("<li ") == 7 and html.count('aria-current="step"') == 1
    assert html.index("Application") < html.index("Determination") < html.index("Surveillance")


def test_a_pill_always_has_a_word_and_a_shape():
    for tone in work.TONE_ICONS:
        html = drawn("{% pill tone 'said' %}", tone=tone)
        assert f"ws-pill--{tone}" in html and "said" in html and f"#{work.TONE_ICONS[tone]}" in html
    assert "suspended" in drawn("{% status_pill 'suspended' %}")


# Escaping ------------------------------------------------


def test_names_never_become_markup_in_any_part():
    day, at = date(2026, 11, 22), datetime(2026, 11, 22, tzinfo=UTC)
    pages = {
        "_head.html": {
            "head": {"title": EVIL, "number": EVIL, "facts": [EVIL], "pills": [{"tone": "ok", "text": EVIL}]}
        },
        "_inbox.html": {
            "sections": [
                {
                    "id": "a",
                    "title": EVIL,
                    "entries": [
                        {
                            "by": day,
                            "what": EVIL,
                            "href": "/",
                            "case": EVIL,
                            "why": REFUSED,
                            "pill": {"tone": "ok", "text": EVIL},
                        }
                    ],
                }
            ]
        },
        "_missing.html": {"checks": [{"state": "bad", "text": REFUSED, "facts": EVIL, "who": EVIL}]},
        "_timeline.html": {"events": [{"what": EVIL, "by": EVIL, "note": EVIL, "effective_at": at, "recorded_at": at}]},
        "_why.html": {"refused": REFUSED},
        "_errors.html": {"refused": REFUSED},
        "_note.html": {"text": EVIL},
        "_sum.html": {
            "sum": {"groups": [{"title": EVIL, "rows": [{"words": EVIL, "note": EVIL, "value": EVIL, "source": EVIL}]}]}
        },
        "_calendar.html": {
            "calendar": {
                "days": [{"day": day}],
                "rows": [{"name": EVIL, "note": EVIL, "slots": [{"kind": "busy", "text": EVIL}]}],
            }
        },
        "_file.html": {"file": {"name": EVIL, "size": 10, "note": EVIL, "sha256": EVIL}},
        "_track.html": {"track": [{"label": EVIL, "note": EVIL, "state": "now"}]},
        "_choices.html": {
            "choices": {"legend": EVIL, "name": "c", "options": [{"value": f'"{EVIL}', "label": EVIL, "note": EVIL}]}
        },
        "_segments.html": {"segments": {"legend": EVIL, "name": "c", "options": [{"value": "a", "label": EVIL}]}},
        "_confirm.html": {
            "confirm": {"title": EVIL, "text": EVIL, "button": EVIL, "facts": [{"label": EVIL, "value": EVIL}]}
        },
        "_dossier.html": {"dossier": {"sha256": EVIL, "frozen_at": at, "files": 2}},
        "_figures.html": {"figures": [{"label": EVIL, "value": EVIL, "note": EVIL}]},
        "_facts.html": {"facts": [{"label": EVIL, "value": EVIL}]},
        "_table.html": {"table": {"columns": [{"label": EVIL}], "rows": [{"href": "/", "cells": [EVIL]}]}},
        "_tabs.html": {"tabs": [{"label": EVIL, "href": "/"}]},
        "_filters.html": {"filters": [{"label": EVIL, "href": "/"}]},
        "_empty.html": {"title": EVIL, "text": EVIL},
        "_crumbs.html": {"crumbs": [{"label": EVIL}]},
        "_sections.html": {"parts": [{"id": "a", "title": EVIL, "note": EVIL}]},
        "_part.html": {
            "part": {"id": "a", "title": EVIL, "questions": [{"id": "q", "label": EVIL, "help": EVIL, "value": EVIL}]}
        },
        "_saved.html": {"refused": REFUSED},
        "_acting.html": {"acting": {"name": EVIL, "role": EVIL, "organisation": EVIL, "initials": "S"}},
    }
    for name, context in pages.items():
        html = part(name, **context)
        assert "<script" not in html, name
        assert "&lt;script&gt;" in html, name


def test_the_frame_names_who_acts_and_counts_only_what_waits():
    html = (
        engines["django"]
        .from_string('{% extends "base_workspace.html" %}')
        .render(
            {
                "acting": {"name": "Sample Zhao", "role": "Reviewer", "organisation": "Sample Body", "initials": "SZ"},
                "today": date(2026, 11, 23),
            },
            RequestFactory().get("/w/"),
        )
    )
    assert "Sample Zhao" in html and "Reviewer · Sample Body" in html and "Mon 23 Nov 2026" in html
    assert "ws-count" not in html
    assert html.count('id="main"') == 1


def test_a_pager_counts_rows():
    assert "51 to 100 of 120" in part("_pages.html", page=Paginator(range(120), 50).page(2))
