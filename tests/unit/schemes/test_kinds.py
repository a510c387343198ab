"""Values of a scheme: read, shown, compared and turned into days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from testamur.schemes.language.kinds import (
    AMOUNT_KIND,
    CONDITION_KIND,
    KEEP_KIND,
    MOMENTS_KIND,
    SOURCE_KIND,
    Condition,
    Moment,
    NumberFormat,
    Period,
    all_hold,
    written,
)
from testamur.schemes.language.moments import NotYetKnown, after, before, evaluate, resolve, working_days_left
from testamur.schemes.language.said import Wrong


@pytest.mark.parametrize(
    "text",
    ["expiry", "no end", "90 days before expiry", "1 day after type_test.ended", "45 working days after accepted"],
)
def test_a_moment_is_shown_as_it_was_written(text):
    assert str(Moment.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "0 days after expiry", "-1 days after expiry", "90 days", "expiry before", "Expiry", None, 5]
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(Wrong):
        Moment.parse(text)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("expiry", date(2029, 2, 28)),
        ("90 days before expiry", date(2028, 11, 30)),
        ("6 months before expiry", date(2028, 8, 28)),
        ("3 years after decided", date(2029, 8, 31)),
        ("6 months after decided", date(2027, 2, 28)),
        ("30 days after decided", date(2026, 9, 30)),
        ("no end", None),
    ],
)
def test_a_moment_becomes_a_day(moment, day):
    days = {"decided": date(2026, 8, 31), "expiry": date(2029, 2, 28)}

    assert evaluate(Moment.parse(moment), days) == day


def test_working_days_follow_the_calendar_of_the_area():
    friday = date(2025, 9, 26)  # before the national holidays, with make-up days on 28 September and 11 October
    three = Period(3, "working day")

    assert after(friday, three, "CN") == date(2025, 9, 30)
    assert after(friday, three, "DE") == date(2025, 10, 1)
    assert before(date(2025, 10, 9), Period(1, "working day"), "CN") == date(2025, 9, 30)
    assert before(date(2025, 10, 6), Period(1, "working day"), "DE") == date(2025, 10, 3)


def test_a_day_nobody_knows_yet_is_named():
    with pytest.raises(NotYetKnown) as known:
        evaluate(Moment.parse("3 years after decided"), {"decided": None})

    assert known.value.day == "decided"
    assert resolve(Moment.parse("3 years after decided"), {}, "CN") is None


@pytest.mark.parametrize(
    ("today", "until", "area", "left"),
    [
        (date(2025, 9, 30), date(2025, 10, 9), "CN", 1),  # all between is holiday
        (date(2025, 9, 30), date(2025, 10, 9), "DE", 7),
        (date(2025, 10, 9), date(2025, 9, 30), "CN", -1),
        (date(2025, 10, 9), date(2025, 10, 9), "CN", 0),
    ],
)
def test_working_days_left_are_counted_by_the_calendar_of_the_area(today, until, area, left):
    assert working_days_left(today, until, area) == left


def test_moments_may_differ_by_occasion():
    moments = MOMENTS_KIND.read({"initial": "6 months after determined", "renewal": "expiry"})

    assert str(moments.on("initial")) == "6 months after determined"
    assert str(moments.on("renewal")) == "expiry"
    assert moments.on("surveillance") is None
    assert MOMENTS_KIND.read("expiry").on("surveillance") == Moment("expiry")
    assert MOMENTS_KIND.read(written(moments)) == moments


@pytest.mark.parametrize(
    ("condition", "facts", "holds"),
    [
        (Condition("a", "is", True), {"a": True}, True),
        (Condition("a", "not", True), {"a": False}, True),
        (Condition("a", "not", True), {}, False),
        (Condition("a", "in", ("x", "y")), {"a": "y"}, True),
        (Condition("a", "at_least", 85), {"a": Decimal("84.9")}, False),
        (Condition("a", "at_least", 85), {"a": 85}, True),
        (Condition("a", "at_most", 0), {"a": 1}, False),
        (Condition("a", "at_most", 0), {"a": None}, False),
    ],
)
def test_a_condition_holds_only_on_known_facts(condition, facts, holds):
    assert condition.holds(facts) is holds
    assert all_hold((condition,), facts) is holds


def test_no_condition_always_holds():
    assert all_hold((), {})


def test_a_list_of_conditions_means_all():
    conditions = CONDITION_KIND.read([{"fact": "a", "at_least": 1}, {"fact": "b", "is": "x"}])

    assert all_hold(conditions, {"a": 2, "b": "x"})
    assert not all_hold(conditions, {"a": 2, "b": "y"})
    assert written(conditions) == [{"fact": "a", "at_least": 1}, {"fact": "b", "is": "x"}]


def test_money_is_decimal_and_keeps_its_places():
    amount = AMOUNT_KIND.read("4800.00 CNY")

    assert (amount.value, amount.currency, str(amount)) == (Decimal("4800.00"), "CNY", "4800.00 CNY")


@pytest.mark.parametrize("text", ["4800", "1e3 CNY", "NaN CNY", "-5 CNY", "4800.123 CNY", "5 XXX", 5, None])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(Wrong):
        AMOUNT_KIND.read(text)


def test_a_source_names_document_and_clause():
    (source,) = SOURCE_KIND.read("cn-rca@2023-07-20#art. 11")

    assert (source.document, source.clause) == ("cn-rca@2023-07-20", "art. 11")


def test_keeping_counts_from_the_end_or_by_cycles():
    assert KEEP_KIND.read(["current and previous cycle", "2 years"]) == (
        "current and previous cycle",
        Period(2, "year"),
    )
    assert KEEP_KIND.read("10 years") == (Period(10, "year"),)


def test_a_number_is_built_from_its_parts():
    number = NumberFormat("{body:3}{yy}Q{serial:5}R{renewal}{size}")
    values = {"body": "77", "yy": 26, "serial": 12, "renewal": 0, "size": "M"}

    assert number.parts == ("body", "yy", "serial", "renewal", "size")
    assert number.render(values) == "07726Q00012R0M"
    with pytest.raises(ValueError, match="needs a value for size"):
        number.render({name: value for name, value in values.items() if name != "size"})
    with pytest.raises(ValueError, match="longer than the 5 places of serial"):
        number.render({**values, "serial": 100000})
