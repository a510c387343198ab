"""Pages obey the strict Content-Security-Policy: nothing inline, nothing from elsewhere, only icons that are there."""

from __future__ import annotations

import re

from tests.shared import ROOT
from tests.structure.layers import PACKAGE

TEMPLATES = sorted(PACKAGE.rglob("templates/**/*.html"))
FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/(?:ld\+)?json\")", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>{%]*\sstyle=", re.IGNORECASE),
    "an event handler": re.compile(r"<[a-z][^>]*\son[a-z]+=", re.IGNORECASE),
    "htmx code in an attribute": re.compile(r"\bhx-on|hx-vals=[\"']js:|hx-headers=[\"']js:", re.IGNORECASE),
    "a file of another host": re.compile(
        r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE
    ),
}


def test_no_page_has_anything_inline_or_foreign():
    found = []
    for file in TEMPLATES:
        text = re.sub(
            r"\{%\s*comment.*?endcomment\s*%\}|\{#.*?#\}", "", file.read_text(encoding="utf-8"), flags=re.DOTALL
        )
        found += [f"{file.relative_to(PACKAGE)}: {what}" for what, pattern in FORBIDDEN.items() if pattern.search(text)]

    assert TEMPLATES, "no template was looked at"
    assert found == []


def test_the_patterns_notice_what_they_forbid():
    caught = {
        "an inline script": "<script>go()</script>",
        "an inline style sheet": "<style>p{}</style>",
        "a style attribute": '<p class="a" style="color:red">',
        "an event handler": '<button onclick="go()">',
        "htmx code in an attribute": '<p hx-on:click="go()">',
        "a file of another host": '<img src="//cdn.example/x.png">',
    }

    assert [what for what, text in caught.items() if not FORBIDDEN[what].search(text)] == []


def test_every_icon_of_a_page_is_in_the_list_that_the_sprite_is_made_from():
    listed = [line for line in (ROOT / "tools/icons.txt").read_text().splitlines() if line and not line.startswith("#")]
    missing = set()
    for file in [*TEMPLATES, *PACKAGE.rglob("*.py")]:
        for name in re.findall(r"icons\.svg['\"]?\s*%?\}?#([a-z0-9-]+)", file.read_text(encoding="utf-8")):
            if name not in listed:
                missing.add(f"{name} ({file.relative_to(PACKAGE)})")

    assert missing == set()
    assert listed == sorted(set(listed))
