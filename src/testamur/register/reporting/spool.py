"""What was judged, kept on disk between the dry run and the writing, and read as a stream.

The spool is no record: it can be judged again from the file at any time, and is where it is missing.
"""

from __future__ import annotations

import marshal
import struct
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from django.conf import settings

from testamur.register.reporting.records import Record, Records

_LENGTH = struct.Struct(">I")
#: Changes with the shape of a record: a spool of another shape is judged again.
SHAPE = 2


class Spool:
    """The judged records of one delivery.

    Attributes:
        path: where it lies; a spool is whole where this file exists.
    """

    def __init__(self, name: str) -> None:
        self.path = Path(settings.FILES_DIR) / "judged" / f"{name}.{SHAPE}"

    def write(self, blocks: Iterable[Records]) -> None:
        """Write records as they come; the file appears under its name when it is whole."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        try:
            with part.open("wb", buffering=1 << 20) as file:
                for block in blocks:
                    if not block.size:
                        continue
                    # Keys stand before the rest, so that they can be read alone.
                    for columns in (list(block.key), [list(column) for column in block]):
                        data = marshal.dumps(columns, 2)
                        file.write(_LENGTH.pack(len(data)))
                        file.write(data)
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)

    def keys(self) -> Iterator[list[str]]:
        """Yield the keys of the records in their order, block by block."""
        with self.path.open("rb", buffering=1 << 20) as file:
            while head := file.read(_LENGTH.size):
                yield marshal.loads(file.read(*_LENGTH.unpack(head)))
                file.seek(_LENGTH.unpack(file.read(_LENGTH.size))[0], 1)

    def blocks(self) -> Iterator[Records]:
        """Yield the records in the order of their rows."""
        with self.path.open("rb", buffering=1 << 20) as file:
            while head := file.read(_LENGTH.size):
                file.seek(_LENGTH.unpack(head)[0], 1)
                yield Records._make(marshal.loads(file.read(*_LENGTH.unpack(file.read(_LENGTH.size)))))

    def read(self) -> Iterator[Record]:
        """Yield the records one by one."""
        for block in self.blocks():
            yield from block.each()

    def delete(self) -> None:
        """Remove it: what it held stands in the register."""
        self.path.unlink(missing_ok=True)


class Keys:
    """The keys of a delivery as 64-bit hashes: 8 bytes a row, whatever the keys are.

    Python's own hash, drawn anew in every process: two keys of five million meet with a probability of 1 in a million,
    and nobody can choose keys that do.
    """

    def __init__(self, keys: Iterable[Iterable[str]]) -> None:
        found = array("q")
        for block in keys:
            found.extend(map(hash, block))
        self.rows = len(found)
        given = np.frombuffer(found, dtype=np.int64) if found else np.empty(0, dtype=np.int64)
        self._sorted, counts = np.unique(given, return_counts=True)
        #: Hash → number of rows, of keys that occur more than once.
        self.repeated: dict[int, int] = {
            int(one): int(count) for one, count in zip(self._sorted[counts > 1], counts[counts > 1], strict=True)
        }

    def absent(self, keys: list[str]) -> list[bool]:
        """Say of each of some keys whether the delivery lacks it."""
        asked = np.fromiter(map(hash, keys), dtype=np.int64, count=len(keys))
        if not len(self._sorted):
            return [True] * len(keys)
        places = np.minimum(np.searchsorted(self._sorted, asked), len(self._sorted) - 1)
        return [bool(one) for one in self._sorted[places] != asked]
