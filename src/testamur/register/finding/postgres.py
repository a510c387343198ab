"""The index on PostgreSQL: a narrow table of token numbers under a GIN index, without any extension.

GIN gives what it finds in no order and all at once. Therefore a token's number is mixed with the *segment* of the
document (2^14 identities): each segment has lists of its own, a common word is read in the newest segments only and
newest first, and one list is never longer than a segment. A rare token is asked for in all segments at once.

A number is 64 bits of BLAKE2b; segments change bits 40 and up. Two of ten million tokens share a number with a
probability of about 3 in a million.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from django.db import connection

from testamur.register.finding.tables import SEGMENT

#: Documents of one statement.
MOST = 2000


class Gin:
    """See :class:`testamur.register.finding.index.Index`."""

    def add(self, documents: Mapping[int, Collection[str]]) -> None:
        rows = sorted(documents.items())
        with connection.cursor() as cursor:
            for start in range(0, len(rows), MOST):
                batch = rows[start : start + MOST]
                # Arrays as text: one parameter a document, where the driver would take one a token.
                cursor.execute(
                    "INSERT INTO register_finding (id, tokens) "
                    "SELECT id, tokens::bigint[] FROM unnest(%s::bigint[], %s::text[]) AS given (id, tokens) "
                    "ON CONFLICT (id) DO UPDATE SET tokens = excluded.tokens",
                    [[key for key, _tokens in batch], [_array(key >> SEGMENT, tokens) for key, tokens in batch]],
                )

    def remove(self, documents: Mapping[int, Collection[str]]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM register_finding WHERE id = ANY(%s)", [list(documents)])

    def find(self, tokens: Sequence[str], *, rare: bool, below: int | None, most: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT register_finding_find(%s::bigint[], %s, %s, %s)",
                [[number(token) for token in tokens], rare, below, most],
            )
            return [key for (key,) in cursor.fetchall()]

    def every(self, tokens: Sequence[str], *, rare: bool) -> tuple[str, list[Any]]:
        return "SELECT register_finding_find(%s::bigint[], %s, NULL, NULL)", [[number(one) for one in tokens], rare]

    def settle(self) -> None:
        with connection.cursor() as cursor:
            # Newest first and a batch at a time, so that a merge stays within the lists of one segment: half of what it
            # takes to build the whole index afterwards (5.4 beside 11.7 s for 40,000 records).
            cursor.execute("SELECT gin_clean_pending_list('register_finding_tokens')")

    def empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE register_finding")


@lru_cache(maxsize=200_000)
def number(token: str) -> int:
    """Return the number of a token, signed, 64 bits."""
    return int.from_bytes(blake2b(token.encode(), digest_size=8).digest(), "big", signed=True)


def _array(segment: int, tokens: Collection[str]) -> str:
    mixed = segment << 40
    return "{" + ",".join([str(number(token) ^ mixed) for token in tokens]) + "}"
