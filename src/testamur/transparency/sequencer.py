"""The single writer of the log (trust.md 8).

Order of writes: tiles and bundles reach the disk; the database commits indexes, the signed checkpoint and which files
are owed; the checkpoint file is renamed into place; the files that rest on the entries are written. A crash between any
two is completed by the next run, of whichever process: tiles of an uncommitted size are named by no checkpoint and are
written again, a committed checkpoint that is not yet a file becomes one, and what is owed is paid.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import transaction
from django.db.models import F

from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _
from testamur.transparency import custody, proofs, publication, stored_tiles
from testamur.transparency.models import Checkpoint, Cosigner, Entry, Owed, Tree
from testamur.verification import checkpoint as checkpoints
from testamur.verification import layout, tiles
from testamur.verification.policy import Policy
from testamur.verification.tree import Frontier

log = logging.getLogger("testamur.transparency")

#: Most entries numbered under one checkpoint, so that the lock is held for a moment only.
MOST = 20_000
#: Entries whose files are written before it is noted that they are.
PAID_AT_ONCE = 500
#: Seconds for which whoever acted writes files after the act; what is left then is the worker's.
PATIENCE = 3.0

Hook = Callable[[list[Entry]], None]

_held: ContextVar[bool] = ContextVar("sequencing_held", default=False)
#: What writes files, and the types of entries it wants to see.
_after: list[tuple[Hook, frozenset[str]]] = []


def after_sequencing(hook: Hook, *types: str) -> None:
    """Let an app above write files that rest on the number or the proof of an entry.

    Args:
        hook: gets entries in the order of the log, and may get the same ones twice: after a crash, and once more when
            their proofs are final.
        types: of the entries it wants, ``"did.update"``.
    """
    if all(known is not hook for known, _types in _after):
        _after.append((hook, frozenset(types)))


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
        sequence(patience=PATIENCE)
    except Refused:
        log.exception("the log refused to grow")
    except OSError:
        log.exception("the log's files could not be written; entries wait")


def sequence(patience: float | None = None) -> int:
    """Number the entries that wait, publish the grown tree, and write the files that are owed.

    Args:
        patience: see :func:`pay`.

    Returns:
        How many entries were numbered.

    Raises:
        Refused: the tree in the database is smaller than, or inconsistent with, the one published.
        OSError: a file cannot be written; what is owed stays owed.
    """
    total = 0
    while True:
        with transaction.atomic():
            count = _grow()
        publish_checkpoint()
        pay(patience)
        if not count:
            return total
        total += count


def _grow() -> int:
    Tree.objects.get_or_create(name=custody.log_name())
    tree = Tree.objects.select_for_update(of=("self",)).get(name=custody.log_name())
    waiting = list(Entry.objects.filter(index=None).order_by("id").values_list("id", "leaf", "data")[:MOST])
    if not waiting:
        return 0
    check_not_shrunk(tree)
    before, size = tree.size, tree.size + len(waiting)
    keys, hashes, data = zip(*waiting, strict=True)
    leaves = list(map(bytes, hashes))
    grown = stored_tiles.grow(before, leaves, list(map(bytes, data)))
    frontier = Frontier.from_hex(before, tree.frontier)
    tiles.extend(frontier, leaves, grown)
    _number(keys, before)
    Checkpoint.objects.create(
        size=size,
        root=frontier.root(),
        note=checkpoints.sign(custody.log_name(), size, frontier.root(), custody.log_signer()),
        signed_at=clock.real_now(),
    )
    Owed.objects.create(first=before, end=size)
    tree.size, tree.frontier = size, frontier.hex()
    tree.save(update_fields=["size", "frontier"])
    return len(waiting)


def _number(waiting: Sequence[int], before: int) -> None:
    """Give waiting entries their indexes, in the order of their keys: one statement for keys that have no gap."""
    now, start = clock.now(), 0
    for place in range(1, len(waiting) + 1):
        if place < len(waiting) and waiting[place] == waiting[place - 1] + 1:
            continue
        rows = Entry.objects.filter(pk__range=(waiting[start], waiting[place - 1]))
        rows.update(index=F("pk") + (before + start - waiting[start]), sequenced_at=now)
        start = place


def pay(patience: float | None = None) -> None:
    """Write the files that rest on entries whose numbers or final proofs were committed.

    Rows are paid in order, and stay until their files are written: a crash is made good by whoever comes here next.

    Args:
        patience: seconds after which the rest is left to the worker; None: all of it is paid.
    """
    began = time.monotonic()
    for owed in Owed.objects.order_by("id"):
        while owed.first < owed.end:
            if patience is not None and time.monotonic() - began > patience:
                return
            end = min(owed.first + PAID_AT_ONCE, owed.end)
            wrote = _write_files(owed.first, end)
            owed.first = end
            if wrote and end < owed.end:
                # Another process may have paid all of it meanwhile and deleted the row: then nothing is written.
                Owed.objects.filter(pk=owed.pk).update(first=end)
        Owed.objects.filter(pk=owed.pk).delete()


def _write_files(first: int, end: int) -> bool:
    """Let every hook write its files for a run of entries; say whether there were any."""
    wanted = frozenset().union(*(types for _hook, types in _after))
    rows = Entry.objects.filter(index__gte=first, index__lt=end, type__in=wanted).order_by("index")
    standing = _newest_of_their_subject(list(rows))
    for hook, types in _after:
        if mine := [entry for entry in standing if entry.type in types]:
            hook(mine)
    return bool(standing)


def complete(done: Checkpoint, note: str) -> int:
    """Let a checkpoint that has its quorum prove the entries below it that no earlier one proves, once and for ever.

    Args:
        done: the checkpoint.
        note: it with the cosignatures.

    Returns:
        How many entries got their final proofs.
    """
    first = proofs.first_without()
    if first < done.size:
        with transaction.atomic():
            Tree.objects.select_for_update(of=("self",)).get(name=custody.log_name())
            first = proofs.first_without()  # under the lock it stays so
            if first >= done.size:
                return 0
            Checkpoint.objects.filter(pk=done.pk, proves_from=None).update(proves_from=first, proves=note)
            Owed.objects.create(first=first, end=done.size)
    pay()
    return max(done.size - first, 0)


def _newest_of_their_subject(entries: list[Entry]) -> list[Entry]:
    """Leave out entries that a later one has replaced: their proofs must not take the place of the later one's."""
    if not entries:
        return []
    pairs = Entry.objects.filter(
        subject__in={entry.subject for entry in entries if entry.subject}, index__gt=entries[0].index
    )
    latest: dict[tuple[str, str], int] = {}
    for type, subject, index in pairs.values_list("type", "subject", "index"):
        latest[type, subject] = max(index or 0, latest.get((type, subject), -1))
    return [entry for entry in entries if latest.get((entry.type, entry.subject), -1) <= (entry.index or 0)]


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
                source="testamur@2026-1#log",
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
