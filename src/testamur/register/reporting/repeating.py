"""Numbers that stand for two holders: of one issuer a number is one certificate."""

from __future__ import annotations

from array import array
from collections.abc import Callable

import numpy as np

from testamur.register.reporting.records import Found, Records
from testamur.register.reporting.spool import Spool
from testamur.register.reporting.values import word


class Repeating:
    """The numbers of a delivery as 64-bit hashes, 8 bytes a record; rows are looked at again where one repeats.

    Not asked where the number is the key: there a second row is the same record told twice.
    """

    def __init__(self, column: str) -> None:
        """Take the column of the number."""
        self._column, self._numbers = column, array("q")

    def add(self, records: Records) -> None:
        """Take some records into account."""
        self._numbers.extend(map(hash, zip(records.issuer, records.number_key, strict=True)))

    def tell(self, spool: Spool, found: Callable[[Found], None]) -> None:
        """Remark every row whose number stands in an earlier one for somebody else."""
        if not self._numbers:
            return
        numbers, counts = np.unique(np.frombuffer(self._numbers, dtype=np.int64), return_counts=True)
        repeated = set(numbers[counts > 1].tolist())
        if not repeated:
            return
        first: dict[int, tuple[int, str, str]] = {}  # → row, holder, holder folded
        for block in spool.blocks():
            numbers_here = list(map(hash, zip(block.issuer, block.number_key, strict=True)))
            if repeated.isdisjoint(numbers_here):
                continue
            for place, number in enumerate(numbers_here):
                if number not in repeated:
                    continue
                row, holder, folded = first.setdefault(
                    number, (block.row[place], block.holder[place], word(block.holder[place]))
                )
                if row != block.row[place] and word(block.holder[place]) != folded:
                    facts = {"value": block.number[place], "first": row, "holder": holder[:80]}
                    found(Found(False, block.row[place], block.line[place], self._column, "number_twice", facts))
