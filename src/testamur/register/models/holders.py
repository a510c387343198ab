"""Holders under several names: the spellings that records bear, what may be one organisation, and what people said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from testamur.journal.models import AppendOnly, Recorded
from testamur.kernel.identity import public_id


class Holder(Recorded):
    """An organisation that people confirmed to stand behind several spellings. It keeps its address when links go."""

    public_id = models.CharField(max_length=10, unique=True, default=public_id, editable=False)

    def __str__(self) -> str:
        return self.public_id


class Spelling(models.Model):
    """The name of a holder exactly as some public records state it, folded; in both scripts where they state both."""

    key = models.CharField(max_length=250, unique=True)  # folded
    name = models.CharField(max_length=500)  # as stated first
    country = models.CharField(max_length=2, blank=True)
    region = models.CharField(max_length=12, blank=True)
    identifiers = models.JSONField(default=dict)  # {"CN.uscc": ["9133…"]}
    paired = models.BooleanField(default=False)  # whether others like it were looked for
    # Derived from the links that stand; None: nobody confirmed anything.
    holder = models.ForeignKey(Holder, null=True, on_delete=models.SET_NULL, related_name="spellings")

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(paired=False), name="spelling_to_pair"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def parts(self) -> list[str]:
        """Return the names that it is made of, each in its script."""
        return [part for part in self.name.split(" / ") if part]


class SpellingKey(models.Model):
    """Something that two spellings of one organisation share: an identifier, a bare name, a rare part of it."""

    spelling = models.ForeignKey(Spelling, on_delete=models.CASCADE, related_name="keys")
    key = models.CharField(max_length=120, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["spelling", "key"], name="spelling_key_once")]


class Suggestion(models.Model):
    """Two spellings that may be one organisation, with the reasons. Rebuilt at will: it decides nothing."""

    first = models.ForeignKey(Spelling, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Spelling, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()  # 0 to 100, how likely; no probability
    reasons = models.JSONField(default=list)  # [{"code", "facts"}]; words in ``holders.reasons``
    answered = models.BooleanField(default=False)  # a link about the two stands

    class Meta:
        ordering = ["-score", "id"]
        indexes = [models.Index(fields=["-score", "id"], condition=Q(answered=False), name="suggestion_open")]
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="suggested_once"),
            models.CheckConstraint(name="suggestion_in_order", condition=Q(first__lt=models.F("second"))),
        ]


class HolderLink(AppendOnly):
    """What a person said of two spellings: one organisation, or two; or that something said before is taken back."""

    class Verdict(models.TextChoices):
        SAME = "same"
        DIFFERENT = "different"
        UNDONE = "undone"

    first = models.ForeignKey(Spelling, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Spelling, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    undoes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="undone_by")
    reasons = models.JSONField(default=list)  # of the suggestion, as shown
    reason = models.CharField(max_length=500, blank=True)  # in the person's words
    by_membership = models.PositiveBigIntegerField(null=True)
    effective_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="undone_names_what", condition=Q(verdict="undone", undoes__isnull=False)
                | (~Q(verdict="undone") & Q(undoes__isnull=True)),
            ),
        ]  # fmt: skip


class HolderPass(models.Model):
    """How far the register was gone through for spellings; begun again at its end, because names change."""

    reached = models.BigIntegerField(default=0)  # attestation
    ended_at = models.DateTimeField(null=True)  # when the end was last reached
