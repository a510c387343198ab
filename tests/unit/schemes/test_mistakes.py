"""Every deliberate mistake is named by its sentence on its line, in English and in Chinese."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

import testamur
from testamur.schemes.language.library import SHIPPED, Library
from testamur.schemes.language.said import Mistake, Said

from .mistakes import FILES, MISTAKES

LIBRARY = Library()
CHINESE = tomllib.loads((Path(testamur.__file__).parent / "locale/parts/schemes.toml").read_text("utf-8"))


@cache
def check(name: str, text: str) -> tuple[Mistake, ...]:
    return LIBRARY.check(SHIPPED / FILES[name] / "2026-1.toml", text).mistakes


def spoil(name: str, old: str, new: str) -> tuple[str, int]:
    text = (SHIPPED / FILES[name] / "2026-1.toml").read_text("utf-8")
    assert old in text, f"{FILES[name]} no longer says {old!r}"
    at = text.index(old)
    return text[:at] + new + text[at + len(old) :], at


@pytest.mark.parametrize(
    ("name", "old", "new", "marker", "sentence"), MISTAKES, ids=[f"{row[0]}-{row[4][:60]}" for row in MISTAKES]
)
def test_a_mistake_is_named_with_its_sentence_on_its_line(name, old, new, marker, sentence):
    bad, at = spoil(name, old, new)
    places = [spot for spot in range(len(bad)) if bad.startswith(marker, spot)]
    line = bad.count("\n", 0, min(places, key=lambda spot: abs(spot - at))) + 1  # the marker nearest to the change

    found = check(name, bad)

    assert any(m.sentence().startswith(sentence) and m.line == line for m in found), [str(m) for m in found]


@pytest.mark.parametrize(("name", "old", "new"), [row[:3] for row in MISTAKES])
def test_a_mistake_can_be_said_in_chinese(name, old, new):
    for mistake in check(name, spoil(name, old, new)[0]):
        shown = mistake.sentence(lambda message: CHINESE.get(message, message), "zh")

        assert mistake.message_id in CHINESE
        assert "{" not in shown.replace("{ ", "").replace("{serial}", "").replace("{kategory}", "") or "made_" in shown
        assert all(said.message_id in CHINESE for said in parts(mistake)), shown


def parts(said):
    """Yield the sentences inside a sentence, except the empty one."""
    for value in said.facts.values():
        if isinstance(value, Said) and value.facts != {"nothing": ""}:
            yield value
            yield from parts(value)


def test_most_mistakes_cause_one_message_only():
    counts = [len(check(name, spoil(name, old, new)[0])) for name, old, new, _marker, _sentence in MISTAKES]

    assert all(counts)
    assert counts.count(1) >= 0.85 * len(counts)


def test_a_slip_in_words_keeps_the_third_pass_silent():
    bad, _at = spoil("lamp", 'party = "third"', 'party = "thrid"')

    assert [m.sentence() for m in check("lamp", bad)] == [
        '[scheme] party "thrid" is not one of: first, second, third. Did you mean "third"?'
    ]


def test_an_empty_file_and_one_without_head_say_so():
    assert [str(m) for m in check("lamp", "")] == [
        "voluntary-product-type5/2026-1.toml:1: This file is empty; a scheme begins with [scheme]."
    ]
    alone = '[review]\nby = ["a"]\nindependent_of = ["determination"]\nsource = "testamur@2026-1#x"\n'
    assert [m.sentence() for m in check("lamp", alone)] == ["[scheme] is missing; a scheme begins with it."]


def test_a_file_in_another_encoding_is_named_and_does_no_harm(tmp_path):
    path = tmp_path / "family" / "odd" / "2026-1.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes('[scheme]\nid = "示例"\n'.encode("gb18030"))

    found = LIBRARY.check(path).mistakes

    assert [str(m) for m in found] == ["odd/2026-1.toml:2: This file is not written in UTF-8."]


@pytest.mark.parametrize(
    "text", ["scheme = 3", "[[scheme]]", "scheme = []", "field = [1, 2]", "[scheme]\nid = 3", "[scheme.id]"]
)
def test_odd_shapes_get_a_sentence_and_no_traceback(text):
    assert check("lamp", text)


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("3", "assessment of production"),
        ("4", "assessment of production"),
        ("5", "audit of the management system"),
        ("6", "assessment of the process or service"),
    ],
)
def test_each_type_of_iso_iec_17067_asks_for_its_surveillance(kind, wanted):
    text, _at = spoil("lamp", 'type = "5"', f'type = "{kind}"')
    start = text.index('id = "follow_up"')
    text = text[:start] + text[start:].replace('kind = "factory_inspection"', 'kind = "market_sampling"', 1)

    assert f"[scheme] is of type {kind}, but its surveillance has no {wanted}." in [
        m.sentence() for m in check("lamp", text)
    ]
