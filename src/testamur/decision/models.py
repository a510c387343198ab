"""Decisions and appeals (ISO/IEC 17000, A.4 decision; 17021-1 9.5, 9.7; 17065 7.6, 7.13)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.kernel.identity import public_id
from testamur.kernel.words import Outcome
from testamur.parties.models import Act, Membership
from testamur.register.models import Attestation
from testamur.review.models import Review
from testamur.selection.models import Case


class Decision(Act):
    """What was decided, by whom, why, from when. ``by`` is the decider who completed the quorum."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    case = models.ForeignKey(Case, null=True, on_delete=models.PROTECT, related_name="decisions")
    attestation = models.ForeignKey(Attestation, null=True, on_delete=models.PROTECT, related_name="decisions")
    review = models.ForeignKey(Review, null=True, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Outcome])
    ground = models.CharField(max_length=60, blank=True)  # id of the scheme's [[ground]]
    reasons = models.JSONField(default=dict)  # {bcp47: text}
    decided_on = models.DateField()  # civil day in the area
    scope = models.JSONField(default=list)  # scope lines decided; partial scope is fewer lines than recommended
    statement = models.JSONField(default=dict)  # the scope in words decided
    grade = models.CharField(max_length=40, blank=True)
    conditions = models.JSONField(default=dict, blank=True)
    changes = models.JSONField(default=dict, blank=True)  # of a change: what is written differently
    issued_at = models.DateTimeField(null=True, blank=True)  # set by attestation when the statement was made

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="decision_about_something", condition=Q(case__isnull=False) | Q(attestation__isnull=False)
            ),
        ]


class Vote(Act):
    """One of the persons who decide together; quorum and agreement are the scheme's.

    Two votes agree when they name the same outcome on the same scope for the same ground: nobody's partial grant
    becomes a full one because a colleague pressed last.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="votes")
    review = models.ForeignKey(Review, null=True, on_delete=models.PROTECT, related_name="votes")
    outcome = models.CharField(max_length=10, choices=[(o.value, o.value) for o in Outcome])
    reasons = models.JSONField(default=dict)
    scope = models.JSONField(default=list)  # scope lines voted for
    statement = models.JSONField(default=dict)  # the scope in words voted for
    conditions = models.JSONField(default=dict, blank=True)
    ground = models.CharField(max_length=60, blank=True)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.PROTECT, related_name="votes")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "by"], name="one_vote_a_person")]


class Signature(Act):
    """Somebody signs the conclusion as the scheme's ``signed_by`` demands."""

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision", "role"], name="one_signature_a_role")]


class SendBack(Act):
    """The decider sends the case back, saying what must be done before a decision is possible."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="send_backs")
    to = models.CharField(max_length=14)  # stage the case goes back to
    reasons = models.JSONField(default=dict)


class Appeal(Act):
    """A request to reconsider. Heard by persons who took part in neither audit nor decision."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)
    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="appeals")
    reasons = models.TextField()
    upheld = models.BooleanField(null=True)  # None: not yet answered
    answer = models.JSONField(default=dict)
    answered_by = models.ForeignKey(Membership, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    carried_out_at = models.DateTimeField(null=True, blank=True)  # set by attestation

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="answered_says_all",
                condition=Q(upheld__isnull=True, answered_at__isnull=True, answered_by__isnull=True)
                | Q(upheld__isnull=False, answered_at__isnull=False, answered_by__isnull=False),
            )
        ]
