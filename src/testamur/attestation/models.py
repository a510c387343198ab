"""What issuing needs to remember: numbers, status-list slots, published lists, standing instructions."""

from __future__ import annotations

from django.db import models

from testamur.files.models import StoredFile
from testamur.journal.models import AppendOnly, Recorded
from testamur.parties.models import Act, Membership, Organisation
from testamur.register.models import Credential
from testamur.transparency.models import Entry


class Series(models.Model):
    """The last serial number given within one number format, issuer and period."""

    key = models.CharField(max_length=200, unique=True)  # issuer, scheme, the number with its serial left out
    last = models.PositiveBigIntegerField(default=0)


class Slot(models.Model):
    """A place in the status lists of an issuer, drawn at random, given once."""

    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    shard = models.PositiveIntegerField(default=1)
    index = models.PositiveIntegerField()
    credential = models.CharField(max_length=10, blank=True)  # public id
    revoked = models.BooleanField(default=False)
    suspended = models.BooleanField(default=False)
    superseded = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "shard", "index"], name="slot_once")]


class StatusList(Recorded):
    """A published version of one status list; each is logged, so that back-dating a status shows."""

    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=12)  # revocation, suspension, superseded
    shard = models.PositiveIntegerField(default=1)
    jwt = models.TextField()
    proof = models.JSONField(default=dict)  # of the twin, eddsa-jcs-2022; empty where the key is no Ed25519 key
    digest = models.CharField(max_length=60)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["issuer", "purpose", "shard", "id"])]


class Statement(Recorded):
    """A history statement of a credential, as logged: every change of its status. Re-signed for freshness."""

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="statements")
    body = models.JSONField()  # without its validity: what the entry commits to
    digest = models.CharField(max_length=60)
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]


class Approval(Act):
    """One of the two persons who approve an issue, where the issuer lets two do it: the proposer, then another."""

    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=80, db_index=True)  # "decision:<id>", "appeal:<id>", "part:<id>:<site>" …
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    proposes = models.BooleanField()
    sites = models.JSONField(default=list)  # public ids of sites proposed for sub-certificates

    class Meta:
        ordering = ["id"]


class StandingInstruction(Act):
    """A body signed beforehand that the platform carries out one ground in its name (amendments A2)."""

    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="standing_instructions")
    scheme = models.CharField(max_length=60)
    ground = models.CharField(max_length=60)
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")


class Rendition(AppendOnly):
    """One form in which an edition is handed out: the credential counts, this is how it looks.

    Never made twice for a credential and format; a body that gains a seal seals what it issues from then on. Only where
    the key of the issuer's mark was revoked another one is made, with the mark of the key in use.
    """

    class Format(models.TextChoices):
        PDF = "pdf"  # PDF/A-3b; another format is another maker in renditions.MAKERS

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="renditions")
    format = models.CharField(max_length=8, choices=Format.choices)
    languages = models.JSONField()  # ["zh", "en"]: on the sheet, first one first
    prevails = models.CharField(max_length=12)  # the language whose text counts where they differ
    seals = models.JSONField(default=list)  # [{"name", "certificate": SHA-256 of the X.509 certificate, hex}]
    digest = models.CharField(max_length=64)  # SHA-256 of the file, hex
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    thumbprint = models.CharField(max_length=60, blank=True)  # of the key that made the issuer's mark

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["credential", "format", "thumbprint"], name="rendition_once")]


class PrintRun(Act):
    """Copies of a certificate on numbered sheets of paper: by whom, when, from which number to which."""

    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="print_runs")
    series = models.CharField(max_length=20, blank=True)  # letters before the number, as the sheets bear them
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="print_run_in_order", condition=models.Q(last__gte=models.F("first"))),
            models.UniqueConstraint(fields=["credential", "series", "first"], name="print_run_once"),
        ]


class VoidedCopies(Act):
    """Sheets of a run that count no longer: misprinted, lost, returned."""

    run = models.ForeignKey(PrintRun, on_delete=models.PROTECT, related_name="voided")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    reason = models.CharField(max_length=400)

    class Meta:
        ordering = ["id"]
