"""A small sample house: two organisations, each with an administrator."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from testamur.parties import actions
from testamur.parties.models import Platform

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 2 March 2026, 12:00 in China
BY = Platform(rule="tests")
PASSWORD = "a long sample password"


@pytest.fixture
def make():
    """Make an organisation with members: ``make("Sample Works", lin=["administration"])`` → {"lin": membership, …}."""

    def build(name: str, **members: list[str]):
        organisation = actions.register_organisation(
            names={"en": name, "zh": "示例厂"}, address={"en": "1 Sample Road"}, by=BY, at=NOON
        )
        house = {"organisation": organisation}
        for called, functions in members.items():
            person = actions.add_person(names={"en": f"Sample {called.title()}"}, by=BY, at=NOON)
            house[called] = actions.add_membership(
                person=person, organisation=organisation, functions=functions, by=BY, at=NOON
            )
        return house

    return build


@pytest.fixture
def works(make):
    return make("Sample Works", lin=["application", "administration"], wu=["application"])


@pytest.fixture
def body(make):
    return make("Sample Body", bao=["administration", "selection"], dai=["decision", "attestation"])


@pytest.fixture
def account_of():
    """Give a member a sign-in."""

    def build(membership, **fields):
        fields.setdefault("email", f"{membership.person.names['en'].split()[-1].lower()}@sample.example")
        fields.setdefault("password", PASSWORD)
        fields.setdefault("verified", True)
        return actions.open_account(person=membership.person, by=BY, at=NOON, **fields)

    return build


@pytest.fixture(autouse=True)
def no_counting_between_tests():
    from django.core.cache import cache

    cache.clear()
