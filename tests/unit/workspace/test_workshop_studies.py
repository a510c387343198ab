"""Pages of studies: characteristics, gauges, charts from the first paste to frozen limits, studies, files."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from small_world import PLATFORM, instant, member, organisation
from testamur.files import tables
from testamur.kernel import clock
from testamur.parties.actions import open_account
from testamur.schemes.language.moments import working_days_after
from testamur.studies import actions, reading
from testamur.studies.models import Characteristic, Chart, Gauge, LimitSet, Study
from testamur.workspace import case_pages, workshop

pytestmark = pytest.mark.django_db
AT = instant(date(2026, 11, 2))
ROOT = "/w/workshop/"
STABLE = [[(place * 7 + piece * 11) % 13 - 6 for piece in range(5)] for place in range(25)]


def mm(rows):
    return "\n".join("\t".join(f"{74 + Decimal(one) / 1000:.3f}" for one in row) for row in rows)


def signed_in(one, language="en"):
    account = open_account(
        person=one.person, email=f"{one.public_id.lower()}@sample.example", by=PLATFORM, at=clock.now(), verified=True
    )
    client = Client(SERVER_NAME="localhost")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def keeper():
    return member(organisation("Works"), "quality", name="Wu")


@pytest.fixture
def client(keeper):
    return signed_in(keeper)


@pytest.fixture
def chart(keeper):
    bore = actions.describe_characteristic(
        name="Bore <2>", unit="mm", lower=Decimal("73.95"), upper=Decimal("74.05"), by=keeper, at=AT
    )
    return actions.start_chart(characteristic=bore, method="xbar_r", by=keeper, at=AT)


def fill(chart, by, rows=STABLE):
    actions.take_in(chart=chart, rows=reading.rows(mm(rows), chart), by=by, at=AT)


def page(client, path, **more):
    answer = client.get(ROOT + path, more)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


def test_a_characteristic_is_entered_and_changed(client):
    assert "Nothing is measured yet" in page(client, "characteristics/")
    sent = {"name": "Bore", "unit": "mm", "lower": "74.05", "upper": "73.95"}
    refused = client.post(ROOT + "characteristics/new/", sent).content.decode()
    assert "must lie below" in refused and 'value="74.05"' in refused

    client.post(ROOT + "characteristics/new/", sent | {"lower": "73.950", "upper": "74.05"})
    one = Characteristic.objects.get()
    path = f"characteristics/{one.public_id}/"
    assert 'value="73.95"' in page(client, path)
    client.post(ROOT + path, {"name": "Bore 2", "unit": "mm", "seen": "0"})
    late = client.post(ROOT + path, {"name": "Bore 3", "unit": "mm", "seen": "0"}).content.decode()
    one.refresh_from_db()
    assert one.name == "Bore 2" and "Somebody changed this" in late and "Bore 3" in late
    for kind in ("csv", "xlsx", "json"):
        assert client.get(ROOT + "characteristics/", {"format": kind}).status_code == 200


def test_an_overdue_gauge_is_seen_and_waits(client, keeper):
    today = case_pages.today_cn()
    due = (today - timedelta(days=3)).isoformat()
    client.post(
        ROOT + "gauges/new/",
        {"number": "BG-04", "name": "Bore gauge", "calibrated_on": "2025-01-01", "calibration_due_on": due},
    )
    one = Gauge.objects.get()
    assert "calibration overdue" in page(client, "gauges/", show="overdue")
    assert "Have it calibrated" in page(client, f"gauges/{one.public_id}/")
    waits = workshop.waiting(keeper, today)
    assert [one.late for one in waits] == [True]
    assert "Have gauge BG-04 calibrated" in page(client, "")
    again = client.post(ROOT + "gauges/new/", {"number": "BG-04", "name": "Twin"}).content.decode()
    assert "There is a gauge BG-04 already" in again and "Twin" in again


def test_plain_questions_pick_the_chart_and_say_why(client, keeper):
    assert client.get(ROOT + "charts/new/").status_code == 302
    bore = actions.describe_characteristic(name="Bore", by=keeper, at=AT)
    base = {"characteristic": bore.public_id, "data": "measured", "pieces": "5"}
    for more, words in (
        ({}, "Xbar-R chart"),
        ({"pieces": "1"}, "Individuals and moving range"),
        ({"pieces": "15"}, "Xbar-S chart"),
        ({"small": "true"}, "EWMA chart"),
        ({"data": "pieces", "varies": "true"}, "p chart: Nonconforming pieces"),
        ({"data": "pieces"}, "np chart: Nonconforming pieces"),
        ({"data": "faults"}, "c chart: Faults"),
        ({"data": "faults", "varies": "true"}, "u chart: Faults"),
        ({"data": "pieces", "large": "true"}, "Laney"),
    ):
        answer = client.post(ROOT + "charts/new/", base | more | {"_pick": "1"}).content.decode()
        assert words in answer, more
    assert not Chart.objects.exists()
    assert "whole number from 1" in client.post(ROOT + "charts/new/", base | {"pieces": "many"}).content.decode()
    answer = client.post(ROOT + "charts/new/", base | {"once": "a" * 16})
    assert Chart.objects.get().method == "xbar_r" and answer.url.endswith("/data/")


def test_data_are_looked_at_then_added_once(client, chart):
    path = f"{ROOT}charts/{chart.public_id}/data/"
    text = mm(STABLE)
    looked = client.post(path, {"data": text, "_check": "1"}).content.decode()
    assert "25 points can be read" in looked and "74.0" in looked and not chart.subgroups.exists()
    bad = client.post(path, {"data": "74.01\t74.02\n74.03\tabc"}).content.decode()
    assert "abc" in bad and not chart.subgroups.exists()

    upload = SimpleUploadedFile("shift.csv", text.replace("\t", ",").encode())
    client.post(path, {"file": upload, "note": "shift report"})
    assert chart.subgroups.count() == 25 and chart.intakes.get().name == "shift.csv"
    twice = client.post(path, {"data": text.replace("\t", ";")}).content.decode()
    assert "on the chart already" in twice and chart.subgroups.count() == 25
    client.post(path, {"data": text, "again": "yes"})
    assert chart.subgroups.count() == 50


def test_the_chart_page_shows_drawing_points_and_the_next_step(client, chart, keeper):
    here = f"charts/{chart.public_id}/"
    assert "Give the chart its first measurements" in page(client, here)
    fill(chart, keeper)
    shown = page(client, here)
    assert "<svg" in shown and "freeze the limits" in shown and "Bore &lt;2&gt;" in shown and "Bore <2>" not in shown
    client.post(ROOT + here + "limits/", {"first": "1", "last": "25", "reason": "after new tool"})
    assert LimitSet.objects.get().reason == "after new tool"
    fill(chart, keeper, [[60] * 4 + [61], [62] * 4 + [60]])
    shown = page(client, here)
    assert "not stable since point 26" in shown and "Say what was different at: 26–27" in shown
    assert "The process is not stable" in shown
    waits = [one for one in workshop.waiting(keeper, case_pages.today_cn()) if "points/26/" in one.href]
    # The limits were frozen today, after the measurements were entered: from today on the signal could be seen.
    assert [(one.by, one.left) for one in waits] == [(working_days_after(case_pages.today_cn(), 1), 1)]

    point = ROOT + here + "points/26/"
    assert "beyond a limit" in client.get(point).content.decode()
    assert "Say what was different, in 5" in client.post(point, {"act": "comment", "text": "x"}).content.decode()
    client.post(point, {"act": "comment", "text": "Coolant pump replaced", "cause": "machine"})
    client.post(ROOT + here + "points/27/", {"act": "leave", "reason": "Same pump"})
    shown = page(client, here)
    assert "Coolant pump replaced" in shown and "left out: Same pump" in shown
    assert not [one for one in workshop.waiting(keeper, case_pages.today_cn()) if "points/" in one.href]
    client.post(ROOT + here + "points/27/", {"act": "leave", "reason": "It counts after all"})
    assert "It counts after all" in client.get(ROOT + here + "points/27/").content.decode()
    assert client.get(ROOT + here + "points/99/").status_code == 404
    for kind in ("csv", "xlsx", "json", "svg"):
        assert client.get(ROOT + here, {"format": kind}).status_code == 200
    assert client.get(ROOT + here, {"format": "exe"}).status_code == 404
    assert page(client, here, show="signals") and page(client, here, show="comments", page="9")


def test_stages_are_split_compared_and_taken_back(client, chart, keeper):
    here = f"{ROOT}charts/{chart.public_id}/"
    fill(chart, keeper)
    fill(chart, keeper, [[one + 20 for one in row] for row in STABLE[:20]])
    assert "A comparison needs two" in client.get(here + "comparison/").content.decode()
    assert (
        "no point 99"
        in client.post(here + "stages/", {"act": "split", "first": "99", "reason": "new tool"}).content.decode()
    )
    client.post(here + "stages/", {"act": "split", "first": "26", "reason": "new tool"})
    compared = client.get(here + "comparison/").content.decode()
    assert "The level rose" in compared and "do not differ beyond chance" in compared
    assert "new tool" in client.get(here).content.decode()
    client.post(here + "stages/", {"act": "join", "stage": "26", "reason": "same tool"})
    assert "Taken back" in client.get(here + "stages/").content.decode()
    assert "Say why" in client.post(here + "limits/", {"first": "1", "last": "25", "reason": ""}).content.decode()


def test_settings_and_closing(client, chart, keeper):
    here = f"{ROOT}charts/{chart.public_id}/"
    client.post(
        here + "settings/",
        {"name": "Bore, line 2", "rules": "nelson", "keeper": keeper.public_id, "seen": str(chart.version)},
    )
    chart.refresh_from_db()
    assert (chart.name, chart.rules) == ("Bore, line 2", "nelson")
    assert (
        "Somebody changed this"
        in client.post(
            here + "settings/", {"name": "Other", "rules": "nelson", "keeper": keeper.public_id, "seen": "0"}
        ).content.decode()
    )
    client.post(here + "closing/", {"reason": "made no longer"})
    assert "closed" in client.get(here).content.decode()
    assert "was closed" in client.post(here + "data/", {"data": mm(STABLE)}).content.decode()


def test_a_study_is_looked_at_kept_and_computed_again(client, chart, keeper):
    path = ROOT + "studies/new/capability_normal/"
    assert "Asked for most often" in page(client, "studies/new/", area="msa")
    form = client.get(path, {"chart": chart.public_id}).content.decode()
    assert 'value="73.95"' in form
    sent = {"title": "Bore", "data": mm(STABLE), "p.lsl": "73.95", "p.usl": "74.05", "p.conf": "0.95", "p.gate": "warn"}
    looked = client.post(path, sent | {"_look": "1"}).content.decode()
    assert "not kept yet" in looked and "<svg" in looked and not Study.objects.exists()
    kept = client.post(path, sent)
    one = Study.objects.get()
    assert kept.status_code == 302
    shown = page(client, f"studies/{one.public_id}/", recompute="1")
    assert "same data, same answer" in shown and "95 % lower bound" in shown
    for kind in ("csv", "xlsx", "json", "svg"):
        assert client.get(f"{ROOT}studies/{one.public_id}/", {"format": kind}).status_code == 200
    assert "Bore" in page(client, "studies/", q="bore")


def test_a_study_of_a_chart_that_signals_is_refused_and_nothing_typed_is_lost(client, chart, keeper):
    fill(chart, keeper, [*STABLE, [60, 61, 60, 62, 60]])
    path = ROOT + "studies/new/capability_normal/"
    sent = {"title": "My title", "chart": chart.public_id, "p.lsl": "73.95", "p.usl": "74.05", "p.conf": "0.95"}
    for more in ({}, {"_look": "1"}):
        answer = client.post(path, sent | more).content.decode()
        assert "not stable" in answer and "My title" in answer
    for data, gate in (("a\tb", "warn"), ("", "warn"), ("1\n2\n3", "nonsense")):
        answer = client.post(path, sent | {"chart": "", "data": data, "p.gate": gate})
        assert answer.status_code == 200
    assert client.get(ROOT + "studies/new/no_such_method/").status_code == 404
    assert not Study.objects.exists()


def test_any_method_takes_its_form(client):
    from testamur.tqm.methods import index

    for method in index():
        answer = client.get(f"{ROOT}studies/new/{method}/")
        assert answer.status_code == 200, method
        for data in ("", "1\t2\n3\t4", "x", "{}", "[1, 2]"):
            assert client.post(f"{ROOT}studies/new/{method}/", {"title": "T", "data": data}).status_code in (200, 302)


def test_reports_are_handed_out(client, chart, keeper):
    fill(chart, keeper)
    answer = client.get(f"{ROOT}charts/{chart.public_id}/report.pdf")
    assert answer.status_code == 302 or answer.content.startswith(b"%PDF")


def test_strangers_and_colleagues_find_nothing(chart, keeper):
    fill(chart, keeper)
    study = actions.keep_study(
        method="capability_normal", title="Bore", data=None, parameters={"lsl": "73"}, chart=chart, by=keeper, at=AT
    )
    stranger = signed_in(member(organisation("Other"), "quality", name="Zhou"))
    colleague = signed_in(member(keeper.organisation, "application", name="Li"))
    here = f"{ROOT}charts/{chart.public_id}/"
    pages = [here, here + "data/", here + "points/1/", here + "limits/", here + "stages/", here + "comparison/",
             here + "settings/", here + "closing/", here + "report.pdf", f"{ROOT}studies/{study.public_id}/",
             f"{ROOT}studies/{study.public_id}/report.pdf",
             f"{ROOT}characteristics/{chart.characteristic.public_id}/"]  # fmt: skip
    for path in pages:
        assert stranger.get(path).status_code == 404, path
        assert colleague.get(path).status_code == 403, path
    assert chart.name not in stranger.get(ROOT + "charts/").content.decode()


def test_pages_speak_chinese(chart, keeper):
    fill(chart, keeper)
    client = signed_in(keeper, "zh-hans")
    assert "冻结控制限" in page(client, f"charts/{chart.public_id}/")
    assert "量具" in page(client, "gauges/")


def test_a_chart_says_its_numbers_by_one_rule_of_decimals(client, chart, keeper):
    fill(chart, keeper)
    shown = page(client, f"charts/{chart.public_id}/")
    cells = re.findall(r'<td data-th="(Mean|Range)" class="ws-num">([^<]*)</td>', shown)
    assert {(name, len(text.partition(".")[2])) for name, text in cells} == {("Mean", 4), ("Range", 3)}
    assert {len(one) for one in re.findall(r">(?:UCL|CL|LCL) \d+\.(\d+)<", shown)} == {5}
    point = page(client, f"charts/{chart.public_id}/points/3/")
    assert re.search(r"7[34]\.\d{4}  \(7[34]\.\d{5} … 7[34]\.\d{5}\)", point)


def test_a_cusum_is_kept_from_settings_to_a_signal(client, keeper):
    bore = actions.describe_characteristic(name="Bore", unit="mm", by=keeper, at=AT)
    chooser = page(client, "charts/new/")
    assert "studies/new/hotelling_t2_individual/" in chooser and "studies/new/mewma/" in chooser
    sent = {"characteristic": bore.public_id, "data": "measured", "method": "cusum_tabular"}
    client.post(ROOT + "charts/new/", sent)
    chart = Chart.objects.get()
    here = f"charts/{chart.public_id}/"
    settings = page(client, here + "settings/")
    assert 'value="0.5"' in settings and "Decision interval h" in settings
    form = {
        "name": "Bore",
        "keeper": keeper.public_id,
        "seen": "0",
        "h": "4",
        "k": "0.5",
        "target": "74",
        "fir": "true",
    }
    refused = client.post(ROOT + here + "settings/", form | {"h": "400"}).content.decode()
    assert "up to 20" in refused and 'value="400"' in refused
    assert client.post(ROOT + here + "settings/", form).status_code == 302
    chart.refresh_from_db()
    assert chart.parameters == {"rules": "default", "h": "4", "k": "0.5", "target": "74", "fir": True}

    client.post(
        ROOT + here + "data/", {"data": "\n".join(f"{74 + (place * 7 % 5 - 2) / 1000:.3f}" for place in range(25))}
    )
    client.post(ROOT + here + "limits/", {"first": "1", "last": "25", "reason": "a quiet month"})
    limits = page(client, here + "limits/")
    assert "head start 2" in limits and "h 4" in limits
    client.post(ROOT + here + "data/", {"data": "\n".join(["74.006"] * 6)})
    shown = page(client, here)
    assert "Upper arm, standard errors" in shown and "Lower arm" in shown and "not stable since point" in shown
    assert client.get(ROOT + here + "report.pdf").content.startswith(b"%PDF")
    first = Chart.objects.get().signals[0]
    assert "computed anew without it" in page(client, here + f"points/{first}/")
    client.post(ROOT + here + f"points/{first}/", {"act": "leave", "reason": "wrong part measured"})
    assert "left out: wrong part measured" in page(client, here)
    assert "Capability" not in page(client, here)


def test_a_csv_with_decimal_commas_is_read_and_text_and_gaps_are_named(client, chart):
    path = f"{ROOT}charts/{chart.public_id}/data/"
    german = "74,0010;74,02\n74,03;73,99\n74,01;74,00".encode("utf-8-sig")
    client.post(path, {"file": SimpleUploadedFile("schicht.csv", german)})
    assert [one.values for one in chart.subgroups.all()] == [
        ["74.0010", "74.02"],
        ["74.03", "73.99"],
        ["74.01", "74.00"],
    ]
    # Three figures after a comma may be thousands: it is asked, and the row is not taken for a row of names.
    asked = client.post(path, {"data": "74,001;74,002\n74,01;74,02"}).content.decode()
    assert "row 1, column 1: 74,001 may mean two numbers" in asked
    for text, wanted in (("74,01;74,02\n74,03;kaputt", "kaputt"), ("74,01;74,02;74,03\n74,01;;74,02", "empty")):
        answer = client.post(path, {"file": SimpleUploadedFile("b.csv", text.encode())}).content.decode()
        assert wanted in answer and "ow 2" in answer and "74,01" in answer
    assert chart.subgroups.count() == 3


def test_an_xlsx_is_read_and_text_and_gaps_are_named(client, chart):
    path = f"{ROOT}charts/{chart.public_id}/data/"

    def sheet(*rows):
        content = tables.as_file("xlsx", ["a", "b", "c"], rows, name="shift").content
        return SimpleUploadedFile("shift.xlsx", content)

    client.post(path, {"file": sheet([74.01, 74.02, 74.0], ["74,03", "74,01", "74,02"])})
    assert [one.values for one in chart.subgroups.all()] == [["74.01", "74.02", "74.0"], ["74.03", "74.01", "74.02"]]
    for rows, wanted in (
        ([[1.5, 2.5, 3.5], [1.5, "broken", 2.5]], "broken"),
        ([[1.5, 2.5, 3.5], [1.5, None, 2.5]], "empty"),
    ):
        answer = client.post(path, {"file": sheet(*rows)}).content.decode()
        assert wanted in answer and "ow 2" in answer
    assert chart.subgroups.count() == 2


def test_the_drawing_is_read_point_by_point_with_the_keyboard(client, chart, keeper):
    fill(chart, keeper)
    shown = page(client, f"charts/{chart.public_id}/")
    assert 'tabindex="0"' in shown and 'data-count="25"' in shown and 'id="told"' in shown
    assert 'role="status" aria-live="polite" data-told' in shown and "chart.js" in shown
    assert "<script>" not in shown and "style=" not in shown.split("<main")[1].split("<svg")[0]


def test_a_capability_says_what_its_gauge_is_not(client, chart, keeper):
    gauge = actions.enter_gauge(
        number="BG-09", name="Worn", certificate="K-1", calibrated_on=date(2025, 1, 1),
        calibration_due_on=date(2025, 12, 31), by=keeper, at=AT,
    )  # fmt: skip
    kept = actions.keep_study(
        method="capability_normal", title="Bore", data={"values": ["1.00", "1.10", "1.20", "1.05", "1.15"] * 12},
        parameters={"lsl": "0.5", "usl": "1.5"}, gauge=gauge, by=keeper, at=AT,
    )  # fmt: skip
    here = f"studies/{kept.public_id}/"
    shown = page(client, here)
    assert "had run out (2025-12-31)" in shown and "no study of gauge BG-09" in shown and "ISO 22514-7:2021" in shown
    assert "校准已过期" in signed_in_again(client, "zh-hans", here)
    assert client.get(ROOT + here + "report.pdf").content.startswith(b"%PDF")


def signed_in_again(client, language, path):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    return page(client, path)


@pytest.mark.parametrize("area", ["charts", "characteristics", "gauges", "studies"])
@pytest.mark.parametrize("sort", ["--name", "---", "-", "name__", "pk", "\u540d", "x" * 5000, "\0"])
def test_an_odd_order_of_a_list_breaks_nothing(client, chart, area, sort):
    for order in (sort, sort.replace("name", "title"), sort.replace("name", "number")):
        assert client.get(f"{ROOT}{area}/", {"sort": order, "page": sort, "show": sort}).status_code == 200
