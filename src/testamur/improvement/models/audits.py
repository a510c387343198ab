"""The internal audit programme: who looks at which clause in which process, and what was found (ISO 9001:2015, 9.2)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.improvement.models.processes import Process
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation


class AuditProgramme(Act):
    """The audits of one cycle. Each of the clauses (of ISO 9001) and processes is to be looked at."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="audit_programmes")
    title = models.CharField(max_length=120)
    first_day = models.DateField()
    last_day = models.DateField()
    clauses = models.JSONField(default=list)
    processes = models.ManyToManyField(Process, related_name="programmes")
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-first_day", "-id"]
        constraints = [
            models.CheckConstraint(
                name="audit_programme_days_in_order", condition=Q(last_day__gt=models.F("first_day"))
            )
        ]

    def __str__(self) -> str:
        return self.title


class InternalAudit(Act):
    """One audit: by whom, on which day, of what; held, reported, closed."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    programme = models.ForeignKey(AuditProgramme, on_delete=models.PROTECT, related_name="audits")
    number = models.CharField(max_length=20)  # "2026-3", within the organisation
    auditor = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    planned_on = models.DateField()
    scope = models.CharField(max_length=300, blank=True)
    held_on = models.DateField(null=True, blank=True)
    conclusion = models.TextField(blank=True)
    reported_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    dropped_because = models.CharField(max_length=300, blank=True)  # planned and not held

    class Meta:
        ordering = ["planned_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="internal_audit_numbered_once"),
            models.CheckConstraint(
                name="reported_audit_was_held", condition=Q(reported_at__isnull=True) | Q(held_on__isnull=False)
            ),
        ]


class AuditTarget(models.Model):
    """A cell of the matrix that an audit looks at."""

    audit = models.ForeignKey(InternalAudit, on_delete=models.CASCADE, related_name="targets")
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="targets")
    clause = models.CharField(max_length=12)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["audit", "process", "clause"], name="audit_target_once")]


class AuditFinding(Act):
    """What an audit found at one place.

    A nonconformity names the problem in which its cause is removed, or the correction and why its cause needs no action
    (ISO 9001:2015, 10.2.1).
    """

    class Kind(models.TextChoices):
        CONFORMITY = "conformity"
        OBSERVATION = "observation"
        NONCONFORMITY = "nonconformity"

    audit = models.ForeignKey(InternalAudit, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveIntegerField()  # 1, 2, … within the audit
    kind = models.CharField(max_length=14, choices=Kind.choices)
    process = models.ForeignKey(Process, on_delete=models.PROTECT, related_name="+")
    clause = models.CharField(max_length=12)
    statement = models.TextField()
    seen = models.TextField()  # the evidence
    problem = models.ForeignKey(
        "improvement.Problem", null=True, blank=True, on_delete=models.PROTECT, related_name="audit_findings"
    )
    correction = models.CharField(max_length=500, blank=True)  # what was put right, and why that is enough

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["audit", "number"], name="audit_finding_numbered_once")]
