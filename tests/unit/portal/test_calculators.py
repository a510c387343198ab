"""Every rule is a page, and its form loses nothing: what the worked cases ask can be typed, linked to and answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from django.http import QueryDict
from django.utils.html import escape

from testamur import rules
from testamur.kernel.refusal import Refused
from testamur.portal import rule_forms
from testamur.rules.kinds import Kind, ListOf, MapOf, OneOrMany, Record

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases/rules.yaml").read_text())["cases"]
MINE = [case for case in CASES if case["rule"] in rules.index()]
#: Rules without a worked case in the shared file.
OTHERS = {
    "CN.cma_renew_by": {"expiry": "2028-03-31"},
    "CN.cb_conditions": {"legal_person": True, "premises": True, "system": False, "capital_cny": "3000000",
                         "full_time_certifiers": 12, "product_cert": False},
}  # fmt: skip
ONE_EACH = {**OTHERS, **{case["rule"]: case["inputs"] for case in reversed(MINE)}}


def query(typed: dict[str, str]) -> QueryDict:
    asked = QueryDict(mutable=True)
    asked.update(typed)
    return asked


def answer(rule_id: str, inputs: dict) -> object:
    try:
        return rules.evaluate(rule_id, inputs).output
    except Refused as refused:
        return refused.message_id


@pytest.mark.parametrize("case", MINE, ids=[case["id"] for case in MINE])
def test_what_a_worked_case_asks_can_be_typed_into_the_form(case):
    rule = rules.index()[case["rule"]]
    typed = rule_forms.typed(case["inputs"], rule)
    inputs, _good = rule_forms.read(rule, rule_forms.form(rule, query(typed)))

    assert answer(rule.id, inputs) == answer(rule.id, case["inputs"])


def kinds(kind: Kind) -> list[Kind]:
    inner = [kind.item] if isinstance(kind, (ListOf, OneOrMany, MapOf)) else []
    inner += list(kind.parts.values()) if isinstance(kind, Record) else []
    return [kind, *(one for part in inner for one in kinds(part))]


def test_the_form_has_a_place_for_every_kind_of_input():
    used = {type(one) for rule in rules.index().values() for kind in rule.inputs.values() for one in kinds(kind)}

    assert used <= set(rule_forms.PLACES)


@pytest.mark.django_db
@pytest.mark.parametrize("rule_id", list(rules.index()))
def test_every_rule_shows_its_result_with_numbered_working_and_sources(client, rule_id):
    client.cookies["language"] = "en"
    rule = rules.index()[rule_id]
    bare = client.get(f"/calculators/{rule_id}").content.decode()
    assert escape(rule.title["en"]) in bare and 'id="result"' in bare

    asked = client.get(f"/calculators/{rule_id}", {**rule_forms.typed(ONE_EACH[rule_id], rule), "ask": "1"})
    text = asked.content.decode()

    assert asked.status_code == 200
    assert "t-work" in text or "The rule does not allow this" in text or "t-error" in text
    for step in re.findall(r"<li><span>(.*?)</li>", text):
        assert "<cite>" in step


@pytest.mark.django_db
def test_each_wrong_field_is_named_and_nothing_is_calculated(client):
    client.cookies["language"] = "en"
    text = client.get("/calculators/SMP.proportion", {"ask": "1", "share": "two", "N": ""}).content.decode()

    assert text.count('class="t-error" id=') == 2
    assert "must be a number" in text and "is needed" in text
    assert "t-big" not in text
    assert 'value="two"' in text


@pytest.mark.django_db
def test_a_result_in_chinese_says_the_working_in_chinese(client):
    client.cookies["language"] = "zh-hans"
    text = client.get("/calculators/SMP.proportion", {"ask": "1", "share": "0.1", "N": "25"}).content.decode()

    assert "向上取整且至少1个：3" in text
    assert '<span class="t-big">3</span>' in text
