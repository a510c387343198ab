"""Published scheme versions. The definition is the flattened scheme as canonical JSON; it never changes."""

from __future__ import annotations

from django.db import models

from testamur.journal.models import AppendOnly
from testamur.schemes.language.definition import Definition
from testamur.transparency.models import Entry


class Scheme(AppendOnly):
    """One published version of one scheme."""

    scheme_id = models.CharField(max_length=60, db_index=True)  # "cn-qms"
    version = models.CharField(max_length=20)  # "2026-1"
    family = models.CharField(max_length=40, blank=True)  # folder of the library
    title = models.JSONField()
    body = models.JSONField()  # the flattened definition
    digest = models.CharField(max_length=64)  # SHA-256 of its canonical JSON
    parts = models.JSONField(default=dict)  # digests of the file and of its bases
    effective_from = models.DateField()
    effective_to = models.DateField(null=True, blank=True)
    entry = models.ForeignKey(Entry, null=True, on_delete=models.PROTECT, related_name="+")
    sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["scheme_id", "-effective_from"]
        constraints = [models.UniqueConstraint(fields=["scheme_id", "version"], name="scheme_version_once")]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Return ``id@version``."""
        return f"{self.scheme_id}@{self.version}"

    @property
    def definition(self) -> Definition:
        """Return the frozen definition that the engine executes; read once a process, since it never changes."""
        known = _definitions.get(self.digest)
        if known is None:
            known = _definitions[self.digest] = Definition.from_json(self.body)
        return known


#: Digest → definition. What is published never changes, and an installation has dozens of them, not thousands.
_definitions: dict[str, Definition] = {}
