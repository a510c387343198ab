"""Questions to the line of public changes: a page of it, newest or oldest first, narrowed, and always by an index.

A cursor is a number of the line. Where a page is narrowed twice, the rarer index is walked and the rest judged row by
row, at most ``LOOKED`` of them: a page may then come short, and its cursor goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from testamur.kernel import clock, days
from testamur.notices.models import Change, ChangedStandard
from testamur.notices.searches import Found, Search
from testamur.register.finding import plan

#: Rows that one page looks at, at most.
LOOKED = 20_000
#: Rows of the first look; doubled until it is enough.
FIRST = 200


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What narrows the line; what is empty narrows nothing.

    Attributes:
        certificate: id of an attestation. body: id of an issuer. standard: designation. scheme: scheme id.
        kinds: of changes. first, last: civil days in China, both included.
        since: instant; only what was told after it.
        search: a search; its changes are those of the records that it finds now.
        by_rows: judge the search on the rows, which is right before the index of the register has followed them too.
        beyond: number of a change; only later ones.
    """

    certificate: int | None = None
    body: int | None = None
    standard: str = ""
    scheme: str = ""
    kinds: tuple[str, ...] = ()
    first: date | None = None
    last: date | None = None
    since: datetime | None = None
    search: Search | None = None
    by_rows: bool = False
    beyond: int | None = None


@dataclass(frozen=True)
class Page:
    """Some changes in order; ``next``: the cursor that goes on, None at the end of the line."""

    rows: list[Change]
    next: int | None
    looked: int


def page(asked: Asked, *, cursor: int | None = None, limit: int = 50, oldest: bool = False) -> Page:
    """Return changes that nothing narrows away.

    Args:
        cursor: number of a change; those beyond it in the order of reading. None: from the beginning.
        limit: rows, 1 to 500.
        oldest: oldest first, as a mirror reads; else newest first.
    """
    limit = max(1, min(limit, 500))
    walk = _Walk(asked, oldest=oldest)
    found: list[int] = []
    at, size, looked = cursor, max(FIRST, limit + 1), 0
    while True:
        batch = walk.ids(at, size)
        looked += len(batch)
        for number in walk.judged(batch):
            if len(found) == limit:
                return _shown(found, oldest, found[-1], looked)
            found.append(number)
        if len(batch) < size:
            return _shown(found, oldest, None, looked)
        if looked >= LOOKED:
            return _shown(found, oldest, batch[-1], looked)
        at, size = batch[-1], min(2 * size, 5_000)


def rows_of(numbers: Iterable[int], *, oldest: bool = False) -> list[Change]:
    """Return changes by their numbers, with what their lines show."""
    rows = Change.objects.filter(pk__in=list(numbers), attestation__current__isnull=False).filter(
        attestation__current__personal=False, attestation__current__confidential=False
    )
    return list(
        rows.select_related(
            "attestation__current", "attestation__source", "issuer", "edition", "status_change"
        ).order_by("pk" if oldest else "-pk")
    )


def _shown(found: Sequence[int], oldest: bool, goes_on: int | None, looked: int) -> Page:
    return Page(rows_of(found, oldest=oldest), goes_on, looked)


class _Walk:
    """One index of the line, walked in one direction; the rest of the question is judged row by row."""

    def __init__(self, asked: Asked, *, oldest: bool) -> None:
        self.asked, self.oldest = asked, oldest
        self.column = "change_id" if asked.standard and asked.certificate is None else "pk"
        self.rows = self._driver()
        self.checks = self._checks()
        after, before = _range(asked)
        if asked.beyond is not None:
            self.rows = self.rows.filter(**{f"{self.column}__gt": asked.beyond})
        if after is not None:
            self.rows = self.rows.filter(**{f"{self.column}__gte": after})
        if before is not None:
            self.rows = self.rows.filter(**{f"{self.column}__lt": before})

    def ids(self, at: int | None, size: int) -> list[int]:
        """Return the next numbers beyond one."""
        rows = self.rows
        if at is not None:
            rows = rows.filter(**{f"{self.column}__{'gt' if self.oldest else 'lt'}": at})
        order = self.column if self.oldest else f"-{self.column}"
        return list(rows.order_by(order).values_list(self.column, flat=True)[:size])

    def judged(self, ids: list[int]) -> list[int]:
        """Return those of some numbers that are asked for."""
        for check in self.checks:
            ids = check(ids) if ids else ids
        return ids

    def _driver(self) -> QuerySet[Change] | QuerySet[ChangedStandard]:
        asked, rows = self.asked, Change.objects.all()
        if asked.certificate is not None:
            return rows.filter(attestation=asked.certificate)
        if asked.standard:
            return ChangedStandard.objects.filter(standard=asked.standard)
        if asked.body is not None:
            return rows.filter(issuer=asked.body)
        if asked.search is not None and not asked.by_rows:
            hits = plan.hits(
                asked.search.text, asked.search.filters.tokens(), asked.search.filters.where(days.day_of(clock.now()))
            )
            if not hits.more:
                return rows.filter(attestation__in=hits.ids)
        if asked.scheme:
            return rows.filter(scheme=asked.scheme)
        return rows.filter(kind__in=asked.kinds) if len(asked.kinds) == 1 else rows

    def _checks(self) -> list[Callable[[list[int]], list[int]]]:
        asked, found = self.asked, list[Callable[[list[int]], list[int]]]()
        equal: dict[str, Any] = {}
        if asked.body is not None:
            equal["issuer"] = asked.body
        if asked.scheme:
            equal["scheme"] = asked.scheme
        if asked.kinds:
            equal["kind__in"] = asked.kinds
        if equal:
            found.append(lambda ids: _kept(ids, Change.objects.filter(pk__in=ids, **equal)))
        if asked.search is not None:
            found.append(lambda ids: _found_by(asked.search, ids))
        return found


def _kept(ids: list[int], rows: QuerySet[Change]) -> list[int]:
    kept = set(rows.values_list("pk", flat=True))
    return [one for one in ids if one in kept]


def _found_by(search: Search | None, ids: list[int]) -> list[int]:
    assert search is not None
    about = dict(Change.objects.filter(pk__in=ids).values_list("pk", "attestation"))
    hits = Found(set(about.values())).by(search)
    return [one for one in ids if about[one] in hits]


def _range(asked: Asked) -> tuple[int | None, int | None]:
    """Return the numbers between which the asked days stand: from the first on, below the second."""
    starts = [days.first_instant(asked.first, "CN")] if asked.first is not None else []
    if asked.since is not None:
        starts.append(asked.since + timedelta(microseconds=1))
    after = _first_from(max(starts)) if starts else None
    before = _first_from(days.first_instant(asked.last + timedelta(days=1), "CN")) if asked.last is not None else None
    return after, before


def _first_from(at: datetime) -> int:
    """Return the number of the first change told at an instant or later; one more than the newest where there is none.

    The line is in order of time, so halving finds it: some twenty looks at the primary key for millions of rows.
    """
    newest = Change.objects.order_by("-pk").values_list("pk", "recorded_at").first()
    if newest is None or newest[1] < at:
        return (newest[0] if newest else 0) + 1
    low, high = 0, newest[0]  # what is numbered up to ``low`` is earlier; from ``high`` on it is not
    while low + 1 < high:
        middle = (low + high) // 2
        row = Change.objects.filter(pk__gte=middle, pk__lt=high).order_by("pk").values_list("pk", "recorded_at").first()
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0]
    return high
