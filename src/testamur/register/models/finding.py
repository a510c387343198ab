"""What keeps the index of the register current. The index itself is the database's own (``register.finding``)."""

from __future__ import annotations

from django.db import models


class Waiting(models.Model):
    """A record whose present state the index does not know yet; triggers on ``Current`` write it."""

    attestation_id = models.BigIntegerField(primary_key=True)  # no relation: bulk writers shall pay for one row only
    before = models.JSONField(null=True)  # the indexed state, where the engine must name it


class Frequency(models.Model):
    """In how many records about a common token stands, estimated from a sample; tokens not listed are rare."""

    token = models.CharField(max_length=200, primary_key=True)
    records = models.PositiveIntegerField()


class HolderName(models.Model):
    """A name under which somebody holds a public record, each once: what is suggested while somebody types."""

    key = models.CharField(max_length=250, unique=True)  # folded
    name = models.CharField(max_length=500)


class NameBlock(models.Model):
    """Which names of a segment hold a piece (``finding.near``)."""

    pk = models.CompositePrimaryKey("piece", "segment")
    piece = models.BigIntegerField()
    segment = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    names = models.BinaryField()  # places in the segment, two bytes each, ascending; empty where there are too many


class NameSegment(models.Model):
    """How far a segment of names is written into blocks."""

    segment = models.PositiveIntegerField(primary_key=True)
    newest = models.BigIntegerField()  # identity of the last name that is in them
    count = models.PositiveIntegerField()
