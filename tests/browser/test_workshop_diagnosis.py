"""The pages of check-ups, plan, folder and advice, drawn from the sample enterprise's own."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache

from kept_world import world_fixture
from testamur.diagnosis import queries
from testamur.diagnosis.models import Assessment, Grant, PlanItem
from testamur.kernel import clock
from testamur.sample import diagnosis, founding
from testamur.sample.walk import on
from testamur.sample.world import FIRST_DAY
from testamur.transparency import sequencer
from tests.browser.test_pages import WIDTHS
from tests.unit.workspace.forms import Desk

TODAY = date(2026, 11, 23)


class CheckedUpWorld:
    """The sample enterprise after its check-ups, without its certificates."""

    def __init__(self) -> None:
        with sequencer.held():
            with on(FIRST_DAY) as at:
                self.sample = founding.found(at, accounts=False)
            diagnosis.checked_up(self.sample)


kept_world = world_fixture(CheckedUpWorld)


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The world's files stay where the world put them."""


@pytest.fixture
def sample(kept_world: Any, db: None) -> Any:
    clock.permit_travel(True)
    cache.clear()
    return kept_world.sample


@pytest.mark.parametrize("language", WIDTHS)
def test_result_and_questions_have_no_barrier(sample, drawn, language) -> None:
    desk = Desk(sample.members["applicant"], TODAY, language)
    last = queries.last_checkup(sample.firms["precision"])
    draft = Assessment.objects.get(questionnaire="iso-9004")
    for address in (
        f"/w/workshop/check-ups/{last.public_id}/?all=1",
        "/w/workshop/check-ups/new/",
        f"/w/workshop/check-ups/{draft.public_id}/part/1/",
        f"/w/workshop/check-ups/{draft.public_id}/",
    ):
        page = desk.get(address)
        assert drawn(page.page, page.status, language) == [], address


@pytest.mark.parametrize("language", WIDTHS)
def test_list_plan_folder_way_and_comparison_have_no_barrier(sample, drawn, language) -> None:
    desk = Desk(sample.members["applicant"], TODAY, language)
    item = PlanItem.objects.filter(done_on=None).first()
    last = queries.last_checkup(sample.firms["precision"])
    for address in (
        "/w/workshop/",
        "/w/workshop/way/",
        "/w/workshop/check-ups/",
        "/w/workshop/check-ups/compare/",
        "/w/workshop/plan/",
        f"/w/workshop/plan/{item.public_id}/",
        "/w/workshop/folder/",
        "/w/workshop/folder/8.7/",
        f"/w/workshop/check-ups/{last.public_id}/looking/",
    ):
        page = desk.get(address)
        assert drawn(page.page, page.status, language) == [], address


@pytest.mark.parametrize("language", WIDTHS)
def test_the_page_of_a_guest_has_no_barrier(sample, drawn, language) -> None:
    desk = Desk(sample.members["planner"], TODAY, language)
    grant = Grant.objects.get(to=sample.firms["body"])
    for address in ("/w/workshop/check-ups/others/", f"/w/workshop/check-ups/others/{grant.public_id}/"):
        page = desk.get(address)
        assert drawn(page.page, page.status, language) == [], address
