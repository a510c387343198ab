"""A living portfolio that is taken over: what was done before it came is declared by its body."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client

from small_world import member, organisation
from testamur.cli import mirror
from testamur.kernel.refusal import Refused
from testamur.register.models import Attestation, Current, Past
from testamur.register.queries_reporting import declared_of
from testamur.register.states import opened
from tests.unit.register.reporting.conftest import BODY, COLUMNS, DAY, Lists, csv_of, mapping_of, row

pytestmark = pytest.mark.django_db
LATER = DAY + timedelta(days=30)
MORE = (*COLUMNS, "visited", "due", "open")
FIELDS = [
    *BODY["field"],
    {"to": "declared.last_visit_on", "column": "visited", "read": "day", "form": "%Y-%m-%d"},
    {"to": "declared.next_visit_on", "column": "due", "read": "day", "form": "%Y-%m-%d"},
    {"to": "declared.open_findings", "column": "open", "read": "list", "separator": ";"},
]


@pytest.fixture
def body(db):
    return organisation("Body")


@pytest.fixture
def portfolio(body):
    reported = mapping_of(source={"origin": "reported"}, field=FIELDS)
    return Lists(reported, organisation=body, by=member(body, "records"))


def living(number="S-1", **more):
    told = {"visited": "2025-11-20", "due": "2026-11-20", "open": "NC 1: calibration overdue; NC 2: no records"}
    return {**row(number), **told, **more}


def file_of(*rows):
    return csv_of(*rows, columns=MORE)


def test_a_portfolio_of_twelve_thousand_keeps_visits_and_findings_as_declared(portfolio, body):
    done = portfolio.sent(content=file_of(*(living(f"S-{one}") for one in range(12_000))), whole=True)

    assert (done.counts["new"], done.counts["rejected"]) == (12_000, 0)
    record = Attestation.objects.select_related("source", "current").get(origin_key="S-11999")
    assert record.origin == "reported" and record.issuer == body
    assert declared_of(record, member(body, "records")) == {
        "last_visit_on": date(2025, 11, 20), "next_visit_on": date(2026, 11, 20),
        "open_findings": ["NC 1: calibration overdue", "NC 2: no records"],
    }  # fmt: skip


def test_findings_are_told_to_nobody_but_the_body(portfolio, body):
    portfolio.sent(content=file_of(living()))
    record = Attestation.objects.get()

    for stranger in (None, member(organisation("Other"), "records")):
        assert "open_findings" not in declared_of(record, stranger)
    page = Client().get(f"/c/{record.public_id}", follow=True).content.decode()
    assert "Declared, not seen here" in page and "2025-11-20" in page
    assert "calibration" not in page


def test_a_later_delivery_replaces_what_was_declared_and_makes_no_edition(portfolio, body):
    portfolio.sent(content=file_of(living()))
    done = portfolio.sent(content=file_of(living(open="", visited="2026-03-10")), day=LATER)

    record = Attestation.objects.get()
    assert done.counts["changed"] == 1
    assert declared_of(record, member(body, "records")) == {
        "last_visit_on": date(2026, 3, 10), "next_visit_on": date(2026, 11, 20),
    }  # fmt: skip
    assert Past.objects.get().said["declared"]["last_visit_on"] == "2025-11-20"
    assert len(opened(record).editions.all()) == 1


def test_a_declared_day_that_is_none_rejects_its_row_only(portfolio):
    done = portfolio.sent(content=file_of(living("S-1", visited="31/02/2026"), living("S-2")))

    assert [(one.row, one.field, one.code) for one in done.remarks.all()] == [(2, "visited", "day_unreadable")]
    assert Current.objects.count() == 1


def test_a_declared_fact_that_means_nothing_is_named():
    with pytest.raises(Refused, match="last_visit_on"):
        mapping_of(field=[*BODY["field"], {"to": "declared.last_visit", "column": "no"}])


def test_an_operator_takes_a_portfolio_in_for_its_body(body, tmp_path, capsys):
    (tmp_path / "list.csv").write_bytes(file_of(living()))
    (tmp_path / "portfolio.toml").write_text(
        """
[source]
id = "portfolio"
names = { en = "Portfolio" }
scheme = "sample-scheme"
origin = "reported"
title = { en = "Certificate" }
[key]
columns = ["no"]
[issuer]
column = "body"
[holder]
column = "who"
[[field]]
to = "number"
column = "no"
[[field]]
to = "declared.last_visit_on"
column = "visited"
read = "day"
form = "%Y-%m-%d"
"""
    )
    line = [str(tmp_path / "portfolio.toml"), "--file", str(tmp_path / "list.csv"), "--as-of", "2026-03-02", "--commit"]

    assert mirror.main([*line, "--body", "0000000000"]) == 1
    assert "0000000000" in capsys.readouterr().err
    assert mirror.main([*line, "--body", body.public_id]) == 0
    assert Attestation.objects.get().issuer == body
