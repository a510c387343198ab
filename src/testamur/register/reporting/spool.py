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
SHAPE = 3


class Spool:
    """The judged records of one delivery.

    Attributes:
        path: where it lies; a spool is whole where this file exists.
    """

    def __init__(self, name: str) -> None:
        self.path = Path(settings.FILES_DIR) / "judged" / f"{name}.{SHAPE}"

    def write(self, blocks: Iterable[tuple[Records, list[str], *tuple[list[str], ...]]]) -> None:
        """Write records as they come; the file appears under its name when it is whole.

        Args:
            blocks: some records, and the keys of rows between them that were rejected; of a feed the operations and the
                days of these records too.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        try:
            with part.open("wb", buffering=1 << 20) as file:
                for block, refused, *fed in blocks:
                    if not block.size and not refused:
                        continue
                    # Keys stand before the rest, so that they can be read alone.
                    for columns in ([list(block.key), refused, *fed], [list(column) for column in block]):
                        data = marshal.dumps(columns, 2)
                        file.write(_LENGTH.pack(len(data)))
                        file.write(data)
            part.replace(self.path)
        finally:
            part.unlink(missing_ok=True)

    def keys(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield the keys of the records in their order, and those of rejected rows, block by block."""
        with self.path.open("rb", buffering=1 << 20) as file:
            while head := file.read(_LENGTH.size):
                keys, refused, *_fed = marshal.loads(file.read(*_LENGTH.unpack(head)))
                yield keys, refused
                file.seek(_LENGTH.unpack(file.read(_LENGTH.size))[0], 1)

    def blocks(self) -> Iterator[Records]:
        """Yield the records in the order of their rows."""
        with self.path.open("rb", buffering=1 << 20) as file:
            while head := file.read(_LENGTH.size):
                file.seek(_LENGTH.unpack(head)[0], 1)
                yield Records._make(marshal.loads(file.read(*_LENGTH.unpack(file.read(_LENGTH.size)))))

    def fed(self) -> Iterator[tuple[Records, list[str], list[str]]]:
        """Yield the records of a feed in the order of their rows, with their operations and their days."""
        with self.path.open("rb", buffering=1 << 20) as file:
            while head := file.read(_LENGTH.size):
                _keys, _refused, operations, days = marshal.loads(file.read(*_LENGTH.unpack(head)))
                records = Records._make(marshal.loads(file.read(*_LENGTH.unpack(file.read(_LENGTH.size)))))
                yield records, operations, days

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

    Attributes:
        rows: those that were not rejected by themselves.
    """

    def __init__(self, keys: Iterable[tuple[Iterable[str], Iterable[str]]]) -> None:
        found, rejected = array("q"), array("q")
        for block, refused in keys:
            found.extend(map(hash, block))
            rejected.extend(map(hash, refused))
        self.rows = len(found)
        self._sorted, counts = np.unique(_numbers(found), return_counts=True)
        #: Hash → number of rows, of keys that occur more than once.
        self.repeated: dict[int, int] = {
            int(one): int(count) for one, count in zip(self._sorted[counts > 1], counts[counts > 1], strict=True)
        }
        # A row with a mistake in it still says that its source lists the record.
        self._named = np.union1d(self._sorted, _numbers(rejected)) if rejected else self._sorted

    def absent(self, keys: list[str]) -> list[bool]:
        """Say of each of some keys whether the delivery lacks it; a row that was rejected names its record too."""
        return _lacking(self._named, keys)

    def unread(self, keys: list[str]) -> list[bool]:
        """Say of each of some keys whether no row tells it that could be read."""
        return _lacking(self._sorted, keys)


def _lacking(known: np.ndarray[tuple[int], np.dtype[np.int64]], keys: list[str]) -> list[bool]:
    asked = np.fromiter(map(hash, keys), dtype=np.int64, count=len(keys))
    if not len(known):
        return [True] * len(keys)
    places = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return [bool(one) for one in known[places] != asked]


def _numbers(found: array[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.frombuffer(found, dtype=np.int64) if found else np.empty(0, dtype=np.int64)
