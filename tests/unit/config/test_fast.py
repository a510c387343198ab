"""The short way gives what the long way gives, and both see a change at once, in every process, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

HERE = Path(__file__).resolve().parent
V1 = "/api/v1/verifications/"


class Process:
    """A server process with which a test speaks by lines."""

    def __init__(self, **variables: str) -> None:
        self.child = subprocess.Popen(
            [sys.executable, str(HERE / "fast_site.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **variables, "DJANGO_SETTINGS_MODULE": "testamur.config.settings"},
        )  # fmt: skip

    def __getattr__(self, verb: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            assert self.child.stdin is not None and self.child.stdout is not None
            self.child.stdin.write(json.dumps([verb, arguments, named]) + "\n")
            self.child.stdin.flush()
            return json.loads(self.child.stdout.readline())

        return call

    def end(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.close()
        self.child.wait(timeout=20)
        self.child.stdout.close()  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Process, Process, str]]:
    """Two processes on one database on disk or of the PostgreSQL server that the environment names."""
    folder = tmp_path_factory.mktemp("fast")
    variables = {
        "TESTAMUR_VAR": str(folder), "TESTAMUR_DATABASE_URL": f"sqlite:///{folder / 'fast.sqlite3'}",
        "TESTAMUR_PUBLIC_DIR": str(folder / "public"), "TESTAMUR_VERIFICATIONS_A_MINUTE": "500",
    }  # fmt: skip
    url = os.environ.get("TESTAMUR_DATABASE_URL", "")
    name = f"fast_{uuid.uuid4().hex[:8]}"
    if url.startswith("postgres"):
        import psycopg

        with psycopg.connect(url.partition("?")[0], autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
        parts = urlsplit(url)
        variables["TESTAMUR_DATABASE_URL"] = parts._replace(path=f"/{name}").geturl()
    one, two = Process(**variables), Process(**variables)
    one.migrate()
    public_id = one.make()
    yield one, two, public_id
    one.end()
    two.end()
    if url.startswith("postgres"):
        with psycopg.connect(url.partition("?")[0], autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def parts(answer: dict[str, Any]) -> dict[str, Any]:
    return json.loads(answer["body"])["answers"][0]["status"]


def test_the_short_way_gives_what_the_long_way_gave(sites):
    one, _two, _id = sites
    long, short = one.ask(f"{V1}Q-100"), one.ask(f"{V1}Q-100")
    other = one.ask(f"{V1}S/1 证")

    assert (long["long"], short["long"], other["long"]) == (True, False, False)
    assert json.loads(long["body"])["answers"] == json.loads(short["body"])["answers"]
    changing = {"content-length", "ratelimit-remaining", "ratelimit-reset"}
    assert {name: value for name, value in long["headers"].items() if name not in changing} == {
        name: value for name, value in short["headers"].items() if name not in changing
    }
    assert "content-security-policy" in short["headers"] and short["headers"]["x-content-type-options"] == "nosniff"
    assert (parts(other)["answer"], parts(other)["number"]) == ("valid", "S/1 证")


def test_what_the_caller_has_is_not_sent_again(sites):
    one, _two, _id = sites
    first = one.ask(f"{V1}Q-100")

    again = one.ask(f"{V1}Q-100", HTTP_IF_NONE_MATCH=first["headers"]["etag"])
    long = one.ask(f"{V1}Q-100", HTTP_IF_NONE_MATCH=first["headers"]["etag"], HTTP_COOKIE="a=b")

    assert (again["status"], again["body"], again["long"]) == (304, "", False)
    assert (long["status"], long["long"]) == (304, True)


@pytest.mark.parametrize(
    "asked", ["Q-100?on=2026-01-01", "Q-100?model=M1", "A" * 121, "credential?x=1"], ids=lambda text: text[:12]
)
def test_every_other_question_goes_the_long_way(sites, asked):
    assert sites[0].ask(V1 + asked)["long"]


def test_a_change_in_one_process_is_seen_at_once_by_the_other(sites):
    one, two, public_id = sites
    before = [parts(site.ask(f"{V1}Q-100"))["answer"] for site in (one, two, one, two)]
    assert before == ["valid"] * 4

    one.withdraw(public_id)
    after = [site.ask(f"{V1}Q-100") for site in (two, one)]

    assert [parts(answer)["status"] for answer in after] == ["withdrawn"] * 2
    assert not after[0]["long"]


def test_a_record_that_its_source_drops_is_not_valid_at_once(sites):
    one, two, _id = sites
    assert [parts(site.ask(f"{V1}S/1 证"))["answer"] for site in (one, two)] == ["valid"] * 2

    one.deliver("2026-04-01")

    assert [parts(site.ask(f"{V1}S/1 证"))["answer"] for site in (one, two)] == ["not_valid"] * 2


def test_who_asks_too_often_is_refused_by_the_long_way(sites):
    one, _two, _id = sites
    asked = [one.ask(f"{V1}Q-100", REMOTE_ADDR="10.9.9.9") for _ in range(501)]

    assert {answer["status"] for answer in asked[:500]} == {200}
    assert (asked[500]["status"], asked[500]["long"]) == (429, True)
