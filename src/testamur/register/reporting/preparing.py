"""The dry run: a file read and judged into a spool, and its records compared with what the register holds."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _, plain
from testamur.register.models import Delivery, Remark
from testamur.register.reporting.codes import sentences
from testamur.register.reporting.database import insert, instant
from testamur.register.reporting.differing import Change, is_fresh
from testamur.register.reporting.feeding import ROWS_MOST, FeedJudge
from testamur.register.reporting.folding import Folding
from testamur.register.reporting.inheriting import inherit
from testamur.register.reporting.issuers import Issuers
from testamur.register.reporting.judging import LOOKED_AT, Judge
from testamur.register.reporting.linting import Linter
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.records import Found, Records, in_columns
from testamur.register.reporting.repeating import Repeating
from testamur.register.reporting.replaying import Replay
from testamur.register.reporting.rows import Block, Reading, read
from testamur.register.reporting.spool import Spool

#: Remarks kept of one code, where rows came in; all are counted. Rejected rows are kept up to the second number.
KEPT, REJECTED_KEPT = 1_000, 100_000


@dataclass
class Prepared:
    """What a file holds, judged.

    Attributes:
        digest: SHA-256, hex, over what the rows are read by and for, then the rows in order.
        rows: records of the file, rejected ones included.
        codes: code → how often.
        begins: of a feed, the day of its first row.
        unnamed: of each row of which it is not sure which record it is, the keys that it may bear.
    """

    spool: Spool
    digest: str = ""
    rows: int = 0
    left_out: int = 0
    rejected: int = 0
    remarked: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    remarks: list[Found] = field(default_factory=list)
    first_reason: Any = "–"
    begins: date | None = None
    unnamed: list[list[str]] = field(default_factory=list)

    def found(self, one: Found) -> None:
        """Count a remark, and keep it where there are not too many of its kind."""
        self.codes[one.code] += 1
        if one.rejects:
            self.rejected += 1
            if self.rejected == 1:
                self.first_reason = sentences(one.code, one.facts)[0]
        else:
            self.remarked += 1
        if self.codes[one.code] <= (REJECTED_KEPT if one.rejects else KEPT):
            self.remarks.append(one)


def prepare(delivery: Delivery, path: Path, mapping: RegisterMapping) -> Prepared:
    """Read and judge a file into the delivery's spool, as a stream.

    Raises:
        Refused: the file cannot be read by this mapping.
    """
    prepared = Prepared(Spool(delivery.public_id))
    mapping = mapping.for_feed if delivery.feed else mapping
    reading = read(path, mapping)
    # The rows of a feed have their days: sent again for another day they are the same feed.
    spoken_for = "feed" if delivery.feed else [delivery.as_of.isoformat(), delivery.whole]
    sha256 = hashlib.sha256(json.dumps([mapping.digest, *spoken_for], separators=(",", ":")).encode())

    def counted() -> Iterator[Block]:
        for block in reading.blocks:
            prepared.rows += len(block.values) + len(block.broken)
            if delivery.feed and prepared.rows > ROWS_MOST:
                raise Refused(
                    _("A change feed is taken in by at most {most} rows; send it in parts, cut between two days."),
                    {"most": ROWS_MOST}, field="file",
                )  # fmt: skip
            sha256.update(block.digested)
            yield block

    linter = Linter(mapping, delivery.as_of, delivery.source)
    number = mapping.column_of("number")
    # A feed tells of a record as often as something happens to it.
    repeating = Repeating(number) if mapping.key_columns != (number,) and not delivery.feed else None
    records = _records(counted(), reading, mapping, delivery, linter, prepared, repeating)
    if mapping.inherit:
        # What is not yet whole has another name, so that a crash leaves nothing that looks judged.
        judged = Spool(f"{delivery.public_id}.own")
        try:
            judged.write(records)
            inherit(judged, prepared.spool, mapping, delivery.source, whole=delivery.whole, found=prepared.found)
        finally:
            judged.delete()
    else:
        prepared.spool.write(records)
    if repeating is not None:
        repeating.tell(prepared.spool, prepared.found)
    prepared.digest = sha256.hexdigest()
    for code, column, facts in reading.remarks:
        prepared.found(Found(False, 0, 0, column, code, facts))
    return prepared


def _records(
    blocks: Iterator[Block], reading: Reading, mapping: RegisterMapping, delivery: Delivery, linter: Linter,
    prepared: Prepared, repeating: Repeating | None,
) -> Iterator[tuple[Records, list[str], *tuple[list[str], ...]]]:  # fmt: skip
    looked_at, first = list[Block](), list[Sequence[str]]()
    for block in blocks:
        looked_at.append(block)
        first += block.values[: LOOKED_AT - len(first)]
        if len(first) >= LOOKED_AT:
            break
    if delivery.feed:
        feed = FeedJudge(mapping, delivery.as_of, linter, prepared.found, first)
        for block in chain(looked_at, blocks):
            records, operations, days = feed.fed(block)
            yield records, [], operations, days
        prepared.left_out = feed.left_out
        prepared.begins = date.fromisoformat(feed.begins) if feed.begins else None
        return
    judge = Judge(mapping, delivery.as_of, linter, prepared.found, first)
    for block in chain(looked_at, blocks):
        records = judge.records(block)
        if repeating is not None:
            repeating.add(records)
        yield records, judge.refused
    yield in_columns(()), [key for guesses in reading.doubtful for key in judge.guessed(guesses)]
    prepared.left_out, prepared.unnamed = judge.left_out, judge.unnamed


def told_by(
    delivery: Delivery, spool: Spool, mapping: RegisterMapping, found: Callable[[Found], None] | None = None
) -> Folding | Replay:
    """Return what a delivery tells: each record once, or the rows of a feed as they happened."""
    return Replay(spool, found) if delivery.feed else Folding(spool, mapping, found)


def compared(delivery: Delivery, told: Folding | Replay, issuers: Issuers) -> dict[str, Any]:
    """Return how many records would be new, changed, renewed …, asking and not writing."""
    from testamur.register.reporting.writing import listed_keys

    counts: Counter[str] = Counter({str(change): 0 for change in Change})
    if isinstance(told, Replay):
        for step in told.steps(delivery.source, issuers, ahead=True):
            counts.update(step.counts)
        return dict(counts)
    if is_fresh(delivery.source):  # nothing is known, so nothing is compared
        repeated = told.keys.repeated
        counts[str(Change.NEW)] = sum(one.size for one in told.blocks()) if repeated else told.keys.rows
        return dict(counts)
    for step in told.steps(delivery.source, issuers):
        counts.update(step.counts)
    if delivery.whole:
        counts[str(Change.GONE)] = sum(sum(told.keys.absent(keys)) for _ids, keys in listed_keys(delivery))
    return dict(counts)


def save_remarks(delivery: Delivery, prepared: Prepared) -> None:
    """Write the remarks of a delivery."""
    at = instant(clock.now())
    insert(
        Remark,
        ("recorded_at", "delivery_id", "rejects", "row", "line", "field", "code", "facts"),
        [
            (at, delivery.pk, one.rejects, one.row, one.line, one.column[:120], one.code,
             json.dumps({name: _plain(value) for name, value in one.facts.items()}, ensure_ascii=False))
            for one in prepared.remarks
        ],
    )  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, (str, int, float, bool)) or value is None:
        return value
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return plain(value)
