"""The interface of an index: documents are sets of tokens under the identity of a record, newest highest.

Two engines stand behind it, each the database's own, so that the index is written in the transaction of what it tells
of, is in the same backup and needs no care: ``sqlite`` (FTS5) and ``postgres`` (GIN). A site that outgrows one
database can put another engine behind the same five methods, for example OpenSearch with one ``terms`` field of these
tokens, sorted by identity; nothing above this file asks how a document is found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from django.db import connection


class Index(Protocol):
    """What the planner and the writers ask of an engine."""

    def add(self, documents: Mapping[int, Collection[str]]) -> None:
        """Add documents that are not indexed yet."""

    def remove(self, documents: Mapping[int, Collection[str]]) -> None:
        """Take documents out; the tokens are those with which they were added."""

    def find(self, tokens: Sequence[str], *, rare: bool, below: int | None, most: int) -> list[int]:
        """Return the identities of documents that hold all the tokens, highest first.

        Args:
            tokens: at least one, the rarest first.
            rare: whether the first of them is known to stand in few documents.
            below: only identities below this one; None: all.
            most: so many at most.
        """

    def every(self, tokens: Sequence[str], *, rare: bool) -> tuple[str, list[Any]]:
        """Return (SQL of a query that gives the identities of all such documents, its parameters)."""

    def settle(self) -> None:
        """Put in order what was added since the last time; called after writing in bulk."""

    def empty(self) -> None:
        """Forget every document."""


def index() -> Index:
    """Return the engine of this installation's database."""
    if connection.vendor == "sqlite":
        from testamur.register.finding.sqlite import Fts5

        return Fts5()
    from testamur.register.finding.postgres import Gin

    return Gin()
