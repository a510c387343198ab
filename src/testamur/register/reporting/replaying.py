"""A change feed replayed: its rows in runs of one day, each against the state that the rows before it left.

What is written goes the way of every other record (``writing``); here it is only said what each row does. A dry run
writes nothing, so it keeps what the rows before left beside what the register holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from testamur.register.models import Source
from testamur.register.reporting.differing import CHUNK, Change, Known, Step, change, known_of, stated_of
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.mapping import APPEARED, CHANGED, GONE
from testamur.register.reporting.records import Found, Record, Records, in_columns
from testamur.register.reporting.spool import Spool


class Run(NamedTuple):
    """Rows of one day in which no record occurs twice, so that they can be compared and written together."""

    day: str
    records: Records
    operations: Sequence[str]


class Left(NamedTuple):
    """What the rows read so far left of a record. ``record``: the row that said so last; None where it only went."""

    known: Known
    record: Record | None
    issuer: Any


class Replay:
    """The rows of a feed, in the place of ``Folding``: each row does something by itself.

    Attributes:
        folded: none ever.
        twice: rows that say nothing which can be taken in, once all were compared.
    """

    def __init__(self, spool: Spool, found: Callable[[Found], None] | None = None) -> None:
        self._spool, self._found = spool, found
        self.folded = self.twice = 0
        self.rows = sum(records.size for records, _operations, _days in spool.fed())

    @property
    def taken(self) -> int:
        """Return how many rows come in, once all were compared."""
        return self.rows - self.twice

    def steps(self, source: Source, issuers: Issuers, *, skip: int = 0, ahead: bool = False) -> Iterator[Step]:
        """Yield what the rows do, run by run.

        Args:
            skip: so many rows are written already; a run is written whole.
            ahead: nothing is written between two steps.
        """
        left: dict[str, Left] = {}
        for run in self.runs():
            if skip:
                skip -= run.records.size
                continue
            yield self._step(run, source, issuers, left, ahead=ahead)

    def runs(self) -> Iterator[Run]:
        """Yield the rows in runs, in an order and with borders that are always the same."""
        day, records, operations, keys = "", list[Record](), list[str](), set[str]()
        for block, said, days in self._spool.fed():
            for record, operation, its in zip(block.each(), said, days, strict=True):
                if records and (its != day or record.key in keys or len(records) == CHUNK):
                    yield Run(day, in_columns(records), operations)
                    records, operations, keys = [], [], set()
                day = its
                records.append(record)
                operations.append(operation)
                keys.add(record.key)
        if records:
            yield Run(day, in_columns(records), operations)

    def _step(self, run: Run, source: Source, issuers: Issuers, left: dict[str, Left], *, ahead: bool) -> Step:
        records = run.records
        known = known_of(records, source) | {key: left[key].known for key in records.key if key in left}
        states = [known.get(key) for key in records.key]
        doubtful = [
            state.attestation
            for state, key, mark, operation in zip(states, records.key, records.mark, run.operations, strict=True)
            if state and key not in left and operation != GONE and state.mark != mark
        ]
        stated = stated_of(doubtful) if doubtful else {}
        changes: list[Change | None] = []
        for place, state in enumerate(states):
            record = records.at(place)
            before = left.get(record.key)
            says = _said(before) if before is not None else stated.get(state.attestation) if state else None
            does = self._does(run, record, run.operations[place], state, says, issuers)
            changes.append(does)
            if ahead and does not in (None, Change.UNCHANGED):
                left[record.key] = _left(record, does, state, says, issuers)
        if None not in changes:
            return Step(records, [one for one in changes if one], states, day=run.day)
        kept = [one is not None for one in changes]
        there = [state for state, one in zip(states, kept, strict=True) if one]
        return Step(records.those(kept), [one for one in changes if one], there, rows=records.size, day=run.day)

    def _does(
        self, run: Run, record: Record, operation: str, known: Known | None, says: Mapping[str, Any] | None,
        issuers: Issuers,
    ) -> Change | None:  # fmt: skip
        """Return what a row does; None where it ends what is not listed."""
        listed = known is not None and not known.gone
        if operation == GONE:
            if not listed:
                self.twice += 1
                self._tell(True, record, "feed_not_listed", run.day)
            return Change.GONE if listed else None
        if operation == APPEARED and listed:
            self._tell(False, record, "feed_listed", run.day)
        elif operation == CHANGED and not listed:
            self._tell(False, record, "feed_not_begun", run.day)
        return change(record, known, dict(says) if says is not None else None, issuers) if known else Change.NEW

    def _tell(self, rejects: bool, record: Record, code: str, day: str) -> None:
        if self._found is not None:
            self._found(Found(rejects, record.row, record.line, "", code, {"day": day}))


def _left(
    record: Record, does: Change | None, known: Known | None, says: Mapping[str, Any] | None, issuers: Issuers
) -> Left:
    if does is Change.GONE and known is not None:
        return Left(known._replace(gone=True), None, says.get("issuer") if says else None)
    now = Known(
        known.attestation if known else 0, record.mark, record.status, record.effective_on, record.expires_on, False
    )
    kept = says.get("issuer") if says else None
    issuer = (issuers.find(record.issuer) or record.issuer) if record.issuer or kept is None else kept
    return Left(now, record, issuer)


def _said(left: Left) -> dict[str, Any] | None:
    """Return what a row left, as ``differing.stated_of`` tells of a state."""
    one = left.record
    if one is None:
        return {"issuer": left.issuer}
    return {
        "effective_on": one.effective_on, "expires_on": one.expires_on, "said": json.loads(one.said),
        "issuer": left.issuer, "number": one.number, "holder_text": one.holder, "scheme": one.scheme,
        "country": one.country, "standards": one.standards,
    }  # fmt: skip
