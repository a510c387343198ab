"""Records are found by the identifiers of those they name: whole, from the beginning, and however they are written."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from small_world import given, node, organisation
from testamur.notices.searches import Found, Search
from testamur.parties.models import Person
from testamur.register import identifiers
from testamur.register.finding import keeping, plan
from testamur.register.models import Current
from testamur.register.queries import Filters, listing, search
from testamur.register.reporting.following import indexed_later
from tests.unit.register.reporting.conftest import DAY, Lists, csv_of, mapping_of, row

USCC, LEI = "91330100MA0SAMPLE1", "5493001KJTIIGC8Y1R12"
COLUMNS = ("no", "who", "body", "state", "what", "from", "until", "uscc", "lei", "gtin", "about")
IDENTIFIED = {
    "identifiers": [
        {"scheme": "CN.uscc", "column": "uscc"},
        {"scheme": "LEI", "column": "lei"},
        {"scheme": "GTIN", "column": "gtin"},
    ]
}


@pytest.fixture(autouse=True)
def _files(settings, tmp_path):
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def lists(db):
    return Lists(mapping_of(holder=IDENTIFIED))


def sent(lists, *rows, day=DAY):
    lists.sent(content=csv_of(*rows, columns=COLUMNS), day=day)
    while keeping.catch_up():
        pass


def found(text, **narrowed):
    return {one.number for one in search(text, **narrowed).rows}


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        ("CN.uscc", USCC, [USCC]),
        ("LEI", "5493-001K JTII", ["5493-001K JTII", "5493001KJTII"]),
        ("GTIN", "4006381333931", ["4006381333931", "04006381333931"]),
        ("gs1.gtin-14", "04006381333931", ["04006381333931", "4006381333931"]),
        ("EAN", "40170725", ["40170725", "000040170725", "0000040170725", "00000040170725"]),
        ("GTIN", "0 36000 29145 2", ["0 36000 29145 2", "036000291452", "0036000291452", "00036000291452"]),
        ("GTIN", "123", ["123"]),
        ("GTIN", "00000000", ["00000000", "000000000000", "0000000000000", "00000000000000"]),
        ("GTIN", "ABCDEFGH", ["ABCDEFGH"]),
        ("ocean", "40170725", ["40170725"]),
        ("", "", []),
        ("LEI", "--", ["--"]),
    ],
)
def test_an_identifier_is_written_in_these_forms(scheme, value, expected):
    assert identifiers.forms(scheme, value) == expected
    assert identifiers.in_columns(scheme, [value, ""]) == [" ".join(expected), ""]


@pytest.mark.parametrize("odd", [{}, {"identifiers": None}, {"identifiers": [{}]}, {"identifiers": [{"value": None}]}])
def test_a_party_without_an_identifier_has_none(odd):
    assert identifiers.of_parties([odd]) == []


@pytest.mark.parametrize("text", ["", "9133010", "samplesample", "质量质量质量12", "🙂" * 9, "12 Shanghai 阀门有限"])
def test_what_is_no_identifier_asks_for_none(text):
    assert identifiers.asked(text) == ""


def test_what_sources_deliver_is_found_by_identifiers(lists):
    sent(lists, row("S-1", uscc=USCC, lei=LEI), row("S-2", uscc="91330100MA0OTHER22", what=""), row("S-3"))

    assert found(USCC) == found(USCC.lower()) == found("９１３３０１００ＭＡ０ＳＡＭＰＬＥ１") == {"S-1"}
    assert found(LEI) == found("5493 001K JTII GC8Y 1R12") == found("5493-001K-JTIIGC8Y1R12") == {"S-1"}
    assert found(f"{USCC} locks") == {"S-1"} and found(f"{USCC} lamps") == set()
    assert found(USCC, country="CN") == set()  # the list says no country
    assert search(LEI).total == 1


def test_the_beginning_of_an_identifier_is_enough_from_eight_signs_on(lists):
    sent(lists, row("S-1", uscc=USCC), row("S-2", uscc="91330100MA0OTHER22"))

    assert found("9133010") == set()
    assert found("91330100") == found("91330100MA0") == found("9133 0100 ma0") == {"S-1", "S-2"}
    assert found("91330100MA0S") == found("91330100MA0SAMPLE") == {"S-1"}
    assert found(USCC + "X") == found("91330100MA0T") == set()
    assert {one.number for one in listing("91330100MA0S")} == {"S-1"}
    assert found("91330100", status="suspended") == set()
    assert found("91330100", status="valid", until_last=date(2027, 1, 1)) == set()


def test_the_forms_of_one_gtin_find_each_other(lists):
    sent(lists, row("S-1", gtin="4006381333931"), row("S-2", gtin="04006381333931"), row("S-3", gtin="40170725"))

    for written in ("4006381333931", "04006381333931"):
        assert found(written) == {"S-1", "S-2"}, written
    for written in ("40170725", "000040170725", "0000040170725", "00000040170725"):
        assert found(written) == {"S-3"}, written
    assert found("40063813") == {"S-1", "S-2"}


def test_what_a_source_says_later_is_found_and_what_it_said_before_is_not(lists):
    sent(lists, row("S-1", uscc=USCC))
    sent(lists, row("S-1", uscc="91330100MA0OTHER22"), day=DAY + timedelta(days=9))

    assert found(USCC) == found("91330100MA0S") == set()
    assert found("91330100MA0OTHER22") == found("91330100MA0O") == {"S-1"}


def test_words_written_again_keep_the_identifiers(lists):
    sent(lists, row("S-1", uscc=USCC, gtin="40170725"))
    indexed_later(list(Current.objects.values_list("pk", flat=True)))
    keeping.catch_up()

    assert found(USCC) == found("00000040170725") == {"S-1"}


def test_records_given_here_are_found_by_the_identifiers_of_their_parties(world):
    for scheme, value in (("CN.uscc", USCC), ("LEI", "5493-001K-JTII-GC8Y-1R12"), ("GTIN", "40170725")):
        world.client.identifiers.create(scheme=scheme, value=value)
    made = world.certificate(number="QMS-2026-001")
    world.certificate(number="QMS-2026-002", holder=organisation("Lamps"))

    for text in (USCC, "91330100MA0S", LEI, "5493001kj", "00000040170725"):
        assert found(text) == {made.current.number}, text
    assert keeping.rebuild() == 2
    assert found("91330100MA0S") == found(USCC) == {"QMS-2026-001"}


def test_a_record_about_a_person_is_found_by_its_number_only(world):
    lists = Lists(mapping_of(holder=IDENTIFIED, personal={"column": "about", "values": ["person"]}))
    sent(lists, row("S-1", who="Sample Wang", uscc=USCC, lei=LEI, about="person"))
    person = Person.objects.create(names={"en": "Sample Wang"})
    world.client.identifiers.create(scheme="CN.uscc", value="91330100MA0OTHER22")
    given(world.licences, issuer=world.regulator, person=person, lines=[{"document": node()}], personal=True)

    assert Current.objects.filter(personal=True).count() == 2
    assert found(USCC) == found("91330100") == found(LEI) == set()
    assert all(USCC.lower() not in words for words in Current.objects.values_list("search", flat=True))


def test_a_search_that_is_followed_knows_identifiers_too(lists):
    sent(lists, row("S-1", uscc=USCC), row("S-2", uscc="91330100MA0OTHER22"))
    told = Found(Current.objects.values_list("pk", flat=True))
    first = Current.objects.get(number="S-1").pk

    for text in (USCC, "91330100MA0S", "9133-0100-MA0S"):
        assert told.by(Search(text, Filters())) == {first}, text
    assert len(told.by(Search("91330100", Filters()))) == 2
    assert told.by(Search("91330100MA0T", Filters())) == set()


def test_of_a_beginning_that_many_share_a_bounded_number_is_looked_at(lists, monkeypatch):
    sent(lists, *(row(f"S-{n}", uscc=f"91330100MA0{n:07}") for n in range(40)))
    monkeypatch.setattr(plan, "CANDIDATES", 16)
    monkeypatch.setattr(plan, "FIRST", 16)

    told = plan.hits("91330100")
    assert len(told.ids) == 16 and told.more
