"""Suppliers: scores, approvals, and certificates as the public register has them."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from small_world import PLATFORM, World, instant, member, organisation
from testamur.improvement.actions import suppliers as actions
from testamur.improvement.queries import suppliers as queries
from testamur.kernel.refusal import Refused
from testamur.register.actions import change_status

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = instant(DAY)


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def supplier(keeper):
    return actions.keep_supplier(name="Bars", supplies="Steel bars", risk="high", keeper=keeper, by=keeper, at=AT)


@pytest.fixture
def world(db):
    made = World()
    made.licence()
    return made


def asked(certificate, today):
    return queries.watched([certificate], today)[certificate.pk]


def suspend(paper):
    change_status(
        attestation=paper, status="suspended", reason={"en": "Missed", "zh": "未通过"}, source="x@1#2",
        by=PLATFORM, at=instant(date(2026, 2, 1)),
    )  # fmt: skip


def watch(supplier, keeper, number):
    return actions.watch_certificate(supplier=supplier, number=number, by=keeper, at=AT)


@pytest.mark.parametrize(
    ("today", "warning"),
    [
        (date(2029, 10, 31), ""),
        (date(2029, 11, 1), "ends"),
        (date(2029, 12, 31), "ends"),
        (date(2030, 1, 1), "expired"),
        (date(2023, 12, 1), "not_yet"),
    ],
)
def test_a_certificate_is_looked_up_for_the_day(supplier, keeper, world, today, warning):
    paper = world.certificate(number="Q-77")
    one = watch(supplier, keeper, "q 77")  # in any spelling

    found = asked(one, today)

    assert (found.warning, found.record) == (warning, paper.public_id)
    assert found.expires_on == (None if warning == "not_yet" else date(2029, 12, 31))
    assert found.holder["en"].startswith("Sample Valves")


def test_no_record_several_and_not_public_are_different_answers(supplier, keeper, world):
    assert asked(watch(supplier, keeper, "NONE-1"), DAY).warning == "none"
    world.certificate(number="TWICE")
    world.certificate(number="TWICE", holder=organisation("Other valves"))
    assert asked(watch(supplier, keeper, "TWICE"), DAY).warning == "several"
    world.certificate(number="QUIET", confidential=True)
    quiet = asked(watch(supplier, keeper, "QUIET"), DAY)
    assert (quiet.warning, quiet.status, quiet.holder, quiet.record) == ("withheld", None, None, "")


def test_a_suspended_certificate_warns_at_once(supplier, keeper, world):
    paper = world.certificate(number="Q-78")
    one = watch(supplier, keeper, "Q-78")
    assert queries.warnings(queries.visible_to(keeper), DAY) == []
    suspend(paper)

    [found] = queries.warnings(queries.visible_to(keeper), DAY)
    assert (found.certificate, found.warning, found.day) == (one, "suspended", date(2026, 2, 1))
    assert found.facts["status"]["en"] == "suspended"
    actions.stop_watching(certificate=one, by=keeper, at=AT)
    assert queries.warnings(queries.visible_to(keeper), DAY) == []


def test_a_withdrawn_certificate_says_since_when_and_what_to_do(supplier, keeper, world):
    change_status(
        attestation=world.certificate(number="Q-79"), status="withdrawn", reason={"en": "x", "zh": "x"}, source="x@1#2",
        by=PLATFORM, at=instant(date(2026, 2, 3)),
    )  # fmt: skip
    found = asked(watch(supplier, keeper, "Q-79"), DAY)
    assert (found.warning, found.day, found.facts["status"]["en"]) == ("ended", date(2026, 2, 3), "withdrawn")


def test_many_certificates_are_asked_for_at_once(supplier, keeper, world, django_assert_max_num_queries):
    """The register is asked the same number of questions for one certificate and for thirty."""
    numbers = [f"Q-{number}" for number in range(100, 130)]
    for number in numbers:
        suspend(world.certificate(number=number, holder=organisation(f"Springs {number}")))
    few = [watch(supplier, keeper, numbers[0])]
    many = few + [watch(supplier, keeper, number.lower()) for number in numbers[1:]]
    queries.watched(few, DAY)  # areas of schemes are remembered from now on
    with CaptureQueriesContext(connection) as counted:
        assert {one.warning for one in queries.watched(few, DAY).values()} == {"suspended"}
    with django_assert_max_num_queries(len(counted)):
        found = queries.watched(many, DAY)
    assert len(found) == 30 and {one.warning for one in found.values()} == {"suspended"}


def test_the_supplier_of_a_keeper_who_left_waits_for_everybody(supplier, keeper):
    other = member(keeper.organisation, "quality", name="Chen")
    assert list(queries.looked_after(other, DAY)) == []
    type(keeper).objects.filter(pk=keeper.pk).update(until_day=date(2026, 3, 1))
    assert list(queries.looked_after(other, DAY)) == [supplier]


def test_the_class_of_risk_says_when_it_is_evaluated_again(supplier, keeper):
    facts = {"supplier": supplier, "scored_on": DAY, "basis": "12 lots", "by": keeper, "at": AT}
    for wrong in (None, -1, 101):
        with pytest.raises(Refused, match="from 0"):
            actions.score_supplier(**facts, quality=wrong, delivery=1, service=1)
    assert queries.next_evaluation(supplier) is None
    actions.score_supplier(**facts, quality=98, delivery=80, service=100)
    assert queries.next_evaluation(queries.visible_to(keeper).get()) == date(2026, 9, 2)


def test_the_last_decision_counts(supplier, keeper):
    assert queries.outcome(supplier) == "new"
    for outcome in ("approved", "blocked"):
        actions.decide_on_supplier(supplier=supplier, outcome=outcome, reasons="Seen", by=keeper, at=AT)
    assert queries.outcome(queries.visible_to(keeper).get()) == "blocked"
    with pytest.raises(Refused):
        actions.decide_on_supplier(supplier=supplier, outcome="perhaps", reasons="x", by=keeper, at=AT)


def test_what_is_kept_is_changed_by_one_at_a_time(supplier, keeper):
    facts = {"supplies": "Bars", "risk": "low", "keeper": keeper, "by": keeper, "at": AT}
    actions.keep_supplier(name="Bars", supplier=supplier, version=0, **facts)
    with pytest.raises(Refused, match="changed this since"):
        actions.keep_supplier(name="Bars", supplier=supplier, version=0, **facts)
    with pytest.raises(Refused, match="Bars already"):
        actions.keep_supplier(name="Bars", **facts)
    watch(supplier, keeper, "Q")
    with pytest.raises(Refused, match="watched already"):
        watch(supplier, keeper, "Q")


def test_a_stranger_sees_and_does_nothing(supplier):
    stranger = member(organisation("Others"), "quality", name="Zhou")
    assert not queries.visible_to(stranger).exists()
    with pytest.raises(Refused):
        watch(supplier, stranger, "Q")
