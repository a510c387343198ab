"""The sample world's rounds: made in about a second, with something for the laboratory to do."""

from __future__ import annotations

from datetime import date

import pytest

from small_world import member, organisation
from testamur.kernel import clock
from testamur.proficiency import queries
from testamur.proficiency.models import Round
from testamur.sample import cast, proficiency
from testamur.sample.founding import World

pytestmark = pytest.mark.django_db


def test_two_rounds_are_reported_and_one_waits_for_results():
    clock.permit_travel(True)
    world = World()
    for key in ("pt", "laboratory", "accreditor"):
        world.firms[key] = organisation(key)
    for worker in cast.WORKERS:
        if worker.firm in world.firms:
            world.members[worker.key] = member(world.firms[worker.firm], *worker.functions, name=worker.en)

    proficiency.leave_open(world)

    states = list(Round.objects.order_by("enrol_until").values_list("state", flat=True))
    own = next(one for one in world.members.values() if one.organisation == world.firms["laboratory"])
    assert states == ["reported", "reported", "dispatched"]
    assert len(queries.unanswered(own)) == 2
    assert queries.participations(own).count() == 3
    assert queries.shown_to(world.members["accreditor"], date(2026, 11, 23)).count() == 15
