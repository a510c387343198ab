"""Before and after: two stretches of a chart beside each other, with a plain sentence."""

from __future__ import annotations

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.studies import charting
from testamur.studies.comparing import Comparison, Side, compare
from testamur.tqm.figures.figure import written
from testamur.workspace.workshop.studies import frame
from testamur.workspace.workshop.studies.chart import visible


@require_safe
@acting.requires(Function.QUALITY)
def chart_comparison(request: HttpRequest, chart_id: str) -> HttpResponse:
    """Compare two stretches: mean, spread, signals, capability."""
    chart = visible(frame.acting(request), chart_id)
    here = reverse("workspace:workshop-chart", args=[chart.public_id])
    drawn = charting.draw(chart)
    pieces = drawn.stretches
    names = [_("points {first} to {last}").format(first=one.start + 1, last=one.stop) for one in pieces]
    before = _place(request.GET.get("before"), len(pieces), len(pieces) - 2)
    after = _place(request.GET.get("after"), len(pieces), len(pieces) - 1)
    found = compare(drawn, before, after) if len(pieces) > 1 and before != after else None
    context = {
        "head": {"title": _("Before and after"), "facts": [chart.name]},
        "crumbs": frame.crumbs(
            (_("Control charts"), reverse("workspace:workshop-charts")), (chart.name, here), (_("Before and after"), "")
        ),
        "choices": [{"value": place, "label": name} for place, name in enumerate(names)],
        "before": before,
        "after": after,
        "sentences": _sentences(found, chart.characteristic.unit) if found else [],
        "table": _table(found, names[before], names[after]) if found else None,
        "back": here,
    }
    return render(request, "workshop/studies/comparison.html", context)


def _place(text: str | None, count: int, usual: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) < count else max(usual, 0)


def _sentences(found: Comparison, unit: str) -> list[str]:
    sentences = []
    if found.mean is None:
        return [_("One of the two has too few points for a comparison.")]
    low, high = found.mean
    span = f"{written(low, 4)} … {written(high, 4)} {unit}".strip()
    if low > 0:
        sentences.append(_("The level rose (95 % interval of the difference: {span}).").format(span=span))
    elif high < 0:
        sentences.append(_("The level fell (95 % interval of the difference: {span}).").format(span=span))
    else:
        sentences.append(
            _("The levels do not differ beyond chance (95 % interval of the difference: {span}).").format(span=span)
        )
    if found.ratio is not None:
        low, high = found.ratio
        span = f"{written(low, 3)} … {written(high, 3)}"
        if high < 1:
            sentences.append(_("The spread became smaller (after/before: {span}).").format(span=span))
        elif low > 1:
            sentences.append(_("The spread became larger (after/before: {span}).").format(span=span))
        else:
            sentences.append(_("The spreads do not differ beyond chance (after/before: {span}).").format(span=span))
    if not found.after.stable:
        sentences.append(_("The later stretch is not stable, so the comparison may not last."))
    return sentences


def _table(found: Comparison, before: str, after: str) -> dict[str, Any]:
    def cells(name: str, of: Any) -> dict[str, Any]:
        return {"cells": [name, *(_said(of(side)) for side in (found.before, found.after))]}

    rows = [
        cells(_("Points that count"), lambda side: side.points),
        cells(_("Mean"), lambda side: side.mean),
        cells(_("Standard deviation, all values"), lambda side: side.spread),
        cells(_("Sigma of the chart"), lambda side: side.sigma),
        cells(_("Signals"), lambda side: side.signals),
        cells(_("Ppk, 95 % lower bound"), _lower),
        cells(_("Ppk"), lambda side: side.ppk if side.stable else None),
    ]
    columns = [{"label": _("What")}, {"label": before, "numeric": True}, {"label": after, "numeric": True}]
    return {"caption": _("Before and after"), "columns": columns, "rows": rows}


def _lower(side: Side) -> float | None:
    return side.ppk_lower if side.stable else None


def _said(value: float | int | None) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "–"
    return str(value) if isinstance(value, int) else written(value, 5)
