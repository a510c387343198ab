"""Several rows of one record made one: rows that say the same, that add to it, or of which the latest holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from testamur.register.models import Source
from testamur.register.reporting.differing import Step, steps
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.records import Found, Record, Records, in_columns, marked
from testamur.register.reporting.spool import Keys, Spool


class Folding:
    """Gives each record of a spool once, when the last of its rows has been read; holds only what is repeated.

    Attributes:
        folded: rows that went into another one, so far.
        twice: rows rejected because they tell a record again and otherwise.
    """

    def __init__(self, spool: Spool, mapping: RegisterMapping, found: Callable[[Found], None] | None = None) -> None:
        self._spool, self._rules, self._found = spool, mapping.fold, found
        self.keys = Keys(spool.keys())
        self.folded = self.twice = 0

    @property
    def rows(self) -> int:
        """Return how many records there are, rows of one being one."""
        return self.keys.rows - sum(self.keys.repeated.values()) + len(self.keys.repeated)

    @property
    def taken(self) -> int:
        """Return how many records come in, once all were read."""
        return self.keys.rows - self.folded - self.twice

    def steps(self, source: Source, issuers: Issuers, *, skip: int = 0) -> Iterator[Step]:
        """Yield the records in chunks, compared with the present states; see ``differing.steps``."""
        return steps(self.blocks(), source, issuers, skip=skip)

    def blocks(self) -> Iterator[Records]:
        """Yield the records, some thousand at a time, in an order that is always the same."""
        repeated = dict(self.keys.repeated)
        waiting: dict[int, list[Record]] = {}
        for block in self._spool.blocks():
            if not repeated or repeated.keys().isdisjoint(map(hash, block.key)):
                yield block
            elif found := [one for record in block.each() for one in self._complete(record, repeated, waiting)]:
                yield in_columns(found)

    def _complete(
        self, record: Record, repeated: Mapping[int, int], waiting: dict[int, list[Record]]
    ) -> Sequence[Record]:
        left = repeated.get(at := hash(record.key))
        if left is None:
            return (record,)
        rows = waiting.setdefault(at, [])
        rows.append(record)
        return list(self._records(waiting.pop(at))) if len(rows) == left else ()

    def _records(self, rows: Sequence[Record]) -> Iterator[Record]:
        by_key: dict[str, list[Record]] = {}
        for row in rows:
            by_key.setdefault(row.key, []).append(row)
        for same in by_key.values():
            yield self._one(same)

    def _one(self, rows: Sequence[Record]) -> Record:
        keep = self._rules.get("keep", "")
        if len(rows) == 1:
            return rows[0]
        if keep == "latest":
            self.folded += len(rows) - 1
            return _latest(rows, str(self._rules.get("earlier", "")))
        first = rows[0]
        for row in rows[1:]:
            if row[2:] == first[2:]:
                self.folded += 1
                self._tell(False, row, "row_twice", {"first": first.row})
            elif keep == "first":
                self.folded += 1
            else:
                self.twice += 1
                self._tell(True, row, "key_twice", {"first": first.row})
        return _joined(rows) if keep == "first" else first

    def _tell(self, rejects: bool, row: Record, code: str, facts: Mapping[str, Any]) -> None:
        if self._found is not None:
            self._found(Found(rejects, row.row, row.line, "", code, facts))


def _latest(rows: Sequence[Record], earlier: str) -> Record:
    """Return the row whose validity began last; the periods of the others are kept where the mapping names a place."""
    newest = max(rows, key=lambda row: (row.effective_on or "", row.expires_on or "", -row.row))
    if not earlier:
        return newest
    periods = sorted({f"{row.effective_on or ''}/{row.expires_on or ''}" for row in rows if row is not newest})
    said = json.loads(newest.said)
    said.setdefault("shown", {})[earlier.partition(".")[2] or earlier] = periods
    return marked(newest._replace(said=_text(said)))


def _joined(rows: Sequence[Record]) -> Record:
    """Let later rows add what the first left open; lists are joined, single values stay as first read."""
    first = rows[0]
    said = json.loads(first.said)
    for row in rows[1:]:
        _join(said, json.loads(row.said))
    for name, value in said.get("shown", {}).items():
        if isinstance(value, list):
            said["shown"][name] = sorted(value) if all(isinstance(one, str) for one in value) else value
    standards = " | ".join(dict.fromkeys(one for row in rows for one in row.standards.split(" | ") if one))
    words = " ".join(dict.fromkeys(row.words for row in rows if row.words))
    return marked(first._replace(said=_text(said), standards=standards[:500], words=words))


def _join(known: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        here = known.get(name)
        if here is None:
            known[name] = value
        elif isinstance(here, list) and isinstance(value, list) and name != "parties":
            known[name] = here + [one for one in value if one not in here]
        elif isinstance(here, dict) and isinstance(value, dict):
            _join(here, value)


def _text(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
