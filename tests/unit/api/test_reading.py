"""Schemes, rules and standards; and the table from which every endpoint is made."""

from __future__ import annotations

import json

import pytest

from testamur.api import access, endpoint
from testamur.requirements.models import Classification, Document, Supersession

pytestmark = pytest.mark.django_db


def test_published_schemes_are_listed_by_their_newest_version_and_read_whole(public, bench):
    listed = {row["id"]: row for row in public.get("/schemes").body["items"]}

    assert {"sample-qms", "sample-licence"} <= set(listed)
    assert public.get("/schemes/sample-qms").body["items"][0]["digest"] == listed["sample-qms"]["digest"]
    assert public.get("/schemes/sample-qms/2026-1").body["definition"]["scheme"]["id"] == "sample-qms"
    assert public.get("/schemes/nothing").status_code == 404


def test_a_rule_answers_with_its_working_and_keeps_every_digit(public):
    made = public.post("/rules/CAB.first_surveillance_due/evaluations", {"inputs": {"decision_date": "2024-03-15"}})

    assert made.body["output"] == {"due": "2025-03-15"}
    assert all(line["words"]["zh"] for line in made.body["working"])


def test_an_input_that_does_not_fit_is_named(chinese):
    refused = chinese.post("/rules/CAB.first_surveillance_due/evaluations", {"inputs": {"decision_date": "x"}})

    assert (refused.status_code, refused.body["field"]) == (422, "decision_date")
    assert "日期" in refused.body["detail"]


def test_every_rule_says_what_it_asks(public):
    rules = public.get("/rules").body["items"]

    assert len(rules) > 20
    assert all(rule["inputs"] and rule["outputs"] and rule["source"] for rule in rules)
    assert public.get(f"/rules/{rules[0]['id']}").body == rules[0]


def test_a_withdrawn_standard_names_its_successor(public):
    old = Document.objects.create(key="iso-9001@2008", designation="ISO 9001:2008", status="withdrawn")
    new = Document.objects.create(key="iso-9001@2015", designation="ISO 9001:2015", title={"en": "Quality"})
    Supersession.objects.create(old=old, new=new)
    Classification.objects.create(document=new, ics="03.120.10")

    found = public.get("/standards/iso-9001@2008").body

    assert [one["key"] for one in found["replaced_by"]] == ["iso-9001@2015"]
    assert [row["key"] for row in public.get("/standards?ics=03.120").body["items"]] == ["iso-9001@2015"]
    first = public.get("/standards?q=9001&limit=1").body
    second = public.get(f"/standards?q=9001&limit=1&cursor={first['next']}").body
    assert [row["key"] for row in first["items"] + second["items"]] == ["iso-9001@2008", "iso-9001@2015"]


def as_described(path):
    return f"/api/v1{path.replace('{path:', '{')}"


def test_the_description_is_openapi_3_1_and_holds_every_row_of_the_access_table(public):
    described = public.get("/openapi.json").body

    listed = {(method.upper(), path) for path, item in described["paths"].items() for method in item}
    assert described["openapi"].startswith("3.1")
    assert listed == {(method, as_described(path)) for method, path in access.TABLE}


def test_whoever_must_sign_in_is_said_in_the_description(public):
    described = public.get("/openapi.json").body

    for (method, path), row in access.TABLE.items():
        operation = described["paths"][as_described(path)][method.lower()]
        assert bool(operation.get("security")) is not row.open, (method, path)


def test_an_endpoint_that_is_not_in_the_table_cannot_be_made():
    with pytest.raises(KeyError):
        endpoint.endpoint("GET", "/secrets")


def test_the_language_of_an_answer_follows_the_request_and_not_a_cookie(public, chinese, bench):
    public.client.cookies["language"] = "zh-hans"
    asked = {"items": [{"number": "nothing"}]}

    assert public.post("/verifications", asked).body["items"][0]["answers"][0]["headline"] == "No such record"
    assert chinese.post("/verifications", asked).body["items"][0]["answers"][0]["headline"] != "No such record"
    assert json.dumps(public.get("/rules").body)
