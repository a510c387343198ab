"""Several decisions issued from one page: all that were chosen, or none, and the page says what stops it."""

from __future__ import annotations

from datetime import date

import pytest

from issuing_bench import Bench
from kept_world import world_fixture
from small_world import organisation
from testamur.register.models import Attestation
from tests.unit.workspace.forms import Desk

MARCH = date(2026, 3, 1)


class Deciding(Bench):
    """A body with three decisions that wait to be issued, and one that somebody has still to sign."""

    def __init__(self) -> None:
        super().__init__()
        self.licensed()
        self.accredited("17")
        cases = [
            self.case(self.qms, self.body, client=organisation(f"Client {number}"), answers={}) for number in range(4)
        ]
        self.waiting = [self.decision(case) for case in cases[:3]]
        self.unsigned = self.decision(cases[3], signed=False)


kept_world = world_fixture(Deciding)


def issued(world) -> int:
    return Attestation.objects.filter(scheme_id_text=world.qms.scheme_id).count()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_those_that_are_chosen_are_issued_in_one_act(world, language):
    desk = Desk(world.signatory, MARCH, language)
    form = desk.form("issue-many", having="decision")

    done = desk.send(form, decision=[one.public_id for one in world.waiting[:2]])

    assert (done.status, done.to) == (302, "/w/issuing/")
    assert done.events == ["attestation.issued", "attestation.issued"]
    assert issued(world) == 2
    assert world.waiting[2].case.number in done.text and world.waiting[0].case.number not in done.text
    assert world.unsigned.case.number not in done.text


def test_none_is_issued_where_none_is_chosen_or_one_is_refused_and_the_page_says_which(world):
    desk = Desk(world.signatory, MARCH)
    form = desk.form("issue-many", having="decision")
    assert "Choose at least one" in desk.send(form, decision=[]).text
    wrong = world.waiting[1]
    wrong.scope = [{**wrong.scope[0], "planet": "all"}]
    wrong.save()

    refused = desk.send(desk.form("issue-many", having="decision"), decision=[o.public_id for o in world.waiting])

    assert refused.status == 200 and f"Case {wrong.case.number} stops it" in refused.text
    assert issued(world) == 0
