"""A body that gave its client a solution is refused where it accepts, decides in favour, and issues."""

from __future__ import annotations

from datetime import date

import pytest

from testamur.decision import policies as decision
from testamur.kernel.refusal import Refused
from testamur.parties.models import Engagement
from testamur.selection.actions.review import standing_against
from testamur.selection.calculation import calculate
from testamur.selection.queries import agreed_scope
from tests.unit.judging import DECIDED
from tests.unit.selection.world import at

pytestmark = pytest.mark.django_db


def advised(world, **more):
    return Engagement.objects.create(
        organisation=world.case.issuer,
        client=world.case.client,
        kind="consulting",
        from_day=DECIDED,
        until_day=DECIDED,
        source="test",
        **more,
    )


def test_the_decision_in_favour_is_refused_and_an_unfavourable_one_is_not(judging):
    judging.review()
    advised(judging)
    with pytest.raises(Refused) as refused:
        judging.decide()
    assert refused.value.rule == "CAB.impartiality_body"
    decision.check_body_may_favour(judging.case, "refuse", at(DECIDED))


def test_what_was_decided_before_the_advice_is_not_issued_after_it(judging):
    judging.review()
    made = judging.decide()
    judging.sign_all(made)
    advised(judging)
    with pytest.raises(Refused) as refused:
        judging.issue(made)
    assert refused.value.rule == "CAB.impartiality_body"


def test_generic_information_stands_against_nothing(judging):
    judging.review()
    advised(judging, client_specific=False)
    made = judging.decide()
    judging.sign_all(made)
    assert judging.issue(made)


def test_the_application_review_names_it_among_what_stands_against_accepting(judging):
    advised(judging)
    found = standing_against(judging.case, {}, calculate(judging.case), agreed_scope(judging.case), at=at(DECIDED))
    assert "CAB.impartiality_body" in {one.rule for one in found}


def test_who_advised_the_client_neither_reviews_nor_decides_though_the_body_may(judging):
    """A decider who advised the client as somebody else's consultant: the body is free, the person is not."""
    common = {"client": judging.case.client, "kind": "consulting", "until_day": DECIDED, "source": "own declaration"}
    for who in (judging.reviewer, judging.decider):
        Engagement.objects.create(person=who.person, from_day=date(2024, 1, 1), **common)
    with pytest.raises(Refused) as refused:
        judging.review()
    assert (refused.value.rule, refused.value.source) == ("CAB.impartiality_person", "iso-17021-1@2015#5.2.10")
    judging.review(by=judging.second_reviewer)
    with pytest.raises(Refused, match="advises or works for") as refused:
        judging.decide()
    assert refused.value.rule == "CAB.impartiality_person"
    # Two years to the day: on the day itself it is allowed.
    Engagement.objects.update(until_day=date(2024, 3, 25))
    with pytest.raises(Refused, match="two years are not over") as refused:
        judging.decide()
    assert refused.value.until == date(2026, 3, 25)
    Engagement.objects.update(until_day=date(2024, 3, 24))
    assert judging.decide()
