"""Civil days in the zone of an area, both ends included; months clip to their last day (rulebook, conventions)."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

#: Zone of each area a scheme may be of; mainland China, Hong Kong and Macao keep UTC+8. Never the server's.
ZONES = {"CN": "Asia/Shanghai", "HK": "Asia/Hong_Kong", "MO": "Asia/Macau"}


def zone(area: str) -> ZoneInfo:
    """Return the zone of an area (ISO 3166-1 alpha-2); areas without an entry keep UTC."""
    return ZoneInfo(ZONES.get(area, "UTC"))


def first_instant(day: date, area: str = "CN") -> datetime:
    """Return the first instant of a civil day in the area's zone, in UTC."""
    return datetime.combine(day, time(0, 0), tzinfo=zone(area)).astimezone(UTC)


def last_second(day: date, area: str = "CN") -> datetime:
    """Return the last second of a civil day in the area's zone, in UTC (2031-02-28 in China: 2031-02-28T15:59:59Z)."""
    return first_instant(day + timedelta(days=1), area) - timedelta(seconds=1)


def day_of(instant: datetime, area: str = "CN") -> date:
    """Return the civil day on which an instant falls in the area."""
    return instant.astimezone(zone(area)).date()


def add_months(day: date, months: int) -> date:
    """Return the day ``months`` later, clipped to the month's end (31 Aug + 6 months = 28/29 Feb)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def iso(instant: datetime) -> str:
    """Return an instant as credentials and log entries write it: UTC, whole seconds, ``Z``."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
