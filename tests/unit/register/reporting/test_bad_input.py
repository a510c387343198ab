"""What people send: counted, explained, harmless, in bounded time and memory. Single readers: ``test_files``."""

from __future__ import annotations

import io
import json
import time
import tracemalloc
import zipfile
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testamur.files.tables import neutral
from testamur.kernel.refusal import Refused
from testamur.register.models import Attestation, Current, Past
from testamur.register.reporting import rows as reading_rows
from testamur.register.reporting.judging import Judge
from testamur.register.reporting.linting import Linter
from testamur.register.reporting.rows import Row, block_of, read
from tests.unit.register.reporting.conftest import DAY, Lists, csv_of, mapping_of, row

NASTY = (
    '"', "\\", "a\tb", "\x07", "\x1b[31m", "\x7f", "\u202egnp.exe", "\u200bx", "🙂", "\U00010ffff", "é", "e\u0301",
    "&#0;", "&quot;", "=HYPERLINK(1)", "+1", "@x", "-2+3", "', DROP TABLE x; --", "%s", "{x}", "null", " ", "~", "a ~b",
    "\ufeff", "\u2028", "\x85", "  two  ", "&amp;amp;", "杭州", "\x1c", "]]>", "</script>",
)  # fmt: skip
COLUMNS_WITH_LAND = ("no", "who", "body", "state", "what", "from", "until", "land")


@pytest.fixture
def landed(db):
    return Lists(mapping_of(holder={"column": "who", "country": "land"}))


def test_every_fault_of_a_list_is_counted_and_explained_and_the_rest_comes_in(landed):
    good = [row(f"S-{one}", who="杭州门锁", land="Germany") for one in range(50)]
    bad = {
        "day_unreadable": [row("B-1", **{"from": "31/02/2026"}), row("B-2", until="00/00/0000")],
        "control_characters": [row("B-3", what="a\0b")],
        "field_too_long": [row("B-4", what="x" * 1_000_000)],
        "key_twice": [row("S-0", who="Somebody Else", land="Germany")],
        "holder_missing": [row("B-5", who="")],
    }
    content = csv_of(*good, *(one for some in bad.values() for one in some), columns=COLUMNS_WITH_LAND)
    content += csv_of(row("S-X", land="Atlantis"), columns=COLUMNS_WITH_LAND).split(b"\n", 1)[1]
    content += b'"B-6","Un"escaped","b","active","x","2026-01-01","2027-01-01",""\n'
    content += csv_of(row("B-7", who="杭州"), columns=COLUMNS_WITH_LAND).decode().encode("gb18030").split(b"\n", 1)[1]
    content += b"too,few\n"

    done = landed.sent(content=content)

    codes = {code: len(some) for code, some in bad.items()}
    codes |= {"record_broken": 1, "not_text": 1, "record_shifted": 1}
    assert done.counts["codes"] == {**codes, "country_unknown": 1}
    assert (done.counts["rejected"], done.counts["new"], Current.objects.count()) == (9, 51, 51)
    remarks = list(done.remarks.filter(rejects=True).order_by("line"))
    assert len(remarks) == 9 and all(one.line > 51 for one in remarks)
    assert done.remarks.get(rejects=False).facts == {"value": "Atlantis"}


@pytest.mark.django_db
def test_what_is_written_as_a_formula_is_kept_as_text_and_leaves_as_text(lists):
    lists.sent(row("=1+1", who="=HYPERLINK('http://x','y')", what="@SUM(A1)"))

    now = Current.objects.get()
    assert now.holder_text == "=HYPERLINK('http://x','y')" and now.said["statement"] == {"en": "@SUM(A1)"}
    assert all(neutral(text).startswith("'") for text in (now.number, now.holder_text, now.said["statement"]["en"]))


@pytest.mark.django_db
@pytest.mark.parametrize("nasty", NASTY)
def test_whatever_a_value_holds_its_state_is_json_and_says_it(lists, nasty):
    done = lists.sent(row("S-1", who=f"x{nasty.replace(chr(34), chr(34) * 2)}y", what=nasty.replace('"', '""')))

    now = Current.objects.get()
    assert done.counts["new"] == 1
    assert now.said["parties"][0]["names"] == {"en": now.holder_text}


def test_a_workbook_that_unpacks_to_absurd_sizes_is_refused(tmp_path, monkeypatch):
    from testamur.register.reporting import files

    monkeypatch.setattr(files, "SMALL", 1 << 16)
    target = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))

    with pytest.raises(Refused, match="unpacks to more than"):
        list(read(target, mapping_of()).rows)


def test_a_million_empty_rows_cost_neither_time_nor_memory(tmp_path):
    path = tmp_path / "empty.csv"
    path.write_bytes(csv_of(row("S-1")) + b",,,,,,\n" * 1_048_576 + csv_of(row("S-2")).split(b"\n", 1)[1])

    tracemalloc.start()
    began = time.process_time()
    found = list(read(path, mapping_of()).rows)
    took, peak = time.process_time() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert [(one.values[0], one.line) for one in found] == [("S-1", 2), ("S-2", 1_048_579)]
    assert peak < 64 << 20 and took < 60


def test_a_long_list_is_read_in_the_memory_of_a_short_one(tmp_path):
    def peak_of(count):
        path = tmp_path / f"{count}.csv"
        with path.open("wb") as file:
            file.write(csv_of())
            for begin in range(0, count, 1_000):
                file.write(csv_of(*(row(f"S-{one}") for one in range(begin, begin + 1_000))).split(b"\n", 1)[1])
        tracemalloc.start()
        total = sum(len(block.values) for block in read(path, mapping_of()).blocks)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == count
        return peak

    assert peak_of(120_000) < 1.3 * peak_of(40_000)


VALUES = st.sampled_from(
    ["", "S-1", "Sample", "active", "on hold", "perhaps", "2026-01-01", "2025-02-31", "9" * 90, *NASTY[:9]]
)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(values=st.lists(st.lists(VALUES, min_size=8, max_size=8), min_size=1, max_size=12))
def test_rows_judged_together_are_what_each_is_alone(values):
    mapping = mapping_of(holder={"column": "who", "country": "land"})
    given_rows = [Row(place + 2, place + 2, one) for place, one in enumerate(values)]

    def judged(blocks):
        found = []
        judge = Judge(mapping, DAY, Linter(mapping, DAY), found.append, values)
        records = [one for block in blocks for one in judge.records(block).each()]
        return records, found

    together, alone = judged([block_of(given_rows)]), judged([block_of([one]) for one in given_rows])

    assert together == alone
    assert all(json.loads(one.said)["parties"] for one in together[0])


STATES = st.fixed_dictionaries(
    {"state": st.sampled_from(["active", "on hold"]), "what": st.sampled_from(["Locks", "Keys"]),
     "until": st.sampled_from(["2028-12-31", "2030-12-31"])}
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(days=st.lists(st.dictionaries(st.sampled_from("ABCD"), STATES, min_size=1), min_size=1, max_size=4))
def test_a_feed_of_changes_ends_at_the_next_snapshot(days):
    from django.db import transaction

    with transaction.atomic():
        lists = Lists(mapping_of())
        now: dict[str, dict[str, str]] = {}
        for place, changes in enumerate(days):
            now |= changes
            lists.sent(*(row(key, **one) for key, one in changes.items()), day=DAY + timedelta(days=place))
        before = dict(Current.objects.values_list("number", "said"))
        past = Past.objects.count()
        last = lists.sent(*(row(key, **one) for key, one in now.items()), day=DAY + timedelta(days=9), whole=True)

        assert (last.counts["unchanged"], last.counts["gone"]) == (len(now), 0)
        assert Attestation.objects.count() == len(now) and Past.objects.count() == past
        assert dict(Current.objects.values_list("number", "said")) == before
        transaction.set_rollback(True)


def test_blocks_digest_alike_however_they_are_cut(tmp_path, monkeypatch):
    path = tmp_path / "list.csv"
    path.write_bytes(csv_of(*(row(f"S-{one}") for one in range(30))) + b"broken,\n")
    whole = b"".join(block.digested for block in read(path, mapping_of()).blocks)

    monkeypatch.setattr(reading_rows, "BLOCK", 3)
    found = list(read(path, mapping_of()).rows)

    assert b"".join(block_of(found[begin : begin + 4]).digested for begin in range(0, len(found), 4)) == whole
    assert io.BytesIO(whole).read().count(b"\x1e") == 31
