"""How fast records of a source come in, as a share of the plain bulk insert of the same database.

The plain insert is one table of 13 columns with its unique index, rows ready in memory. The import is everything that
``receive`` and ``commit`` do with a CSV file: reading, judging, linting, digest, dry run, writing of two rows for each
record with their indexes and the words that search finds, event and log entry. The index of these words follows later.
Beside it stands the plain insert of those two rows as they were written, into tables with the same indexes.

``python -m bench.measure_import 200000`` measures on SQLite, or on the database of ``TESTAMUR_DATABASE_URL``.
"""

from __future__ import annotations

import os
import random
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.figures import Figure
from testamur.rules.codes import USCC_ALPHABET

ROWS = 200_000
SEED = 7
COLUMNS = (
    "number",
    "holder",
    "uscc",
    "address",
    "region",
    "standard",
    "scope",
    "statement",
    "from",
    "until",
    "status",
    "kind",
)
MAPPING: dict[str, Any] = {
    "source": {
        "id": "bench",
        "names": {"en": "Measured", "zh": "测量"},
        "scheme": "cn-qms",
        "origin": "mirrored",
        "title": {"en": "Certificate", "zh": "证书"},
        "statement_language": "zh",
    },
    "file": {"format": "csv", "columns": list(COLUMNS), "whole": True},
    "key": {"columns": ["number"]},
    "issuer": {"column": "kind"},
    "holder": {
        "column": "holder",
        "address": "address",
        "region": "region",
        "identifiers": [{"scheme": "CN.uscc", "column": "uscc"}],
    },
    "status": {"column": "status", "map": {"有效": "valid", "暂停": "suspended", "撤销": "withdrawn"}},
    "field": [
        {"to": "number", "column": "number"},
        {"to": "statement", "column": "statement"},
        {"to": "requirements", "column": "standard", "read": "list", "separator": ";"},
        {"to": "line.sector", "column": "scope", "tree": "sectors"},
        {"to": "effective_on", "column": "from", "read": "day", "form": "%Y-%m-%d"},
        {"to": "expires_on", "column": "until", "read": "day", "form": "%Y-%m-%d"},
    ],
}


def rows(count: int) -> Iterator[tuple[str, ...]]:
    """Yield synthetic rows, always the same: names and scopes from small parts, as long as real ones.

    One in a hundred is odd, as in lists that are looked after: a wrong check character, a day that is over.
    """
    draw = random.Random(SEED)
    parts = [chr(0x4E00 + draw.randrange(3000)) + chr(0x4E00 + draw.randrange(3000)) for _ in range(4000)]
    places = ["浙江省杭州市", "广东省深圳市", "江苏省苏州市", "山东省青岛市", "上海市浦东新区"]
    standards = ["GB/T 19001-2016", "GB/T 24001-2016", "GB/T 45001-2020", "GB/T 19001-2016;GB/T 24001-2016"]
    for number in range(count):
        first = date(2023, 12, 1) + timedelta(draw.randrange(1000))
        code = f"9133{draw.randrange(10**13):013}"
        odd = number % 100 == 0
        place = draw.choice(places)
        yield (
            f"{draw.randrange(10**5):05}{first.year % 100}Q{number:07}R0M",
            place[3:5] + "".join(draw.sample(parts, 3)) + "有限公司",
            code + _check_character(code, wrong=odd),
            place + "".join(draw.sample(parts, 2)) + f"路{draw.randrange(999)}号",
            f"{draw.randrange(11, 66)}01{draw.randrange(10, 30)}",
            draw.choice(standards),
            f"{draw.randrange(1, 40)}.{draw.randrange(1, 9):02}",
            "".join(draw.sample(parts, 9)) + "的设计、生产和销售",
            first.isoformat(),
            (first + timedelta(60 if odd else 1095)).isoformat(),
            draw.choice(["有效"] * 18 + ["暂停", "撤销"]),
            f"机构{draw.randrange(300)}",
        )


def _check_character(code: str, *, wrong: bool) -> str:
    """Return the last character of a unified social credit code by GB 32100, or the one after it."""
    weighed = sum(USCC_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code))
    return USCC_ALPHABET[(-weighed + wrong) % 31]


def figures(count: int = ROWS) -> list[Figure]:
    """Return the rate of the import beside that of the plain insert; both in this run."""
    with _installation() as folder:
        import csv

        from django.db import connection

        made = list(rows(count))
        path = Path(folder) / "list.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(made)
        plain, plain_cpu = _plain(made)
        del made
        took, cpu, dry = _import(path)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bare = _bare()
        again, again_cpu = _again(path)
        name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
        return [
            Figure(
                f"import of {count:,} records on {name}, share of the plain insert",
                100 * plain / took,
                "%",
                "≥ 25 %",
                f"{count / took:,.0f}/s beside {count / plain:,.0f}/s; dry run {dry:.1f} s of {took:.1f} s; processor "
                f"{cpu:.1f} s beside {plain_cpu:.1f} s; load {os.getloadavg()[0]:.1f}; peak {memory:.0f} MB",
            ),
            Figure(
                f"the same import, share of the plain insert of the two rows that it writes, on {name}",
                100 * bare / took,
                "%",
                "–",
                f"{count / bare:,.0f}/s, with the indexes of their tables",
            ),
            Figure(
                f"the same list again, as of the next day, on {name}",
                count / again,
                "/s",
                "–",
                f"{again:.1f} s, processor {again_cpu:.1f} s; nothing changes",
            ),
        ]


@contextmanager
def _installation() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="testamur-import-") as folder:
        os.environ.update(
            TESTAMUR_VAR=folder,
            TESTAMUR_SAMPLE="1",
            DJANGO_SETTINGS_MODULE="testamur.config.settings",
            TESTAMUR_SECRET_KEY="only-for-a-measurement-and-therefore-no-secret",
            TESTAMUR_LOG_LEVEL="CRITICAL",
        )
        os.environ.setdefault("TESTAMUR_DATABASE_URL", f"sqlite:///{folder}/bench.sqlite3")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        yield folder


def _plain(made: list[tuple[str, ...]]) -> tuple[float, float]:
    """Insert the rows as they are into one table of 13 columns with its unique index, and remove it."""
    import csv
    import io

    from django.db import connection, transaction

    columns = ", ".join(f'"{name}" text' for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE plain (id bigint, {columns})")
        cursor.execute("CREATE UNIQUE INDEX plain_number ON plain (number)")
    began, worked = time.perf_counter(), time.process_time()
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join("?" * (len(COLUMNS) + 1))
            numbered = ((id, *row) for id, row in enumerate(made))
            connection.connection.executemany(f"INSERT INTO plain VALUES ({marks})", numbered)
        else:
            with cursor.copy("COPY plain FROM STDIN WITH (FORMAT csv)") as copy:
                for start in range(0, len(made), 2_000):
                    block = io.StringIO()
                    csv.writer(block).writerows((start, *row) for row in made[start : start + 2_000])
                    copy.write(block.getvalue())
    took, cpu = time.perf_counter() - began, time.process_time() - worked
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE plain")
    return took, cpu


def _import(path: Path) -> tuple[float, float, float]:
    from testamur.kernel import clock
    from testamur.register.actions import commit

    began, worked = time.perf_counter(), time.process_time()
    delivery = _received(path, date(2026, 11, 1))
    dry = time.perf_counter() - began
    done = commit(delivery=delivery, by=_by(), at=clock.now())
    took, cpu = time.perf_counter() - began, time.process_time() - worked
    if done.counts["new"] != delivery.rows or done.counts["rejected"]:
        raise SystemExit(f"bench: not all came in: {done.counts}")
    return took, cpu, dry


def _bare() -> float:
    """Insert what was imported once more, as it stands, into copies of its two tables; return seconds."""
    from django.db import connection, transaction

    tables = ("register_attestation", "register_current")
    with connection.cursor() as cursor:
        told: list[Any] = []
        if connection.vendor == "sqlite":
            for table in tables:
                cursor.execute("SELECT sql FROM sqlite_master WHERE tbl_name = %s AND type <> 'trigger'", [table])
                for (statement,) in cursor.fetchall():
                    if statement:
                        connection.connection.execute(_SHARED_NAME.sub(r'\1"bare_\2"', statement))
                cursor.execute(f'SELECT * FROM "{table}"')
                told.append(cursor.fetchall())
        else:
            for table in tables:
                cursor.execute(f'CREATE TABLE "bare_{table}" (LIKE "{table}" INCLUDING DEFAULTS INCLUDING INDEXES)')
                with cursor.copy(f'COPY "{table}" TO STDOUT') as copy:
                    told.append([bytes(block) for block in copy])
    began = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in zip(tables, told, strict=True):
            if connection.vendor == "sqlite":
                marks = ", ".join("?" * len(rows[0]))
                connection.connection.executemany(f'INSERT OR FAIL INTO "bare_{table}" VALUES ({marks})', rows)
            else:
                with cursor.copy(f'COPY "bare_{table}" FROM STDIN') as copy:
                    for block in rows:
                        copy.write(block)
    took = time.perf_counter() - began
    with connection.cursor() as cursor:
        for table in reversed(tables):
            cursor.execute(f'DROP TABLE "bare_{table}"')
    return took


#: The name of a table or an index where it is made, and of the table that an index is of.
_SHARED_NAME = re.compile(r'(TABLE |INDEX | ON )"(\w+)"')


def _again(path: Path) -> tuple[float, float]:
    from testamur.kernel import clock
    from testamur.register.actions import commit

    began, worked = time.perf_counter(), time.process_time()
    done = commit(delivery=_received(path, date(2026, 11, 2)), by=_by(), at=clock.now())
    if done.counts["unchanged"] != done.rows:
        raise SystemExit(f"bench: something changed: {done.counts}")
    return time.perf_counter() - began, time.process_time() - worked


def _received(path: Path, day: date) -> Any:
    from testamur.kernel import clock
    from testamur.register.actions import name_source, receive
    from testamur.register.reporting import mapping

    read = mapping.read(MAPPING)
    source = name_source(mapping=read, by=_by(), at=clock.now())
    saved = source.mappings.latest("version")
    return receive(
        source=source, mapping=saved, content=path, name=path.name, as_of=day, whole=True, by=_by(), at=clock.now()
    )


def _by() -> Any:
    from testamur.parties.models import Platform

    return Platform("bench.import")


if __name__ == "__main__":
    for one in figures(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS):
        print(f"{one.what}: {one.value:,.1f} {one.unit} ({one.budget}) · {one.beside}")
