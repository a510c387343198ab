"""The impartiality guard: who gave a solution cannot certify for two years; generic help costs nothing."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from small_world import World, instant, member, organisation
from testamur.diagnosis import actions, queries
from testamur.diagnosis.models import Advice, Assessment
from testamur.journal.models import Event
from testamur.kernel.refusal import Refused
from testamur.parties.models import Engagement, Ownership
from testamur.selection import policies as selection
from testamur.selection.impartiality import check_body_did_not_advise, related

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
AT = instant(DAY)


@pytest.fixture
def world(db):
    return World()


@pytest.fixture
def keeper(world):
    return member(world.client, "quality", "application")


@pytest.fixture
def auditor(world):
    return member(world.body, "determination", name="Hu")


def finished(keeper):
    one = actions.begin(questionnaire="iso-9001", form="short", by=keeper, at=AT)
    given = {q.id: ("no", "") for q in queries.questionnaire_of(one).asked("short")}
    actions.answer_page(assessment=one, answers=given, by=keeper, at=AT)
    return actions.finish(assessment=one, by=keeper, at=AT)


def let_in(keeper, to, *, fee_tied=False):
    return actions.let_in(
        assessment=finished(keeper), to=to, until_day=DAY + timedelta(days=60), fee_tied=fee_tied, by=keeper, at=AT
    )


def advise(grant, by, kind="specific", about="method", **more):
    return actions.write_advice(grant=grant, sentence="Do so.", kind=kind, about=about, by=by, at=AT, **more)


def may_apply(world, on=DAY, occasion="initial"):
    selection.check_may_apply(
        scheme=world.qms, issuer=world.body, party=world.client, occasion=occasion, attestation=None, on=on
    )


def test_generic_advice_by_the_body_leaves_it_free_to_certify(world, keeper, auditor):
    made = advise(let_in(keeper, world.body), auditor, kind="generic", about="opportunity")
    assert made.kind == Advice.Kind.GENERIC
    assert not Engagement.objects.exists()
    may_apply(world)


def test_client_specific_advice_wants_confirmation_and_then_shuts_the_body_out_for_two_years(world, keeper, auditor):
    grant = let_in(keeper, world.body)
    with pytest.raises(Refused, match="two years") as told:
        advise(grant, auditor)
    assert told.value.source == "iso-17021-1@2015#5.2.5"
    assert not Advice.objects.exists() and not Engagement.objects.exists()

    made = advise(grant, auditor, confirmed=True)
    assert {bool(row.person_id) for row in made.engagements.all()} == {True, False}
    assert made.engagements.filter(person=auditor.person, client_specific=True, until_day=DAY).exists()
    with pytest.raises(Refused) as refused:
        may_apply(world)
    assert (refused.value.rule, refused.value.source) == ("CAB.impartiality_body", "iso-17021-1@2015#5.2.5")
    assert refused.value.until == date(2028, 3, 2)
    with pytest.raises(Refused):
        may_apply(world, date(2028, 3, 1))
    may_apply(world, date(2028, 3, 2))
    advise(grant, auditor, confirmed=True)
    assert Engagement.objects.count() == 2


def test_a_solution_is_never_generic_and_a_fee_tied_to_certification_makes_all_of_it_specific(world, keeper, auditor):
    with pytest.raises(Refused, match="two years"):
        advise(let_in(keeper, world.body), auditor, kind="generic", about="solution")
    grant = let_in(keeper, world.accreditor, fee_tied=True)
    theirs = member(world.accreditor, "determination")
    with pytest.raises(Refused, match="two years"):
        advise(grant, theirs, kind="generic", about="maturity")
    assert advise(grant, theirs, kind="generic", about="maturity", confirmed=True).kind == Advice.Kind.SPECIFIC


def test_a_body_that_is_tied_by_ownership_to_an_adviser_is_refused_too(world, keeper):
    adviser, holding = organisation("Advisers"), organisation("Holding")
    for owned in (adviser, world.body):
        Ownership.objects.create(owner=holding, owned=owned, share=Decimal(60), from_day=date(2020, 1, 1))
    assert related(world.body, DAY) == {adviser.pk, holding.pk}
    advise(let_in(keeper, adviser), member(adviser, "quality", name="Yu"), confirmed=True)
    with pytest.raises(Refused, match="tied to") as refused:
        may_apply(world)
    assert refused.value.source == "iso-17021-1@2015#5.2.7"
    Ownership.objects.filter(owned=adviser).update(until_day=date(2025, 1, 1))
    assert related(world.body, DAY) == {holding.pk}
    may_apply(world)


def test_consulting_that_goes_on_has_no_day_from_which_it_is_possible(world):
    Engagement.objects.create(
        organisation=world.body, client=world.client, kind="consulting", from_day=date(2020, 1, 1), source="contract"
    )
    with pytest.raises(Refused, match="at present") as refused:
        check_body_did_not_advise(world.qms.definition, issuer=world.body, client=world.client, on=DAY)
    assert refused.value.until is None
    check_body_did_not_advise(world.qms.definition, issuer=world.accreditor, client=world.client, on=DAY)
    check_body_did_not_advise(world.qms.definition, issuer=world.body, client=None, on=DAY)


def test_nobody_looks_or_advises_without_a_living_grant(world, keeper, auditor):
    grant = let_in(keeper, world.body)
    stranger = member(organisation("Other"), "quality")
    with pytest.raises(Refused, match="nothing here"):
        advise(grant, stranger, kind="generic")
    with pytest.raises(Refused, match="no longer"):
        actions.write_advice(
            grant=grant, sentence="x", kind="generic", about="method", by=auditor, at=instant(DAY + timedelta(days=61))
        )
    actions.revoke_grant(grant=grant, by=keeper, at=AT)
    with pytest.raises(Refused, match="no longer"):
        advise(grant, auditor, kind="generic")
    assert not Event.objects.filter(kind="diagnosis.advice_written").exists()


def test_a_grant_is_for_a_finished_check_up_another_organisation_and_at_most_a_year(world, keeper):
    draft = actions.begin(questionnaire="iso-9001", form="full", by=keeper, at=AT)
    done = finished(keeper)
    common = {"fee_tied": False, "by": keeper, "at": AT}
    for assessment, to, until in (
        (draft, world.body, DAY),
        (done, world.client, DAY),
        (done, world.body, DAY - timedelta(days=1)),
        (done, world.body, DAY + timedelta(days=400)),
    ):
        with pytest.raises(Refused):
            actions.let_in(assessment=assessment, to=to, until_day=until, **common)
    actions.let_in(assessment=done, to=world.body, until_day=DAY, **common)
    with pytest.raises(Refused, match="let in already"):
        actions.let_in(assessment=done, to=world.body, until_day=DAY, **common)


def test_what_is_finished_is_frozen_and_others_cannot_touch_it(world, keeper):
    done = finished(keeper)
    assert (done.total, done.scores["context"]) == (Decimal("0.0"), "0.0")
    for act in (
        lambda: actions.answer_page(assessment=done, answers={"q4-1": ("yes", "")}, by=keeper, at=AT),
        lambda: actions.finish(assessment=done, by=keeper, at=AT),
    ):
        with pytest.raises(Refused, match="stays as it is"):
            act()
    stranger = member(organisation("Other"), "quality")
    without = member(world.client, "application", name="Zhou")
    for by in (stranger, without):
        with pytest.raises(Refused):
            actions.reorder(assessment=done, rank=[], by=by, at=AT)
        assert not queries.visible_to(by).exists()
    assert Assessment.objects.count() == 1


def test_an_incomplete_check_up_is_not_finished(keeper):
    one = actions.begin(questionnaire="iso-9001", form="short", by=keeper, at=AT)
    assert actions.begin(questionnaire="iso-9001", form="short", by=keeper, at=AT) == one
    with pytest.raises(Refused, match="25 questions have no answer"):
        actions.finish(assessment=one, by=keeper, at=AT)
    everything = {q.id: ("na", "none") for q in queries.questionnaire_of(one).asked("short")}
    actions.answer_page(assessment=one, answers=everything, by=keeper, at=AT)
    with pytest.raises(Refused, match="Nothing applies"):
        actions.finish(assessment=one, by=keeper, at=AT)
    for bad in ({"questionnaire": "iso-9001", "form": "tiny"}, {"questionnaire": "excellence", "form": "short"},
                {"questionnaire": "iso-9999", "form": "full"}):  # fmt: skip
        with pytest.raises(Refused):
            actions.begin(**bad, by=keeper, at=AT)
