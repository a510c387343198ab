"""An installation is described by its environment, and the description is complete."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from testamur.config import environment
from testamur.config.logs import JsonLines
from tests.shared import ROOT
from tests.structure.layers import PACKAGE


def settings_of(**variables: str) -> dict[str, object]:
    """Load the settings in a process of their own and return a few of them."""
    code = (
        "import json, testamur.config.settings as s; print(json.dumps({n: str(getattr(s, n)) for n in "
        "('DEMO', 'SAMPLE', 'HOST', 'SECOND_FACTOR_REQUIRED', 'SESSION_COOKIE_SECURE', 'ALLOWED_HOSTS')}))"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TESTAMUR_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "TESTAMUR_VAR": os.environ["TESTAMUR_VAR"], **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return json.loads(done.stdout) if done.returncode == 0 else {"error": done.stderr.splitlines()[-1]}


@pytest.mark.parametrize(
    ("variables", "demo"),
    [
        ({"TESTAMUR_SAMPLE": "1", "TESTAMUR_BIND": "127.0.0.1:8000"}, "True"),
        ({"TESTAMUR_SAMPLE": "1", "TESTAMUR_BIND": "0.0.0.0:8000"}, "False"),
        ({"TESTAMUR_SAMPLE": "1", "TESTAMUR_ORIGIN": "http://shown.example"}, "False"),
        ({"TESTAMUR_SAMPLE": "0"}, "False"),
    ],
)
def test_roles_can_be_chosen_only_on_a_sample_that_listens_on_loopback(variables, demo):
    loaded = settings_of(**variables)

    assert loaded["DEMO"] == demo
    assert loaded["SECOND_FACTOR_REQUIRED"] == ("False" if demo == "True" else "True")


def test_a_platform_on_https_needs_its_secret_from_the_environment_and_sends_cookies_over_https_only():
    without = settings_of(TESTAMUR_ORIGIN="https://register.example")
    loaded = settings_of(TESTAMUR_ORIGIN="https://register.example", TESTAMUR_SECRET_KEY="x" * 60)

    assert "TESTAMUR_SECRET_KEY is missing" in str(without["error"])
    assert loaded["SESSION_COOKIE_SECURE"] == "True"
    assert loaded["HOST"] == "register.example"


def test_a_generated_secret_is_kept_for_its_owner_only(tmp_path: Path, monkeypatch):
    monkeypatch.delenv("TESTAMUR_SECRET_KEY")

    first = environment.secret_key(tmp_path / "var", required=False)

    assert environment.secret_key(tmp_path / "var", required=False) == first
    assert len(first) >= 50
    assert (tmp_path / "var" / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_database_address_becomes_the_frameworks_settings(tmp_path: Path):
    sqlite = environment.database(f"sqlite:///{tmp_path}/new/a.sqlite3")
    postgres = environment.database("postgresql://u:p%40ss@db.example:5433/name?sslmode=require")

    assert sqlite["NAME"] == f"{tmp_path}/new/a.sqlite3"
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert (postgres["USER"], postgres["PASSWORD"], postgres["PORT"], postgres["NAME"]) == ("u", "p@ss", "5433", "name")
    assert postgres["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("wrong", ["mysql://x/y", "testamur.sqlite3"])
def test_another_database_is_answered_with_a_sentence(wrong):
    with pytest.raises(ImproperlyConfigured, match="TESTAMUR_DATABASE_URL begins with"):
        environment.database(wrong)


def test_a_switch_that_is_neither_on_nor_off_is_answered_with_a_sentence(monkeypatch):
    monkeypatch.setenv("TESTAMUR_STRICT", "perhaps")

    with pytest.raises(ImproperlyConfigured, match="TESTAMUR_STRICT is 'perhaps'; write 1 or 0"):
        environment.switch("TESTAMUR_STRICT")


def test_every_variable_is_on_the_reference_page_and_nothing_else_is():
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    read = set(re.findall(r'"(TESTAMUR_[A-Z_]+)"', "".join(f.read_text("utf-8") for f in PACKAGE.rglob("*.py"))))

    assert set(re.findall(r"`(TESTAMUR_[A-Z_]+)`", page)) == read


def test_a_log_line_is_json_with_ids_and_without_addresses():
    record = logging.LogRecord("testamur.x", logging.INFO, "f.py", 1, "sequenced %d entries", (3,), None)
    record.facts = {"log": "sample"}
    record.request = object()

    line = json.loads(JsonLines().format(record))

    assert line["message"] == "sequenced 3 entries"
    assert line["facts"] == {"log": "sample"}
    assert set(line) == {"at", "level", "logger", "message", "facts"}
