"""``testamur tqm``: answers, evidence, drawings, tables and cases on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from testamur import cli

CASES = Path(__file__).resolve().parents[2] / "cases/tqm"
RINGS = CASES / "spc_xbar_r_pistonrings.json"


@pytest.fixture(autouse=True)
def an_english_terminal(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")


def run(capsys, *arguments):
    code = cli.main(["tqm", *map(str, arguments)])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_case_file_is_an_input_and_its_keys_are_in_the_answer(capsys):
    code, out, _err = run(capsys, "xbar_r", "--input", RINGS, "--json")
    found, expected = json.loads(out), json.loads(RINGS.read_text())["expected"]

    assert code == 0
    assert set(expected["xbar"]) <= set(found["xbar"])
    assert found["estimator"] == "Rbar/d2"
    assert len(found["evidence"]["inputs_sha256"]) == 64


def test_the_answer_is_readable_in_both_languages(capsys):
    english = run(capsys, "i_mr", "--input", CASES / "spc_imr_nist.json", "--language", "en")[1]
    chinese = run(capsys, "i_mr", "--input", CASES / "spc_imr_nist.json", "--language", "zh")[1]

    assert "Limits rest on 10 points" in english and "ISO 7870-2:2023" in english
    assert "控制限仅基于10个点" in chinese and "单值-移动极差控制图" in chinese


def test_a_plot_is_drawn_into_a_file(capsys, tmp_path):
    for name in ("out.svg", "out.csv", "out.html"):
        assert run(capsys, "xbar_r", "--input", RINGS, "--plot", tmp_path / name)[0] == 0

    assert ET.fromstring((tmp_path / "out.svg").read_text()).tag.endswith("svg")
    assert (tmp_path / "out.csv").read_text(encoding="utf-8-sig").startswith("Mean")
    assert "<table>" in (tmp_path / "out.html").read_text()


@pytest.mark.parametrize(
    ("text", "method", "first"),
    [
        ("5,1;5,2;4,9\n5,0;5,3;5,1\n", "xbar_r", 5.0667),
        ("a\tb\n5.1\t5.2\n5.0\t5.3\n", "xbar_r", 5.15),
        ("value\n5.1\n5.2\n4.9\n", "i_mr", 5.1),
        ("values\n5.1\n5.2\n4.9\n", "i_mr", 5.1),
        ("5.1\n5.2\n4.9\n", "i_mr", 5.1),
        ("defectives,sizes\n5,100\n7,120\n", "p", 0.05),
        ("5.1,5.2,4.9\n5.0,5.3,\n", "xbar_r", 5.0667),
        ("subgroup,operator,value\n1,A,5.1\n2,A,5.0\n1,B,5.2\n2,B,5.3\n1,C,4.9\n", "xbar_r", 5.0667),
    ],
)
def test_a_table_from_a_spreadsheet_is_an_input(capsys, tmp_path, text, method, first):
    file = tmp_path / "table.csv"
    file.write_text(text, encoding="utf-8-sig")
    code, out, err = run(capsys, method, "--input", file, "--json")

    assert (code, err) == (0, "")
    panel = json.loads(out)[{"xbar_r": "xbar", "i_mr": "x", "p": "p"}[method]]
    assert panel["points"][0] == pytest.approx(first, abs=1e-4)


def test_a_table_saved_by_a_chinese_spreadsheet_is_read(capsys, tmp_path):
    file = tmp_path / "表.csv"
    file.write_bytes(
        "零件,part,operator,value\n甲,甲,张,1.0\n甲,甲,李,1.1\n乙,乙,张,2.0\n乙,乙,李,2.1\n".encode("gb18030")
    )
    code, _out, err = run(capsys, "gage_rr_crossed", "--input", file)

    assert code == 1 and "measured once" in err


def test_parameters_may_be_given_on_the_line(capsys):
    arguments = ("capability_normal", "--input", CASES / "cap_pistonrings.json", "-p", "usl=74.03", "--json")
    found = json.loads(run(capsys, *arguments)[1])

    assert found["specification"]["usl"] == 74.03
    assert found["evidence"]["parameters"]["usl"] == 74.03


def test_the_digits_that_were_written_reach_the_evidence(capsys, tmp_path):
    def digest(text):
        file = tmp_path / "x.json"
        file.write_text(text)
        return json.loads(run(capsys, "i_mr", "--input", file, "--json")[1])["evidence"]["inputs_sha256"]

    assert digest('{"data": {"values": [5.10, 5.20]}}') != digest('{"data": {"values": [5.1, 5.2]}}')
    assert digest('{"data": {"values": [5.10, 5.20]}}') == digest('{"values": ["5.10", "5.20"]}')


def test_the_cases_pass_on_the_command_line(capsys):
    code, out, _err = run(capsys, "--cases", CASES)

    assert code == 0
    assert out.splitlines()[-1].endswith(" passed, 0 failed")


def test_a_case_that_fails_is_named(capsys, tmp_path):
    case = json.loads((CASES / "cap_nist.json").read_text())
    case["expected"]["Cpk"] = 0.7
    (tmp_path / "wrong.json").write_text(json.dumps(case))
    code, out, _err = run(capsys, "--cases", tmp_path)

    assert code == 1
    assert "cap_nist: Cpk: expected 0.7" in out and out.splitlines()[-1] == "0 passed, 1 failed"


def test_the_methods_are_listed(capsys):
    assert "xbar_r" in run(capsys, "--list")[1]
    assert json.loads(run(capsys, "--list", "--json")[1])["xbar_r"]["editions"] == ["2023"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "give a METHOD"),
        (("xbar_r", "--list"), 2, "give a METHOD"),
        (("xbar", "--input", RINGS), 1, "There is no method xbar"),
        (("xbar_r",), 1, "xbar_r needs subgroups in data"),
        (("xbar_r", "--input", "/nowhere.json"), 2, "No such file"),
        (("xbar_r", "--input", RINGS, "-p", "nsigma"), 2, "NAME=VALUE"),
        (("xbar_r", "--input", RINGS, "-p", "nsigma=x"), 1, "'x' is not a number"),
        (("xbar_r", "--input", RINGS, "-p", "edition=1999"), 1, "1999 is not one of them"),
        (("bias_study", "--input", CASES / "msa_bias_aiag.json", "--plot", "x.svg"), 1, "has no figure"),
        (("i_mr", "--input", RINGS), 1, "i_mr needs values in data"),
        (("--cases", "/nowhere"), 1, "holds no cases"),
    ],
)
def test_what_cannot_be_answered_is_said_and_never_a_traceback(capsys, arguments, code, sentence):
    found, out, err = run(capsys, *arguments)

    assert found == code
    assert sentence in err and "Traceback" not in err + out


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "x,y\n1,2\n", '{"data": 5}', '{"values": [1, NaN]}', "\x00"])
def test_an_input_that_is_none_is_refused(capsys, tmp_path, text):
    file = tmp_path / "x"
    file.write_text(text)
    code, out, err = run(capsys, "i_mr", "--input", file)

    assert code == 1 and err and "Traceback" not in err + out


def test_neither_the_framework_nor_the_platform_is_imported():
    code = (
        "import sys; from testamur import cli; cli.main(['tqm', 'c', '--input', sys.argv[1]]);"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'django', 'ninja', 'matplotlib', 'pandas'}))"
    )
    file = str(CASES / "spc_c_circuit.json")
    done = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def test_without_numpy_the_command_says_what_to_install():
    code = (
        "import sys; sys.modules['scipy'] = None; from testamur import cli;"
        "raise SystemExit(cli.main(['tqm', '--list']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert "install testamur[tqm]" in done.stderr
