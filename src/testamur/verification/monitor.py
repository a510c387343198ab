"""Following a log as a monitor: read what is new, prove that the log only grew, pick what was logged under a name.

What is remembered is the right edge of the tree, so every new entry is hashed into the very tree that was seen before:
an entry that is hidden from a monitor cannot be in the tree that it checks.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from testamur.verification import checkpoint, entry, layout, tiles
from testamur.verification.entry import Entry
from testamur.verification.note import VerifierKey
from testamur.verification.site import Site
from testamur.verification.strict_json import Malformed, parse_object
from testamur.verification.tree import Frontier, leaf_hash


class LogBroken(Exception):
    """The log is not what it was, or shows two faces: the sentence says what. Nothing is remembered of it."""


@dataclass(slots=True)
class Memory:
    """What a monitor keeps between two looks.

    Args:
        origin: the log's name.
        size, frontier: how far the log was, and its right edge as hex hashes.
        unsent: what was found and could not be posted yet.
    """

    origin: str
    size: int = 0
    frontier: list[str] = field(default_factory=list)
    unsent: list[dict[str, Any]] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it whole and durably."""
        fresh = path.with_name(path.name + ".new")
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("w", encoding="utf-8") as file:
            facts = {"origin": self.origin, "size": self.size, "frontier": self.frontier, "unsent": self.unsent}
            json.dump(facts, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)


def read_memory(path: Path, origin: str) -> Memory:
    """Return what was remembered of a log, or an empty memory where there is no file.

    Raises:
        Malformed: damaged, or of another log.
    """
    try:
        facts = parse_object(path.read_bytes())
    except FileNotFoundError:
        return Memory(origin)
    try:
        found = Memory(facts["origin"], facts["size"], facts["frontier"], facts["unsent"])
        Frontier.from_hex(found.size, found.frontier)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Malformed(f"{path} is no memory of this command") from None
    if found.origin != origin:
        raise Malformed(f"{path} remembers the log {found.origin}")
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry and its place; None for one that this version cannot read."""

    index: int
    entry: Entry | None


def look(site: Site, log: VerifierKey, memory: Memory) -> list[Seen]:
    """Return the entries that are new, after proving that they and the remembered tree make the signed one.

    The memory is moved on; the caller writes it.

    Raises:
        LogBroken: the log shrank, was rewritten, or does not hold together.
    """
    newest = _newest(site, log)
    if newest.size < memory.size:
        raise LogBroken(f"the log had {memory.size} entries and now has {newest.size}")
    frontier = Frontier.from_hex(memory.size, memory.frontier)
    fresh = list(_entries(site, memory.size, newest.size))
    frontier.extend(map(leaf_hash, fresh))
    if frontier.root() != newest.root:
        raise LogBroken("its entries do not make the root that it signed: it was rewritten, or shows two faces")
    found = []
    for offset, data in enumerate(fresh):
        try:
            found.append(Seen(memory.size + offset, entry.parse(data)))
        except Malformed:
            found.append(Seen(memory.size + offset, None))
    memory.size, memory.frontier = newest.size, frontier.hex()
    return found


def concerns(one: Entry, issuer: str) -> bool:
    """Say whether an entry was logged under a name: issued by it, or about its own keys."""
    return issuer in (one.issuer, one.id)


def _newest(site: Site, log: VerifierKey) -> checkpoint.Checkpoint:
    """Return the newest checkpoint the log signed, cosigned or not: a monitor wants to know early."""
    found = []
    for path in (layout.CHECKPOINT, layout.CHECKPOINT_NEXT):
        data = site.read(path)
        if data is None:
            continue
        try:
            one = checkpoint.parse(data)
            checkpoint.check(one, log)
        except Malformed as error:
            raise LogBroken(f"{path}: {error}") from None
        found.append(one)
    if not found:
        raise LogBroken(f"there is no {layout.CHECKPOINT}")
    return max(found, key=lambda one: one.size)


def _entries(site: Site, first: int, size: int) -> Iterator[bytes]:
    for index in range(first // tiles.WIDTH, -(-size // tiles.WIDTH)):
        width = min(tiles.WIDTH, size - index * tiles.WIDTH)
        path = layout.log_file(tiles.entries_path(index, width))
        data = site.read(path)
        if data is None and width != tiles.WIDTH:
            data = site.read(layout.log_file(tiles.entries_path(index)))
        try:
            part = tiles.unpack_entries(data or b"")[:width]
        except Malformed as error:
            raise LogBroken(f"{path}: {error}") from None
        if len(part) != width:
            raise LogBroken(f"{path} is missing or too short")
        yield from part[max(0, first - index * tiles.WIDTH) :]
