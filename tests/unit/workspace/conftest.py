import pytest
from django.core.cache import cache

from testamur.kernel import clock


@pytest.fixture(autouse=True)
def own_folders() -> None:
    """The world's files stay where the world put them."""


@pytest.fixture(autouse=True)
def no_counting_between_tests() -> None:
    """What was sent once in one test may be sent in another; who knocked often may knock again."""
    cache.clear()


@pytest.fixture
def world(kept_world, db):
    clock.permit_travel(True)
    return kept_world
