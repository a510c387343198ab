"""What a new edition would say otherwise, beside what is in force: read by whoever approves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from testamur.attestation import documents
from testamur.decision.models import Decision
from testamur.register.documents import Document
from testamur.register.models import Edition
from testamur.schemes.language.definition import Definition
from testamur.wording.templatetags.say import words
from testamur.workspace.working import lines_in_words


def differences(before: Edition, made: Decision, definition: Definition, today: date) -> dict[str, Any]:
    """Return what a decision changes in a document, as ``_table.html`` draws it; rows are empty where nothing differs.

    Args:
        before: the edition in force.
        today: the civil day on which the new one would be issued.
    """
    now = Document.of(before)
    then = documents.changed(before.attestation, now, made.changes, issued_on=today, decision=made)
    if made.conditions:
        then = then.with_(conditions=dict(made.conditions))
    told: list[tuple[str, Callable[[Document], str]]] = [
        (_("Holder"), lambda one: _holder(one, "names")),
        (_("Address"), lambda one: _holder(one, "address")),
        (_("Scope in words"), lambda one: words(one.statement)),
        (_("Scope"), lambda one: "; ".join(lines_in_words(definition, one.lines))),
        (_("Sites"), lambda one: "; ".join(_sites(one))),
        (_("Conditions"), lambda one: words(one.conditions)),
        (_("Other parties"), lambda one: "; ".join(_others(one))),
    ]
    rows = [{"cells": [label, read(now) or "–", read(then) or "–"]} for label, read in told if read(now) != read(then)]
    columns = [{"label": _("What")}, {"label": _("In force")}, {"label": _("New edition")}]
    return {"columns": columns, "rows": rows}


def _holder(one: Document, part: str) -> str:
    said: Sequence[Mapping[str, str]] = [getattr(party, part) for party in one.parties if party.role == "holder"]
    return "; ".join(words(text) for text in said)


def _others(one: Document) -> list[str]:
    """Return the parties beside the holder: a new edition calls them as they are called today."""
    named = (party for party in one.parties if party.role != "holder")
    return [" · ".join(filter(None, (words(party.names), words(party.address)))) for party in named]


def _sites(one: Document) -> list[str]:
    return [
        " · ".join(filter(None, (words(site.names), words(site.address), words(site.statement)))) for site in one.sites
    ]
