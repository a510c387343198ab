"""The real lists beside the checkout, read by the mappings that come with it; counts as the profiles beside the data have
them, or explained here."""

from __future__ import annotations

import json
from datetime import date

import pytest

from shared import ROOT, shared
from small_world import PLATFORM, instant
from testamur.register.actions import commit, name_source, receive
from testamur.register.models import Attestation, Current, Past
from testamur.register.reporting import mapping as mappings
from testamur.register.states import opened
from testamur.register.status import status
from testamur.kernel.words import Status

pytestmark = pytest.mark.django_db
NAMES = sorted(path.stem for path in (ROOT / "data" / "mappings").glob("*.toml"))


def taken(name, folder, file, day):
    """Read, judge and commit one list; return its delivery."""
    read = mappings.load(ROOT / "data" / "mappings" / f"{name}.toml")
    as_of = date.fromisoformat(day)
    source = name_source(mapping=read, by=PLATFORM, at=instant(as_of))
    judged = receive(
        source=source, mapping=source.mappings.latest("version"), content=shared("data", folder, file), name=file,
        as_of=as_of, whole=True, by=PLATFORM, at=instant(as_of),
    )  # fmt: skip
    return commit(delivery=judged, by=PLATFORM, at=instant(as_of))


def profile(folder, file):
    return json.loads(shared("data", folder, "profile.json").read_text())[file]


def counts(delivery, *names):
    return tuple(delivery.counts.get(name, 0) for name in names)


@pytest.mark.parametrize("name", NAMES)
def test_every_mapping_that_comes_with_the_checkout_can_be_read(name):
    assert mappings.load(ROOT / "data" / "mappings" / f"{name}.toml").columns


def test_common_criteria_rejects_four_broken_records_and_folds_maintenance():
    told = profile("common-criteria-products", "cc_products.csv.gz")

    delivery = taken("common-criteria", "common-criteria-products", "cc_products.csv.gz", "2025-12-10")

    assert delivery.rows == told["rows"]
    broken = list(delivery.remarks.filter(rejects=True).values_list("row", "code"))
    assert len(broken) == told["rows_with_too_many_fields"]
    assert broken == [(row, "record_broken") for row in (322, 499, 537, 538)]
    # 2,156 rows that can be read are 1,769 certificates: the report tells apart eleven that share name, maker and day.
    assert counts(delivery, "new", "folded", "rejected") == (1769, 387, 4)
    # 20 values stand in the column of schemes, two of them in broken records.
    assert Current.objects.values("issuer").distinct().count() == 18
    most = max(Current.objects.all(), key=lambda row: len(row.said.get("shown", {}).get("maintenance", [])))
    assert len(most.said["shown"]["maintenance"]) > 4
    again = taken("common-criteria", "common-criteria-products", "cc_products.csv.gz", "2025-12-11")
    assert counts(again, "unchanged", "new", "changed", "gone") == (1769, 0, 0, 0) and not Past.objects.exists()
