"""Tiles of C2SP tlog-tiles: the tree and its entries as static files of at most 256 hashes or entries each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from testamur.verification.strict_json import Malformed
from testamur.verification.tree import HASH_SIZE, Frontier

#: Hashes in a full tile, and entries in a full bundle.
WIDTH = 256
_BITS = 8

#: Reads a tile: (tile level, tile index, width 1..256) → width·32 bytes, or None where there is no such file.
ReadTile = Callable[[int, int, int], bytes | None]


@dataclass(frozen=True, slots=True)
class Tile:
    """One tile to be written.

    Args:
        level: tile level; its hashes are of tree level 8·level.
        index: number of the tile in its level.
        width: hashes in it, 1 to 256; 256 is a full tile.
        data: the hashes, concatenated.
        root: the hash over a full tile, which is one of the level above; empty for a partial one.
    """

    level: int
    index: int
    width: int
    data: bytes
    root: bytes = b""

    @property
    def path(self) -> str:
        """Path below the site's ``log/``: ``tile/0/x001/234.p/17``."""
        return tile_path(self.level, self.index, self.width)


def number_path(number: int) -> str:
    """Return a tile number as C2SP writes it: 1234067 → ``x001/x234/067``."""
    if number < 0:
        raise ValueError("a tile number is not negative")
    parts = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        parts.append(f"x{number % 1000:03d}")
    return "/".join(reversed(parts))


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Return the path of a tile below ``log/``."""
    return f"tile/{level}/{number_path(index)}{_part(width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """Return the path of an entry bundle below ``log/``."""
    return f"tile/entries/{number_path(index)}{_part(width)}"


def widths(size: int, level: int = 0) -> Iterator[tuple[int, int]]:
    """Yield (index, width) of every tile of a level in a tree of ``size`` leaves, the partial one last."""
    hashes = size >> (_BITS * level)
    for index in range(hashes // WIDTH):
        yield index, WIDTH
    if hashes % WIDTH:
        yield hashes // WIDTH, hashes % WIDTH


def grow(size: int, leaves: Sequence[bytes], read: ReadTile) -> list[Tile]:
    """Return the tiles to write when leaf hashes are appended to a tree of ``size`` leaves.

    Args:
        size: leaves before.
        leaves: new leaf hashes in order.
        read: reads the partial tiles of the tree before; asked only for the last tile of each level.

    Returns:
        Every tile that is new or wider, full ones first in each level, levels from the leaves up. A tree whose
        levels end on a partial tile gets that partial tile at its new width.

    Raises:
        ValueError: a stored tile is missing.
    """
    tiles: list[Tile] = []
    level, fresh, before = 0, list(leaves), size
    while fresh:
        index, width = divmod(before, WIDTH)
        whole = b"".join([_needed(read, level, index, width) if width else b"", *fresh])
        up: list[bytes] = []
        for start in range(0, len(whole), WIDTH * HASH_SIZE):
            data = whole[start : start + WIDTH * HASH_SIZE]
            if len(data) == WIDTH * HASH_SIZE:
                up.append(subtree_hash(data))
                tiles.append(Tile(level, index, WIDTH, data, up[-1]))
            else:
                tiles.append(Tile(level, index, len(data) // HASH_SIZE, data))
            index += 1
        before >>= _BITS
        level, fresh = level + 1, up
    return tiles


def extend(frontier: Frontier, leaves: Sequence[bytes], grown: Sequence[Tile]) -> None:
    """Add leaf hashes to a frontier, with the hashes over whole new tiles that :func:`grow` made of them."""
    before, done = frontier.size, -frontier.size % WIDTH
    frontier.extend(leaves[:done])
    for tile in grown:
        # What was in the tile before is the frontier's to say, not the file's: a tile that was damaged shows.
        if tile.level == 0 and tile.root and tile.index * WIDTH >= before:
            frontier.append(tile.root, _BITS)
            done += WIDTH
    frontier.extend(leaves[done:])


def hash_reader(size: int, read: ReadTile) -> Callable[[int, int], bytes]:
    """Return a reader of subtree hashes for :mod:`testamur.verification.tree`, fed from tiles of a tree of ``size``.

    Tiles are read once each; a partial tile that is gone is taken from the wider or full one.
    """
    kept: dict[tuple[int, int], bytes] = {}

    def tile(level: int, index: int) -> bytes:
        found = kept.get((level, index))
        if found is None:
            width = min(WIDTH, (size >> (_BITS * level)) - index * WIDTH)
            found = kept[level, index] = _needed(read, level, index, width)
        return found

    def read_hash(level: int, index: int) -> bytes:
        tile_level, height = divmod(level, _BITS)
        first = index << height
        number, offset = divmod(first, WIDTH)
        data = tile(tile_level, number)
        part = data[offset * HASH_SIZE : (offset + (1 << height)) * HASH_SIZE]
        if len(part) != HASH_SIZE << height:
            raise ValueError("a tile is narrower than the tree")
        return subtree_hash(part)

    return read_hash


def subtree_hash(data: bytes) -> bytes:
    """Return the hash over 2^k concatenated hashes."""
    sha256, pair = hashlib.sha256, 2 * HASH_SIZE
    while len(data) > HASH_SIZE:
        data = b"".join([sha256(b"\1" + data[place : place + pair]).digest() for place in range(0, len(data), pair)])
    return data


def pack_entries(entries: Sequence[bytes]) -> bytes:
    """Return an entry bundle: each entry after its length as 16 bits, big-endian.

    Raises:
        ValueError: an entry of 64 KiB or more, or more than 256.
    """
    if len(entries) > WIDTH or max(map(len, entries), default=0) >= 1 << 16:
        raise ValueError("a bundle holds at most 256 entries, each below 64 KiB")
    return b"".join([part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry)])


def unpack_entries(data: bytes) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        Malformed: the lengths do not add up.
    """
    entries, place = [], 0
    while place < len(data):
        length = int.from_bytes(data[place : place + 2], "big")
        entry = data[place + 2 : place + 2 + length]
        if place + 2 > len(data) or len(entry) != length:
            raise Malformed("an entry bundle is cut short")
        entries.append(entry)
        place += 2 + length
    return entries


def _part(width: int) -> str:
    if not 1 <= width <= WIDTH:
        raise ValueError("a tile holds 1 to 256 hashes")
    return "" if width == WIDTH else f".p/{width}"


def _needed(read: ReadTile, level: int, index: int, width: int) -> bytes:
    data = read(level, index, width)
    if data is None and width != WIDTH:
        data = read(level, index, WIDTH)
    if data is None or len(data) < width * HASH_SIZE:
        raise ValueError(f"the tile {tile_path(level, index, width)} is missing or too short")
    return data[: width * HASH_SIZE]
