"""Names of holders over the API: those that match, those that are alike, and an answer whatever is typed."""

from __future__ import annotations

import json

import pytest
from django.core.cache import cache
from django.test import Client

from tests.unit.register.finding.test_near import NAMES
from tests.unit.register.finding.test_plan import filled

pytestmark = pytest.mark.django_db


def asked(address: str, **query: str) -> dict:
    cache.clear()
    answer = Client().get(f"/api/v1{address}", query)
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)


def test_names_that_match_and_names_that_are_alike_are_told_apart():
    filled(NAMES)

    assert asked("/holder-names", q="示州恒通")["matching"] == ["示州恒通照明股份有限公司"]
    told = asked("/holder-names", q="示州华大机械制造有限公司")
    assert told["matching"] == []
    assert told["alike"][0]["name"] == "示州华达机械制造有限公司" and 60 <= told["alike"][0]["likeness"] < 100


@pytest.mark.parametrize("typed", ["", '"', "*", "🙂", "\u202e", "a\0b", "{1,2}", "阀" * 300])
def test_whatever_is_asked_is_answered(typed):
    filled(NAMES)

    assert asked("/holder-names", q=typed) == {"matching": [], "alike": []}
    assert asked("/attestations", q=typed, region=typed[:300], industry=typed[:300])["items"] is not None


def test_a_list_is_narrowed_by_region_and_accreditation():
    from testamur.register.finding import keeping
    from testamur.register.models import Current

    rows = filled(NAMES)
    Current.objects.filter(pk=rows[1].pk).update(
        region="330100", said={"rests_on": [{"kind": "accreditation", "key": "EX C1"}]}
    )
    keeping.catch_up()

    for narrowed in ({"region": "33"}, {"accreditation": "EX C1"}):
        assert [one["number"] for one in asked("/attestations", **narrowed)["items"]] == ["Z-00001"]
    assert asked("/attestations", region="34")["items"] == []
