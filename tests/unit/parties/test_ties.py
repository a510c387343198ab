"""Facts stated once, engagements, bars."""

from __future__ import annotations

from datetime import date

import pytest

from testamur.files.actions import store
from testamur.kernel.refusal import Refused
from testamur.parties import actions, policies, queries

from .conftest import BY, NOON

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


def test_an_answer_given_once_is_offered_while_it_is_fresh(works):
    organisation = works["organisation"]
    state = {"party": organisation, "name": "organisation.premises", "by": works["wu"], "at": NOON}
    actions.state_fact(value="rented", stated_on=date(2025, 1, 10), **state)
    actions.state_fact(value="owned", stated_on=date(2026, 1, 10), **state)

    assert queries.fresh_fact(organisation, "organisation.premises", on=TODAY).value == "owned"
    assert queries.fresh_fact(organisation, "organisation.premises", on=date(2025, 6, 1)).value == "rented"
    assert queries.fresh_fact(organisation, "organisation.premises", on=TODAY, since=date(2026, 2, 1)) is None
    assert queries.fresh_fact(organisation, "organisation.uscc", on=TODAY) is None


def test_a_fact_keeps_its_files_and_is_never_stated_in_the_future(works):
    stored = store(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF", name="licence.pdf")
    fact = actions.state_fact(
        party=works["organisation"], name="organisation.licence", value={}, files=[(stored, "licence.pdf")],
        by=works["wu"], at=NOON,
    )  # fmt: skip

    assert [row.name for row in fact.files.all()] == ["licence.pdf"]
    with pytest.raises(Refused, match="still to come"):
        actions.state_fact(
            party=works["organisation"], name="n", value=1, stated_on=date(2026, 3, 3), by=works["wu"], at=NOON
        )


def test_a_stranger_states_nothing_about_an_organisation_or_a_person(works, body):
    with pytest.raises(Refused, match="not for Sample Works"):
        actions.state_fact(party=works["organisation"], name="n", value=1, by=body["bao"], at=NOON)
    with pytest.raises(Refused, match="Only Sample Wu"):
        actions.state_fact(party=works["wu"].person, name="n", value=1, by=body["bao"], at=NOON)

    actions.state_fact(party=works["wu"].person, name="n", value=1, by=works["lin"], at=NOON)


def test_a_planner_records_a_colleagues_past_but_not_a_strangers(works, body):
    facts = {"client": works["organisation"], "kind": "consulting", "from_day": date(2024, 5, 1), "at": NOON}
    tie = actions.record_engagement(person=body["dai"].person, source="his own word", by=body["bao"], **facts)

    assert list(queries.engagements(works["organisation"], person=body["dai"].person)) == [tie]
    with pytest.raises(Refused, match="takes no part"):
        actions.record_engagement(person=works["wu"].person, source="rumour", by=body["dai"], **facts)
    with pytest.raises(Refused, match="which record"):
        actions.record_engagement(person=body["dai"].person, source=" ", by=body["bao"], **facts)


def test_a_bar_ends_when_its_rule_says_and_only_a_supervisor_sets_it(works, make):
    regulator = make("Sample Regulator", gu=["supervision"])
    facts = {"party": works["wu"].person, "source": "cn-rca@2023-07-20#art. 72", "at": NOON}

    with pytest.raises(Refused, match="function Supervision"):
        actions.bar(ground="rca72", from_day=date(2021, 11, 30), by=works["lin"], **facts)
    bar = actions.bar(ground="rca72", from_day=date(2021, 11, 30), by=regulator["gu"], **facts)

    assert bar.until_day == date(2026, 11, 30)
    with pytest.raises(Refused, match="until 2026-11-30") as refused:
        policies.check_not_barred(works["wu"].person, on=TODAY)
    assert refused.value.until == date(2026, 11, 30)
    policies.check_not_barred(works["wu"].person, on=date(2026, 12, 1))
    policies.check_not_barred(works["organisation"], on=TODAY)


def test_a_bar_for_good_ends_only_when_it_is_lifted(works, make):
    regulator = make("Sample Regulator", gu=["supervision"])
    facts = {"party": works["wu"].person, "source": "fsl@2021#138", "by": regulator["gu"], "at": NOON}
    bar = actions.bar(ground="fsl138_criminal", from_day=date(2020, 1, 1), **facts)

    assert bar.until_day is None
    with pytest.raises(Refused, match="for good"):
        policies.check_not_barred(works["wu"].person, on=TODAY)

    actions.lift_bar(bar=bar, by=regulator["gu"], at=NOON)
    policies.check_not_barred(works["wu"].person, on=TODAY)
    with pytest.raises(Refused, match="was lifted on"):
        actions.lift_bar(bar=bar, by=BY, at=NOON)
