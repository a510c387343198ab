"""``testamur rule``: answers, refusals, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testamur.cli.rule import main

CASES = Path(__file__).resolve().parents[2] / "cases/rules.yaml"
USCC = ["CN.uscc", "--inputs", '{"code": "91350100M000100Y48"}']


def test_the_answer_comes_first_and_the_working_follows(capsys):
    assert main(USCC) == 0
    lines = capsys.readouterr().out.splitlines()

    assert json.loads(lines[0]) == {"ok": False, "expected": "3", "state": "checksum_mismatch"}
    assert "  The last character should be 3, not 8, if the first 17 are right." in lines
    assert lines[-1] == "Source: GB 32100-2015"


def test_the_working_is_also_told_in_chinese(capsys):
    assert main([*USCC, "--language", "zh"]) == 0

    assert "若前17位无误，最后一位应为3，而不是8。" in capsys.readouterr().out


def test_json_holds_output_working_parameters_and_source(capsys):
    assert main(["MD5.surveillance", "--inputs", '{"initial_days": 7}', "--json"]) == 0
    data = json.loads(capsys.readouterr().out)

    assert data["output"] == {"days": 2.5}
    assert data["working"][-1]["words"]["en"] == "2.5 days of surveillance each year."
    assert data["source"] == ["iaf-md5@2023#5"]


def test_inputs_may_come_from_a_file(tmp_path, capsys):
    file = tmp_path / "inputs.json"
    file.write_text('{"n": 26}')

    assert main(["MD1.sample", "--inputs", f"@{file}"]) == 0
    assert '"initial": 6' in capsys.readouterr().out


def test_a_refusal_is_one_sentence_with_rule_and_source(capsys):
    assert main(["MD1.sample", "--inputs", '{"n": 0}']) == 1

    assert capsys.readouterr().err == (
        "Sites without the central function (n) must be at least 1.  [MD1.sample: IAF MD 1:2023, 6.1.3.3]\n"
    )


def test_a_refusal_in_json_names_the_field(capsys):
    assert main(["MD1.sample", "--inputs", '{"n": 0}', "--json"]) == 1

    assert json.loads(capsys.readouterr().out)["field"] == "n"


def test_a_limit_is_asked_for_as_of_a_day(capsys):
    asked = '{"regime": "CN-QMS-2016", "previous_event": "2025-10-01", "kind": "later"}'

    assert main(["CAB.surveillance_check", "--inputs", asked, "--on", "2025-12-31"]) == 0
    assert main(["CAB.surveillance_check", "--inputs", asked, "--on", "2026-01-01"]) == 1
    assert "ended on 31 Dec 2025" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["MD1.sample", "--inputs", "{"], "--inputs is not JSON"),
        (["MD1.sample", "--inputs", "[]"], "--inputs is a JSON object"),
        (["MD1.sample", "--inputs", "@/nowhere"], "--inputs:"),
        (["MD1.sample", "--on", "tomorrow"], "tomorrow is not a day"),
        ([], "give a rule id, --list or --cases FILE"),
        (["MD1.sample", "--list"], "give a rule id, --list or --cases FILE"),
    ],
)
def test_unusable_arguments_are_answered_with_a_sentence(capsys, arguments, sentence):
    assert main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_a_rule_that_is_not_here_is_answered_with_those_near_it(capsys):
    assert main(["MD11.time"]) == 1
    assert "in this area there are: MD11.ability, MD11.integrated_time." in capsys.readouterr().err


def test_the_list_names_every_rule(capsys):
    assert main(["--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert main(["--list", "--json"]) == 0

    assert [line.split()[0] for line in listed] == list(json.loads(capsys.readouterr().out))


def test_the_cases_are_counted_and_rules_not_in_this_build_are_said_before(capsys):
    assert main(["--cases", str(CASES)]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[-1].endswith(" passed, 0 failed")
    assert " not in this build (" in lines[-2]


def test_a_failed_case_is_shown_and_makes_the_command_fail(tmp_path, capsys):
    file = tmp_path / "cases.yaml"
    file.write_text("cases: [{id: wrong-01, rule: MD1.random_min, inputs: {sample: 3}, expected: {sites: 2}}]")

    assert main(["--cases", str(file)]) == 1
    assert capsys.readouterr().out.splitlines() == ["wrong-01: sites: expected 2, got 1", "0 passed, 1 failed"]
