"""How fast the line of public changes follows a delivery, and what a page of it costs when it has grown tenfold.

``python -m bench.measure_changes 200000`` measures on SQLite, or on the database of ``TESTAMUR_DATABASE_URL``.
Times are of the processor, so that who else is running counts less.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta

from bench.figures import Figure
from bench.measure_import import _installation
from bench.sandbox import timed

ROWS = 200_000
#: Bodies and standards of the synthetic register; each tenth record names two standards.
BODIES, STANDARDS = 50, 40
FIRST_DAY = date(2026, 1, 1)


def figures(count: int = ROWS) -> list[Figure]:
    """Return the rate of telling beside bare inserts of the same rows, and pages at a tenth and at the whole."""
    with _installation():
        from django.db import connection, transaction

        from testamur.notices import telling
        from testamur.notices.models import Change

        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
        _deliver(count // 10, 0)
        telling.follow()
        small = _pages()
        _deliver(count - count // 10, count // 10)
        began, wall = time.process_time(), time.perf_counter()
        told = telling.follow()
        took, whole = time.process_time() - began, time.perf_counter() - wall
        columns = telling._COLUMNS
        rows = list(Change.objects.order_by("-pk").values_list(*columns)[:told])
        with transaction.atomic():
            began = time.process_time()
            with connection.cursor() as cursor:
                cursor.execute("CREATE TEMPORARY TABLE bare AS SELECT * FROM notices_change WHERE 1 = 0")
                marks = ", ".join(["%s"] * len(columns))
                cursor.executemany(f"INSERT INTO bare ({', '.join(columns)}) VALUES ({marks})", rows)
            bare = time.process_time() - began
        large, load = _pages(), os.getloadavg()[0]
        found = [
            Figure(
                f"changes told after a delivery of {told:,} on {name}", told / took, "changes/s", "–",
                f"bare inserts of the same rows {told / bare:,.0f}/s; {whole:.1f} s by the clock at load {load:.1f}",
            )
        ]  # fmt: skip
        for what, (middle, last) in large.items():
            found.append(
                Figure(
                    f"page of 50 of {count:,} changes, {what}, on {name}", middle * 1000, "ms", "–",
                    f"slowest of a hundred {last * 1000:.1f} ms; at a tenth of the rows {small[what][0] * 1000:.1f} ms",
                )
            )  # fmt: skip
        return found


def _pages() -> dict[str, tuple[float, float]]:
    """Return question → (median, slowest of a hundred) of its processor time, seconds."""
    from testamur.notices import queries
    from testamur.notices.models import Change
    from testamur.notices.queries import Asked

    middle = Change.objects.order_by("pk")[Change.objects.count() // 2]
    body, day = middle.issuer_id, middle.recorded_at.date()
    asked: dict[str, Callable[[], object]] = {
        "newest": lambda: queries.page(Asked()),
        "from the middle": lambda: queries.page(Asked(), cursor=middle.pk),
        "of a certificate": lambda: queries.page(Asked(certificate=middle.attestation_id)),
        "of a body": lambda: queries.page(Asked(body=body)),
        "of a standard": lambda: queries.page(Asked(standard="STD 7")),
        "of a rare kind": lambda: queries.page(Asked(kinds=("withdrawn",))),
        "of a day": lambda: queries.page(Asked(first=day, last=day)),
        "of a body and a kind it has not": lambda: queries.page(Asked(body=body, kinds=("returned",))),
    }
    found = {}
    for what, ask in asked.items():
        spent = sorted(cpu for _wall, cpu in timed(ask, 100))
        found[what] = (spent[50], spent[-1])
    return found


def _deliver(count: int, start: int) -> None:
    """Write records of a source as a delivery leaves them, in chunks, and their committed delivery."""
    from django.db import transaction

    from testamur.kernel import days
    from testamur.parties.models import Organisation
    from testamur.register.models import Attestation, Current, Delivery, Mapping, Source
    from testamur.register.reporting.database import allot, insert, instant
    from testamur.register.reporting.writing import ATTESTATION, CURRENT, _public_ids

    source = Source.objects.get_or_create(key="bench", defaults={"origin": "mirrored", "names": {"en": "Bench"}})[0]
    mapping = Mapping.objects.get_or_create(source=source, version=1, defaults={"body": {}, "digest": "0"})[0]
    while (made := Organisation.objects.filter(names__en__startswith="Body ").count()) < BODIES:
        Organisation.objects.create(names={"en": f"Body {made}"})
    bodies = list(Organisation.objects.filter(names__en__startswith="Body ").values_list("pk", flat=True))
    for part in range(10):
        day = FIRST_DAY + timedelta(days=(start * 10 // ROWS) * 20 + part)
        delivery = Delivery.objects.create(
            source=source, mapping=mapping, as_of=day, state=Delivery.State.COMMITTED, digest=f"{start}-{part}",
            committed_at=days.first_instant(day, "CN"),
        )  # fmt: skip
        at, size = instant(delivery.committed_at), count // 10
        with transaction.atomic():
            ids = allot(Attestation, size)
            identities, states = [], []
            for place, (id, public_id) in enumerate(zip(ids, _public_ids(size), strict=True)):
                number, body = f"B-{start + part * size + place}", bodies[place % BODIES]
                standards = f"STD {place % STANDARDS}" + (" | STD 99" if place % 10 == 0 else "")
                identities.append(
                    (id, at, public_id, body, "bench", "mirrored", "", number, source.pk, "", False, False, True)
                )
                states.append(
                    (id, number, number, "Holder", body, "bench", "valid", None, None, at, "CN", "", standards, "",
                     False, False, json.dumps({}), day.isoformat(), delivery.pk, place + 1, place)
                )  # fmt: skip
            insert(Attestation, ATTESTATION, identities)
            insert(Current, CURRENT, states)


if __name__ == "__main__":
    for one in figures(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(f"{one.what}: {one.value:,.2f} {one.unit} ({one.budget}) · {one.beside}")
