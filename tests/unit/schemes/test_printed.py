"""What is printed from the metadata of the tables: the reference page and the schema for editors."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from testamur.schemes.language.acted_on import NOT_ACTED_ON
from testamur.schemes.language.grammar import GRAMMAR
from testamur.schemes.language.library import SHIPPED
from testamur.schemes.language.reference import grammar, reference
from testamur.schemes.language.schema import json_schema
from testamur.schemes.language.tables import keys_of

PAGE = Path(__file__).parents[3] / "docs/reference/scheme-language.md"
FILES = sorted(path for path in SHIPPED.glob("*/*/*.toml") if path.parts[-3] != "vocabulary")


def test_the_reference_page_is_what_the_code_says():
    assert PAGE.read_text("utf-8") == reference(), "run `make docs`"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_and_the_grammar_name_every_key_and_mark_those_not_acted_on(language):
    page, terminal = reference(language), grammar(language)
    for name, table in GRAMMAR.items():
        for word, spec in keys_of(table).items():
            assert f"| `{word}` |" in page
            assert spec.metadata["meaning"][language], (name, word)
    assert all(f"| `{key}` |" in page for key in NOT_ACTED_ON)
    assert len(re.findall(r"\((?:read, not yet acted on|已读取、尚未执行)\)", terminal)) == len(NOT_ACTED_ON)


def test_the_chinese_page_is_chinese():
    assert re.search(r"[\u4e00-\u9fff]", "".join(GRAMMAR["ground"].MEANING["zh"]))
    assert "尚未执行" in reference("zh")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_schema_is_a_schema(language):
    jsonschema.Draft202012Validator.check_schema(json_schema(language))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_the_schema_accepts_every_file_of_the_library(path):
    data = json.loads(json.dumps(tomllib.loads(path.read_text("utf-8")), default=str))

    jsonschema.validate(data, json_schema())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type = "5"', 'type = "9"'),
        ("[review]", "[reveiw]"),
        ('rotation = "4 years"', 'rotation = "four years"'),
        ("at_least = 1\ntogether", 'at_least = "1"\ntogether'),
        ('amount = "4800.00 CNY"', "amount = 4800"),
        ('source = "iso-17065@2012#7.5.1"', 'source = "ISO/IEC 17065, 7.5.1"'),
        ('title = { en = "Type test", zh = "型式试验" }', 'title = { en = "Type test" }'),
        ('close_by = "3 months after notified"', 'close_by = { survey = "expiry" }'),
    ],
)
def test_the_schema_refuses_what_the_second_pass_refuses(old, new):
    text = (SHIPPED / "products/voluntary-product-type5/2026-1.toml").read_text("utf-8")
    assert old in text
    data = json.loads(json.dumps(tomllib.loads(text.replace(old, new, 1)), default=str))

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json_schema())
