"""Every source that code names is a document that pages can lead to: who asks why must not meet a dead link."""

from __future__ import annotations

import ast
import re
import tomllib

from shared import ROOT

PACKAGE = ROOT / "src/testamur"
#: document@edition, and what in it.
CITED = re.compile(r"([a-z0-9-]+@[0-9][0-9-]*)(?:#\S.*)?")
#: Not documents: classifications, which carry sources of their own.
CLASSIFICATIONS = {"nace@2"}


def known() -> set[str]:
    files = [PACKAGE / "rules/sources.toml", PACKAGE / "schemes/library/vocabulary/sources.toml"]
    return {name for file in files for name in tomllib.loads(file.read_text(encoding="utf-8"))}


def test_every_source_named_in_code_is_a_document_that_is_known():
    unknown, documents = set(), known() | CLASSIFICATIONS
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found = CITED.fullmatch(node.value) if isinstance(node, ast.Constant) and type(node.value) is str else None
            if found and found[1] not in documents:
                unknown.add((file.relative_to(PACKAGE).as_posix(), found[1]))

    assert unknown == set()


def test_every_source_of_a_questionnaire_is_a_document_that_is_known():
    files = sorted((PACKAGE / "diagnosis/library").glob("*.toml"))
    heads = {file.name: tomllib.loads(file.read_text(encoding="utf-8"))["questionnaire"] for file in files}
    named = {(name, head[key]) for name, head in heads.items() for key in ("source", "adopted") if key in head}
    assert len(files) >= 5
    assert {one for one in named if one[1] not in known()} == set()
