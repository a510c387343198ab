"""Who may act, with which functions, and who may give them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.parties import actions, functions, policies, queries
from testamur.parties.models import Membership, Platform

from .conftest import BY, NOON

pytestmark = pytest.mark.django_db
MARCH_2 = date(2026, 3, 2)


def test_a_membership_begins_on_the_day_in_the_organisations_zone_and_leaves_an_event(works):
    membership = works["lin"]

    assert membership.from_day == MARCH_2
    event = Event.objects.filter(kind="membership.begun", subject_id=str(membership.pk)).get()
    assert event.payload["functions"] == ["application", "administration"]
    assert "Lin" not in str(event.payload)  # people by id only


def test_only_an_administrator_of_the_same_organisation_gives_functions(works, body):
    person = actions.add_person(names={"en": "Sample New"}, by=BY, at=NOON)
    give = {"person": person, "organisation": works["organisation"], "functions": ["application"], "at": NOON}

    with pytest.raises(Refused, match="does not hold"):
        actions.add_membership(by=works["wu"], **give)
    with pytest.raises(Refused, match="acts for Sample Body, not for Sample Works"):
        actions.add_membership(by=body["bao"], **give)

    assert actions.add_membership(by=works["lin"], **give).functions == ["application"]


def test_nobody_gives_themselves_a_deciding_function_but_another_administrator_can(make):
    house = make("Sample House", lin=["administration"], wu=["administration"])

    with pytest.raises(Refused, match="Nobody gives themselves"):
        actions.change_functions(
            membership=house["lin"], functions=["administration", "decision"], by=house["lin"], at=NOON
        )

    changed = actions.change_functions(
        membership=house["lin"], functions=["administration", "decision"], by=house["wu"], at=NOON
    )
    assert changed.holds("decision")


def test_a_membership_needs_a_function_that_exists(works):
    with pytest.raises(Refused, match="at least one"):
        actions.change_functions(membership=works["wu"], functions=[], by=works["lin"], at=NOON)
    with pytest.raises(Refused, match="no function flying"):
        actions.change_functions(membership=works["wu"], functions=["flying"], by=works["lin"], at=NOON)


def test_the_last_administrator_stays(works):
    with pytest.raises(Refused, match="last administrator"):
        actions.end_membership(membership=works["lin"], by=works["lin"], at=NOON)
    with pytest.raises(Refused, match="last administrator"):
        actions.change_functions(membership=works["lin"], functions=["application"], by=works["lin"], at=NOON)

    actions.change_functions(membership=works["wu"], functions=["administration"], by=works["lin"], at=NOON)
    ended = actions.end_membership(membership=works["lin"], by=works["lin"], at=NOON)
    assert ended.until_day == MARCH_2


def test_an_administrator_who_leaves_sooner_does_not_count_as_the_one_who_stays(make):
    house = make("Sample House", lin=["administration"], wu=["administration"])
    actions.end_membership(membership=house["wu"], by=house["lin"], at=NOON, until_day=MARCH_2 + timedelta(days=10))

    with pytest.raises(Refused, match="last administrator"):
        actions.end_membership(
            membership=house["lin"], by=house["lin"], at=NOON, until_day=MARCH_2 + timedelta(days=20)
        )


def test_a_member_may_leave_but_not_end_a_colleague(works):
    with pytest.raises(Refused, match="does not hold"):
        actions.end_membership(membership=works["lin"], by=works["wu"], at=NOON)

    assert actions.end_membership(membership=works["wu"], by=works["wu"], at=NOON).until_day == MARCH_2


def test_an_ended_membership_acts_no_more_from_the_day_after(works):
    ended = actions.end_membership(membership=works["wu"], by=works["lin"], at=NOON)

    policies.check_lives(ended, NOON)
    with pytest.raises(Refused, match="the last day was 2026-03-02"):
        policies.check_lives(ended, NOON + timedelta(days=1))
    with pytest.raises(Refused, match="only from 2026-03-02"):
        policies.check_lives(ended, NOON - timedelta(days=1))


def test_nobody_is_a_member_twice_at_the_same_time(works):
    again = {"person": works["wu"].person, "organisation": works["organisation"], "functions": ["records"]}

    with pytest.raises(Refused, match="already, since"):
        actions.add_membership(by=works["lin"], at=NOON, **again)

    actions.end_membership(membership=works["wu"], by=works["lin"], at=NOON)
    later = actions.add_membership(by=works["lin"], at=NOON + timedelta(days=1), **again)
    assert Membership.objects.filter(person=later.person).count() == 2


def test_the_platform_holds_every_function_and_lives_for_ever(works):
    policies.check_holds(Platform("surveillance"), "decision", works["organisation"])
    policies.check_lives(Platform("surveillance"), NOON)


def test_a_stranger_sees_no_row_of_the_organisation(works, body):
    rows = Membership.objects.all()

    assert set(queries.visible_to(works["wu"], rows)) == {works["lin"], works["wu"]}
    assert set(queries.visible_to(body["bao"], rows)) == {body["bao"], body["dai"]}
    assert not queries.visible_to(None, rows).exists()


def test_every_function_has_words_in_both_languages():
    assert set(functions.WORDS) == set(functions.Function)
    for name, says in [*functions.WORDS.values(), *functions.DEMO_ROLES.values()]:
        assert name["en"] and name["zh"] and says["en"] and says["zh"]
