"""What an earlier version stored is found as if it were written today, and the index holds what a new one would."""

from __future__ import annotations

from datetime import date

import pytest
from django.apps import apps
from django.db import connection

from small_world import World, organisation
from testamur.parties.models import Platform
from testamur.register import identifiers, tasks, words
from testamur.register import queries_holders as holders
from testamur.register.actions import link_holders, part_holders
from testamur.register.finding import documents, frequencies, keeping, near, plan, refolding
from testamur.register.holders import comparing
from testamur.register.holders.refolding import refold_spellings
from testamur.register.models import Current, Frequency, HolderLink, HolderName, Spelling, Waiting
from testamur.register.queries import search
from testamur.register.reporting.following import indexed_later
from told_world import deliver, source

pytestmark = pytest.mark.django_db
USCC = "91330100MA0SAMPLE1"
BY, NOON = Platform("test.refolding"), "2026-11-20T12:00:00Z"
#: Name, statement and identifiers of the records of a source.
TOLD = [
    ("示州質量認證有限公司", "工業閥門的製造", {}),
    ("示州质量认证有限公司", "工业阀门的制造", {"CN.uscc": USCC}),
    ("Sample Valves Co., Ltd.", "Valves", {}),
    ("例江燈具廠", "燈具", {"GTIN": "40170725", "LEI": "5493-001K"}),
    ("例江瑞祥食品厂", "食品", {}),
]


class Earlier:
    """The version before: traditional characters stay, and identifiers are no words of what sources tell."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def __enter__(self):
        self.monkeypatch.setattr(words, "simplified", lambda text: text)
        self.monkeypatch.setattr(identifiers, "of_parties", lambda parties: [])
        _forget()

    def __exit__(self, *_error):
        self.monkeypatch.undo()
        _forget()


def _forget():
    for remembering in (documents._of_names, comparing.bare, comparing._bares):
        remembering.cache_clear()


@pytest.fixture
def earlier(monkeypatch):
    return Earlier(monkeypatch)


@pytest.fixture
def stored(earlier):
    with earlier:
        world = World()
        told = source(world.body)
        rows = [{"key": f"K-{n}", "said": said(*one)} for n, one in enumerate(TOLD)]
        deliver(told, world.body, date(2026, 6, 1), rows)
        indexed_later(list(Current.objects.values_list("pk", flat=True)))
        native = organisation("質量", region="310000")
        native.identifiers.create(scheme="LEI", value="5493001KJTIIGC8Y1R12")
        world.certificate(number="QMS-2026-001", holder=native)
        world.certificate(number="QMS-2026-002")
        world.certificate(number="QMS-2026-003", holder=native, confidential=True)
        keeping.work_off()
        tasks.gather_holders()
        assert found("质量认证") == {"K-1"} and found("質量認證") == {"K-0"}
    return world


def said(name, statement, given):
    language = "en" if name.isascii() else "zh"
    listed = [{"scheme": scheme, "value": value} for scheme, value in given.items()]
    party = {"role": "holder", "names": {language: name}, "identifiers": listed}
    return {"parties": [party], "statement": {language: statement}}


def found(text, **narrowed):
    return {one.number for one in search(text, **narrowed).rows}


def refold():
    migration = apps.get_app_config("register").module.__name__ + ".migrations.0016_refolded"
    __import__(migration, fromlist=["refold"]).refold(apps, None)


def held():
    """Return what the index holds, as (token, record)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT unnest(tokens), id FROM register_finding")
            return sorted(cursor.fetchall())
        cursor.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.held USING fts5vocab(main, register_finding, instance)")
        cursor.execute("SELECT term, doc FROM temp.held")
        return sorted(cursor.fetchall())


def test_what_was_stored_is_found_in_either_script_and_by_identifiers(stored):
    refold()
    keeping.work_off()

    for text in ("质量认证", "質量認證", "工业阀门", "工業閥門"):
        assert found(text) == {"K-0", "K-1"}, text
    assert found("示例质") == {"QMS-2026-001"}
    assert found(USCC) == found("91330100MA0S") == {"K-1"}
    assert found("00000040170725") == {"K-3"}
    assert found("5493001K") == found("5493-001K") == {"K-3", "QMS-2026-001"}
    assert found("5493001KJTII") == found("5493001KJTIIGC8Y1R12") == {"QMS-2026-001"}
    assert found("valves") == {"K-2", "QMS-2026-001", "QMS-2026-002"}
    assert found("示州质") == {"K-0", "K-1"} and found("灯具厂") == found("例江灯具") == {"K-3"}


def test_the_index_holds_what_a_new_one_would(stored):
    refold()
    keeping.work_off()
    kept = held()

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO register_finding (register_finding) VALUES ('integrity-check')")
    keeping.rebuild()
    assert kept == held()


def test_only_the_rows_that_change_are_written_and_wait(stored):
    unchanged = Current.objects.filter(number__in=["K-2", "K-4", "QMS-2026-002"])
    before = dict(unchanged.values_list("pk", "search"))
    refold()

    assert dict(unchanged.values_list("pk", "search")) == before
    assert not Waiting.objects.filter(pk__in=before).exists()
    waiting = set(Current.objects.filter(pk__in=Waiting.objects.values("pk")).values_list("number", flat=True))
    assert waiting == {"K-0", "K-1", "K-3", "QMS-2026-001", "QMS-2026-003"}
    assert "質" not in "".join(Current.objects.values_list("search", flat=True))


def test_a_second_run_changes_nothing(stored):
    refold()
    keeping.work_off()
    rows = list(Current.objects.order_by("pk").values_list("pk", "search"))
    refold()
    names = list(HolderName.objects.order_by("pk").values_list("pk", "key"))
    keeping.work_off()

    assert list(Current.objects.order_by("pk").values_list("pk", "search")) == rows
    assert list(HolderName.objects.order_by("pk").values_list("pk", "key")) == names
    assert found("质量认证") == {"K-0", "K-1"}


def test_what_waits_already_is_forgotten_as_it_was_indexed(stored, earlier):
    with earlier:
        first = Current.objects.get(number="K-0")
        Current.objects.filter(pk=first.pk).update(holder_text="例州燈廠", search=" k 0 例州燈廠 ")
        Current.objects.filter(number="K-1").update(country="DE")
        Current.objects.filter(number="QMS-2026-002").delete()
    assert keeping.waiting() == 3
    refold()
    keeping.work_off()

    assert found("质量认证") == found("質量認證") == {"K-1"}
    assert found("例州灯") == {"K-0"} and found("", country="DE") == {"K-1"}
    kept = held()
    keeping.rebuild()
    assert kept == held()


@pytest.mark.parametrize("lot", [1, 2, 100])
def test_lots_of_any_size_come_to_the_same(stored, monkeypatch, lot):
    monkeypatch.setattr(refolding, "LOTS", lot)
    monkeypatch.setattr("testamur.register.holders.refolding.LOTS", lot)
    refold()
    keeping.work_off()

    assert found("质量认证") == {"K-0", "K-1"} and found(USCC) == {"K-1"}


def test_an_interrupted_run_goes_on(stored, monkeypatch):
    monkeypatch.setattr(refolding, "LOTS", 2)
    seen = []

    def stops(states, whole=refolding._refold):
        seen.append(states)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return whole(states)

    monkeypatch.setattr(refolding, "_refold", stops)
    with pytest.raises(KeyboardInterrupt):
        refold()
    monkeypatch.undo()
    refold()
    keeping.work_off()

    assert found("质量认证") == {"K-0", "K-1"} and found("40170725") == {"K-3"}
    kept = held()
    keeping.rebuild()
    assert kept == held()


def test_an_empty_register_is_refolded_at_once(db, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        refold()

    assert not Waiting.objects.exists()


# ------------------------------------------------------------ names, frequencies, spellings


def test_names_that_are_one_by_now_are_one(stored):
    refold()

    keys = list(HolderName.objects.values_list("key", flat=True))
    assert keys.count("示州质量认证有限公司") == 1 and not any("質" in key or "燈" in key for key in keys)
    keeping.work_off()
    assert [one.name for one in near.near("例江灯县厂")] == ["例江燈具廠"]


def test_blocks_of_names_alike_follow(stored, earlier, monkeypatch):
    with earlier:
        monkeypatch.setattr(near, "NEWEST", 0)
        near.catch_up()
    refold()
    keeping.work_off()

    assert [one.name for one in near.near("例江灯县厂")] == ["例江燈具廠"]
    assert near.near("例江灯县厂") == near.near("例江燈縣廠")


def test_common_words_keep_their_count_under_the_new_characters(stored):
    Frequency.objects.all().delete()
    holder = "\ue000holder\ue13a"
    told = {"質量": 30, "质量": 20, "認證": 7, "valve": 5, f"{holder}質量": 3, "\ue000standard\ue13a質": 2}
    Frequency.objects.bulk_create(Frequency(token=token, records=records) for token, records in told.items())
    frequencies.touch(frequencies.AREA)
    assert frequencies.estimate("质量") == 20
    refold()

    assert dict(Frequency.objects.values_list("token", "records")) == {
        "质量": 50, "认证": 7, "valve": 5, f"{holder}质量": 3, "\ue000standard\ue13a質": 2,
    }  # fmt: skip
    assert frequencies.estimate("质量") == 50
    assert plan.hits("valves").ids


def spelling(name):
    return Spelling.objects.filter(name=name).first()


def test_of_two_spellings_that_are_one_one_stays(stored):
    refold()

    assert spelling(TOLD[0][0]) is None
    assert spelling(TOLD[1][0]).key == "示州质量认证有限公司"
    assert spelling(TOLD[3][0]).key == "例江灯具厂" and not spelling(TOLD[3][0]).paired
    keeping.work_off()
    tasks.gather_holders()
    assert {row.number for row in holders.records_of([spelling(TOLD[1][0])])} == {"K-0", "K-1"}
    assert Spelling.objects.filter(key="示州质量认证有限公司").count() == 1


def test_the_spelling_that_people_spoke_of_stays(stored, earlier):
    with earlier:
        link_holders(spellings=[spelling(TOLD[0][0]), spelling(TOLD[2][0])], reason="", by=BY, at=NOON)
        keeping.work_off()
    refold_spellings()

    assert spelling(TOLD[1][0]) is None and spelling(TOLD[0][0]).key == "示州质量认证有限公司"
    assert holders.holder_of(TOLD[1][0]) == holders.holder_of(TOLD[2][0]) is not None


def test_what_people_said_of_both_stays_said(stored, earlier):
    with earlier:
        link_holders(spellings=[spelling(TOLD[0][0]), spelling(TOLD[2][0])], reason="", by=BY, at=NOON)
        part_holders(first=spelling(TOLD[1][0]), second=spelling(TOLD[4][0]), reason="r", by=BY, at=NOON)
        keeping.work_off()
    links = list(HolderLink.objects.values_list("pk", "first", "second", "verdict"))
    refold()

    assert list(HolderLink.objects.values_list("pk", "first", "second", "verdict")) == links
    assert spelling(TOLD[1][0]).key == "示州质量认证有限公司" and spelling(TOLD[0][0]).key == "示州質量認證有限公司"
