from collections.abc import Iterator

import pytest

from testamur.kernel import clock
from tests.unit.selection.world import ProcessWorld


@pytest.fixture(autouse=True)
def travelling_allowed() -> Iterator[None]:
    """The tests stand for a sample platform: their days are invented."""
    clock.permit_travel(True)
    yield


@pytest.fixture
def world(db) -> ProcessWorld:
    return ProcessWorld()
