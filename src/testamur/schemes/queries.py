"""Questions about published schemes."""

from __future__ import annotations

from datetime import date
from functools import cache

from django.db.models import QuerySet

from testamur.journal.marks import remembered
from testamur.kernel.refusal import Refused, _
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.library import Library
from testamur.schemes.models import Scheme


def published() -> QuerySet[Scheme]:
    """Return every published version, newest of each first. Schemes are public."""
    return Scheme.objects.order_by("scheme_id", "-effective_from", "-id")


def authorities() -> frozenset[str]:
    """Return the ids of the schemes whose attestations somebody's authority may rest on.

    Those that give a licence, an accreditation or the like, and whatever a published scheme names as an authority.
    """
    return remembered(("schemes",), "schemes of authorities", _authorities)


def _authorities() -> frozenset[str]:
    found: set[str] = set()
    for scheme in Scheme.objects.all():
        definition = scheme.definition
        if definition.attestation is not None and definition.attestation.form != "certificate":
            found.add(scheme.scheme_id)
        found.update(named for table in definition.authorities for named in table.any_of)
    return frozenset(found)


def effective(scheme_id: str, on: date) -> Scheme:
    """Return the version that an application handed in on a day follows (language.md 7).

    Raises:
        Refused: no version is in force on that day.
    """
    for scheme in Scheme.objects.filter(scheme_id=scheme_id, effective_from__lte=on).order_by("-effective_from", "-id"):
        if scheme.effective_to is None or on <= scheme.effective_to:
            return scheme
    raise Refused(
        _("No version of the scheme {scheme} is in force on {day}."),
        {"scheme": scheme_id, "day": on},
        rule="schemes.effective",
        source="testamur@2026-1#schemes.versions",
    )


def open_to_applications(on: date) -> list[Scheme]:
    """Return the versions under which somebody may apply on a day, without bases and integrated ones."""
    found: dict[str, Scheme] = {}
    for scheme in Scheme.objects.filter(effective_from__lte=on).order_by("scheme_id", "-effective_from", "-id"):
        head = scheme.definition.scheme
        over = scheme.effective_to is not None and on > scheme.effective_to
        if scheme.scheme_id in found or over or head.base or head.integrates:
            continue
        if head.pilot_until and on > head.pilot_until:
            continue
        found[scheme.scheme_id] = scheme
    return list(found.values())


def governing(scheme: Scheme, *, function: str, on: date) -> Scheme:
    """Return the version that governs a function of a living attestation on a day.

    What was decided keeps its version for ever; a later version may lawfully take over *surveillance* and *status*.
    """
    later = Scheme.objects.filter(
        scheme_id=scheme.scheme_id, effective_from__gt=scheme.effective_from, effective_from__lte=on
    ).order_by("-effective_from", "-id")
    return next((one for one in later if function in one.definition.scheme.takes_over), scheme)


def changed(older: Scheme, newer: Scheme) -> dict[str, list[str]]:
    """Return what differs between two versions: tables by id, added, dropped and changed."""
    before, after = _tables(older), _tables(newer)
    return {
        "added": sorted(after.keys() - before.keys()),
        "dropped": sorted(before.keys() - after.keys()),
        "changed": sorted(key for key in before.keys() & after.keys() if before[key] != after[key]),
    }


def _tables(scheme: Scheme) -> dict[str, object]:
    tables: dict[str, object] = {}
    for name, row in scheme.definition.all_tables():
        tables[f"{name} {getattr(row, 'id', '')}".strip()] = {**row.to_json(), "origin": ""}
    return tables


def fact_words(definition: Definition, fact: str) -> dict[str, str]:
    """Return what people call a fact that a condition asks for: the label of its field, the word of the vocabulary.

    Args:
        fact: ``form.<field>``, ``form.<field>.<aspect>``, ``exam.percent`` …; one that has no words names itself.
    """
    kind, _dot, rest = fact.partition(".")
    labels = {row.id: row.label for row in definition.fields}
    found = labels.get(rest.partition(".")[0]) if kind == "form" else _vocabulary().get(fact)
    return dict(found) if found else {"en": fact, "zh": fact}


@cache
def _vocabulary() -> dict[str, dict[str, str]]:
    return {name: dict(text) for name, text in Library().words.facts.items()}
