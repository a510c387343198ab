"""The worked cases of the rulebook, one test each."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from testamur.kernel.refusal import Refused
from testamur.rules import cases

FILE = Path(__file__).resolve().parents[2] / "cases/rules.yaml"
HERE, ELSEWHERE = cases.known(cases.read(FILE))


@pytest.mark.parametrize("case", HERE, ids=lambda case: case["id"])
def test_a_worked_case_comes_out_as_expected(case):
    assert cases.run(case).problems == ()


def test_every_area_of_this_build_has_cases():
    areas = {case["rule"].split(".")[0] for case in HERE}

    assert areas == {"CAB", "MD5", "MD1", "MD11", "SCOPE", "TRANS", "CN", "RND", "SMP"}
    assert len(HERE) >= 122


def test_a_case_that_expects_otherwise_fails_and_says_what_came_out():
    case = {"id": "x", "rule": "MD1.sample", "inputs": {"n": 26}, "expected": {"initial": 5, "spare": 1}}

    assert cases.run(case).problems == (
        "initial: expected 5, got 6",
        "spare: expected 1, there is no such output",
    )


def test_a_case_that_is_refused_fails_with_the_sentence():
    case = {"id": "x", "rule": "MD1.sample", "inputs": {"n": 0}, "expected": {"initial": 0}}

    assert cases.run(case).problems == ("refused: Sites without the central function (n) must be at least 1.",)


def test_numbers_are_compared_exactly_unless_the_case_names_a_tolerance():
    assert cases.same(Decimal("6.5"), 6.5)
    assert not cases.same(Decimal("6.5"), 6.51)
    assert cases.same(Decimal("6.5"), 6.51, tolerance=Decimal("0.01"))
    assert cases.same(Decimal("101"), 100, relative=Decimal("0.01"))
    assert not cases.same(Decimal("102"), 100, relative=Decimal("0.01"))
    assert not cases.same(True, 1)
    assert not cases.same("1", 1)
    assert not cases.same(["a", "b"], ["a"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: [", "is not YAML"),
        ("a: 1", "holds no list called cases"),
        ("cases: [{id: x, rule: MD1.sample}]", "needs id, rule, inputs and expected"),
    ],
)
def test_a_file_that_holds_no_cases_is_refused_with_a_sentence(tmp_path, text, sentence):
    file = tmp_path / "cases.yaml"
    file.write_text(text)

    with pytest.raises(Refused, match=sentence):
        cases.read(file)
