"""Two persons approve each issue, where the issuer's policy says so: on every path that issues something."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from issuing_bench import Bench, at, full
from small_world import PLATFORM, both, member, organisation, revised
from testamur.attestation import actions, approvals, key_changes, queries
from testamur.attestation.models import Approval
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.parties.actions import create_key, end_membership, let_two_issue, open_account
from testamur.parties.models import Membership
from testamur.register.models import Attestation, Credential
from testamur.register.status import status
from tests.unit.workspace.forms import text_of

pytestmark = pytest.mark.django_db
MARCH, MAY = date(2026, 3, 1), date(2026, 5, 4)


@pytest.fixture
def bench() -> Bench:
    world = Bench()
    world.licensed()
    world.accredited("17")
    world.keeper = member(world.body, "administration", name="Keeper")
    world.second = member(world.body, "attestation", "status", "decision", name="Second")
    return world


@pytest.fixture
def two(bench) -> Bench:
    let_two_issue(organisation=bench.body, two=True, by=bench.keeper, at=at(date(2026, 2, 1)))
    bench.body.refresh_from_db()
    return bench


def granted(world, **more):
    return world.decision(world.case(world.qms, world.body, **more))


def carried_out(world, decision, by, day=MARCH, **more):
    by = Membership.objects.get(pk=by.pk)
    with clock.travel(day):
        return actions.carry_out(decision=decision, by=by, at=at(day), **more)


def with_sites(world):
    """Return a decision on a certificate for both sites of the client."""
    field = {
        "id": "sites",
        "part": "p",
        "label": both("Sites"),
        "type": "sites",
        "scope": "site",
        "source": "testamur@1#1",
    }
    scheme = revised(world.qms, field=[field])
    sites = (world.head, world.branch)
    rows = [
        {"site": site.public_id, "names": site.names, "address": site.address, "central": site.central}
        for site in sites
    ]
    scope = [full(site={"tree": "sites", "node": site.public_id}) for site in sites]
    return world.decision(world.case(scheme, world.body, answers={"sites": rows}), scope=scope)


def certified(world):
    decision = granted(world)
    carried_out(world, decision, world.signatory)
    return carried_out(world, decision, world.second).attestation


def test_one_person_issues_alone_where_no_policy_says_otherwise(bench):
    assert carried_out(bench, granted(bench), bench.signatory) is not None
    assert not Approval.objects.exists()


def test_the_first_person_proposes_and_another_issues(two):
    decision = granted(two)

    assert carried_out(two, decision, two.signatory) is None
    assert not Credential.objects.filter(edition__attestation__issuer=two.body).exists()
    edition = carried_out(two, decision, two.second)

    assert edition.attestation.issuer == two.body
    given = approvals.given(approvals.decision_key(decision.public_id))
    assert [(one.member, one.proposes) for one in given] == [(two.signatory, True), (two.second, False)]
    kinds = Event.objects.filter(kind__in=("attestation.proposed", "attestation.approved")).order_by("pk")
    assert [(event.kind, event.by_membership) for event in kinds] == [
        ("attestation.proposed", two.signatory.pk),
        ("attestation.approved", two.second.pk),
    ]


def test_many_at_once_are_proposed_by_one_and_issued_by_another(two):
    decisions = [granted(two, client=organisation(f"Client {number}"), answers={}) for number in range(3)]

    def many(by):
        with clock.travel(MARCH):
            return actions.carry_out_many(decisions=decisions, by=Membership.objects.get(pk=by.pk), at=at(MARCH))

    assert many(two.signatory) == []
    with pytest.raises(Refused, match="lets two persons approve each issue"):
        many(two.signatory)
    assert not Attestation.objects.filter(issuer=two.body).exists()
    assert [one.decision for one in many(two.second)] == [one.public_id for one in decisions]


def test_the_same_person_twice_is_refused_with_sentence_and_source(two):
    decision = granted(two)
    carried_out(two, decision, two.signatory)

    with pytest.raises(Refused, match="lets two persons approve each issue") as refused:
        carried_out(two, decision, two.signatory)

    assert (refused.value.rule, refused.value.source) == ("attestation.two_persons", "testamur@2026-1#keys")
    assert not Attestation.objects.filter(issuer=two.body).exists()


def test_the_same_person_under_another_membership_is_the_same_person(two):
    decision = granted(two)
    carried_out(two, decision, two.signatory)
    again = Membership.objects.get(pk=two.signatory.pk)
    again.until_day = MARCH
    again.save()
    other = Membership.objects.create(
        person=two.signatory.person, organisation=two.body, functions=["attestation"], from_day=MARCH
    )

    with pytest.raises(Refused, match="another one has to issue it"):
        carried_out(two, decision, other)


def test_a_second_person_without_the_right_is_refused_and_the_proposal_waits(two):
    decision = granted(two)
    carried_out(two, decision, two.signatory)

    with pytest.raises(Refused, match="does not sign for"):
        carried_out(two, decision, two.keeper)
    assert queries.waiting_proposal(decision).member == two.signatory


def test_a_proposal_of_somebody_who_left_counts_no_more(two):
    decision = granted(two)
    carried_out(two, decision, two.signatory)
    Membership.objects.filter(pk=two.signatory.pk).update(until_day=MARCH)

    assert carried_out(two, decision, two.second, day=MARCH + timedelta(days=2)) is None
    assert not Attestation.objects.filter(issuer=two.body).exists()


def test_what_was_proposed_is_what_is_issued(two):
    decision = with_sites(two)

    carried_out(two, decision, two.signatory, sites=[two.branch])
    edition = carried_out(two, decision, two.second, sites=[two.head])

    (part,) = edition.attestation.parts.all()
    assert [row.site for row in part.editions.get().sites.all()] == [two.branch]


def test_a_change_of_a_living_certificate_waits_for_the_second_person_too(two):
    certificate = certified(two)
    with clock.travel(MAY):
        done = actions.change(
            attestation=certificate, reasons=both("moved"), address={"en": "9 New Road"}, by=two.signatory, at=at(MAY)
        )
    assert done is None and certificate.editions.count() == 1

    with clock.travel(MAY):
        assert queries.awaiting_approval(two.signatory) == []
        (decision,) = queries.awaiting_approval(two.second)
    assert carried_out(two, decision, two.second, day=MAY).edition == 2
    with clock.travel(MAY):
        assert queries.awaiting_approval(two.second) == []


def test_a_sub_certificate_waits_for_the_second_person_too(two):
    decision = with_sites(two)
    carried_out(two, decision, two.signatory)
    main = carried_out(two, decision, two.second).attestation

    with clock.travel(MAY):
        assert actions.issue_part(main=main, site=two.branch, by=two.signatory, at=at(MAY)) is None
        with pytest.raises(Refused, match="another one has to issue it"):
            actions.issue_part(main=main, site=two.branch, by=two.signatory, at=at(MAY))
        part = actions.issue_part(main=main, site=two.branch, by=two.second, at=at(MAY))
    assert part.main == main


def test_suspending_needs_no_second_person_because_nothing_is_issued(two):
    certificate = certified(two)

    with clock.travel(MAY):
        actions.suspend(
            attestation=certificate, ground="surveillance_missed", reasons=both("late"), by=two.second, at=at(MAY)
        )
        assert status(certificate).status is Status.SUSPENDED


def test_signing_anew_after_a_revocation_waits_for_the_second_person_too(two):
    certificate = certified(two)
    one = certificate.editions.get().credentials.get()
    second = member(two.body, "administration", name="Deputy")
    key = two.body.keys.get()
    with clock.travel(MAY):
        key.revoked_at, key.revoked_because, key.revoked_at_index = at(MAY), "stolen", 0
        key.save()
        create_key(organisation=two.body, by=two.keeper, at=at(MAY))
        assert key_changes.sign_anew(credential=one, by=two.keeper, at=at(MAY)) is None
        assert key_changes.sign_anew(credential=one, by=second, at=at(MAY)).edition == one.edition


def test_it_is_the_second_persons_turn_and_no_longer_the_firsts(two):
    case = two.case(two.qms, two.body)
    two.decision(case)
    with clock.travel(MARCH):
        assert len(queries.inbox(two.signatory)) == len(queries.inbox(two.second)) == 1
        actions.carry_out(decision=case.decisions.get(), by=two.signatory, at=at(MARCH))

        assert queries.inbox(two.signatory) == []
        (turn,) = queries.inbox(two.second)
    assert turn.sentence == "Approve and issue what {person} proposed"
    assert turn.facts["person"] == two.signatory.person.names


def test_only_an_administrator_changes_who_approves(bench):
    with pytest.raises(Refused, match="does not hold"):
        let_two_issue(organisation=bench.body, two=True, by=bench.signatory, at=at(MARCH))

    let_two_issue(organisation=bench.body, two=True, by=bench.keeper, at=at(MARCH))
    let_two_issue(organisation=bench.body, two=True, by=bench.keeper, at=at(MARCH))
    assert Event.objects.filter(kind="party.two_to_issue").count() == 1


def test_nobody_takes_the_second_person_away_alone(two):
    deputy = member(two.body, "administration", name="Deputy")

    def one_alone(by):
        return let_two_issue(organisation=two.body, two=False, by=by, at=at(MARCH))

    assert one_alone(two.keeper).two_to_issue
    with pytest.raises(Refused, match="another administrator of Sample Body has to agree"):
        one_alone(two.keeper)
    assert let_two_issue(organisation=two.body, two=True, by=deputy, at=at(MARCH)).one_asked_by is None
    assert one_alone(deputy).two_to_issue
    assert not one_alone(two.keeper).two_to_issue
    kinds = Event.objects.filter(kind__startswith="party.").order_by("pk").values_list("kind", flat=True)
    asked, left = "party.one_to_issue_asked", "party.one_to_issue_left"
    assert list(kinds)[-4:] == [asked, left, asked, "party.two_to_issue"]


def test_who_asked_and_left_does_not_count(two):
    deputy = member(two.body, "administration", name="Deputy")
    let_two_issue(organisation=two.body, two=False, by=deputy, at=at(MARCH))
    end_membership(membership=deputy, by=two.keeper, at=at(MARCH))

    later = let_two_issue(organisation=two.body, two=False, by=two.keeper, at=at(MAY))

    assert later.two_to_issue and later.one_asked_by == two.keeper


def test_the_page_of_keys_shows_who_asked_and_lets_another_agree(two):
    keeper, deputy = signed_in(two.keeper), signed_in(member(two.body, "administration", name="Deputy"))
    page, send = "/w/organisation/keys/", "/w/organisation/keys/two-persons/"

    assert "Another administrator of your organisation has to agree" in text_of(
        keeper.post(send, {"two": "no"}, follow=True).content.decode()
    )
    assert "Agree: let one person" not in keeper.get(page).content.decode()
    shown = deputy.get(page).content.decode()
    assert "Sample Keeper asked that one person issue alone" in text_of(shown) and "Agree: let one person" in shown
    assert "One person issues alone" in deputy.post(send, {"two": "no"}, follow=True).content.decode()


def signed_in(one, language="en"):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    account.language = language
    account.save()
    client = Client(SERVER_NAME="localhost", headers={"Accept-Language": language})
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_says_whose_turn_it_is_and_who_approved(two):
    case = two.case(two.qms, two.body)
    two.decision(case)
    first, second = signed_in(two.signatory), signed_in(two.second)
    page = f"/w/cases/{case.public_id}/attestation/"

    assert "Propose to issue" in first.get(page).content.decode()
    assert "A second person of your organisation has to issue it" in first.post(page, follow=True).content.decode()
    assert "another one has to issue it" in first.get(page).content.decode()
    seen = second.get(page).content.decode()
    assert "Sample Signatory proposed to issue this" in seen and "Issue and publish" in seen
    second.post(page)
    done = second.get(page).content.decode()
    assert "Who approved" in done and "Sample Second" in done


def test_the_second_person_finds_a_proposed_change_in_the_inbox_and_issues_it(two):
    certificate = certified(two)
    with clock.travel(MAY):
        actions.change(
            attestation=certificate, reasons=both("moved"), address={"en": "9 New Road"}, by=two.signatory, at=at(MAY)
        )
    second = signed_in(two.second)
    (decision,) = queries.awaiting_approval(two.second)
    page = f"/w/certificates/{certificate.public_id}/approval/{decision.public_id}/"

    assert page in second.get("/w/").content.decode()
    shown = text_of(second.get(page).content.decode())
    assert "What the new edition says otherwise" in shown and "Address" in shown
    assert shown.index(certificate.holder.address["en"]) < shown.index("9 New Road")
    assert "another one has to issue it" in signed_in(two.signatory).get(page).content.decode()
    second.post(page)
    assert certificate.editions.count() == 2
    assert signed_in(member(two.regulator, "attestation", name="Else")).get(page).status_code == 404


def test_the_administrator_sets_it_on_the_page_of_keys(bench):
    client = signed_in(bench.keeper, "zh-hans")

    said = client.post("/w/organisation/keys/two-persons/", {"two": "yes"}, follow=True).content.decode()

    bench.body.refresh_from_db()
    assert bench.body.two_to_issue and "提出改为一人颁发" in said
    assert signed_in(bench.second).post("/w/organisation/keys/two-persons/", {"two": "no"}).status_code == 403


def reached_by_a_revocation(world, count):
    """Return the credentials of some certificates that verifiers refuse, because their key was revoked before them."""
    found = []
    for number in range(count):
        decision = granted(world, client=organisation(f"Client {number}"), answers={})
        carried_out(world, decision, world.signatory)
        found.append(carried_out(world, decision, world.second).credentials.get())
    key = world.body.keys.get()
    with clock.travel(MAY):
        key.revoked_at, key.revoked_because, key.revoked_at_index = at(MAY), "stolen", 0
        key.save()
        create_key(organisation=world.body, by=world.keeper, at=at(MAY))
    return found


def test_administrators_find_what_a_revocation_reached_in_their_inbox_and_sign_the_chosen_ones_anew(two):
    credentials = reached_by_a_revocation(two, 3)
    keeper, deputy = signed_in(two.keeper), signed_in(member(two.body, "administration", name="Deputy"))
    page, sign = "/w/organisation/keys/", "/w/organisation/keys/certificates/"
    chosen = {"credential": [one.public_id for one in credentials[:2]]}

    assert "Certificates that rest on a revoked key: 3." in text_of(keeper.get("/w/").content.decode())
    assert "Choose at least one" in keeper.post(sign, follow=True).content.decode()
    assert "2 certificates are proposed" in keeper.post(sign, chosen, follow=True).content.decode()
    assert "a second administrator signs it anew" in keeper.get(page).content.decode()
    assert "another one has to issue it" in keeper.post(sign, chosen, follow=True).content.decode()
    assert "Sample Keeper proposed it" in text_of(deputy.get(page).content.decode())
    assert "2 certificates are signed anew" in deputy.post(sign, chosen, follow=True).content.decode()

    assert [one.pk for one in key_changes.affected(two.body)] == [credentials[2].pk]
    assert "Certificates that rest on a revoked key: 1." in text_of(keeper.get("/w/").content.decode())
    assert Credential.objects.filter(edition__attestation__issuer=two.body).count() == 5


def test_none_is_signed_anew_where_one_of_the_chosen_cannot_be(two):
    first, second = reached_by_a_revocation(two, 2)
    deputy = member(two.body, "administration", name="Deputy")
    with clock.travel(MAY):
        assert key_changes.sign_anew(credential=second, by=deputy, at=at(MAY)) is None
        assert key_changes.sign_anew(credential=first, by=two.keeper, at=at(MAY)) is None
        with pytest.raises(Refused, match="another one has to issue it"):
            key_changes.sign_many_anew(credentials=[first, second], by=deputy, at=at(MAY))

    assert {one.pk for one in key_changes.affected(two.body)} == {first.pk, second.pk}
