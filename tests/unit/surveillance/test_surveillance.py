"""What falls due appears, is followed up once, and is shown when it is late; the platform suspends nobody."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from kept_world import world_fixture
from small_world import given, member
from testamur.determination.models import Activity, Finding
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.register.models import Attestation, Edition
from testamur.register.status import status
from testamur.selection.models import Case
from testamur.surveillance import actions, queries, tasks, turns
from testamur.surveillance.models import Due
from tests.unit.judging import DECIDED, ISSUED, CertifiedWorld
from tests.unit.selection.world import at, on

kept_world = world_fixture(CertifiedWorld)
#: cn-qms: twelve months after the issue of 25 March 2026; expiry three years after the decision of 24 March.
SEASON, LAST, LATE = date(2026, 12, 25), date(2027, 3, 25), date(2027, 3, 26)
#: Five working days of China after 25 March 2027.
ACT_BY = date(2027, 4, 1)
EXPIRY = date(2029, 3, 24)

UNKNOWN = "This scheme knows no event “{trigger}” that sets work off. Choose one of those listed."


def refused(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value


def told(one):
    return one.message_id, one.rule, one.source


def refresh(day):
    with on(day) as moment:
        return tasks.refresh(day, moment)


def due(kind="round", **more):
    return Due.objects.get(kind=kind, **more)


def open_case(world, one=None, by=None, day=SEASON):
    with on(day) as moment:
        return actions.open_follow_up(due=one or due(), by=by or world.planner, at=moment)


def done(world, case, day):
    """Finish a surveillance case: its audit ended on a day."""
    Activity.objects.create(
        case=case, activity="surveillance_audit", performer=world.body, started_on=day, ended_on=day,
        effective_at=at(day), by=world.lead,
    )  # fmt: skip
    Case.objects.filter(pk=case.pk).update(stage="done", closed_on=day)


def renewed(world, day):
    """Renew the certificate: a new cycle of three years begins."""
    old = world.certificate.editions.latest("edition")
    return Edition.objects.create(
        attestation=old.attestation, edition=old.edition + 1, number=old.number, reason="renewal", scheme=old.scheme,
        issued_on=day, effective_on=day, expires_on=date(EXPIRY.year + 3, EXPIRY.month, EXPIRY.day),
        effective_at=at(day), statement=old.statement, title=old.title,
    )  # fmt: skip


def tell(world, trigger="complaint", by=None, what=None, day=date(2026, 6, 1), attestation=None):
    with on(day) as moment:
        return actions.tell(
            attestation=attestation or world.certificate, trigger=trigger,
            what=what if what is not None else {"en": "Rings out of tolerance"}, by=by or world.applicant, at=moment,
        )  # fmt: skip


# The programme -------------------------------------------------------------------------------------------------------


def test_round_and_renewal_of_a_new_certificate_appear_with_their_days_and_sources(world):
    assert refresh(date(2026, 4, 1)) == 2

    first, renewal = due(), due("renewal")
    assert (first.key, first.opens_on, first.due_on) == ("first", SEASON, LAST)
    assert first.because == {
        "rule": "CAB.surveillance_check", "from": ISSUED.isoformat(), "source": "iso-17021-1@2015#9.1.3.3",
    }  # fmt: skip
    assert (renewal.opens_on, renewal.due_on) == (date(2028, 9, 24), EXPIRY)
    event = Event.objects.get(kind="surveillance.due", subject_id=str(first.pk))
    assert (event.rule, event.source, event.by_rule) == (
        "CAB.surveillance_check", "iso-17021-1@2015#9.1.3.3", "surveillance.programme",
    )  # fmt: skip


def test_looking_again_adds_nothing(world):
    refresh(date(2026, 4, 1))
    assert refresh(date(2026, 4, 1)) == refresh(date(2026, 4, 2)) == 0
    assert Due.objects.count() == 2


def test_what_was_made_elsewhere_and_parts_of_a_family_have_no_programme_here(world):
    foreign = given(world.scheme("cn-qms"), issuer=world.body, holder=world.client, lines=[{"document": "all"}])

    refresh(date(2026, 4, 1))

    assert not Due.objects.filter(attestation=foreign).exists()
    assert actions.refresh(attestation=foreign, today=LATE, at=at(LATE)) == []


def test_one_attestation_that_cannot_be_judged_does_not_stop_the_others(world, monkeypatch):
    broken = Attestation.objects.create(
        issuer=world.body, holder=world.client, scheme_id_text="cn-qms", origin="native"
    )
    kept = actions.refresh

    def stumble(*, attestation, **more):
        if attestation == broken:
            raise Refused("no")
        return kept(attestation=attestation, **more)

    monkeypatch.setattr(actions, "refresh", stumble)
    assert refresh(date(2026, 4, 1)) == 2


def test_the_next_round_counts_from_the_last_day_of_the_one_before(world):
    refresh(SEASON)
    early = date(2027, 2, 10)
    done(world, due().case, early)

    refresh(date(2027, 2, 12))

    first, second = due(key="first"), due(key="later")
    assert first.done_on == early
    assert (second.number, second.due_on, second.because["from"]) == (2, date(2028, 2, 10), early.isoformat())
    assert Event.objects.filter(kind="surveillance.done", subject_id=str(first.pk)).count() == 1


def test_a_renewal_begins_a_new_cycle_with_its_own_first_round(world):
    refresh(SEASON)
    done(world, due().case, date(2027, 2, 10))
    refresh(date(2027, 2, 12))
    day = date(2029, 3, 1)
    renewed(world, day)

    refresh(date(2029, 3, 2))

    old, new = Due.objects.filter(key="first").order_by("cycle")
    assert (old.done_on, new.cycle, new.number, new.done_on) == (date(2027, 2, 10), 2, 1, None)
    assert new.due_on == date(2030, 3, 1)
    waiting = queries.waiting().filter(attestation=world.certificate)
    assert {(one.kind, one.cycle) for one in waiting} == {("round", 2), ("renewal", 1)}
    assert waiting.get(kind="renewal").number == EXPIRY.year + 3


def test_nothing_is_due_after_the_end(world):
    with on(DECIDED):
        Edition.objects.filter(attestation=world.certificate).update(expires_on=date(2026, 12, 31))
    refresh(date(2026, 4, 1))

    assert not Due.objects.filter(kind="round").exists()


# Follow-up -----------------------------------------------------------------------------------------------------------


def test_a_case_is_opened_a_season_ahead_once(world):
    refresh(SEASON - timedelta(days=1))
    assert due().case is None
    refresh(SEASON)
    case = due().case

    assert (case.occasion, case.stage, case.attestation, case.client, case.issuer) == (
        "surveillance", "selection", world.certificate, world.client, world.body,
    )  # fmt: skip
    assert case.opened_because == {"due": due().pk, "key": "first", "by": LAST.isoformat()}
    refresh(SEASON + timedelta(days=1))
    assert Case.objects.filter(occasion="surveillance").count() == 1
    event = Event.objects.get(kind="surveillance.follow_up_opened")
    assert (event.case, event.by_rule) == (case.public_id, "surveillance.lead_time")


def test_a_planner_opens_it_earlier_and_a_second_press_leads_to_the_same_case(world):
    refresh(date(2026, 4, 1))

    case = open_case(world, day=date(2026, 9, 1))

    assert open_case(world, day=date(2026, 9, 1)) == case
    assert Event.objects.get(kind="surveillance.follow_up_opened").by_membership == world.planner.pk
    refresh(SEASON)
    assert Case.objects.filter(occasion="surveillance").count() == 1


def test_a_case_that_was_closed_leaves_the_round_due_and_another_is_opened(world):
    refresh(SEASON)
    first = due().case
    Case.objects.filter(pk=first.pk).update(stage="closed", closed_on=SEASON)

    assert due() in queries.inbox(world.planner)
    again = open_case(world)

    assert again != first
    assert due().case == again


def test_a_renewal_case_is_a_renewal(world):
    refresh(date(2026, 4, 1))

    assert open_case(world, due("renewal"), day=date(2028, 10, 9)).occasion == "renewal"


@pytest.mark.parametrize("who", ["decider", "applicant", "rival", "outsider"])
def test_only_a_planner_of_the_issuer_opens_it(world, who):
    refresh(date(2026, 4, 1))

    one = refused(open_case, world, by=getattr(world, who))

    assert told(one) == (
        "Only a planner of {issuer} can open this case.", "functions.of_the_role", "iso-17021-1@2015#9.1.3",
    )  # fmt: skip
    assert due().case is None


def test_what_is_done_or_dropped_is_followed_up_no_more(world):
    refresh(date(2026, 4, 1))
    Due.objects.filter(kind="round").update(dropped_because="withdrawn")

    assert told(refused(open_case, world)) == (
        "This is no longer due: it was done, or the attestation ended.", "surveillance.state",
        "testamur@2026-1#surveillance",
    )  # fmt: skip


# Late ----------------------------------------------------------------------------------------------------------------


def test_an_overdue_round_becomes_its_issuers_visible_duty_and_suspends_nobody(world):
    refresh(SEASON)
    refresh(LAST)
    assert queries.overdue(attestation=world.certificate, today=LAST) == []
    assert not Due.objects.filter(kind="ground").exists()  # the last day is still in time
    refresh(LATE)

    [duty] = queries.overdue(attestation=world.certificate, today=LATE)
    assert duty.sentence == "Surveillance is overdue since {since}: it had to be done by {due}."
    assert (duty.since, duty.facts["due"], duty.source) == (LATE, LAST, "iso-17021-1@2015#9.1.3.3")
    ground = due("ground")
    assert (ground.key, ground.due_on, ground.because["to"]) == ("surveillance_missed", ACT_BY, "suspended")
    assert ground.because["source"] == "cnca-qms-01@2025#5.4.1.4"
    assert status(world.certificate, LATE).status is Status.VALID


def test_after_its_days_of_grace_the_ground_is_overdue_too(world):
    refresh(LATE)
    assert [one.due.kind for one in queries.overdue(issuer=world.body, today=ACT_BY)] == ["round"]

    late = queries.overdue(issuer=world.body, today=ACT_BY + timedelta(days=1))

    assert [one.due.kind for one in late] == ["round", "ground"]
    assert late[1].facts["means"]["zh"].startswith("未在 12 个月内完成监督审核")
    assert queries.overdue(issuer=world.stranger, today=date(2028, 1, 1)) == []


def test_the_duty_ends_when_the_issuer_acts_on_the_ground(world):
    refresh(LATE)
    world.act("suspend", date(2027, 3, 30), "surveillance_missed")

    refresh(date(2027, 3, 31))

    assert due("ground").done_on == date(2027, 3, 30)
    lifting = due("lifting")
    assert (lifting.key, lifting.due_on) == ("surveillance_missed", date(2027, 9, 30))
    assert lifting.because["then"] == "not_restored"


def test_a_suspension_that_reaches_its_longest_time_is_a_duty_to_decide(world):
    refresh(LATE)
    world.act("suspend", date(2027, 3, 30), "surveillance_missed")
    refresh(date(2027, 3, 31))

    late = queries.overdue(attestation=world.certificate, today=date(2027, 10, 1))
    assert [one.due.kind for one in late] == ["round", "lifting"]
    assert late[1].sentence.startswith("Overdue since {since}: the suspension reached its longest time")
    world.act("restore", date(2027, 10, 5))
    refresh(date(2027, 10, 6))
    assert due("lifting").done_on == date(2027, 10, 5)


def test_a_round_made_up_for_ends_the_duty_that_it_had_caused(world):
    refresh(LATE)
    done(world, due().case, date(2027, 4, 8))

    refresh(date(2027, 4, 9))

    assert (due(key="first").done_on, due("ground").done_on) == (date(2027, 4, 8), date(2027, 4, 8))
    assert queries.overdue(attestation=world.certificate, today=date(2027, 4, 9)) == []


def test_a_round_done_in_a_case_that_nobody_opened_from_here_is_done(world):
    refresh(date(2026, 4, 1))
    other = open_case(world, day=date(2027, 1, 4))
    Due.objects.update(case=None)
    done(world, other, date(2027, 1, 20))

    refresh(date(2027, 1, 21))

    assert due(key="first").done_on == date(2027, 1, 20)


def test_a_withdrawal_drops_what_was_due(world):
    refresh(LATE)
    world.act("suspend", LATE, "surveillance_missed")
    world.act("withdraw", date(2027, 10, 4), "not_restored")

    refresh(date(2027, 10, 5))

    assert not queries.waiting().exists()
    assert due("renewal").dropped_because == "withdrawn"
    assert Event.objects.filter(kind="surveillance.dropped").exists()
    assert queries.overdue(attestation=world.certificate, today=date(2028, 1, 1)) == []


def test_a_finding_open_past_its_day_is_the_ground_its_grade_names_until_it_is_closed(world):
    refresh(SEASON)
    case = due().case
    activity = Activity.objects.create(
        case=case, activity="surveillance_audit", performer=world.body, started_on=SEASON, effective_at=at(SEASON),
        by=world.lead,
    )  # fmt: skip
    finding = Finding.objects.create(
        case=case, activity=activity, number="NC-1", grade="major", clauses=["8.5"], statement="s", seen="x",
        close_by=date(2027, 1, 29), effective_at=at(SEASON), by=world.lead,
    )  # fmt: skip
    refresh(date(2027, 1, 29))
    assert not Due.objects.filter(kind="ground").exists()

    refresh(date(2027, 1, 30))

    ground = due("ground")
    assert (ground.key, ground.because["finding"]) == ("persistent_failure", finding.public_id)
    assert ground.due_on == date(2027, 2, 9)  # five working days, with the Spring Festival from 5 to 8 February
    Finding.objects.filter(pk=finding.pk).update(closed_at=at(date(2027, 2, 3)))
    refresh(date(2027, 2, 4))
    assert due("ground").done_on == date(2027, 2, 3)


# Triggers ------------------------------------------------------------------------------------------------------------


def test_a_complaint_is_told_with_what_happened_and_falls_due(world):
    made = tell(world, by=world.outsider)

    assert (made.kind, made.key, made.number, made.due_on) == ("trigger", "complaint", 1, date(2026, 9, 1))
    assert made.because["what"] == {"en": "Rings out of tolerance"}
    assert tell(world).number == 2
    event = Event.objects.filter(kind="surveillance.told").first()
    assert (event.payload, event.source) == ({"trigger": "complaint"}, "iso-17021-1@2015#9.6.4.2")
    case = open_case(world, made, day=date(2026, 6, 2))
    assert case.occasion == "special"


def test_only_the_regulator_or_the_issuer_tells_of_a_failed_sampling(world):
    one = refused(tell, world, "failed_sampling")

    assert told(one) == (
        "This is reported by the {who} or entered by the issuer.", "trigger.told_by", "cnca-qms-01@2025#5.9.3",
    )  # fmt: skip
    assert one.facts["who"] == {"en": "regulator", "zh": "监管部门"}
    assert tell(world, "failed_sampling", by=world.officer).due_on == date(2026, 7, 1)
    assert tell(world, "failed_sampling", by=world.planner)


@pytest.mark.parametrize(
    ("change", "message", "rule"),
    [
        ({"trigger": "gossip"}, UNKNOWN, "trigger.known"),
        ({"what": {"en": " "}}, "Say what happened: what, when and where.", "trigger.what"),
        ({"what": {}}, "Say what happened: what, when and where.", "trigger.what"),
    ],
)
def test_a_report_says_what_happened(world, change, message, rule):
    one = refused(tell, world, **change)

    assert (one.message_id, one.rule) == (message, rule)
    assert one.source
    assert Due.objects.count() == 0


def test_nothing_more_is_assessed_under_what_has_ended(world):
    world.act("suspend", date(2026, 5, 1), "surveillance_missed")
    world.act("withdraw", date(2026, 5, 2), "not_restored")

    one = refused(tell, world)

    assert (one.message_id, one.rule) == (
        "This attestation has ended; nothing more is assessed under it.", "trigger.state",
    )  # fmt: skip


def test_a_ground_is_decided_and_not_visited(world):
    refresh(LATE)

    one = refused(open_case, world, due("ground"))

    assert told(one) == (
        "This is decided, not visited: the issuer acts on the ground.", "surveillance.kind",
        "testamur@2026-1#surveillance",
    )  # fmt: skip


# Whose turn ----------------------------------------------------------------------------------------------------------


def test_rounds_are_the_planners_turn_and_grounds_the_deciders(world):
    refresh(LATE)

    assert {one.kind for one in queries.inbox(world.decider)} == {"ground"}
    assert {one.kind for one in queries.inbox(world.planner)} == {"renewal"}  # the round has its case already
    assert queries.inbox(world.reviewer) == queries.inbox(world.rival) == queries.inbox(world.applicant) == []


def test_a_finished_case_names_what_comes_next(world):
    refresh(date(2026, 4, 1))

    turn = turns.turn_of(world.case)

    assert (turn.sentence, turn.by, turn.organisation) == (
        "Plan the next surveillance, to be done by {due}", LAST, world.body,
    )  # fmt: skip
    assert [one.pk for one in turn.people] == [world.planner.pk]
    assert turn.source == "iso-17021-1@2015#9.1.3.3"


def test_each_stage_has_its_turn_and_an_ended_case_none(world):
    case = world.case
    seen = {}
    for stage in ("selection", "review", "closed"):
        case.stage = stage
        turn = turns.turn_of(case)
        seen[stage] = turn.function if turn else None

    assert seen == {"selection": "selection", "review": "review", "closed": None}


def test_dues_are_seen_by_issuer_holder_and_supervisor_and_by_nobody_else(world):
    refresh(date(2026, 4, 1))

    seen = {who: queries.visible_to(getattr(world, who)).count() for who in ("planner", "applicant", "officer",
                                                                            "rival")}  # fmt: skip
    assert seen == {"planner": 2, "applicant": 2, "officer": 2, "rival": 0}
    assert queries.visible_to(None).count() == 0
    Attestation.objects.filter(pk=world.certificate_id).update(confidential=True)
    assert queries.visible_to(world.officer).count() == 0


def test_a_membership_that_has_ended_opens_and_tells_nothing(world):
    refresh(date(2026, 4, 1))
    gone = member(world.body, "selection", name="Gone")
    gone.until_day = date(2026, 4, 1)
    gone.save(update_fields=["until_day"])

    assert refused(open_case, world, by=gone).rule == "parties.membership_lives"
    assert refused(tell, world, by=gone).rule == "parties.membership_lives"


def test_the_day_of_the_clock_is_used_where_none_is_named(world):
    with clock.travel(LATE):
        tasks.refresh()

    assert due("ground").recorded_at.date() == LATE
