"""The pages of FMEA sheets, control plans, costs and boards."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest

from small_world import member, organisation
from testamur.improvement.models import Board, BoardCard, ControlPlan, FailureMode, Fmea, QualityCost
from testamur.kernel import clock
from testamur.sample.charts import keep_charts
from testamur.studies.models import Chart
from tests.unit.workspace.forms import NONSENSE, Desk, forms_of

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 23)
ROW = {"item": "Boring", "mode": "Bore too wide", "effect": "Leaks", "cause": "Tool worn", "severity": 8,
       "occurrence": 6}  # fmt: skip
TABLE = "Item,Failure mode,Effect,Cause,Prevention,Detection,S,O,D\n"


@pytest.fixture(autouse=True)
def travelling():
    clock.permit_travel(True)


@pytest.fixture
def people():
    works = organisation("Works")
    return [member(works, "quality", name=name) for name in ("Wu", "Chen")]


@pytest.fixture
def desk(people):
    return Desk(people[0], DAY)


def send(desk, name, *args, act, **values):
    form = desk.form(name, *args, act=act)
    answer = desk.send(form, **{f"{act}-{key}": value for key, value in values.items()})
    assert answer.status == 302, answer.alert
    return answer


def begun(desk):
    send(desk, "workshop-fmea-new", act="new", kind="process", title="Line 2")
    return Fmea.objects.get()


def break_it(desk, name, *args):
    address = desk.address(name, *args)
    for form in forms_of(desk.get(name, *args).page):
        if form.action:
            continue
        for odd in NONSENSE:
            sent = {key: odd for key in form.asked if key not in ("act", "once", "csrfmiddlewaretoken")}
            assert desk.post(address, act=form.act, **sent).status in (200, 302), (form.act, odd)
    for odd in NONSENSE[:6]:
        assert desk.get(name, *args, q=odd, sort=odd, page=odd).status == 200


def test_a_sheet_is_filled_rated_and_taken_away(desk, people):
    sheet = begun(desk)
    send(desk, "workshop-fmea", sheet.public_id, act="add", detection_rating=6, **ROW)
    row = FailureMode.objects.get()
    assert "Choose actions for 1 high risks" in desk.get("workshop-fmea", sheet.public_id).text
    page = (sheet.public_id, row.public_id)
    send(desk, "workshop-failure", *page, act="act", what="Monitor", owner=people[0].public_id, due_on=DAY)
    assert "Carry out: Monitor" in desk.get("inbox").text
    action = row.actions.get()
    send(desk, "workshop-failure", *page, act=f"done{action.public_id}", taken="Installed", done_on=DAY)
    answer = send(desk, "workshop-failure", *page, act="rate", severity=8, occurrence=2, detection=2, reason="Monitor")
    assert "action priority L" in answer.text
    send(desk, "workshop-failure", *page, act="change", cause="Tool life not planned")
    listed = desk.client.get(desk.address("workshop-fmea", sheet.public_id), {"format": "csv"}).content.decode()
    assert "Tool life not planned" in listed and ",8,2,2," in listed
    send(desk, "workshop-failure", *page, act="remove", reason="Step gone")
    assert "Removed: Step gone" in desk.get("workshop-failure", *page).text


def test_a_file_adds_its_rows_or_says_row_by_row_what_is_wrong(desk):
    sheet = begun(desk)
    bad = TABLE + "Boring,Wide,Leaks,Worn,,,11,4,6\nBoring,,Leaks,Worn,,,8,4,6\n"
    form = desk.form("workshop-fmea", sheet.public_id, act="load")
    answer = desk.send(form, **{"load-file": ("fmea.csv", bad.encode())})
    assert "Row 1:" in answer.text and "Row 2:" in answer.text and not FailureMode.objects.exists()
    form = desk.form("workshop-fmea", sheet.public_id, act="load")
    answer = desk.send(form, **{"load-file": ("fmea.csv", b"A,B\n1,2\n")})
    assert "these are missing: Item" in answer.alert
    good = TABLE + "Boring,Wide,Leaks,Worn,,,8,4,6\n镗孔,过大,泄漏,磨损,,,8,4,6\n"
    answer = send(desk, "workshop-fmea", sheet.public_id, act="load", file=("fmea.csv", good.encode("gb18030")))
    assert "2 rows were added" in answer.text and "镗孔" in answer.page
    for content in (b"", b"PK\x03\x04broken", b"\x00\x01\x02"):
        form = desk.form("workshop-fmea", sheet.public_id, act="load")
        assert desk.send(form, **{"load-file": ("fmea.xlsx", content)}).status == 200


def test_a_control_plan_is_drafted_approved_by_another_and_revised(desk, people):
    send(desk, "workshop-control-plan-new", act="new", title="Bodies", phase="production", number="CP-07")
    plan = ControlPlan.objects.get()
    line = {"step": "Boring", "watched": "Bore", "specification": "25 mm", "sample": "5", "frequency": "2 h",
            "method": "Chart", "reaction": "Stop"}  # fmt: skip
    send(desk, "workshop-control-plan", plan.public_id, act="row", **line)
    row = plan.editions.get().rows.get()
    address = desk.address("workshop-control-plan", plan.public_id)
    form = next(one for one in forms_of(desk.get(address, row=row.public_id).page) if one.act == "row")
    form.action = address
    assert desk.send(form, **{"row-sample": "10"}).status == 302
    assert plan.editions.get().rows.get().sample == "10"
    refused = desk.send(desk.form("workshop-control-plan", plan.public_id, act="approve"))
    assert "another person approves" in refused.alert
    other = Desk(people[1], DAY)
    assert "CP-07" in other.get("inbox").text
    answer = send(other, "workshop-control-plan", plan.public_id, act="approve")
    assert "in force since" in answer.text
    send(desk, "workshop-control-plan", plan.public_id, act="revise", change="Sample")
    earlier = desk.get("workshop-control-plan", plan.public_id, edition="1")
    assert earlier.status == 200 and "draft" in desk.get("workshop-control-plan", plan.public_id).text
    assert desk.get("workshop-control-plan", plan.public_id, edition="9").status == 404


def test_a_control_shows_its_chart_and_is_marked_until_somebody_looks_when_its_risk_changes(desk, people):
    keep_charts(SimpleNamespace(members={"applicant": people[0]}))
    chart = Chart.objects.get()
    sheet = begun(desk)
    send(desk, "workshop-fmea", sheet.public_id, act="add", **ROW, detection_rating=6, chart=chart.public_id)
    row = FailureMode.objects.get()
    send(desk, "workshop-control-plan-new", act="new", title="Bodies", phase="production")
    plan = ControlPlan.objects.get()
    here = ("workshop-control-plan", plan.public_id)
    line = {"step": "Boring", "watched": "Bore", "specification": "74 mm", "sample": "5", "frequency": "2 h",
            "method": "Chart", "reaction": "Stop", "chart": chart.public_id, "failure": row.public_id}  # fmt: skip
    send(desk, *here, act="row", **line)
    told = "signals without comment: 38, 39; last point"
    for page in (here, ("workshop-fmea", sheet.public_id), ("workshop-failure", sheet.public_id, row.public_id)):
        shown = desk.get(*page)
        assert told in shown.text and desk.address("workshop-chart", chart.public_id) in shown.page
        assert "look at it" not in shown.text

    send(desk, "workshop-failure", sheet.public_id, row.public_id, act="rate", occurrence=2, detection=2, reason="Data")
    marked = "look at it: its action priority was H and is L"
    for page in (here, ("workshop-failure", sheet.public_id, row.public_id)):
        assert marked in desk.get(*page).text
    assert "Look at 1 row: its risk changed" in desk.get(*here).text
    assert "whose risk changed: 1" in desk.get("inbox").text
    assert b"its action priority was H and is L" in desk.client.get(desk.address(*here), {"format": "csv"}).content
    send(desk, *here, act="look", finding="The chart would still see it")
    assert marked not in desk.get(*here).text


def test_costs_are_entered_summed_drawn_and_taken_back(desk):
    cost = {"kind": "internal", "what": "Scrap, 22 pieces", "amount": "3960.00", "day": DAY}
    send(desk, "workshop-costs", act="enter", cause="No plan", **cost)
    answer = send(desk, "workshop-costs", act="enter", cause="Mixed", **{**cost, "amount": "1080"})
    assert "5,040.00" in answer.text and answer.page.count("<svg") >= 2 and "Which causes cost most" in answer.text
    form = desk.form("workshop-costs", act="enter")
    refused = desk.send(form, **{"enter-kind": "internal", "enter-what": "x", "enter-cause": "x", "enter-amount": "a"})
    assert "is not a number" in refused.alert
    wrong = QualityCost.objects.get(cause="Mixed")
    send(desk, "workshop-costs", act="back", cost=wrong.public_id, reason="Typed twice")
    taken = desk.client.get(desk.address("workshop-costs"), {"format": "json"}).json()
    assert [one["amount"] for one in taken] == ["3960.00"]


def test_a_card_goes_round_by_buttons(desk, people):
    send(desk, "workshop-boards", act="make", title="Line 2")
    board = Board.objects.get()
    send(desk, "workshop-board", board.public_id, act="put", title="Set-up", aim="15 min")
    card = BoardCard.objects.get()
    act = f"move{card.public_id}"
    send(desk, "workshop-board", board.public_id, act=act)
    refused = desk.send(desk.form("workshop-board", board.public_id, act=act))
    assert "what was seen" in refused.alert
    send(desk, "workshop-board", board.public_id, act=act, result="14 min")
    send(desk, "workshop-board", board.public_id, act=act, to="do")
    send(desk, "workshop-board", board.public_id, act=act, result="14 min")
    send(desk, "workshop-board", board.public_id, act=act, decision="adopt")
    answer = send(desk, "workshop-board", board.public_id, act=act)
    card.refresh_from_db()
    assert card.finished_at is not None and "Finished" in answer.text


def test_strangers_find_nothing_and_nonsense_breaks_nothing(desk, people):
    sheet = begun(desk)
    send(desk, "workshop-fmea", sheet.public_id, act="add", detection_rating=6, **ROW)
    row = FailureMode.objects.get()
    send(desk, "workshop-control-plan-new", act="new", title="Bodies", phase="production")
    send(desk, "workshop-boards", act="make", title="Line 2")
    plan, board = ControlPlan.objects.get(), Board.objects.get()
    send(desk, "workshop-board", board.public_id, act="put", title="Set-up", aim="15 min")
    pages = (("workshop-fmea", sheet.public_id), ("workshop-failure", sheet.public_id, row.public_id),
             ("workshop-control-plan", plan.public_id), ("workshop-board", board.public_id))  # fmt: skip
    stranger = Desk(member(organisation("Other"), "quality"), DAY)
    for page in pages:
        assert stranger.get(*page).status == 404
    for page in (*pages, ("workshop-fmeas",), ("workshop-control-plans",), ("workshop-costs",), ("workshop-boards",)):
        if len(page) == 1:
            assert "Line 2" not in stranger.get(*page).text.replace("Sample", "")
        break_it(desk, *page)
