"""Suspend, restore, withdraw, cancel, annul; parts follow their main in the same act."""

from __future__ import annotations

from datetime import date

import pytest

from issuing_bench import at, full
from small_world import PLATFORM, both, instant, member, revised
from testamur.attestation import actions
from testamur.attestation.models import Slot
from testamur.cli import worker
from testamur.decision.models import Appeal, Decision
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Answer, Status
from testamur.parties.models import Platform, actor
from testamur.register.answers import answer
from testamur.register.models import Current, StatusChange
from testamur.register.status import history, status

pytestmark = pytest.mark.django_db
MISSED = "surveillance_missed"


@pytest.fixture
def certificate(bench):
    bench.licensed()
    return bench.granted()


def act(bench, verb, attestation, on, ground="", **more):
    with clock.travel(on):
        named = {"ground": ground} if ground else {}
        return getattr(actions, verb)(
            attestation=attestation, reasons=both(verb), by=more.pop("by", bench.signatory), at=at(on), **named, **more
        )


def bits(attestation):
    codes = [one.public_id for edition in attestation.editions.all() for one in edition.credentials.all()]
    slots = {slot.credential: slot for slot in Slot.objects.filter(credential__in=codes)}
    return [(slots[code].revoked, slots[code].suspended, slots[code].superseded) for code in codes if code in slots]


def test_suspend_restore_withdraw_follow_each_other_in_the_register_the_lists_and_the_journal(bench, certificate):
    act(bench, "suspend", certificate, date(2026, 4, 1), MISSED)
    assert (status(certificate, date(2026, 4, 1)).status, bits(certificate)) == (
        Status.SUSPENDED,
        [(False, True, False)],
    )
    act(bench, "restore", certificate, date(2026, 5, 1))
    assert (status(certificate, date(2026, 5, 1)).status, bits(certificate)) == (Status.VALID, [(False, False, False)])
    change = act(bench, "withdraw", certificate, date(2026, 6, 1), "not_restored")
    assert (status(certificate, date(2026, 6, 1)).status, bits(certificate)) == (
        Status.WITHDRAWN,
        [(True, False, False)],
    )
    assert (change.legal_word, change.cause, change.ground) == ("撤销", "holder", "not_restored")
    assert Current.objects.get(attestation=certificate).status == "withdrawn"
    kinds = [event.kind for event in Event.objects.filter(kind__startswith="attestation.").order_by("id")]
    assert kinds[-3:] == ["attestation.suspended", "attestation.restored", "attestation.withdrawn"]
    said = answer(certificate, on=date(2026, 6, 2))
    assert (said.answer, said.reasons[0].facts["word"]) == (Answer.NOT_VALID, "撤销")


def test_what_was_withdrawn_stays_withdrawn(bench, certificate):
    act(bench, "withdraw", certificate, date(2026, 6, 1), "not_restored")

    with pytest.raises(Refused):
        act(bench, "restore", certificate, date(2026, 6, 2))


def test_a_ground_must_lead_where_the_act_goes(bench, certificate):
    with pytest.raises(Refused, match="does not lead there"):
        act(bench, "suspend", certificate, date(2026, 4, 1), "given_up")


def test_only_a_decider_of_the_issuer_suspends(bench, certificate):
    with pytest.raises(Refused):
        act(bench, "suspend", certificate, date(2026, 4, 1), MISSED, by=member(bench.client, "decision", "status"))


def test_the_platform_suspends_nobody_without_a_signed_instruction(bench, certificate):
    with pytest.raises(Refused, match="suspends and withdraws nothing by itself"):
        act(bench, "suspend", certificate, date(2026, 4, 1), MISSED, by=Platform("ground.surveillance_missed"))
    assert not Decision.objects.filter(outcome="suspend").exists()


def test_a_standing_instruction_needs_a_ground_that_allows_it(bench, certificate):
    with pytest.raises(Refused, match="does not let the platform"):
        actions.sign_standing_instruction(
            scheme="sample-qms", ground=MISSED, from_day=date(2026, 3, 1), by=bench.signatory, at=at(date(2026, 3, 1))
        )


def test_under_a_standing_instruction_the_platform_acts_and_the_act_names_it(bench, certificate):
    grounds = [{**row, "standing": row["id"] == MISSED} for row in bench.qms.body["ground"]]
    revised(bench.qms, ground=grounds)
    signed = actions.sign_standing_instruction(
        scheme="sample-qms", ground=MISSED, from_day=date(2026, 3, 1), by=bench.signatory, at=at(date(2026, 3, 1))
    )

    change = act(bench, "suspend", certificate, date(2026, 4, 1), MISSED, by=Platform(f"standing:{signed.pk}"))

    decision = Decision.objects.get(public_id=change.decision)
    assert (decision.by, decision.by_rule) == (None, f"standing:{signed.pk}")


def test_single_scope_lines_are_suspended_without_touching_the_lists(bench):
    bench.licensed()
    certificate = bench.granted(scope=[full("17"), full("18")])

    act(bench, "suspend", certificate, date(2026, 4, 1), MISSED, lines=[1])

    standing = status(certificate, date(2026, 4, 1))
    assert (standing.status, standing.lines) == (Status.VALID, {1: Status.SUSPENDED, 2: Status.VALID})
    assert bits(certificate) == [(False, False, False)]


# ------------------------------------------------------------ families


@pytest.fixture
def family(bench):
    """A main certificate for two sites and the sub-certificate of one of them, issued in one act."""
    bench.licensed()
    scope = [full(site={"tree": "sites", "node": site.public_id}) for site in (bench.head, bench.branch)]
    rows = [
        {"site": site.public_id, "names": site.names, "address": site.address, "central": site.central}
        for site in (bench.head, bench.branch)
    ]
    with_sites(bench)
    main = bench.granted(scope=scope, answers={"sites": rows}, sites=[bench.branch])
    return main, main.parts.get()


SITES = {
    "id": "sites", "part": "p", "label": both("Sites"), "type": "sites", "scope": "site", "source": "testamur@1#1",
}  # fmt: skip


def with_sites(bench):
    bench.qms = revised(bench.qms, field=[SITES])


def test_main_and_sub_certificate_are_issued_in_one_act(bench, family):
    main, part = family

    edition = part.editions.get()

    assert edition.number == f"{main.editions.get().number}-1"
    assert [row.site for row in edition.sites.all()] == [bench.branch]
    assert [row.line["site"]["node"] for row in edition.lines.all()] == [bench.branch.public_id]
    assert edition.expires_on == main.editions.get().expires_on
    assert edition.credentials.get().entry.type == "cert.issue"


def test_suspending_the_main_suspends_its_parts_in_the_same_act_and_restoring_restores_them(bench, family):
    main, part = family

    change = act(bench, "suspend", main, date(2026, 4, 1), MISSED)
    own = part.changes.get(status="suspended")
    assert own.decision == change.decision
    assert bits(part) == [(False, True, False)]
    act(bench, "restore", main, date(2026, 5, 1))

    assert status(part, date(2026, 5, 1)).status is Status.VALID
    assert bits(part) == [(False, False, False)]


def test_a_part_that_was_suspended_by_itself_stays_suspended_when_the_main_is_restored(bench, family):
    main, part = family
    act(bench, "suspend", part, date(2026, 3, 20), MISSED)
    act(bench, "suspend", main, date(2026, 4, 1), MISSED)

    act(bench, "restore", main, date(2026, 5, 1))

    assert status(part, date(2026, 5, 1)).status is Status.SUSPENDED
    assert status(main, date(2026, 5, 1)).status is Status.VALID


def test_a_part_may_end_alone(bench, family):
    main, part = family

    act(bench, "cancel", part, date(2026, 4, 1), "given_up")

    assert status(main, date(2026, 4, 1)).status is Status.VALID
    assert status(part, date(2026, 4, 1)).status is Status.CANCELLED


def test_a_new_edition_of_the_main_writes_its_parts_anew_and_a_closed_site_ends_its_part(bench, family):
    main, part = family
    with clock.travel(date(2026, 4, 1)):
        actions.change(
            attestation=main, reasons=both("Renamed"), by=bench.signatory, at=at(date(2026, 4, 1)),
            names={"en": "Sample New", "zh": "示例新"},
        )  # fmt: skip
    assert part.editions.order_by("edition").last().parties.get(role="holder").names["zh"] == "示例新"

    with clock.travel(date(2026, 5, 1)):
        actions.reduce(
            attestation=main, scope=[full(site={"tree": "sites", "node": bench.head.public_id})],
            reasons=both("Closed"), by=bench.signatory, at=at(date(2026, 5, 1)), ground="part_fails",
        )  # fmt: skip

    assert status(part, date(2026, 5, 1)).status is Status.CANCELLED
    assert status(main, date(2026, 5, 1)).status is Status.VALID


def test_a_sub_certificate_is_for_a_site_of_the_list_only(bench, family):
    main, _part = family
    elsewhere = bench.body.sites.create(names=both("Elsewhere"))

    with pytest.raises(Refused, match="not on the site list"):
        actions.issue_part(main=main, site=elsewhere, by=bench.signatory, at=at(date(2026, 3, 2)))
    with clock.travel(date(2026, 3, 2)):
        made = actions.issue_part(main=main, site=bench.head, by=bench.signatory, at=at(date(2026, 3, 2)))
    assert made.editions.get().number.endswith("-2")


# ------------------------------------------------------------ appeals


def upheld(bench, attestation, change):
    return Appeal.objects.create(
        decision=Decision.objects.get(public_id=change.decision),
        reasons="It was done in time.",
        upheld=True,
        answer=both("The audit had taken place in time."),
        answered_by=bench.signatory,
        answered_at=instant(date(2026, 7, 1)),
        effective_at=instant(date(2026, 6, 15)),
        **actor(PLATFORM),
    )


def test_an_appeal_annuls_a_withdrawal_and_both_clocks_keep_it(bench, family):
    main, part = family
    with clock.travel(date(2026, 6, 1)):
        known = clock.now()
    change = act(bench, "withdraw", main, date(2026, 6, 1), "not_restored")
    appeal = upheld(bench, main, change)

    with clock.travel(date(2026, 7, 2)):
        made = actions.annul(appeal=appeal, by=bench.signatory, at=at(date(2026, 7, 2)))
        again = actions.annul(appeal=appeal, by=bench.signatory, at=at(date(2026, 7, 2)))

    assert made == again and len(made) == 2  # the main and the part that had followed it
    assert status(main, date(2026, 6, 15)).status is Status.VALID
    assert status(part, date(2026, 6, 15)).status is Status.VALID
    june = instant(date(2026, 6, 20))
    assert known < june
    assert status(main, date(2026, 6, 15), known=june).status is Status.WITHDRAWN
    assert [told.fate for told in history(main) if told.change] == ["stands", "annulled", "annuls"]
    assert main.editions.count() == 2
    assert bits(main) == [(False, False, True), (False, False, False)]


def test_an_appeal_that_was_not_upheld_annuls_nothing(bench, certificate):
    change = act(bench, "withdraw", certificate, date(2026, 6, 1), "not_restored")
    appeal = upheld(bench, certificate, change)
    Appeal.objects.filter(pk=appeal.pk).update(upheld=False)

    with pytest.raises(Refused, match="not upheld"):
        actions.annul(appeal=appeal, by=bench.signatory, at=at(date(2026, 7, 2)))
    assert StatusChange.objects.filter(annuls__isnull=False).count() == 0


def test_a_suspension_recorded_ahead_sets_its_bit_on_its_day(bench, certificate):
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=certificate, ground=MISSED, reasons=both("r"), by=bench.signatory, at=at(date(2026, 5, 1))
        )
        actions.publish_lists()
    assert bits(certificate) == [(False, False, False)]

    with clock.travel(date(2026, 5, 2)):
        actions.publish_lists()

    assert bits(certificate) == [(False, True, False)]


def test_the_worker_lets_take_effect_what_was_recorded_ahead(bench, certificate, monkeypatch):
    monkeypatch.setattr("django.db.close_old_connections", lambda: None)
    with clock.travel(date(2026, 4, 1)):
        actions.suspend(
            attestation=certificate, ground=MISSED, reasons=both("r"), by=bench.signatory, at=at(date(2026, 5, 1))
        )
    works = {"register": worker._works()["register"]}
    monkeypatch.setattr(worker, "_works", lambda: works)

    for day, expected, suspended in ((date(2026, 4, 30), "valid", False), (date(2026, 5, 2), "suspended", True)):
        with clock.travel(day):
            assert worker.main(["--once"]) == 0
        assert Current.objects.get(attestation=certificate).status == expected
        assert bits(certificate) == [(False, suspended, False)]


def test_every_work_of_the_worker_has_its_time():
    assert worker._works().keys() == worker.EVERY.keys()
