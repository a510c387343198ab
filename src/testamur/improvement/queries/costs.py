"""Questions about the cost of quality: sums by month and kind, by cause, and of a problem."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from testamur.improvement.models import Problem, QualityCost
from testamur.improvement.queries.access import own
from testamur.parties.models import Membership

CENT = Decimal("0.01")


def visible_to(membership: Membership | None) -> QuerySet[QualityCost]:
    """Return the entries of the membership's organisation that were not taken back."""
    rows = own(QualityCost.objects.all(), membership)
    return rows.filter(taken_back_because="").select_related("problem", "by__person")


def of_problem(problem: Problem) -> tuple[list[QualityCost], list[tuple[str, Decimal]]]:
    """Return what a problem cost so far: its entries, and a sum for each currency."""
    rows = problem.costs.filter(taken_back_because="")
    sums = rows.order_by("currency").values_list("currency").annotate(total=Sum("amount"))
    return list(rows.order_by("day", "id")), [(currency, total.quantize(CENT)) for currency, total in sums]


def by_month(rows: Iterable[QualityCost]) -> dict[date, dict[str, Decimal]]:
    """Return first day of month → kind → sum, of entries in one currency."""
    found: dict[date, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        found[row.day.replace(day=1)][row.kind] += row.amount
    return dict(sorted(found.items()))


def by_cause(rows: Iterable[QualityCost]) -> dict[str, Decimal]:
    """Return cause → sum of the failures it led to, of entries in one currency."""
    failures = (QualityCost.Kind.INTERNAL, QualityCost.Kind.EXTERNAL)
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row.kind in failures:
            found[row.cause] += row.amount
    return dict(found)
