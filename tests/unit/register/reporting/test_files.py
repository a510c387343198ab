"""Files as people send them: read rightly, or answered with a sentence; never shifted, never a traceback."""

from __future__ import annotations

import gzip
import io
import json
import zipfile

import openpyxl
import pytest

from testamur.kernel.refusal import Refused
from testamur.register.reporting.rows import read
from tests.unit.register.reporting.conftest import COLUMNS, csv_of, mapping_of, row

MANY = 5_000


@pytest.fixture
def reading(tmp_path):
    def read_bytes(content, mapping=None, name="list"):
        path = tmp_path / name
        path.write_bytes(content)
        found = read(path, mapping or mapping_of())
        return list(found.rows), found

    return read_bytes


def names(rows):
    return [one.values[0] for one in rows if one.problem is None]


def problems(rows):
    return [(one.number, one.line, one.problem.code) for one in rows if one.problem is not None]


def workbook_of(*lines, sheet="List"):
    book = openpyxl.Workbook()
    book.active.title = sheet
    for line in lines:
        book.active.append(line)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cells(*rows):
    return [list(COLUMNS), *([one[name] for name in COLUMNS] for one in rows)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found_in_the_header(reading, delimiter):
    rows, _ = reading(csv_of(row("S-1"), row("S-2"), delimiter=delimiter))

    assert names(rows) == ["S-1", "S-2"] and [one.number for one in rows] == [2, 3]


def test_columns_are_found_by_name_in_any_order_and_case_after_a_preamble(reading):
    turned = [name.upper() for name in reversed(COLUMNS)]
    text = "List of the day\n\n" + ",".join(turned) + "\n" + ",".join(row()[name.lower()] for name in turned) + "\n"

    rows, _ = reading(text.encode())

    at = mapping_of().columns.index("who")
    assert rows[0].values[at] == "Sample Locks"


def test_a_renamed_column_is_named_with_the_nearest_one(reading):
    content = csv_of(row()).replace(b"state", b"status")

    with pytest.raises(Refused, match="state") as refused:
        reading(content)
    assert "status" in str(refused.value)


def test_a_new_column_is_said(reading):
    mapping = mapping_of(file={"columns": list(COLUMNS)})
    rows, found = reading(csv_of({**row(), "extra": "x"}, columns=(*COLUMNS, "extra")), mapping)

    assert names(rows) == ["S-1"] and found.remarks == [("column_new", "", {"columns": ["extra"]})]


def test_an_unescaped_quotation_mark_breaks_its_own_record_only(reading):
    lines = csv_of(row("S-1"), row("S-2", what='Lock "SN"'), row("S-3")).decode()

    rows, _ = reading(lines.encode())

    assert names(rows) == ["S-1", "S-3"] and problems(rows) == [(3, 3, "record_broken")]
    assert (rows[2].number, rows[2].line) == (4, 4)


def test_a_quotation_mark_that_is_never_closed_swallows_nothing(reading):
    lines = csv_of(*(row(f"S-{one}") for one in range(1, 6))).decode().split("\n")
    lines[2] = lines[2].replace('"2028-12-31"', '"2028-12-31')

    rows, _ = reading("\n".join(lines).encode())

    assert names(rows) == ["S-1", "S-3", "S-4", "S-5"] and [code for *_place, code in problems(rows)] == [
        "record_broken"
    ]


def test_too_few_and_too_many_fields_are_rejected_by_line(reading):
    content = csv_of(row("S-1"), row("S-3")) + b"S-4,too few\n" + b",".join([b"x"] * 9) + b"\n"

    rows, _ = reading(content)

    assert problems(rows) == [(4, 4, "record_shifted"), (5, 5, "record_shifted")]


def test_a_text_over_several_lines_is_one_value_and_the_lines_go_on(reading):
    rows, _ = reading(csv_of(row("S-1", what="one\ntwo\nthree"), row("S-2")))

    assert [(one.number, one.line) for one in rows] == [(2, 4), (3, 5)] and names(rows) == ["S-1", "S-2"]


@pytest.mark.parametrize(
    ("encoding", "text", "said"),
    [
        ("utf-8", "杭州门锁有限公司", None),
        ("utf-8-sig", "杭州门锁有限公司", None),
        ("utf-16", "杭州门锁有限公司", None),
        ("gb18030", "杭州门锁有限公司", "GB18030"),
        ("cp1252", "Société Générale", "Windows-1252"),
    ],
)
def test_encodings_are_found_and_no_guess_is_silent(reading, encoding, text, said):
    rows, found = reading(csv_of(row(who=text)).decode().encode(encoding))

    at = mapping_of().columns.index("who")
    assert rows[0].values[at] == text
    assert [facts["encoding"] for code, _c, facts in found.remarks if code == "encoding_guessed"] == (
        [said] if said else []
    )


def test_one_record_in_another_encoding_rejects_itself(reading):
    content = (
        csv_of(row("S-1", who="杭州"), row("S-2", who="杭州"))
        + csv_of(row("S-3", who="杭州")).decode().encode("gb18030").split(b"\n", 1)[1]
    )

    rows, _ = reading(content)

    assert names(rows) == ["S-1", "S-2"] and [code for *_p, code in problems(rows)] == ["not_text"]


def test_nul_and_endless_fields_reject_their_row(reading):
    rows, _ = reading(csv_of(row("S-1", what="a\0b"), row("S-2", what="x" * 1_000_000), row("S-3")))

    assert names(rows) == ["S-3"] and {code for *_p, code in problems(rows)} == {"control_characters", "field_too_long"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"%PDF-1.7 ...", "is PDF"),
        (b"\xd0\xcf\x11\xe0....", "Excel 97"),
        (b"PK\x03\x04broken", "damaged"),
        (b"a,b,c\n1,2,3\n", "lacks columns"),
        (gzip.compress(csv_of(row()), mtime=0)[:-12], "too early"),
        (b'{"no": 1', "is no list"),
        (b'[{"no": "S-1"', "no JSON|lacks columns"),
    ],
)
def test_what_is_no_list_is_answered_with_a_sentence(reading, content, sentence):
    with pytest.raises(Refused, match=sentence):
        reading(content)


def test_a_bomb_is_stopped_while_it_unpacks(reading, monkeypatch):
    from testamur.register.reporting import files

    monkeypatch.setattr(files, "SMALL", 1 << 20)
    with pytest.raises(Refused, match="unpacks to more than"):
        reading(gzip.compress(b"," * (64 << 20)))


def test_a_compressed_file_is_read_as_it_is(reading):
    assert names(reading(gzip.compress(csv_of(row("S-1"))))[0]) == ["S-1"]


def test_a_workbook_is_read_to_the_end_of_its_data(reading):
    lines = cells(row("S-1"), row("S-2"))
    rows, found = reading(workbook_of(["A title"], *lines, *([None] * 7 for _ in range(MANY)), ["late"]))

    assert names(rows) == ["S-1", "S-2"] and rows[0].number == 3
    assert [code for code, *_rest in found.remarks] in ([], ["rows_empty"])


def test_a_workbook_of_a_million_formatted_rows_ends_with_its_data(reading):
    content = workbook_of(*cells(row("S-1")))
    empty = b"".join(b'<row r="%d" s="1"><c r="A%d" s="1"/></row>' % (one, one) for one in range(3, 3 + MANY))
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"</sheetData>", empty + b"</sheetData>") if "sheet1" in name else data)

    rows, found = reading(target.getvalue())

    assert names(rows) == ["S-1"]
    assert [(code, facts["empty"]) for code, _column, facts in found.remarks] == [("rows_empty", 2_000)]


def test_a_workbook_without_the_columns_or_the_sheet_says_so(reading):
    with pytest.raises(Refused, match="lacks columns"):
        reading(workbook_of(["a", "b"], [1, 2]))
    with pytest.raises(Refused, match="no sheet Data"):
        reading(workbook_of(*cells(row())), mapping_of(file={"sheet": "Data"}))


def test_json_lines_reject_single_lines(reading):
    content = json.dumps(row("S-1")).encode() + b"\n[1]\n{broken\n" + json.dumps(row("S-2")).encode() + b"\n"

    rows, _ = reading(content)

    assert names(rows) == ["S-1", "S-2"] and problems(rows) == [(2, 2, "no_object"), (3, 3, "no_object")]


def test_a_json_list_is_read_part_by_part_and_one_inside_by_its_path(reading):
    listed = [row(f"S-{one}", what="x" * 900) for one in range(3_000)]

    assert len(names(reading(json.dumps(listed).encode())[0])) == 3_000
    inside = mapping_of(file={"rows": "data.list"})
    assert names(reading(json.dumps({"data": {"list": listed[:2]}}).encode(), inside)[0]) == ["S-0", "S-1"]
    with pytest.raises(Refused, match=r"no list at data\.list"):
        reading(b'{"data": {}}', inside)


def test_values_inside_of_objects_are_reached_by_their_path(reading):
    mapping = mapping_of(rests_on=[{"kind": "certificate", "column": "parts[].id"}])
    one = {**row(), "parts": [{"id": "A"}, {"id": "B"}, {}]}

    rows, _ = reading(json.dumps([one]).encode(), mapping)

    assert rows[0].values[mapping.columns.index("parts[].id")] == "A\x1fB"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("together", [1, 2, 7, 64, 1 << 20])
def test_lines_are_counted_alike_however_many_are_read_together(reading, monkeypatch, end, together):
    from testamur.register.reporting import separated

    monkeypatch.setattr(separated, "TOGETHER", together)
    text = csv_of(row("S-1"), row("S-2"), row("S-3")).decode().replace('"Locks"', '"Lo "ck"', 1)
    text += '"S-4","Sample\nLocks","b","active","x","2026-01-01","2028-12-31"\n\nS-5,a,b,active,x,2026-01-01,2028-12-31'

    rows, _ = reading(text.replace("\n", end).encode())

    assert [(one.number, one.line, one.problem and one.problem.code) for one in rows] == [
        (2, 2, "record_broken"), (3, 3, None), (4, 4, None), (5, 6, None), (6, 8, None),
    ]  # fmt: skip
