"""The index on SQLite: FTS5 without text and without positions. What is found comes lazily, newest first, so that a
common word costs no more than the page that shows it. Taking a document out names its tokens (no
``contentless_delete`` before SQLite 3.43). Source: https://www.sqlite.org/fts5.html, sections 4.4 and 6."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

#: Pages of the index merged after writing in bulk, in one step.
STEP = 2000


class Fts5:
    """See :class:`testamur.register.finding.index.Index`."""

    def add(self, documents: Mapping[int, Collection[str]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO register_finding (rowid, tokens) VALUES (%s, %s)",
                [(key, " ".join(tokens)) for key, tokens in sorted(documents.items())],
            )

    def remove(self, documents: Mapping[int, Collection[str]]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO register_finding (register_finding, rowid, tokens) VALUES ('delete', %s, %s)",
                [(key, " ".join(tokens)) for key, tokens in sorted(documents.items())],
            )

    def find(self, tokens: Sequence[str], *, rare: bool, below: int | None, most: int) -> list[int]:
        bounded, bound = (" AND rowid < %s", [below]) if below is not None else ("", [])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rowid FROM register_finding WHERE register_finding MATCH %s"
                f"{bounded} ORDER BY rowid DESC LIMIT %s",
                [_expression(tokens), *bound, most],
            )
            return [key for (key,) in cursor.fetchall()]

    def every(self, tokens: Sequence[str], *, rare: bool) -> tuple[str, list[Any]]:
        return "SELECT rowid FROM register_finding WHERE register_finding MATCH %s", [_expression(tokens)]

    def settle(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO register_finding (register_finding, rank) VALUES ('merge', %s)", [STEP]
            )

    def empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO register_finding (register_finding) VALUES ('delete-all')")


def _expression(tokens: Sequence[str]) -> str:
    """Return the tokens as FTS5's own language writes that all must stand; none of them can hold a quotation mark."""
    return " AND ".join(f'"{token}"' for token in tokens)
