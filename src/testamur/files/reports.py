"""Reports as PDF: title, facts, paragraphs, tables, drawings. What a report says is written where it is known.

Texts arrive translated; a report is in one language. Drawings are SVG of our own (``tqm.figures``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import translation

from testamur.files import typesetting
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _

TEMPLATE = Path(__file__).resolve().parent / "report.typ"
#: Rows of one table on paper; whoever needs more takes the table as a file.
ROWS_MOST = 2_000


@dataclass(frozen=True)
class Table:
    """A table: ``titles`` of its columns and ``rows`` of as many texts each."""

    titles: Sequence[str]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Section:
    """A part under a heading.

    Attributes:
        paragraphs: texts; each a paragraph.
        table: at most one; further tables want a heading of their own.
        figure: SVG, "" for none; ``caption`` stands below it and is read where the drawing cannot be seen.
        on_new_page: begins a page.
    """

    title: str
    paragraphs: Sequence[str] = ()
    table: Table | None = None
    figure: str = ""
    caption: str = ""
    on_new_page: bool = False


@dataclass(frozen=True)
class Report:
    """A report.

    Attributes:
        title: on top of the first page, and the document's own.
        facts: (label, value) below the title.
        footer: on every page beside its number; who made it, for whom.
    """

    title: str
    facts: Sequence[tuple[str, Any]] = ()
    sections: Sequence[Section] = ()
    footer: str = ""
    subtitle: str = ""


def to_pdf(report: Report, *, language: str = "", at: datetime | None = None) -> bytes:
    """Return a report as PDF/A-3b.

    Args:
        language: ``en`` or ``zh-hans``; that of the page where nothing is given.
        at: instant written into the document, now where nothing is given; with it the same report gives the same bytes.

    Raises:
        Refused: this machine has no typesetter or fonts, or a table is too long for paper.
    """
    if lacks := typesetting.lacking():
        raise Refused(
            _("PDF needs {package}, which is not installed here. Ask whoever runs this platform to install it."),
            {"package": lacks},
            rule="files.reports",
            source="testamur@2026-1#files",
        )
    for section in report.sections:
        if section.table is not None and len(section.table.rows) > ROWS_MOST:
            raise Refused(
                _("A table of {rows} rows is too long for paper ({most}). Take it as CSV or XLSX."),
                {"rows": len(section.table.rows), "most": ROWS_MOST},
                rule="files.reports",
                source="testamur@2026-1#files",
            )
    return typesetting.typeset(TEMPLATE, _facts(report, language), at=at or clock.now())


def _facts(report: Report, language: str) -> dict[str, Any]:
    tongue = language or translation.get_language() or "en"
    return {
        "language": "zh" if tongue.startswith("zh") else "en",
        "title": report.title,
        "subtitle": report.subtitle,
        "footer": report.footer,
        "facts": [[str(label), _text(value)] for label, value in report.facts],
        "sections": [
            {
                "title": one.title,
                "paragraphs": [_text(text) for text in one.paragraphs],
                "titles": [str(title) for title in one.table.titles] if one.table else [],
                "rows": [[_text(cell) for cell in row] for row in one.table.rows] if one.table else [],
                "figure": one.figure,
                "caption": one.caption or one.title,
                "on_new_page": one.on_new_page,
            }
            for one in report.sections
        ],
    }


def _text(value: Any) -> str:
    return "" if value is None else str(value)
