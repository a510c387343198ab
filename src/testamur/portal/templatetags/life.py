"""Two clocks in one picture: what was true (effective) over what the register showed (recorded).

``{% life changes today until %}`` draws it. A change is a mapping or an object with ``effective_on`` (day),
``recorded_at`` (instant or day), ``status`` (code) and, where a later decision annulled it, ``annulled_at``.
``until`` is the last day of validity: after it the answer is *expired* on both clocks, by the calendar alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext

from testamur.kernel import days
from testamur.portal.templatetags.trust_tree import width_of
from testamur.wording.templatetags.say import answer_class, status_word

register = template.Library()

LEFT, RIGHT = 8, 752
LIVING = {"valid", "suspended"}  # what the calendar can still end


@dataclass(frozen=True)
class Change:
    """A change of status with both clocks as civil days."""

    effective: date
    recorded: date
    status: str
    annulled: date | None


@dataclass(frozen=True)
class Bar:
    """A stretch of one status in one lane; ``word`` is empty where it would not fit."""

    x: int
    width: int
    style: str
    word: str


@dataclass(frozen=True)
class Tick:
    """A first of January on the axis."""

    x: int
    year: str


@register.inclusion_tag("portal/_life.html")
def life(changes: Iterable[Any], today: date, until: date | None = None, area: str = "CN") -> dict[str, Any]:
    """Draw both lanes from the first change to the end of validity, or a little past today where it has ended."""
    known = [_change(item, area) for item in changes]
    if not known:
        return {"bars": []}
    first = min(min(change.effective, change.recorded) for change in known)
    last = max([today + timedelta(days=30), *([until] if until else []), *(change.recorded for change in known)])
    span = max((last - first).days, 1)

    def at(when: date) -> int:
        return LEFT + (RIGHT - LEFT) * max(0, min((when - first).days, span)) // span

    effective = _lane(known, today, until, recorded=False)
    recorded = _lane(known, today, until, recorded=True)
    return {
        "effective": _bars(effective, at, last, today),
        "recorded": _bars(recorded, at, last, today),
        "ticks": _ticks(first, last, at),
        "now": at(today),
        "flip": at(today) > 120,
        # The lanes' titles stand at the end that today's line does not cross.
        "titles": {"x": RIGHT, "anchor": "end"} if at(today) < (LEFT + RIGHT) // 2 else {"x": LEFT, "anchor": "start"},
    }


def _change(item: Any, area: str) -> Change:
    def of(key: str) -> Any:
        return item.get(key) if isinstance(item, Mapping) else getattr(item, key, None)

    def civil(value: Any) -> date | None:
        return days.day_of(value, area) if isinstance(value, datetime) else value

    effective = civil(of("effective_on") or of("effective_at"))
    recorded = civil(of("recorded_at") or of("recorded_on"))
    if effective is None or recorded is None:
        raise ValueError("A change of status needs both clocks: effective_on and recorded_at.")
    return Change(effective, recorded, str(of("status")), civil(of("annulled_at")))


def status_on(changes: Iterable[Change], on: date, known: date | None, until: date | None) -> str:
    """Return the status on a day, as known on a day (None: as known now); empty before the first change.

    A change counts from its effective day, or, for what the register showed, from the later of its two days. An
    annulled change never was, except to those who asked before the annulment.
    """
    best: Change | None = None
    for change in changes:
        if change.effective > on or (known is not None and change.recorded > known):
            continue
        if change.annulled is not None and (known is None or change.annulled <= known):
            continue
        if best is None or (change.effective, change.recorded) >= (best.effective, best.recorded):
            best = change
    if best is None:
        return ""
    return "expired" if until is not None and on > until and best.status in LIVING else best.status


def _lane(changes: list[Change], today: date, until: date | None, *, recorded: bool) -> list[tuple[date, str]]:
    """Return (first day, status) of every stretch up to today."""
    turns = {change.effective for change in changes} | {change.recorded for change in changes if recorded}
    turns |= {change.annulled for change in changes if recorded and change.annulled}
    if until is not None:
        turns.add(until + timedelta(days=1))
    stretches: list[tuple[date, str]] = []
    for turn in sorted(turns):
        if turn > today:
            break
        status = status_on(changes, turn, turn if recorded else None, until)
        if not stretches or stretches[-1][1] != status:
            stretches.append((turn, status))
    return stretches


def _bars(stretches: list[tuple[date, str]], at: Any, last: date, today: date) -> list[Bar]:
    ends = [start for start, _status in stretches[1:]] + [today]
    bars = []
    for (start, status), end in zip(stretches, ends, strict=True):
        if status and end > start:
            style = "held" if status == "withheld" else answer_class(status)
            bars.append(_bar(at(start), at(end), style, status_word(status)))
    if last > today:
        bars.append(_bar(at(today), at(last), "off", gettext("not yet known")))
    return bars


def _bar(start: int, end: int, style: str, word: str) -> Bar:
    width = max(end - start, 2)
    return Bar(start, width, style, word if width_of(word, 12) + 10 < width else "")


def _ticks(first: date, last: date, at: Any) -> list[Tick]:
    years = range(first.year + 1, last.year + 1)
    step = max(1, len(years) // 8 + (len(years) % 8 > 0))
    return [Tick(at(date(year, 1, 1)), str(year)) for year in years[::step]]
