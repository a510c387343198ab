"""Rows of a whole list that cannot be read: what they may be is never declared gone."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from small_world import PLATFORM, instant
from testamur.register.actions import commit
from testamur.register.models import Current
from testamur.register.queries_changes import changes_of
from testamur.register.reporting.differing import Change
from tests.unit.register.reporting.conftest import COLUMNS, DAY, Lists, csv_of, mapping_of, row

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(days=30)


def counted(delivery):
    return {name: count for name, count in delivery.counts.items() if count and name not in ("codes", "so_far")}


def lines_of(*rows, columns=COLUMNS):
    return csv_of(*rows, columns=columns).decode().splitlines()


def listed(lists, *numbers):
    lists.sent(*(row(one) for one in numbers), whole=True)


def gone():
    return sorted(Current.objects.exclude(gone_on=None).values_list("number", flat=True))


S_2 = row("S-2")
#: What may become of the line of S-2, and whether it is still sure that it is S-2's.
BROKEN = {
    "a quotation mark inside a text": ('"S-2","A "best" Lock","Sample Body","active","Locks","2026-01-01",""', True),
    "one that is never closed": ('"S-2","Sample Locks,"Sample Body","active","Locks","2026-01-01",""', True),
    "a separator inside a text": ("S-2,Sample Locks,Sample Body,active,Locks, keys,2026-01-01,2028-12-31", True),
    "fields that lack": ("S-2,Sample Locks,Sample Body", True),
    "a byte that is no text": ("S-2,Sample L\udce9cks,Sample Body,active,Locks,2026-01-01,2028-12-31", True),
    "a NUL": ("S-2,Sample Locks,Sample Body,active,Locks\0,2026-01-01,2028-12-31", True),
    "a day that is none": ("S-2,Sample Locks,Sample Body,active,Locks,31/02/2026,2028-12-31", True),
    "its number torn": ("S,-2,Sample Locks,Sample Body,active,Locks,2026-01-01,2028-12-31", False),
    "a quotation mark in its number": ('"S"-2",Sample Locks,Sample Body,active,Locks,2026-01-01,2028-12-31', False),
    "its number made another's": ("S-1,Sample Locks,Sample Body,active,Locks, keys,2026-01-01,2028-12-31", False),
    "its number lost": (",Sample Locks,Sample Body,active,Locks,2026-01-01,2028-12-31", False),
    "its number and its status lost": (",Sample Locks,Sample Body,gone fishing,Locks,2026-01-01,2028-12-31", False),
    "its number no text": ("S-2\udce9,Sample Locks,Sample Body,active,Locks,2026-01-01,2028-12-31", False),
    "a NUL in its number": ("S-2\0,Sample Locks,Sample Body,active,Locks,2026-01-01,2028-12-31", False),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_row_never_makes_its_record_gone(db, what):
    lists = Lists(mapping_of(file={"encoding": "utf-8"}))
    line, sure = BROKEN[what]
    listed(lists, "S-1", "S-2", "S-3", "S-4", "S-5")
    lines = [*lines_of(row("S-1"), row("S-4"), row("S-5")), line, ""]
    content = "\n".join(lines).encode("utf-8", "surrogateescape")

    done = lists.sent(day=LATER, whole=True, content=content)

    assert done.counts["rejected"] == 1
    assert gone() == (["S-3"] if sure else [])
    assert (done.counts.get("held", 0), done.counts.get("unnamed", 0)) == ((0, 0) if sure else (2, 1))


def test_the_dry_run_says_that_absences_are_held_back_and_shows_them(lists):
    listed(lists, "S-1", "S-2", "S-3")

    judged = lists.judged(day=LATER, whole=True, content="\n".join([*lines_of(row("S-1"), row("S-3")), "x,y"]).encode())

    assert counted(judged) == {"unchanged": 2, "rejected": 1, "remarked": 1, "held": 1, "unnamed": 1}
    remark = judged.remarks.get(rejects=False)
    assert (remark.code, remark.facts) == ("absence_unsure", {"rows": 1, "absent": 1})
    assert [one.number for one in changes_of(judged, Change.GONE)] == ["S-2"]


def test_who_says_why_lets_them_be_gone_and_the_reason_is_kept(lists):
    listed(lists, "S-1", "S-2", "S-3")
    content = "\n".join([*lines_of(row("S-1"), row("S-3")), "Total,2"]).encode()
    judged = lists.judged(day=LATER, whole=True, content=content)

    done = commit(delivery=judged, by=PLATFORM, at=instant(DAY), override="The last line is a total")

    assert gone() == ["S-2"] and done.override == "The last line is a total"
    assert counted(done) == {"unchanged": 2, "gone": 1, "rejected": 1, "remarked": 1, "unnamed": 1}


def test_the_next_list_without_broken_rows_says_what_is_gone(lists):
    listed(lists, "S-1", "S-2", "S-3")
    lists.sent(day=LATER, whole=True, content="\n".join([*lines_of(row("S-1"), row("S-3")), "Total,2"]).encode())
    assert gone() == []

    lists.sent(row("S-1"), row("S-3"), day=LATER + timedelta(days=1), whole=True)

    assert gone() == ["S-2"]


def test_a_broken_row_of_a_new_record_holds_nothing_back_where_its_key_stands_before_the_break(lists):
    listed(lists, "S-1", "S-2", "S-3")
    new = '"S-9","Sample "best" Locks","Sample Body","active","Locks","2026-01-01","2028-12-31"'

    done = lists.sent(day=LATER, whole=True, content="\n".join([*lines_of(row("S-1"), row("S-2")), new, ""]).encode())

    assert gone() == ["S-3"] and done.counts["rejected"] == 1 and "unnamed" not in done.counts


def test_lines_that_a_broken_record_swallowed_and_that_break_themselves_are_not_gone(lists):
    listed(lists, *(f"S-{one}" for one in range(1, 7)))
    open_one = '"S-2","Sample Locks,"Sample Body","active","Locks","2026-01-01","2028-12-31'
    broken = '"S-3","Sample "best" Locks","Sample Body","active","Locks","2026-01-01","2028-12-31"'
    lines = [*lines_of(row("S-1"), row("S-5"), row("S-6")), open_one, broken, *lines_of(row("S-4"))[1:]]

    lists.sent(day=LATER, whole=True, content="\n".join([*lines, ""]).encode())

    assert gone() == []


def test_a_line_of_json_that_is_no_object_may_be_any_record(lists):
    listed(lists, "S-1", "S-2", "S-3")
    content = "\n".join([json.dumps(row("S-1")), json.dumps(row("S-2")), '{"no": "S-3", "who"']).encode()
    done = lists.sent(day=LATER, whole=True, content=content)

    assert gone() == [] and (done.counts["held"], done.counts["unnamed"]) == (1, 1)


def test_a_key_of_several_columns_is_read_where_all_of_them_stand_before_the_break(db):
    lists = Lists(mapping_of(key={"columns": ["no", "who"]}))
    listed(lists, "S-1", "S-2", "S-3", "S-4")
    broken = '"S-2","Sample Locks","Sample "Body"","active","Locks","2026-01-01","2028-12-31"'

    lists.sent(day=LATER, whole=True, content="\n".join([*lines_of(row("S-1"), row("S-4")), broken, ""]).encode())
    assert gone() == ["S-3"]


def test_a_key_that_stands_last_is_counted_from_the_end(lists):
    listed(lists, "S-1", "S-2", "S-3", "S-4")
    columns = (*COLUMNS[1:], "no")
    torn = "Sample, Locks,Sample Body,active,Locks,2026-01-01,2028-12-31,S-2"
    lines = lines_of(row("S-1"), row("S-4"), columns=columns)

    lists.sent(day=LATER, whole=True, content="\n".join([*lines, torn, ""]).encode())

    assert gone() == ["S-3"]


def test_a_part_of_a_list_holds_nothing_back(lists):
    listed(lists, "S-1", "S-2")

    judged = lists.judged(day=LATER, content="\n".join([*lines_of(row("S-1")), "x,y"]).encode())

    assert "unnamed" not in judged.counts and "held" not in judged.counts


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_whatever_breaks_a_line_what_stood_in_it_is_not_gone(data):
    from django.db import transaction

    numbers = [f"S-{one}" for one in range(1, 6)]
    lines = lines_of(*(row(one) for one in numbers))
    place = data.draw(st.integers(1, len(numbers)))
    at = data.draw(st.integers(0, len(lines[place])))
    end = data.draw(st.integers(at, min(at + 6, len(lines[place]))))
    lines[place] = lines[place][:at] + data.draw(st.text('",;S-12\n\0 é', max_size=4)) + lines[place][end:]

    with transaction.atomic():
        lists = Lists(mapping_of())
        listed(lists, *numbers)
        judged = lists.judged(day=LATER, whole=True, content="\n".join([*lines, ""]).encode())
        if judged.state == "judged" and judged.counts["rejected"]:
            commit(delivery=judged, by=PLATFORM, at=instant(DAY))
            assert gone() == []
        transaction.set_rollback(True)
