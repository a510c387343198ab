"""Questions about what sources deliver: who is late, and what became of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from testamur.parties.models import Membership
from testamur.register.models import Delivery, Remark, Source
from testamur.register.policies_reporting import mirrors
from testamur.register.reporting.codes import sentences
from testamur.schemes.language.moments import is_working


@dataclass(frozen=True)
class Duty:
    """What a source owes.

    Attributes:
        last: day for which it stated something last; None: never.
        due: last day on which it has to deliver.
        left: calendar days until then; past it negative.
    """

    source: Source
    last: date | None
    due: date
    left: int

    @property
    def days(self) -> int:
        """Return the calendar days by which it is late, 0 where it is not."""
        return max(-self.left, 0)


def sources_of(membership: Membership | None) -> QuerySet[Source]:
    """Return the sources somebody delivers for: their organisation's, and the mirrored ones for who runs this."""
    if membership is None:
        return Source.objects.none()
    own = Q(organisation=membership.organisation_id)
    return Source.objects.filter(own | Q(organisation=None) if mirrors(membership) else own).order_by("origin", "key")


def visible_to(membership: Membership | None) -> QuerySet[Delivery]:
    """Return the deliveries somebody may look into: those of the sources they deliver for."""
    return Delivery.objects.filter(source__in=sources_of(membership))


def duties(today: date, sources: QuerySet[Source] | None = None) -> list[Duty]:
    """Return what sources owe and by when, the longest silent first; of all sources unless some are named. Public.

    A period that ends on a day off ends on the next working day of the official calendar.
    """
    rows = Source.objects.all() if sources is None else sources
    found = []
    for source in rows.filter(duty_days__isnull=False).select_related("organisation").order_by("key"):
        committed = Delivery.objects.filter(source=source, state=Delivery.State.COMMITTED)
        last = committed.order_by("-as_of").values_list("as_of", flat=True).first()
        begins = last or _named_on(source)
        if begins is None:
            continue
        due = _working_day(begins + timedelta(days=int(source.duty_days or 0)))
        found.append(Duty(source, last, due, (due - today).days))
    return sorted(found, key=lambda one: (one.left, one.source.key))


def late(today: date) -> list[Duty]:
    """Return the sources that must deliver and did not in time, the longest silent first. All of it is public."""
    return [duty for duty in duties(today) if duty.left < 0]


def _named_on(source: Source) -> date | None:
    """Return the day on which a source that never delivered was named: its duty runs from there."""
    saved = source.mappings.order_by("version").first()
    return saved.recorded_at.date() if saved is not None else None


def _working_day(day: date) -> date:
    """Return the day, or the next working one."""
    while not is_working(day):
        day += timedelta(days=1)
    return day


def told(remark: Remark) -> dict[str, Any]:
    """Return a remark with its reason and remedy in both languages."""
    reason, remedy = sentences(remark.code, remark.facts)
    return {
        "row": remark.row, "line": remark.line, "field": remark.field, "code": remark.code,
        "rejects": remark.rejects, "reason": reason, "remedy": remedy,
    }  # fmt: skip
