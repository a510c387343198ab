"""The log grows, shows every entry, and refuses to shrink."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings

from testamur.kernel import multibase
from testamur.kernel.refusal import Refused
from testamur.transparency import actions, custody, publication, queries, sequencer
from testamur.transparency.models import Checkpoint, Entry, Tree
from testamur.verification import checkpoint as checkpoints
from testamur.verification import layout, proof, tiles
from testamur.verification.tree import root_of

pytestmark = pytest.mark.django_db


def append(count: int) -> list[Entry]:
    return [
        actions.append("process.event", {"id": f"E{number}", "d": multibase.digest(str(number).encode())})
        for number in range(count)
    ]


def test_every_entry_gets_its_place_its_proof_and_a_signed_tree():
    append(3)

    assert actions.sequence() == 3

    published = checkpoints.parse(publication.get(layout.CHECKPOINT))
    checkpoints.check(published, custody.log_verifier_key())
    assert published.size == 3
    for entry in Entry.objects.all():
        shown = proof.parse(entry.proof)
        assert shown.includes()
        assert shown.index == entry.index
        assert shown.entry == bytes(entry.data)


@pytest.mark.parametrize("steps", [(1, 1, 1), (255, 1, 1), (256, 300), (600, 5)])
def test_a_tree_grown_in_steps_is_the_tree_of_all_its_leaves(steps):
    for count in steps:
        append(count)
        actions.sequence()

    leaves = [bytes(leaf) for leaf in Entry.objects.order_by("index").values_list("leaf", flat=True)]
    published = checkpoints.parse(publication.get(layout.CHECKPOINT))
    assert published.root == root_of(leaves)
    bundles = [
        entry
        for index, width in tiles.widths(len(leaves))
        for entry in tiles.unpack_entries(publication.get(layout.log_file(tiles.entries_path(index, width))))
    ]
    assert bundles == [bytes(data) for data in Entry.objects.order_by("index").values_list("data", flat=True)]


def test_nothing_waiting_means_nothing_signed():
    assert actions.sequence() == 0
    assert not Checkpoint.objects.exists()


def test_a_database_restored_from_an_older_backup_signs_nothing():
    append(5)
    actions.sequence()
    Entry.objects.filter(index__gte=3).delete()
    Checkpoint.objects.all().delete()
    Tree.objects.update(size=3)
    append(4)

    with pytest.raises(Refused, match="older backup"):
        actions.sequence()


def test_a_tree_as_large_as_the_published_one_but_another_is_not_signed_on():
    """A backup was restored and other entries took the place of the lost ones, past the published size."""
    append(5)
    actions.sequence()
    published = publication.get(layout.CHECKPOINT), publication.get(layout.CHECKPOINT_NEXT)
    Entry.objects.all().delete()
    Checkpoint.objects.all().delete()
    Tree.objects.update(size=0, frontier=[])
    for path in (layout.CHECKPOINT, layout.CHECKPOINT_NEXT):
        (Path(settings.PUBLIC_DIR) / path).unlink()
    for number in range(7):
        actions.append("process.event", {"id": f"X{number}", "d": multibase.digest(b"other")})
    actions.sequence()
    for path, data in zip((layout.CHECKPOINT, layout.CHECKPOINT_NEXT), published, strict=True):
        publication.put(path, data)
    append(1)

    with pytest.raises(Refused, match="older backup"):
        actions.sequence()
    assert Tree.objects.get().size == 7


def test_files_that_a_killed_process_owed_are_written_by_whoever_comes_next(monkeypatch):
    seen = []
    monkeypatch.setattr(
        sequencer, "_after", [(lambda entries: seen.append(len(entries)), frozenset({"process.event"}))]
    )
    with monkeypatch.context() as killed:
        killed.setattr(sequencer, "pay", lambda *_patience: None)
        append(3)
        actions.sequence()
    assert seen == []

    actions.sequence()
    actions.sequence()

    assert seen == [3]


def test_what_a_killed_process_left_half_written_is_swept_once_nobody_can_be_writing_it():
    left = Path(settings.PUBLIC_DIR) / publication.FRESH / ".new-left"
    publication.put("a", b"a")
    left.write_bytes(b"half")
    assert publication.sweep() == 0
    os.utime(left, (1, 1))

    assert publication.sweep() == 1
    assert not left.exists()


def test_a_checkpoint_that_never_became_a_file_becomes_one_on_the_next_run():
    append(2)
    actions.sequence()
    (settings.PUBLIC_DIR / "log" / "checkpoint").unlink()

    actions.sequence()

    assert checkpoints.parse(publication.get(layout.CHECKPOINT)).size == 2


def test_an_entry_changed_in_the_database_is_named():
    entry = append(2)[1]
    actions.sequence()
    Entry.objects.filter(pk=entry.pk).update(data=bytes(entry.data).replace(b"E1", b"EX"))

    assert [one.pk for one in queries.altered()] == [entry.pk]


def test_many_acts_in_a_row_are_numbered_once():
    with sequencer.held():
        append(3)
        sequencer.soon()
        assert not Checkpoint.objects.exists()


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", ""])
def test_the_public_site_has_no_way_out(path):
    with pytest.raises(ValueError, match="not a path of the public site"):
        publication.put(path, b"x")
