"""Organisations, sites, codes and owners."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.parties import actions, queries
from testamur.parties.models import Identifier

from .conftest import BY, NOON

pytestmark = pytest.mark.django_db
GOOD, ODD = "91350100M000100Y43", "91350100M000100Y48"


def test_a_change_keeps_the_old_values_in_the_journal(works):
    organisation = works["organisation"]

    actions.change_organisation(
        organisation=organisation, names={"en": "Sample Works Ltd", "zh": " 示例厂 "}, by=works["lin"], at=NOON
    )

    event = Event.objects.filter(kind="party.changed").get()
    assert event.payload["before"]["names"]["en"] == "Sample Works"
    assert event.payload["after"]["names"] == {"en": "Sample Works Ltd", "zh": "示例厂"}


def test_saving_what_is_already_so_leaves_no_event(works):
    actions.change_organisation(
        organisation=works["organisation"], names=works["organisation"].names, by=works["lin"], at=NOON
    )

    assert not Event.objects.filter(kind="party.changed").exists()


def test_an_organisation_needs_a_name():
    with pytest.raises(Refused, match="name is needed"):
        actions.register_organisation(names={"en": "  "}, by=BY, at=NOON)


def test_a_wrong_check_character_is_explained_and_nothing_is_kept(works):
    with pytest.raises(Refused, match="should be 3, not 8") as refused:
        actions.identify(party=works["organisation"], scheme="CN.uscc", value=ODD, by=works["lin"], at=NOON)

    assert refused.value.rule == "CN.uscc"
    assert refused.value.source
    assert not Identifier.objects.exists()


def test_a_wrong_check_character_is_accepted_with_a_reason_and_stays_marked(works):
    identifier = actions.identify(
        party=works["organisation"],
        scheme="CN.uscc",
        value=ODD.lower(),
        reason="early code",
        by=works["lin"],
        at=NOON,
    )

    assert (identifier.value, identifier.state, identifier.reason) == (ODD, "checksum_mismatch", "early code")


@pytest.mark.parametrize(
    ("code", "words"), [("9135", "18 characters; 9135 has 4"), ("91350100M000100YI3", "never occur")]
)
def test_no_reason_makes_a_code_of_the_wrong_shape_right(works, code, words):
    with pytest.raises(Refused, match=words):
        actions.identify(
            party=works["organisation"], scheme="CN.uscc", value=code, reason="sure", by=works["lin"], at=NOON
        )


def test_a_good_code_belongs_to_one_organisation(works, body):
    actions.identify(party=works["organisation"], scheme="CN.uscc", value=GOOD, by=works["lin"], at=NOON)

    with pytest.raises(Refused, match="Sample Works is registered with the code"):
        actions.identify(party=body["organisation"], scheme="CN.uscc", value=GOOD, by=body["bao"], at=NOON)
    assert queries.with_identifier("CN.uscc", GOOD) == works["organisation"]


def test_there_is_one_central_function_and_a_closed_site_is_not_changed(works):
    facts = {"address": {"en": "2 Sample Lane"}, "by": works["wu"], "at": NOON}
    first = actions.add_site(organisation=works["organisation"], names={"en": "Sample Plant"}, central=True, **facts)

    with pytest.raises(Refused, match="lies at Sample Plant already"):
        actions.add_site(organisation=works["organisation"], names={"en": "Sample Shop"}, central=True, **facts)

    actions.close_site(site=first, by=works["wu"], at=NOON, on=date(2026, 3, 31))
    with pytest.raises(Refused, match="was closed on 2026-03-31"):
        actions.change_site(site=first, headcount=4, by=works["wu"], at=NOON)
    assert actions.add_site(
        organisation=works["organisation"], names={"en": "Sample Shop"}, central=True, **facts
    ).central


def test_a_body_describes_the_client_it_entered_until_somebody_acts_for_it(body):
    client = actions.register_organisation(names={"en": "Sample Client"}, by=body["bao"], at=NOON)
    stranger = actions.register_organisation(names={"en": "Sample Stranger"}, by=BY, at=NOON)
    place = {"names": {"en": "Sample Plant"}, "address": {"en": "3 Sample Lane"}, "by": body["bao"], "at": NOON}

    actions.add_site(organisation=client, **place)
    with pytest.raises(Refused, match="not for Sample Stranger"):
        actions.add_site(organisation=stranger, **place)

    person = actions.add_person(names={"en": "Sample Own"}, by=BY, at=NOON)
    actions.add_membership(person=person, organisation=client, functions=["administration"], by=BY, at=NOON)
    with pytest.raises(Refused, match="not for Sample Client"):
        actions.add_site(organisation=client, **place)


def test_owners_never_hold_more_than_everything(works, body, make):
    third = make("Sample Third")
    facts = {"owned": works["organisation"], "from_day": date(2026, 1, 1), "by": works["lin"], "at": NOON}
    actions.record_ownership(owner=body["organisation"], share=Decimal("60"), **facts)

    with pytest.raises(Refused, match=r"would hold 101(\.0+)? % together"):
        actions.record_ownership(owner=third["organisation"], share=Decimal("41"), **facts)
    with pytest.raises(Refused, match="cannot own itself"):
        actions.record_ownership(owner=works["organisation"], share=Decimal("1"), **facts)
    with pytest.raises(Refused, match="more than 0"):
        actions.record_ownership(owner=third["organisation"], share=Decimal("0"), **facts)

    actions.record_ownership(owner=third["organisation"], share=Decimal("40"), **facts)
    assert [row.share for row in queries.owners(works["organisation"], date(2026, 3, 2))] == [60, 40]
