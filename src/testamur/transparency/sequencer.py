"""The single writer of the log (trust.md 8).

Order of writes: tiles and bundles reach the disk; the database commits indexes, proofs and the signed checkpoint; the
checkpoint file is renamed into place. A crash between any two is completed by the next run: tiles of an uncommitted
size are named by no checkpoint and are written again, a committed checkpoint that is not yet a file becomes one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.transparency import custody, publication
from testamur.transparency.models import Checkpoint, Entry, Tree
from testamur.verification import checkpoint as checkpoints
from testamur.verification import layout, proof, tiles
from testamur.verification.tree import Frontier, inclusion_proof

log = logging.getLogger("testamur.transparency")

#: Most entries numbered under one checkpoint, so that the lock is held for a moment only.
MOST = 20_000

_held: ContextVar[bool] = ContextVar("sequencing_held", default=False)
_after: list[Callable[[list[Entry]], None]] = []


def after_sequencing(hook: Callable[[list[Entry]], None]) -> None:
    """Let an app above write files that need an entry's proof; a hook may run twice for the same entries."""
    if hook not in _after:
        _after.append(hook)


@contextmanager
def held() -> Any:
    """Number nothing inside the block, once at its end: for many acts in a row."""
    token = _held.set(True)
    try:
        yield
    finally:
        _held.reset(token)
    soon()


def soon() -> None:
    """Sequence now, after a commit. A failure here loses nothing: entries wait for the next run, and it is logged."""
    if _held.get() or transaction.get_connection().in_atomic_block:
        return
    try:
        sequence()
    except Refused:
        log.exception("the log refused to grow")
    except OSError:
        log.exception("the log's files could not be written; entries wait")


def sequence() -> int:
    """Number the entries that wait and publish the grown tree.

    Returns:
        How many entries were numbered.

    Raises:
        Refused: the tree in the database is smaller than, or inconsistent with, the one published.
    """
    total = 0
    while True:
        with transaction.atomic():
            entries = _grow()
        if entries is None:
            publish_checkpoint()
            return total
        publish_checkpoint()
        for hook in _after:
            hook(entries)
        total += len(entries)


def _grow() -> list[Entry] | None:
    Tree.objects.get_or_create(name=custody.log_name())
    tree = Tree.objects.select_for_update(of=("self",)).get(name=custody.log_name())
    entries = list(Entry.objects.filter(index__isnull=True).order_by("id")[:MOST])
    if not entries:
        return None
    check_not_shrunk(tree)
    leaves = [bytes(entry.leaf) for entry in entries]
    before, size = tree.size, tree.size + len(entries)
    for tile in tiles.grow(before, leaves, read_tile):
        publication.put(layout.log_file(tile.path), tile.data, durable=True)
    _write_bundles(before, size, entries)
    frontier = Frontier.from_hex(before, tree.frontier)
    frontier.extend(leaves)
    note = checkpoints.sign(custody.log_name(), size, frontier.root(), custody.log_signer())
    now = clock.now()
    reader = tiles.hash_reader(size, read_tile)
    for offset, entry in enumerate(entries):
        entry.index = before + offset
        entry.sequenced_at = now
        entry.proof = proof.format(bytes(entry.data), entry.index, inclusion_proof(entry.index, size, reader), note)
    Entry.objects.bulk_update(entries, ["index", "sequenced_at", "proof"], batch_size=500)
    Checkpoint.objects.create(size=size, root=frontier.root(), note=note, signed_at=clock.real_now())
    tree.size, tree.frontier = size, frontier.hex()
    tree.save(update_fields=["size", "frontier"])
    return entries


def read_tile(level: int, index: int, width: int) -> bytes | None:
    """Return a stored tile, as :mod:`testamur.verification.tiles` asks for it."""
    return publication.get(layout.log_file(tiles.tile_path(level, index, width)))


def _write_bundles(before: int, size: int, entries: list[Entry]) -> None:
    """Write the entry bundles that grew; the first may begin with entries numbered earlier."""
    first = before // tiles.WIDTH * tiles.WIDTH
    earlier = Entry.objects.filter(index__gte=first, index__lt=before).order_by("index").values_list("data", flat=True)
    data = [bytes(one) for one in earlier] + [bytes(entry.data) for entry in entries]
    for start in range(0, len(data), tiles.WIDTH):
        part = data[start : start + tiles.WIDTH]
        path = tiles.entries_path((first + start) // tiles.WIDTH, len(part))
        publication.put(layout.log_file(path), tiles.pack_entries(part), durable=True)


def check_not_shrunk(tree: Tree) -> None:
    """A tree smaller than the one published is a restored backup: signing it would be a fork."""
    published = publication.get(layout.CHECKPOINT)
    if published is None:
        return
    known = checkpoints.parse(published)
    same = Checkpoint.objects.filter(size=known.size).first()
    if known.origin == tree.name and (known.size > tree.size or same is None or bytes(same.root) != known.root):
        raise Refused(
            _(
                "The log published {published} entries, the database holds {held}. It was restored from "
                "an older backup or changed; nothing more is signed. Restore the newest backup, or start "
                "a log with a new name."
            ),
            {"published": known.size, "held": tree.size},
            rule="log.never_shrinks",
            source="trust.md#8",
            who=_("The operator of the log."),
        )


def publish_checkpoint() -> None:
    """Put the newest signed checkpoint into place, and the log's public key beside it."""
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        return
    data = newest.note.encode()
    if publication.get(layout.CHECKPOINT) != data:
        publication.put(layout.CHECKPOINT, data)
    key = f"{custody.log_verifier_key()}\n".encode()
    if publication.get(layout.LOG_KEY) != key:
        publication.put(layout.LOG_KEY, key)
