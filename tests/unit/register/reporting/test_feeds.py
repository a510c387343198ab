"""A change feed: judged row by row, replayed day by day, and found out by the next whole list."""

from __future__ import annotations

import csv
import gzip
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import ROOT, shared
from small_world import PLATFORM, instant
from testamur.cli import mirror
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.notices import telling
from testamur.notices.models import Change as Line
from testamur.register import dependants
from testamur.register.actions import carry_on, commit
from testamur.register.actions.deliveries import refusal_of
from testamur.register.answering.assurance import assurance_of
from testamur.register.models import Attestation, Current, Past
from testamur.register.queries_changes import changes_of
from testamur.register.queries_reporting import check_of
from testamur.register.reporting import feeding, writing
from testamur.register.reporting import mapping as mappings
from testamur.register.reporting.differing import Change
from testamur.register.reporting.spool import Spool
from testamur.register.states import listings, opened
from testamur.register.status import status
from tests.unit.register.reporting.conftest import COLUMNS, DAY, Lists, csv_of, mapping_of, row

pytestmark = pytest.mark.django_db
FEED = {"operation": "what happened", "map": {"+": "appeared", "~": "changed", "-": "gone"}, "day": "on"}
OF_FEED = (*COLUMNS, "what happened", "on")
END = DAY + timedelta(days=30)


def on(place: int) -> str:
    return (DAY + timedelta(days=place)).isoformat()


def told(operation: str, place: int, no: str = "S-1", **changes: str) -> dict[str, str]:
    """Return a row of a feed: what happened, so many days after the first list, and to which record."""
    if operation == "-":
        return {"no": no, "what happened": operation, "on": on(place)}
    return {**row(no, **changes), "what happened": operation, "on": on(place)}


TOML = """
[source]
id = "lists"
names = { en = "Sample list", zh = "示例名录" }
scheme = "sample-scheme"
origin = "mirrored"
title = { en = "Certificate", zh = "证书" }
[file]
whole = true
[key]
columns = ["no"]
[issuer]
column = "body"
[holder]
column = "who"
[status]
column = "state"
map = { active = "valid" }
[[field]]
to = "number"
column = "no"
[feed]
operation = "what happened"
map = { "+" = "appeared", "~" = "changed", "-" = "gone" }
day = "on"
"""


class Feeds(Lists):
    """A source that delivers whole lists, and between them feeds."""

    def __init__(self, mapping=None, **more):
        super().__init__(mapping or mapping_of(feed=FEED), **more)

    def heard(self, *rows, day=END, content=None):
        return self.judged(day=day, feed=True, content=content or csv_of(*rows, columns=OF_FEED))

    def fed(self, *rows, **more):
        return commit(delivery=self.heard(*rows, **more), by=self.by, at=instant(DAY))

    def listed(self, *rows, day=END, **more):
        return self.sent(*rows, day=day, whole=True, override="right", **more)


@pytest.fixture
def feeds(db):
    return Feeds()


def counted(delivery):
    return {name: count for name, count in delivery.counts.items() if count and name not in ("codes", "so_far")}


def past_of(number):
    rows = Past.objects.filter(attestation__origin_key=number)
    return [(one.change, one.since.isoformat(), one.until.isoformat()) for one in rows]


def test_a_feed_is_judged_first_and_changes_nothing_then(feeds):
    feeds.listed(row("S-1"), row("S-2"), day=DAY)
    before = list(Current.objects.values())

    judged = feeds.heard(told("~", 3, state="on hold"), told("-", 5, "S-2"), told("+", 5, "S-3"))

    assert (judged.state, judged.begins_on) == ("judged", DAY + timedelta(days=3))
    assert counted(judged) == {"status": 1, "gone": 1, "new": 1}
    assert list(Current.objects.values()) == before and not Past.objects.exists()


def test_states_begin_and_end_on_the_days_of_the_feed(feeds):
    feeds.listed(row("S-1"), row("S-2"), day=DAY)

    done = feeds.fed(
        told("~", 3, state="on hold"), told("+", 4, "S-3"), told("-", 5, "S-2"), told("~", 8), told("-", 9, "S-3"),
        told("+", 11, "S-2"),
    )  # fmt: skip

    assert counted(done) == {"status": 2, "new": 1, "gone": 2, "returned": 1}
    record = opened(Attestation.objects.get(origin_key="S-1"))
    days = [DAY + timedelta(days=place) for place in (2, 3, 7, 8)]
    assert [status(record, day).status for day in days] == [
        Status.VALID, Status.SUSPENDED, Status.SUSPENDED, Status.VALID,
    ]  # fmt: skip
    assert past_of("S-1") == [("status", on(0), on(3)), ("status", on(3), on(8))]
    assert past_of("S-2") == [("gone", on(0), on(5)), ("returned", on(5), on(11))]
    gone = Attestation.objects.get(origin_key="S-3")
    assert [(one.listed, one.since.isoformat()) for one in listings([*gone.past.all(), gone.current])] == [
        (True, on(4)), (False, on(9)),
    ]  # fmt: skip
    assert (gone.current.gone_on.isoformat(), gone.current.position) == (on(9), 6)


def test_one_day_may_tell_a_record_several_times_and_all_of_it_is_kept(feeds):
    feeds.listed(row("S-1"), day=DAY)

    done = feeds.fed(told("~", 3, what="Keys"), told("~", 3, what="Bolts"), told("-", 3), told("+", 3, what="Bolts"))

    assert counted(done) == {"changed": 2, "gone": 1, "returned": 1}
    assert [one[0] for one in past_of("S-1")] == ["changed", "changed", "gone", "returned"]
    assert Current.objects.get().said["statement"] == {"en": "Bolts"}


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ([told("*", 3)], [("operation_unknown", True)]),
        ([told("", 3)], [("operation_unknown", True)]),
        ([told("~", 3) | {"on": ""}], [("feed_day_missing", True)]),
        ([told("~", 3) | {"on": "31/02/2026"}], [("day_unreadable", True)]),
        ([told("~", 5), told("~", 4)], [("feed_day_back", True)]),
        ([told("~", 31)], [("feed_day_ahead", True)]),
        ([told("-", 3, "S-9")], [("feed_not_listed", True)]),
        ([told("-", 3), told("-", 4)], [("feed_not_listed", True)]),
        ([told("-", 3, "")], [("key_missing", True)]),
        ([told("~", 3, **{"from": "soon"})], [("day_unreadable", True)]),
        ([told("+", 3, what="Keys")], [("feed_listed", False)]),
        ([told("~", 3, "S-9")], [("feed_not_begun", False)]),
        ([told("-", 3), told("~", 4)], [("feed_not_begun", False)]),
        ([told("+", 3, "S-9"), told("+", 4, "S-9")], [("feed_listed", False)]),
    ],
)
def test_a_row_that_does_not_fit_is_named_by_its_line_with_reason_and_remedy(feeds, rows, codes):
    feeds.listed(row("S-1"), day=DAY)
    good = told("+", 3, "S-2")

    judged = feeds.heard(good, *rows)

    assert judged.state == "judged"
    assert list(judged.remarks.values_list("code", "rejects")) == codes
    assert judged.remarks.get().line == len(rows) + 2
    done = commit(delivery=judged, by=PLATFORM, at=instant(DAY))
    assert Current.objects.filter(number="S-2", gone_on=None).exists()
    written = sum(done.counts[name] for name in ("new", "changed", "status", "gone", "returned", "unchanged"))
    assert written + done.counts["rejected"] == len(rows) + 1


def test_one_day_far_ahead_rejects_its_own_row_and_not_those_after_it(feeds):
    judged = feeds.heard(told("+", 1, "S-1"), told("+", 9_000, "S-2"), told("+", 2, "S-3"))

    assert counted(judged) == {"new": 2, "rejected": 1} and judged.remarks.get().row == 3


def test_a_feed_that_tells_nothing_that_can_be_taken_in_is_refused(feeds):
    refused = feeds.heard(told("-", 3, "S-9"))

    assert refused.state == "refused" and "was not listed then" in str(refusal_of(refused))


def test_the_same_feed_again_is_the_same_delivery_also_for_a_later_day_and_after_the_next_list(feeds):
    feeds.listed(row("S-1"), day=DAY)
    rows = (told("~", 0, what="Keys"), told("~", 0, what="Bolts"))
    first = feeds.fed(*rows)
    counts = [model.objects.count() for model in (Attestation, Past, Event)]

    assert feeds.heard(*rows) == feeds.heard(*rows, day=END + timedelta(days=1)) == first
    feeds.listed(row("S-1", what="Bolts"), day=END)
    assert feeds.heard(*rows, day=END) == first

    assert [model.objects.count() for model in (Attestation, Past)] == counts[:2]
    assert Event.objects.count() == counts[2] + 1


def test_a_feed_that_begins_before_what_is_in_is_refused_and_told_what_to_leave_out(feeds):
    feeds.listed(row("S-1"), day=DAY + timedelta(days=5))

    refused = feeds.heard(told("~", 4, what="Keys"), told("~", 6, what="Bolts"))

    assert refused.state == "refused"
    said = str(refusal_of(refused))
    assert "begins on 2026-03-06" in said and "Leave out the rows before" in said
    assert feeds.heard(told("~", 6, what="Bolts")).state == "judged"


def test_a_feed_is_no_whole_list_and_needs_a_mapping_that_reads_it(feeds):
    with pytest.raises(Refused, match="which of them"):
        feeds.judged(row(), whole=True, feed=True)
    plain = Feeds(mapping_of(source={"id": "plain"}))

    assert "a table [feed]" in str(refusal_of(plain.heard(told("+", 1))))


def test_a_list_of_the_same_source_is_read_without_the_columns_of_the_feed(feeds):
    assert counted(feeds.sent(row("S-1"))) == {"new": 1}


def test_a_feed_without_its_columns_names_them(feeds):
    refused = feeds.heard(content=csv_of(row("S-1")))

    assert refused.state == "refused" and "what happened" in str(refusal_of(refused))


def test_a_feed_that_is_too_long_is_sent_in_parts(feeds, monkeypatch):
    monkeypatch.setattr("testamur.register.reporting.preparing.ROWS_MOST", 2)

    assert "cut between two days" in str(refusal_of(feeds.heard(*(told("+", 1, f"S-{one}") for one in range(3)))))
    assert feeds.heard(*(told("+", 1, f"S-{one}") for one in range(2))).state == "judged"
    assert feeding.ROWS_MOST == 100_000


def test_rows_of_json_are_a_feed_as_well(feeds):
    rows = [told("+", 1, "S-1"), told("~", 2, "S-1", state="on hold"), told("-", 3, "S-1")]

    done = feeds.fed(content=[{key: value for key, value in one.items() if value} for one in rows])

    assert counted(done) == {"new": 1, "status": 1, "gone": 1}


@pytest.mark.parametrize("after", [1, 2, 3, 4])
def test_a_feed_that_was_interrupted_goes_on_where_it_stopped(feeds, monkeypatch, after):
    feeds.listed(row("S-1"), row("S-2"), day=DAY)
    rows = (
        told("~", 1, what="Keys"), told("-", 1, "S-2"), told("~", 2, what="Bolts"), told("-", 2, "S-9"),
        told("+", 3, "S-2"), told("-", 4),
    )  # fmt: skip
    judged = feeds.heard(*rows)
    real, calls = writing._write_step, []

    def crashing(*args):
        calls.append(1)
        if len(calls) == after:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(writing, "_write_step", crashing)
    with pytest.raises(KeyboardInterrupt):
        commit(delivery=judged, by=PLATFORM, at=instant(DAY))
    monkeypatch.setattr(writing, "_write_step", real)
    Spool(judged.public_id).delete()
    assert carry_on() == 1

    judged.refresh_from_db()
    assert counted(judged) == {"changed": 2, "gone": 2, "returned": 1, "rejected": 1}
    assert past_of("S-1") == [("changed", on(0), on(1)), ("changed", on(1), on(2)), ("gone", on(2), on(4))]
    assert past_of("S-2") == [("gone", on(0), on(1)), ("returned", on(1), on(3))]


# ------------------------------------------------------------ the next whole list


def test_the_next_whole_list_says_that_the_feed_told_everything(feeds):
    feeds.listed(row("S-1"), row("S-2"), day=DAY)
    feeds.fed(told("-", 3, "S-2"), told("+", 4, "S-3"))

    checked = feeds.listed(row("S-1"), row("S-3"))

    assert checked.fed == {"feeds": 1, "since": DAY.isoformat(), "until": END.isoformat()}
    assert counted(checked) == {"unchanged": 2}


def test_the_next_whole_list_finds_what_the_feed_missed_or_told_wrongly(feeds):
    feeds.listed(row("S-1"), row("S-2"), row("S-5"), day=DAY)
    feeds.fed(told("+", 4, "S-3"), told("~", 5, what="Keys"))

    judged = feeds.judged(row("S-1"), row("S-4"), row("S-5"), day=END, whole=True)

    assert judged.fed["feeds"] == 1
    assert counted(judged) == {"changed": 1, "new": 1, "gone": 2, "unchanged": 1}


def test_only_feeds_since_the_whole_list_before_are_checked(feeds):
    feeds.fed(told("+", 1))
    first = feeds.listed(row("S-1"))
    second = feeds.listed(row("S-1"), day=END + timedelta(days=1))

    assert first.fed == {"feeds": 1, "since": None, "until": END.isoformat()} and second.fed == {}
    assert feeds.sent(row("S-1"), day=END + timedelta(days=2)).fed == {}


def test_the_command_replays_a_feed_and_says_at_the_next_list_what_it_did_not_say(db, tmp_path, capsys):
    (tmp_path / "list.toml").write_text(TOML)

    def run(day, *more, **files):
        [(name, rows)] = files.items()
        (tmp_path / name).write_bytes(csv_of(*rows, columns=OF_FEED if name == "feed" else COLUMNS))
        line = [str(tmp_path / "list.toml"), "--file", str(tmp_path / name), "--as-of", day, "--commit", *more]
        assert mirror.main(line) == 0
        return capsys.readouterr().out

    run(on(0), first=[row("S-1"), row("S-2")])
    assert "1  gone" in run(on(9), "--feed", feed=[told("-", 3, "S-2")])
    assert "Zero differences" in run(on(9), second=[row("S-1")])
    run(on(12), "--feed", feed=[told("+", 10, "S-3")])

    said = run(on(14), "--language", "zh", third=[row("S-1"), row("S-4")])
    assert f"截至{on(12)}的变更流未说明其中2条：新增1条，不再列出1条" in said


# ------------------------------------------------------------ mappings, and a real history


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        ({"operation": "x"}, "lacks map, day in [feed]"),
        ({**FEED, "operation": ["x"]}, "feed.operation is the name of one column"),
        ({**FEED, "day": ""}, "feed.day is the name of one column"),
        ({**FEED, "map": "+"}, "feed.map is a table"),
        ({**FEED, "map": {"+": "new"}}, "knows an operation new"),
        ({**FEED, "form": [1]}, "feed.form is one form"),
        ({**FEED, "columns": "x"}, "which means nothing"),
    ],
)
def test_a_mapping_whose_feed_makes_no_sense_is_named(feed, said):
    with pytest.raises(Refused) as refused:
        mapping_of(feed=feed)
    assert said in str(refused.value)


def test_a_feed_whose_rows_would_be_folded_is_refused_with_its_mapping():
    with pytest.raises(Refused, match="makes several rows one"):
        mapping_of(feed=FEED, fold={"keep": "latest"})


def test_half_a_year_of_a_real_register_replayed_as_a_feed_is_its_next_snapshot(db):
    body = dict(mappings.load(ROOT / "data" / "mappings" / "kzr.toml").body)
    del body["fold"]
    body["feed"] = {"operation": "operation", "map": {"A": "appeared", "C": "changed", "G": "gone"}, "day": "day"}
    lists = Lists(mappings.read(body))
    first, second = (_latest(f"kzr_{day}.csv.gz") for day in ("2022-03-19", "2022-10-20"))
    columns = tuple(next(iter(first.values())))
    # A source that tells changes tells them some day between: here by the record's own number.
    days = {key: (date(2022, 3, 20) + timedelta(days=place % 200)).isoformat()
            for place, key in enumerate(sorted({*first, *second}))}  # fmt: skip
    feed = [
        {**(second.get(key) or first[key]), "day": day,
         "operation": "G" if key not in second else "C" if key in first else "A"}
        for key, day in sorted(days.items(), key=lambda pair: pair[1]) if first.get(key) != second.get(key)
    ]  # fmt: skip
    lists.sent(content=csv_of(*map(_quoted, first.values()), columns=columns), day=date(2022, 3, 19), whole=True)

    replayed = lists.judged(
        content=csv_of(*map(_quoted, feed), columns=(*columns, "operation", "day")), day=date(2022, 10, 20), feed=True
    )
    commit(delivery=replayed, by=PLATFORM, at=instant(DAY))
    checked = lists.judged(
        content=csv_of(*map(_quoted, second.values()), columns=columns), day=date(2022, 10, 20), whole=True
    )

    assert replayed.counts["new"] == len(second.keys() - first.keys()) - _unread(replayed, feed, "A")
    assert checked.fed["feeds"] == 1 and check_of(checked).differs == 0
    assert check_of(checked).same == len(second) - checked.counts["rejected"]


def _latest(name):
    """Return key → the row of a snapshot whose validity began last, as a source tells a record once."""
    found = {}
    with gzip.open(shared("data", "iscc-kzr-sustainability", name), "rt", encoding="utf-8", newline="") as file:
        for one in csv.DictReader(file):
            key = (one["cert_num"].strip(), one["company_num"].strip())
            period = (one["valid_from"], one["valid_to"])
            if key not in found or period > (found[key]["valid_from"], found[key]["valid_to"]):
                found[key] = one
    return found


def _quoted(one):
    return {name: str(value).replace('"', '""') for name, value in one.items()}


def _unread(delivery, rows, operation):
    rejected = delivery.remarks.filter(rejects=True).values_list("row", flat=True)
    return sum(1 for row in rejected if rows[row - 2]["operation"] == operation)


# ------------------------------------------------------------ what changed, row by row


@pytest.mark.parametrize("taken", [False, True])
def test_what_a_feed_does_is_listed_record_by_record_before_and_after(feeds, taken):
    feeds.listed(row("S-1"), row("S-2"), day=DAY)
    done = feeds.heard(told("+", 3, "S-3"), told("~", 4, "S-3", what="Keys"), told("-", 5, "S-2"), told("+", 6, "S-4"))
    if taken:
        commit(delivery=done, by=PLATFORM, at=instant(DAY))
        done.refresh_from_db()

    listed = {str(one): [(found.number, found.line) for found in changes_of(done, one)] for one in
              (Change.NEW, Change.CHANGED, Change.GONE)}  # fmt: skip

    assert {name: sorted(rows) for name, rows in listed.items()} == {
        "new": [("S-3", 2), ("S-4", 5)], "changed": [("S-3", 3)], "gone": [("S-2", 4)],
    }  # fmt: skip


# ------------------------------------------------------------ what follows a delivery


def test_each_change_of_a_feed_is_told_once_with_its_day_and_in_its_order(feeds, monkeypatch):
    feeds.listed(row("S-1"), row("S-2"), day=DAY)
    telling.follow()
    feeds.fed(
        told("~", 3, state="on hold"), told("+", 4, "S-3"), told("-", 5, "S-2"), told("~", 6),
        told("~", 6, "S-3", what="Keys"), told("-", 7, "S-3"), told("+", 8, "S-2"),
    )  # fmt: skip
    feeds.listed(row("S-1"), row("S-2"))
    monkeypatch.setattr(telling, "CHUNK", 4)

    assert telling.follow() == 7 and telling.follow() == 0

    lines = Line.objects.order_by("pk").values_list("attestation__origin_key", "kind", "effective_on")[2:]
    found = [(key, kind, day.isoformat()) for key, kind, day in lines]
    assert found == [
        ("S-1", "suspended", on(3)), ("S-1", "restored", on(6)), ("S-2", "gone", on(5)), ("S-2", "returned", on(8)),
        ("S-3", "appeared", on(4)), ("S-3", "changed", on(6)), ("S-3", "gone", on(7)),
    ]  # fmt: skip


def test_what_hangs_on_something_follows_the_days_of_a_feed(db):
    told_of = {"kind": "laboratory", "column": "lab"}
    feeds = Feeds(mapping_of(feed=FEED, rests_on=[told_of]))
    columns = (*OF_FEED, "lab")
    feeds.listed(content=csv_of({**row("S-1"), "lab": "LAB 1"}, columns=columns), day=DAY)
    rows = [{**told("~", place, what=f"Locks {place}"), "lab": lab} for place, lab in
            ((3, "LAB 2"), (6, "LAB 1"), (6, "LAB 3"), (9, "LAB 2"))]  # fmt: skip
    feeds.fed(content=csv_of(*rows, columns=columns))
    dependants.follow()

    def on_day(place):
        return [lab for lab in ("LAB 1", "LAB 2", "LAB 3")
                if dependants.of("laboratory", lab, on=DAY + timedelta(days=place)).total]  # fmt: skip

    assert [on_day(place) for place in (0, 2, 3, 5, 6, 8, 9, 20)] == [
        ["LAB 1"], ["LAB 1"], ["LAB 2"], ["LAB 2"], ["LAB 3"], ["LAB 3"], ["LAB 2"], ["LAB 2"],
    ]  # fmt: skip
    feeds.listed(content=csv_of({**row("S-1", what="Locks 9"), "lab": "LAB 1"}, columns=columns))
    dependants.follow()
    assert on_day(30) == ["LAB 1"] and on_day(29) == ["LAB 2"]


def test_a_record_is_stated_for_the_day_up_to_which_the_feed_speaks_and_for_every_day_before(feeds):
    feeds.listed(row("S-1"), row("S-2"), day=DAY)
    feeds.fed(told("~", 3, what="Keys"))

    def stated(number, place):
        record = Attestation.objects.get(origin_key=number)
        return assurance_of(record, DAY + timedelta(days=place)).day

    for number in ("S-1", "S-2"):
        assert [stated(number, place) for place in (0, 2, 3, 10, 40)] == [
            DAY, DAY, DAY + timedelta(days=3), DAY + timedelta(days=10), END,
        ]  # fmt: skip


# ------------------------------------------------------------ any history

STATES = st.fixed_dictionaries(
    {"state": st.sampled_from(["active", "on hold"]), "what": st.sampled_from(["Locks", "Keys"]),
     "from": st.sampled_from(["2026-01-01", "2026-02-01"]), "until": st.sampled_from(["2028-12-31", "2030-12-31"])}
)  # fmt: skip
SNAPSHOT = st.dictionaries(st.sampled_from("ABCDE"), STATES)
#: Day by day, what each record then is; None: it is gone.
HISTORY = st.lists(st.dictionaries(st.sampled_from("ABCDEFG"), st.none() | STATES, max_size=4), max_size=6)


def feed_of(first, history):
    """Return the rows that tell a history truly, and what there is at its end."""
    now, rows = dict(first), []
    for place, changes in enumerate(history, 1):
        for key, state in changes.items():
            if state is None and key not in now:
                continue
            operation = "-" if state is None else "~" if key in now else "+"
            rows.append(told(operation, place, key, **(state or {})))
            now.pop(key) if state is None else now.update({key: state})
    return rows, now


def present():
    rows = Current.objects.filter(gone_on=None).order_by("number")
    return list(rows.values_list("number", "status", "effective_on", "expires_on", "said", "gone_on"))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=SNAPSHOT, history=HISTORY, data=st.data())
def test_a_feed_replayed_over_a_snapshot_is_the_next_snapshot_and_a_row_that_lacks_is_found_out(first, history, data):
    from django.db import transaction

    rows, last = feed_of(first, history)
    for lacking in (False, True):
        with transaction.atomic():
            feeds = Feeds()
            feeds.listed(row("Z"), *(row(key, **one) for key, one in first.items()), day=DAY)
            given_rows = list(rows)
            if lacking:
                # The row that told a record last, in a way that the next list contradicts.
                told_last = {one["no"]: place for place, one in enumerate(rows)}
                telling = [place for key, place in told_last.items() if not _same(rows, place, first, key)]
                if not telling:
                    transaction.set_rollback(True)
                    continue
                del given_rows[data.draw(st.sampled_from(sorted(telling)))]
            if given_rows:
                judged = feeds.heard(*given_rows)
                if judged.state == "judged":
                    proposed = counted(judged)
                    assert counted(commit(delivery=judged, by=PLATFORM, at=instant(DAY))) == proposed
            replayed, past = present(), Past.objects.count()

            checked = feeds.listed(row("Z"), *(row(key, **one) for key, one in last.items()))
            differs = sum(count for name, count in counted(checked).items() if name != "unchanged")

            if lacking:
                assert differs >= 1
            else:
                assert differs == 0 and Past.objects.count() == past and present() == replayed
                assert [one[0] for one in replayed] == [*sorted(last), "Z"]
            transaction.set_rollback(True)


def _same(rows, place, first, key):
    """Say whether a record is the same without the row that told it last."""
    before = [_state(one) for one in rows[:place] if one["no"] == key]
    return _state(rows[place]) == (before[-1] if before else first.get(key))


def _state(one):
    return None if one["what happened"] == "-" else {name: one[name] for name in ("state", "what", "from", "until")}
