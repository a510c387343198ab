"""The pages of problems: opened, worked, closed, taken away; closed to strangers; no input breaks them."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from small_world import instant, member, organisation
from testamur.improvement.disciplines import Standing
from testamur.improvement.models import Problem
from testamur.kernel import clock
from testamur.sample.charts import keep_charts
from testamur.studies.actions import split_stage
from testamur.studies.models import Chart, Study
from testamur.workspace.workshop.improvement.problems.report import report_of
from tests.unit.workspace.forms import NONSENSE, Desk, forms_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 23)
PROOF = "Record 118, quality office"


@pytest.fixture(autouse=True)
def travelling():
    clock.permit_travel(True)


@pytest.fixture
def people():
    works = organisation("Works")
    return [member(works, "quality", name=name) for name in ("Wu", "Chen", "Guo")]


@pytest.fixture
def desk(people):
    return Desk(people[0], DAY)


def start(desk, **more):
    form = desk.form("workshop-problem-new", act="new")
    answers = {
        "new-method": "8d", "new-origin": "internal", "new-title": "Lots released", "new-what": "14 lots <b>",
        "new-place": "Line 2", "new-extent": "14", "new-since": DAY, "new-emergency": "Release stopped",
        "new-is_not": "Line 1", **more,
    }  # fmt: skip
    answer = desk.send(form, **answers)
    return answer, Problem.objects.order_by("-id").first()


def send(desk, problem, act, **values):
    form = desk.form("workshop-problem", problem.public_id, act=act)
    answer = desk.send(form, **{f"{act}-{name}": value for name, value in values.items()})
    assert answer.status == 302, answer.alert
    problem.refresh_from_db()
    return answer


def test_an_8d_is_worked_on_its_page_from_opening_to_closing(desk, people):
    lead, owner, checker = (one.public_id for one in people)
    answer, problem = start(desk)
    assert answer.status == 302 and "14 lots &lt;b&gt;" in answer.page
    page = send(desk, problem, "team", **{"leader": lead, "members-0-who": owner, "members-0-part": "Line 2"})
    assert "D3 of 8" in page.text and "Contain the problem" in page.text
    send(desk, problem, "contain", what="Blocked", checked_how="Count", checked_on=DAY, works="true",
         proof_record=PROOF)  # fmt: skip
    send(desk, problem, "bone", branch="method", text="No calibration plan")
    bone = problem.bones.get()
    page = send(desk, problem, "judge", cause=bone.public_id, verified="true", how="Register")
    assert "✓ No calibration plan" in page.page
    send(desk, problem, "cause", why1="Gauge was away", why2="Nobody plans", cause="No plan", verification="Seen",
         proof_record=PROOF)  # fmt: skip
    page = send(desk, problem, "escape", why1="Release does not ask", why2="The form has no line",
                cause="Form lacks the line", verification="Form 7",
                proof_file=("form.csv", b"line,asked\n1,no\n"))  # fmt: skip
    assert "form.csv" in page.page
    send(desk, problem, "action", kind="corrective", what="Plan", expectation="Register", owner=owner, due_on=DAY)
    send(desk, problem, "agree", criterion="No lot", due_on=DAY, checker=checker)
    action = problem.problemaction_rows.get()
    assert desk.get("workshop-problem", problem.public_id).text.count("Close it") == 0
    send(Desk(people[1], DAY), problem, f"done{action.public_id}", done_on=DAY, before="14", after="0",
         proof_record=PROOF)  # fmt: skip
    send(desk, problem, "prevent", failure_text="Row 31", plan_text="CP-07", what="Line 1 too")
    send(Desk(people[2], DAY), problem, "effect", effective="true", result="0 of 200", proof_record=PROOF)
    page = send(desk, problem, "close", recognition="Quick work")

    assert problem.closed_at is not None and "Nothing: this problem is closed" in page.text
    page = send(desk, problem, "reopen", reason="It came back")
    assert "Round 1, which did not hold" in page.text


def test_the_page_says_what_is_missing_whose_turn_and_by_when(desk, people):
    _answer, problem = start(desk)
    page = send(desk, problem, "plan", **{"who-D4": people[2].public_id, "due-D4": date(2026, 11, 27)})

    assert "Find why nobody noticed" in page.text and "27 Nov 2026" in page.text
    assert "Missing before it can be closed" in page.text and "ISO 9001:2015, 10.2" in page.text
    waiting = Desk(people[0], DAY).get("workshop").text
    assert "Name who leads the team" in waiting and problem.number in waiting
    assert problem.number in desk.get("inbox").text


def test_what_was_typed_stays_and_the_refusal_stands_at_its_field(desk):
    _answer, problem = start(desk)
    form = desk.form("workshop-problem", problem.public_id, act="cause")
    answer = desk.send(form, **{"cause-why1": "Only one", "cause-cause": "C", "cause-verification": "V"})

    assert answer.status == 200 and "Ask why at least twice" in answer.alert and 'value="Only one"' in answer.page
    form = desk.form("workshop-problem", problem.public_id, act="contain")
    answer = desk.send(form, **{"contain-what": "", "contain-checked_on": "never"})
    assert "is not a day" in answer.alert or "Say what is blocked" in answer.alert
    assert not problem.containment_rows.exists()


def test_the_list_filters_sorts_and_is_taken_away(desk):
    for place in range(3):
        start(desk, **{"new-title": f"Trouble {place}", "new-method": "8d" if place else "ca"})
    listed = desk.get("workshop-problems", q="Trouble 1").text

    assert "8D-2026-001" in listed and "CA-2026-001" not in listed
    assert "CA-2026-001" in desk.get("workshop-problems", sort="number", method="ca").text
    assert "Nothing fits" in desk.get("workshop-problems", q="none of these").text
    for kind in ("csv", "xlsx", "json"):
        with clock.travel(clock.real_now()):
            answer = desk.client.get(desk.address("workshop-problems"), {"format": kind})
        assert answer.status_code == 200 and kind in answer["Content-Disposition"]
    assert b"8D-2026-002" in desk.client.get(desk.address("workshop-problems"), {"format": "csv"}).content


def test_a_stranger_finds_nothing_and_a_colleague_without_the_function_is_told(desk, people):
    _answer, problem = start(desk)
    stranger = Desk(member(organisation("Other"), "quality"), DAY)

    for name in ("workshop-problem", "workshop-problem-report"):
        assert stranger.get(name, problem.public_id).status == 404
    assert problem.number not in stranger.get("workshop-problems").text
    assert Desk(member(people[0].organisation, "application"), DAY).get("workshop-problems").status == 403


def test_nonsense_never_breaks_a_page(desk):
    _answer, problem = start(desk)
    address = desk.address("workshop-problem", problem.public_id)
    for form in forms_of(desk.get("workshop-problem", problem.public_id).page):
        if form.action:
            continue
        for odd in NONSENSE:
            sent = {name: odd for name in form.asked if name not in ("act", "once", "csrfmiddlewaretoken")}
            answer = desk.post(address, act=form.act, **sent)
            assert answer.status in (200, 302), (form.act, odd)
    for odd in NONSENSE:
        assert desk.get("workshop-problems", q=odd, sort=odd, page=odd, state=odd).status == 200
        assert desk.get("workshop-problem-new", chart=odd, point=odd).status == 200


def test_the_report_is_a_pdf_in_both_languages(desk, people):
    _answer, problem = start(desk)
    send(desk, problem, "bone", branch="man", text="Hurry")
    for language in ("en", "zh"):
        one = Desk(people[0], DAY, language)
        answer = one.client.get(one.address("workshop-problem-report", problem.public_id))
        assert answer.status_code == 200 and answer.content.startswith(b"%PDF-")


def test_a_cited_chart_and_study_are_links_with_what_they_say_and_with_before_and_after(desk, people):
    keep_charts(SimpleNamespace(members={"applicant": people[0]}))
    chart, study = Chart.objects.get(), Study.objects.get(method="capability_normal")
    _answer, problem = start(desk, **{"new-origin": "signal", "new-chart": chart.public_id, "new-point": "37"})
    facts = {"why1": "Hot", "why2": "No coolant", "cause": "Pump", "verification": "Seen"}
    send(desk, problem, "cause", **facts, proof_chart=chart.public_id, proof_study=study.public_id)
    page = desk.get("workshop-problem", problem.public_id)

    for name, args in (("workshop-chart", [chart.public_id]), ("workshop-study", [study.public_id]),
                       ("workshop-point", [chart.public_id, 37])):  # fmt: skip
        assert f'href="{desk.address(name, *args)}"' in page.page
    assert "signals without comment: 38, 39; last point" in page.text and "Cpk at least 1.39 (95 %)" in page.text
    comparison = desk.address("workshop-chart-comparison", chart.public_id)
    assert comparison not in page.page

    report = report_of(Standing(problem))
    assert "signals without comment" in str(report.facts) and "Cpk at least 1.39" in str(report.sections)
    split_stage(chart=chart, first=26, reason="new shift", by=people[0], at=instant(DAY))
    assert comparison in desk.get("workshop-problem", problem.public_id).page
    assert desk.get("workshop-chart-comparison", chart.public_id).status == 200


def test_what_others_measure_is_neither_offered_nor_taken_as_proof(desk, people):
    other = member(organisation("Other"), "quality", name="Zhao")
    keep_charts(SimpleNamespace(members={"applicant": other}))
    chart = Chart.objects.get()
    _answer, problem = start(desk)
    page = desk.get("workshop-problem", problem.public_id)
    assert chart.public_id not in page.page and "proof_chart" not in page.page

    facts = {"why1": "a", "why2": "b", "cause": "c", "verification": "v", "proof_chart": chart.public_id}
    answer = desk.send(
        desk.form("workshop-problem", problem.public_id, act="cause"),
        **{f"cause-{name}": value for name, value in facts.items()},
    )
    assert "Prove it" in answer.alert and not problem.analysis_rows.exists()


def test_of_two_people_the_second_keeps_the_typed_words_and_learns_that_the_page_is_old(desk, people):
    _answer, problem = start(desk)
    other = Desk(people[1], DAY)
    mine, theirs = (one.form("workshop-problem", problem.public_id, act="state") for one in (desk, other))
    assert desk.send(mine, **{"state-extent": "15 lots"}).status == 302

    answer = other.send(theirs, **{"state-extent": "16 lots"})
    assert "Somebody changed this" in answer.alert and "16 lots" in answer.page
    problem.refresh_from_db()
    assert problem.extent == "15 lots"


def test_what_is_left_is_counted_in_working_days(desk, people):
    _answer, problem = start(desk)
    plan = {"who-D1": people[0].public_id, "due-D1": date(2026, 12, 7)}
    page = send(desk, problem, "plan", **plan)

    assert "10 working days left" in page.text
    assert "10 working days left" in desk.get("inbox").text
