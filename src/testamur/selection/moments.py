"""Named days of a case, and the day that a moment of the scheme language is (language.md 2).

Months clip to the month's end; a period begins the day after; working days are those of the scheme's area, by
``CN.working_deadline``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache

from testamur import rules
from testamur.kernel import clock, days
from testamur.schemes.language.kinds import Moment, Period
from testamur.selection.models import Case

#: Days that were told when a case was opened: ``opened_because = {"notified": "2026-05-01"}``.
TOLD = ("notified", "changed", "complained", "suspended", "restored", "withdrawn", "recorded")


def today(case: Case) -> date:
    """Return the civil day that it is now in the area of the case's scheme."""
    return days.day_of(clock.now(), case.scheme.definition.area)


def known_days(case: Case) -> dict[str, date]:
    """Return every named day that is known of a case, also those which later functions remembered on it."""
    found: dict[str, date] = {"notified": case.opened_on}
    for name in TOLD:
        told = (case.opened_because or {}).get(name)
        if isinstance(told, str) and told:
            found[name] = date.fromisoformat(told)
    area = case.scheme.definition.area
    application = getattr(case, "application", None)
    if application is not None and application.submitted_at:
        found["submitted"] = days.day_of(application.submitted_at, area)
    visits = case.planned.filter(visit__cancelled_at=None).order_by("visit__from_day")
    first_day = visits.values_list("visit__from_day", flat=True).first()
    if first_day is not None:
        found["planned"] = first_day
    agreed = case.plans.filter(agreed_at__isnull=False).order_by("-proposal")
    agreed_at = agreed.values_list("agreed_at", flat=True).first()
    if agreed_at is not None:
        found["contracted"] = days.day_of(agreed_at, area)
    if case.attestation_id:
        found |= days_of_attestation(case)
    found |= {
        name: date.fromisoformat(day) for name, day in (case.days or {}).items() if not name.startswith("extended.")
    }
    if "accepted" in found:
        found.setdefault("contracted", found["accepted"])
    found["year_end"] = date(today(case).year, 12, 31)
    return found


def days_of_attestation(case: Case) -> dict[str, date]:
    """Return the named days of the living attestation that a case is about."""
    assert case.attestation is not None
    edition = case.attestation.editions.order_by("-edition").first()
    if edition is None:
        return {}
    found = {"issued": edition.issued_on, "effective": edition.effective_on, "decided": edition.issued_on}
    if edition.expires_on:
        found["expiry"] = edition.expires_on
    area = case.scheme.definition.area
    for change in case.attestation.changes.filter(annulled_by=None, lines__isnull=True):
        name = {"suspended": "suspended", "withdrawn": "withdrawn", "valid": "restored"}.get(change.status)
        if name:
            found[name] = days.day_of(change.effective_at, area)
    return found


def resolve(moment: Moment | None, known: Mapping[str, date], area: str) -> date | None:
    """Return the day that a moment is, None where it never comes or its day is not known yet.

    Args:
        moment: of a scheme.
        known: named day → civil day.
        area: area whose working days count.
    """
    if moment is None or moment.endless or moment.day not in known:
        return None
    start = known[moment.day]
    if moment.period is None:
        return start
    return before(start, moment.period, area) if moment.before else after(start, moment.period, area)


def after(start: date, period: Period, area: str = "CN") -> date:
    """Return the last day of a period that begins the day after ``start``."""
    if period.unit == "day":
        return start + timedelta(days=period.number)
    if period.unit == "working day":
        return working_days_after(start, period.number)
    return days.add_months(start, period.number * (12 if period.unit == "year" else 1))


def before(end: date, period: Period, area: str = "CN") -> date:
    """Return the day a period before another."""
    if period.unit == "day":
        return end - timedelta(days=period.number)
    if period.unit == "working day":
        day = end
        left = period.number
        while left:
            day -= timedelta(days=1)
            left -= int(is_working(day))
        return day
    return days.add_months(end, -period.number * (12 if period.unit == "year" else 1))


@lru_cache(maxsize=8192)
def working_days_after(start: date, count: int) -> date:
    """Return the last of ``count`` working days after a day.

    Kept, as a page counts hundreds: the calendar is part of the release and does not change while a process runs.
    """
    answer: date = rules.evaluate("CN.working_deadline", {"start": start, "days": count}).output["date"]
    return answer


def is_working(day: date) -> bool:
    """Say whether people work on a day."""
    return working_days_after(day - timedelta(days=1), 1) == day


def working_days_left(today: date, until: date) -> int:
    """Return how many working days are left after today up to and with ``until``; past it, how many it is late
    (negative)."""
    if until == today:
        return 0
    first, last = min(today, until), max(today, until)
    if (last - first).days > 400:  # nobody counts working days over a year ahead; five of seven will do
        count = (last - first).days * 5 // 7
    else:
        count, day = 0, working_days_after(first, 1)
        while day <= last:
            count += 1
            day = working_days_after(day, 1)
    return count if until > today else -count
