"""Status as of a day and as known at an instant."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from small_world import PLATFORM, both, given, instant, node
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.register import actions, policies, tasks
from testamur.register.documents import Document
from testamur.register.models import Current, Edition, StatusChange
from testamur.register.status import history, status
from testamur.register.writing import current_fields, write_current, write_edition

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


def suspend(attestation, on=DAY, to=Status.SUSPENDED, **more):
    return actions.change_status(
        attestation=attestation, status=to, reason=both("r"), by=PLATFORM, at=instant(on), **more
    )


def test_both_ends_of_the_validity_are_included_in_the_zone_of_the_scheme(world):
    certificate = world.certificate(from_day=date(2024, 3, 1), until=date(2027, 2, 28))

    assert status(certificate, date(2024, 2, 29)).status is None
    assert status(certificate, date(2024, 3, 1)).status is Status.VALID
    assert status(certificate, date(2027, 2, 28)).status is Status.VALID
    assert status(certificate, date(2027, 3, 1)).status is Status.EXPIRED


def test_a_suspended_certificate_expires_and_a_withdrawn_one_stays_withdrawn(world):
    suspended, withdrawn = world.certificate(until=date(2026, 6, 30)), world.certificate(until=date(2026, 6, 30))
    suspend(suspended)
    suspend(withdrawn, to=Status.WITHDRAWN)

    assert status(suspended, date(2026, 7, 1)).status is Status.EXPIRED
    assert status(withdrawn, date(2026, 7, 1)).status is Status.WITHDRAWN


def test_as_of_and_as_known_differ_for_a_record_that_came_late(world):
    certificate = world.certificate()
    with clock.travel(date(2026, 3, 20)):
        suspend(certificate, on=date(2026, 3, 1))
    before = instant(date(2026, 3, 10))

    assert status(certificate, date(2026, 3, 5)).status is Status.SUSPENDED
    assert status(certificate, date(2026, 3, 5), known=before).status is None  # written into the register today
    with clock.travel(date(2025, 1, 1)):
        older = world.certificate(from_day=date(2025, 1, 1))
    with clock.travel(date(2026, 3, 20)):
        suspend(older, on=date(2026, 3, 1))
    assert status(older, date(2026, 3, 5), known=before).status is Status.VALID
    late = [told for told in history(older) if told.change and told.change.status == "suspended"]
    assert late[0].days_late == 19


@pytest.mark.parametrize(
    ("before", "after"),
    [(b, a) for b in ("valid", "suspended", "withdrawn", "cancelled") for a in Status],
)
def test_a_status_follows_only_along_the_published_paths(world, before, after):
    published = {
        ("valid", "suspended"), ("valid", "withdrawn"), ("valid", "cancelled"),
        ("suspended", "valid"), ("suspended", "withdrawn"), ("suspended", "cancelled"),
    }  # fmt: skip
    certificate = world.certificate()
    if before != "valid":
        suspend(certificate, to=Status(before))
    count = certificate.changes.count()

    if (before, after.value) in published:
        suspend(certificate, on=DAY + timedelta(days=1), to=after)
        assert status(certificate, DAY + timedelta(days=1)).status is after
    else:
        with pytest.raises(Refused):
            suspend(certificate, on=DAY + timedelta(days=1), to=after)
        assert certificate.changes.count() == count


def test_a_suspension_recorded_after_its_restoration_takes_its_place_in_time(world):
    certificate = world.certificate()
    suspend(certificate, on=date(2026, 3, 1))
    suspend(certificate, on=date(2026, 5, 1), to=Status.VALID)
    with pytest.raises(Refused, match="cannot have become withdrawn before that"):
        suspend(certificate, on=date(2026, 4, 1), to=Status.WITHDRAWN)

    assert status(certificate, date(2026, 4, 1)).status is Status.SUSPENDED
    assert status(certificate, date(2026, 5, 1)).status is Status.VALID


def test_a_late_suspension_may_stand_before_a_suspension_known_already(world):
    certificate = world.certificate()
    suspend(certificate, on=date(2026, 5, 1))
    suspend(certificate, on=date(2026, 4, 1))

    assert status(certificate, date(2026, 4, 15)).status is Status.SUSPENDED


def test_nothing_can_happen_before_the_first_day(world):
    certificate = world.certificate(from_day=date(2026, 1, 1))

    with pytest.raises(Refused, match="not in force before"):
        suspend(certificate, on=date(2025, 12, 1))


def test_a_late_record_says_why(world):
    with pytest.raises(Refused, match="say why it is recorded late"):
        actions.change_status(
            attestation=world.certificate(), status=Status.SUSPENDED, reason={}, by=PLATFORM, at=instant(DAY)
        )


def test_one_line_can_be_suspended_and_the_rest_stays_valid(world):
    certificate = world.certificate("17", "18")
    suspend(certificate, lines=[2])

    standing = status(certificate, DAY)

    assert standing.status is Status.VALID
    assert standing.lines == {1: Status.VALID, 2: Status.SUSPENDED}
    with pytest.raises(Refused, match="no scope line 7"):
        suspend(certificate, on=DAY + timedelta(days=1), lines=[7])


def test_a_suspended_line_is_known_again_in_the_next_edition_wherever_it_stands(world):
    certificate = world.certificate("17", "18")
    suspend(certificate, lines=[2])
    document = Document.of(certificate.editions.get())
    write_edition(
        certificate,
        document.with_(effective_on=date(2026, 4, 1), lines=tuple(reversed(document.lines))),
        reason=Edition.Reason.CHANGE,
    )

    assert status(certificate, date(2026, 4, 2)).lines == {1: Status.SUSPENDED, 2: Status.VALID}


def test_void_from_the_start_was_never_valid_and_was_known_as_valid(world):
    licence = world.licence()
    with clock.travel(DAY):
        suspend(licence, to=Status.WITHDRAWN, from_start=True, legal_word="撤销")

    assert status(licence, date(2025, 1, 1)).status is Status.WITHDRAWN
    assert status(licence, date(2025, 1, 1)).from_start


def test_an_annulled_withdrawal_is_gone_from_the_beginning(world):
    certificate = world.certificate()
    change = suspend(certificate, to=Status.WITHDRAWN)

    actions.annul(change=change, reason=both("court"), source="cn-court@2026#1", by=PLATFORM, at=instant(DAY))

    assert status(certificate, DAY).status is Status.VALID
    with pytest.raises(Refused, match="nothing left to annul"):
        actions.annul(change=change, reason=both("again"), source="x", by=PLATFORM, at=instant(DAY))


def test_the_annulment_of_a_withdrawal_leaves_the_suspension_before_it(world):
    certificate = world.certificate()
    suspend(certificate)
    change = suspend(certificate, on=DAY + timedelta(days=30), to=Status.WITHDRAWN)

    row = actions.annul(change=change, reason=both("court"), source="x", by=PLATFORM, at=instant(DAY))

    assert row.status == "suspended"
    assert status(certificate, DAY + timedelta(days=40)).status is Status.SUSPENDED


def test_a_part_is_never_better_than_its_main(world):
    main = world.certificate()
    part = world.certificate(main=main, part="sub_certificate")
    suspend(main)

    standing = status(part, DAY)

    assert (standing.status, standing.follows_main) == (Status.SUSPENDED, True)
    assert status(part, DAY - timedelta(days=1)).status is Status.VALID


def test_a_part_outlives_its_main_on_no_day(world):
    main = world.certificate(until=date(2026, 12, 31))
    document = Document.of(world.certificate(until=date(2027, 1, 1)).editions.get())

    with pytest.raises(Refused, match="ends with its main"):
        policies.check_within_main(document, main)


def test_a_part_says_no_more_than_its_main(world):
    main = world.certificate("17")
    document = Document.of(world.certificate("18").editions.get())

    with pytest.raises(Refused, match="lies inside that of its main"):
        policies.check_within_main(document, main)


def test_the_edition_in_the_hand_is_told_from_the_current_one(world):
    certificate = world.certificate()
    document = Document.of(certificate.editions.get()).with_(effective_on=DAY, issued_on=DAY)
    actions.add_edition(attestation=certificate, document=document, reason="change", by=PLATFORM, at=instant(DAY))

    standing = status(certificate, DAY)

    assert standing.effective_edition.edition == 2
    assert standing.superseded == {1: DAY}
    assert status(certificate, DAY - timedelta(days=1)).superseded == {}


def test_what_expired_comes_back_only_as_a_new_attestation(world):
    certificate = world.certificate(until=date(2026, 1, 31))
    document = Document.of(certificate.editions.get()).with_(effective_on=DAY, expires_on=date(2029, 1, 31))

    with pytest.raises(Refused, match="a new attestation that continues it"):
        actions.add_edition(attestation=certificate, document=document, reason="renewal", by=PLATFORM, at=instant(DAY))


def test_rows_of_the_register_are_never_saved_twice(world):
    change = StatusChange.objects.filter(attestation=world.certificate()).get()

    with pytest.raises(TypeError, match="append-only"):
        change.save()


def test_every_derived_row_equals_its_replay(world):
    main = world.certificate("17", "18")
    part = world.certificate(main=main, part="sub_certificate")
    suspend(main)
    world.licence()
    ended = world.certificate(until=date(2026, 1, 31))
    suspend(ended, on=date(2026, 1, 1), to=Status.CANCELLED)
    write_current(part)

    for row in Current.objects.select_related("attestation"):
        expected = current_fields(row.attestation, status(row.attestation))
        found = {name: getattr(row, name) for name in expected}
        assert {**found, "changed_at": None} == {**expected, "changed_at": None}
    assert Current.objects.get(attestation=part).status == "suspended"


def test_a_change_recorded_ahead_reaches_the_list_on_its_day(world):
    with clock.travel(date(2026, 2, 1)):
        certificate = world.certificate()
        suspend(certificate, on=date(2026, 3, 1))
        assert Current.objects.get(attestation=certificate).status == "valid"
    with clock.travel(date(2026, 3, 2)):
        assert tasks.refresh() == [certificate]
        assert Current.objects.get(attestation=certificate).status == "suspended"
        assert tasks.refresh() == []


def test_a_native_attestation_changes_by_a_decision_only(world):
    native = given(
        world.qms, issuer=world.body, holder=world.client, lines=[{"document": node()}], origin="native", origin_name=""
    )

    with pytest.raises(Refused, match="by a decision of its issuer"):
        suspend(native)
