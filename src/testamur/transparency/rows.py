"""Many rows changed at once, each to something else: by one prepared statement, not by a CASE as long as a book."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection, models


def update(rows: Iterable[models.Model], *columns: str) -> None:
    """Write fields of many rows of one model, as they stand on the instances.

    Args:
        rows: saved instances of one model.
        columns: names of fields.
    """
    kept = list(rows)
    if not kept:
        return
    meta, quoted = kept[0]._meta, connection.ops.quote_name
    by_name = {field.name: field for field in meta.concrete_fields}
    fields = [by_name[name] for name in columns]
    assigned = ", ".join(f"{quoted(str(field.column))} = %s" for field in fields)
    key = next(str(field.column) for field in meta.concrete_fields if field.primary_key)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quoted(meta.db_table)} SET {assigned} WHERE {quoted(key)} = %s",
            [
                [*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk]
                for row in kept
            ],
        )
