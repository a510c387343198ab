from typing import Any

import pytest

from kept_world import world_fixture
from testamur.kernel import clock
from tests.unit.judging import JudgingWorld

kept_world = world_fixture(JudgingWorld)


@pytest.fixture
def judging(kept_world: Any, db: None) -> Any:
    clock.permit_travel(True)
    return kept_world


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The world's files stay where the world put them."""
