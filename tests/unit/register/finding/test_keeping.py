"""What was written in bulk is worked off by the worker, and a rebuild that stopped goes on."""

from __future__ import annotations

import pytest

from small_world import World
from testamur.cli import search as command
from testamur.cli.worker import _works
from testamur.register.finding import keeping, plan
from testamur.register.finding.tables import install_again
from testamur.register.models import Attestation, Current, Waiting

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows():
    world = World()
    given = Attestation.objects.bulk_create(
        Attestation(issuer=world.body, holder=world.client, scheme_id_text="s", origin="native") for _n in range(7)
    )
    return Current.objects.bulk_create(
        Current(
            attestation=one, number="N", number_key="N", holder_text="Valve", issuer=world.body, scheme="s",
            status="valid", changed_at="2026-01-01T00:00:00Z", search=" valve ",
        )
        for one in given
    )  # fmt: skip


def test_the_worker_indexes_what_was_written_in_bulk(rows):
    assert keeping.waiting() == 7
    assert plan.hits("valve").ids == []

    assert _works()["search"]() == 7

    assert len(plan.hits("valve").ids) == 7
    assert _works()["search"]() == 0


def test_a_rebuild_says_how_far_it_is_and_goes_on_where_it_stopped(rows, monkeypatch, capsys):
    monkeypatch.setattr(keeping, "BATCH", 3)
    monkeypatch.setattr(keeping.catch_up, "__defaults__", (3,))
    keeping.catch_up()
    assert keeping.waiting() == 4

    monkeypatch.setattr("testamur.cli.django", lambda: None)
    assert command.main(["rebuild", "--go-on", "--language", "en"]) == 0
    told = capsys.readouterr()
    assert told.out == "4 records are indexed.\n"
    assert "3 of 4 records" in told.err
    assert command.main(["rebuild", "--language", "en"]) == 0
    assert capsys.readouterr().out == "7 records are indexed.\n"
    assert len(plan.hits("valve").ids) == 7
    assert command.main(["state", "--language", "zh"]) == 0
    assert capsys.readouterr().out == "有0条记录等待编入索引。\n"


@pytest.mark.parametrize("waiting", [True, False])
def test_an_emptied_database_leaves_nothing_in_the_index(rows, waiting):
    keeping.work_off()
    assert plan.hits("valve").ids
    Current.objects.all().delete()
    if not waiting:  # ``flush`` empties the tables in any order, and the index is none that it knows
        Waiting.objects.all().delete()

    install_again()

    assert plan.hits("valve").ids == []
    assert keeping.waiting() == keeping.catch_up() == 0


def test_what_waits_is_counted_no_further_than_asked(rows):
    assert keeping.work_off() == 7
    assert keeping.waiting() == keeping.waiting(3) == 0

    keeping.stale([row.pk for row in rows])
    assert (keeping.waiting(3), keeping.waiting(9)) == (4, 7)
    assert len(plan.hits("valve").ids) == 7


def test_a_record_that_an_act_wrote_is_found_at_once():
    made = World().certificate(number="QMS-2026-007")

    assert plan.hits("qms2026007").ids == [made.pk]
    assert keeping.waiting() == 0


def test_what_no_list_shows_is_not_in_the_index():
    World().certificate(number="QMS-2026-008", confidential=True)

    assert plan.hits("").ids == plan.hits("sample").ids == plan.hits("s").ids == []
