"""The worked cases: each method answers as its published source or an independent program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from shared import shared
from testamur.kernel.refusal import Refused
from testamur.tqm import cases
from testamur.tqm.methods import find, index
from testamur.tqm.results import simple

FOLDER = Path(__file__).resolve().parents[2] / "cases/tqm"
EVERY = cases.read(FOLDER)


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case["id"])
def test_a_method_answers_as_its_case_expects(case):
    outcome = cases.run(case)

    assert outcome.problems == ()
    assert outcome.compared > 0


def test_every_case_has_its_method():
    assert {case["method"] for case in EVERY} - set(index()) == set()


def test_the_kept_cases_are_those_of_the_shared_folder():
    theirs = cases.read(shared("cases", "tqm"))

    assert theirs == EVERY
    assert len(EVERY) == 54


CASE = {"id": "x", "method": "i_mr", "data": {"values": [1, 2, 4, 3]}, "expected": {"center": 2.5}, "tolerance": {}}


def test_a_wrong_answer_fails_its_case():
    wrong = CASE | {"expected": {"center": 2.6}, "tolerance": {"abs": 0.05}}

    assert cases.run(CASE).problems == ()
    assert "expected 2.6, got 2.5" in cases.run(wrong).problems[0]


def test_an_answer_that_is_not_there_fails_its_case():
    assert "there is no such answer" in cases.run(CASE | {"expected": {"centre": 2.5}}).problems[0]


def test_a_refused_case_fails_and_says_why():
    refused = cases.run(CASE | {"data": {"values": [1, "x"]}})

    assert refused.problems[0].startswith("refused: values, row 2")


def test_what_a_book_prints_is_compared_only_within_its_own_tolerance():
    quoted = CASE | {"expected": {"center": 2.5, "published_book": {"center": 2.6}}}

    assert cases.run(quoted).problems == ()
    assert cases.run(quoted | {"tolerance": {"published_rel": 0.001}}).problems != ()


def test_a_tolerance_may_be_of_one_answer_only():
    wide = CASE | {"expected": {"center": 2.45, "sigma": 9.9}, "tolerance": {"abs": 0.0001, "abs_center": 0.1}}

    assert [problem.partition(":")[0] for problem in cases.run(wide).problems] == ["sigma"]


def test_a_folder_without_cases_is_refused(tmp_path):
    with pytest.raises(Refused, match="holds no cases"):
        cases.read(tmp_path)


@pytest.mark.parametrize(
    ("method", "data", "parameters", "needs"),
    [
        ("oc_curve", {}, {}, "needs plans"),
        ("c0_plan", {}, {}, "needs questions"),
        ("variables_estimated_fraction", {"sample": [197, 188, 184, 205, 201]}, {}, "specification limit"),
    ],
)
def test_what_a_case_takes_from_its_source_is_nobody_elses_default(method, data, parameters, needs):
    with pytest.raises(Refused, match=needs):
        find(method).run(data, parameters)


#: The answer of this method is the book's own table, under the book's names.
BOOKS_OWN = "gage_rr_crossed_anova_and_average_range"


@pytest.mark.parametrize("case", [one for one in EVERY if one["method"] != BOOKS_OWN], ids=lambda case: case["id"])
def test_people_are_shown_no_name_of_a_published_example(case):
    answer = json.dumps(simple(find(case["method"]).run(*cases.inputs(case)).answer()))

    assert not re.search(r"published|metrology_R|qcc|counts_all_1000|distortion_factor", answer)
