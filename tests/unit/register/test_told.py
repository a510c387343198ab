"""Records of a source answer as all others do: what held on a day, as known on a day, until the source lists them no
more and after it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from small_world import organisation
from testamur.kernel import clock, days
from testamur.kernel.words import Answer, Coverage, Origin, Status
from testamur.register.answering.numbers import bearing
from testamur.register.answers import answer, by_number
from testamur.register.claims import Claim
from testamur.register.conflicts import conflicts_of
from testamur.register.models import Attestation, Current
from testamur.register.status import history, status
from told_world import deliver, noon, record, source

MARCH, APRIL, MAY, JUNE = (date(2026, month, 1) for month in (3, 4, 5, 6))
FROM, UNTIL = date(2025, 1, 1), date(2027, 12, 31)


def row(key: str = "A-1", **more: Any) -> dict[str, Any]:
    said = {
        "parties": [{"role": "holder", "names": {"en": "Sample Ltd", "zh": "示例公司"}, "country": "CN"}],
        "requirements": [{"key": "gbt-19001@2016", "designation": "GB/T 19001-2016"}],
        "shown": {"models": ["M1"]},
    }
    return {"key": key, "effective_on": FROM, "expires_on": UNTIL, "said": {**said, **more.pop("said", {})}, **more}


@pytest.fixture
def issuer(db):
    return organisation("Issuer")


@pytest.fixture
def mirrored(issuer):
    return source(issuer)


def test_it_answers_with_the_day_its_source_last_stated_it(mirrored, issuer):
    deliver(mirrored, issuer, MARCH, [row()])
    deliver(mirrored, issuer, APRIL, [row()])  # says the same: nothing is written, and it is stated again

    found = answer(record(mirrored, "A-1"), on=MAY)

    assert (found.answer, found.status, found.authority) == (Answer.VALID, Status.VALID, "not_held_here")
    assert found.assurance is not None
    assert (found.assurance.origin, found.assurance.day) == (Origin.MIRRORED, APRIL)
    assert found.assurance.names == mirrored.names
    assert answer(record(mirrored, "A-1"), on=date(2026, 3, 20)).assurance.day == MARCH  # type: ignore[union-attr]


def test_a_record_its_source_lists_no_more_is_not_valid_and_says_since_when(mirrored, issuer):
    deliver(mirrored, issuer, MARCH, [row(), row("A-2")])
    deliver(mirrored, issuer, APRIL, [row("A-2")])
    one = record(mirrored, "A-1")

    gone, before = answer(one, on=MAY), answer(one, on=date(2026, 3, 31))

    assert (gone.answer, gone.status) == (Answer.NOT_VALID, Status.VALID)
    assert gone.reasons[0].facts["day"] == APRIL
    assert "no longer lists it" in gone.reasons[0].message_id
    assert before.answer is Answer.VALID
    assert answer(record(mirrored, "A-2"), on=MAY).answer is Answer.VALID


def test_a_record_that_comes_back_is_valid_again_and_its_history_says_both(mirrored, issuer):
    for day, rows in ((MARCH, [row()]), (APRIL, []), (MAY, [row()])):
        deliver(mirrored, issuer, day, rows)
    one = record(mirrored, "A-1")

    assert [answer(one, on=day).answer for day in (MARCH, APRIL, MAY)] == [
        Answer.VALID, Answer.NOT_VALID, Answer.VALID,
    ]  # fmt: skip
    told = [line.listing.listed for line in history(record(mirrored, "A-1")) if line.listing is not None]
    assert told == [False, True]


def test_an_old_number_is_found_after_a_renewal(mirrored, issuer):
    deliver(mirrored, issuer, MARCH, [row(number="OLD-1")])
    renewed = row(number="NEW-1", effective_on=APRIL, expires_on=date(2029, 3, 31))
    deliver(mirrored, issuer, APRIL, [renewed])

    assert by_number("old 1") == by_number("new-1") == [record(mirrored, "A-1")]
    standing = status(by_number("OLD-1")[0], MAY)
    assert standing.effective_edition is not None
    assert (standing.effective_edition.number, standing.effective_edition.reason) == ("NEW-1", "renewal")
    assert standing.superseded == {1: APRIL}


def test_a_renewal_stated_ahead_begins_on_its_own_day(mirrored, issuer):
    deliver(mirrored, issuer, MARCH, [row(expires_on=date(2026, 5, 31))])
    deliver(mirrored, issuer, APRIL, [row(effective_on=JUNE, expires_on=date(2029, 5, 31))])
    one = record(mirrored, "A-1")

    assert [status(one, day).expires_on for day in (MAY, JUNE)] == [date(2026, 5, 31), date(2029, 5, 31)]


def test_a_status_counts_from_the_day_that_its_reason_names(mirrored, issuer):
    deliver(mirrored, issuer, MARCH, [row()])
    reason = {"reason": {"on": "2026-03-10", "status": {"en": "missed audit"}, "word": "暂停"}}
    deliver(mirrored, issuer, APRIL, [row(status=Status.SUSPENDED, said=reason)])
    one = record(mirrored, "A-1")

    assert [status(one, date(2026, 3, day)).status for day in (9, 10)] == [Status.VALID, Status.SUSPENDED]
    assert status(one, date(2026, 3, 20), noon(date(2026, 3, 25))).status is Status.VALID  # not known then
    assert answer(one, on=MAY).reasons[0].facts["why"] == {"en": "missed audit"}


def test_what_it_covers_is_judged_as_for_all(mirrored, issuer):
    deliver(mirrored, issuer, MARCH, [row()])
    one = record(mirrored, "A-1")

    asked = {"M1": Coverage.COVERED, "M2": Coverage.NOT_COVERED}
    for model, coverage in asked.items():
        assert answer(one, on=MAY, claim=Claim(model=model, standard="GB/T 19001-2016")).lines[1].coverage is coverage


def test_a_body_with_a_duty_to_report_falls_silent(issuer):
    reporting = source(issuer, "body", origin=Origin.REPORTED, duty_days=31)
    deliver(reporting, issuer, MARCH, [row()], whole=False)

    found = answer(record(reporting, "A-1"), on=MAY)

    assert (found.answer, found.status) == (Answer.NOT_REPORTING, Status.VALID)
    assert answer(record(reporting, "A-1"), on=date(2026, 3, 31)).answer is Answer.VALID


def test_two_sources_that_differ_are_both_kept_and_the_issuers_own_word_goes_first(mirrored, issuer):
    reporting = source(issuer, "body", origin=Origin.REPORTED)
    deliver(mirrored, issuer, MARCH, [row(number="N-1")])
    deliver(reporting, issuer, MARCH, [row(number="N-1", status=Status.WITHDRAWN)])
    copy, own = record(mirrored, "A-1"), record(reporting, "A-1")

    assert by_number("N-1") == [own, copy]
    of_copy, of_own = answer(copy, on=MAY).conflicts, answer(own, on=MAY).conflicts
    assert [(one.other, one.fields, one.precedes) for one in of_copy] == [(own, ("status",), True)]
    assert [(one.other, one.precedes) for one in of_own] == [(copy, False)]


@pytest.mark.parametrize("hidden", ["confidential", "personal"])
def test_what_is_not_public_is_told_in_no_conflict(mirrored, issuer, hidden):
    reporting = source(issuer, "body", origin=Origin.REPORTED)
    deliver(mirrored, issuer, MARCH, [row(number="N-1")])
    deliver(reporting, issuer, MARCH, [row(number="N-1", status=Status.WITHDRAWN)])
    Current.objects.filter(attestation=record(reporting, "A-1")).update(**{hidden: True})

    assert answer(record(mirrored, "A-1"), on=MAY).conflicts == ()
    assert conflicts_of(record(mirrored, "A-1")) == []


def test_two_sources_that_agree_are_no_conflict(mirrored, issuer):
    other = source(issuer, "other")
    for one in (mirrored, other):
        deliver(one, issuer, MARCH, [row(number="N-1")])

    assert answer(record(mirrored, "A-1"), on=MAY).conflicts == ()


def test_many_numbers_are_opened_with_few_questions(mirrored, issuer, django_assert_max_num_queries):
    deliver(mirrored, issuer, MARCH, [row(f"B-{number}") for number in range(50)])

    with django_assert_max_num_queries(8):
        found = bearing([f"b{number}" for number in range(50)])
        standings = [status(one, MAY).status for rows in found.values() for one in rows]

    assert standings == [Status.VALID] * 50


# ------------------------------------------------------------ as of any day, as known on any day

FIRST = date(2026, 1, 1)
spans = st.integers(0, 40)
stated = st.fixed_dictionaries(
    {
        "status": st.sampled_from([Status.VALID, Status.SUSPENDED, Status.WITHDRAWN]),
        "effective_on": st.one_of(st.none(), spans.map(lambda days: FIRST + timedelta(days))),
        "number": st.sampled_from(["N-1", "N-2"]),
    }
)
delivered = st.tuples(st.integers(0, 7), st.integers(0, 3), st.one_of(st.none(), stated))
deliveries = st.lists(delivered, min_size=1, max_size=7)


def brute(told: list[tuple[date, datetime, dict[str, Any] | None]], day: date, known: datetime) -> Any:
    """Read the files again from the first one: the last file known that is not after the day says what is listed and
    which status; the document is the newest that had begun and was not replaced before it began."""
    read = [(as_of, row) for as_of, at, row in told if at <= known]
    rows = [(as_of, row) for as_of, row in read if row is not None]
    if not rows:
        return None, None, None
    listed = None
    if [as_of for as_of, _row in read if as_of <= day and as_of >= rows[0][0]]:
        first = next(place for place, (_as_of, row) in enumerate(read) if row is not None)
        listed = [row for as_of, row in read[first:] if as_of <= day][-1] is not None
    begun: list[tuple[date, str]] = []
    before = None
    for as_of, row in rows:
        document = (row["number"], row["effective_on"])
        if document != before:
            starts = max(as_of, row["effective_on"] or as_of) if before else row["effective_on"] or as_of
            begun = [one for one in begun if one[0] <= as_of] + [(starts, row["number"])]
        before = document
    number = next((number for starts, number in reversed(begun) if starts <= day), None)
    statuses: list[tuple[date, Status]] = []
    for as_of, row in rows:
        if statuses and statuses[-1][1] == row["status"]:
            continue
        from_day = as_of
        if not statuses and row["status"] is Status.VALID:
            from_day = row["effective_on"] or as_of
        statuses.append((max([from_day, *(one for one, _status in statuses[-1:])]), row["status"]))
    word = next((status for starts, status in reversed(statuses) if starts <= day), None) if number else None
    return listed, number, word


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries, spans, spans)
def test_any_day_as_known_on_any_day_equals_reading_every_file_again(transactional, given_rows, on, known):
    issuer = organisation("Issuer of many")
    told_by = source(issuer, f"s{Attestation.objects.count()}-{issuer.public_id}")
    as_of, at = FIRST, noon(FIRST)
    told: list[tuple[date, datetime, dict[str, Any] | None]] = []
    for later, late, stated_row in given_rows:
        as_of += timedelta(later)
        at = max(at + timedelta(minutes=1), noon(as_of) + timedelta(late))
        told.append((as_of, at, stated_row))
        deliver(told_by, issuer, as_of, [] if stated_row is None else [{"key": "X", **stated_row}], at=at)
    if all(row is None for _day, _at, row in told):
        return
    one = record(told_by, "X")
    day, instant = FIRST + timedelta(on), noon(FIRST + timedelta(known + 1))

    standing = status(one, day, instant)

    number = standing.effective_edition.number if standing.effective_edition else None
    listed = standing.listing.listed if standing.listing else None
    assert (listed, number, standing.status) == brute(told, day, instant)


@pytest.fixture
def transactional(db):
    """A database for all examples of a property; each writes a source of its own."""


def test_today_is_counted_where_nothing_else_is_said(mirrored, issuer):
    deliver(mirrored, issuer, MARCH, [row()])

    assert status(record(mirrored, "A-1")).day == days.day_of(clock.now(), "")
