"""Open data, holders under several names and the map, drawn from a test's own world in both languages and widths."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from holders_world import HoldersWorld
from small_world import PLATFORM, instant, organisation
from testamur.kernel import clock
from testamur.register import dependants, regions
from testamur.register.actions import publish_snapshot
from testamur.register.models import Holder, RegionCount
from testamur.transparency import actions as transparency
from tests.browser.test_pages import WIDTHS
from tests.unit.workspace.forms import Desk
from told_world import deliver, record, source

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


@pytest.mark.parametrize("language", WIDTHS)
def test_what_a_record_takes_from_another_one_is_shown_without_a_barrier(world, drawn, language) -> None:
    issuer = organisation("Chains")
    mirror = source(issuer, "chains")
    url = f"https://audits.example.org/statements/{'long-name-of-a-statement/' * 6}?attachment=246962"
    took = {"parent": "F" * 64, "takes": ["shown.audit", "rests_on.audit"]}
    took["from"] = dict.fromkeys(took["takes"], "F" * 64)
    said = {
        "title": {"en": "Certificate of an authority", "zh": "CA证书"},
        "parties": [{"role": "holder", "names": {"en": "持有公司", "zh": "持有公司"}}],
        "shown": {"audit": url}, "rests_on": [{"kind": "audit", "key": url}],
    }  # fmt: skip
    above = {"kind": "certificate", "key": "F" * 64, "names": {"en": "Root", "zh": "根证书"}}
    deliver(mirror, issuer, DAY, [
        {"key": "F" * 64, "number": "A" * 64, "said": said},
        {"key": "SUB", "number": "B" * 64,
         "said": {**said, "rests_on": [above, *said["rests_on"]], "inherited": [took]}},
    ])  # fmt: skip
    body = mirror.mappings.get().body
    names = {"en": "Audit statement", "zh": "审计声明"}
    mirror.mappings.update(body={**body, "field": [{"to": "shown.audit", "column": "x", "names": names}]})
    dependants.follow()

    page = public(f"/c/{record(mirror, 'SUB').public_id}", language)
    hanging = public(f"/rests-on/audit/{url.replace('?', '%3F')}", language)

    assert {"en": "inherited from", "zh": "继承自"}[language] in page
    assert drawn(page, 200, language) == [] and drawn(hanging, 200, language) == []
