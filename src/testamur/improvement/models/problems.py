"""A problem and its cure, in four steps (corrective action) or eight disciplines (8D).

What a step found is a row that is never rewritten; the newest row of the problem's present round holds. A round ends
where the effect did not last: the next one begins at the cause, and the rows of the earlier one stay.
"""

from __future__ import annotations

from django.db import models

from testamur.determination.models import Finding
from testamur.files.models import StoredFile
from testamur.kernel.identity import public_id
from testamur.kernel.refusal import _
from testamur.parties.models import Act, Membership, Organisation
from testamur.studies.models import Chart, Study


class Problem(Act):
    """Something that went wrong, and the folder of what was done about it (ISO 9001:2015, 10.2)."""

    class Method(models.TextChoices):
        FOUR_STEPS = "ca", _("Corrective action in four steps")
        EIGHT_D = "8d", _("8D: eight disciplines")

    class Origin(models.TextChoices):
        FINDING = "finding", _("Audit finding")
        COMPLAINT = "complaint", _("Customer complaint")
        SIGNAL = "signal", _("Signal of a control chart")
        INTERNAL = "internal", _("Found by ourselves")
        SUPPLIER = "supplier", _("Supplied product or service")

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="problems")
    number = models.CharField(max_length=30)  # "8D-2026-014", "CA-2026-003"
    method = models.CharField(max_length=10, choices=Method.choices)
    origin = models.CharField(max_length=20, choices=Origin.choices)
    finding = models.ForeignKey(Finding, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    chart = models.ForeignKey(Chart, null=True, blank=True, on_delete=models.PROTECT, related_name="problems")
    point = models.PositiveIntegerField(null=True, blank=True)  # of the chart, counted from 1
    title = models.CharField(max_length=160)
    what = models.TextField()  # what is not as it should be
    place = models.CharField(max_length=200)  # where it was seen
    extent = models.CharField(max_length=200)  # how many, how much
    since = models.DateField()  # first day on which it happened, as far as known
    is_not = models.TextField(blank=True)  # where or when it could happen and does not (8D)
    emergency = models.TextField(blank=True)  # what was done at once, before anybody understood it
    round = models.PositiveSmallIntegerField(default=1)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recognition = models.TextField(blank=True)  # what the team is thanked for
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="problem_numbered_once"),
            models.CheckConstraint(
                name="problem_closed_by_somebody",
                condition=models.Q(closed_at__isnull=True, closed_by__isnull=True)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Member(Act):
    """Who works on a problem, in which part; who left the team has a last instant."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="members")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=80)  # "Line 2", "Final inspection": as the team says it
    leads = models.BooleanField(default=False)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-leads", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["problem", "membership"], condition=models.Q(left_at=None), name="member_of_a_team_once"
            )
        ]


class StepPlan(Act):
    """Whose turn a step is, and by when."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="plans")
    step = models.CharField(max_length=12)
    who = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()

    class Meta:
        ordering = ["id"]


class ProblemFile(Act):
    """A file that proves something about a problem."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)


class Proved(Act):
    """Base of what needs evidence: a file, a study, a chart, or the number of a record that is kept elsewhere."""

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="%(class)s_rows")
    round = models.PositiveSmallIntegerField()
    proof_file = models.ForeignKey(ProblemFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proof_study = models.ForeignKey(Study, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proof_chart = models.ForeignKey(Chart, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proof_record = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True
        ordering = ["id"]

    @property
    def evidence(self) -> tuple[str, ...]:
        """Return what proves it, as the rules of 8D count it."""
        named = (self.proof_file, self.proof_study, self.proof_chart)
        found = [one.public_id for one in named if one is not None]
        return (*found, self.proof_record) if self.proof_record else tuple(found)


class Containment(Proved):
    """What keeps the customer from harm until the cause is gone, and whether it was seen to work."""

    what = models.TextField()
    checked_how = models.TextField(blank=True)
    checked_on = models.DateField(null=True, blank=True)
    works = models.BooleanField(null=True)


class Analysis(Proved):
    """Why: a chain of answers from what was seen to a root cause, and how the cause was verified."""

    class Strand(models.TextChoices):
        OCCURRENCE = "occurrence", _("Why did it happen?")
        ESCAPE = "escape", _("Why did nobody notice?")

    strand = models.CharField(max_length=20, choices=Strand.choices)
    whys = models.JSONField(default=list)  # answers, each to the one before it
    cause = models.TextField()
    verification = models.TextField()


class FishboneCause(Act):
    """A possible cause on a branch of the cause-and-effect diagram."""

    class Branch(models.TextChoices):
        MAN = "man", _("People")
        MACHINE = "machine", _("Machine")
        MATERIAL = "material", _("Material")
        METHOD = "method", _("Method")
        MEASUREMENT = "measurement", _("Measurement")
        ENVIRONMENT = "environment", _("Environment")

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="bones")
    round = models.PositiveSmallIntegerField()
    branch = models.CharField(max_length=20, choices=Branch.choices)
    text = models.CharField(max_length=120)
    verified = models.BooleanField(null=True)  # None: not looked at; False: looked at and ruled out
    how = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["branch", "id"]


class ProblemAction(Proved):
    """What is done so that it does not happen again (corrective), or does not happen elsewhere (preventive)."""

    class Kind(models.TextChoices):
        CORRECTIVE = "corrective", _("Corrective action")
        PREVENTIVE = "preventive", _("Preventive action")

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    what = models.TextField()
    expectation = models.TextField()  # how one knows beforehand that it removes the cause
    owner = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    done_on = models.DateField(null=True, blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    dropped_because = models.CharField(max_length=300, blank=True)


class EffectCheck(Proved):
    """Whether the effect lasts: a criterion agreed before, judged after by somebody else (ISO 9001:2015, 10.2.1 d)."""

    criterion = models.TextField()
    due_on = models.DateField()
    checker = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    result = models.TextField(blank=True)
    effective = models.BooleanField(null=True)
    checked_on = models.DateField(null=True, blank=True)


class Prevention(Proved):
    """What keeps it from happening elsewhere: what was changed in risk analysis, control plan and documents."""

    failure = models.ForeignKey(
        "improvement.FailureMode", null=True, blank=True, on_delete=models.PROTECT, related_name="preventions"
    )
    failure_text = models.CharField(max_length=200)  # the row in words, or why there is none
    plan = models.ForeignKey(
        "improvement.ControlPlan", null=True, blank=True, on_delete=models.PROTECT, related_name="preventions"
    )
    plan_text = models.CharField(max_length=200)  # the control plan in words, or why there is none
    what = models.TextField()  # what was changed there, and in which documents
