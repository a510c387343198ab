"""Where the holders of public records are: counted over the register by the worker, or among the hits of a search.

Counted are countries (ISO 3166-1) and, in China, divisions of the first level (GB/T 2260). What states no place, or one
that is not known, is counted as such and stays visible.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, Count, Q, Sum, Value, When
from django.db.models.functions import Substr

from testamur.journal.models import Event
from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.register.finding import plan
from testamur.register.models import Current, RegionCount, RegionCounting
from testamur.register.queries import Filters

#: Divisions of China that bear an ISO 3166-1 code of their own, too.
OWN_CODES = {"TW": "71", "HK": "81", "MO": "82"}
#: Hours after which it is counted again although no act says that anything changed: validities run out.
AGAIN = 24


@dataclass(frozen=True)
class Places:
    """Records by place.

    Attributes:
        countries: ISO code → records; "": none stated.
        provinces: two figures → records in China; "": none stated or none known.
        as_of: when it was counted; None: now.
        more: counted are only the newest hits of a search.
    """

    countries: Counter[str]
    provinces: Counter[str]
    as_of: datetime | None = None
    more: bool = False


def count() -> bool:
    """Count the whole register anew where something happened since the last time; says whether it did.

    One reading of all present states, outside any transaction that writes.
    """
    now, newest = clock.now(), Event.objects.order_by("-id").values_list("id", flat=True).first() or 0
    last = RegionCounting.objects.first()
    if last is not None and last.event == newest and (now - last.counted_at).total_seconds() < AGAIN * 3600:
        return False
    day = days.day_of(now)
    over = Q(status__in=[Status.VALID, Status.SUSPENDED], expires_on__lt=day)
    grouped = (
        Current.objects.filter(confidential=False, personal=False)
        .annotate(
            province=Substr("region", 1, 2),
            state=Case(When(over, then=Value(str(Status.EXPIRED))), default="status", output_field=CharField()),
        )
        .values_list("country", "province", "scheme", "standards", "state")
        .annotate(records=Count("pk"))
        .order_by()
    )
    counted: Counter[tuple[str, ...]] = Counter()
    for country, province, scheme, standards, state, records in grouped.iterator(chunk_size=5000):
        place = (country, province if country in ("CN", "") else "", scheme)
        for standard in {"", *standards.split(" | ")}:
            counted[*place, standard, state] += records
    with transaction.atomic():
        RegionCount.objects.all().delete()
        RegionCount.objects.bulk_create(
            [
                RegionCount(
                    country=country, region=region, scheme=scheme, standard=standard, status=state, records=records
                )
                for (country, region, scheme, standard, state), records in sorted(counted.items())
            ],
            batch_size=1000,
        )
        RegionCounting.objects.update_or_create(pk=1, defaults={"counted_at": now, "event": newest})
    return True


def of_register(*, scheme: str = "", standard: str = "", status: str = "") -> Places:
    """Return where the records of the register are, as last counted."""
    rows = RegionCount.objects.filter(standard=standard)
    rows = rows.filter(scheme=scheme) if scheme else rows
    rows = rows.filter(status=status) if status else rows
    found = rows.values_list("country", "region").annotate(total=Sum("records")).order_by()
    last = RegionCounting.objects.first()
    return _places(found, as_of=last.counted_at if last else None)


def of_search(text: str, **narrowed: Any) -> Places:
    """Return where the newest hits of a search are; arguments as of ``queries.search``."""
    filters = Filters(**narrowed)
    today = days.day_of(clock.now())
    hits = plan.hits(text, filters.tokens(), filters.where(today), filters.ending(today))
    rows = (
        Current.objects.filter(pk__in=hits.ids)
        .values_list("country", Substr("region", 1, 2))
        .annotate(total=Count("pk"))
        .order_by()
    )
    return _places(rows, more=hits.more)


def _places(rows: Any, *, as_of: datetime | None = None, more: bool = False) -> Places:
    countries: Counter[str] = Counter()
    provinces: Counter[str] = Counter()
    for country, province, records in rows:
        countries[country] += records
        if country in OWN_CODES:
            provinces[OWN_CODES[country]] += records
        elif country == "CN":
            provinces[province] += records
    return Places(countries, provinces, as_of, more)
