"""Write many rows of one table at once. The ORM spends four fifths of a large import on compiling its statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import connection, connections, models

BATCH = 5_000


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Insert rows, leaving out those that break a unique constraint; returns how many were given.

    Args:
        names: attribute names (``document_id``) in the order of the rows; every column without a default of the
            database must be among them.
    """
    columns = _columns(model, names)
    places = ", ".join(["%s"] * len(names))
    statement = (
        f"INSERT INTO {_quoted(model._meta.db_table)} ({', '.join(_quoted(one.column) for one in columns)}) "
        f"VALUES ({places}) ON CONFLICT DO NOTHING"
    )
    return _many(statement, _prepared(columns, rows))


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[tuple[Any, Sequence[Any]]]) -> int:
    """Set columns of rows, each given as (primary key, values in the order of the names)."""
    columns = _columns(model, names)
    assigned = ", ".join(f"{_quoted(one.column)} = %s" for one in columns)
    statement = f"UPDATE {_quoted(model._meta.db_table)} SET {assigned} WHERE {_quoted('id')} = %s"
    given = [*columns, model._meta.pk]
    return _many(statement, _prepared(given, ((*values, key) for key, values in rows)))


def _columns(model: type[models.Model], names: Sequence[str]) -> list[Any]:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


#: What every database takes as it is; asking the field to prepare it would cost more than writing the row.
PLAIN = frozenset({str, int, bool, type(None)})


def _prepared(columns: list[Any], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    here = connections[connection.alias]
    for row in rows:
        yield tuple(
            value
            if type(value) in PLAIN and not isinstance(field, models.JSONField)
            else field.get_db_prep_save(value, here)
            for field, value in zip(columns, row, strict=True)
        )


def _many(statement: str, rows: Iterable[tuple[Any, ...]]) -> int:
    count, waiting = 0, iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(waiting, BATCH)):
            cursor.executemany(statement, batch)
            count += len(batch)
    return count
