"""From a moment of a scheme to a day of the calendar.

Conventions (rulebook): civil days; months and years clip to the month's end (31 August + 6 months = 28 or 29
February); a period in days begins the day after its event. Working days are those of the scheme's area: China's by
the rule ``CN.working_deadline``, Monday to Friday elsewhere, as no other calendar is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from testamur.kernel.days import add_months
from testamur.rules import evaluate as answer
from testamur.rules.working_days import Calendar
from testamur.schemes.language.kinds import Moment, Period


class NotYetKnown(LookupError):
    """The day from which the moment counts has not come, or nobody recorded it; ``day`` names it."""

    def __init__(self, day: str) -> None:
        super().__init__(f"The day {day} is not known yet.")
        self.day = day


def evaluate(moment: Moment, days: Mapping[str, date | None], *, area: str = "CN") -> date | None:
    """Return the day of a moment; None where it never comes (``no end``).

    Args:
        moment: of the scheme.
        days: named day -> civil day in the area, as far as known.
        area: ISO 3166-1 alpha-2 code of the scheme's area; its working days count.

    Raises:
        NotYetKnown: the named day is not known.
    """
    if moment.endless:
        return None
    start = days.get(moment.day)
    if start is None:
        raise NotYetKnown(moment.day)
    return shifted(start, moment.period, before=moment.before, area=area) if moment.period else start


def shifted(day: date, period: Period, *, before: bool = False, area: str = "CN") -> date:
    """Return the day a period after (or before) a day; the day itself does not count."""
    sign = -1 if before else 1
    if period.unit == "day":
        return day + timedelta(days=sign * period.number)
    if period.unit == "month":
        return add_months(day, sign * period.number)
    if period.unit == "year":
        return add_months(day, sign * 12 * period.number)
    if area == "CN" and not before:
        last: date = answer("CN.working_deadline", {"start": day, "days": period.number}).output["date"]
        return last
    return _walk(day, period.number, sign, _working_days_of(area))


def _working_days_of(area: str) -> Callable[[date], bool]:
    return Calendar(None, None).is_working if area == "CN" else lambda day: day.weekday() < 5


def _walk(day: date, count: int, sign: int, works: Callable[[date], bool]) -> date:
    while count:
        day += timedelta(days=sign)
        count -= works(day)
    return day
