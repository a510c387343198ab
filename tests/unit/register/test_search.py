"""Finding what is public, by number, by words and by facets."""

from __future__ import annotations

from datetime import date

import pytest

from small_world import PLATFORM, both, given, instant, member, node, organisation
from testamur.kernel.words import Status
from testamur.parties.models import Person
from testamur.register import actions
from testamur.register.finding.near import near
from testamur.register.queries import search, visible_to

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


def found(text="", **facets):
    return {row.attestation for row in search(text, today=DAY, **facets).rows}


@pytest.fixture
def valves(world):
    return world.certificate(number="QMS-2026-001", statement={"en": "Making of valves", "zh": "工业阀门的制造"})


@pytest.fixture
def lamps(world):
    return world.certificate(
        number="QMS-2026-002", holder=organisation("Éclairage"), statement={"en": "Making of lamps", "zh": "灯具制造"}
    )


def test_the_beginning_of_a_number_is_enough(valves, lamps):
    assert found("qms2026") == {valves, lamps}
    assert found("QMS-2026-001") == {valves}


def test_every_word_must_be_found_whole(valves, lamps):
    assert found("making valves") == {valves}
    assert found("making") == {valves, lamps}
    assert found("aking") == found("making valv") == found("valves lamps") == set()


def test_two_chinese_characters_are_found_anywhere(valves, lamps):
    assert found("阀门") == {valves}
    assert found("制造") == {valves, lamps}


def test_accents_and_case_do_not_matter(valves, lamps):
    assert found("ECLAIRAGE") == {lamps}


def test_traditional_and_simplified_characters_find_each_other(world, valves):
    abroad = world.certificate(holder=organisation("質量認證"), statement={"zh": "工業閥門的製造"})

    for question in ("工业阀门", "工業閥門", "工業阀門", "閥門的製造", "阀门的制"):
        assert found(question) == {valves, abroad}, question
    assert found("质量认证") == found("質量認證") == found("示例質") == {abroad}
    assert found("阀门 質量") == {abroad}
    assert [one.name for one in near("示例质量认真")] == ["示例質量認證"]
    assert "示例質量認證" not in [one.name for one in near("示例质量认证")]  # the very name is no correction of itself


def test_signs_alone_find_nothing_and_an_empty_box_everything(valves, lamps):
    assert found("%") == found("--") == set()
    assert found("") == {valves, lamps}


def test_expired_is_a_facet_although_nothing_was_recorded(world, valves):
    over = world.certificate(until=date(2026, 2, 28))

    assert found(status="expired") == {over}
    assert found(status="valid") == {valves}
    assert {facet.value: facet.count for facet in search(today=DAY).facets["status"]} == {"valid": 1, "expired": 1}


def test_a_facet_counts_under_the_other_filters_only(world, valves, lamps):
    actions.change_status(
        attestation=lamps, status=Status.SUSPENDED, reason=both("r"), by=PLATFORM, at=instant(date(2026, 2, 1))
    )

    page = search("making", status="suspended", today=DAY)

    assert [row.attestation for row in page.rows] == [lamps]
    assert {facet.value: (facet.count, facet.chosen) for facet in page.facets["status"]} == {
        "valid": (1, False),
        "suspended": (1, True),
    }
    assert [(facet.label, facet.count) for facet in page.facets["issuer"]] == [(world.body.names, 1)]


def test_search_narrows_by_scheme_issuer_standard_and_place(world, valves):
    licence = world.licence()

    assert found(scheme="sample-licence") == {licence}
    assert found(issuer=world.body.public_id) == {valves}
    assert found(standard="GB/T 19001-2016") == {valves, licence}
    assert found(region="31") == {valves}
    assert found(country="cn", scheme="sample-qms") == {valves}


def test_pages_hold_what_is_left(world):
    made = {world.certificate() for _n in range(5)}

    pages = [search(page=number, size=2, today=DAY) for number in (1, 2, 3)]

    assert [len(page.rows) for page in pages] == [2, 2, 1]
    assert {row.attestation for page in pages for row in page.rows} == made
    assert search(page=99, size=2, today=DAY).page == 3


def test_confidential_records_and_people_are_in_no_list(world, valves):
    secret = world.certificate(confidential=True)
    person = Person.objects.create(names={"en": "Sample Wang"})
    given(world.licences, issuer=world.regulator, person=person, lines=[{"document": node()}], personal=True)

    assert found() == found("sample") == {valves}
    assert secret in set(visible_to(member(world.body, "records")))
    assert secret not in set(visible_to(member(organisation("Stranger"), "records")))
