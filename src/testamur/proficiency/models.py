"""Rounds of proficiency tests: what is measured, by which rules, who takes part, what was found and who may see it.

Measured values are kept as typed; scores are decimals rounded once, when an edition is issued.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from testamur.journal.models import AppendOnly
from testamur.kernel.identity import public_id
from testamur.parties.models import Act, Membership, Organisation


class Stamped(AppendOnly):
    """Base of rows that are never updated: by whom, and on two clocks."""

    by = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    effective_at = models.DateTimeField()

    class Meta:
        abstract = True


class Round(Act):
    """A round of a proficiency testing scheme (ISO/IEC 17043:2023, section 3). Days are civil days of the provider."""

    class State(models.TextChoices):
        DRAFT = "draft"
        OPEN = "open"  # the rules stand; laboratories enrol
        DISPATCHED = "dispatched"  # items are on their way; results come in until their day
        REPORTED = "reported"
        CANCELLED = "cancelled"

    NEXT: ClassVar[dict[str, set[str]]] = {
        "draft": {"open", "cancelled"},
        "open": {"dispatched", "cancelled"},
        "dispatched": {"reported", "cancelled"},
        "reported": set(),
        "cancelled": set(),
    }

    class Admits(models.TextChoices):
        EVERYBODY = "everybody"
        INVITED = "invited"

    class Grouping(models.TextChoices):
        ONE = "one"  # one group; everything is published to its participants
        JOINT = "joint"  # groups blind to each other share the assigned value; no count and no spread is published
        APART = "apart"  # groups blind to each other, each judged and told by itself

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="proficiency_rounds")
    title = models.JSONField(default=dict)  # {"en", "zh"}
    rules = models.JSONField(default=dict)  # {"en", "zh"}: what is agreed before anybody enrols
    accreditors = models.ManyToManyField(Organisation, related_name="+", blank=True)  # who are told the results
    admits = models.CharField(max_length=10, choices=Admits.choices, default=Admits.EVERYBODY)
    grouping = models.CharField(max_length=5, choices=Grouping.choices, default=Grouping.ONE)
    replicates = models.PositiveSmallIntegerField(default=1)  # results of each measurand that are asked for
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)  # CNY, a participant
    enrol_until = models.DateField()  # last day
    dispatch_on = models.DateField()
    results_until = models.DateField()  # last day
    report_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    cancelled_because = models.CharField(max_length=1000, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-results_until", "-id"]
        constraints = [
            models.CheckConstraint(
                name="round_days_in_order",
                condition=Q(enrol_until__lte=models.F("dispatch_on"))
                & Q(dispatch_on__lte=models.F("results_until"))
                & Q(results_until__lte=models.F("report_on")),
            ),
            models.CheckConstraint(name="round_replicates", condition=Q(replicates__gte=1, replicates__lte=9)),
            models.CheckConstraint(
                name="cancelled_round_says_why", condition=~Q(state="cancelled") | ~Q(cancelled_because="")
            ),
        ]


class Measurand(Act):
    """What is measured in a round, and how results are judged. |score| above 2 warns, from 3 asks for action."""

    class ValueBy(models.TextChoices):
        KNOWN = "known"  # by formulation
        REFERENCE = "reference"  # certified, or measured by a reference laboratory
        ALGORITHM_A = "algorithm_a"
        Q_HAMPEL = "q_hampel"
        MEDIAN = "median"

    class SigmaBy(models.TextChoices):
        PRESCRIBED = "prescribed"
        HORWITZ = "horwitz"
        DATA = "data"  # robust standard deviation of the results

    class ScoreBy(models.TextChoices):
        Z = "z"
        Z_PRIME = "z_prime"
        ZETA = "zeta"
        EN = "En"

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="measurands")
    place = models.PositiveSmallIntegerField()
    name = models.JSONField(default=dict)  # {"en", "zh"}
    unit = models.CharField(max_length=30, blank=True)
    decimals = models.PositiveSmallIntegerField(default=2)  # of what is reported back
    value_by = models.CharField(max_length=12, choices=ValueBy.choices, default=ValueBy.ALGORITHM_A)
    sigma_by = models.CharField(max_length=10, choices=SigmaBy.choices, default=SigmaBy.PRESCRIBED)
    #: σ_pt in the unit; where it comes from the data, the value expected, by which the material is judged.
    sigma_pt = models.DecimalField(max_digits=24, decimal_places=10, null=True, blank=True)
    mass_fraction = models.DecimalField(max_digits=24, decimal_places=15, null=True, blank=True)  # mg/kg: 1e-6
    score_by = models.CharField(max_length=7, choices=ScoreBy.choices, default=ScoreBy.Z)
    #: Told to nobody but the provider before the report.
    reference_value = models.CharField(max_length=40, blank=True)  # as typed
    reference_U = models.CharField(max_length=40, blank=True)  # expanded, as typed
    reference_k = models.CharField(max_length=10, blank=True)
    reference_source = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["place", "id"]
        constraints = [models.UniqueConstraint(fields=["round", "place"], name="measurand_place_once")]

    @property
    def by_consensus(self) -> bool:
        """Say whether the assigned value comes from the participants' own results."""
        return self.value_by in (self.ValueBy.ALGORITHM_A, self.ValueBy.Q_HAMPEL, self.ValueBy.MEDIAN)


class RulesVersion(Stamped):
    """The rules as they stood from an instant on: the first when the round opened, others with the reason of change."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="rules_versions")
    number = models.PositiveSmallIntegerField()
    body = models.JSONField()
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical body, lower-case hex
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["round", "number"], name="rules_version_once")]


class Group(Stamped):
    """Participants of a round who see each other's codes. Another group of the round they never learn of."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(max_length=80)  # the provider's word for it; no participant reads it
    blind = models.BooleanField(default=False)  # no accreditor sees its results, not even by a release

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["round", "name"], name="group_named_once")]


class Invitation(Stamped):
    """The provider asks a laboratory to take part, and says in which group it would be."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="invitations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["round", "organisation"], name="laboratory_invited_once")]


class Participant(Act):
    """A laboratory in a round. Its code is random: nobody but it and the provider can tell whose it is."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="participants")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="proficiency_participations")
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="participants")
    code = models.CharField(max_length=6)
    rules = models.ForeignKey(RulesVersion, on_delete=models.PROTECT, related_name="+")  # read before enrolling
    seen = models.ForeignKey(RulesVersion, on_delete=models.PROTECT, related_name="+")  # the newest it has seen
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["round", "organisation"], name="laboratory_takes_part_once"),
            models.UniqueConstraint(fields=["round", "code"], name="code_once_a_round"),
        ]


class MaterialCheck(Stamped):
    """Homogeneity and stability of one measurand's material, judged once; a later check takes its place."""

    measurand = models.ForeignKey(Measurand, on_delete=models.CASCADE, related_name="checks")
    homogeneity = models.JSONField()  # rows of texts as typed: an item each, its replicates
    stability = models.JSONField(null=True)
    sigma_pt = models.CharField(max_length=40)  # by which it was judged
    answer = models.JSONField()
    evidence = models.JSONField()
    homogeneous = models.BooleanField()
    stable = models.BooleanField(null=True)  # None: not measured

    class Meta:
        ordering = ["id"]

    @property
    def sufficient(self) -> bool:
        return self.homogeneous and self.stable is not False


class MaterialAllowance(Stamped):
    """The provider uses a material that is not homogeneous or stable enough, and judges by z′ with its uncertainty."""

    check_row = models.OneToOneField(MaterialCheck, on_delete=models.CASCADE, related_name="allowance")
    reason = models.CharField(max_length=2000)


class Submission(Stamped):
    """What a participant reported, all measurands at once, as typed. A correction is a later row; the last counts."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    body = models.JSONField()  # {measurand: {"values": [texts], "U", "k", "method"}}
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["participant", "number"], name="submission_numbered_once")]


class Edition(Act):
    """The evaluation of a round: proposed by one person, issued by another. A later edition corrects it; it stays."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveSmallIntegerField(null=True, blank=True)  # given when it is issued
    exclusions = models.JSONField(default=list)  # [{"measurand", "participant", "reason"}]
    comment = models.JSONField(default=dict)  # {"en", "zh"}: what the report says to everybody
    reason = models.CharField(max_length=2000, blank=True)  # why it corrects the one before
    body = models.JSONField()  # scoring.compute
    digest = models.CharField(max_length=64)
    issued_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["round", "number"], name="edition_numbered_once"),
            models.CheckConstraint(
                name="issued_edition_says_by_whom",
                condition=Q(issued_at__isnull=True, issued_by__isnull=True, number__isnull=True)
                | Q(issued_at__isnull=False, issued_by__isnull=False, number__isnull=False),
            ),
        ]


class Score(AppendOnly):
    """One participant's score for one measurand in one issued edition."""

    class Rating(models.TextChoices):
        ACCEPTABLE = "acceptable"
        WARNING = "warning"
        ACTION = "action"
        NONE = "none"  # no score: no result, or one below a limit

    #: Drawn at random: from numbers in a row a laboratory could count the participants of other groups.
    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="scores")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="scores")
    measurand = models.ForeignKey(Measurand, on_delete=models.PROTECT, related_name="scores")
    value = models.CharField(max_length=60, blank=True)  # mean of what was typed, or "<0.05"
    score = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    rating = models.CharField(max_length=10, choices=Rating.choices)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["edition", "participant", "measurand"], name="score_once_an_edition")
        ]


class Response(Stamped):
    """What a laboratory found and did about a score that is not acceptable (ISO/IEC 17025:2017, 7.7.3 and 8.7)."""

    score = models.ForeignKey(Score, on_delete=models.PROTECT, related_name="responses")
    cause = models.TextField()
    action = models.TextField()

    class Meta:
        ordering = ["id"]


class Appeal(Act):
    """A participant contests the evaluation (ISO/IEC 17043:2023, 7.7); upheld, a new edition follows."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="appeals")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="appeals")
    text = models.TextField()
    upheld = models.BooleanField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="answered_pt_appeal_says_by_whom",
                condition=Q(upheld__isnull=True, answered_at__isnull=True, answered_by__isnull=True)
                | Q(upheld__isnull=False, answered_at__isnull=False, answered_by__isnull=False),
            )
        ]


class Release(Act):
    """A laboratory lets an organisation see its results, of one round or of all, until a day; revocable."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="proficiency_releases")
    to = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    round = models.ForeignKey(Round, null=True, blank=True, on_delete=models.PROTECT, related_name="+")  # None: all
    until_day = models.DateField()  # last day
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Membership, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="revoked_release_says_by_whom",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
            )
        ]
