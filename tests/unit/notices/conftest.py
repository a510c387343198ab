"""A small world for notices."""

from __future__ import annotations

import pytest

from small_world import World


@pytest.fixture
def world(db) -> World:
    return World()
