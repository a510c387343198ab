"""Self-assessments with their answers, the benchmark and who takes part in it, plans, folders, advice."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.files.models import StoredFile
from testamur.improvement.models import ControlledDocument
from testamur.journal.models import AppendOnly
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Engagement, Membership, Organisation


class Assessment(Act):
    """A self-assessment by one version of a questionnaire. Finished it is frozen: answers and scores stay."""

    class Form(models.TextChoices):
        FULL = "full"
        SHORT = "short"

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="assessments")
    questionnaire = models.CharField(max_length=40)  # id of a file of the library
    edition = models.CharField(max_length=20)  # its version
    form = models.CharField(max_length=5, choices=Form.choices)
    finished_at = models.DateTimeField(null=True, blank=True)
    finished_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    total = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)  # 0 to 100
    scores = models.JSONField(default=dict)  # group → score 0 to 100 as text; groups without a score are left out
    rank = models.JSONField(default=list)  # ids of questions in the order the firm chose; empty: as computed

    class Meta:
        ordering = ["-effective_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="finished_assessment_says_by_whom",
                condition=Q(finished_at__isnull=True, finished_by__isnull=True)
                | Q(finished_at__isnull=False, finished_by__isnull=False),
            )
        ]


class Answer(models.Model):
    """The answer to one question; changes until the assessment is finished."""

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="answers")
    question = models.CharField(max_length=40)
    value = models.CharField(max_length=6)  # yes, partly, no, na; 1 to 5; first percent of a band
    reason = models.CharField(max_length=500, blank=True)  # why it is not applicable; a note otherwise
    answered_by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["assessment", "question"], name="one_answer_a_question")]


class Participation(Act):
    """An organisation lets its finished assessments count in the benchmark, until it takes that back."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="benchmark_participations")
    section = models.CharField(max_length=1)  # of GB/T 4754, as the organisation said
    size = models.CharField(max_length=10)  # of benchmark.SIZES
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(withdrawn_at__isnull=True), name="one_living_participation"
            )
        ]


class Release(AppendOnly):
    """Figures of one cell of the benchmark as they were let out; ``members`` are never shown to anybody.

    Section and size "" stand for all.
    """

    questionnaire = models.CharField(max_length=40)
    section = models.CharField(max_length=2, blank=True)  # GB/T 4754
    size = models.CharField(max_length=10, blank=True)
    members = models.JSONField()  # {organisation pk: assessment pk} that went in
    unscored = models.JSONField(default=dict)  # group → pks of members without a score of it
    figures = models.JSONField()  # group or "total" → {"q1", "median", "q3"}, whole multiples of the grain

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["questionnaire", "section", "size"])]


class PlanItem(Act):
    """Something the firm decided to do: who, by when, and what came of it."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="plan_items")
    assessment = models.ForeignKey(
        Assessment, null=True, blank=True, on_delete=models.PROTECT, related_name="plan_items"
    )
    question = models.CharField(max_length=40, blank=True)
    clause = models.CharField(max_length=12, blank=True)  # of ISO 9001
    what = models.CharField(max_length=300)
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="plan_items")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=1000, blank=True)  # what came of it
    dropped_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "question"],
                condition=Q(dropped_at__isnull=True, assessment__isnull=False),
                name="one_living_plan_item_a_question",
            )
        ]


class FolderPaper(Act):
    """A file, a note or a document under control laid into the folder for the auditor, under a clause.

    Of a document the version in force on the day counts, whichever that is.
    """

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="folder_papers")
    clause = models.CharField(max_length=12)
    title = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    file = models.ForeignKey(StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255, blank=True)  # of the file, as it was called
    document = models.ForeignKey(ControlledDocument, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="folder_paper_is_a_document_or_a_paper", condition=Q(document=None) | Q(file=None, name="")
            ),
            models.UniqueConstraint(
                fields=["organisation", "clause", "document"],
                condition=Q(removed_at__isnull=True, document__isnull=False),
                name="one_living_document_a_clause",
            ),
        ]


class Grant(Act):
    """An organisation lets another one look at an assessment until a day."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="grants")
    to = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="assessment_grants")
    until_day = models.DateField()  # last day included
    fee_tied = models.BooleanField(default=False)  # the fee for the help depends on certification
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment", "to"], condition=Q(revoked_at__isnull=True), name="one_living_grant"
            )
        ]


class Advice(AppendOnly):
    """One sentence of advice by somebody who was let in: generic, or a solution for this firm.

    Source: ISO/IEC 17021-1:2015, 3.3 note 2. It is kept here, apart from the findings of any audit.
    """

    class Kind(models.TextChoices):
        GENERIC = "generic"
        SPECIFIC = "specific"

    class About(models.TextChoices):
        MATURITY = "maturity"
        BENCHMARK = "benchmark"
        OPPORTUNITY = "opportunity"
        METHOD = "method"
        SOLUTION = "solution"

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="advice")
    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="advice")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    about = models.CharField(max_length=12, choices=About.choices)
    question = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=500)
    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField()
    engagements = models.ManyToManyField(Engagement, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="solution_is_client_specific", condition=Q(kind="specific") | ~Q(about="solution")
            )
        ]
