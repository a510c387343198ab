"""The single writer of the log (trust.md 8).

Order of writes: tiles and bundles reach the disk; the database commits indexes, proofs and the signed checkpoint; the
checkpoint file is renamed into place. A crash between any two is completed by the next run: tiles of an uncommitted
size are named by no checkpoint and are written again, a committed checkpoint that is not yet a file becomes one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.transparency import custody, publication
from testamur.transparency.models import Checkpoint, Cosigner, Entry, Tree
from testamur.verification import checkpoint as checkpoints
from testamur.verification import layout, proof, tiles
from testamur.verification.policy import Policy
from testamur.verification.tree import Frontier

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
    proofs = proof.format_run([bytes(entry.data) for entry in entries], before, size, reader, note)
    for offset, entry in enumerate(entries):
        entry.index, entry.sequenced_at, entry.proof = before + offset, now, proofs[offset]
    indexes = range(before, size)
    _write_rows(entries, index=indexes, sequenced_at=[_instant(now)] * len(entries), proof=proofs)
    Checkpoint.objects.create(size=size, root=frontier.root(), note=note, signed_at=clock.real_now())
    tree.size, tree.frontier = size, frontier.hex()
    tree.save(update_fields=["size", "frontier"])
    return entries


def _write_rows(entries: list[Entry], **columns: Sequence[Any]) -> None:
    """Set columns of many rows by one prepared statement; the ORM would write a CASE as long as a book.

    Args:
        entries: the rows.
        columns: values by column name, in the order of the rows, as the database takes them.
    """
    quoted = connection.ops.quote_name
    assigned = ", ".join(f"{quoted(name)} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {quoted(Entry._meta.db_table)} SET {assigned} WHERE {quoted('id')} = %s",
            list(zip(*columns.values(), [entry.pk for entry in entries], strict=True)),
        )


def _instant(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def complete(done: Checkpoint, note: str) -> int:
    """Give the entries below a checkpoint that has its quorum their final proofs, once and for ever.

    Args:
        done: the checkpoint.
        note: it with the cosignatures.

    Returns:
        How many entries got theirs; at most ``MOST`` in one go, so that the lock is held for a moment only.
    """
    with transaction.atomic():
        Tree.objects.select_for_update(of=("self",)).get(name=custody.log_name())
        entries = list(Entry.objects.filter(index__lt=done.size, cosigned_at=None).order_by("index")[:MOST])
        if not entries:
            return 0
        reader, now = tiles.hash_reader(done.size, read_tile), clock.real_now()
        for run in _runs(entries):
            data = [bytes(entry.data) for entry in run]
            for entry, made in zip(
                run, proof.format_run(data, run[0].index or 0, done.size, reader, note), strict=True
            ):
                entry.proof, entry.cosigned_at = made, now
        proofs = [entry.proof for entry in entries]
        _write_rows(entries, proof=proofs, cosigned_at=[_instant(now)] * len(entries))
    standing = _newest_of_their_subject(entries)
    for hook in _after:
        hook(standing)
    return len(entries)


def _runs(entries: list[Entry]) -> Iterator[list[Entry]]:
    """Yield the entries in runs whose indexes follow one another."""
    run: list[Entry] = []
    for entry in entries:
        if run and entry.index != (run[-1].index or 0) + 1:
            yield run
            run = []
        run.append(entry)
    yield run


def _newest_of_their_subject(entries: list[Entry]) -> list[Entry]:
    """Leave out entries that a later one has replaced: their proofs must not take the place of the later one's."""
    pairs = Entry.objects.filter(
        subject__in={entry.subject for entry in entries if entry.subject}, index__gt=entries[0].index
    )
    latest: dict[tuple[str, str], int] = {}
    for type, subject, index in pairs.values_list("type", "subject", "index"):
        latest[type, subject] = max(index or 0, latest.get((type, subject), -1))
    return [entry for entry in entries if latest.get((entry.type, entry.subject), -1) <= (entry.index or 0)]


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
    """A tree smaller than the published one, or than a cosigner saw, is a restored backup: to sign it is to fork."""
    signed = [publication.get(layout.CHECKPOINT), publication.get(layout.CHECKPOINT_NEXT)]
    signed += [
        note.encode() for note in Cosigner.objects.exclude(contradiction="").values_list("contradiction", flat=True)
    ]
    for data in signed:
        if data is None:
            continue
        known = checkpoints.parse(data)
        if known.origin == tree.name and not holds(known, tree):
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


def holds(known: checkpoints.Checkpoint, tree: Tree) -> bool:
    """Say whether the tree in the database is, or grew out of, the one of a checkpoint."""
    if known.size > tree.size:
        return False
    same = Checkpoint.objects.filter(size=known.size).first()
    return same is not None and bytes(same.root) == known.root


def publish_checkpoint() -> None:
    """Put checkpoint, log key and policy into place.

    ``log/checkpoint`` is the newest with a quorum of cosignatures; while none has one (nobody cosigns yet) it is the
    newest. ``log/checkpoint.next`` is the newest that the log signed, whoever has cosigned it so far.
    """
    newest = Checkpoint.objects.order_by("-size").first()
    if newest is None:
        return
    policy = custody.cosigning_policy()
    shown = Checkpoint.objects.filter(cosigned_at__isnull=False).order_by("-size").first() if policy.quorum else newest
    _put(layout.CHECKPOINT_NEXT, cosigned_note(newest, policy))
    _put(layout.CHECKPOINT, cosigned_note(shown or newest, policy))
    _put(layout.LOG_KEY, f"{custody.log_verifier_key()}\n")
    _put(layout.LOG_POLICY, policy.text(custody.log_verifier_key(), addresses=False))


def cosigned_note(one: Checkpoint, policy: Policy) -> str:
    """Return a checkpoint with the lines of the policy's cosigners, in the policy's order."""
    if not policy.cosigners:
        return one.note
    lines = dict(one.cosignatures.values_list("cosigner__key", "line"))
    return one.note + "".join(lines.get(str(key), "") for key in policy.keys)


def _put(path: str, text: str) -> None:
    data = text.encode()
    if publication.get(path) != data:
        publication.put(path, data)
