"""From a decision to a certificate that a stranger can verify."""

from __future__ import annotations

from datetime import date

import pytest

from issuing_bench import at, full, line
from small_world import EMS, PLATFORM, QMS, both, instant, member, organisation, qms_scheme, revised
from testamur.attestation import actions, documents, queries, tasks
from testamur.attestation.models import Series
from testamur.cli import worker
from testamur.decision.actions import renew_by_silence
from testamur.decision.models import Decision
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Answer, Status
from testamur.parties.models import Bar, Person, Platform
from testamur.register.answers import answer
from testamur.register.models import Attestation, Credential, Edition, StatusChange
from testamur.register.status import status
from testamur.register.trust import trust_tree
from testamur.requirements.models import Document
from testamur.selection.models import Application, Case
from testamur.transparency.models import Entry

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


def test_a_granted_decision_becomes_a_numbered_certificate_with_its_credential_and_log_entry(bench):
    bench.licensed()
    case = bench.case(bench.qms, bench.body)
    decision = bench.decision(case)

    edition = bench.carried_out(decision)

    attestation = edition.attestation
    credential = edition.credentials.get()
    assert (edition.edition, edition.number) == (1, "00126Q00001R0S")
    assert (edition.effective_on, edition.expires_on) == (DAY, date(2029, 3, 1))
    assert attestation.origin == "native" and attestation.sample
    assert edition.statement["zh"] == "阀门制造"
    assert credential.entry.type == "cert.issue"
    assert status(attestation, DAY).status is Status.VALID
    case.refresh_from_db()
    assert (case.stage, case.attestation) == (Case.Stage.DONE, attestation)


def test_one_act_is_one_event(bench):
    bench.licensed()
    decision = bench.decision(bench.case(bench.qms, bench.body))
    before = Event.objects.count()

    bench.carried_out(decision)

    [event] = Event.objects.order_by("id")[before:]
    assert (event.kind, event.entry.type) == ("attestation.issued", "cert.issue")


def test_carrying_out_twice_returns_the_first_result_and_changes_nothing(bench):
    bench.licensed()
    decision = bench.decision(bench.case(bench.qms, bench.body))
    first = bench.carried_out(decision)
    counts = (Attestation.objects.count(), Credential.objects.count(), Entry.objects.count(), Event.objects.count())

    assert bench.carried_out(decision) == first
    assert counts == (
        Attestation.objects.count(), Credential.objects.count(), Entry.objects.count(), Event.objects.count()
    )  # fmt: skip


def test_nothing_is_issued_without_the_licence_and_nothing_half_done_remains(bench):
    decision = bench.decision(bench.case(bench.qms, bench.body))

    with pytest.raises(Refused, match="holds no licence"):
        bench.carried_out(decision)

    decision.refresh_from_db()
    assert decision.issued_at is None
    assert not Attestation.objects.exists() and not Series.objects.exists() and not Credential.objects.exists()


def test_a_scope_outside_the_licence_is_refused(bench):
    bench.licensed(QMS)
    decision = bench.decision(bench.case(bench.qms, bench.body), scope=[full(document=EMS)])

    with pytest.raises(Refused, match=f"does not cover document {EMS}"):
        bench.carried_out(decision)


def test_a_missing_signature_stops_the_issue_and_names_the_role(bench):
    bench.licensed()
    decision = bench.decision(bench.case(bench.qms, bench.body), signed=False)

    with pytest.raises(Refused, match="not signed yet by: lead_auditor、decider"):
        bench.carried_out(decision)


def test_only_a_signatory_of_the_issuer_issues(bench):
    bench.licensed()
    decision = bench.decision(bench.case(bench.qms, bench.body))

    for stranger in (member(bench.client, "attestation"), member(bench.body, "review"), PLATFORM):
        with clock.travel(DAY), pytest.raises(Refused):
            actions.carry_out(decision=decision, by=stranger, at=at(DAY))


def test_a_barred_holder_receives_nothing(bench):
    bench.licensed()
    Bar.objects.create(organisation=bench.client, ground="conduct_breach", from_day=date(2026, 1, 1), source="x@1#2")

    with pytest.raises(Refused, match="is barred"):
        bench.carried_out(bench.decision(bench.case(bench.qms, bench.body)))


def test_a_refusal_leaves_nothing_to_issue(bench):
    with pytest.raises(Refused, match="leaves nothing to issue"):
        bench.carried_out(bench.decision(bench.case(bench.qms, bench.body), "refuse"))


def test_numbers_follow_each_other_within_year_and_size(bench):
    bench.licensed()
    large = organisation("Large", personnel=1200)

    numbers = [
        bench.granted(client=organisation("A")).editions.get().number,
        bench.granted(client=organisation("B")).editions.get().number,
        bench.granted(client=large).editions.get().number,
        bench.granted(client=organisation("C"), day=date(2027, 1, 2)).editions.get().number,
    ]

    assert numbers == ["00126Q00001R0S", "00126Q00002R0S", "00126Q00001R0L", "00127Q00001R0S"]


def test_a_number_that_was_taken_otherwise_is_left_out(bench):
    bench.licensed()
    bench.certificate(number="00126Q00001R0S")

    assert bench.granted(client=organisation("A")).editions.get().number == "00126Q00002R0S"


def test_a_serial_that_has_run_out_is_refused_with_a_sentence(bench):
    scheme = qms_scheme("sample-short", number="N{serial:1}")
    bench.licensed()
    for name in "ABCDEFGHI":
        bench.granted(scheme=scheme, client=organisation(name))

    with pytest.raises(Refused, match="No further number"):
        bench.granted(scheme=scheme, client=organisation("J"))


def test_a_pilot_and_the_end_of_a_standard_cap_the_validity(bench):
    bench.licensed()
    Document.objects.create(key=QMS, designation="GB/T 19001-2016", withdrawn_on=date(2027, 9, 30))

    edition = bench.granted().editions.get()

    assert edition.expires_on == date(2027, 9, 30)
    assert edition.shown["capped_by"] == "transition"


def test_a_second_certificate_for_the_same_is_warned_of_until_unique_is_confirmed(bench):
    bench.licensed()
    first = bench.granted()

    bench.granted()

    event = Event.objects.filter(kind="attestation.issued").order_by("id").last()
    assert event.payload["not_unique"] == [first.public_id]


def test_a_second_certificate_is_refused_where_unique_is_confirmed(bench):
    scheme = qms_scheme("sample-strict", unconfirmed=["number"])
    bench.licensed()
    bench.granted(scheme=scheme)

    with pytest.raises(Refused, match="one at a time"):
        bench.granted(scheme=scheme)


def test_an_accreditation_that_is_held_is_claimed_and_shown(bench):
    bench.licensed()
    accreditation = bench.accredited("17")

    edition = bench.granted().editions.get()

    assert {row["demand"]: row["attestation"] for row in edition.shown["authorities"]}["accreditation"] == (
        accreditation.public_id
    )
    kinds = [one["authorityKind"] for one in edition.credentials.get().body["credentialSubject"]["authorisation"]]
    assert kinds == ["licence", "accreditation"]


def test_a_certificate_issued_before_the_accreditation_gains_it_by_a_new_edition(bench):
    bench.licensed()
    certificate = bench.granted()
    bench.accredited("17", day=date(2026, 4, 1))

    with clock.travel(date(2026, 4, 2)):
        edition = actions.change(
            attestation=certificate,
            reasons=both("The body was accredited."),
            by=bench.signatory,
            at=at(date(2026, 4, 2)),
            reason="authority",
        )

    assert (edition.edition, edition.reason) == (2, "authority")
    assert [row["kind"] for row in edition.shown["authorities"]] == ["licence", "accreditation"]
    assert edition.number == certificate.editions.get(edition=1).number
    assert trust_tree(certificate, date(2026, 4, 2)).broken is None


def test_a_change_of_name_and_address_is_a_new_edition_and_the_old_one_is_superseded(bench):
    bench.licensed()
    certificate = bench.granted()

    with clock.travel(date(2026, 5, 4)):
        edition = actions.change(
            attestation=certificate,
            reasons=both("Moved"),
            by=bench.signatory,
            at=at(date(2026, 5, 4)),
            names={"en": "Sample Valves Group", "zh": "示例阀门集团"},
            address={"en": "9 New Road"},
        )

    said = answer(certificate, on=date(2026, 5, 5), edition=certificate.editions.get(edition=1))
    assert said.answer is Answer.VALID
    assert said.reasons[-1].facts["what"]["en"] == "holder's name or address"
    assert edition.parties.get(role="holder").names["zh"] == "示例阀门集团"
    assert certificate.changes.count() == 1
    assert certificate.editions.get(edition=1).parties.get(role="holder").names == bench.client.names


def test_a_reduction_takes_lines_away_and_keeps_number_and_status(bench):
    bench.licensed()
    certificate = bench.granted(scope=[full("17"), full("18")])

    with clock.travel(date(2026, 5, 4)):
        edition = actions.reduce(
            attestation=certificate, scope=[full("17")], reasons=both("r"), by=bench.signatory,
            at=at(date(2026, 5, 4)), ground="part_fails",
        )  # fmt: skip
        assert [row.line["sector"]["node"] for row in edition.lines.all()] == ["17"]
        assert status(certificate, date(2026, 5, 4)).status is Status.VALID
        with pytest.raises(Refused, match="takes scope lines away"):
            actions.reduce(
                attestation=certificate, scope=[full("29")], reasons=both("r"), by=bench.signatory,
                at=at(date(2026, 5, 5)), ground="part_fails",
            )  # fmt: skip


def test_an_extension_beyond_the_licence_is_refused_and_the_edition_stays(bench):
    bench.licensed(QMS)
    certificate = bench.granted()
    case = bench.case(bench.qms, bench.body, occasion="extension", attestation=certificate)
    decision = bench.decision(case, "extend", scope=[full(), full(document=EMS)], day=date(2026, 6, 1))

    with pytest.raises(Refused, match="does not cover"):
        bench.carried_out(decision, day=date(2026, 6, 1))

    assert certificate.editions.count() == 1


def test_an_extension_by_a_case_is_a_new_edition(bench):
    bench.licensed()
    certificate = bench.granted()
    case = bench.case(bench.qms, bench.body, occasion="extension", attestation=certificate)
    decision = bench.decision(case, "extend", scope=[full("17"), full("18")], day=date(2026, 6, 1))

    edition = bench.carried_out(decision, day=date(2026, 6, 1))

    assert (edition.edition, edition.reason, edition.lines.count()) == (2, "extension", 2)
    assert edition.expires_on == date(2029, 3, 1)


def test_a_renewal_in_time_counts_from_the_old_end_and_changes_the_number_where_the_format_says_so(bench):
    bench.licensed()
    certificate = bench.granted()
    case = bench.case(bench.qms, bench.body, occasion="renewal", attestation=certificate)
    decision = bench.decision(case, "renew", day=date(2029, 2, 1))

    edition = bench.carried_out(decision, day=date(2029, 2, 1))

    assert (edition.attestation, edition.edition, edition.reason) == (certificate, 2, "renewal")
    assert (edition.number, edition.expires_on) == ("00129Q00001R1S", date(2032, 3, 1))


def test_a_renewal_keeps_its_number_where_the_format_does_not_count_renewals(bench):
    scheme = qms_scheme("sample-kept", number="K-{serial:4}")
    bench.licensed()
    certificate = bench.granted(scheme=scheme)
    case = bench.case(scheme, bench.body, occasion="renewal", attestation=certificate)

    edition = bench.carried_out(bench.decision(case, "renew", day=date(2029, 2, 1)), day=date(2029, 2, 1))

    assert edition.number == "K-0001"


def test_a_renewal_after_expiry_is_a_new_attestation_that_continues_the_old_one(bench):
    bench.licensed()
    certificate = bench.granted()
    case = bench.case(bench.qms, bench.body, occasion="renewal", attestation=certificate)

    edition = bench.carried_out(bench.decision(case, "renew", day=date(2029, 6, 1)), day=date(2029, 6, 1))

    assert edition.attestation != certificate
    assert edition.attestation.continues == certificate
    assert edition.number == "00129Q00001R1S"


LAW = "cn-licensing-law@2019-04-23#art. 50"
SILENT = {
    "id": "renewal", "step": both("Decide on the renewal"), "by": "expiry", "missed": "deemed", "source": [LAW],
}  # fmt: skip


def left_undecided(bench, **more):
    """A licence until 5 Jan 2032, and its renewal, handed in and left lying at an early stage."""
    bench.licences = revised(bench.licences, deadline=[SILENT])
    licence = bench.licensed()
    case = bench.case(
        bench.licences, bench.regulator, client=bench.body, attestation=licence, answers={}, day=date(2031, 8, 1),
        **{"occasion": "renewal", **more},
    )  # fmt: skip
    Case.objects.filter(pk=case.pk).update(stage="selection")
    return licence, case


def test_silence_on_a_renewal_renews_the_licence_as_it_stands_from_its_last_day(bench):
    licence, case = left_undecided(bench)
    renew = worker._works()["silence"]

    with clock.travel(date(2032, 1, 5)):
        assert renew() == 0
    with clock.travel(date(2032, 1, 6)):
        assert [renew(), renew()] == [1, 0]

    case.refresh_from_db()
    first, second = licence.editions.order_by("edition")
    made = case.decisions.get()
    assert (made.outcome, made.by, made.by_rule) == ("renew", None, "deadline.renewal")
    assert (made.decided_on, case.stage) == (date(2032, 1, 5), "done")
    assert made.reasons["zh"].startswith("至")
    assert (second.reason, second.number, second.expires_on) == ("renewal", first.number, date(2038, 1, 5))
    assert [one.line for one in second.lines.all()] == [one.line for one in first.lines.all()]
    assert status(licence, date(2032, 1, 6)).status == "valid"
    event = Event.objects.get(kind="decision.made", case=case.public_id)
    assert (event.by_rule, event.source) == ("deadline.renewal", LAW)


@pytest.mark.parametrize("why", ["returned", "extension", "decided"])
def test_silence_renews_nothing_that_was_not_handed_in_or_is_decided_or_no_renewal(bench, why):
    licence, case = left_undecided(bench, **({"occasion": "extension"} if why == "extension" else {}))
    if why == "returned":
        Application.objects.filter(case=case).update(state="returned")
    if why == "decided":
        Case.objects.filter(pk=case.pk).update(stage="closed")

    with clock.travel(date(2032, 1, 6)):
        assert tasks.renew_all_by_silence() == 0
        with pytest.raises(Refused, match="Silence renews only"):
            renew_by_silence(
                case=case, deadline=bench.licences.definition.deadlines[0], day=date(2032, 1, 5),
                by=Platform("deadline.renewal"),
            )  # fmt: skip

    assert (licence.editions.count(), Decision.objects.filter(case=case).count()) == (1, 0)


def test_the_platform_carries_out_a_renewal_only_where_the_law_decided_it(bench):
    _licence, case = left_undecided(bench)
    decision = bench.decision(case, "renew", day=date(2032, 1, 5))

    for rule in ("deadline.renewal", decision.by_rule):
        with pytest.raises(Refused, match="standing instruction"):
            actions.carry_out(decision=decision, by=Platform(rule), at=instant(date(2032, 1, 5)))


def test_a_transfer_from_another_body_continues_its_attestation_across_issuers(bench):
    bench.licensed()
    other = bench.certificate(number="OTHER-1")
    foreign = Attestation.objects.get(pk=other.pk)
    case = bench.case(bench.qms, bench.body, occasion="transfer", attestation=foreign)
    Attestation.objects.filter(pk=foreign.pk).update(issuer=organisation("Other Body"))

    edition = bench.carried_out(bench.decision(case))

    assert edition.attestation.continues == foreign


def test_the_site_list_names_the_sites_that_the_scope_names(bench):
    bench.licensed()
    field = {
        "id": "sites",
        "part": "p",
        "label": both("Sites"),
        "type": "sites",
        "scope": "site",
        "source": "testamur@1#1",
    }
    scheme = revised(qms_scheme("sample-sites"), field=[field])
    rows = [
        {"site": site.public_id, "names": site.names, "address": site.address, "central": site.central}
        for site in (bench.head, bench.branch)
    ]
    scope = [full(site={"tree": "sites", "node": bench.head.public_id})]

    edition = bench.granted(scheme=scheme, answers={"sites": rows}, scope=scope).editions.get()

    assert [row.site for row in edition.sites.all()] == [bench.head]


def test_what_waits_to_be_issued_is_in_the_signatorys_inbox_once_signed(bench):
    decision = bench.decision(bench.case(bench.qms, bench.body), signed=False)
    assert list(queries.awaiting_attestation(bench.signatory)) == [decision]
    assert queries.inbox(bench.signatory) == []
    bench.decision(decision.case)

    [turn] = queries.inbox(bench.signatory)

    assert (turn.case, turn.link) == (decision.case, "attestation")
    assert queries.inbox(member(organisation("Stranger"), "attestation")) == []


def test_a_person_holds_their_registration_and_the_log_tells_nothing_of_them(bench, published):
    person = Person.objects.create(names={"en": "Sample Wang", "zh": "示例王"})
    case = bench.case(bench.licences, bench.regulator, person=person)
    decision = bench.decision(case, scope=[line()])
    with clock.travel(DAY):
        edition = actions.carry_out(decision=decision, by=bench.regulator_signatory, at=at(DAY))

    files = published()

    credential = edition.credentials.get()
    assert edition.attestation.personal
    assert not [path for path in files if path.startswith(("acc/", "c/", "bundle/"))]
    assert [path for path in files if path.startswith("status/")]
    assert person.public_id.encode() not in bytes(credential.entry.data)
    assert b'"iss"' not in bytes(credential.entry.data)
    assert queries.may_download(edition.attestation, bench.regulator_signatory)
    assert not queries.may_download(edition.attestation, None)
    assert not queries.may_download(edition.attestation, member(bench.client, "application"))
    credential.refresh_from_db()
    assert {"jwt", "json", "tlog-proof", "history.jwt"} <= set(queries.files_of(credential))
    assert queries.bundle_of(credential) is None


def test_every_row_of_an_edition_is_of_one_decision(bench):
    bench.licensed()
    decision = bench.decision(bench.case(bench.qms, bench.body))

    edition = bench.carried_out(decision)

    assert edition.decision == decision.public_id
    assert StatusChange.objects.get(attestation=edition.attestation).decision == decision.public_id
    assert Edition.objects.filter(decision=decision.public_id).count() == 1
    assert instant(DAY) <= edition.effective_at or edition.effective_at.date() <= DAY


def test_a_certificate_of_an_integrated_group_is_issued_from_the_groups_application(bench):
    leader = bench.case(bench.qms, bench.body, answers={"confidential": True}, integrated=bench.qms)
    follower = bench.case(bench.qms, bench.body, answers={}, integrated=bench.qms, joint=leader)

    assert documents.answers_of(follower) == documents.answers_of(leader) == {"confidential": True}
