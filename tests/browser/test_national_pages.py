"""Open data, holders under several names and the map, drawn from a test's own world in both languages and widths."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from holders_world import HoldersWorld
from small_world import PLATFORM, instant
from testamur.kernel import clock
from testamur.register import regions
from testamur.register.actions import publish_snapshot
from testamur.register.models import Holder, RegionCount
from testamur.transparency import actions as transparency
from tests.browser.test_pages import WIDTHS
from tests.unit.workspace.forms import Desk

DAY = date(2026, 11, 20)


@pytest.fixture
def world(db: None) -> HoldersWorld:
    clock.permit_travel(True)
    cache.clear()
    return HoldersWorld()


def public(address: str, language: str) -> str:
    client = Client()
    client.cookies["language"] = {"en": "en", "zh": "zh-hans"}[language]
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


@pytest.mark.parametrize("language", WIDTHS)
def test_open_data_has_no_barrier(world, drawn, language, django_capture_on_commit_callbacks) -> None:
    empty = public("/open-data", language)
    assert drawn(empty, 200, language) == []
    with clock.travel(instant(DAY)), django_capture_on_commit_callbacks(execute=True):
        snapshot = publish_snapshot(by=PLATFORM, at=clock.now())
    transparency.sequence()
    for address in ("/open-data", f"/open-data/{snapshot.name}"):
        assert drawn(public(address, language), 200, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_deciding_on_holders_has_no_barrier(world, drawn, language) -> None:
    desk = Desk(world.supervisor, DAY, language)
    for shown in (desk.get("holders"), desk.get("holders-suggestion", world.suggestion().pk)):
        assert drawn(shown.page, shown.status, language) == []
    form = desk.form("holders-suggestion", world.suggestion().pk, having="once", act="decide")
    desk.send(form, go="same", reason="Same papers 同一营业执照")
    said = desk.get("holders-suggestion", world.suggestion().pk)
    assert drawn(said.page, said.status, language) == []
    holder = Holder.objects.get()
    assert drawn(public(f"/holders/{holder.public_id}", language), 200, language) == []


@pytest.mark.parametrize("language", WIDTHS)
def test_the_map_has_no_barrier(world: Any, drawn, language) -> None:
    assert drawn(public("/map", language), 200, language) == []
    regions.count()
    for place, (code, count) in enumerate({"33": 612_345, "44": 48_210, "11": 7_321, "31": 640, "54": 12}.items()):
        RegionCount.objects.create(country="CN", region=code, scheme=f"s{place}", status="valid", records=count)
    for code, count in {"DE": 5_213, "FR": 912, "US": 88, "JP": 1_204, "BR": 14, "ZA": 3, "AU": 41}.items():
        RegionCount.objects.create(country=code, scheme="s", status="valid", records=count)
    for level in ("CN", "world"):
        assert drawn(public(f"/map?level={level}", language), 200, language) == []
