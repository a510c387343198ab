"""The pages of problems, risks, controls, costs and boards, filled as the sample world fills them, in a browser."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache

from small_world import member, organisation
from testamur.improvement.models import Board, ControlPlan, FailureMode, Fmea, Problem
from testamur.kernel import clock
from testamur.sample.charts import keep_charts
from testamur.sample.problems import solve_problems
from tests.browser.test_pages import WIDTHS
from tests.unit.workspace.forms import Desk

DAY = date(2026, 11, 23)


@pytest.fixture
def manager(db: None) -> Any:
    clock.permit_travel(True)
    cache.clear()
    wu = member(organisation("Precision Parts"), "application", "quality", "administration", name="Wu")
    world = SimpleNamespace(members={"applicant": wu})
    keep_charts(world)  # type: ignore[arg-type]
    solve_problems(world)  # type: ignore[arg-type]
    return wu


@pytest.fixture
def barriers(drawn: Any) -> Any:
    """Draw a page; what people of the sample typed in English may stand on a page in Chinese."""

    def draw(shown: Any, language: str) -> list[str]:
        typed = [str(value) for app in ("improvement", "studies") for model in apps.get_app_config(app).get_models()
                 for row in model.objects.values() for value in row.values() if len(str(value)) > 2]  # fmt: skip
        found = []
        for one in drawn(shown.page, shown.status, language):
            piece = one.removeprefix("not in Chinese: ").removeprefix("✓ ").removeprefix("✗ ").rstrip("…")
            known = any(piece in text or (len(text) > 6 and text in piece) for text in typed)
            if not (known and one.startswith("not in Chinese: ")):
                found.append(one)
        return found

    return draw


@pytest.mark.parametrize("language", WIDTHS)
def test_a_problem_open_closed_refused_and_new_has_no_barrier(manager: Any, barriers: Any, language: str) -> None:
    desk = Desk(manager, DAY, language)
    numbers = ("8D-2026-014", "CA-2026-003", "CA-2026-005")
    eight, closed, of_chart = (Problem.objects.get(number=one).public_id for one in numbers)
    for page in (("workshop",), ("workshop-problems",), ("workshop-problem", eight), ("workshop-problem", closed),
                 ("workshop-problem", of_chart), ("workshop-problem-new",)):  # fmt: skip
        shown = desk.get(*page)
        assert shown.status == 200
        assert barriers(shown, language) == []
    refused = desk.send(desk.form("workshop-problem", eight, act="escape"), **{"escape-why1": "Nobody asked"})
    assert refused.alert
    assert barriers(refused, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_risks_controls_costs_and_boards_have_no_barrier(manager: Any, barriers: Any, language: str) -> None:
    desk = Desk(manager, DAY, language)
    sheet, plan, board = Fmea.objects.get().public_id, ControlPlan.objects.get().public_id, Board.objects.get()
    row = FailureMode.objects.get(place=2).public_id
    for page in (("workshop-fmeas",), ("workshop-fmea", sheet), ("workshop-failure", sheet, row),
                 ("workshop-control-plans",), ("workshop-control-plan", plan), ("workshop-costs",),
                 ("workshop-boards",), ("workshop-board", board.public_id)):  # fmt: skip
        shown = desk.get(*page)
        assert shown.status == 200
        assert barriers(shown, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_the_pages_of_an_organisation_that_has_nothing_yet_have_no_barrier(
    db: None, barriers: Any, language: str
) -> None:
    cache.clear()
    desk = Desk(member(organisation("New Works"), "quality", name="Lin"), DAY, language)
    for page in ("workshop-problems", "workshop-fmeas", "workshop-fmea-new", "workshop-control-plans",
                 "workshop-control-plan-new", "workshop-costs", "workshop-boards"):  # fmt: skip
        shown = desk.get(page)
        assert shown.status == 200
        assert barriers(shown, language) == []
