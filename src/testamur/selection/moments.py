"""Named days of a case (language.md 2); ``schemes.language.moments`` counts from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from testamur.kernel import clock, days
from testamur.selection.models import Case, Plan, PlannedActivity

#: Days that were told when a case was opened: ``opened_because = {"notified": "2026-05-01"}``.
TOLD = ("notified", "changed", "complained", "suspended", "restored", "withdrawn", "recorded")


def today(case: Case) -> date:
    """Return the civil day that it is now in the area of the case's scheme."""
    return days.day_of(clock.now(), case.scheme.definition.area)


def known_days(case: Case, planning: Mapping[int, Mapping[str, date]] | None = None) -> dict[str, date]:
    """Return every named day that is known of a case, also those which later functions remembered on it.

    ``planning``: :func:`planning_days` of many cases, where they were read together.
    """
    found: dict[str, date] = {"notified": case.opened_on}
    for name in TOLD:
        told = (case.opened_because or {}).get(name)
        if isinstance(told, str) and told:
            found[name] = date.fromisoformat(told)
    area = case.scheme.definition.area
    application = getattr(case, "application", None)
    if application is not None and application.submitted_at:
        found["submitted"] = days.day_of(application.submitted_at, area)
    found |= (planning if planning is not None else planning_days([case]))[case.pk]
    if case.attestation_id:
        found |= days_of_attestation(case)
    found |= {
        name: date.fromisoformat(day) for name, day in (case.days or {}).items() if not name.startswith("extended.")
    }
    if "accepted" in found:
        found.setdefault("contracted", found["accepted"])
    found["year_end"] = date(today(case).year, 12, 31)
    return found


def planning_days(cases: Iterable[Case]) -> dict[int, dict[str, date]]:
    """Return by case the first day of its visits that stand, and the day on which its newest agreed plan was agreed."""
    areas = {case.pk: case.scheme.definition.area for case in cases}
    found: dict[int, dict[str, date]] = {pk: {} for pk in areas}
    visits = PlannedActivity.objects.filter(case__in=list(areas), visit__cancelled_at=None)
    visits = visits.filter(visit__from_day__isnull=False)
    for pk, day in visits.order_by().values_list("case", "visit__from_day").distinct():
        assert day is not None
        found[pk]["planned"] = min(day, found[pk].get("planned", day))
    agreed = Plan.objects.filter(case__in=list(areas), agreed_at__isnull=False).order_by()
    for pk, _proposal, agreed_at in sorted(agreed.values_list("case", "proposal", "agreed_at")):
        assert agreed_at is not None
        found[pk]["contracted"] = days.day_of(agreed_at, areas[pk])
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
