"""What a chart or a study says today, in a sentence: so that whoever cites one as proof sees what it proves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Max

from testamur.kernel import days
from testamur.kernel.refusal import _
from testamur.studies import charting
from testamur.studies.models import Chart, Study, Subgroup


@dataclass(frozen=True)
class Verdict:
    """A sentence with its facts and the tone of its pill.

    Attributes:
        last_on: day of the chart's last point.
        compares: the chart has a before and an after.
    """

    tone: str
    sentence: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    last_on: date | None = None
    compares: bool = False


def of_chart(chart: Chart) -> Verdict:
    """Return what a chart says, computed: signals that nobody commented come first, then those that are explained."""
    drawn = charting.draw(chart)
    last = last_days([chart]).get(chart.pk)
    kept = of_kept(chart, last)
    compares = len(drawn.stretches) > 1
    if kept.tone != "ok":
        return Verdict(kept.tone, kept.sentence, kept.facts, last, compares)
    start = drawn.stretches[-1].start
    signals = [number for number in drawn.signals if number > start and number not in drawn.excluded]
    if start + 1 in drawn.untold:
        return Verdict("info", _("too few points for limits"), {}, last, compares)
    if signals:
        return Verdict("warn", _("signals, all commented: {points}"), {"points": span(signals)}, last, compares)
    if drawn.limits is None:
        return Verdict("info", _("stable so far; limits are not frozen"), {}, last, compares)
    return Verdict("ok", _("in control"), {}, last, compares)


def of_kept(chart: Chart, last_on: date | None) -> Verdict:
    """Return what a chart says without computing it, for lists: whether a signal waits for its comment."""
    if chart.closed_at is not None:
        return Verdict("mute", _("closed"), {}, last_on)
    if last_on is None:
        return Verdict("mute", _("no points yet"))
    if chart.signals:
        return Verdict("bad", _("signals without comment: {points}"), {"points": span(chart.signals)}, last_on)
    return Verdict("ok", _("no signal waits for a comment"), {}, last_on)


def span(numbers: Iterable[int]) -> str:
    """Return points as one reads them, at most six and a mark that there are more."""
    shown = [str(one) for one in numbers]
    return ", ".join(shown[:6]) + (" …" if len(shown) > 6 else "")


def last_days(charts: Iterable[Chart]) -> dict[int, date]:
    """Return chart → day of its last point: when it was taken, else when it came."""
    rows = Subgroup.objects.filter(chart__in={one.pk for one in charts}).values("chart_id").order_by("chart_id")
    found = rows.annotate(taken=Max("taken_at"), came=Max("intake__effective_at"))
    return {row["chart_id"]: days.day_of(row["taken"] or row["came"]) for row in found}


def of_study(study: Study) -> Verdict | None:
    """Return what a study says: the lower bound of its capability, or the share of its gauge; None for other kinds.

    Source:
        tqm.md 7.7: a decision rests on the lower bound, so that is what is said.
    """
    answer = study.answer
    if answer.get("stable") is False:
        return Verdict("bad", _("the process was not stable"))
    for part, name in (("within", "Cpk"), ("overall", "Ppk"), ("indices", "Ppk")):
        bound = ((answer.get(part) or {}).get(name) or {}).get("lower_bound")
        if bound is not None:
            return Verdict("info", _("{index} at least {bound} (95 %)"), {"index": name, "bound": f"{bound:.2f}"})
    share = ((answer.get("components") or {}).get("grr") or {}).get("study")
    if share is not None:
        return Verdict("info", _("gauge: {share} % of the study variation"), {"share": f"{share:.1f}"})
    return None
