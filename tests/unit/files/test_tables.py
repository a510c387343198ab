"""Lists that are taken away: what a spreadsheet must never run, and what each kind keeps."""

import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from testamur.files import tables

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROW = ["=1+1", "阀门", date(2026, 3, 2), NOON, Decimal("2.50"), True, None]
KEYS = ["a", "b", "c", "d", "e", "f", "g"]


@pytest.mark.parametrize("begin", tables.FORMULA)
def test_what_begins_like_a_formula_is_written_as_text(begin):
    assert tables.neutral(f"{begin}SUM(A1)") == f"'{begin}SUM(A1)"


@pytest.mark.parametrize(("value", "cell"), [(-3, -3), (Decimal("-0.5"), Decimal("-0.5")), ("a=b", "a=b"), (None, "")])
def test_numbers_and_plain_texts_stay(value, cell):
    assert tables.neutral(value) == cell


def test_csv_begins_with_a_byte_order_mark_and_keeps_days_as_iso():
    written = tables.to_csv(KEYS, [ROW])

    assert written.startswith(b"\xef\xbb\xbf")
    assert written.decode("utf-8-sig").splitlines() == [
        "a,b,c,d,e,f,g",
        "'=1+1,阀门,2026-03-02,2026-03-02T12:00:00+00:00,2.50,true,",
    ]


def test_a_sheet_holds_texts_as_texts_days_as_days_and_no_control_characters():
    sheet = load_workbook(io.BytesIO(tables.to_xlsx(KEYS, [[*ROW[:6], "a\x07b"]]))).active

    head, row = list(sheet.iter_rows())
    assert [cell.value for cell in head] == KEYS
    assert (row[0].value, row[0].data_type) == ("'=1+1", "s")
    assert row[2].value.date() == date(2026, 3, 2)
    assert row[6].value == "ab"


def test_json_is_a_list_or_says_more_beside_it():
    assert json.loads(tables.to_json(["a"], [["=1+1"]])) == [{"a": "=1+1"}]
    assert json.loads(tables.to_json(["a"], [[NOON]], {"as_of": date(2026, 3, 2)})) == {
        "as_of": "2026-03-02",
        "rows": [{"a": "2026-03-02T12:00:00+00:00"}],
    }


def test_a_file_has_headings_for_people_and_keys_for_machines():
    def body(kind: str) -> str:
        return tables.as_file(kind, ["until"], [[1]], name="list", titles=["有效期至"]).content.decode("utf-8-sig")

    assert body("csv").splitlines()[0] == "有效期至"
    assert json.loads(body("json")) == [{"until": 1}]
    with pytest.raises(KeyError):
        body("pdf")
