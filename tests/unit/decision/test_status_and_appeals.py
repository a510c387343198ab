"""Decisions about a living attestation, and appeals against decisions."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kept_world import world_fixture
from small_world import member
from testamur.attestation import actions as attestation
from testamur.decision import actions, queries
from testamur.decision.models import Appeal, Decision
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.parties.models import Platform
from testamur.register.status import history, status
from tests.unit.judging import REASONS, CertifiedWorld
from tests.unit.selection.world import at, on

kept_world = world_fixture(CertifiedWorld)
ART_22 = "cn-rca@2023-07-20#art. 22"
HEARD = "iso-17021-1@2015#9.7"
APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 6), date(2026, 6, 1)
MISSED = "surveillance_missed"

NO_WAY = "The ground “{ground}” does not lead there in this scheme. Choose one of those listed."


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def told(one):
    return one.message_id, one.rule, one.source


def decided(world, outcome="suspend", ground=MISSED, reasons=REASONS, by=None, day=APRIL, **more):
    with on(day) as moment:
        return actions.decide_status(
            attestation=world.certificate, outcome=outcome, ground=ground, reasons=reasons, by=by or world.decider,
            at=moment, **more,
        )  # fmt: skip


def appeal(world, decision=None, reasons="It had been done in time.", by=None, day=APRIL):
    with on(day) as moment:
        decision = decision or world.case.decisions.get()
        return actions.file_appeal(decision=decision, reasons=reasons, by=by or world.applicant, at=moment)


def heard(world, filed, upheld=False, answer=None, by=None, day=MAY):
    with on(day) as moment:
        return actions.answer_appeal(
            appeal=filed, upheld=upheld, answer=answer or {"en": "The records show it."},
            by=by or world.third_decider, at=moment,
        )  # fmt: skip


# A living attestation ------------------------------------------------------------------------------------------------


def test_a_decider_decides_on_a_ground_and_both_clocks_keep_it(world):
    with clock.travel(MAY):
        made = actions.decide_status(
            attestation=world.certificate, outcome="suspend", ground=MISSED, reasons=REASONS, by=world.decider,
            at=at(APRIL),
        )  # fmt: skip

    assert (made.decided_on, made.recorded_at.date(), made.case, made.ground) == (APRIL, MAY, None, MISSED)
    event = Event.objects.filter(kind="decision.made").order_by("id").last()
    assert event.payload == {"outcome": "suspend", "ground": MISSED, "attestation": world.certificate.public_id}
    assert (event.source, event.by_membership) == (ART_22, world.decider.pk)
    assert status(world.certificate, MAY).status is Status.VALID  # decided; carrying out is the attestation's


@pytest.mark.parametrize("who", ["reviewer", "planner", "applicant", "rival", "officer"])
def test_only_a_decider_of_the_issuer_decides_on_a_status(world, who):
    one = refused(decided, world, by=getattr(world, who))

    assert told(one) == ("Only a decider of {issuer} can do this.", "functions.of_the_role", ART_22)
    assert one.facts == {"issuer": world.body.names}


@pytest.mark.parametrize(
    ("change", "message", "rule"),
    [
        ({"outcome": "applaud"}, "This scheme does not know the outcome “{outcome}”.", "decision.outcomes"),
        ({"ground": ""}, "Choose the ground; the public page names it.", "ground"),
        ({"ground": "not_restored"}, NO_WAY, "ground"),
        ({"ground": "bad weather"}, NO_WAY, "ground"),
        ({"reasons": {"en": " "}}, "Give the reason; the public page and the holder see it.", "decision.reasons"),
    ],
)
def test_a_status_needs_outcome_ground_and_reason_of_the_scheme(world, change, message, rule):
    before = Decision.objects.count()

    assert told(refused(decided, world, **change)) == (message, rule, ART_22)
    assert Decision.objects.count() == before


def test_what_is_not_suspended_is_not_restored_and_what_is_is_not_suspended_again(world):
    one = refused(decided, world, outcome="restore", ground="")
    assert (one.message_id, one.rule, one.facts["status"]["zh"]) == (
        "Only a suspended attestation can be restored; this one is {status}.", "status.next", "有效",
    )  # fmt: skip
    world.act("suspend", APRIL, MISSED)
    again = refused(decided, world, day=APRIL + timedelta(days=1))
    assert told(again) == ("This attestation is suspended already.", "status.next", "iso-17000@2020#8.2")


def test_what_has_ended_is_not_changed(world):
    world.act("suspend", APRIL, MISSED)
    world.act("withdraw", MAY, "not_restored")

    for outcome, ground in (("restore", ""), ("suspend", MISSED), ("withdraw", "not_restored"), ("maintain", "")):
        one = refused(decided, world, outcome=outcome, ground=ground, day=JUNE)
        assert one.message_id.startswith("This attestation has ended ({status});")
        assert (one.rule, one.source) == ("status.next", "iso-17000@2020#8")


def test_a_membership_that_had_not_begun_decides_nothing(world):
    late = member(world.body, "decision", name="Late")
    late.from_day = MAY
    late.save(update_fields=["from_day"])

    assert refused(decided, world, by=late).rule == "parties.membership_lives"


# Appeals -------------------------------------------------------------------------------------------------------------


def test_the_client_appeals_in_time_and_the_body_sees_it(world):
    filed = appeal(world)

    assert (filed.upheld, filed.by, filed.decision) == (None, world.applicant, world.case.decisions.get())
    assert list(queries.open_appeals(world.decider)) == [filed]
    assert list(queries.open_appeals(world.rival)) == []
    event = Event.objects.get(kind="decision.appealed")
    assert (event.case, event.payload) == (world.case.public_id, {"decision": filed.decision.public_id})
    assert event.source == HEARD


@pytest.mark.parametrize("who", ["decider", "rival", "officer", "outsider"])
def test_only_who_is_concerned_appeals(world, who):
    one = refused(appeal, world, by=getattr(world, who))

    assert told(one) == ("Only the organisation that the decision concerns can appeal against it.", "appeal.by", HEARD)


def test_the_time_for_an_appeal_ends(world):
    until = queries.appeal_until(world.case.decisions.get())
    assert until == date(2026, 4, 23)  # thirty days after the decision of 24 March
    assert appeal(world, day=until)
    Appeal.objects.all().delete()

    one = refused(appeal, world, day=until + timedelta(days=1))

    assert one.message_id.startswith("The time for an appeal ended on {until}.")
    assert (one.rule, one.source, one.facts) == ("appeal.until", ART_22, {"until": until})


def test_an_appeal_says_what_is_wrong_and_is_heard_once_at_a_time(world):
    empty = refused(appeal, world, reasons=" ")
    assert (empty.message_id, empty.rule, empty.field) == (
        "Say what is wrong with the decision, and what you ask for.", "appeal.reasons", "reasons",
    )  # fmt: skip
    appeal(world)

    assert told(refused(appeal, world)) == (
        "An appeal against this decision is being heard already.", "appeal.once", HEARD,
    )  # fmt: skip
    assert Appeal.objects.count() == 1


def test_an_appeal_is_answered_once_with_reasons(world):
    filed = appeal(world)
    one = refused(heard, world, filed, answer={"en": " "})
    assert (one.message_id, one.rule, one.field) == (
        "Give the reasons of the answer; the appellant receives them.", "appeal.reasons", "answer",
    )  # fmt: skip

    done = heard(world, filed)

    assert (done.upheld, done.answered_by, done.answered_at) == (False, world.third_decider, at(MAY))
    assert Event.objects.get(kind="decision.appeal_answered").payload["upheld"] is False
    assert told(refused(heard, world, filed, upheld=True)) == (
        "This appeal was answered already.", "appeal.once", HEARD,
    )  # fmt: skip
    assert Appeal.objects.get().upheld is False
    assert list(queries.open_appeals(world.decider)) == []


@pytest.mark.parametrize("who", ["decider", "reviewer", "lead"])
def test_who_took_part_does_not_hear_the_appeal(world, who):
    filed = appeal(world)
    hearer = member(world.body, "decision", name="Hearer")
    hearer.person = getattr(world, who).person

    one = refused(heard, world, filed, by=hearer)

    assert told(one) == (
        "{person} took part in what the appeal is about and cannot hear it.", "appeal.heard_by", HEARD,
    )  # fmt: skip
    assert one.who == "Another decider of the body."


@pytest.mark.parametrize("who", ["planner", "reviewer", "rival", "applicant", "officer"])
def test_only_deciders_of_the_body_hear_an_appeal(world, who):
    filed = appeal(world)

    one = refused(heard, world, filed, by=getattr(world, who))

    assert told(one) == ("Appeals are heard by deciders of the body.", "appeal.heard_by", HEARD)
    assert Appeal.objects.get().upheld is None


def test_an_appeal_upheld_annuls_the_withdrawal_and_both_clocks_keep_it(world):
    world.act("suspend", APRIL, MISSED)
    change = world.act("withdraw", MAY, "not_restored")
    withdrawal = Decision.objects.get(public_id=change.decision)
    filed = appeal(world, withdrawal, day=MAY + timedelta(days=2))
    assert told(refused(heard, world, filed, by=world.status_decider))[1:] == ("appeal.heard_by", HEARD)
    with clock.travel(JUNE):
        known = clock.now()
    heard(world, filed, upheld=True, day=JUNE)

    with on(JUNE + timedelta(days=1)) as moment:
        attestation.annul(appeal=filed, by=world.status_decider, at=moment)

    july = date(2026, 7, 1)
    assert status(world.certificate, july).status is Status.SUSPENDED  # as it was before the withdrawal
    assert status(world.certificate, MAY + timedelta(days=3), known=known).status is Status.WITHDRAWN
    assert [one.fate for one in history(world.certificate) if one.change] == ["stands", "stands", "annulled", "annuls"]


def test_nothing_is_annulled_before_the_appeal_is_upheld(world):
    world.act("suspend", APRIL, MISSED)
    change = world.act("withdraw", MAY, "not_restored")
    filed = appeal(world, Decision.objects.get(public_id=change.decision), day=MAY)

    with on(JUNE) as moment:
        assert refused(attestation.annul, appeal=filed, by=world.status_decider, at=moment)
        heard(world, filed, upheld=False, day=JUNE)
        assert refused(attestation.annul, appeal=filed, by=world.status_decider, at=moment)
    assert status(world.certificate, JUNE).status is Status.WITHDRAWN


def test_the_holder_of_a_status_decision_appeals_too_and_nobody_else(world):
    change = world.act("suspend", APRIL, MISSED)
    made = Decision.objects.get(public_id=change.decision)

    assert refused(appeal, world, made, by=world.outsider).rule == "appeal.by"
    assert appeal(world, made).decision == made


def test_decisions_about_an_attestation_are_seen_by_issuer_and_holder(world):
    world.act("suspend", APRIL, MISSED)
    seen = [queries.visible_to(one).filter(case=None).count() for one in (world.decider, world.applicant, world.rival)]

    assert seen == [1, 1, 0]


def test_the_platform_decides_nothing_by_itself(world):
    with pytest.raises(Refused) as caught:
        world.act("suspend", APRIL, MISSED, by=Platform("ground.surveillance_missed"))

    assert caught.value.rule == "attestation.standing"
    assert not Decision.objects.filter(outcome="suspend").exists()
