"""The table of path validation as files, and a proof that it is complete: each check removed once, and it notices.

A check is a ``raise`` outside of an ``except``, in the modules that judge. One after the other is taken out of the
running verifier; at least one row of the table must then be answered in another way.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
from dataclasses import dataclass
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from testamur.verification import (
    checkpoint,
    coverage,
    credential,
    evidence,
    known,
    note,
    path,
    proof,
    status_list,
    trust_file,
)
from testamur.verification.entry import instant
from testamur.verification.path import validate
from testamur.verification.signature import PublicKey
from unit.verification import path_cases
from unit.verification.universe import NOW

JUDGES = (path, evidence, known, coverage, credential, checkpoint, note, proof, status_list)


class Files(dict):
    def read(self, place):
        text = self.get(place)
        return text.encode() if isinstance(text, str) else text


def test_the_table_survives_being_written_and_read_as_json(tmp_path):
    count = path_cases.write(tmp_path)
    index = json.loads((tmp_path / "index.json").read_text())

    assert count == len(index) >= 160
    for file in index:
        case = json.loads((tmp_path / file).read_text())
        site = Files(case["files"])
        found = validate(
            site.read(case["credential"]),
            site=site,
            trust=trust_file.parse(json.dumps(case["trust"]).encode()),
            now=instant(case["now"]),
        )
        said = {"result": str(found.result), "now": str(found.now), "at_issue": str(found.at_issue)}
        assert said == case["expected"], case["name"]


# ---------------------------------------------------------------------- each check removed once


@dataclass(frozen=True)
class Check:
    """One check: its module, the function that makes it, its line, and the function's code without it."""

    module: ModuleType
    function: str
    line: int
    code: CodeType

    text: str

    @property
    def package(self) -> str:
        return self.module.__name__.rpartition(".")[2]

    def __str__(self) -> str:
        return f"{self.package}.{self.function}:{self.line} {self.text}"


class _Without(ast.NodeTransformer):
    """Takes one statement out."""

    def __init__(self, line: int) -> None:
        self.line = line

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        return ast.copy_location(ast.Pass(), node) if node.lineno == self.line else node


def _checks(module: ModuleType) -> list[Check]:
    source = inspect.getsource(module)
    found: list[Check] = []
    for function, qualified in _functions(ast.parse(source)):
        hidden = {
            id(inner) for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) for inner in ast.walk(node)
        }
        for node in ast.walk(function):
            if not isinstance(node, ast.Raise) or id(node) in hidden or node.exc is None:
                continue
            tree = ast.fix_missing_locations(_Without(node.lineno).visit(ast.parse(source)))
            code = _code_of(compile(tree, module.__file__ or "", "exec"), qualified)
            found.append(Check(module, qualified, node.lineno, code, ast.unparse(node)))
    return found


def _functions(tree: ast.Module) -> list[tuple[ast.FunctionDef, str]]:
    found = [(node, node.name) for node in tree.body if isinstance(node, ast.FunctionDef)]
    for outer in tree.body:
        if isinstance(outer, ast.ClassDef):
            found += [(node, f"{outer.name}.{node.name}") for node in outer.body if isinstance(node, ast.FunctionDef)]
    return found


def _code_of(code: CodeType, qualified: str) -> CodeType:
    for name in qualified.split("."):
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
    return code


def _function_of(check: Check) -> FunctionType:
    found: Any = check.module
    for name in check.function.split("."):
        found = inspect.getattr_static(found, name)
    found = getattr(found, "__func__", found)
    found = getattr(found, "fget", None) or found
    return inspect.unwrap(found)


CHECKS = [check for module in JUDGES for check in _checks(module)]

#: Checks whose removal no row shows, each with what answers the same in its place. A stale line fails the test too.
DOUBLED = {
    "path._Walk._check_demand: The scheme demands of the issuer": "no authority that fits covers no line either",
    "evidence.Evidence._authority: is a certificate, not an authority": "a certificate's subject is no issuer",
    "evidence.Evidence._method: belongs to somebody other": "the issuer's own document holds no such method",
    "evidence.Evidence._did: are somebody else's": "the document of another DID holds no method of the issuer",
    "credential._parse_jwt: neither a compact JWS": "three parts are unpacked, and their letters decoded, right after",
    "checkpoint.parse: has not 32 bytes": "the tree takes no other hash",
    "proof.parse: a hash of a proof has not 32 bytes": "the tree takes no other hash",
    "proof.parse: too many hashes": "bounds the work; no tree is so high",
    "note.parse: a note is too large": "bounds the work; a proof around it is smaller",
    "note.check_name: no spaces and no plus": "read from the trust file, not from what is judged",
    "note.VerifierKey.of: signed with Ed25519": "read from the trust file, not from what is judged",
    "note.VerifierKey.parse: of an algorithm byte": "read from the trust file, not from what is judged",
    "note.VerifierKey.parse: does not fit its key": "read from the trust file, not from what is judged",
}
#: What makes and does not judge.
MAKING = {("path", "validate"), ("credential", "sign_twin"), ("status_list", "new_bits"), ("status_list", "get_bit")}


@pytest.fixture(scope="module")
def table():
    """Every row, built once, with what the whole verifier answers."""
    return [(row.world, row.world.trust, row.world.files[row.credential]) for row in path_cases.rows()]


@pytest.fixture
def quick(monkeypatch):
    """Judge each signature once: taking checks out asks the same ones a thousand times."""
    whole, judged = PublicKey.verifies, {}

    def remembered(self, signature, data):
        asked = (self.thumbprint, signature, data)
        if asked not in judged:
            judged[asked] = whole(self, signature, data)
        return judged[asked]

    monkeypatch.setattr(PublicKey, "verifies", remembered)


def _answer(row) -> str:
    world, trust, data = row
    try:
        found = validate(data, site=world, trust=trust, now=NOW)
    except Exception as error:
        return type(error).__name__
    return f"{found.result} {found.at_issue}"


def _clear() -> None:
    for module in JUDGES:
        for value in vars(module).values():
            if isinstance(value, functools._lru_cache_wrapper):
                value.cache_clear()


def test_taking_any_check_out_changes_the_answer_to_some_row(table, quick):
    whole = [_answer(row) for row in table]
    unnoticed = []
    for check in CHECKS:
        if (check.package, check.function) in MAKING:
            continue
        function = _function_of(check)
        kept = function.__code__
        try:
            function.__code__ = check.code
            _clear()
            if all(_answer(row) == before for row, before in zip(table, whole, strict=True)):
                unnoticed.append(str(check))
        finally:
            function.__code__ = kept
            _clear()
    known = {name: [one for one in unnoticed if _is(name, one)] for name in DOUBLED}
    assert [one for one in unnoticed if not any(one in found for found in known.values())] == []
    assert [name for name, found in known.items() if len(found) != 1] == []
    assert len(CHECKS) > 100


def _is(name: str, shown: str) -> bool:
    place, _colon, words = name.partition(": ")
    return shown.startswith(f"{place}:") and words in shown
