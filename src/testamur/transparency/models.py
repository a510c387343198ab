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
    proof = models.TextField(blank=True)  # c2sp.org/tlog-proof@v1, made once, right after sequencing, kept for ever
    recorded_at = models.DateTimeField(default=clock.now, editable=False)
    sequenced_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["index", "id"])]


class Checkpoint(models.Model):
    """A signed statement of the tree's size and root; the newest one is the file served as ``/log/checkpoint``."""

    size = models.PositiveBigIntegerField(unique=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField()  # signed note, with its signatures
    signed_at = models.DateTimeField(editable=False)  # real time, even in a sample world

    class Meta:
        ordering = ["size"]


class Tree(models.Model):
    """The one row that the sequencer locks: how far the tree has grown, and its right edge."""

    name = models.CharField(max_length=200, unique=True)  # "sample.testamur.example/log"
    size = models.PositiveBigIntegerField(default=0)
    frontier = models.JSONField(default=list)  # hex hashes of the perfect subtrees, largest first
