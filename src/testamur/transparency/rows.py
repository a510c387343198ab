"""Many rows written at once by the statement they need, where the ORM takes longer to put it together than the
database to carry it out.

An act that issues a thousand certificates writes fourteen thousand rows. ``bulk_create`` asks each field of each row
five times how its value is spelled; here a text or a number goes to the driver as it is, and the field is asked only
for what needs it: days, instants, JSON, enumerations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = TypeVar("Row", bound=models.Model)

#: Rows of one statement, where the database takes that many values.
MOST = 500
#: Fields whose column takes a value of exactly this type as it is.
_AS_IT_IS: tuple[tuple[type[models.Field[Any, Any]], type], ...] = (
    (models.CharField, str),
    (models.TextField, str),
    (models.IntegerField, int),
    (models.AutoField, int),
    (models.BooleanField, bool),
)


def update(rows: Iterable[models.Model], *columns: str) -> None:
    """Write fields of many rows of one model, as they stand on the instances.

    Args:
        rows: saved instances of one model.
        columns: names of fields.
    """
    kept = list(rows)
    if not kept:
        return
    database = connections[DEFAULT_DB_ALIAS]  # ``connection`` looks it up anew for every value
    meta, quoted = kept[0]._meta, database.ops.quote_name
    by_name = {field.name: field for field in meta.concrete_fields}
    written = [_column(by_name[name]) for name in columns]
    assigned = ", ".join(f"{quoted(str(one.field.column))} = %s" for one in written)
    key = next(str(field.column) for field in meta.concrete_fields if field.primary_key)
    with database.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quoted(meta.db_table)} SET {assigned} WHERE {quoted(key)} = %s",
            [[*(one.taken(getattr(row, one.field.attname), database) for one in written), row.pk] for row in kept],
        )


def insert(rows: Iterable[Row]) -> list[Row]:
    """Insert new rows of one model, as ``bulk_create`` does: no signals, keys set on the instances. Call it within the
    transaction of the act.

    Args:
        rows: unsaved instances of one model, whose columns are plain values: no expressions, no generated columns.
    """
    made = list(rows)
    if not made:
        return made
    database = connections[DEFAULT_DB_ALIAS]
    shape = _shape(type(made[0]), database.vendor)
    most = min(MOST, database.ops.bulk_batch_size([one.field for one in shape.columns], made))
    with database.cursor() as cursor:
        for start in range(0, len(made), most):
            batch = made[start : start + most]
            cursor.execute(shape.statement(len(batch)), list(shape.values(batch, database)))
            if shape.drawn is not None:
                for row, (key,) in zip(batch, cursor.fetchall(), strict=True):
                    setattr(row, shape.drawn.attname, key)
    for row in made:
        row._state.adding, row._state.db = False, database.alias
    return made


@dataclass(frozen=True)
class _Column:
    """A column: its field, the type of value that it takes as it is, and the relation whose key it holds, if any."""

    field: models.Field[Any, Any]
    plain: type
    relation: models.ForeignKey[Any, Any] | None

    def taken(self, value: Any, database: BaseDatabaseWrapper) -> Any:
        """Return a value as the driver takes it."""
        if value is None or type(value) is self.plain:
            return value
        return self.field.get_db_prep_save(value, database)


@dataclass(frozen=True)
class _Shape:
    """How rows of one model are inserted; ``drawn`` is the key that the database draws, None where a row brings it."""

    head: str
    one: str
    tail: str
    columns: tuple[_Column, ...]
    drawn: models.Field[Any, Any] | None

    def statement(self, count: int) -> str:
        """Return the statement for so many rows."""
        return f"{self.head}{', '.join([self.one] * count)}{self.tail}"

    def values(self, batch: Sequence[models.Model], database: BaseDatabaseWrapper) -> Iterator[Any]:
        """Yield every value of every row, as the driver takes it."""
        for row in batch:
            for column in self.columns:
                value = column.field.pre_save(row, add=True)
                if value is None and column.relation is not None:
                    value = _key_of(row, column.relation)
                yield column.taken(value, database)


def _key_of(row: models.Model, relation: models.ForeignKey[Any, Any]) -> Any:
    """Return the key of a related row that was saved after this one was made, and note it; None where there is none."""
    related = relation.get_cached_value(row, default=None)
    if related is None:
        return None
    key = getattr(related, relation.target_field.attname)
    if key is None:
        raise ValueError(f"{type(row).__name__}.{relation.name} is not saved yet.")
    setattr(row, relation.attname, key)
    return key


@cache
def _shape(model: type[models.Model], vendor: str) -> _Shape:
    meta, quoted = model._meta, connections[DEFAULT_DB_ALIAS].ops.quote_name
    drawn = meta.pk if isinstance(meta.pk, models.AutoField) else None
    columns = tuple(_column(field) for field in meta.local_concrete_fields if field is not drawn)
    names = ", ".join(quoted(str(one.field.column)) for one in columns)
    return _Shape(
        head=f"INSERT INTO {quoted(meta.db_table)} ({names}) VALUES ",
        one=f"({', '.join(['%s'] * len(columns))})",
        tail=f" RETURNING {quoted(str(drawn.column))}" if drawn is not None else "",
        columns=columns,
        drawn=drawn,
    )


def _column(field: models.Field[Any, Any]) -> _Column:
    relation = field if isinstance(field, models.ForeignKey) else None
    told = relation.target_field if relation is not None else field
    plain = next((kind for family, kind in _AS_IT_IS if isinstance(told, family)), type(None))
    return _Column(field, plain, relation)
