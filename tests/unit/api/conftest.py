"""A world whose certificate everybody may ask about, and callers: the public, a member, a stranger."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from issuing_bench import Bench
from small_world import PLATFORM, instant, member, organisation
from testamur.kernel import clock, days
from testamur.parties.actions import open_account
from testamur.parties.allowance import counts
from testamur.parties.models import Membership

V1 = "/api/v1"


class Caller:
    """Somebody who calls the API: the public, or a membership in a session."""

    def __init__(self, by: Membership | None = None, language: str = "en") -> None:
        self.by, self.language = by, language
        self.client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        if by is not None:
            account = getattr(by.person, "account", None) or open_account(
                person=by.person,
                email=f"{by.public_id.lower()}@sample.example",
                by=PLATFORM,
                at=clock.now(),
                verified=True,
            )
            self.client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")

    def call(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str) -> Any:
        """Send a request; the response gets ``.body``, its JSON."""
        named = {"Accept-Language": self.language, **{name.replace("_", "-"): value for name, value in headers.items()}}
        content = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        response = self.client.generic(
            method, V1 + path, content, content_type=named.pop("Content-Type", "application/json"), headers=named
        )
        is_json = not response.streaming and "json" in response.headers.get("Content-Type", "") and response.content
        response.body = json.loads(response.content) if is_json else None
        return response

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.call("POST", path, body if body is not None else {}, **headers)


@pytest.fixture(autouse=True)
def no_counting_between_tests():
    cache.clear()
    counts.clear()


@pytest.fixture
def bench(db) -> Bench:
    return Bench()


@pytest.fixture
def certificate(bench):
    bench.licensed()
    return bench.granted()


@pytest.fixture
def public(db) -> Caller:
    return Caller()


@pytest.fixture
def chinese(db) -> Caller:
    return Caller(language="zh-CN,zh;q=0.9,en;q=0.5")


@pytest.fixture
def signatory(bench) -> Caller:
    return Caller(bench.signatory)


@pytest.fixture
def stranger(bench) -> Caller:
    """A member of an organisation that has nothing to do with anything, holding every function."""
    other = organisation("Stranger")
    return Caller(member(other, "application", "decision", "attestation", "status", "records", name="Zhou"))


@pytest.fixture
def today():
    return days.day_of(clock.now())


@pytest.fixture
def noon():
    return instant
