"""A result of a statistical method as pages show it: warnings, drawing, plotted numbers, every figure of the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.safestring import mark_safe
from django.utils.translation import gettext

from testamur.tqm.methods import index
from testamur.tqm.results import Result, listed, simple
from testamur.wording.templatetags.say import language, shown


def drawn(result: Result) -> dict[str, Any]:
    """Return ``warnings`` (sentences), ``drawing`` (SVG, safe; "" where the method draws nothing), ``tables`` and
    ``answers`` of a result, in the reader's language."""
    context: dict[str, Any] = {
        "warnings": [one.sentence(gettext, shown) for one in result.warnings],
        "answers": [{"name": name, "text": text} for name, text in listed(simple(result.answer()))],
        "drawing": "",
        "tables": [],
    }
    figure = figure_or_none(result)
    if figure is not None:
        from testamur.tqm.figures.figure import cell, said
        from testamur.tqm.figures.svg import to_svg

        # The warnings stand above it already.
        svg = to_svg(replace(figure, warnings=()), gettext, table=False, language=language())
        context["drawing"] = mark_safe(svg)  # ours; every text of somebody else in it is escaped there
        context["tables"] = [
            {
                "title": said(table.title, gettext),
                "columns": [
                    {"label": said(name, gettext), "numeric": place > 0} for place, name in enumerate(table.columns)
                ],
                "rows": [{"cells": [cell(one, gettext) for one in row]} for row in table.rows],
            }
            for plot in figure.plots
            for table in plot.tables
        ]
    return context


def figure_or_none(result: Result) -> Any:
    """Return the figure of a result, None where its method draws nothing; scipy is loaded with the first of them."""
    from testamur.tqm.figures.of import figure_of

    return figure_of(result) if index()[result.provenance.method].chart else None
