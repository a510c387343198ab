"""Visits, activities, evidence, findings, corrective action (ISO/IEC 17000, A.3 determination)."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models import Q

from testamur.files.models import StoredFile
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation, Person, Site
from testamur.register.models import Attestation
from testamur.selection.models import Case, PlannedVisit


class Visit(Act):
    """A visit stands alone; activities join it to cases, so that one visit serves several."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    planned = models.OneToOneField(PlannedVisit, null=True, on_delete=models.PROTECT, related_name="visit")
    visited = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="visits")
    where = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="visit_ends_after_start",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=models.F("started_at")),
            )
        ]


class Attendance(Act):
    """A person signed in at a site, and out. Position is kept as inside or outside the site's radius only."""

    class Position(models.TextChoices):
        INSIDE = "inside"
        OUTSIDE = "outside"
        UNKNOWN = "unknown"

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="attendances")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="attendances")
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    position = models.CharField(max_length=8, choices=Position.choices, default=Position.UNKNOWN)
    remark = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="leaves_after_arriving", condition=Q(left_at__isnull=True) | Q(left_at__gte=models.F("arrived_at"))
            )
        ]


class Activity(Act):
    """An activity of the scheme done for a case: audit, test, inspection, examination, witness assessment …"""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="activities")
    activity = models.CharField(max_length=60)  # id of the scheme's [[activity]]
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="activities")
    performer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(Attestation, null=True, on_delete=models.PROTECT, related_name="+")  # performer's
    witnesses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="witnessed_by")
    started_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)
    report = models.TextField(blank=True)
    facts = models.JSONField(default=dict)  # {"test.passed": true, "exam.percent": "82"}: what conditions ask
    passed = models.BooleanField(null=True)
    completed_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    completed_at = models.DateTimeField(null=True, blank=True)
    round = models.PositiveIntegerField(default=1)  # a repeated activity counts up
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["started_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "activity", "round"], name="activity_round_once"),
            models.CheckConstraint(
                name="activity_days_in_order",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=models.F("started_on")),
            ),
            models.CheckConstraint(
                name="completed_says_who",
                condition=Q(completed_at__isnull=True, completed_by__isnull=True)
                | Q(completed_at__isnull=False, completed_by__isnull=False),
            ),
        ]


class TestLine(Act):
    """One line of test evidence: authority is judged per line (amendments A13)."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="test_lines")
    clause = models.CharField(max_length=60)
    method = models.CharField(max_length=160)  # document key or method code
    laboratory = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    subcontractor = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=200)
    limit = models.CharField(max_length=200, blank=True)
    passed = models.BooleanField()
    tested_on = models.DateField()
    authority = models.ForeignKey(Attestation, null=True, on_delete=models.PROTECT, related_name="+")
    arrangement = models.CharField(max_length=60, blank=True)  # foreign result accepted through this arrangement
    report_number = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["id"]


class Evidence(Act):
    """A file or paper that supports what was determined. ``effective_at``: when it came to be;
    ``recorded_at``: received."""

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=40)  # word of the scheme: attendance, checklist, documents, photographs …
    title = models.CharField(max_length=255)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255, blank=True)
    location = models.JSONField(default=dict, blank=True)  # of paper: archive number, box, custodian, pages
    clauses = models.JSONField(default=list)  # clauses it serves, several allowed
    client_key = models.CharField(max_length=40, blank=True)  # set on site; the same record twice is one record

    @property
    def late(self) -> bool:
        """Say whether it was received after its activity was completed, or more than a day after it came to be."""
        completed = self.activity.completed_at
        if completed is not None and self.recorded_at > completed:
            return True
        return self.recorded_at - self.effective_at > timedelta(days=1)

    class Meta:
        constraints = [
            models.CheckConstraint(name="evidence_is_somewhere", condition=Q(file__isnull=False) | ~Q(location={})),
            models.UniqueConstraint(
                fields=["activity", "client_key"], condition=~Q(client_key=""), name="same_evidence_once"
            ),
        ]


class Exhibit(Act):
    """What the client puts forward as evidence of its own: a study, computed and frozen, with the digest of its file.

    The team judges it; it is no evidence that the team recorded. Taken back, it stays on record.
    """

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="exhibits")
    kind = models.CharField(max_length=40)  # what can read the file: "study"
    title = models.CharField(max_length=255)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    clauses = models.JSONField(default=list)  # clauses it is meant to serve
    facts = models.JSONField(default=list)  # [{"label", "value"}] shown before the file is opened, most telling first
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "file"], condition=Q(taken_back_at__isnull=True), name="same_exhibit_once"
            )
        ]


class Finding(Act):
    """A finding, graded as the scheme grades it."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="findings")
    activity = models.ForeignKey(Activity, on_delete=models.PROTECT, related_name="findings")
    number = models.CharField(max_length=20)  # "NC-1"
    grade = models.CharField(max_length=40)  # id of the scheme's [[finding]]
    clauses = models.JSONField(default=list)
    site = models.ForeignKey(Site, null=True, on_delete=models.PROTECT, related_name="+")
    statement = models.TextField()  # what is not as required
    seen = models.TextField()  # the evidence for it
    close_by = models.DateField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="finding_number_once")]


class CorrectiveAction(Act):
    """The client's answer to a finding: correction, cause, corrective action. A second answer is a second row."""

    finding = models.ForeignKey(Finding, on_delete=models.CASCADE, related_name="answers")
    correction = models.TextField(blank=True)
    cause = models.TextField(blank=True)
    corrective_action = models.TextField(blank=True)
    done_by = models.DateField(null=True, blank=True)


class AnswerFile(models.Model):
    """A file that supports an answer to a finding."""

    answer = models.ForeignKey(CorrectiveAction, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)


class Verification(Act):
    """The determiner's judgement of an answer."""

    answer = models.ForeignKey(CorrectiveAction, on_delete=models.CASCADE, related_name="verifications")
    accepted = models.BooleanField()
    verified = models.BooleanField(default=False)  # effectiveness seen, not only the plan accepted
    how = models.TextField()
