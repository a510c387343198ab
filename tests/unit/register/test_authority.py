"""Who may do what on a day, and how the line of authority is shown."""

from __future__ import annotations

from datetime import date

import pytest

from small_world import EMS, PLATFORM, QMS, both, given, instant, node, organisation, revised
from testamur.journal.models import Mark
from testamur.kernel.once import look
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.parties.actions import change_organisation
from testamur.register import actions
from testamur.register.authority import AUTHORITIES, check_all, check_authority, held, holdings_for
from testamur.register.trust import Verdict, trust_tree

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)
CLAIM = [{"document": node(), "sector": {"tree": "sectors@test", "node": "17"}, "site": "all"}]


def check(world, demand, *, claim=CLAIM, on=DAY, holder=None):
    definition = world.qms.definition
    table = definition.authority(demand)
    return check_authority(table, definition=definition, holder=holder or world.body, claim=claim, on=on)


def change(attestation, to, on, **more):
    return actions.change_status(
        attestation=attestation, status=to, reason=both("r"), by=PLATFORM, at=instant(on), **more
    )


def test_a_body_with_a_licence_for_the_standard_may_issue(world):
    licence = world.licence(QMS)

    assert check(world, "licence") == licence


def test_a_body_without_a_licence_may_not_and_the_clause_is_named(world):
    with pytest.raises(Refused, match="holds no licence") as refusal:
        check(world, "licence")

    assert refusal.value.source == "testamur@2026-1#test"
    assert refusal.value.rule == "authority.licence"


def test_a_body_approved_for_quality_management_cannot_issue_for_the_environment(world):
    world.licence(QMS)

    with pytest.raises(Refused, match=f"does not cover document {EMS}"):
        check(world, "licence", claim=[{**CLAIM[0], "document": node(EMS)}])


def test_a_suspended_licence_stops_issuing_on_the_day_and_not_before(world):
    licence = world.licence(QMS)
    change(licence, Status.SUSPENDED, date(2026, 2, 1))

    assert check(world, "licence", on=date(2026, 1, 31)) == licence
    with pytest.raises(Refused, match="is suspended on 2026-03-01"):
        check(world, "licence")


def test_a_suspended_scope_line_covers_nothing(world):
    licence = world.licence(QMS, EMS)
    change(licence, Status.SUSPENDED, date(2026, 2, 1), lines=[1])

    with pytest.raises(Refused, match="does not cover"):
        check(world, "licence")
    assert check(world, "licence", claim=[{**CLAIM[0], "document": node(EMS)}]) == licence


def test_an_authority_that_is_needed_only_if_claimed_may_be_absent(world):
    assert check(world, "accreditation") is None


def test_an_accreditation_outside_the_sector_is_not_used(world):
    world.accreditation("18")

    assert check(world, "accreditation") is None
    world.accreditation("17")
    assert check(world, "accreditation") is not None


def test_every_demand_must_hold_by_itself(world):
    licence = world.licence()

    assert check_all(world.qms.definition, of="issuer", holder=world.body, claim=CLAIM, on=DAY) == {
        "licence": licence,
        "accreditation": None,
    }


def test_authority_by_statute_is_the_roots_alone(world):
    definition = world.licences.definition
    table = definition.authority("by-law")
    claim = [{"document": node()}]

    assert check_authority(table, definition=definition, holder=world.regulator, claim=claim, on=DAY) is None
    with pytest.raises(Refused, match="no authority by statute"):
        check_authority(table, definition=definition, holder=world.body, claim=claim, on=DAY)


def test_a_licence_given_by_somebody_without_power_is_worth_nothing(world):
    pretender = organisation("Pretender")
    given(world.licences, issuer=pretender, holder=world.body, lines=[{"document": node()}])

    with pytest.raises(Refused, match="Sample Pretender gave it and holds no authority by statute"):
        check(world, "licence")


def test_a_refusal_names_its_reason_in_both_languages(world):
    world.licence(EMS)

    with pytest.raises(Refused) as refusal:
        check(world, "licence")

    assert set(refusal.value.facts["why"]) == {"en", "zh"}


def test_held_lists_what_is_valid_on_the_day(world):
    licence = world.licence()
    change(licence, Status.WITHDRAWN, DAY)

    assert held(world.body, schemes=["sample-licence"], on=date(2026, 2, 1)) == [licence]
    assert held(world.body, kind="licence", on=date(2026, 2, 1)) == [licence]
    assert held(world.body, schemes=["sample-licence"], on=DAY) == []


def test_the_trust_tree_reaches_the_root_through_every_demand(world):
    world.licence()
    world.accreditation("17")
    certificate = world.certificate("17", shown={"authorities": [{"demand": "accreditation"}]})

    tree = trust_tree(certificate, DAY)

    assert tree.verdict is Verdict.VALID
    assert [(link.kind, link.verdict) for link in tree.walk()] == [
        ("certificate", Verdict.VALID),
        ("licence", Verdict.VALID),
        ("root", Verdict.VALID),
        ("accreditation", Verdict.VALID),
        ("root", Verdict.VALID),
    ]
    assert tree.children[0].holder == world.body.names


def test_the_trust_tree_shows_where_it_is_broken(world):
    licence = world.licence()
    certificate = world.certificate("17")
    change(licence, Status.WITHDRAWN, DAY)

    tree = trust_tree(certificate, DAY)

    assert tree.broken is not None
    assert (tree.broken.kind, tree.broken.status) == ("licence", Status.WITHDRAWN)
    assert trust_tree(certificate, date(2026, 2, 1)).broken is None


def test_an_accreditation_nobody_claims_is_said_to_be_absent_and_is_no_fault(world):
    world.licence()

    tree = trust_tree(world.certificate("17"), DAY)

    assert tree.broken is None
    assert tree.children[1].verdict is Verdict.NONE


def test_an_accreditation_that_was_claimed_and_is_lost_breaks_the_tree(world):
    world.licence()
    accreditation = world.accreditation("17")
    certificate = world.certificate("17", shown={"authorities": [{"demand": "accreditation"}]})
    change(accreditation, Status.WITHDRAWN, DAY)

    assert trust_tree(certificate, DAY).broken is not None
    assert trust_tree(world.certificate("17"), DAY).broken is None


def test_a_foreign_record_claims_nothing_of_its_issuers_authority(world):
    foreign = given(None, issuer=organisation("Foreign"), holder=world.client, lines=[], scheme_id="foreign")

    tree = trust_tree(foreign, DAY)

    assert [link.verdict for link in tree.children] == [Verdict.SILENT]


def test_what_the_scheme_asks_besides_the_claim_must_be_covered_too(world):
    tables = {**world.qms.body["authority"][0], "asks": {"system": "M"}}
    qms = revised(world.qms, authority=[tables])
    for system in ("P", "M"):
        node_of = {"tree": "system", "node": system}
        given(
            world.licences, issuer=world.regulator, holder=world.body, lines=[{"document": node(), "system": node_of}]
        )
        definition = qms.definition
        table = definition.authority("licence")
        if system == "P":
            with pytest.raises(Refused, match="does not cover system M"):
                check_authority(table, definition=definition, holder=world.body, claim=CLAIM, on=DAY)
        else:
            assert check_authority(table, definition=definition, holder=world.body, claim=CLAIM, on=DAY)


def test_what_a_body_holds_is_read_once_and_again_after_an_authority_was_written(world, django_assert_num_queries):
    table = world.qms.definition.authority("licence")
    licence = world.licence(QMS)
    with look():
        first = holdings_for(world.body, [table], on=DAY)
        assert [row for row, _standing in first] == [licence]
        with django_assert_num_queries(0):
            assert holdings_for(world.body, [table], on=DAY) is first
    change(licence, Status.SUSPENDED, DAY)
    standing = dict(holdings_for(world.body, [table], on=DAY))[licence]
    assert standing.status is Status.SUSPENDED


def test_a_certificate_that_is_issued_leaves_what_is_remembered_of_authorities(world):
    world.licence(QMS)
    before = Mark.objects.get(area=AUTHORITIES).word
    world.certificate()
    assert Mark.objects.get(area=AUTHORITIES).word == before


def test_the_one_who_gave_an_authority_is_called_as_it_is_called_now(world):
    world.licence(QMS)
    certificate = world.certificate()
    assert trust_tree(certificate, DAY).children[0].issuer == world.regulator.names

    change_organisation(organisation=world.regulator, names=both("Administration"), by=PLATFORM, at=instant(DAY))

    assert trust_tree(certificate, DAY).children[0].issuer == both("Administration")
