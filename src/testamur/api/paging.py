"""Pages by cursor: opaque, and stable while rows are added, because a cursor names the last row that was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from django.core import signing
from django.db.models import Model, Q, QuerySet

from testamur.api.problems import Problem
from testamur.kernel.refusal import _

SALT = "testamur.api.cursor"
PAGE = 50
MOST = 200


def page(
    rows: QuerySet[Any],
    *,
    by: Sequence[str],
    cursor: str,
    limit: int,
    filters: Sequence[Any] = (),
    shown: Callable[[Any], Any],
) -> dict[str, Any]:
    """Return one page, ``{"items": […], "next": cursor or null}``.

    Args:
        by: columns that order the rows, ascending, the last of them unique; none of them null.
        cursor: ``next`` of the page before, empty for the first.
        limit: rows a page, up to ``MOST``.
        filters: what the list was narrowed by; a cursor belongs to one list only.
        shown: row → item.
    """
    limit = max(1, min(limit, MOST))
    belongs = hashlib.sha256(repr((list(by), [str(one) for one in filters])).encode()).hexdigest()[:16]
    rows = rows.order_by(*by)
    if cursor:
        rows = rows.filter(_after(by, _read(cursor, belongs, len(by))))
    found = list(rows[: limit + 1])
    more = len(found) > limit
    last = found[limit - 1] if more else None
    return {
        "items": [shown(row) for row in found[:limit]],
        "next": signing.dumps([belongs, *(_value(last, name) for name in by)], salt=SALT) if last is not None else None,
    }


def _read(cursor: str, belongs: str, count: int) -> list[Any]:
    try:
        found = signing.loads(cursor, salt=SALT)
    except signing.BadSignature:
        found = None
    if not isinstance(found, list) or len(found) != count + 1 or found[0] != belongs:
        raise Problem("invalid", _("This cursor is not of this list; begin again without one."), field="cursor")
    return found[1:]


def _after(by: Sequence[str], values: Sequence[Any]) -> Q:
    after = Q(pk__in=[])
    for place, name in enumerate(by):
        same = {earlier: values[at] for at, earlier in enumerate(by[:place])}
        after |= Q(**same, **{f"{name}__gt": values[place]})
    return after


def _value(row: Model | None, name: str) -> Any:
    value = getattr(row, name)
    return value if isinstance(value, int | str) else str(value)
