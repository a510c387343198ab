"""The few statements that write in bulk, for SQLite and PostgreSQL alike: one interface, prepared once for each.

SQLite takes rows by a prepared statement (``executemany``), PostgreSQL by ``COPY``; ids are drawn from the sequences
of the tables before, so that rows which refer to each other are written without asking back.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, models

#: Rows of one block of a COPY.
COPY_BLOCK = 2_000


def table(model: type[models.Model]) -> str:
    """Return the table of a model."""
    return model._meta.db_table


def instant(at: datetime) -> Any:
    """Return an instant as the database's driver takes it."""
    return connection.ops.adapt_datetimefield_value(at) if connection.vendor == "sqlite" else at.isoformat()


def allot(model: type[models.Model], count: int) -> range | list[int]:
    """Draw ids for so many rows of a model; inside a transaction."""
    name = table(model)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # The write lock is held (IMMEDIATE), so nobody draws the same; the sequence follows the largest id.
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [name])
            row = cursor.fetchone()
            start = (row[0] if row else 0) + 1
            return range(start, start + count)
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{name}"', count]
        )
        return [one for (one,) in cursor.fetchall()]


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows as they are: values in the driver's form, JSON as text, days as ISO 8601."""
    listed = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["?"] * len(columns))
            # The driver's own cursor: the framework's would look into every row for its marks. A row that does not
            # fit fails as ever, and the transaction with it. ``FAIL`` leaves away the journal of each row, by which
            # its own part alone could be taken back: that journal goes to a file once a row has split many pages,
            # and then for every row after. The triggers of these tables do nothing for rows of a delivery.
            statement = f'INSERT OR FAIL INTO "{table(model)}" ({listed}) VALUES ({marks})'
            connection.connection.executemany(statement, rows)
            return
        texts = ", ".join(f'"{column}"' for column in columns if _is_text(model, column))
        force = f", FORCE_NOT_NULL ({texts})" if texts else ""
        statement = f'COPY "{table(model)}" ({listed}) FROM STDIN WITH (FORMAT csv{force})'
        with cursor.copy(statement) as copy:
            stream = iter(rows)
            while some := list(islice(stream, COPY_BLOCK)):
                block = io.StringIO()
                csv.writer(block, lineterminator="\n").writerows(some)
                copy.write(block.getvalue())


def _is_text(model: type[models.Model], column: str) -> bool:
    field = next(one for one in model._meta.concrete_fields if one.column == column)
    return isinstance(field, (models.CharField, models.TextField))


@contextmanager
def made_here() -> Iterator[None]:
    """Let rows in without looking again whether their JSON is JSON and their signs hold: whoever writes them in bulk
    has just made them so. What refers to other rows is checked as ever."""
    if connection.vendor != "sqlite":
        yield  # PostgreSQL reads JSON to keep it, in any case
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            yield
        finally:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def many(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    """Run one statement for many rows of parameters (``%s``)."""
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(rows))


def among(column: str, values: Sequence[Any], kind: str) -> tuple[str, list[Any]]:
    """Return a condition that a column holds one of many values, and its parameters; one statement for any number.

    Args:
        kind: of the values, ``text`` or ``bigint``.
    """
    if connection.vendor == "sqlite":
        return f"{column} IN (SELECT value FROM json_each(%s))", [json.dumps(list(values))]
    return f"{column} = ANY(%s::{kind}[])", [list(values)]


def asked(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a question."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def done(statement: str, parameters: Sequence[Any]) -> int:
    """Run a statement; return how many rows it changed."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)
