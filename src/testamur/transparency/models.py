"""The log this installation keeps. It knows bytes and types of entries, and no certificate (trust.md 4.4, 4.5, 8)."""

from __future__ import annotations

from django.db import models

from testamur.kernel import clock


class Entry(models.Model):
    """One public entry: exact JCS bytes, appended in the transaction that did the act, numbered by the sequencer."""

    data = models.BinaryField()  # < 64 KiB
    type = models.CharField(max_length=40, db_index=True)
    subject = models.CharField(max_length=200, blank=True, db_index=True)  # public id or address the entry is about
    leaf = models.BinaryField(max_length=32)  # SHA-256(0x00 || data)
    index = models.PositiveBigIntegerField(null=True, unique=True)
    proof = models.TextField(blank=True)  # c2sp.org/tlog-proof@v1; from cosigned_at on it never changes again
    cosigned_at = models.DateTimeField(null=True, editable=False)  # real time its proof got the quorum's cosignatures
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    sequenced_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["index", "id"]),
            models.Index(fields=["index"], condition=models.Q(cosigned_at=None), name="entry_uncosigned"),
        ]


class Checkpoint(models.Model):
    """A signed statement of the tree's size and root; the newest one is the file served as ``/log/checkpoint``."""

    size = models.PositiveBigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()  # note signed by the log alone; cosignatures are rows of their own
    signed_at = models.DateTimeField(editable=False)  # real time, even in a sample world
    cosigned_at = models.DateTimeField(null=True, editable=False)  # real time it had a quorum

    class Meta:
        ordering = ["size"]


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
