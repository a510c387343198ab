"""A list of the workspace: filtered by the caller, sorted and paged here, and taken away as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from testamur.files import tables
from testamur.wording.templatetags.say import words

Row = TypeVar("Row")
PAGE = 50


@dataclass(frozen=True)
class Column(Generic[Row]):
    """A column: ``value`` is exported, ``cell`` shown and ``order`` sorted by where they differ from it."""

    key: str
    label: str
    value: Callable[[Row], Any]
    cell: Callable[[Row], Any] | None = None
    numeric: bool = False
    sorts: bool = True
    order: Callable[[Row], Any] | None = None


def listing(
    request: HttpRequest, rows: Sequence[Row], columns: Sequence[Column[Row]], *, name: str, caption: str,
    href: Callable[[Row], str], sort: str = "",
) -> dict[str, Any] | HttpResponse:  # fmt: skip
    """Return what ``_table.html``, ``_pages.html`` and ``_exports.html`` draw, or the file that was asked for.

    Args:
        name: of the file.
        sort: key by which the list is sorted unless the address says another, ``-`` before it for falling order.
    """
    asked = request.GET.get("sort", sort)
    by = next((one for one in columns if one.sorts and one.key == asked.lstrip("-")), None)
    found = list(rows)
    if by is not None:
        key = by.order or by.value
        found.sort(key=lambda row: _order(key(row)), reverse=asked.startswith("-"))
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        values = ([_plain(column.value(row)) for column in columns] for row in found)
        return tables.as_file(
            kind, [one.key for one in columns], values, name=name, titles=[one.label for one in columns]
        )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    kept = request.GET.copy()
    for dropped in ("format", "page"):
        kept.pop(dropped, None)
    return {
        "page": page,
        "query": kept.urlencode(),
        "table": {
            "caption": caption,
            "sorted": asked,
            "columns": [
                {"label": one.label, "numeric": one.numeric, **({"sort": one.key} if one.sorts else {})}
                for one in columns
            ],
            "rows": [
                {"href": href(row), "cells": [(one.cell or one.value)(row) for one in columns]} for row in page
            ],
        },
    }


def _order(value: Any) -> tuple[int, Any]:
    """Sort nothing last, and texts as people read them."""
    if value is None or value == "":
        return (1, "")
    return (0, value.casefold() if isinstance(value, str) else value)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (int, Decimal, date)) else words(value)
