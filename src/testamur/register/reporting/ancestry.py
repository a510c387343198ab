"""Who states what records take from their parents: chains followed through a whole delivery at once.

Of every record only numbers are held, whatever it says: a hash of its key, one of its parent's, and which fields it
states. Each field is followed by doubling the step: parent, grandparent, the one above four … What those state who are
taken from lies on disk. Parents that the delivery does not list are asked of the register.
"""

from __future__ import annotations

import json
import marshal
import tempfile
from array import array
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import lru_cache
from itertools import count, islice
from typing import Any, NamedTuple, Self

import numpy as np

from testamur.register.models import Current, Source
from testamur.register.reporting.differing import is_fresh
from testamur.register.reporting.mapping import Inherit
from testamur.register.reporting.spool import Spool

#: Keys asked of the register together; states remembered of those who are taken from.
TOGETHER, REMEMBERED = 500, 20_000
#: Instead of a place one step up: the record takes nothing from anybody; its parent is nowhere.
RESTS, NOWHERE = -2, -1
Numbers = np.ndarray[tuple[int], np.dtype[Any]]


class End(StrEnum):
    """How a chain of parents ends."""

    STATED = "stated"  # at a record that states it
    SILENT = "silent"  # at one that neither states it nor takes it from a record that is there
    UNKNOWN = "unknown"  # at once: the parent is nowhere
    CIRCLE = "circle"  # nowhere


class Ancestor(NamedTuple):
    """Whom a record takes a field from: the key of the record at which its chain ends, and what that one states."""

    end: End
    key: str
    value: Any = None


class Ancestry:
    """The chains of one delivery; used as a context, because it keeps a file."""

    def __init__(self, judged: Spool, rules: Iterable[Inherit], source: Source, *, whole: bool) -> None:
        """Take the judged records, and what they can take from their parents; see ``inheriting.inherit``."""
        self._judged, self._source, self._whole = judged, source, whole
        self._rules = list(rules)
        self._keys = array("q")
        self._parents = [array("q") for _rule in self._rules]  # 0: takes nothing
        self._stated = {field: array("b") for rule in self._rules for field in rule.fields}
        self._steps: dict[str, Numbers] = {}  # field → place one step up, or one of the next two
        self._ends: dict[str, Numbers] = {}  # field → place where the steps lead
        self._offset: dict[int, int] = {}  # place of a record that is taken from → where its state lies
        self._state = lru_cache(REMEMBERED)(self._read)

    def __enter__(self) -> Self:
        """Follow all chains."""
        self._file = tempfile.TemporaryFile(dir=self._judged.path.parent)
        for record in self._judged.read():
            self._add(record.key, json.loads(record.said))
        self._size = len(self._keys)
        self._ask_register()
        self._follow()
        self._keep()
        return self

    def __exit__(self, *_raised: object) -> None:
        """Let go of the file."""
        self._file.close()

    def of(self, place: int, field: str) -> Ancestor:
        """Return whom a record takes a field from that it takes and does not state.

        Args:
            place: of the record in the spool, beginning with 0.
        """
        end = int(self._ends[field][place])
        step = int(self._steps[field][end])
        key, stated = self._state(end)
        if field in stated:
            return Ancestor(End.STATED, key, stated[field])
        if step >= 0:
            return Ancestor(End.CIRCLE, key)
        return Ancestor(End.UNKNOWN if step == NOWHERE and end == place else End.SILENT, key)

    # ------------------------------------------------------------ what is there

    def _add(self, key: str, said: Mapping[str, Any]) -> None:
        self._keys.append(hash(key))
        claims = said.get("inherited", ())
        for rule, parents in zip(self._rules, self._parents, strict=True):
            parents.append(next((hash(one["parent"]) for one in claims if rule.fields[0] in one["takes"]), 0))
            for field in rule.fields:
                self._stated[field].append(own(said, field) is not None)

    def _ask_register(self) -> None:
        """Add the parents that the delivery does not list, theirs, and so on, as far as the register holds them."""
        if is_fresh(self._source):
            return
        # Whom a whole list does not name is gone; a row that was rejected names its record all the same.
        listed = self._judged.keys()
        named = {key for _keys, refused in listed for key in refused} if self._whole else None
        asked: set[str] = set()
        # The numbers of the delivery, sorted: sets of them would hold fifty bytes for each.
        known, places = np.unique(_numbers(self._keys)), count(self._size)
        waiting: Iterator[str] = self._missing(known)
        while some := list(islice((one for one in waiting if one not in asked), TOGETHER)):
            asked.update(some)
            wanted = [one for one in set(some) if named is None or one in named]
            rows = Current.objects.filter(
                attestation__source=self._source, attestation__origin_key__in=wanted, gone_on=None
            )
            above: list[str] = []
            told: Iterable[tuple[str, Any]] = rows.values_list("attestation__origin_key", "said")
            for key, said in told:
                self._write(next(places), key, said)
                self._add(key, said)
                above += [one["parent"] for one in said.get("inherited", ()) if not _holds(known, one["parent"])]
            waiting = _first(above, waiting)

    def _missing(self, known: Numbers) -> Iterator[str]:
        for record in self._judged.read():
            for claim in json.loads(record.said).get("inherited", ()):
                if not _holds(known, claim["parent"]):
                    yield claim["parent"]

    # ------------------------------------------------------------ chains

    def _follow(self) -> None:
        if not self._keys:
            return
        keys, places = np.unique(_numbers(self._keys), return_index=True)  # of a key told twice, the first row
        here = np.arange(len(self._keys), dtype=np.int32)
        for rule, parents in zip(self._rules, self._parents, strict=True):
            asked = _numbers(parents)
            at = np.minimum(np.searchsorted(keys, asked), len(keys) - 1)
            found = np.where(keys[at] == asked, places[at], NOWHERE).astype(np.int32)
            for field in rule.fields:
                rests = (asked == 0) | (np.frombuffer(self._stated[field], dtype=np.int8) != 0)
                steps = np.where(rests, np.int32(RESTS), found)
                ends = np.where(steps < 0, here, steps)
                for _doubling in range(len(self._keys).bit_length()):
                    further = ends[ends]
                    if np.array_equal(further, ends):
                        break
                    ends = further
                self._steps[field], self._ends[field] = steps, ends

    def _keep(self) -> None:
        """Write down what those state at whom a chain of the delivery ends."""
        asked = [np.empty(0, dtype=np.int32)]
        for rule, parents in zip(self._rules, self._parents, strict=True):
            takes = _numbers(parents)[: self._size] != 0
            asked += [self._ends[field][: self._size][takes] for field in rule.fields if field in self._ends]
        wanted = iter(np.unique(np.concatenate(asked)).tolist())
        place = next(wanted, -1)
        for at, record in enumerate(self._judged.read()):
            if at == place:
                self._write(at, record.key, json.loads(record.said))
                place = next(wanted, -1)

    def _write(self, place: int, key: str, said: Mapping[str, Any]) -> None:
        stated = {field: value for field in self._stated if (value := own(said, field)) is not None}
        self._offset[place] = self._file.seek(0, 2)
        marshal.dump((key, stated), self._file)

    def _read(self, place: int) -> tuple[str, dict[str, Any]]:
        self._file.seek(self._offset[place])
        found: tuple[str, dict[str, Any]] = marshal.load(self._file)
        return found


def value_of(said: Mapping[str, Any], field: str) -> Any:
    """Return what a state says under the field of a mapping; None where it says nothing."""
    group, dot, name = field.partition(".")
    if group == "rests_on":
        return [one for one in said.get("rests_on", ()) if one["kind"] == name] or None
    return said.get(group, {}).get(name) if dot else said.get(group)


def own(said: Mapping[str, Any], field: str) -> Any:
    """Return what a state says of itself; None where it says nothing, or took it from above."""
    taken = any(field in one.get("from", ()) for one in said.get("inherited", ()))
    return None if taken else value_of(said, field)


def _first(these: Iterable[str], then: Iterator[str]) -> Iterator[str]:
    yield from these
    yield from then


def _holds(known: Numbers, key: str) -> bool:
    at = int(np.searchsorted(known, hash(key)))
    return at < len(known) and int(known[at]) == hash(key)


def _numbers(found: array[int]) -> Numbers:
    return np.frombuffer(found, dtype=np.int64) if found else np.empty(0, dtype=np.int64)
