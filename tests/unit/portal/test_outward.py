"""What leaves a record's page for other people's pages and machines: badge and description."""

from __future__ import annotations

import json
import re

import pytest

from testamur.portal.described import block
from testamur.portal.views.badge import shortened
from testamur.register.models import Attestation

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(world) -> Attestation:
    return world.certificate()


def test_a_badge_follows_the_status_and_names_holder_and_number(client, record, suspend):
    good = client.get(f"/c/{record.public_id}/badge.json").json()
    suspend(record)
    bad = client.get(f"/c/{record.public_id}/badge.json?lang=zh").json()

    assert (good["answer"], good["colour"]) == ("valid", "valid")
    assert good["number"] == record.current.number and good["holder"]
    assert bad["answer"] == "suspended" and bad["state"] == "暂停"
    picture = client.get(f"/c/{record.public_id}/badge.svg")
    assert picture["Content-Type"] == "image/svg+xml" and b"Suspended" in picture.content
    assert "<script" not in picture.content.decode()


def test_a_badge_is_open_to_every_page_for_a_short_time_and_costs_nothing_twice(client, record):
    first = client.get(f"/c/{record.public_id}/badge.svg")
    again = client.get(f"/c/{record.public_id}/badge.svg", headers={"If-None-Match": first["ETag"]})

    for answer in (first, again, client.get("/badge.js")):
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert answer["Cache-Control"] == "public, max-age=300"
    assert again.status_code == 304


@pytest.mark.parametrize("field", ["personal", "confidential"])
def test_what_is_not_public_has_neither_badge_nor_description(client, record, field):
    Attestation.objects.filter(pk=record.pk).update(**{field: True})

    assert client.get(f"/c/{record.public_id}/badge.json").status_code == 404
    assert client.get(f"/c/{record.public_id}/badge.svg").status_code == 404
    text = client.get(f"/c/{record.public_id}").content.decode()
    assert "application/ld+json" not in text and "badge.svg" not in text


def test_a_long_name_is_cut_to_the_width_of_its_letters():
    assert shortened("示例" * 30, 40).endswith("…") and len(shortened("示例" * 30, 40)) <= 21
    assert shortened("Sample Co.", 40) == "Sample Co."


def test_the_description_cannot_end_its_own_block(client, record):
    assert "</script" not in block({"name": "</script><script>alert(1)</script>&\u2028"})
    text = client.get(f"/c/{record.public_id}").content.decode()
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)

    facts = json.loads(found)
    assert facts["@type"] == "Certification" and facts["certificationIdentification"] == record.current.number


def test_the_worker_may_speak_for_the_verifier(client):
    answer = client.get("/verify-worker.js")

    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
