"""Verify by number and many at once: two signed parts, on any day; a list pasted or in a file, sorted, taken away."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date

import openpyxl
import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from small_world import organisation
from testamur.kernel.words import Status
from testamur.transparency import publication
from testamur.verification import layout
from testamur.verification.answer import TYPE
from testamur.verification.credential import parse
from testamur.verification.signature import PublicKey
from told_world import deliver, source

SAID = {
    "parties": [{"role": "holder", "names": {"en": "Held <b>Ltd</b>", "zh": "持有公司"}}],
    "requirements": [{"key": "GB/T 1-2020", "designation": "GB/T 1-2020"}],
}
ROW = {"effective_on": date(2025, 1, 1), "expires_on": date(2030, 1, 1), "said": SAID}


@pytest.fixture
def told(db):
    cache.clear()
    issuer = organisation("Issuer")
    mirror = source(issuer)
    rows = [
        {"key": "A", "number": "N-1", **ROW},
        {"key": "B", "number": "N-2", **ROW, "status": Status.SUSPENDED},
        {"key": "C", "number": "N-3", **ROW, "expires_on": date(2026, 1, 1)},
        {"key": "D", "number": "TWICE", **ROW},
        {"key": "E", "number": "TWICE", **ROW, "status": Status.WITHDRAWN},
    ]
    deliver(mirror, issuer, date(2026, 3, 1), rows)
    deliver(mirror, issuer, date(2026, 4, 1), [{**rows[0], "status": Status.WITHDRAWN}, *rows[1:]])
    return mirror


def ask(query: str, language: str = "en") -> str:
    response = Client(headers={"accept-language": language}).get(f"/verify/number?{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_an_answer_says_status_reasons_source_day_and_bears_its_signature(told):
    page = ask("number=n1&standard=GB/T 1-2020")

    for word in ("Not valid", "Withdrawn", "1 Apr 2026", "Mirrored from Sample sample-register", "Covered",
                 "Held &lt;b&gt;Ltd&lt;/b&gt;", "Data as of"):  # fmt: skip
        assert word in page, word
    document = json.loads(publication.get(layout.OPERATOR_DID_DOCUMENT) or b"{}")
    key = PublicKey.from_jwk(document["verificationMethod"][0]["publicKeyJwk"])
    signatures = re.findall(r'<p class="t-hash">([\w.-]+)</p>', page)
    parts = [parse(one.encode(), TYPE) for one in signatures]
    assert [part.payload["part"] for part in parts] == ["status", "coverage"]
    assert all(part.verifies(key) for part in parts)


def test_another_day_and_what_was_known_then_have_their_own_answers(told):
    assert "Withdrawn" not in ask("number=N-1&on=2026-03-10")
    assert "Withdrawn" not in ask("number=N-1&known=2026-03-10")
    assert "Withdrawn" in ask("number=N-1&on=2026-04-02")
    link = re.search(r'href="(/api/v1/verifications/N-1\?[^"]+)"', ask("number=N-1&known=2026-03-10&holder=持有"))
    assert link is None or "known=" in link[1]  # the holder of this record is not kept for look-up


def test_the_address_for_programs_gives_the_same_answer(told):
    page = ask("number=N-1&on=2026-03-10&model=M1")
    address = re.search(r'href="(/api/v1/verifications/[^"]+)"', page)
    assert address is not None
    body = Client().get(address[1].replace("&amp;", "&")).json()

    assert body["answers"][0]["status"]["answer"] == "valid"
    assert body["answers"][0]["coverage"]["claim"][0]["of"] == "model"


def test_several_records_answer_each_for_itself_and_none_is_no_forgery(told):
    page = ask("number=twice")
    assert "Several records bear this number" in page and page.count('class="t-verdict t-c--') == 2

    nothing = ask("number=NOBODY", "zh-hans")
    assert "查无记录" in nothing and "由此无法判断属于哪一种" in nothing


@pytest.mark.parametrize(
    "query",
    ["", "number=", "number=%00", "number=%E2%80%AE", "number=" + "9" * 400, "number=A&on=x", "number=A&on=2026-02-31",
     "number=N-1&destination=<i>", "number='--&holder=%25"],
)  # fmt: skip
def test_whatever_is_typed_is_answered(told, query):
    ask(query)


# ------------------------------------------------------------ many at once


def send(**given: object) -> tuple[str, list[list[str]]]:
    """Return the page and the cells of its table."""
    page = Client().post("/verify/many", given).content.decode()
    rows = re.findall(r"<tr.*?</tr>", page.split("<tbody>")[1], re.S) if "<tbody>" in page else []
    cells = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.S)] for row in rows]
    return page, cells


def test_a_pasted_list_gives_a_row_for_each_answer(told):
    page, rows = send(numbers="N-1\n\nN-2\r\nn 3\nNONE\nTWICE\n" + "9" * 130)

    assert [(row[0], row[1]) for row in rows][:6] == [
        ("N-1", "withdrawn"), ("N-2", "suspended"), ("n 3", "expired"), ("NONE", "no such record"), ("TWICE", "valid"),
        ("TWICE", "withdrawn"),
    ]  # fmt: skip
    assert rows[6][1] == "not readable" and "at most 120" in rows[6][5]
    assert rows[0][6].startswith("Mirrored from Sample sample-register")
    assert "6 numbers" in page


def test_it_filters_and_sorts_and_each_answer_is_counted(told):
    page, rows = send(numbers="N-1\nN-2\nN-3\nTWICE\nNONE", answer="withdrawn")
    assert {row[1] for row in rows} == {"withdrawn"} and len(rows) == 2
    assert "withdrawn (2)" in page

    _page, rows = send(numbers="N-1\nN-2\nN-3\nTWICE\nNONE", sort="answer")
    assert [row[1] for row in rows] == ["no such record", "withdrawn", "withdrawn", "expired", "suspended", "valid"]


def test_headings_ask_for_more_than_the_number(told):
    lines = ["证书编号,标准,日期", "N-2,GB/T 1-2020,2026-03-05", "N-1,GB/T 9,2026-03-05", "N-1,x,05/03/2026"]
    _page, rows = send(numbers="\n".join(lines))

    assert [row[1:3] for row in rows[:2]] == [["suspended", "covered"], ["valid", "not covered"]]
    assert rows[2][1] == "not readable"


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_the_table_is_taken_away_whole_and_harmless(told, form):
    response = Client().post("/verify/many", {"numbers": "N-1\n=1+1\nN-2", "as": form})

    assert response.status_code == 200
    if form == "csv":
        table = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
        assert [row[1] for row in table[1:]] == ["N-1", "'=1+1", "N-2"]
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
        assert sheet["C2"].value == "withdrawn" and str(sheet["B3"].value).startswith("'=")
    if form == "json":
        assert [row["answer"] for row in response.json()["rows"]] == ["withdrawn", "no_such_record", "suspended"]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Company", "Certificate No."])
    book.active.append(["", "N-2"])
    book.active.append([None, None])
    book.active.append(["", "N-1"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "numbers"),
    [
        ("list.txt", b"N-2\nN-1\n", ["N-2", "N-1"]),
        ("list.csv", "编号;型号\nN-2;甲\nN-1;乙".encode("gb18030"), ["N-2", "N-1"]),
        ("list.csv", "number\nN-2\nN-1".encode("utf-16"), ["N-2", "N-1"]),
        ("list.xlsx", workbook(), ["N-2", "N-1"]),
    ],
    ids=["text", "gb18030", "utf-16", "xlsx"],
)
def test_a_file_is_read_as_people_have_it(told, name, content, numbers):
    page, rows = send(list=SimpleUploadedFile(name, content))

    assert [row[0] for row in rows] == numbers, page[:200]


@pytest.mark.parametrize(
    "given",
    [
        {}, {"numbers": "   \n\t\n"}, {"numbers": "1\n" * 10_001}, {"numbers": "number\n"},
        {"list": SimpleUploadedFile("a.pdf", b"%PDF-1.7 x")}, {"list": SimpleUploadedFile("a.csv", b"")},
        {"list": SimpleUploadedFile("a.xlsx", b"PK\x03\x04 damaged")},
        {"list": SimpleUploadedFile("a.gz", b"\x1f\x8b\x08\x00cut")},
        {"list": SimpleUploadedFile("a.json", b'[{"number": "N-1"}]')},
        {"list": SimpleUploadedFile("a.txt", b"9" * (4 * 1024 * 1024 + 1))},
    ],
    ids=["nothing", "blank", "too many", "headings", "pdf", "empty", "damaged", "cut", "json", "large"],
)  # fmt: skip
def test_what_cannot_be_answered_says_why(told, given):
    page, rows = send(**given)

    assert rows == [] and 'role="alert"' in page


@pytest.mark.parametrize("numbers", ['"', '"a,"b', "\ud800", "a\0b", "\u202eN-1", "😀" * 50, "," * 5000,
                                     "N-1\t" * 3000])  # fmt: skip
def test_any_text_is_a_list(told, numbers):
    response = Client().post("/verify/many", {"numbers": numbers.encode("utf-8", "replace").decode()})
    assert response.status_code == 200


def test_pages_of_a_long_list_keep_the_list(told):
    numbers = "\n".join(f"X-{place}" for place in range(250))
    page, rows = send(numbers=numbers, page="3")

    assert len(rows) == 50 and rows[-1][0] == "X-249"
    assert f'value="{numbers}"' in page and "201 to 250 of 250" in page
    assert len(send(numbers=numbers, page="99999999999999999999")[1]) == 50


