"""Every plotted number of a figure as an HTML table or as CSV."""

from __future__ import annotations

import csv
import io
from html import escape

from testamur.tqm.figures.figure import Figure, Translate, cell, said


def to_html(figure: Figure, translate: Translate = str) -> str:
    """Return the tables as HTML: caption, header cells with scope, and one row for each point."""
    out = []
    for plot in figure.plots:
        for table in plot.tables:
            head = "".join(f'<th scope="col">{escape(said(name, translate))}</th>' for name in table.columns)
            out.append(
                f"<table><caption>{escape(said(table.title, translate))}</caption><thead><tr>{head}</tr></thead>"
            )
            out.append("<tbody>")
            for row in table.rows:
                cells = [escape(cell(value)) for value in row]
                rest = "".join(f"<td>{text}</td>" for text in cells[1:])
                out.append(f'<tr><th scope="row">{cells[0]}</th>{rest}</tr>')
            out.append("</tbody></table>")
    return "".join(out)


def to_csv(figure: Figure, translate: Translate = str) -> str:
    """Return the tables as CSV, one after another with an empty line between; numbers with all their digits."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    first = True
    for plot in figure.plots:
        for table in plot.tables:
            if not first:
                writer.writerow([])
            first = False
            writer.writerow([said(table.title, translate)])
            writer.writerow([said(name, translate) for name in table.columns])
            for row in table.rows:
                writer.writerow(["" if value is None or value != value else _safe(value) for value in row])
    return file.getvalue()


def _safe(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
