"""Documents under control: versions, who gets them, who read them, who was trained (ISO 9001:2015, 7.2 and 7.5)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.files.models import StoredFile
from testamur.improvement.models.processes import Process
from testamur.journal.models import AppendOnly
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation


class ControlledDocument(Act):
    """A document under control: what stays the same from version to version."""

    class Kind(models.TextChoices):
        POLICY = "policy"
        PROCEDURE = "procedure"
        INSTRUCTION = "instruction"
        FORM = "form"
        DRAWING = "drawing"
        EXTERNAL = "external"

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="controlled_documents")
    number = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    keeper = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    process = models.ForeignKey(Process, null=True, blank=True, on_delete=models.PROTECT, related_name="documents")
    review_months = models.PositiveSmallIntegerField(default=24)  # calendar months from one review to the next
    withdrawn_on = models.DateField(null=True, blank=True)  # first day on which no version is in force
    withdrawn_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="controlled_document_numbered_once")
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class DocumentVersion(Act):
    """One version: drafted, submitted, approved by somebody else than its author, in force from a day.

    Which version is in force on a day is not kept but read from the days, so there is never more than one.
    """

    document = models.ForeignKey(ControlledDocument, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()  # 1, 2, …
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)  # of the file
    changed = models.CharField(max_length=500)  # what is different from the version before, and why
    author = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    returned_because = models.CharField(max_length=500, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    in_force_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["document_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["document", "number"], name="document_version_numbered_once"),
            models.UniqueConstraint(fields=["document", "in_force_on"], name="one_version_in_force_from_a_day"),
            models.CheckConstraint(
                name="approved_version_says_by_whom_and_from_when",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True, in_force_on__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False, in_force_on__isnull=False),
            ),
            models.CheckConstraint(
                name="nobody_approves_their_own_version",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("author")),
            ),
        ]


class Distribution(Act):
    """Somebody gets a document: a member, or whoever holds a function. Each acknowledges every version."""

    document = models.ForeignKey(ControlledDocument, on_delete=models.PROTECT, related_name="distributions")
    member = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    function = models.CharField(max_length=20, blank=True)  # of kernel.words.Function
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="distributed_to_a_member_or_a_function",
                condition=Q(member__isnull=False, function="") | (Q(member__isnull=True) & ~Q(function="")),
            ),
        ]


class Acknowledgement(AppendOnly):
    """A member says to have read a version."""

    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="acknowledgements")
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["version", "by"], name="version_acknowledged_once")]


class Training(AppendOnly):
    """Who was trained on which version, by whom, and how it was checked that it helped (7.2 c, d).

    ``effective`` is None where it was not checked yet; a later row says what the check found.
    """

    version = models.ForeignKey(DocumentVersion, on_delete=models.PROTECT, related_name="trainings")
    trained = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    trained_on = models.DateField()
    trainer = models.CharField(max_length=120)
    checked = models.CharField(max_length=500, blank=True)  # how: a test, work watched, a result
    effective = models.BooleanField(null=True)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["trained_on", "id"]


class DocumentReview(AppendOnly):
    """Somebody looked whether a document still fits: it does, or it needs a new version."""

    document = models.ForeignKey(ControlledDocument, on_delete=models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    fits = models.BooleanField()
    note = models.CharField(max_length=500)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["reviewed_on", "id"]
