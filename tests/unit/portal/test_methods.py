"""Statistical methods as public pages: pasted, uploaded and refused input; nothing is kept."""

from __future__ import annotations

import io
import json
import re
import zipfile
from html import unescape

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from shared import ROOT
from testamur.tqm.methods import index

pytestmark = pytest.mark.django_db
CASES = ROOT / "tests/cases/tqm"
RINGS = json.loads((CASES / "spc_xbar_r_pistonrings.json").read_text(encoding="utf-8"))
GRR = json.loads((CASES / "msa_grr_aiag.json").read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def nobody_counted():
    cache.clear()


def pasted(rows):
    return "\n".join("\t".join(str(cell) for cell in row) for row in rows)


def text_of(answer):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def answers_of(answer):
    """Return the numbers that the page lists, by name."""
    found = re.findall(r'<th scope="row"><code>(.*?)</code></th><td><code>(.*?)</code></td>', answer.content.decode())
    return {name: unescape(text) for name, text in found}


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_method_has_a_page_with_a_form_that_a_person_can_read(client, language):
    client.cookies["language"] = language
    listed = client.get("/methods").content.decode()
    for one in index().values():
        assert f'href="/methods/{one.id}"' in listed
        page = client.get(f"/methods/{one.id}")
        assert page.status_code == 200
        assert one.title["zh" if language == "zh-hans" else "en"] in unescape(page.content.decode())
    assert client.get("/methods/nothing-of-the-kind").status_code == 404


def test_pasted_subgroups_become_a_chart_with_the_numbers_of_the_published_case(client):
    answer = client.post("/methods/xbar_r", {"data": pasted(RINGS["data"]["subgroups"])})

    numbers = answers_of(answer)
    assert answer.status_code == 200 and "<svg" in answer.content.decode()
    expected = {
        f"{panel}.{name}": value
        for panel, said in RINGS["expected"].items()
        for name, value in said.items()
        if isinstance(value, (int, float)) and f"{panel}.{name}" in numbers
    }
    assert {"xbar.center", "r.center"} <= set(expected)
    for name, value in expected.items():
        assert float(numbers[name]) == pytest.approx(value, rel=1e-4), name
    assert "Rbar/d2" in text_of(answer)


def test_named_columns_of_a_spreadsheet_become_a_gauge_study(client):
    book = Workbook()
    names = list(GRR["data"])
    book.active.append(names)
    for row in zip(*GRR["data"].values(), strict=True):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)

    answer = client.post("/methods/gage_rr_crossed", {"file": SimpleUploadedFile("study.xlsx", file.getvalue())})

    assert "<svg" in answer.content.decode(), text_of(answer)
    assert float(answers_of(answer)["ndc"]) >= 1


def test_what_was_uploaded_stands_in_the_box_so_that_the_next_press_sends_it_again(client):
    file = SimpleUploadedFile("rings.csv", pasted(RINGS["data"]["subgroups"]).replace("\t", ",").encode("utf-16"))
    page = client.post("/methods/xbar_r", {"file": file}).content.decode()
    box = unescape(re.search(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)[1])
    assert box.splitlines()[0] == "74.03,74.002,74.019,73.992,74.008"

    taken = client.post("/methods/xbar_r", {"data": box, "take": "csv"})

    assert taken["Content-Disposition"] == 'attachment; filename="xbar_r.csv"'


def test_a_paste_that_no_page_takes_is_answered_with_what_to_do(client):
    answer = client.post("/methods/i_mr", {"data": "1\n" * 2_000_000})

    assert answer.status_code in (200, 413)
    assert "more than a page computes with" in text_of(answer)


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Paste the data, or choose a file."),
        ({"data": "74.1\tabc\n74.0\t74.2"}, "is not a number"),
        ({"data": "1,2\t1,3\n1,25\tx"}, "is not a number"),
        ({"data": '{"subgroups": [[1, 2'}, "not JSON"),
        ({"data": "1\t2\n2\t3", "p.nsigma": "many"}, "is not a number"),
        ({"data": "1\t2\n2\t3", "p.rules": "all of them"}, "Choose one of the answers."),
        ({"data": "1\t2\n2\t3", "p.excluded": "0"}, "Points are counted from 1."),
        ({"data": "1\t2\n2\t3", "p.excluded": "second"}, "is no whole number"),
        ({"data": "9" * 400 + "\t1\n2\t3"}, "not finite"),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "0 bytes"),
        ({"file": SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n\x00\x00\xff\xff\xfe")}, "neither text"),
        ({"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04broken")}, "cannot be read"),
    ],
)
def test_what_cannot_be_computed_is_said_beside_it_and_nothing_is_lost(client, sent, says):
    for file in (one for one in sent.values() if hasattr(one, "seek")):
        file.seek(0)

    answer = client.post("/methods/xbar_r", sent)

    assert answer.status_code == 200
    assert says in text_of(answer)
    assert 'aria-invalid="true"' in answer.content.decode()
    if "data" in sent:
        assert sent["data"][:9] in unescape(answer.content.decode())


def test_decimal_commas_are_numbers_where_one_column_is_wanted_and_a_question_where_it_may_be_two(client):
    one = client.post("/methods/i_mr", {"data": "10,1\n10,3\n9,9\n10,2\n10,0", "take": "csv"})
    assert "10.3" in one.content.decode() and one["Content-Type"].startswith("text/csv")

    asked = text_of(client.post("/methods/capability_normal", {"data": "10,1\n10,3\n9,9", "p.usl": "11"}))
    assert "10,1 may be one number with a decimal comma, or two." in asked

    wrong = text_of(client.post("/methods/i_mr", {"data": "10,1\n10,3\nbroken\n10,2"}))
    assert "row 3: 'broken' is not a number" in wrong


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused(client):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 70_000_000)

    answer = client.post("/methods/i_mr", {"file": SimpleUploadedFile("bomb.xlsx", packed.getvalue())})

    assert "more than a page computes with" in text_of(answer)


@pytest.mark.parametrize(
    ("method", "data", "says"),
    [
        (
            "grubbs_double",
            "\n".join(str(n % 97) for n in range(301)),
            "301 values are more than a page computes with (300)",
        ),
        ("i_mr", "\n".join("1" for _n in range(200_001)), "200001 values are more"),
        ("gum_monte_carlo", '{"data": {"inputs": []}, "parameters": {"trials": 1000000000}}', "with at most 100000"),
        ("i_mr", "[" * 5_000, "nests lists deeper"),
        ("i_mr", '{"data": {"values": ' + "[" * 400 + "]" * 400 + "}}", "nests lists deeper"),
        ("i_mr", '{"data": {"values": [[[1]]]}}', "is not a number"),
    ],
)
def test_what_would_keep_the_server_busy_is_left_to_the_command(client, method, data, says):
    answer = client.post(f"/methods/{method}", {"data": data})

    assert answer.status_code == 200 and says in text_of(answer)
    assert 'role="alert"' in answer.content.decode()


def test_points_are_counted_as_on_the_chart_and_excluded_with_their_reason(client):
    values = "\n".join(["10.1", "9.9", "10.0", "30.0", "10.2", "9.8", "10.1", "10.0"])

    answer = client.post("/methods/i_mr", {"data": values, "p.excluded": "4 tool broke", "take": "json"})

    assert answer["Content-Disposition"] == 'attachment; filename="i_mr.json"'
    taken = answer.json()
    assert taken["excluded"] == [{"point": 4, "reason": "tool broke"}]
    assert len(taken["evidence"]["inputs_sha256"]) == 64


@pytest.mark.parametrize(("kind", "begins"), [("svg", "<svg"), ("csv", "\ufeff"), ("json", "{")])
def test_drawing_numbers_and_evidence_are_files_to_keep(client, kind, begins):
    answer = client.post("/methods/xbar_r", {"data": pasted(RINGS["data"]["subgroups"]), "take": kind})

    assert answer.content.decode().startswith(begins)
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Cache-Control"] == "no-store"


def test_a_text_that_somebody_pasted_is_never_markup(client):
    label = "<script>alert(1)</script>"
    rows = "\n".join(f"{label}\t{other}" for other in (label, "b", label, label))

    page = client.post("/methods/cohen_kappa", {"data": rows}).content.decode()

    assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_in_chinese_the_drawing_and_its_warnings_are_chinese(client):
    client.cookies["language"] = "zh-hans"

    page = client.post("/methods/xbar_r", {"data": pasted(RINGS["data"]["subgroups"][:6])}).content.decode()

    drawing = re.search(r'<div class="t-scroll t-drawing".*?</svg>', page, re.S)[0]
    assert "均值-极差控制图" in drawing
    assert not re.search(r">[A-Za-z]{4,} [a-z]{3,}", drawing)


TABLES = {
    "iso2859_1_single_plan_lookup": ("lot\tlevel\taql\tseverity\n1000\tII\t1.0\tnormal", {}),
    "oc_curve": ("model\tn\tc\tr\nbinomial\t50\t1\t2", {}),
    "pt_scores": ("lab\tx\nA\t10.1\nB\t9.7\nC\t10.9", {"p.x_pt": "10", "p.sigma_pt": "0.4"}),
    "fmea_action_priority": ("10\t4\t4\n3\t2\t2", {}),
    "pareto": ("categories\tcounts\nscratch\t40\ndent\t12\nother\t3", {}),
    "iso13528_algorithm_a": ("10.1\n10.2\n9.9\n10.0\n12.8\n10.1", {}),
    "iso5725_2_precision": ("lab\tvalue\n" + "\n".join(f"{lab}\t{10 + n / 10 + i / 20}"
                            for n, lab in enumerate("ABCDEF") for i in range(3)), {}),
    "iso2859_2_isolated_lot": ("lot\tlimiting_quality\n1000\t0.05", {}),
    "aoq": ("n\tc\tr\n50\t1\t2", {"p.lot": "1000"}),
    "benford": ("\n".join(str(2**n) for n in range(400)), {}),
    "two_point_plan_design": ("", {"p.PRP": "0.01; 0.95", "p.CRP": "0.05; 0.10"}),
    "decision_rule": ("y\tu\n10\t0.2", {"p.upper": "10.6"}),
    "copied_blocks": ("\n".join("\t".join(str(7 * n % 11 + m) for m in range(3)) for n in range(12)), {}),
}  # fmt: skip


@pytest.mark.parametrize("method", TABLES)
def test_a_table_with_a_first_row_of_names_is_read_as_each_method_wants_it(client, method):
    data, typed = TABLES[method]

    answer = client.post(f"/methods/{method}", {"data": data, **typed})

    page = answer.content.decode()
    assert 'id="result-h"' in page, text_of(answer)[400:1400]
    if index()[method].chart:
        assert "t-drawing" in page

JUNK = (
    "\x00", "²\t³", "99999999999999999999", "-1\n-1\n-1", "1e308\n1e308\n-1e308", "NaN\nNaN", "x" * 5_000, "[[]]",
    '{"data": {"values": {"a": 1}}}', "<script>alert(1)</script>", "\u202e\ud7ff🦊", "0\n0\n0\n0\n0", "a\tb\n1",
)  # fmt: skip


@pytest.mark.parametrize("method", index())
def test_whatever_is_sent_is_answered_or_refused(client, method):
    for junk in JUNK:
        cache.clear()
        typed = {f"p.{name}": junk for name in index()[method].parameters}
        for sent in ({"data": junk}, {"data": "1\n2\n3\n4", **typed}):
            answer = client.post(f"/methods/{method}", sent)
            assert answer.status_code == 200, (junk, answer.status_code)
            assert "<script>alert" not in answer.content.decode()
