"""What the sample world leaves on the desk of who reports: a list taken in, one that waits, one late, one conflict."""

from __future__ import annotations

from datetime import date

import pytest

from testamur.kernel import clock
from testamur.register.models import Conflict, Current, Delivery
from testamur.register.queries_reporting import late
from testamur.sample import reporting
from testamur.sample.founding import found
from testamur.sample.walk import on

pytestmark = pytest.mark.django_db
NOW = date(2026, 11, 23)


@pytest.fixture
def world(settings, tmp_path):
    settings.FILES_DIR, settings.KEYS_DIR = tmp_path / "files", tmp_path / "keys"
    clock.permit_travel(True)
    with on(date(2026, 1, 5)) as at:
        made = found(at, accounts=False)
    reporting.report(made)
    return made


def test_the_sample_world_leaves_something_of_every_kind(world):
    body = world.firms["body"]
    first, waits = Delivery.objects.filter(source__organisation=body).order_by("id")

    assert (first.state, first.counts["new"], first.counts["rejected"]) == ("committed", 10, 0)
    assert (waits.state, waits.counts["rejected"]) == ("judged", 3)
    assert {name: waits.counts[name] for name in ("new", "changed", "status", "unchanged")} == {
        "new": 2, "changed": 1, "status": 1, "unchanged": 1,
    }  # fmt: skip
    [conflict] = Conflict.objects.filter(ended_by=None)
    assert conflict.rule == "later_day" and set(conflict.differs) == {"issuer"}
    assert conflict.holds.issuer == body
    assert [one.source.names["en"] for one in late(NOW)] == ["Sample Harbour Certification"]
    assert Current.objects.filter(issuer=body).count() == 10
