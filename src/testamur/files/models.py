"""Stored files, by SHA-256. Whoever refers to one decides who may read it."""

from __future__ import annotations

from django.db import models

from testamur.journal.models import AppendOnly


class StoredFile(AppendOnly):
    """Bytes that never change; the same bytes are stored once. Names belong to the rows that refer to it."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()  # bytes
    media_type = models.CharField(max_length=120)  # found in the bytes, never taken from the sender

    class Meta:
        constraints = [models.CheckConstraint(name="file_not_empty", condition=models.Q(size__gt=0))]

    def __str__(self) -> str:
        return f"{self.media_type} {self.sha256[:12]}"
