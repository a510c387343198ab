"""Pages of charts and studies of a test's own world: both languages, wide and narrow, without barriers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from small_world import PLATFORM, member, organisation
from testamur.kernel import clock
from testamur.parties.actions import open_account
from testamur.sample.charts import SHIFT, keep_charts
from testamur.sample.walk import on
from testamur.studies import actions, reading
from testamur.studies.models import Chart, Gauge, Study
from tests.browser.test_pages import WIDTHS

LANGUAGES = {"en": "en", "zh": "zh-hans"}
ROOT = "/w/workshop/"
#: A bore that creeps away from its target.
CREEPING = [f"{74 + (place * 7 % 5 - 2) / 1000 + max(0, place - 20) / 2000:.3f}" for place in range(30)]


@pytest.fixture
def keeper(db: None) -> Any:
    clock.permit_travel(True)
    cache.clear()
    one = member(organisation("Works"), "quality", name="Wu")
    keep_charts(SimpleNamespace(members={"applicant": one}))  # type: ignore[arg-type]
    return one


def signed_in(one: Any, language: str) -> Client:
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    client = Client(SERVER_NAME="localhost")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = LANGUAGES[language]
    return client


@pytest.mark.parametrize("language", WIDTHS)
def test_charts_have_no_barrier(keeper: Any, drawn: Any, language: str) -> None:
    chart = Chart.objects.get()
    with on(SHIFT, hour=18) as at:
        actions.split_stage(chart=chart, first=31, reason="new tool / 更换刀具", by=keeper, at=at)
        actions.exclude_point(chart=chart, number=38, reason="same pump / 同一冷却泵", by=keeper, at=at)
    client = signed_in(keeper, language)
    here = f"charts/{chart.public_id}/"
    bore = chart.characteristic
    with on(SHIFT, hour=18) as at:
        kept = actions.start_chart(characteristic=bore, method="cusum_tabular", name="CUSUM", by=keeper, at=at)
    summed = f"charts/{kept.public_id}/"
    actions.take_in(chart=kept, rows=reading.rows("\n".join(CREEPING), kept), by=keeper, at=at)
    for path in ("", "charts/", "charts/new/", here, here + "data/", here + "points/37/", here + "limits/",
                 here + "stages/", here + "comparison/", here + "settings/",
                 summed, summed + "settings/"):  # fmt: skip
        answer = client.get(ROOT + path)
        assert drawn(answer.content.decode(), answer.status_code, language) == [], path
    for path, sent in (
        ("charts/new/", {"characteristic": chart.characteristic.public_id, "data": "pieces", "_pick": "1"}),
        (here + "data/", {"data": "74.01\t74.02\n74.03\tabc"}),
        (here + "data/", {"data": "74.01\t74.02\n74.03\t74.00", "_check": "1"}),
        (here + "limits/", {"first": "1", "last": "3", "reason": ""}),
    ):
        answer = client.post(ROOT + path, sent)
        assert drawn(answer.content.decode(), answer.status_code, language) == [], path


@pytest.mark.parametrize("language", WIDTHS)
def test_studies_and_gauges_have_no_barrier(keeper: Any, drawn: Any, language: str) -> None:
    client = signed_in(keeper, language)
    gauge = Gauge.objects.get(number="MC-11")
    paths = ["gauges/", f"gauges/{gauge.public_id}/", "characteristics/", "characteristics/new/", "studies/",
             "studies/new/", f"studies/new/capability_normal/?chart={Chart.objects.get().public_id}"]  # fmt: skip
    paths += [f"studies/{one.public_id}/?recompute=1" for one in Study.objects.all()]
    for path in paths:
        answer = client.get(ROOT + path)
        assert drawn(answer.content.decode(), answer.status_code, language) == [], path
