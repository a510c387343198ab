"""The page of a scheme is made from its tables: what it proves, who decides, each line with its source."""

from __future__ import annotations

import re
from datetime import date

import pytest

from small_world import ALL_OUTCOMES, World, both, scope
from testamur.portal.scheme_page import SchemePage
from testamur.portal.scheme_words import WORDS
from testamur.schemes.language import closed_lists
from testamur.schemes.language.library import Library
from testamur.schemes.models import Scheme

LIBRARY = Library()
READ = [path for path in LIBRARY.files() if LIBRARY.check(path).definition is not None]


@pytest.mark.django_db
@pytest.mark.parametrize("path", READ, ids=[path.parent.name for path in READ])
def test_every_scheme_of_the_library_can_be_read_on_its_page_in_both_languages(client, path):
    definition = LIBRARY.check(path).definition
    Scheme.objects.create(
        scheme_id=definition.id, version=definition.version, family=path.parent.parent.name, title=definition.title,
        body=definition.to_json(), digest=definition.digest, effective_from=date(2020, 1, 1), sample=True,
    )  # fmt: skip
    for language, key in (("en", "en"), ("zh-hans", "zh")):
        client.cookies["language"] = language
        text = client.get(f"/schemes/{definition.id}/{definition.version}").content.decode()

        assert definition.scheme.proves[key].split("&")[0].split("'")[0] in text
        assert text.count('class="source"') >= 3
        for ground in definition.grounds:
            assert ground.means[key].split("'")[0].split("&")[0].split('"')[0] in text
        if definition.unconfirmed():
            assert {"en": "unconfirmed", "zh": "待确认"}[key] in text


def test_every_word_of_the_closed_lists_is_said_in_chinese():
    listed = {
        word
        for name in ("OCCASIONS", "OUTCOMES", "FUNCTIONS", "STATUSES", "OBJECTS", "HOLDERS", "ACTIVITIES", "FIELDS",
                     "PUBLIC", "SHOWS", "CAUSES", "EVIDENCE", "OUTPUTS", "AUTHORITIES")
        for word in getattr(closed_lists, name)
    }  # fmt: skip

    assert sorted(listed - WORDS.keys()) == []


@pytest.mark.django_db
def test_the_page_lists_versions_and_says_what_differs_between_two(client):
    client.cookies["language"] = "en"
    World()
    first = Scheme.objects.get(scheme_id="sample-qms")
    body = {**first.body, "scope": [{**scope("document", "documents"), "source": "testamur@2026-1#test"}]}
    body["decision"] = {**body["decision"], "persons": 2, "outcomes": ALL_OUTCOMES}
    body["scheme"] = {**body["scheme"], "version": "2026-2", "title": both("sample-qms")}
    Scheme.objects.create(scheme_id="sample-qms", version="2026-2", title=first.title, body=body, digest="1" * 64,
                          effective_from=date(2026, 1, 1), sample=True)  # fmt: skip

    assert client.get("/schemes/sample-qms")["Location"] == "/schemes/sample-qms/2026-2"
    page = client.get("/schemes/sample-qms/2026-2").content.decode()
    differs = client.get("/schemes/sample-qms/differences", {"from": "2026-1", "to": "2026-2"}).content.decode()

    assert "what differs" in page and "2026-1" in page
    assert "scope sector" in differs and "scope site" in differs
    assert re.search(r"<code>persons</code>.*?2", differs, re.DOTALL)
    assert client.get("/schemes/sample-qms/differences", {"from": "?", "to": "'"}).status_code == 200


def test_the_burden_counts_what_is_asked_and_what_is_reused():
    path = LIBRARY.newest("cn-qms")
    burden = SchemePage(LIBRARY.check(path).definition).burden()

    assert burden["questions"] + burden["files"] == burden["total"] > 10
    assert 0 <= burden["asked_width"] <= 100
