"""Management review: inputs are collected and frozen, nothing is passed over, decisions are followed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from small_world import World, instant, member, organisation
from testamur.improvement.actions import objectives
from testamur.improvement.actions import reviews as actions
from testamur.improvement.actions import suppliers as supplying
from testamur.improvement.models import ManagementReview
from testamur.improvement.queries import inputs
from testamur.improvement.queries import reviews as queries
from testamur.kernel.refusal import Refused

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = instant(DAY)


@pytest.fixture
def keeper(db):
    return member(organisation("Works"), "quality", name="Wu")


def plan(keeper, day=DAY):
    return actions.plan_review(held_on=day, chair=keeper, attendees="Wu, Chen", by=keeper, at=AT)


def frozen(keeper, day=DAY):
    return actions.freeze_inputs(review=plan(keeper, day), by=keeper, at=instant(day))


def remark_all(review, keeper):
    for row in review.inputs:
        if not row["lines"]:
            actions.remark(review=review, topic=row["key"], text="Looked at: nothing to say", by=keeper, at=AT)


def objective(keeper):
    made = objectives.draft_objective(
        terms=objectives.Terms(
            statement="Fewer returns", owner=keeper, indicator="returns", unit="%", better="less",
            start=Decimal("2.4"), start_on=date(2026, 1, 1), target=Decimal("1.2"), target_on=date(2026, 12, 31),
            means="Training",
        ),
        by=keeper, at=AT,
    )  # fmt: skip
    return objectives.agree_objective(objective=made, by=keeper, at=AT)


def measure(made, keeper, value, day):
    objectives.measure_objective(
        objective=made, value=Decimal(value), measured_on=day, source="report", by=keeper, at=instant(day)
    )


def lines(review, key):
    return next(row["lines"] for row in review.inputs if row["key"] == key)


def test_inputs_stay_as_they_were_on_the_day(keeper):
    made = objective(keeper)
    measure(made, keeper, "2.0", date(2026, 3, 1))
    review = frozen(keeper)
    measure(made, keeper, "9.9", DAY)

    kept = ManagementReview.objects.get(pk=review.pk)
    [line] = lines(kept, "objectives")
    assert line["facts"]["value"] == "2.0" and line["facts"]["day"] == {"day": "2026-03-01"}
    assert [row["key"] for row in kept.inputs] == [topic.key for topic in inputs.TOPICS]
    json.dumps(kept.inputs)
    with pytest.raises(Refused, match="frozen already"):
        actions.freeze_inputs(review=review, by=keeper, at=AT)


def test_inputs_are_frozen_on_the_day_and_not_before(keeper):
    review = plan(keeper, date(2026, 4, 1))
    with pytest.raises(Refused, match="Freeze its inputs on that day") as refused:
        actions.freeze_inputs(review=review, by=keeper, at=AT)
    assert refused.value.until == date(2026, 4, 1)
    with pytest.raises(Refused, match="Freeze the inputs first"):
        actions.decide(review=review, kind="change", text="x", owner=keeper, due_on=date(2026, 5, 1), by=keeper, at=AT)


def test_no_point_of_the_agenda_is_passed_over(keeper):
    review = frozen(keeper)
    with pytest.raises(Refused, match="Nothing is recorded here on") as refused:
        actions.close_review(review=review, conclusion="Fine", by=keeper, at=AT)
    assert refused.value.source == "iso-9001@2015#9.3.2"
    remark_all(review, keeper)
    with pytest.raises(Refused, match="Write something"):
        actions.close_review(review=review, conclusion=" ", by=keeper, at=AT)
    actions.close_review(review=review, conclusion="Suitable", by=keeper, at=AT)
    with pytest.raises(Refused, match="are closed"):
        actions.remark(review=review, topic="risks", text="x", by=keeper, at=AT)


def test_the_next_review_sees_what_became_of_the_decisions(keeper):
    review = frozen(keeper)
    for text, due in (("Buy a gauge", date(2026, 6, 1)), ("Train the shift", date(2026, 5, 1))):
        actions.decide(review=review, kind="resources", text=text, owner=keeper, due_on=due, by=keeper, at=AT)
    remark_all(review, keeper)
    first, second = review.decisions.all()
    with pytest.raises(Refused, match="minutes are not closed"):
        actions.finish_decision(decision=first, done_on=DAY, result="Bought", by=keeper, at=AT)
    actions.close_review(review=review, conclusion="Suitable", by=keeper, at=AT)
    actions.finish_decision(
        decision=first, done_on=date(2026, 5, 5), result="Bought", by=keeper, at=instant(date(2026, 5, 6))
    )
    assert queries.to_do(keeper, date(2026, 5, 20)) == [second]

    following = frozen(keeper, date(2026, 7, 1))
    texts = [(line["text"], line["facts"]["decision"]) for line in lines(following, "earlier")]
    assert texts == [
        ("{number}: {decision} Late, {owner} had to do it by {day}.", "Train the shift"),
        ("{number}: {decision} Done on {done}: {result}", "Buy a gauge"),
    ]
    assert queries.period_of(following, date(2026, 7, 1)).since == DAY
    assert (review.number, following.number) == ("MR-2026-1", "MR-2026-2")


def test_own_certificates_and_suppliers_are_collected(db):
    world = World()
    world.licence()
    paper = world.certificate()
    keeper = member(world.client, "quality", name="Wu")
    supplier = supplying.keep_supplier(name="Bars", supplies="Steel", risk="high", keeper=keeper, by=keeper, at=AT)
    supplying.watch_certificate(supplier=supplier, number="NOBODY-1", by=keeper, at=AT)
    review = frozen(keeper)

    assert lines(review, "certificates")[0]["facts"]["number"] == paper.current.number
    texts = [line["text"] for line in lines(review, "suppliers")]
    assert any("no such record" in text for text in texts) and any("not evaluated" in text for text in texts)


def test_bad_input_and_strangers_are_refused(keeper):
    stranger = member(organisation("Others"), "quality", name="Zhou")
    review = frozen(keeper)
    with pytest.raises(Refused, match="answers offered"):
        actions.remark(review=review, topic="weather", text="x", by=keeper, at=AT)
    for change in ({"kind": "party"}, {"due_on": date(2026, 1, 1)}, {"owner": stranger}, {"by": stranger}):
        facts = {"kind": "change", "text": "x", "owner": keeper, "due_on": date(2026, 5, 1), "by": keeper, **change}
        with pytest.raises(Refused):
            actions.decide(review=review, at=AT, **facts)
    with pytest.raises(Refused):
        plan(stranger) and actions.plan_review(held_on=DAY, chair=keeper, attendees="x", by=stranger, at=AT)
    assert list(queries.visible_to(keeper)) == [review] and review not in queries.visible_to(stranger)
