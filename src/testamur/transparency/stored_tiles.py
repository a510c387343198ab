"""Tiles as files of the public site: hashes of the tree, and the entries themselves."""

from __future__ import annotations

from collections.abc import Sequence

from testamur.transparency import publication
from testamur.transparency.models import Entry
from testamur.verification import layout, tiles
from testamur.verification.tiles import Tile


def read(level: int, index: int, width: int) -> bytes | None:
    """Return a stored tile, as :mod:`testamur.verification.tiles` asks for it."""
    return publication.get(layout.log_file(tiles.tile_path(level, index, width)))


def grow(before: int, leaves: Sequence[bytes], data: Sequence[bytes]) -> list[Tile]:
    """Write the tiles and entry bundles that grew, and wait until the disk has them.

    Args:
        before: entries of the tree so far; the first bundle written may begin with some of them.
        leaves: leaf hashes of the new entries.
        data: their bytes.

    Returns:
        The tiles that were written.
    """
    grown = tiles.grow(before, leaves, read)
    files = [(layout.log_file(tile.path), tile.data) for tile in grown]
    first = before // tiles.WIDTH * tiles.WIDTH
    earlier = Entry.objects.filter(index__gte=first, index__lt=before).order_by("index").values_list("data", flat=True)
    whole = [bytes(one) for one in earlier] + list(data)
    for start in range(0, len(whole), tiles.WIDTH):
        part = whole[start : start + tiles.WIDTH]
        path = tiles.entries_path((first + start) // tiles.WIDTH, len(part))
        files.append((layout.log_file(path), tiles.pack_entries(part)))
    publication.put_durably(files)
    return grown
