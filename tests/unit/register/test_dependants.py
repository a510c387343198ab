"""What hangs on a laboratory, an accreditation, a body or a standard: now, on any day, as known at any instant."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from small_world import QMS, organisation
from testamur.kernel.words import Status
from testamur.register import dependants
from testamur.register.models import Attestation, Foundation, Resting
from told_world import deliver, noon, record, source

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))
LAB_1, LAB_2 = ({"kind": "laboratory", "key": key, "names": {"en": key}} for key in ("LAB 1", "LAB 2"))


def row(key: str, *rests: dict[str, Any], **more: Any) -> dict[str, Any]:
    said = {"rests_on": list(rests), "requirements": [{"key": "GB/T 1", "designation": "GB/T 1-2020"}]}
    return {"key": key, "effective_on": date(2026, 1, 1), "expires_on": date(2027, 1, 1), "said": said, **more}


@pytest.fixture
def issuer(db):
    return organisation("Issuer")


@pytest.fixture
def told(issuer):
    mirror = source(issuer)
    deliver(mirror, issuer, MARCH, [row("A", LAB_1), row("B", LAB_1, status=Status.SUSPENDED), row("C", LAB_2)])
    deliver(mirror, issuer, APRIL, [row("A", LAB_2), row("B", LAB_1), row("C", LAB_2), row("D", LAB_1)])
    deliver(mirror, issuer, MAY, [row("A", LAB_2), row("B", LAB_1)])
    dependants.follow()
    return mirror


def keys(found: dependants.Dependants) -> dict[str, bool]:
    """Return the source's own key → whether it falls."""
    known = dict(Attestation.objects.values_list("public_id", "origin_key"))
    return {known[one.public_id]: one.in_force(found.on) for one in found.rows}


def test_now_it_is_what_the_sources_last_said(told):
    assert keys(dependants.of("laboratory", "LAB 1", on=JUNE)) == {"B": True}
    assert keys(dependants.of("laboratory", "LAB 2", on=JUNE)) == {"A": True}
    assert dependants.of("laboratory", "LAB 3").total == 0


def test_on_an_earlier_day_it_is_what_was_stated_for_that_day(told):
    assert keys(dependants.of("laboratory", "LAB 1", on=MARCH)) == {"A": True, "B": False}
    assert keys(dependants.of("laboratory", "LAB 1", on=APRIL)) == {"B": True, "D": True}
    assert keys(dependants.of("laboratory", "LAB 2", on=APRIL)) == {"A": True, "C": True}
    assert dependants.of("laboratory", "LAB 1", on=date(2026, 2, 1)).total == 0


def test_each_row_says_how_it_stood_on_the_day(told, issuer):
    (now,) = dependants.of("laboratory", "LAB 2", on=JUNE).rows
    before = dependants.of("laboratory", "LAB 1", on=MARCH).rows
    gone = {one.number: one.gone_on for one in dependants.of("body", issuer.public_id, on=JUNE).rows}

    assert now == (
        record(told, "A").public_id, "A", now.holder, issuer.pk, now.scheme, "valid", date(2026, 1, 1),
        date(2027, 1, 1), None,
    )  # fmt: skip
    assert [(one.number, one.status, one.effective_on, one.expires_on, one.gone_on) for one in before] == [
        ("A", "valid", date(2026, 1, 1), date(2027, 1, 1), None),
        ("B", "suspended", date(2026, 1, 1), date(2027, 1, 1), None),
    ]
    assert gone == {"A": None, "B": None, "C": MAY, "D": MAY}


def test_what_was_not_known_yet_does_not_count(told):
    known = noon(date(2026, 3, 20))

    assert keys(dependants.of("laboratory", "LAB 1", on=JUNE, known=known)) == {"A": True, "B": False}
    assert dependants.of("laboratory", "LAB 1", on=JUNE, known=noon(date(2026, 2, 1))).total == 0


def test_following_late_or_twice_ends_the_same(told, issuer):
    before = sorted(Resting.objects.values_list("foundation__key", "attestation", "since", "until"))
    assert dependants.follow() == 0
    Resting.objects.all().delete()
    Foundation.objects.all().delete()
    dependants.Followed.objects.all().delete()

    assert dependants.follow() == 3
    assert sorted(Resting.objects.values_list("foundation__key", "attestation", "since", "until"), key=str) == sorted(
        before, key=str
    )


def test_a_delivery_that_is_not_followed_yet_is_said(told, issuer):
    deliver(told, issuer, JUNE, [row("E", LAB_1)])

    found = dependants.of("laboratory", "LAB 1", on=JUNE)
    assert (found.waiting, keys(found)) == (1, {})


def test_a_standard_and_a_body_hold_what_sources_and_we_ourselves_issued(told, issuer, world):
    world.licence()
    own = world.certificate(number="OWN-1")

    standard, body = dependants.of("standard", "GB/T 1-2020", on=JUNE), dependants.of("body", issuer.public_id, on=JUNE)
    assert keys(standard) == {"A": True, "B": True}
    # The body gave C and D too; its source lists them no more, so they do not fall.
    assert keys(body) == {"A": True, "B": True, "C": False, "D": False}
    assert [one.public_id for one in dependants.of("standard", QMS).rows] == [own.public_id]
    assert [one.public_id for one in dependants.of("body", world.body.public_id).rows] == [own.public_id]


def test_what_hangs_on_an_accreditation_issued_here_is_what_its_holder_issues(world):
    world.licence()
    accreditation = world.accreditation()
    own = world.certificate(number="OWN-1")

    for key in (accreditation.public_id, accreditation.current.number):
        assert own.public_id in {one.public_id for one in dependants.of("accreditation", key).rows}
    early = dependants.of("accreditation", accreditation.public_id, on=own.editions.get().effective_on - timedelta(1))
    assert early.total == 0


def test_confidential_records_are_counted_and_not_listed(told):
    quiet = record(told, "B")
    Attestation.objects.filter(pk=quiet.pk).update(confidential=True)

    found = dependants.of("laboratory", "LAB 1", on=JUNE)
    assert (found.total, found.hidden) == (0, 1)


def test_a_kind_that_there_is_not_is_an_error():
    with pytest.raises(ValueError, match="moon"):
        dependants.of("moon", "1")
