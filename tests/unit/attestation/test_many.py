"""Many decisions carried out in one act: what each gets is what it would have got alone."""

from __future__ import annotations

from datetime import date

import pytest

from issuing_bench import at
from small_world import organisation
from testamur.attestation import actions, proving
from testamur.attestation.models import Series, Slot, Statement
from testamur.journal.models import Event
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Status
from testamur.parties.models import Bar
from testamur.register.models import Attestation, Credential, Current, Edition
from testamur.register.status import status
from testamur.selection.models import Case
from testamur.transparency.models import Entry
from testamur.verification.entry import parse

MARCH = date(2026, 3, 1)
SAME = ("issued_on", "effective_on", "expires_on", "statement", "requirements", "grade", "title", "mode")


@pytest.fixture
def body(bench):
    bench.licensed()
    bench.accredited("17")
    return bench


def decided(bench, count, **more):
    clients = [organisation(f"Client {number}", country="CN") for number in range(count)]
    return [bench.decision(bench.case(bench.qms, bench.body, client=one, answers={}, **more)) for one in clients]


def carry_out_many(bench, decisions, **more):
    with clock.travel(MARCH):
        return actions.carry_out_many(decisions=decisions, by=bench.signatory, at=at(MARCH), **more)


def test_each_gets_what_it_would_have_got_alone(body):
    alone, *rest = decided(body, 6)
    first = body.carried_out(alone)
    before = Event.objects.count(), Entry.objects.count(), Statement.objects.count()

    editions = carry_out_many(body, rest)

    assert [one.decision for one in editions] == [one.public_id for one in rest]
    assert [one.number for one in editions] == [f"{first.number[:6]}{serial:05}R0S" for serial in range(2, 7)]
    for one in Edition.objects.filter(pk__in=[edition.pk for edition in editions]):
        assert all(getattr(one, name) == getattr(first, name) for name in SAME)
        assert {**one.shown} == {**first.shown}
        assert [line.line for line in one.lines.all()] == [line.line for line in first.lines.all()]
        assert [party.role for party in one.parties.all()] == ["holder"]
        assert status(one.attestation, MARCH).status is Status.VALID
        assert Current.objects.get(attestation=one.attestation).number == one.number
        assert set(one.credentials.get().body) == set(first.credentials.get().body)
    assert proving.altered() == []
    made = [("attestation.issued", "cert.issue", "cert.status")] * 5
    events = Event.objects.filter(pk__gt=0).order_by("pk")[before[0] :]
    assert [one.kind for one in events] == [kind for kind, _issue, _status in made]
    assert [one.by_membership for one in events] == [body.signatory.pk] * 5
    assert {one.case for one in events} == {decision.case.public_id for decision in rest}
    types = sorted(Entry.objects.order_by("pk").values_list("type", flat=True)[before[1] :])
    assert types == ["cert.issue"] * 5 + ["cert.status"] * 5
    assert Statement.objects.count() == before[2] + 5


def test_decisions_and_cases_are_done_and_places_and_numbers_are_each_ones_own(body):
    decisions = decided(body, 7)

    carry_out_many(body, decisions)

    for one in decisions:
        one.refresh_from_db()
        one.case.refresh_from_db()
        assert one.issued_at is not None and one.attestation == one.case.attestation
        assert (one.case.stage, one.case.days["issued"]) == (Case.Stage.DONE, "2026-03-01")
    slots = set(Slot.objects.values_list("issuer", "shard", "index"))
    assert len(slots) == Slot.objects.count() == Credential.objects.count()
    assert Series.objects.get(key__contains=body.qms.scheme_id).last == 7
    logged = {parse(bytes(entry.data)).digest for entry in Entry.objects.filter(type="cert.issue")}
    assert logged == set(Credential.objects.filter(edition__scheme=body.qms).values_list("digest", flat=True))


def test_carried_out_twice_gives_what_the_first_time_made(body):
    decisions = decided(body, 3)
    first = carry_out_many(body, decisions[:2])

    again = carry_out_many(body, decisions)

    assert again[:2] == first
    assert Attestation.objects.filter(scheme_id_text=body.qms.scheme_id).count() == 3


def test_where_one_is_refused_none_is_carried_out_and_the_refusal_names_the_case(body):
    decisions = decided(body, 3)
    decisions[1].scope = [{**decisions[1].scope[0], "planet": "all"}]
    decisions[1].save()

    with pytest.raises(Refused, match="planet") as refused:
        carry_out_many(body, decisions)

    assert refused.value.field == decisions[1].case.number
    assert not Attestation.objects.filter(scheme_id_text=body.qms.scheme_id).exists()
    assert not Series.objects.filter(key__contains=body.qms.scheme_id, last__gt=0).exists()


def test_a_holder_who_is_barred_a_signature_awaited_and_a_stranger_stop_it_as_they_stop_one(body):
    decisions = decided(body, 3)
    bar = Bar.objects.create(
        organisation=decisions[2].case.client, ground="sample", from_day=MARCH, source="testamur@2026-1#test"
    )
    with pytest.raises(Refused, match="is barred"):
        carry_out_many(body, decisions)
    bar.delete()
    decisions[0].signatures.all().delete()
    with pytest.raises(Refused, match="not signed yet"):
        carry_out_many(body, decisions)
    with clock.travel(MARCH), pytest.raises(Refused, match="does not sign for"):
        actions.carry_out_many(decisions=decisions[1:], by=body.regulator_signatory, at=at(MARCH))


def test_two_for_one_holder_are_compared_with_one_another(body):
    decisions = decided(body, 2)
    twin = body.decision(body.case(body.qms, body.body, client=decisions[0].case.client, answers={}))

    made = carry_out_many(body, [*decisions, twin])

    issued = {one.subject_id: one.payload["not_unique"] for one in Event.objects.filter(kind="attestation.issued")}
    assert issued[str(made[2].pk)] == [made[0].attestation.public_id]
    assert issued[str(made[1].pk)] == []


def test_changes_of_status_and_new_editions_go_with_new_ones(body):
    given = body.granted()
    case = body.case(body.qms, body.body, attestation=given, occasion="renewal")
    suspend = body.decision(case, "suspend", ground="surveillance_missed")
    [new] = decided(body, 1)

    change, edition = carry_out_many(body, [suspend, new])

    assert change.status == "suspended" and status(given, MARCH).status is Status.SUSPENDED
    assert edition.edition == 1
