"""CN.working_deadline: periods in working days, with China's holidays and make-up working days.

Source: Administrative Licensing Law art. 82; Administrative Penalty Law art. 85. The State Council publishes
each year's calendar late in the year before; the installed calendar package carries what was published, dated
rows carry what is known since or follows from the law alone.
"""

from __future__ import annotations

import importlib
from datetime import date, timedelta
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules import parameters
from testamur.rules.engine import Answer, Work, rule
from testamur.rules.kinds import Day, ListOf, Whole
from testamur.rules.saying import say

_FIRST_YEAR = 2004  # the calendar package knows nothing earlier


class Calendar:
    """Working days of China: lists given, else dated rows, else the package; weekends after its last year."""

    def __init__(self, holidays: list[date] | None, workdays: list[date] | None) -> None:
        self.given = holidays is not None or workdays is not None
        self.holidays = set(holidays or [])
        self.workdays = set(workdays or [])
        self.provisional_years: set[int] = set()
        if not self.given:
            # Imported only here: three in four rules never ask for a calendar.
            package = importlib.import_module("chinese_calendar.constants")
            self.published_years = {day.year for day in package.holidays}
            self.holidays.update(package.holidays)
            self.workdays.update(package.workdays)
            for row in parameters.rows():
                if row.name.startswith("cn.calendar."):
                    year = int(row.name.split(".")[2])
                    if year not in self.published_years:
                        self.holidays.update(row.value)

    def is_working(self, day: date) -> bool:
        """Say whether people work on a day."""
        if not self.given and day.year not in self.published_years:
            if day.year < _FIRST_YEAR:
                raise Refused(
                    _("No calendar of working days is known before {year}; give holidays and make-up days."),
                    {"year": _FIRST_YEAR},
                    field="start",
                )
            self.provisional_years.add(day.year)
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays


@rule(
    "CN.working_deadline",
    title=say("Deadline in working days", "工作日期限"),
    source=["cn-licensing-law@2019-04-23#art. 82", "cn-penalty-law@2021-01-22#art. 85"],
    inputs={
        "start": Day(en="day of the event that starts the period", zh="期限起算事件发生日"),
        "days": Whole(en="working days", zh="工作日数", unit="working days", minimum=0, maximum=5000),
        "holidays": ListOf(
            en="holidays; empty with make-up days: the official calendar",
            zh="节假日（均不填则用官方日历）",
            item=Day(en="holiday", zh="节假日"),
            optional=True,
        ),
        "makeup_workdays": ListOf(
            en="weekend days that are worked",
            zh="调休上班日",
            item=Day(en="make-up working day", zh="调休上班日"),
            optional=True,
        ),
    },
    output={
        "date": Answer("day", "last day of the period", "期限最后一天"),
        "provisional": Answer(
            "yes/no", "only where a year's official calendar is not published yet", "仅当年度放假安排尚未公布时"
        ),
    },
)
def working_deadline(
    work: Work, *, start: date, days: int, holidays: list[date] | None, makeup_workdays: list[date] | None
) -> dict[str, Any]:
    """The day of the event does not count; only working days do."""
    calendar = Calendar(holidays, makeup_workdays)
    day, counted, skipped = start, 0, 0
    while counted < days:
        day += timedelta(days=1)
        if calendar.is_working(day):
            counted += 1
        else:
            skipped += 1
    work.step("The period starts after", "期限自此日之后起算", start)
    work.step("Working days counted", "计入的工作日", counted)
    work.step("Days off skipped", "跳过的休息日", skipped)
    if calendar.provisional_years:
        years = sorted(calendar.provisional_years)
        work.step(
            "The official calendar of {years} is not published here: weekends and statutory days are left out, "
            "make-up days are not known; check again once it is published",
            "{years}年放假安排尚未收录：仅扣除周末和法定节假日，调休日未知，公布后请重新计算",
            unconfirmed=True,
            source="cn-holidays@2024-11-10",
            years=years,
        )
        work.step("Provisionally, the period ends on {day}.", "期限暂计至{day}。", day, day=day)
        return {"date": day, "provisional": True}
    work.step("The period ends on {day}.", "期限至{day}届满。", day, day=day)
    return {"date": day}
