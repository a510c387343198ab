"""How often the page of a case asks the database: a bound, so that a question in a loop is seen before it is felt."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kept_world import world_fixture
from tests.unit.selection.world import TODAY
from tests.unit.workspace.forms import Desk
from tests.unit.workspace.test_planning_forms import PlanningWorld

kept_world = world_fixture(PlanningWorld)


def test_the_page_of_a_case_asks_thirty_two_questions_at_most(world):
    desk = Desk(world.planner, TODAY, "en")
    desk.get("case", world.case.public_id)
    with CaptureQueriesContext(connection) as questions:
        desk.get("case", world.case.public_id)
    assert len(questions) <= 32
