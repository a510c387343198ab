"""Published scheme versions. The definition is the flattened scheme as canonical JSON; it never changes."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute

from testamur.journal.models import AppendOnly
from testamur.schemes.language.definition import Definition
from testamur.transparency.models import Entry


class _Text(str):
    """JSON as the database gave it, not read yet."""


class _ReadLate(DeferredAttribute):
    def __get__(self, instance: models.Model | None, cls: type[models.Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if isinstance(value, _Text):
            value = instance.__dict__[self.field.attname] = json.loads(value)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        # Only with this does Python ask the descriptor before the row's own values.
        instance.__dict__[self.field.attname] = value


class LateJSONField(models.JSONField):
    """JSON that is read when somebody looks at it.

    Every case and every edition comes with its scheme, and a process reads each scheme's text once: reading it with
    each row took longer than finding the row.
    """

    descriptor_class = _ReadLate

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Return what the database gave, unread."""
        return _Text(value) if isinstance(value, str) else super().from_db_value(value, expression, connection)

    def deconstruct(self) -> Any:
        """Describe it as what it is to the database: a column of JSON."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class Scheme(AppendOnly):
    """One published version of one scheme."""

    scheme_id = models.CharField(max_length=60, db_index=True)  # "cn-qms"
    version = models.CharField(max_length=20)  # "2026-1"
    family = models.CharField(max_length=40, blank=True)  # folder of the library
    title = models.JSONField()
    body = LateJSONField()  # the flattened definition
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
