"""The sample world is made by the actions that everybody uses, in the order of life; nothing is put in behind them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from testamur.config import backup
from testamur.decision.models import Decision
from testamur.improvement.queries import audits, documents, objectives, suppliers
from testamur.journal import queries as journal
from testamur.journal.models import Event
from testamur.kernel import days
from testamur.parties.models import Organisation, Person
from testamur.register import status as register
from testamur.register.models import Attestation, Credential
from testamur.sample import world
from testamur.selection.models import Case
from testamur.surveillance import queries as surveillance
from testamur.transparency.models import Entry

pytestmark = pytest.mark.django_db

LATER = date(2026, 11, 22)


def by_holder(name: str, scheme: str = "cn-qms") -> Attestation:
    return Attestation.objects.get(holder__names__en__startswith=f"Sample {name}", scheme_id_text=scheme, main=None)


def instant(day: date) -> datetime:
    return days.last_second(day)


def test_the_six_paths_were_walked_in_the_order_of_life():
    order = list(
        dict.fromkeys(
            Attestation.objects.filter(main=None).order_by("recorded_at", "id").values_list("scheme_id_text", flat=True)
        )
    )
    assert order == [
        "competence-authority",
        "licence-certification-body",
        "person-auditor",
        "person-inspector",
        "qualification-lab",
        "cn-qms",
        "cn-ems",
        "accreditation-cb",
        "voluntary-product-type5",
    ]


def test_every_attestation_was_decided_issued_and_logged():
    # What other bodies reported was decided elsewhere; here it was delivered and logged as a list.
    assert all(one.current.delivery.entry.proof for one in Attestation.objects.exclude(source=None))
    for one in Attestation.objects.filter(source=None):
        editions = one.editions.all()
        assert editions, one
        for edition in editions:
            assert Decision.objects.filter(public_id=edition.decision).exists() or one.main_id, one
            credential = Credential.objects.get(edition=edition)
            assert credential.entry is not None and credential.entry.proof


def test_the_log_proves_and_every_event_of_a_case_is_what_it_committed_to():
    proof = backup.prove()
    assert proof.agrees and not proof.altered and proof.size == Entry.objects.count()
    events = Event.objects.exclude(case="").select_related("entry")
    assert events.count() > 500
    assert all(journal.agrees_with_log(event) for event in events)


def test_everybody_is_invented_and_says_so():
    for one in [*Organisation.objects.all(), *Person.objects.all()]:
        assert one.sample
        assert one.names["en"].startswith("Sample") and one.names["zh"].startswith("示例")


def test_the_first_certificate_is_a_main_one_with_sites_and_one_sub_certificate_beside_a_second_standard():
    main = by_holder("Precision")
    edition = main.editions.latest("edition")

    assert edition.sites.count() == 2
    assert main.parts.count() == 1
    second = by_holder("Precision", "cn-ems")
    visit = {activity.visit_id for activity in _case(main).activities.filter(activity="stage2")}
    assert visit == {activity.visit_id for activity in _case(second).activities.filter(activity="stage2")}


def _case(one: Attestation) -> Case:
    decision = Decision.objects.get(public_id=one.editions.get(edition=1).decision)
    assert decision.case is not None
    return decision.case


def test_the_accreditation_was_given_after_a_witnessed_audit_and_shows_in_a_new_edition():
    accreditation = Attestation.objects.get(scheme_id_text="accreditation-cb")
    witness = _case(accreditation).activities.get(activity="witness")
    assert witness.witnesses is not None
    assert witness.witnesses.case.scheme.scheme_id == "cn-qms"
    assert witness.witnesses.case.issuer == accreditation.holder
    first, second = by_holder("Precision").editions.order_by("edition")
    assert (first.reason, second.reason) == ("first", "authority")


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("Precision", "valid"),
        ("Valve", "valid"),
        ("Cloud", "valid"),
        ("Spring", "suspended"),
        ("Castings", "withdrawn"),
    ],
)
def test_each_fate_is_what_was_done_to_it(name, status):
    assert register.status(by_holder(name), on=LATER).status == status


def test_an_annulled_withdrawal_never_was_but_was_known():
    one = by_holder("Cloud")

    assert register.status(one, on=date(2026, 10, 1)).status == "valid"
    assert register.status(one, on=date(2026, 10, 1), known=instant(date(2026, 10, 5))).status == "withdrawn"
    assert register.status(one, on=date(2026, 10, 1), known=instant(date(2026, 10, 30))).status == "valid"


def test_what_is_overdue_is_its_issuers_duty_and_changes_no_status():
    valves = by_holder("Valve")

    duties = surveillance.overdue(attestation=valves, today=LATER)

    assert [duty.due.key for duty in duties] == ["failed_sampling"]
    assert duties[0].since == date(2026, 10, 22)
    assert register.status(valves, on=LATER).status == "valid"


def test_a_case_waits_at_every_turn():
    stages = set(Case.objects.values_list("stage", flat=True))
    assert {"application", "determination", "review", "decision", "done"} <= stages


def test_the_world_is_made_only_once():
    assert world.make_if_absent() is False


def test_the_works_keeps_its_management_system_with_a_gap():
    works = Organisation.objects.get(names__en="Sample Precision Parts Co., Ltd.")
    manager = works.memberships.get(person__names__en="Sample Wu")
    programme = audits.visible_to(manager).get()
    gaps = audits.gaps(programme)

    assert [process.name for process in gaps.unplanned_processes] == ["夜班 / Night shift"]
    assert gaps.unplanned_clauses == ()
    assert objectives.visible_to(manager).exclude(agreed_at=None).count() == 4
    [waiting] = documents.to_approve(manager)
    assert (waiting.document.number, waiting.number) == ("WI-112", 2)
    [warned] = suppliers.warnings(suppliers.visible_to(manager), LATER)
    assert (warned.warning, warned.facts["status"]["en"]) == ("suspended", "suspended")
