"""Reports as PDF: what was said is in them, in the language asked for, the same bytes twice."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from testamur.files import reports, typesetting
from testamur.files.reports import Report, Section, Table, to_pdf
from testamur.kernel.refusal import Refused
from testamur.tqm import figure_of, to_svg, xbar_r

AT = datetime(2026, 11, 23, tzinfo=UTC)
prints = pytest.mark.skipif(bool(typesetting.lacking()), reason=f"{typesetting.lacking()} is not installed")


def words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def bore() -> Report:
    groups = [[74.01, 74.02, 73.99, 74.0], [74.0, 73.98, 74.02, 74.01], [74.03, 74.01, 74.0, 73.99]] * 7
    return Report(
        title="Bore diameter, line 2",
        subtitle="Xbar-R chart",
        facts=[("Keeper", "Sample Wu"), ("Limits", "version 3"), ("Note", None)],
        sections=[
            Section("Chart", ["No signal. #not-a-command $x$"], figure=to_svg(figure_of(xbar_r(groups)), table=False)),
            Section("Points", table=Table(["No.", "Mean"], [[n, "74.0025"] for n in range(1, 80)]), on_new_page=True),
        ],
        footer="Sample Precision Parts Co., Ltd.",
    )


@prints
def test_a_report_says_what_it_was_given_and_is_the_same_twice():
    made = to_pdf(bore(), language="en", at=AT)

    assert made == to_pdf(bore(), language="en", at=AT)
    text = words(made)
    assert "Bore diameter, line 2" in text and "Sample Wu" in text and "74.0025" in text
    assert "#not-a-command $x$" in text  # a text is a text, never a command of the typesetter
    assert len(PdfReader(io.BytesIO(made)).pages) >= 3


@prints
def test_a_report_in_chinese_keeps_its_letters():
    text = words(to_pdf(Report(title="示例报告：孔径", facts=[("负责人", "示例吴")]), language="zh-hans", at=AT))

    assert "示例报告" in text and "示例吴" in text


@prints
def test_a_table_too_long_for_paper_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setattr(reports, "ROWS_MOST", 2)

    with pytest.raises(Refused, match="CSV or XLSX"):
        to_pdf(bore(), at=AT)


def test_a_machine_without_fonts_says_what_it_lacks(monkeypatch):
    monkeypatch.setattr(typesetting, "lacking", lambda: "fonts-noto-cjk")

    with pytest.raises(Refused) as refused:
        to_pdf(Report(title="x"))
    assert refused.value.facts["package"] == "fonts-noto-cjk"
