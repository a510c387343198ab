"""Acts on a certificate, reports, dues and new cases about it, as people send their forms."""

from __future__ import annotations

from datetime import date

import pytest

from kept_world import world_fixture
from testamur.kernel.words import Status
from testamur.register.models import Attestation
from testamur.register.status import history, status
from testamur.selection.models import Case
from testamur.surveillance import tasks
from testamur.surveillance.models import Due
from tests.unit.judging import CertifiedWorld
from tests.unit.selection.world import on
from tests.unit.workspace.forms import Desk

kept_world = world_fixture(CertifiedWorld)
APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 6), date(2026, 6, 1)
ACTS = ("suspension", "restoration", "reduction", "withdrawal", "cancellation", "change")
WHY = {"reason-en": "Surveillance was missed", "reason-zh": "未按期监督"}


def desk(world, who="status_decider", day=APRIL, language="en"):
    return Desk(getattr(world, who), day, language)


def act(world, name, day=APRIL, who="status_decider", **answers):
    at_desk = desk(world, who, day)
    form = at_desk.form("certificate-act", world.certificate.public_id, name, having="reason-en")
    return at_desk.send(form, **{"go": "do", **WHY, **answers})


# Acts ----------------------------------------------------------------------------------------------------------------


def test_suspend_restore_and_withdraw_from_the_page(world):
    suspended = act(world, "suspension", ground="surveillance_missed")
    assert (suspended.status, suspended.to) == (302, f"/w/certificates/{world.certificate.public_id}/")
    assert suspended.events == ["decision.made", "attestation.suspended"]
    assert "This is how it stands now." in suspended.text
    assert status(world.certificate, APRIL).status is Status.SUSPENDED
    restored = act(world, "restoration", MAY)
    assert restored.events == ["decision.made", "attestation.restored"]
    act(world, "suspension", date(2026, 5, 20), ground="surveillance_missed")
    withdrawn = act(world, "withdrawal", JUNE, ground="not_restored")
    assert withdrawn.events == ["decision.made", "attestation.withdrawn"]
    assert status(world.certificate, JUNE).status is Status.WITHDRAWN
    assert [one.change.status for one in history(world.certificate) if one.change] == [
        "valid", "suspended", "valid", "suspended", "withdrawn",
    ]  # fmt: skip


def test_an_earlier_day_is_recorded_as_such(world):
    answer = act(world, "suspension", MAY, ground="surveillance_missed", on=APRIL)

    assert answer.status == 302
    change = world.certificate.changes.get(status="suspended")
    assert change.effective_at.date() <= APRIL < change.recorded_at.date() == MAY
    assert status(world.certificate, date(2026, 4, 15)).status is Status.SUSPENDED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason-en": "", "reason-zh": " "}, "Give the reason; the public page and the holder see it."),
        ({"ground": ""}, "Choose the ground; the public page names it."),
        ({"ground": None}, "Choose the ground; the public page names it."),
        ({"ground": "not_restored"}, "does not lead there in this scheme."),
        ({"ground": "surveillance_missed", "on": "yesterday"}, "is not a day"),
        ({"ground": "surveillance_missed", "on": "0001-01-01"}, "is not a day"),
        ({"ground": "surveillance_missed", "on": "2020-01-01"}, ""),
        ({"ground": "surveillance_missed", "line": "²"}, ""),
        ({"ground": "surveillance_missed", "line": "99"}, ""),
    ],
)
def test_what_is_wrong_with_a_suspension_is_said_and_what_was_typed_stays(world, change, said):
    answer = act(world, "suspension", **{"ground": "surveillance_missed", **change})

    if "line" in change and answer.status == 302:  # a line that is not offered is none: the whole is suspended
        assert status(world.certificate, APRIL).status is Status.SUSPENDED
        return
    assert (answer.status, answer.events) == (200, [])
    assert said in answer.text
    assert answer.alert
    if "reason-en" not in change:
        assert "Surveillance was missed" in answer.page
    assert status(world.certificate, APRIL).status is Status.VALID


def test_a_preview_writes_nothing(world):
    answer = act(world, "suspension", ground="surveillance_missed", go="preview")

    assert (answer.status, answer.events) == (200, [])
    assert "Surveillance was missed" in answer.text


def test_the_same_act_sent_twice_is_done_once_and_a_colleagues_is_told(world):
    at_desk = desk(world)
    form = at_desk.form("certificate-act", world.certificate.public_id, "suspension", having="reason-en")
    other = at_desk.form("certificate-act", world.certificate.public_id, "suspension", having="reason-en")
    sent = {"go": "do", "ground": "surveillance_missed", **WHY}
    at_desk.send(form, **sent)

    again = at_desk.send(form, **sent)
    late = at_desk.send(other, **sent)

    assert (again.status, again.events) == (302, [])
    assert (late.status, late.events) == (200, [])
    assert "This attestation is suspended already." in late.text
    assert "Surveillance was missed" in late.page
    assert world.certificate.changes.filter(status="suspended").count() == 1


def test_what_has_ended_is_not_changed_from_an_older_page(world):
    at_desk = desk(world)
    pages = {
        name: at_desk.form("certificate-act", world.certificate.public_id, name, having="reason-en")
        for name in ("suspension", "change")
    }
    act(world, "suspension", ground="surveillance_missed")
    act(world, "withdrawal", MAY, ground="not_restored")

    at_desk.day = JUNE
    for name, form in pages.items():
        answer = at_desk.send(form, go="do", ground="surveillance_missed", **WHY)
        assert (answer.status, answer.events) == (200, []), name
        assert "This attestation has ended" in answer.text


def test_a_new_name_and_wording_make_a_new_edition_and_nothing_typed_is_lost_on_the_way(world):
    silent = act(world, "change", **{"reason-en": "", "reason-zh": "", "name-en": "Sample Rings Group"})
    assert (silent.status, silent.events) == (200, [])
    assert "Sample Rings Group" in silent.page

    answer = act(world, "change", **{"name-en": "Sample Rings Group", "statement-en": "Rings of all sizes"})

    assert answer.status == 302
    newest = world.certificate.editions.latest("edition")
    assert (newest.edition, newest.reason, newest.statement["en"]) == (2, "change", "Rings of all sizes")
    assert newest.parties.get(role="holder").names["en"] == "Sample Rings Group"


def test_a_reduction_takes_lines_away_and_leaves_some(world):
    whole = act(world, "reduction", ground="part_fails")
    none = act(world, "reduction", ground="part_fails", line=None)

    for answer in (whole, none):
        assert (answer.status, answer.events) == (200, [])
        assert answer.alert


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("who", ["applicant", "rival", "officer", "outsider"])
def test_nobody_but_the_issuer_finds_the_acts(world, who, name):
    answer = desk(world, who).post(
        "certificate-act", world.certificate.public_id, name, ground="surveillance_missed", go="do", **WHY
    )

    assert (answer.status, answer.events) == (404, [])


@pytest.mark.parametrize("who", ["planner", "reviewer", "lead"])
def test_colleagues_who_do_not_decide_read_whose_office_it_is(world, who):
    answer = desk(world, who).post(
        "certificate-act", world.certificate.public_id, "suspension", ground="surveillance_missed", go="do", **WHY
    )

    assert (answer.status, answer.events) == (200, [])
    assert "Only a decider of" in answer.text


def test_an_act_that_nobody_knows_is_not_found(world):
    assert desk(world).post("certificate-act", world.certificate.public_id, "destruction", **WHY).status == 404


# Reports -------------------------------------------------------------------------------------------------------------


def test_a_complaint_is_reported_and_shows_as_due(world):
    client = desk(world, "applicant")
    form = client.form("certificate-report", world.certificate.public_id, having="trigger")
    for change in ({"trigger": "gossip", "what": "Typed words"}, {"trigger": "complaint", "what": " "}):
        wrong = client.send(form, **change)
        assert (wrong.status, wrong.events) == (200, [])
        assert wrong.alert
        assert change["what"].strip() in wrong.page

    answer = client.send(form, trigger="complaint", what="Rings out of tolerance")
    again = client.send(form, trigger="complaint", what="Rings out of tolerance")

    assert (answer.status, answer.events) == (302, ["surveillance.told"])
    assert (again.status, again.events, Due.objects.count()) == (302, [], 1)


def test_the_holder_does_not_report_what_the_regulator_reports(world):
    answer = desk(world, "applicant").post(
        "certificate-report", world.certificate.public_id, trigger="failed_sampling", what="it failed"
    )

    assert (answer.status, answer.events) == (200, [])
    assert desk(world, "rival").post("certificate-report", world.certificate.public_id, trigger="complaint",
                                     what="x").status == 404  # fmt: skip


# Dues ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def round_due(world):
    with on(APRIL) as moment:
        tasks.refresh(APRIL, moment)
    return Due.objects.get(kind="round")


def test_a_planner_opens_the_case_of_a_round_and_a_second_press_leads_to_it(world, round_due):
    planner = desk(world, "planner")

    answer = planner.post("due-case", round_due.pk)
    again = planner.post("due-case", round_due.pk)

    case = Case.objects.get(occasion="surveillance")
    assert (answer.status, answer.to) == (302, f"/w/cases/{case.public_id}/")
    assert (again.status, again.to, again.events) == (302, answer.to, [])


def test_who_does_not_plan_reads_who_does_and_strangers_find_nothing(world, round_due):
    holder = desk(world, "applicant").post("due-case", round_due.pk)

    assert (holder.status, holder.events) == (302, [])
    assert "Only a planner of" in holder.text
    assert desk(world, "rival").post("due-case", round_due.pk).status == 404
    assert desk(world, "planner").post("due-case", 999_999).status == 404
    assert not Case.objects.filter(occasion="surveillance").exists()


# Asking about a certificate ------------------------------------------------------------------------------------------


def test_the_holder_asks_for_an_extension(world):
    client = desk(world, "applicant", JUNE)

    answer = client.post("certificate-case", world.certificate.public_id, occasion="extension")

    assert answer.status == 302
    assert Case.objects.filter(occasion="extension", attestation=world.certificate).count() == 1


@pytest.mark.parametrize("occasion", ["initial", "surveillance", "", "party"])
def test_the_holder_asks_only_for_what_a_holder_may_ask(world, occasion):
    answer = desk(world, "applicant").post("certificate-case", world.certificate.public_id, occasion=occasion)

    assert (answer.status, answer.events) == (404, [])


@pytest.mark.parametrize("who", ["planner", "rival", "officer"])
def test_nobody_asks_about_a_certificate_of_others(world, who):
    answer = desk(world, who).post("certificate-case", world.certificate.public_id, occasion="extension")

    assert (answer.status, answer.events) == (404, [])
    assert Attestation.objects.filter(pk=world.certificate_id).exists()
