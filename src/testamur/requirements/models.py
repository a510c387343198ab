"""Standards, legal acts, their clauses; classification trees and the crosswalks between them; arrangements' names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models


class Document(models.Model):
    """One edition of a standard, rule or legal act."""

    class Kind(models.TextChoices):
        STANDARD = "standard"
        ACT = "act"
        RULE = "rule"

    class Status(models.TextChoices):
        PUBLISHED = "published"
        DRAFT = "draft"
        WITHDRAWN = "withdrawn"
        UNKNOWN = "unknown"

    key = models.CharField(max_length=160, unique=True)  # "gbt-19001@2016": what schemes and scope lines cite
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.STANDARD)
    designation = models.CharField(max_length=200, db_index=True)  # "GB/T 19001-2016"
    edition = models.CharField(max_length=40, blank=True)
    title = models.JSONField(default=dict)  # {bcp47: text}
    publisher = models.CharField(max_length=120, blank=True, db_index=True)
    published_on = models.DateField(null=True, blank=True)
    withdrawn_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PUBLISHED, db_index=True)
    confirmed = models.BooleanField(default=True)  # False: known from memory only, shown as unconfirmed
    register = models.CharField(max_length=60, blank=True)  # where the record came from
    facts = models.JSONField(default=dict)  # what else the register says, e.g. pages, committee
    words = models.TextField(default="", editable=False)  # what search reads: key, designation, titles, lower case

    class Meta:
        ordering = ["designation"]
        # Search passes over this narrow index in the order it shows, and opens only the rows it shows.
        indexes = [models.Index(fields=["designation", "words"], name="document_searched")]
        constraints = [
            models.CheckConstraint(
                name="document_withdrawn_after_published",
                condition=models.Q(withdrawn_on__isnull=True)
                | models.Q(published_on__isnull=True)
                | models.Q(withdrawn_on__gte=models.F("published_on")),
            )
        ]

    def __str__(self) -> str:
        return self.designation

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep what search reads in step; bulk writers call :func:`search_words` themselves."""
        self.words = search_words(self.key, self.designation, self.title)
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], "words"}
        super().save(*args, **kwargs)


#: Most characters that search looks in; an index row of PostgreSQL holds 2,704 bytes.
SEARCHED = 640


def search_words(key: str, designation: str, title: Mapping[str, str]) -> str:
    """Return the text that search looks in: one narrow column instead of four, two of them inside JSON."""
    return "\n".join([key, designation, *(str(words) for words in title.values())]).lower()[:SEARCHED]


class Classification(models.Model):
    """An ICS code of a document."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="classifications")
    ics = models.CharField(max_length=20, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "ics"], name="one_ics_once")]


class Supersession(models.Model):
    """``new`` replaces ``old``; a side that the register names but does not hold stays as its designation."""

    old = models.ForeignKey(Document, null=True, on_delete=models.CASCADE, related_name="replaced_by")
    new = models.ForeignKey(Document, null=True, on_delete=models.CASCADE, related_name="replaces")
    old_designation = models.CharField(max_length=200, blank=True)
    new_designation = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="supersession_holds_one_side", condition=models.Q(old__isnull=False) | models.Q(new__isnull=False)
            )
        ]


class Adoption(models.Model):
    """A national document adopts an international one: identical, modified, or not equivalent."""

    class Degree(models.TextChoices):
        IDT = "IDT"
        MOD = "MOD"
        NEQ = "NEQ"

    adopting = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="adopts")
    adopted = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="adopted_by")
    degree = models.CharField(max_length=3, choices=Degree.choices)
    source = models.CharField(max_length=300, blank=True)
    confirmed = models.BooleanField(default=True)  # False: known from memory only

    class Meta:
        constraints = [models.UniqueConstraint(fields=["adopting", "adopted"], name="one_adoption_once")]


class Clause(models.Model):
    """A clause of a standard or an article of an act; articles carry the dates between which they hold."""

    document = models.ForeignKey(Document, on_delete=models.CASCADE, related_name="clauses")
    number = models.CharField(max_length=60)
    title = models.JSONField(default=dict)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    position = models.PositiveIntegerField(default=0)
    from_day = models.DateField(null=True, blank=True)
    until_day = models.DateField(null=True, blank=True)
    facts = models.JSONField(default=dict)  # kind, statement, whether it is assessed, what a withdrawn one went into

    class Meta:
        ordering = ["document_id", "position"]
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="one_clause_once")]


class Tree(models.Model):
    """A classification in one edition, e.g. ``sectors@iaf-id1-2023``."""

    key = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=60, db_index=True)  # what schemes write: "sectors"
    edition = models.CharField(max_length=40, blank=True)
    title = models.JSONField(default=dict)
    source = models.CharField(max_length=300, blank=True)
    confirmed = models.BooleanField(default=True)  # False: written out from memory, shown as unconfirmed

    def __str__(self) -> str:
        return self.key


class Node(models.Model):
    """A place in a tree."""

    tree = models.ForeignKey(Tree, on_delete=models.CASCADE, related_name="nodes")
    code = models.CharField(max_length=80)
    title = models.JSONField(default=dict)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="children")
    facts = models.JSONField(default=dict)  # what else the list says: letters, notes, first and last revision

    class Meta:
        ordering = ["tree_id", "code"]
        constraints = [models.UniqueConstraint(fields=["tree", "code"], name="one_node_once")]


class Crosswalk(models.Model):
    """Dated, sourced data by which a node of one tree is looked up in another."""

    key = models.CharField(max_length=160, unique=True)
    from_tree = models.CharField(max_length=60)
    to_tree = models.CharField(max_length=60)
    effective_from = models.DateField()
    source = models.CharField(max_length=300)
    rows = models.JSONField(default=list)  # [[from code, to code], …], canonical order
    digest = models.CharField(max_length=64)  # SHA-256 of the canonical rows, as logged (tree.publish)


class Arrangement(models.Model):
    """Name of a recognition arrangement; who is a member is an attestation."""

    key = models.CharField(max_length=60, unique=True)
    title = models.JSONField(default=dict)
