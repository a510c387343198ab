"""How long a snapshot of the public register takes, and in how much memory, beside reading the same rows alone.

The snapshot is written by the command in a process of its own, whose peak is the figure. ``python -m
bench.measure_open_data 1000000`` measures on SQLite, or on the database of ``TESTAMUR_DATABASE_URL``.
"""

from __future__ import annotations

import csv
import os
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from bench.figures import Figure
from bench.measure_import import COLUMNS, ROWS, _by, _installation, _received, rows


def figures(count: int = ROWS) -> list[Figure]:
    """Return time and peak memory of the publication, beside a bare reading of its rows."""
    with _installation() as folder:
        from django.db import connection

        from testamur.kernel import clock
        from testamur.register.actions import commit
        from testamur.register.opendata import reading

        path = Path(folder) / "list.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(rows(count))
        commit(delivery=_received(path, date(2026, 11, 1)), by=_by(), at=clock.now())
        began, after, seen = time.perf_counter(), 0, 0
        while found := reading._asked(after, reading.BATCH):
            after, seen = found[-1][0], seen + len(found)
        bare = time.perf_counter() - began
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "testamur.cli", "opendata", "publish"], check=True, capture_output=True, text=True
        )
        took = time.perf_counter() - began
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        sizes = {line.split()[2]: line.split()[1] for line in done.stdout.splitlines() if "certificates" in line}
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
        told = ", ".join(f"{file} {size} bytes" for file, size in sizes.items())
        return [
            Figure(
                f"open data of {seen:,} records on {name}, whole", took, "s", "–",
                f"{seen / took:,.0f}/s; the rows alone {bare:.1f} s; processor "
                f"{children.ru_utime + children.ru_stime:.1f} s; load {os.getloadavg()[0]:.1f}; {told}",
            ),
            Figure(
                f"its peak memory at {seen:,} records on {name}", children.ru_maxrss / 1024, "MB", "–",
                f"{reading.BATCH:,} records at a time",
            ),
        ]  # fmt: skip


if __name__ == "__main__":
    for one in figures(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(f"{one.what}: {one.value:,.1f} {one.unit} ({one.budget}) · {one.beside}")
