"""Questions about what sources deliver: who is late, and what became of a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from testamur.parties.models import Membership
from testamur.register.models import Attestation, Delivery, Remark, Source
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


def feeds_before(delivery: Delivery) -> dict[str, Any]:
    """Return which change feeds a whole list comes after: those taken in since the whole list before it.

    Returns:
        Empty where there are none; else ``feeds``, how many, ``since``, the day of the whole list before them, ISO 8601
        or None, and ``until``, the day up to which they speak.
    """
    rows = Delivery.objects.filter(source=delivery.source_id, state=Delivery.State.COMMITTED).exclude(pk=delivery.pk)
    before = rows.filter(whole=True).order_by("-committed_at", "-id").first()
    feeds = rows.filter(feed=True)
    if before is not None:
        later = Q(committed_at__gt=before.committed_at) | Q(committed_at=before.committed_at, pk__gt=before.pk)
        feeds = feeds.filter(later)
    found = list(feeds.values_list("as_of", flat=True))
    if not found:
        return {}
    since = before.as_of.isoformat() if before is not None else None
    return {"feeds": len(found), "since": since, "until": max(found).isoformat()}


@dataclass(frozen=True)
class Check:
    """How what change feeds left compares with the next whole list, in records.

    Attributes:
        feeds: how many were replayed since the whole list before. since: its day; None: there was none.
        until: day up to which the feeds speak. as_of: day of this list; what happened in between no feed could say.
        appeared: listed, and the feeds left them unlisted. gone: not listed, and the feeds left them listed.
        otherwise: listed, and otherwise than the feeds left them. same: as the feeds left them.
    """

    feeds: int
    since: date | None
    until: date
    as_of: date
    appeared: int
    gone: int
    otherwise: int
    same: int

    @property
    def differs(self) -> int:
        """Return how many records are otherwise than the feeds said."""
        return self.appeared + self.gone + self.otherwise


def check_of(delivery: Delivery) -> Check | None:
    """Return how a whole list compares with what the feeds before it left; None where it follows none."""
    fed, counts = delivery.fed, delivery.counts
    if not fed or not counts:
        return None

    def sum_of(*names: str) -> int:
        return sum(int(counts.get(name) or 0) for name in names)

    return Check(
        feeds=fed["feeds"], since=date.fromisoformat(fed["since"]) if fed["since"] else None,
        until=date.fromisoformat(fed["until"]), as_of=delivery.as_of, appeared=sum_of("new", "returned"),
        gone=sum_of("gone", "held"), otherwise=sum_of("changed", "renewed", "status"), same=sum_of("unchanged"),
    )  # fmt: skip


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


#: Parts of a form of days as people write them.
_DAYS = (("%Y", "YYYY"), ("%m", "MM"), ("%d", "DD"))


def told(remark: Remark) -> dict[str, Any]:
    """Return a remark with its reason and remedy in both languages."""
    facts = dict(remark.facts)
    for sign, letters in _DAYS if isinstance(facts.get("form"), str) and "%" in facts["form"] else ():
        facts["form"] = facts["form"].replace(sign, letters)
    reason, remedy = sentences(remark.code, facts)
    return {
        "row": remark.row, "line": remark.line, "field": remark.field, "code": remark.code,
        "rejects": remark.rejects, "reason": reason, "remedy": remedy,
    }  # fmt: skip
