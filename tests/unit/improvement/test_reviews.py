"""Management review: inputs are collected and frozen, nothing is passed over, decisions are followed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

from small_world import World, instant, member, organisation
from testamur.improvement.actions import costs, objectives, problems, risks
from testamur.improvement.actions import reviews as actions
from testamur.improvement.actions import suppliers as supplying
from testamur.improvement.models import EffectCheck, ManagementReview, Problem
from testamur.improvement.queries import inputs
from testamur.improvement.queries import reviews as queries
from testamur.kernel.refusal import Refused
from testamur.studies.models import Characteristic, Chart, Study

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


def opened(keeper, title, origin="internal", method="ca"):
    return problems.open_problem(
        method=method, origin=origin, by=keeper, at=instant(date(2026, 2, 2)),
        statement={"title": title, "what": "x", "place": "x", "extent": "x", "since": date(2026, 2, 1),
                   "emergency": "none", "is_not": "x"},
    )  # fmt: skip


def test_problems_are_collected_with_what_they_wait_for_and_who_is_late(keeper):
    late, waits = opened(keeper, "Returned"), opened(keeper, "Bore too wide", "complaint", "8d")
    problems.plan_steps(
        problem=late, plans={"contain": (keeper, date(2026, 2, 20))}, by=keeper, at=instant(date(2026, 2, 2))
    )
    cured = opened(keeper, "Slip missing")
    EffectCheck.objects.create(
        problem=cured, round=1, criterion="none in 30 days", due_on=DAY, checker=keeper, result="None in 40 days",
        effective=True, checked_on=date(2026, 2, 27), by=keeper, effective_at=AT,
    )  # fmt: skip
    Problem.objects.filter(pk=cured.pk).update(closed_at=instant(date(2026, 2, 28)), closed_by=keeper)
    for kind, amount in (("internal", "100.50"), ("external", "20"), ("appraisal", "7")):
        costs.enter_cost(kind=kind, what="Scrap", cause="Bore", amount=Decimal(amount), day=date(2026, 2, 3), by=keeper,
                         at=AT)  # fmt: skip
    review = frozen(keeper)

    found = lines(review, "nonconformities")
    texts = {line["facts"].get("number"): line["text"] for line in found if "checked" not in line["text"]}
    assert "LATE since {day}" in texts[late.number] and "closed on" in texts[cured.number]
    assert texts[waits.number] == "{number} {what}: open. Next: {step} ({owner})."
    assert any(line["facts"].get("result") == "None in 40 days" and "and works" in line["text"] for line in found)
    [cost] = [line for line in found if "total" in line["facts"]]
    assert (cost["facts"]["total"], cost["facts"]["against"], cost["about"]) == ("120.50", "7.00", ["costs", ""])
    assert {tuple(line["about"]) for line in found} == {
        *(("problem", one.public_id) for one in (late, waits, cured)), ("costs", ""),
    }  # fmt: skip
    [complaint] = [line for line in lines(review, "customers") if line["text"].startswith("Complaint")]
    assert complaint["facts"]["number"] == waits.number
    opened(keeper, "Later")
    assert ManagementReview.objects.get(pk=review.pk).inputs == json.loads(json.dumps(review.inputs))


def test_risks_are_collected_with_what_their_actions_changed(keeper):
    row = {"item": "Boring", "mode": "Too wide", "effect": "Leaks", "cause": "Worn", "severity": "8", "occurrence": "6",
           "detection_rating": "6"}  # fmt: skip
    early = instant(date(2026, 2, 2))
    sheet = risks.begin_fmea(kind="process", title="Line 2", by=keeper, at=early)
    judged, same, bare = risks.add_failures(fmea=sheet, rows=[row, row, row], by=keeper, at=early)
    for one, rates in ((judged, True), (same, False)):
        action = risks.plan_action(
            failure=one, what="Monitor", owner=keeper, due_on=date(2026, 2, 20), by=keeper, at=early
        )
        risks.take_action(action=action, taken="Done", done_on=date(2026, 2, 19), by=keeper, at=AT)
        if rates:
            risks.rate(failure=one, ratings={"severity": 8, "occurrence": 2, "detection": 2}, reason="Monitor",
                       by=keeper, at=AT)  # fmt: skip
    risks.plan_action(failure=judged, what="Train", owner=keeper, due_on=date(2026, 2, 21), by=keeper, at=early)

    found = lines(frozen(keeper), "risks")

    assert [(line["facts"]["risk"], line["text"].split("”")[-1]) for line in found] == [
        (str(judged), " taken on {day}; priority {before} before, {after} now."),
        (str(same), " taken on {day}; nobody rated the risk again, priority stays {before}."),
        (str(judged), " is LATE, {owner} had to take it by {day}."),
        (str(bare), "{risk} {mode}: high priority, and no action."),
    ]
    assert (found[0]["facts"]["before"], found[0]["facts"]["after"]) == ("H", "L")
    assert {tuple(line["about"]) for line in found} == {("fmea", sheet.public_id)}


def test_charts_and_the_lower_bound_of_capability_are_collected(keeper):
    works = keeper.organisation
    bore = Characteristic.objects.create(organisation=works, name="Bore", unit="mm", by=keeper, effective_at=AT)
    calm, loud = (
        Chart.objects.create(organisation=works, characteristic=bore, name=name, method="i_mr", keeper=keeper,
                             signals=signals, by=keeper, effective_at=AT)
        for name, signals in (("Calm", []), ("Loud", [3, 7]))
    )  # fmt: skip
    study = Study.objects.create(
        organisation=works, method="capability_normal", title="Bore, line 2", data={}, by=keeper, effective_at=AT,
        answer={"overall": {"Ppk": {"value": 1.41, "lower_bound": 1.2345}}},
    )  # fmt: skip
    found = {tuple(line["about"]): line for line in lines(frozen(keeper), "performance")}

    assert "every signal is explained" in found["chart", calm.public_id]["text"]
    assert (found["chart", loud.public_id]["facts"]["count"], found["chart", loud.public_id]["facts"]["points"]) == (
        2, "3, 7",
    )  # fmt: skip
    assert found["study", study.public_id]["facts"]["lower"] == "1.23"


def test_another_organisations_rows_are_never_collected(keeper):
    stranger = member(organisation("Others"), "quality", name="Zhou")
    opened(stranger, "Theirs", "complaint")
    objective(stranger)
    costs.enter_cost(kind="internal", what="Scrap", cause="x", amount=Decimal(1), day=DAY, by=stranger, at=AT)
    assert all(not row["lines"] for row in frozen(keeper).inputs)
