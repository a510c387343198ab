"""What cited charts and studies say, who may cite them, and controls whose risk changed."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from small_world import instant, member, organisation
from testamur.improvement import verdicts
from testamur.improvement.actions import causes, control_plans, problems, risks
from testamur.improvement.actions.proofs import Proof
from testamur.improvement.models import RowLook
from testamur.improvement.queries import control_plans as queries
from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.sample.charts import keep_charts
from testamur.studies.actions import comment_point
from testamur.studies.models import Chart, Study

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
AT = instant(DAY)
ROW = {"item": "Boring", "mode": "Too wide", "effect": "Leaks", "cause": "Tool", "severity": "8", "occurrence": "6",
       "detection_rating": "6"}  # fmt: skip
LINE = {"step": "Boring", "watched": "Bore", "specification": "74 mm", "sample": "5", "frequency": "2 h",
        "method": "Chart", "reaction": "Stop"}  # fmt: skip
STATED = {"title": "t", "what": "w", "place": "p", "extent": "e", "since": DAY}


@pytest.fixture
def keeper():
    clock.permit_travel(True)
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def chart(keeper):
    keep_charts(SimpleNamespace(members={"applicant": keeper}))
    return Chart.objects.get()


def test_a_chart_says_which_signals_nobody_commented_then_that_all_are_explained(chart, keeper):
    found = verdicts.of_chart(chart)
    assert (found.tone, found.facts, found.last_on) == ("bad", {"points": "38, 39"}, date(2026, 11, 18))
    assert verdicts.of_kept(chart, found.last_on).sentence == found.sentence

    for number in (38, 39):
        comment_point(chart=chart, number=number, text="The same", cause="machine", by=keeper, at=AT)
    chart.refresh_from_db()
    found = verdicts.of_chart(chart)
    assert found.tone == "warn" and found.facts["points"].startswith("37, 38, 39")
    assert verdicts.of_kept(chart, found.last_on).tone == "ok"
    assert verdicts.of_kept(chart, None).sentence == "no points yet"


def test_a_study_says_its_lower_bound_or_the_share_of_its_gauge(chart):
    found = {one.method: verdicts.of_study(one) for one in Study.objects.all()}

    assert found["capability_normal"].facts == {"index": "Cpk", "bound": "1.39"}
    assert found["gage_rr_crossed"].facts == {"share": "27.9"}
    assert verdicts.of_study(Study(answer={"stable": False})).tone == "bad"
    assert verdicts.of_study(Study(answer={"n": 3})) is None


def test_proof_is_a_chart_or_a_study_of_the_same_organisation(chart):
    stranger = member(organisation("Other"), "quality")
    problem = problems.open_problem(method="ca", origin="internal", statement=STATED, by=stranger, at=AT)

    for proof in (Proof(chart=chart), Proof(study=Study.objects.first())):
        with pytest.raises(Refused, match="Choose one of the answers"):
            causes.analyse(problem=problem, strand="occurrence", whys=["a", "b"], cause="c", verification="v",
                           proof=proof, by=stranger, at=AT)  # fmt: skip
    assert not problem.analysis_rows.exists()


@pytest.fixture
def plan(keeper):
    sheet = risks.begin_fmea(kind="process", title="Line 2", by=keeper, at=AT)
    (failure,) = risks.add_failures(fmea=sheet, rows=[ROW], by=keeper, at=AT)
    made = control_plans.draft_plan(title="Bodies", phase="production", by=keeper, at=AT)
    control_plans.set_row(plan=made, values={**LINE, "failure": failure}, by=keeper, at=AT)
    return made


def marked(plan):
    return [row.to_look_at for row in queries.editions(plan)[0].rows.all()]


def rerate(plan, keeper, **ratings):
    failure = queries.editions(plan)[0].rows.get().failure
    risks.rate(failure=failure, ratings={"severity": 8, "occurrence": 6, "detection": 6, **ratings}, reason="Data",
               by=keeper, at=AT)  # fmt: skip


def test_a_row_is_marked_when_its_priority_changes_and_only_then(plan, keeper):
    assert marked(plan) == [False] and queries.rows_to_look_at(keeper) == []
    rerate(plan, keeper, occurrence=7)  # another number, the same priority
    assert marked(plan) == [False]
    rerate(plan, keeper, occurrence=2, detection=2)
    assert marked(plan) == [True]
    assert [one.pk for one, _rows in queries.rows_to_look_at(keeper)] == [plan.pk]
    assert queries.rows_to_look_at(member(organisation("Other"), "quality")) == []


def test_a_mark_goes_when_the_row_is_written_anew_or_left_with_a_reason_and_stays_when_it_is_copied(plan, keeper):
    other = member(keeper.organisation, "quality", name="Chen")
    rerate(plan, keeper, occurrence=2, detection=2)
    row = queries.editions(plan)[0].rows.get()
    control_plans.set_row(plan=plan, row=row, values={**LINE, "failure": row.failure}, by=keeper, at=AT)
    assert marked(plan) == [False]
    control_plans.approve_plan(plan=plan, edition=1, by=other, at=AT)

    rerate(plan, keeper)
    row = queries.editions(plan)[0].rows.get()
    with pytest.raises(Refused, match="why the control still fits"):
        control_plans.look_at_row(plan=plan, row=row, finding=" ", by=keeper, at=AT)
    control_plans.look_at_row(plan=plan, row=row, finding="The chart would see it", by=keeper, at=AT)
    assert marked(plan) == [False] and RowLook.objects.get().rating.priority == "H"
    with pytest.raises(Refused, match="did not change"):
        control_plans.look_at_row(plan=plan, row=row, finding="Again", by=keeper, at=AT)

    control_plans.revise_plan(plan=plan, change="Sample", by=keeper, at=AT)
    assert marked(plan) == [False]
    rerate(plan, keeper, occurrence=2, detection=2)
    assert marked(plan) == [True]
    control_plans.approve_plan(plan=plan, edition=2, by=other, at=AT)
    control_plans.revise_plan(plan=plan, change="Frequency", by=keeper, at=AT)
    assert marked(plan) == [True]


def test_nobody_else_looks_at_a_row_and_no_row_of_another_plan(plan, keeper):
    rerate(plan, keeper, occurrence=2, detection=2)
    row = queries.editions(plan)[0].rows.get()
    stranger = member(organisation("Other"), "quality")
    theirs = control_plans.draft_plan(title="x", phase="production", by=stranger, at=AT)

    for of, by in ((plan, stranger), (theirs, stranger)):
        with pytest.raises(Refused):
            control_plans.look_at_row(plan=of, row=row, finding="x", by=by, at=AT)
    assert not RowLook.objects.exists()
