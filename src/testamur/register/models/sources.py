"""Who tells of attestations that were not issued here, how their rows are read, and what they delivered."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.files.models import StoredFile
from testamur.journal.models import AppendOnly, Recorded
from testamur.kernel.identity import public_id
from testamur.kernel.words import Origin
from testamur.parties.models import Organisation
from testamur.transparency.models import Entry

#: Native attestations have no source.
TOLD = [(origin.value, origin.value) for origin in Origin if origin is not Origin.NATIVE]


class Source(models.Model):
    """A body that reports its own attestations, or a register that is mirrored."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    key = models.CharField(max_length=80, unique=True)  # "common-criteria", or the public id of the body that reports
    origin = models.CharField(max_length=12, choices=TOLD)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="sources")
    names = models.JSONField()  # {bcp47: text}, as in "mirrored from …"
    attribution = models.CharField(max_length=300, blank=True)  # licence and whom to name
    duty_days = models.PositiveSmallIntegerField(null=True)  # it must deliver within so many days; None: no duty

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reporting_body_is_known", condition=~Q(origin="reported") | Q(organisation__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Mapping(AppendOnly):
    """How the rows of a source are read, kept once and used again; a change is a new version."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="mappings")
    version = models.PositiveIntegerField()  # 1, 2, 3 …
    body = models.JSONField()  # as TOML reads; see register.reporting.mapping
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical body

    class Meta:
        ordering = ["source_id", "version"]
        constraints = [models.UniqueConstraint(fields=["source", "version"], name="mapping_version_once")]


class Delivery(Recorded):
    """One file or call of a source: read, judged, looked at, and then committed, or not."""

    class State(models.TextChoices):
        RECEIVED = "received"  # stored; not read yet
        JUDGED = "judged"  # read: what would happen is known, nothing has happened
        COMMITTING = "committing"  # writing; goes on after a crash at ``written``
        COMMITTED = "committed"
        REFUSED = "refused"  # nothing of it may come in; ``refusal`` says why
        GIVEN_UP = "given_up"  # by whoever sent it

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="deliveries")
    mapping = models.ForeignKey(Mapping, on_delete=models.PROTECT, related_name="deliveries")
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")  # None: a call's rows
    name = models.CharField(max_length=200, blank=True)  # of the file, as sent
    once = models.CharField(max_length=80, blank=True)  # idempotency key of the caller
    by_membership = models.PositiveBigIntegerField(null=True)  # None: the platform
    as_of = models.DateField()  # day for which the source states the rows
    whole = models.BooleanField(default=False)  # a snapshot: what it does not list is gone
    feed = models.BooleanField(default=False)  # a change feed: what happened, row by row, up to ``as_of``
    begins_on = models.DateField(null=True)  # of a feed: the day of its first row
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    refusal = models.JSONField(default=dict)  # {"message", "facts"} where refused
    override = models.CharField(max_length=300, blank=True)  # why a suspiciously short snapshot was let in
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of the canonical rows, in order
    rows = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # {"new", "changed", "renewed", "status", "gone", "returned", "unchanged",
    # "rejected", "remarked", "folded", "held": absences that are not taken for gone, "unnamed": broken rows whose
    # record is unknown}
    fed = models.JSONField(default=dict)  # of a snapshot after feeds: {"feeds": how many, "since", "until": ISO days}
    written = models.PositiveIntegerField(default=0)  # rows written so far
    committed_at = models.DateTimeField(null=True)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "digest"], condition=Q(state__in=["committing", "committed"]), name="delivered_once"
            ),
            models.UniqueConstraint(fields=["source", "once"], condition=~Q(once=""), name="delivery_key_once"),
            models.CheckConstraint(name="feed_is_no_snapshot", condition=Q(feed=False) | Q(whole=False)),
        ]


class Remark(AppendOnly):
    """What is wrong with a row of a delivery: it was rejected, or came in with something to look at."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="remarks")
    rejects = models.BooleanField()
    row = models.PositiveIntegerField()  # of the record, the header being 1
    line = models.PositiveIntegerField()  # of the file on which the record ends
    field = models.CharField(max_length=120, blank=True)  # column of the source
    code = models.CharField(max_length=40)  # of the check: "day_unreadable"
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["delivery_id", "row", "id"]
        indexes = [models.Index(fields=["delivery", "code"])]
