"""From a moment of a scheme to a day of the calendar (language.md 2).

Conventions (rulebook): civil days; months and years clip to the month's end (31 August + 6 months = 28 or 29
February); a period in days begins the day after its event. Working days are those of the scheme's area: China's by
the rule ``CN.working_deadline``, Monday to Friday elsewhere, as no other calendar is known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache, lru_cache

from testamur import rules
from testamur.kernel.days import add_months
from testamur.rules.working_days import Calendar
from testamur.schemes.language.kinds import Moment, Period


class NotYetKnown(LookupError):
    """The day from which the moment counts has not come, or nobody recorded it; ``day`` names it."""

    def __init__(self, day: str) -> None:
        super().__init__(f"The day {day} is not known yet.")
        self.day = day


def evaluate(moment: Moment, known: Mapping[str, date | None], *, area: str = "CN") -> date | None:
    """Return the day of a moment; None where it never comes (``no end``).

    Args:
        moment: of the scheme.
        known: named day -> civil day in the area, as far as known.
        area: ISO 3166-1 alpha-2 code of the scheme's area; its working days count.

    Raises:
        NotYetKnown: the named day is not known.
    """
    if moment.endless:
        return None
    start = known.get(moment.day)
    if start is None:
        raise NotYetKnown(moment.day)
    if moment.period is None:
        return start
    return (before if moment.before else after)(start, moment.period, area)


def resolve(moment: Moment | None, known: Mapping[str, date], area: str) -> date | None:
    """Return the day of a moment as :func:`evaluate` does; None also where there is no moment or its day is unknown."""
    if moment is None:
        return None
    try:
        return evaluate(moment, known, area=area)
    except NotYetKnown:
        return None


def after(start: date, period: Period, area: str = "CN") -> date:
    """Return the last day of a period that begins the day after ``start``."""
    if period.unit == "working day":
        return working_days_after(start, period.number, area)
    return _moved(start, period, 1)


def before(end: date, period: Period, area: str = "CN") -> date:
    """Return the day a period before another; that day itself does not count."""
    if period.unit == "working day":
        return _walk(end, period.number, -1, area)
    return _moved(end, period, -1)


def _moved(day: date, period: Period, sign: int) -> date:
    if period.unit == "day":
        return day + timedelta(days=sign * period.number)
    return add_months(day, sign * period.number * (12 if period.unit == "year" else 1))


@lru_cache(maxsize=8192)
def working_days_after(start: date, count: int, area: str = "CN") -> date:
    """Return the last of ``count`` working days after a day.

    Kept, as a page counts hundreds: the calendar is part of the release and does not change while a process runs.
    """
    if area != "CN":
        return _walk(start, count, 1, area)
    answer: date = rules.evaluate("CN.working_deadline", {"start": start, "days": count}).output["date"]
    return answer


def is_working(day: date, area: str = "CN") -> bool:
    """Say whether people work on a day."""
    return _chinese().is_working(day) if area == "CN" else day.weekday() < 5


def working_days_left(today: date, until: date, area: str = "CN") -> int:
    """Return how many working days are left after today up to and with ``until``; past it, how many it is late
    (negative)."""
    if until == today:
        return 0
    first, last = min(today, until), max(today, until)
    if (last - first).days > 400:  # nobody counts working days over a year ahead; five of seven will do
        count = (last - first).days * 5 // 7
    else:
        count, day = 0, working_days_after(first, 1, area)
        while day <= last:
            count += 1
            day = working_days_after(day, 1, area)
    return count if until > today else -count


@cache
def _chinese() -> Calendar:
    return Calendar(None, None)


def _walk(day: date, count: int, sign: int, area: str) -> date:
    while count:
        day += timedelta(days=sign)
        count -= is_working(day, area)
    return day
