"""Cases, applications, their review, the audit programme, competence, team and plan (ISO/IEC 17000, A.2 selection)."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q

from testamur.files.models import StoredFile
from testamur.journal.models import Recorded
from testamur.kernel.identity import public_id
from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Occasion
from testamur.parties.models import Act, Membership, Organisation, Person, Site
from testamur.register.models import Attestation
from testamur.schemes.models import Scheme


class Case(Recorded):
    """The folder on which all functions work and access is decided. It keeps its scheme version for ever."""

    class Stage(models.TextChoices):
        APPLICATION = "application"  # being filled in, or being reviewed
        SELECTION = "selection"  # accepted: programme, team, plan
        DETERMINATION = "determination"
        REVIEW = "review"
        DECISION = "decision"
        ATTESTATION = "attestation"
        DONE = "done"
        CLOSED = "closed"  # ended without a positive decision

    #: Stages may be left only along these; sent back means an earlier stage again.
    NEXT = {
        Stage.APPLICATION: {Stage.SELECTION, Stage.DECISION, Stage.CLOSED},
        Stage.SELECTION: {Stage.DETERMINATION, Stage.CLOSED},
        Stage.DETERMINATION: {Stage.SELECTION, Stage.REVIEW, Stage.CLOSED},
        Stage.REVIEW: {Stage.DETERMINATION, Stage.DECISION, Stage.CLOSED},
        Stage.DECISION: {Stage.DETERMINATION, Stage.REVIEW, Stage.ATTESTATION, Stage.DONE, Stage.CLOSED},
        Stage.ATTESTATION: {Stage.DONE},
        Stage.DONE: set(),
        Stage.CLOSED: set(),
    }

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    number = models.CharField(max_length=40, db_index=True)  # "A-2026-00417", per issuer
    occasion = models.CharField(max_length=14, choices=[(o.value, o.value) for o in Occasion])
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="cases")
    issuer = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="cases_decided")
    client = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="cases_asked")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="cases_asked")
    attestation = models.ForeignKey(Attestation, null=True, on_delete=models.PROTECT, related_name="cases")
    joint = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="joined")  # leader of the group
    #: The scheme that integrates the group's schemes: shared application, plan, team and visits (language.md 6).
    integrated = models.ForeignKey(Scheme, null=True, on_delete=models.PROTECT, related_name="integrated_cases")
    stage = models.CharField(max_length=14, choices=Stage.choices, default=Stage.APPLICATION, db_index=True)
    stage_from = models.DateField()  # civil day on which the stage was reached
    opened_on = models.DateField()
    opened_because = models.JSONField(default=dict)  # {"round": "year1", "due": 12} …
    closed_on = models.DateField(null=True, blank=True)
    closed_because = models.JSONField(default=dict, blank=True)  # {bcp47: text}; confidential to regulators
    #: Named days of the scheme language that later functions learned: {"determined": "2026-05-01", "stage2.ended": …}.
    days = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=0)  # optimistic: two people can meet here

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["issuer", "number"], name="case_number_once"),
            models.CheckConstraint(
                name="case_has_a_client", condition=Q(client__isnull=False) | Q(person__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    #: The named day that a stage's beginning is (language.md 2).
    REACHED = {
        Stage.SELECTION: "accepted",
        Stage.REVIEW: "determined",
        Stage.DECISION: "reviewed",
        Stage.ATTESTATION: "decided",
    }

    #: The stages before anything is decided; from each of them the law can decide by silence.
    UNDECIDED = (Stage.APPLICATION, Stage.SELECTION, Stage.DETERMINATION, Stage.REVIEW, Stage.DECISION)

    def move(self, stage: Case.Stage | str, *, on: date, by_silence: bool = False) -> None:
        """Move to another stage along ``NEXT`` and remember the named day that this is.

        Args:
            by_silence: the law decided because nobody did: to attestation from wherever the case was left lying.

        Raises:
            Refused: the stage cannot follow the present one.
        """
        wanted = self.Stage(stage)
        self.check_may_move(wanted, by_silence=by_silence)
        self._reread_days()
        self._go(wanted, on)
        self.save(update_fields=list(self.MOVED))

    def check_may_move(self, wanted: Case.Stage, *, by_silence: bool = False) -> None:
        """Refuse a stage that cannot follow the present one."""
        decided_by_law = by_silence and wanted == self.Stage.ATTESTATION and self.stage in self.UNDECIDED
        if wanted not in self.NEXT[self.Stage(self.stage)] and not decided_by_law:
            raise Refused(
                _("Case {case} is at “{stage}” and cannot move to “{wanted}” from there."),
                {"case": self.number, "stage": self.stage, "wanted": wanted.value},
                rule="case.stage",
                source="iso-17000@2020#A.1",
            )

    #: Fields that a move writes.
    MOVED = ("stage", "stage_from", "closed_on", "days", "version")

    def go(self, stage: Case.Stage, *, on: date) -> None:
        """Move as :meth:`move` does, without saving ``MOVED``: for one of many rows read in this transaction."""
        self.check_may_move(stage)
        self._go(stage, on)

    def _go(self, wanted: Case.Stage, on: date) -> None:
        if wanted in (self.Stage.REVIEW, self.Stage.SELECTION):
            # Determination says which day was its last; and what counts as accepted already, by silence or before
            # it came back to planning, is not accepted anew: the time to decide would begin again.
            self.days.setdefault(self.REACHED[wanted], on.isoformat())
        elif wanted in self.REACHED:
            self.days[self.REACHED[wanted]] = on.isoformat()
        elif wanted == self.Stage.DONE:
            name = "issued" if self.stage == self.Stage.ATTESTATION else "decided"
            self.days[name] = on.isoformat()
        self.stage = wanted
        self.stage_from = on
        if wanted in (self.Stage.DONE, self.Stage.CLOSED):
            self.closed_on = on
        self.version += 1

    def remember(self, **named: date) -> None:
        """Keep named days, e.g. ``remember(determined=day)``; with a dot by ``**{"stage2.ended": day}``."""
        self._reread_days()
        for name, day in named.items():
            self.days[name] = day.isoformat()
        self.save(update_fields=["days"])

    def _reread_days(self) -> None:
        """Read the days anew: another action of the same transaction may have added one to another copy of the row."""
        if self.pk is not None:
            self.days = Case.objects.values_list("days", flat=True).get(pk=self.pk)

    @property
    def leader(self) -> Case:
        """Return the case of the integrated group on which the shared application is filled in."""
        return self.joint if self.joint is not None and self.integrated_id else self

    @property
    def group(self) -> list[Case]:
        """Return the cases of the group, leader first; alone: the case itself."""
        leader = self.joint or self
        return [leader, *leader.joined.select_related("scheme", "client", "person").order_by("id")]


class Pause(Recorded):
    """A clock of the case stands still: always told to the applicant."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="pauses")
    why = models.CharField(max_length=40)  # a word of [[deadline]] stops
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)


class Application(Recorded):
    """The request: answers to the questions that the scheme asks. Saved as a draft as often as wanted."""

    class State(models.TextChoices):
        DRAFT = "draft"
        SUBMITTED = "submitted"
        RETURNED = "returned"  # asked once to complete it
        ACCEPTED = "accepted"
        REFUSED = "refused"
        TAKEN_BACK = "taken_back"

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="application")
    answers = models.JSONField(default=dict)  # {field id: value}; composite types are lists of objects
    reasons = models.JSONField(default=dict)  # {field id: why an odd value is right all the same}
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=0)  # optimistic
    saved_at = models.DateTimeField(null=True)
    saved_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    saved_from = models.CharField(max_length=20, blank=True)  # open page that kept them of itself; "": a button did
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    asked = models.JSONField(default=list)  # what was found missing: [{"field", "sentence": {…}}]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="submitted_says_when",
                condition=Q(state__in=["draft", "taken_back"]) | Q(submitted_at__isnull=False),
            )
        ]


class Attachment(Act):
    """A file that answers a field of the application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="attachments")
    field = models.CharField(max_length=60)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    removed_at = models.DateTimeField(null=True, blank=True)


class ApplicationReview(Act):
    """Application review (申请评审; 17021-1 9.1.2, 17065 7.3): questions, time calculated, accepted or refused."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="application_reviews")
    answers = models.JSONField(default=dict)  # {question id: bool}
    notes = models.TextField(blank=True)
    adjustments = models.JSONField(default=list)  # [{"reason": {…}, "share": "-0.10"}]
    calculation = models.JSONField(default=list)  # rule results: [{"rule", "decides", "inputs", "output", "working"}]
    days = models.DecimalField(max_digits=6, decimal_places=1, null=True)  # audit time, days of 8 hours
    accepted = models.BooleanField()
    refusal = models.JSONField(default=list)  # sentences with sources, where refused
    scope = models.JSONField(default=list)  # proposed scope lines
    statement = models.JSONField(default=dict)  # proposed scope in words


class Programme(Recorded):
    """The audit programme of a cycle: which rounds, which sites, by when (17021-1 9.1.3)."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="programme")
    sites = models.JSONField(default=list)  # [{"site", "rounds": ["initial", …], "because": {…}}]
    rounds = models.JSONField(default=list)  # [{"round", "activities", "days"}]


class Competence(Act):
    """A body judged that a person is competent in a scope, from a day until a day."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="competences")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="competences_judged")
    role = models.CharField(max_length=40)  # role id of schemes, e.g. "auditor"
    scope = models.JSONField(default=list)  # scope lines
    from_day = models.DateField()
    until_day = models.DateField(null=True, blank=True)
    evidence = models.CharField(max_length=300)
    withdrawn_on = models.DateField(null=True, blank=True)


class Assignment(Act):
    """A person fills a role of the scheme in a case. Checked for the days of the work; removed, never deleted."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assignments")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="assignments")
    role = models.CharField(max_length=40)  # role id of the scheme
    from_day = models.DateField(null=True, blank=True)
    until_day = models.DateField(null=True, blank=True)
    checked = models.JSONField(default=list)  # which checks passed, with their sources, as of the day
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "membership", "role"], condition=Q(removed_at__isnull=True), name="one_role_once"
            ),
            models.CheckConstraint(
                name="assignment_days_in_order",
                condition=Q(until_day__isnull=True) | Q(until_day__gte=models.F("from_day")),
            ),
        ]


class PlannedVisit(Act):
    """When and where somebody will go. One visit may serve several cases, also of several issuers."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    visited = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="visits_planned")
    sites = models.ManyToManyField(Site, related_name="+", blank=True)
    where = models.CharField(max_length=20)  # the scheme's word: on_site, remote, desk, laboratory, either
    from_day = models.DateField()
    until_day = models.DateField()
    performer = models.ForeignKey(
        Organisation, null=True, on_delete=models.PROTECT, related_name="+"
    )  # e.g. laboratory
    #: Other issuers who may join a case of theirs to this visit: the leader's half of the agreement.
    offered_to = models.ManyToManyField(Organisation, related_name="visits_offered", blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="visit_days_in_order", condition=Q(until_day__gte=models.F("from_day")))
        ]


class PlannedActivity(models.Model):
    """What of a case is done on a planned visit."""

    visit = models.ForeignKey(PlannedVisit, on_delete=models.CASCADE, related_name="activities")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="planned")
    activity = models.CharField(max_length=60)  # id of the scheme's [[activity]]
    days = models.DecimalField(max_digits=6, decimal_places=1, null=True)  # audit days

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "case", "activity"], name="planned_once")]


class Plan(Act):
    """Team and dates as proposed to the client, and the client's answer."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="plans")
    proposal = models.PositiveIntegerField(default=1)
    snapshot = models.JSONField(default=dict)  # team, visits, days as proposed
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    objection = models.TextField(blank=True)
    objected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "proposal"], name="proposal_once")]
