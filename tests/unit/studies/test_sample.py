"""The sample chart is what the guide says of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from small_world import member, organisation
from testamur.kernel import clock
from testamur.sample.charts import keep_charts
from testamur.studies import charting, exhibits, queries
from testamur.studies.models import Chart, Study
from testamur.verification import jcs

pytestmark = pytest.mark.django_db


def test_the_sample_chart_signals_at_37_to_39_and_one_is_explained():
    clock.permit_travel(True)
    keeper = member(organisation("Works"), "quality", name="Wu")

    keep_charts(SimpleNamespace(members={"applicant": keeper}))

    chart = Chart.objects.get()
    drawn = charting.draw(chart)
    assert (len(drawn.rows), list(drawn.signals), chart.signals) == (40, [37, 38, 39], [38, 39])
    assert (drawn.limits.first, drawn.limits.last) == (1, 25) and "after new tool" in drawn.limits.reason
    grr = Study.objects.get(method="gage_rr_crossed").answer["components"]["grr"]["study"]
    assert 25 < grr < 30
    document = exhibits.document_of(Study.objects.get(method="capability_normal"))
    assert document["chart"]["limit_set"]["version"] == 1
    assert exhibits.recompute(jcs.canonical(document)).found.holds
    assert [one.number for one in queries.calibrations_due(keeper, clock.now().date())] == ["MC-11"]
