"""What a checkout is made from: exact versions, hashes, and not one address."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from tests.shared import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_python_lock_names_versions_with_hashes_and_no_address(lock):
    text = lock.read_text(encoding="utf-8")
    blocks = re.findall(r"^([A-Za-z0-9][^\n]*(?:\n    --hash[^\n]*)*)", text, flags=re.MULTILINE)

    assert blocks
    assert [block for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []
    assert re.findall(r"\w+://|--(?:extra-)?index-url|--find-links|/tmp/|/home/", text) == []


def test_the_front_end_lock_names_versions_with_hashes_and_no_address():
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)
    installed = {name: entry for name, entry in lock["packages"].items() if name}

    assert installed
    assert [name for name, entry in installed.items() if "integrity" not in entry] == []
    assert [name for name, entry in installed.items() if "resolved" in entry] == []
    assert "://" not in text


def test_the_platform_lock_holds_everything_that_the_project_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = project["dependencies"] + extras["platform"]
    # What the project wants of itself is another of its extras: all that one names.
    own = [one for one in asked if one.startswith(f"{project['name']}[")]
    asked = [one for one in asked if one not in own]
    asked += [one for name in own for one in extras[re.search(r"\[(.+)\]", name)[1]]]
    locked = (ROOT / "requirements" / "platform.txt").read_text(encoding="utf-8").lower()
    names = [re.split(r"[\[<>=!~ ]", requirement)[0].lower() for requirement in asked]

    assert [name for name in names if f"\n{name}==" not in locked] == []


def test_every_dependency_says_why_it_is_there_and_under_which_licence():
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start, end = lines.index("[project]"), lines.index("[project.scripts]")
    requirements = [line for line in lines[start:end] if re.match(r'    "[a-z][\w\[\],-]*>=', line)]
    licences = r"MIT|BSD|Apache-2\.0|MPL-2\.0|LGPL"

    assert len(requirements) > 20
    assert [line for line in requirements if not re.search(rf"#.*(?:{licences})", line)] == []
