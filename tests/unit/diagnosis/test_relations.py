"""Who is tied to a body by ownership, and for how long its advice bars: both sides of every boundary."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest

from small_world import organisation
from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties.models import Engagement, Ownership
from testamur.selection.impartiality import check_body_did_not_advise, controlled, related

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def body(db):
    return organisation("Body")


@pytest.fixture
def adviser(db):
    return organisation("Adviser")


@pytest.fixture
def client_(db):
    return organisation("Client")


def owns(owner, owned, share, from_day=date(2020, 1, 1), until_day=None):
    Ownership.objects.create(owner=owner, owned=owned, share=Decimal(share), from_day=from_day, until_day=until_day)


def tied(one, other, on=DAY):
    found = other.pk in related(one, on)
    assert found is (one.pk in related(other, on))  # a relationship has two sides
    return found


def advised(by, client, until=DAY, kind="consulting", **more):
    Engagement.objects.create(
        organisation=by, client=client, kind=kind, from_day=min(until, DAY), until_day=until, source="test", **more
    )


def refused(body, client, on=DAY, kind="system"):
    definition = SimpleNamespace(scheme=SimpleNamespace(party="third", object=kind))
    return refusal_of(check_body_did_not_advise, definition, issuer=body, client=client, on=on)


def test_any_share_of_the_one_in_the_other_ties_them(body, adviser):
    assert not tied(body, adviser)
    owns(adviser, body, "0.01")
    assert tied(body, adviser)
    assert controlled(adviser, DAY) == set()


@pytest.mark.parametrize(("share", "control"), [("50", False), ("50.01", True), ("100", True)])
def test_control_is_more_than_half_and_counts_as_the_body_itself(body, adviser, client_, share, control):
    owns(body, adviser, share)
    assert (adviser.pk in controlled(body, DAY)) is control
    advised(adviser, client_)
    assert refused(body, client_).source == f"iso-17021-1@2015#{'5.2.5' if control else '5.2.7'}"
    assert refused(body, client_, kind="product").source == f"iso-17065@2012#{'4.2.6' if control else '4.2.7'}"


def test_shares_of_those_it_controls_count_with_its_own(body, adviser):
    middle = organisation("Middle")
    owns(body, middle, 60)
    owns(body, adviser, 30)
    assert controlled(body, DAY) == {middle.pk}
    owns(middle, adviser, "20.01")
    assert controlled(body, DAY) == {middle.pk, adviser.pk}


def test_one_control_over_both_ties_them_and_a_minor_share_of_a_third_in_each_does_not(body, adviser):
    third = organisation("Fund")
    owns(third, body, 50)
    owns(third, adviser, 50)
    assert not tied(body, adviser) and tied(body, third) and tied(adviser, third)
    Ownership.objects.filter(owned=body).update(share=Decimal("50.01"))
    assert tied(body, adviser)  # the group of the body now holds a share in the adviser
    Ownership.objects.filter(owned=adviser).update(share=Decimal(1))
    assert tied(body, adviser)


def test_owners_in_a_circle_end(body, adviser):
    owns(body, adviser, 60)
    owns(adviser, body, 60)
    assert controlled(body, DAY) == {adviser.pk} and tied(body, adviser)


def test_a_share_counts_from_its_first_to_its_last_day(body, adviser):
    owns(body, adviser, 10, date(2026, 1, 10), date(2026, 2, 10))
    days = (date(2026, 1, 9), date(2026, 1, 10), date(2026, 2, 10), date(2026, 2, 11))
    assert [tied(body, adviser, on) for on in days] == [False, True, True, False]


@pytest.mark.parametrize(
    ("until", "last_barred", "free"),
    [
        (date(2026, 3, 2), date(2028, 3, 1), date(2028, 3, 2)),
        (date(2024, 2, 29), date(2026, 2, 27), date(2026, 2, 28)),
        (date(2026, 2, 28), date(2028, 2, 27), date(2028, 2, 28)),
    ],
)
def test_two_years_are_over_to_the_day(body, client_, until, last_barred, free):
    advised(body, client_, until)
    assert refused(body, client_, last_barred).until == free
    assert refused(body, client_, free) is None


def test_generic_information_and_an_act_before_the_advice_bar_nobody(body, client_):
    advised(body, client_, client_specific=False)
    assert refused(body, client_) is None
    advised(body, client_)
    assert refused(body, client_, date(2026, 3, 1)) is None
    assert isinstance(refused(body, client_), Refused)


def test_an_internal_audit_bars_the_body_and_whom_it_controls_and_not_a_mere_relation(body, adviser, client_):
    owns(body, adviser, 50)
    advised(adviser, client_, kind="internal_audit")
    assert refused(body, client_) is None
    Ownership.objects.update(share=Decimal(51))
    assert refused(body, client_).source == "iso-17021-1@2015#5.2.6"
    Engagement.objects.update(organisation=body)
    assert refused(body, client_).source == "iso-17021-1@2015#5.2.6"
    assert "internally" in str(refused(body, client_))
