"""What leaves the benchmark, and that no enterprise can be recognised in it, also not by comparing two answers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from small_world import member, organisation
from testamur.diagnosis import actions, benchmark, queries
from testamur.diagnosis.models import Participation, Release
from testamur.kernel import clock
from testamur.kernel.refusal import Refused

pytestmark = pytest.mark.django_db
Q = "iso-9001"


def enterprise(n, section="C", size="small", value="partly", *, joins=True):
    one = member(organisation(f"Firm {n}"), "quality")
    if joins:
        actions.join_benchmark(section=section, size=size, by=one, at=clock.now())
    answer(one, value)
    return one


def answer(one, value):
    made = actions.begin(questionnaire=Q, form="short", by=one, at=clock.now())
    given = {q.id: (value, "") for q in queries.questionnaire_of(made).asked("short")}
    actions.answer_page(assessment=made, answers=given, by=one, at=clock.now())
    return actions.finish(assessment=made, by=one, at=clock.now())


def test_four_enterprises_are_withheld_and_five_are_shown():
    for n in range(4):
        enterprise(n)
    assert benchmark.shown(Q, "C", "small") is None
    enterprise(4, value="yes")
    found = benchmark.shown(Q, "C", "small")
    assert found is not None and found.cell == ("C", "small")
    assert (found.at_least, found.at_most) == (5, 9)
    assert found.figures["total"] == {"q1": 50, "median": 50, "q3": 50}


def test_who_did_not_agree_does_not_count():
    for n in range(4):
        enterprise(n)
    enterprise(4, joins=False)
    assert benchmark.shown(Q, "C", "small") is None
    assert not Release.objects.exists()


def test_one_more_enterprise_changes_nothing_so_its_answers_cannot_be_read_from_the_difference():
    for n in range(5):
        enterprise(n)
    before = benchmark.shown(Q, "C", "small")
    late = [enterprise(n, value="yes") for n in range(5, 9)]
    assert benchmark.shown(Q, "C", "small").figures == before.figures
    assert benchmark.shown(Q, "C", "small").released_at == before.released_at
    enterprise(9, value="yes")
    after = benchmark.shown(Q, "C", "small")
    assert after.figures["total"]["median"] == 75
    assert (after.at_least, after.at_most) == (10, 19)
    answer(late[0], "no")
    assert benchmark.shown(Q, "C", "small").figures == after.figures


def test_a_wider_cell_is_withheld_where_taking_the_narrower_away_leaves_a_few():
    for n in range(5):
        enterprise(n, size="small")
    for n in range(5, 7):
        enterprise(n, size="medium")
    # Section C would hold 5 small and 2 medium; the two could be worked out.
    Release.objects.all().delete()
    benchmark.refresh(Q)
    assert len(Release.objects.get(section="C", size="").members) == 7
    assert benchmark.shown(Q, "C", "small") is not None
    assert benchmark.shown(Q, "C", "medium") is None
    assert benchmark.shown(Q, "D", "small") is None
    for n in range(7, 10):
        enterprise(n, size="medium")
    Release.objects.all().delete()
    benchmark.refresh(Q)
    assert benchmark.shown(Q, "C", "large").cell == ("C", "")


def let_out(section, size, members):
    """Let a cell out as it would stand; members: enterprise → assessment."""
    benchmark._let_out(Q, (section, size), members)


def test_a_cell_that_is_withheld_is_no_help_to_hide_what_the_widest_minus_the_shown_would_tell():
    """C has 5 small and 2 medium, D has 5: C is withheld, and all - C small - D would still be the two."""
    people = {
        str(one.organisation_id): queries.last_checkup(one.organisation).pk
        for one in (enterprise(n, joins=False) for n in range(12))
    }
    members = list(people.items())
    let_out("C", "small", dict(members[:5]))
    let_out("C", "", dict(members[:7]))
    let_out("D", "", dict(members[7:]))
    let_out("", "", people)
    assert set(benchmark.published(Q)) == {("C", "small"), ("D", "")}
    assert benchmark.shown(Q, "C", "medium") is None
    assert benchmark.withheld(Q, "C", "medium") == [("C", "medium"), ("C", ""), ("", "")]
    assert benchmark.withheld(Q, "D", "small") == [("D", "small")]


def test_a_figure_of_a_wider_cell_is_withheld_where_few_scored_that_group_outside_the_narrower():
    made = [queries.last_checkup(enterprise(n, joins=False).organisation) for n in range(10)]
    for one in made[7:]:  # only two of the five others scored operation
        one.scores.pop("operation")
        one.save(update_fields=["scores"])
    members = {str(one.organisation_id): one.pk for one in made}
    let_out("C", "small", dict(list(members.items())[:5]))
    let_out("C", "", members)
    found = benchmark.published(Q)
    assert "operation" in found["C", "small"].figures
    assert "operation" not in found["C", ""].figures and "total" in found["C", ""].figures


def test_who_leaves_makes_a_small_cell_disappear_at_once():
    people = [enterprise(n) for n in range(5)]
    assert benchmark.shown(Q, "C", "small") is not None
    actions.leave_benchmark(by=people[0], at=clock.now())
    assert benchmark.shown(Q, "C", "small") is None
    with pytest.raises(Refused, match="do not take part"):
        actions.leave_benchmark(by=people[0], at=clock.now())
    actions.join_benchmark(section="C", size="small", by=people[0], at=clock.now())
    assert Participation.objects.filter(organisation=people[0].organisation).count() == 2


def test_joining_twice_or_with_an_unknown_industry_is_refused():
    one = enterprise(0)
    for facts in ({"section": "C", "size": "small"}, {"section": "?", "size": "small"}, {"section": "C", "size": "x"}):
        with pytest.raises(Refused):
            actions.join_benchmark(**facts, by=one, at=clock.now())


def test_quartiles_are_those_of_type_seven():
    values = [Decimal(x) for x in (10, 20, 40, 80)]
    assert benchmark.quantile(values, Fraction(1, 4)) == Fraction(35, 2)
    assert benchmark.quantile(values, Fraction(1, 2)) == 30
    assert [benchmark.size_of(n) for n in (None, 0, 19, 20, 300, 5000)] == [
        "", "micro", "micro", "small", "medium", "large",
    ]  # fmt: skip
