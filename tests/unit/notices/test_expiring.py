"""A certificate whose last day is over is told once, as of the next day, whoever was at work then."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from small_world import organisation
from testamur.kernel import clock
from testamur.kernel.words import Status
from testamur.notices import expiring, queries, telling
from testamur.notices.models import Change, Line
from testamur.notices.queries import Asked
from testamur.register.models import Attestation, Current
from told_world import deliver, source

pytestmark = pytest.mark.django_db
LAST = date(2026, 6, 9)


@pytest.fixture
def day(monkeypatch):
    """Set the instant at which the work is done."""

    def at(day: int, hour: int = 12) -> None:
        monkeypatch.setattr(clock, "now", lambda: datetime(2026, 6, day, hour, tzinfo=UTC))

    at(8)
    return at


@pytest.fixture
def mirror(db, day):
    issuer = organisation("Issuer")
    mirror = source(issuer)
    rows = {
        "ENDS": {}, "SUSPENDED": {"status": Status.SUSPENDED}, "WITHDRAWN": {"status": Status.WITHDRAWN},
        "LATER": {"expires_on": date(2026, 6, 10)}, "ENDLESS": {"expires_on": None},
        "BEFORE": {"expires_on": date(2026, 6, 1)}, "HIDDEN": {}, "PERSON": {}, "GONE": {},
    }  # fmt: skip
    told = [{"key": key, "effective_on": date(2025, 1, 1), "expires_on": LAST, **more} for key, more in rows.items()]
    deliver(mirror, issuer, date(2026, 5, 1), told)
    deliver(mirror, issuer, date(2026, 5, 2), [one for one in told if one["key"] != "GONE"])
    Current.objects.filter(attestation__origin_key="HIDDEN").update(confidential=True)
    Current.objects.filter(attestation__origin_key="PERSON").update(personal=True)
    telling.follow()
    expiring.follow()  # from here on the days are counted
    return mirror


def expired() -> list[tuple[str, date]]:
    rows = queries.page(Asked(kinds=("expired",)), oldest=True).rows
    return [(one.attestation.origin_key, one.effective_on) for one in rows]


def test_on_the_day_after_its_last_one_and_only_once(mirror, day):
    day(9, 23)
    assert expiring.follow() == 0 and expired() == []

    day(10, 1)
    assert expiring.follow() == 2
    assert expired() == [("ENDS", date(2026, 6, 10)), ("SUSPENDED", date(2026, 6, 10))]

    day(10, 22)
    assert expiring.follow() == 0


def test_days_on_which_nobody_worked_are_made_up_for_in_their_order(mirror, day):
    day(15)

    assert expiring.follow() == 3

    assert expired() == [
        ("ENDS", date(2026, 6, 10)), ("SUSPENDED", date(2026, 6, 10)), ("LATER", date(2026, 6, 11)),
    ]  # fmt: skip


def test_interrupted_in_the_middle_it_goes_on_and_tells_nothing_twice(mirror, day, monkeypatch):
    day(10)
    monkeypatch.setattr(expiring, "CHUNK", 1)
    calls = []

    def breaks(found, real=expiring.tell):
        calls.append(len(found))
        if len(found) and sum(calls) == 2:
            raise OSError("the machine stopped")
        real(found)

    monkeypatch.setattr(expiring, "tell", breaks)
    with pytest.raises(OSError, match="stopped"):
        expiring.follow()
    assert len(expired()) == 1

    expiring.follow()

    assert [key for key, _day in expired()] == ["ENDS", "SUSPENDED"]


def test_what_was_made_here_ends_with_the_day_of_its_area(world, day):
    """In China a day ends eight hours before it does in UTC."""
    made = Current.objects.get(attestation=world.certificate())
    day(8)
    expiring.follow()
    Current.objects.filter(pk=made.pk).update(expires_on=LAST)

    day(9, 15)
    assert expiring.follow() == 0
    day(9, 17)
    assert expiring.follow() == 1

    assert Change.objects.get(kind="expired").attestation_id == made.pk
    day(10, 17)
    assert expiring.follow() == 0
    assert set(Line.objects.filter(name__startswith="expired").values_list("name", flat=True)) == {
        "expired", "expired CN", "expired HK", "expired MO",
    }  # fmt: skip


def test_it_is_told_to_whoever_asks_by_page_and_api(mirror, day, client):
    day(10)
    expiring.follow()

    shown = client.get("/changes?kind=expired").content.decode()
    told = client.get("/api/v1/changes?kind=expired").json()["items"]

    ends = Attestation.objects.get(origin_key="ENDS").public_id
    assert f"/c/{ends}" in shown and "Expired" in shown
    assert {(one["kind"], one["what"], one["effective_on"]) for one in told} == {("expired", "day", "2026-06-10")}
