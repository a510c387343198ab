"""The log this installation keeps. It knows bytes and types of entries, and no certificate (trust.md 4.4, 4.5, 8)."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from testamur.kernel import clock


class Entry(models.Model):
    """One public entry: exact JCS bytes, appended in the transaction that did the act, numbered by the sequencer."""

    data = models.BinaryField()  # < 64 KiB
    type = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=200, blank=True, db_index=True)  # public id or address the entry is about
    leaf = models.BinaryField(max_length=32)  # SHA-256(0x00 || data)
    index = models.PositiveBigIntegerField(null=True, unique=True)
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    sequenced_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(index=None), name="entry_waiting"),
        ]

    @property
    def proof(self) -> str:
        """The ``.tlog-proof`` file of this entry, "" while it has no number; once final it never changes again."""
        from testamur.transparency import proofs

        return self.__dict__.get(proofs.READ) or proofs.of(self)

    @property
    def cosigned_at(self) -> datetime | None:
        """Real time at which the checkpoint of its final proof had its quorum; None while the proof is not final."""
        from testamur.transparency import proofs

        return proofs.final_since(self)


class Checkpoint(models.Model):
    """A signed statement of the tree's size and root; the newest one is the file served as ``/log/checkpoint``."""

    size = models.PositiveBigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()  # note signed by the log alone; cosignatures are rows of their own
    signed_at = models.DateTimeField(editable=False)  # real time, even in a sample world
    cosigned_at = models.DateTimeField(null=True, editable=False)  # real time it had a quorum
    #: Entries from here to ``size`` have their final proofs under ``proves``; None where they have them under others.
    proves_from = models.PositiveBigIntegerField(null=True, editable=False)
    proves = models.TextField(blank=True)  # the note with the cosignatures it had then: frozen, as those proofs are

    class Meta:
        ordering = ["size"]
        indexes = [
            models.Index(fields=["size"], condition=models.Q(proves_from__isnull=False), name="checkpoint_proves")
        ]


class Owed(models.Model):
    """Entries whose number or final proof is committed and whose files may not be on disk yet.

    Written in the transaction that owes them, deleted when they lie there: whoever runs next pays for a crash.
    """

    first = models.PositiveBigIntegerField()  # index of the first entry
    end = models.PositiveBigIntegerField()  # index after the last one

    class Meta:
        ordering = ["id"]


class Tree(models.Model):
    """The one row that the sequencer locks: how far the tree has grown, and its right edge."""

    name = models.CharField(max_length=200, unique=True)  # "sample.testamur.example/log"
    size = models.PositiveBigIntegerField(default=0)
    frontier = models.JSONField(default=list)  # hex hashes of the perfect subtrees, largest first


class Cosigner(models.Model):
    """What we know of a cosigner of the policy: how far it has followed us, and whether it answers."""

    key = models.CharField(max_length=300, unique=True)  # verifier key of the policy
    size = models.PositiveBigIntegerField(default=0)  # of the newest checkpoint it has seen, as it says itself
    answered_at = models.DateTimeField(null=True, editable=False)  # real time of its last cosignature
    asked_at = models.DateTimeField(null=True, editable=False)
    failures = models.PositiveIntegerField(default=0)  # in a row
    problem = models.CharField(max_length=300, blank=True)  # of the last failure, in English, for operators
    contradiction = models.TextField(blank=True)  # a checkpoint we signed and no longer hold; nothing is signed then

    class Meta:
        ordering = ["id"]


class Cosignature(models.Model):
    """One cosigner's line under one checkpoint."""

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="cosignatures")
    cosigner = models.ForeignKey(Cosigner, on_delete=models.PROTECT, related_name="cosignatures")
    line = models.TextField()
    seen_at = models.DateTimeField()  # the cosigner's own clock

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["checkpoint", "cosigner"], name="one_cosignature_each")]
