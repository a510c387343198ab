"""Reading 94 k records of standards, and searching among them; needs the shared data beside the checkout."""

from __future__ import annotations

import csv
import gzip
import os
import sys
import time
from pathlib import Path

from bench.figures import Figure, percentile
from bench.sandbox import Visitor, durations, empty_view, installation, of_pages, timed

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("TESTAMUR_SHARED") or ROOT.parent / "shared")
ASKED = (
    "ISO 9001", "quality management", "valves", "9001", "safety of machinery", "27001", "water quality", "lamp",
    "environmental management systems requirements", "nothing of this kind", "IEC 60335", "steel pipes testing",
    "information security", "17065", "food safety management", "plastics determination", "bolts", "audit", "medical",
    "toys",
)  # fmt: skip


def figures() -> list[Figure]:
    """Import the real catalogue, twice, then search it through the public page and below it."""
    path = SHARED / "data/standards-iso-iec/standards.csv.gz"
    if not path.exists():
        print(f"bench: {path} is not there; standards are not measured.", file=sys.stderr)
        return []
    began = time.perf_counter()
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = sum(1 for _row in csv.reader(file))
    reading = time.perf_counter() - began
    with installation():
        from django.db import connection
        from django.test import Client
        from django.urls import reverse

        from testamur.kernel import clock
        from testamur.parties.models import Platform
        from testamur.requirements import queries
        from testamur.requirements.importing import import_catalogue

        imports = []
        for _time in range(2):
            began, worked = time.perf_counter(), time.process_time()
            import_catalogue(path, by=Platform("bench"), at=clock.now())
            imports.append((time.perf_counter() - began, time.process_time() - worked))
        scan = percentile(durations(lambda: _scan(connection), 20), 0.95)
        found = [one for text in ASKED for one in durations(lambda text=text: list(queries.search(text)[:20]), 10)]
        limit, visitor, address = (
            empty_view(),
            Visitor(Client(headers={"host": "127.0.0.1:8000"})),
            reverse("portal:standards"),
        )
        pages = [one for text in ASKED for one in timed(lambda text=text: visitor.get(address, {"q": text}), 10)]
    beside = f"reading the file {reading:.1f} s"
    (first, cpu), (again, cpu_again) = imports
    return [
        Figure(f"importing {rows - 1:,} standards", first, "s", "≤ 10 s", f"processor {cpu:.1f} s; {beside}"),
        Figure("importing them again, nothing new", again, "s", "", f"processor {cpu_again:.1f} s; {beside}"),
        Figure(
            "search among them, first twenty, p95", percentile(found, 0.95) * 1000, "ms", "",
            f"p50 {percentile(found, 0.5) * 1000:.1f} ms; one pass over the searched column {scan * 1000:.1f} ms",
        ),
        of_pages("page of a search among them, p95", pages, "p95 ≤ 60 ms", limit),
    ]  # fmt: skip


def _scan(connection: object) -> None:
    with connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT count(*) FROM requirements_document WHERE words LIKE '%no such words%'")
        cursor.fetchone()
