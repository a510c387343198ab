"""A small world whose records the public pages show."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.cache import cache

from small_world import PLATFORM, World, both, instant
from testamur.kernel import clock
from testamur.kernel.words import Status
from testamur.register import actions

EVIL = "<script>alert(1)</script> & Sons"


@pytest.fixture(autouse=True)
def nothing_kept():
    """Numbers and counts are kept for a while; no test may see another's."""
    cache.clear()


@pytest.fixture
def world(db) -> World:
    with clock.travel(date(2024, 1, 2)):
        made = World()
        made.licence()
        made.accreditation("17", "18")
    return made


@pytest.fixture
def suspend():
    """Suspend an attestation from a day on: ``suspend(certificate, date(2026, 3, 1))``."""

    def act(attestation, on: date = date(2026, 3, 1), to: Status = Status.SUSPENDED, **more):
        return actions.change_status(
            attestation=attestation, status=to, reason=both("Surveillance overdue"), by=PLATFORM, at=instant(on), **more
        )

    return act
