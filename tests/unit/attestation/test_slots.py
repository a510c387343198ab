"""Places in status lists: random, given once, and a shard is left only when it is nearly full."""

from __future__ import annotations

from itertools import chain, repeat

import pytest

from small_world import organisation
from testamur.attestation import status_lists
from testamur.attestation.models import Slot

pytestmark = pytest.mark.django_db


@pytest.fixture
def issuer():
    return organisation("Body")


def fill(issuer, count, shard=1):
    Slot.objects.bulk_create(Slot(issuer=issuer, shard=shard, index=index) for index in range(count))


def drawing(monkeypatch, *indexes):
    """Let the next draws be these, and then 99."""
    draws = chain(indexes, repeat(99))
    monkeypatch.setattr(status_lists.status_list, "draw_index", lambda taken: next(draws))


def test_the_first_free_place_that_is_drawn_is_given(issuer, monkeypatch):
    fill(issuer, 10)
    drawing(monkeypatch, 3, 7, 42, 5)

    assert (status_lists.take_slots(issuer, ["ABCDEFGHJK"])[0].shard, Slot.objects.latest("pk").index) == (1, 42)


def test_bad_luck_alone_does_not_leave_a_shard(issuer, monkeypatch):
    fill(issuer, 10)
    drawing(monkeypatch, *[1] * status_lists.DRAWS, *[2] * status_lists.DRAWS)

    taken = status_lists.take_slots(issuer, ["ABCDEFGHJK"])[0]

    assert (taken.shard, taken.index) == (1, 99)


def test_a_shard_that_is_nearly_full_is_left_for_a_new_one(issuer, monkeypatch):
    monkeypatch.setattr(status_lists, "FULL_AT", 10)
    fill(issuer, 10)
    drawing(monkeypatch, *[1] * status_lists.DRAWS)

    taken = status_lists.take_slots(issuer, ["ABCDEFGHJK"])[0]

    assert (taken.shard, taken.index) == (2, 99)
    assert status_lists.take_slots(organisation("Other body"), ["ABCDEFGHJM"])[0].shard == 1


def test_a_place_is_found_with_two_questions_however_many_are_taken(issuer, django_assert_num_queries):
    fill(issuer, 500)
    with django_assert_num_queries(3):  # newest shard, the draws, the row
        status_lists.take_slots(issuer, ["ABCDEFGHJK"])[0]
