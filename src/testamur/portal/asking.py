"""What comes in by a query string, read so that nothing a person can type ends in a traceback."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

#: Characters of a query that are read; the rest of a pasted page says nothing more.
LONGEST = 300


def text(request: HttpRequest, name: str) -> str:
    """Return one value of the query string: no control characters, no idle space, at most ``LONGEST`` characters."""
    value = "".join(char if char.isprintable() else " " for char in request.GET.get(name, "")[: 4 * LONGEST])
    return " ".join(value.split())[:LONGEST]


def page_number(request: HttpRequest) -> int:
    """Return the page asked for, 1 where it is no number."""
    value = request.GET.get("page", "")
    return max(1, min(int(value), 1_000_000)) if value.isascii() and value.isdigit() and len(value) < 8 else 1


def day(request: HttpRequest, name: str) -> tuple[date | None, bool]:
    """Return (the day asked for or None, whether something was typed that is no day of our calendar)."""
    value = text(request, name)
    if not value:
        return None, False
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None, True
    return (found, False) if 1900 <= found.year <= 2200 else (None, True)


class CappedPaginator(Paginator):
    """Pages of a list that is counted only as far as ``most``: a page never says a count we did not count."""

    most = 10_000

    def __init__(self, rows: QuerySet[Any] | list[Any], per_page: int) -> None:
        super().__init__(rows, per_page, allow_empty_first_page=True)

    @property
    def more(self) -> bool:
        """Say whether there are more than ``most``."""
        return self._counted > self.most

    @property
    def _counted(self) -> int:
        if not hasattr(self, "_known"):
            rows = self.object_list
            self._known = rows.order_by()[: self.most + 1].count() if isinstance(rows, QuerySet) else len(rows)
        return self._known

    @property
    def count(self) -> int:  # type: ignore[override]
        return min(self._counted, self.most)


def page_of(request: HttpRequest, rows: QuerySet[Any] | list[Any], per_page: int = 50) -> Page[Any]:
    """Return the page that the query string asks for; a page too far is the last one."""
    paginator = CappedPaginator(rows, per_page)
    try:
        return paginator.page(page_number(request))
    except EmptyPage:
        return paginator.page(paginator.num_pages)
