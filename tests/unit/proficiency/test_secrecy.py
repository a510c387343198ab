"""Who learns of what: participants, groups blind to each other, accreditors (ISO/IEC 17043:2023, 4.2)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from proficiency_bench import VALUES, Bench, on
from small_world import member
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.proficiency import queries
from testamur.proficiency.actions import editions, participants, releases, rounds
from testamur.proficiency.models import Group, Participant, Release

pytestmark = pytest.mark.django_db
UNTIL, TODAY = date(2026, 12, 31), date(2026, 5, 20)


@pytest.fixture
def bench():
    return Bench()


def grouped(bench, grouping="joint", blind=True, **more):
    """Return a reported round whose first eight laboratories are in one group and the others in a blind one."""
    found = bench.draft(grouping=grouping, admits="invited", **more)
    with on(date(2026, 2, 9)) as at:
        other = participants.make_group(found=found, name="second", blind=blind, by=bench.keeper, at=at)
        first = found.groups.earliest("id")
        for place, lab in enumerate(bench.labs):
            participants.invite(
                found=found, laboratory=lab.organisation, group=first if place < 8 else other, by=bench.keeper, at=at
            )
        rounds.open_round(found=found, by=bench.keeper, at=at)
    bench.draft = lambda **_more: found
    bench.opened = lambda **_more: found
    found = bench.reported()
    return found


def part_of(found, lab) -> Participant:
    return Participant.objects.get(round=found, organisation=lab.organisation)


def test_a_stranger_knows_of_no_draft_and_of_no_round_for_invited(bench):
    draft, invited = bench.draft(), bench.opened(admits="invited")
    lab = bench.labs[0]
    assert not queries.visible_to(lab).exists() and not queries.visible_to(bench.outsider).exists()
    assert set(queries.visible_to(bench.keeper)) == {draft, invited}
    with pytest.raises(Refused, match="invited laboratories"):
        bench.enrol(invited, lab)


def test_who_takes_part_is_known_to_the_provider_alone(bench):
    found = bench.dispatched()
    assert queries.participants(bench.keeper, found).count() == 14
    for by in (bench.labs[0], bench.outsider, bench.assessor):
        assert not queries.participants(by, found).exists()
    assert [one.organisation for one in queries.participations(bench.labs[0])] == [bench.labs[0].organisation]


@pytest.mark.parametrize("grouping", ["joint", "apart"])
def test_a_participant_is_shown_its_own_group_and_nothing_of_another(bench, grouping):
    found = grouped(bench, grouping)
    edition = queries.issued(found)
    first, second = part_of(found, bench.labs[0]), part_of(found, bench.labs[8])
    seen = {one.participant.code for one in queries.peers(first, edition)}
    others = {one.participant.code for one in queries.peers(second, edition)}
    assert len(seen) == 8 and len(others) == 6 and not seen & others
    assert len(edition.body["parts"]) == (1 if grouping == "joint" else 2)


def test_joint_groups_share_a_value_from_all_results(bench):
    found = grouped(bench, "joint")
    assert queries.issued(found).body["parts"][0]["assigned"]["p"] == 14


def test_a_shared_value_must_not_let_a_group_count_the_others(bench):
    """u = 1.25 σ/√p would tell p where σ_pt comes from the same results."""
    with pytest.raises(Refused, match="compute how many others"):
        bench.draft(grouping="joint", measurand={"sigma_by": "data"})
    found = bench.draft(measurand={"sigma_by": "data"})
    with on(date(2026, 2, 3)) as at:
        rounds.edit(found=found, grouping="joint", by=bench.keeper, at=at)
        with pytest.raises(Refused, match="compute how many others"):
            rounds.open_round(found=found, by=bench.keeper, at=at)


def test_one_group_stays_one(bench):
    found = bench.draft()
    with on(date(2026, 2, 3)) as at, pytest.raises(Refused, match="is one group"):
        participants.make_group(found=found, name="second", blind=False, by=bench.keeper, at=at)
    assert Group.objects.filter(round=found).count() == 1


def test_scores_of_an_edition_of_another_round_are_nobodys_peers(bench):
    first = bench.reported()
    second = bench.reported()
    assert not queries.peers(part_of(first, bench.labs[0]), queries.issued(second)).exists()


def test_without_rules_and_release_an_accreditor_sees_nothing(bench):
    bench.reported()
    assert not queries.shown_to(bench.assessor, TODAY).exists()


def test_rules_that_named_the_accreditor_before_enrolment_show_everybody_not_blind(bench):
    found = grouped(bench, "joint", accreditors=[bench.accreditor])
    shown = set(queries.shown_to(bench.assessor, TODAY))
    assert shown == set(Participant.objects.filter(round=found, group__blind=False)) and len(shown) == 8
    assert not queries.shown_to(bench.outsider, TODAY).exists()
    plain = member(bench.accreditor, "application", name="Bo")
    assert not queries.shown_to(plain, TODAY).exists()


def test_an_accreditor_named_after_enrolment_is_not_told(bench):
    found = bench.reported()
    found.accreditors.add(bench.accreditor)
    rounds.add_rules(found, bench.keeper, found.effective_at)
    assert not queries.shown_to(bench.assessor, TODAY).exists()


def test_nothing_is_shown_before_the_report(bench):
    bench.sealed(accreditors=[bench.accreditor])
    assert not queries.shown_to(bench.assessor, TODAY).exists()


def test_a_release_shows_one_laboratory_one_round_until_its_day_or_its_end(bench):
    found, other = bench.reported(), bench.reported()
    lab = bench.labs[3]
    with on(TODAY) as at:
        given = releases.release(to=bench.accreditor, found=found, until_day=UNTIL, by=lab, at=at)
    assert set(queries.shown_to(bench.assessor, TODAY)) == {part_of(found, lab)}
    assert not queries.shown_to(bench.assessor, date(2027, 1, 1)).exists()
    assert not queries.shown_to(bench.outsider, TODAY).exists()
    with on(TODAY) as at:
        releases.release(to=bench.accreditor, found=None, until_day=UNTIL, by=lab, at=at)
        assert set(queries.shown_to(bench.assessor, TODAY)) == {part_of(found, lab), part_of(other, lab)}
        with pytest.raises(Refused):
            releases.revoke(found=given, by=bench.labs[0], at=at)
        for one in Release.objects.all():
            releases.revoke(found=one, by=lab, at=at)
        with pytest.raises(Refused, match="revoked already"):
            releases.revoke(found=given, by=lab, at=at)
    assert not queries.shown_to(bench.assessor, TODAY).exists()


def test_a_blind_group_stays_blind_also_by_a_release(bench):
    found = grouped(bench, "apart")
    with on(TODAY) as at:
        with pytest.raises(Refused, match="no accreditor"):
            releases.release(to=bench.accreditor, found=found, until_day=UNTIL, by=bench.labs[9], at=at)
        releases.release(to=bench.accreditor, found=None, until_day=UNTIL, by=bench.labs[9], at=at)
    assert not queries.shown_to(bench.assessor, TODAY).exists()


def test_nobody_releases_what_is_not_theirs_or_for_ever(bench):
    found = bench.reported()
    with on(TODAY) as at:
        with pytest.raises(Refused, match="no part"):
            releases.release(to=bench.accreditor, found=found, until_day=UNTIL, by=bench.outsider, at=at)
        with pytest.raises(Refused, match="three years"):
            releases.release(to=bench.accreditor, found=found, until_day=date(2040, 1, 1), by=bench.labs[0], at=at)
        with pytest.raises(Refused, match="your own"):
            releases.release(to=bench.labs[0].organisation, found=found, until_day=UNTIL, by=bench.labs[0], at=at)


def test_every_look_is_recorded_and_only_what_is_shown_is_looked_at(bench):
    found = bench.reported()
    lab = bench.labs[3]
    with on(TODAY) as at:
        releases.release(to=bench.accreditor, found=found, until_day=UNTIL, by=lab, at=at)
        releases.look(participant=part_of(found, lab), by=bench.assessor, at=at)
        with pytest.raises(Refused, match="not released"):
            releases.look(participant=part_of(found, bench.labs[0]), by=bench.assessor, at=at)
        with pytest.raises(Refused, match="not released"):
            releases.look(participant=part_of(found, lab), by=bench.outsider, at=at)
        with pytest.raises(Refused):
            releases.look(participant=part_of(found, lab), by=bench.labs[0], at=at)
    seen = Event.objects.filter(kind="proficiency.results_looked_at")
    assert [one.by_organisation for one in seen] == [bench.accreditor.pk]


def test_a_laboratory_answers_its_own_scores_only_and_only_those_that_ask(bench):
    found = bench.reported()
    bad, good = bench.labs[12], bench.labs[5]
    score = queries.own_scores(bad).get()
    assert queries.unanswered(bad) == [score] and not queries.unanswered(good)
    with on(TODAY) as at:
        with pytest.raises(Refused):
            editions.respond(score=score, cause="x", action="y", by=good, at=at)
        with pytest.raises(Refused, match="no answer"):
            editions.respond(score=queries.own_scores(good).get(), cause="x", action="y", by=good, at=at)
        with pytest.raises(Refused, match="cause"):
            editions.respond(score=score, cause="", action="y", by=bad, at=at)
        editions.respond(score=score, cause="Dilution factor", action="Recalculated", by=bad, at=at)
    assert not queries.unanswered(bad) and found.state == "reported"


def test_results_of_a_group_are_never_in_the_rules_or_events_of_another(bench):
    found = grouped(bench, "apart")
    other = found.groups.latest("id")
    assert other.public_id not in str(found.rules_versions.get().body)
    assert str(Decimal(VALUES[9])) not in str(found.rules_versions.get().body)
