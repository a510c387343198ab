"""Every error is a problem of one shape, in the reader's language, and says what to do."""

from __future__ import annotations

import json

import pytest

from small_world import both, member
from testamur.api import endpoint, problems
from tests.unit.api.conftest import Caller

pytestmark = pytest.mark.django_db


def shape(response):
    assert response["Content-Type"] == "application/problem+json"
    assert response.body["status"] == response.status_code
    assert response.body["type"].endswith(tuple(f"#{kind}" for kind in problems.KINDS))
    assert response.body["title"] and response.body["detail"]
    return response.status_code


def test_a_refusal_names_rule_and_source_in_the_readers_language(bench):
    caller = Caller(member(bench.client, "application", name="Wu"), language="zh-CN")

    refused = caller.post("/cases", {"scheme": "nothing", "issuer": bench.body.public_id})

    assert shape(refused) == 409
    assert refused["Content-Language"] == "zh-Hans"
    assert refused.body["title"] == "规则不允许"
    assert any("一" <= character <= "鿿" for character in refused.body["detail"])
    assert (refused.body["rule"], refused.body["source"]) == ("schemes.effective", "testamur@2026-1#schemes.versions")


def test_what_is_not_there_not_allowed_or_not_readable_is_a_problem_too(public, certificate):
    path = f"/attestations/{certificate.public_id}"

    assert shape(public.get("/nothing")) == 404
    assert shape(public.get("/attestations/ZZZZZZZZZZ")) == 404
    assert shape(public.call("PATCH", path)) == 405
    assert shape(public.post(f"{path}/suspension", {"reasons": {}})) == 401
    assert shape(public.call("POST", "/verifications", raw=b"{not json")) == 400
    assert shape(public.call("POST", "/verifications", raw=b'{"items": [NaN]}')) == 400
    for inside in (b'[{"number": "a\\u0000"}]', b'[{"a\\u0000": 1}]', b'"\\u0000"'):
        assert shape(public.call("POST", "/verifications", raw=b'{"items": ' + inside + b"}")) == 400
    assert shape(public.post("/verifications", {"items": []})) == 422
    assert public.call("PATCH", path)["Allow"] == "GET"


def test_a_function_that_is_not_held_is_forbidden_with_the_name_of_who_gives_it(bench, certificate):
    reviewer = Caller(member(bench.body, "review", name="Qian"))

    refused = reviewer.post(f"/attestations/{certificate.public_id}/withdrawal", {"reasons": both("x")})

    assert shape(refused) == 403
    assert "Decision" in refused.body["detail"]
    assert refused.body["who"] == "an administrator of the organisation"


def test_validation_names_every_field(public):
    refused = public.post("/verifications", {"item": [], "x": 1})

    assert shape(refused) == 422
    assert {row["field"] for row in refused.body["errors"]} == {"items", "item", "x"}


def test_an_unexpected_error_shows_a_reference_and_nothing_of_the_inside(public, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr("testamur.api.endpoints.changes.transparency.state", broken)

    failed = public.get("/log")

    assert shape(failed) == 500
    assert len(failed.body["reference"]) == 12
    assert b"secret" not in failed.content and b"Traceback" not in failed.content


def test_too_many_requests_from_one_address_are_told_when_to_come_back(public, monkeypatch):
    limit = endpoint.TABLE[("POST", "/verifications")].a_minute
    for _ in range(limit):
        assert public.post("/verifications", {"items": [{"number": "1"}]}).status_code == 200

    refused = public.post("/verifications", {"items": [{"number": "1"}]})

    assert shape(refused) == 429
    assert int(refused["Retry-After"]) > 0
    assert public.get("/log").status_code == 200


def test_every_kind_of_problem_is_listed_in_the_readers_language(public, chinese):
    english, translated = public.get("/problems").body["items"], chinese.get("/problems").body["items"]

    assert [row["id"] for row in english] == list(problems.KINDS)
    assert all(one["title"] != other["title"] for one, other in zip(english, translated, strict=True))


@pytest.mark.parametrize(
    "path",
    [
        "/attestations?q=%00", "/attestations?q=" + "%F0%9F%92%A9" * 90, "/attestations?q='%22%3B--",
        "/attestations?limit=0",
        "/attestations?limit=99999999999999999999", "/attestations?cursor=%00", "/attestations/%00",
        "/attestations/..%2f..%2f",
        "/attestations?country=%00&scheme=%00&standard=%00&issuer=%00", "/changes?since=0001-01-01T00:00:00Z",
        "/changes?since=9999-12-31T23:59:59%2B00:00", "/standards?q=%00%00&ics=%00", "/standards/%00",
        "/standards/a/b/c@d",
        "/schemes/%00", "/schemes/%00/%00", "/rules/%00", "/rules/CAB.nothing", "/organisations/%00",
        "/organisations/" + "A" * 500,
        "/attestations/AAAAAAAAAA?on=0001-01-01", "/attestations/AAAAAAAAAA?on=9999-12-31", "/attestations?status=",
    ],
)  # fmt: skip
def test_odd_addresses_are_answered_and_never_break_anything(public, path):
    assert public.get(path).status_code < 500


@pytest.mark.parametrize("on", ["1900-01-01", "2200-12-31", "0001-01-01", "9999-12-31", "2026-02-29", "today", "%00"])
@pytest.mark.parametrize("known", ["", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-03-01T00:00:00", "x"])
def test_odd_days_and_instants_are_answered_and_never_break_anything(public, certificate, on, known):
    asked = f"/attestations/{certificate.public_id}?on={on}" + (f"&known={known}" if known else "")

    assert public.get(asked).status_code in (200, 422)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"items": null}',
        b'{"items": [' + b"[" * 3000 + b"]" * 3000 + b"]}",
        b"[" * 200_000, b'{"items": [{"number": "' + b"9" * 4000 + b'"}]}', b'{"items": [1e999999999]}',
        b'{"items": [Infinity]}',
        b'{"items": [{"number": "\\u0000"}]}', b'{"items": [{"number": "\\ud800"}]}',
        b'{"items": [{"number": {"a": 1}}]}',
        b'{"items": [{"number": "1", "claim": {"lines": [{"a": {"b": [1, {"c": null}]}}]}}]}',
        b'{"inputs": {"x": 1e400}}',
        b'{"inputs": {"decision_date": ' + b"9" * 5000 + b"}}", b'{"inputs": {"decision_date": "\\ud800"}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "path", ["/verifications", "/rules/CAB.first_surveillance_due/evaluations", "/verifications/credential"]
)
def test_odd_bodies_are_answered_and_never_break_anything(public, path, raw):
    answered = public.call("POST", path, raw=raw)

    assert answered.status_code < 500 or answered.status_code == 503, answered.content[:300]
    json.loads(answered.content)
