"""Questions about what sources deliver: who is late, what became of a delivery, and where two sources disagree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from testamur.parties.models import Membership
from testamur.register.models import Attestation, Conflict, Delivery, Remark, Source
from testamur.register.reporting.codes import sentences
from testamur.schemes.language.moments import is_working


@dataclass(frozen=True)
class Late:
    """A source that owes a delivery.

    Attributes:
        last: day for which it stated something last; None: never.
        due: last day on which it had to deliver.
        days: calendar days since then.
    """

    source: Source
    last: date | None
    due: date
    days: int


def visible_to(membership: Membership | None) -> QuerySet[Delivery]:
    """Return the deliveries somebody may look into: those of their own organisation."""
    if membership is None:
        return Delivery.objects.none()
    return Delivery.objects.filter(source__organisation=membership.organisation_id)


def late(today: date) -> list[Late]:
    """Return the sources that must deliver and did not in time, the longest silent first. All of it is public.

    A period that ends on a day off ends on the next working day of the official calendar.
    """
    found = []
    for source in Source.objects.filter(duty_days__isnull=False).order_by("key"):
        rows = Delivery.objects.filter(source=source, state=Delivery.State.COMMITTED)
        last = rows.order_by("-as_of").values_list("as_of", flat=True).first()
        begins = last or _named_on(source)
        if begins is None:
            continue
        due = _working_day(begins + timedelta(days=int(source.duty_days or 0)))
        if due < today:
            found.append(Late(source, last, due, (today - due).days))
    return sorted(found, key=lambda one: (-one.days, one.source.key))


def _named_on(source: Source) -> date | None:
    """Return the day on which a source that never delivered was named: its duty runs from there."""
    saved = source.mappings.order_by("version").first()
    return saved.recorded_at.date() if saved is not None else None


def _working_day(day: date) -> date:
    """Return the day, or the next working one."""
    while not is_working(day):
        day += timedelta(days=1)
    return day


def declared_of(attestation: Attestation, membership: Membership | None) -> dict[str, Any]:
    """Return what the source of a record declares of visits and findings that nobody here saw; empty where nothing.

    Findings are between a body and its client: only who acts for the body that reported them is told.

    Returns:
        Days under ``last_visit_on``, ``next_visit_on`` and ``cycle_began_on``; ``open_findings``, texts.
    """
    source = attestation.source
    if source is None:
        return {}
    told = (attestation.current.said or {}).get("declared", {})
    found: dict[str, Any] = {
        name: date.fromisoformat(value) for name, value in told.items() if name != "open_findings"
    }
    owns = membership is not None and membership.organisation_id == source.organisation_id
    if owns and told.get("open_findings"):
        found["open_findings"] = list(told["open_findings"])
    return found


def conflicts_of(attestation: Attestation) -> list[dict[str, Any]]:
    """Return for the page of a certificate where another source tells of it otherwise, open ones only.

    Returns:
        Rows of ``other`` (attestation), ``source`` (names), ``holds`` (whether this one does), ``rule``, ``fields``
        ([{"name", "here", "there"}]) and ``since`` (day).
    """
    rows = Conflict.objects.filter(Q(first=attestation) | Q(second=attestation), ended_by=None)
    found = []
    for row in rows.select_related("first__source", "first__issuer", "second__source", "second__issuer", "found_by"):
        mine = row.first_id == attestation.pk
        other = row.second if mine else row.first
        at, there = (0, 1) if mine else (1, 0)
        found.append(
            {
                "other": other,
                "source": other.source.names if other.source else other.issuer.names,
                "holds": row.holds_id == attestation.pk,
                "rule": row.rule,
                "fields": [
                    {"name": name, "here": values[at], "there": values[there]} for name, values in row.differs.items()
                ],
                "since": row.found_by.as_of,
            }
        )
    return found


def told(remark: Remark) -> dict[str, Any]:
    """Return a remark with its reason and remedy in both languages."""
    reason, remedy = sentences(remark.code, remark.facts)
    return {
        "row": remark.row, "line": remark.line, "field": remark.field, "code": remark.code,
        "rejects": remark.rejects, "reason": reason, "remedy": remedy,
    }  # fmt: skip
