"""Read an OSCAL catalogue of controls into the clauses of a document, so that it serves as a scheme's checklist.

group → control → enhancement → items of the statement. A clause's number is what people cite: ``AC``, ``AC-2``,
``AC-2(1)``, ``AC-2d.1``. Guidance and assessment procedures stay out: they demand nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from testamur.journal import actions as journal
from testamur.journal.actions import ByMembership, ByRule
from testamur.kernel import multibase
from testamur.kernel.refusal import Refused, _
from testamur.requirements import reading
from testamur.requirements.actions import hold_document
from testamur.requirements.models import Clause, Document
from testamur.verification import jcs

PARAMETER = re.compile(r"\{\{\s*(?:insert:\s*param,\s*)?([A-Za-z0-9_.-]+)\s*\}\}")
LINK = re.compile(r"\[([^\[\]]+)\]\(#[^)]*\)")
DEEPEST = 12  # levels of parameters inside parameters, and of parts inside parts


@dataclass
class Row:
    """One clause before it is written; ``parent`` is the number of the clause it stands below."""

    number: str
    title: str
    parent: str | None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What an import found and did."""

    document: str = ""
    groups: int = 0
    controls: int = 0
    enhancements: int = 0
    items: int = 0
    withdrawn: int = 0
    assessed: int = 0
    written: int = 0


@transaction.atomic
def import_clauses(path: Path, *, document: str, by: ByMembership | ByRule, at: datetime) -> Report:
    """Read a catalogue into the clauses of a document; reading it again changes nothing.

    Args:
        path: OSCAL catalogue or resolved profile as JSON, gzipped or not.
        document: key, ``nist-800-53@5.0.1``; a document that is not held is made from the catalogue's title.

    Raises:
        Refused: not readable, no OSCAL catalogue, two clauses of one number, or the document holds other clauses.
            Nothing was written.
    """
    if not re.fullmatch(r"[a-z0-9.-]+@[a-z0-9.+-]+", document):
        raise Refused(
            _("“{key}” is no key of a document; write name@edition in small letters, for example {example}."),
            {"key": document, "example": "nist-800-53@5.0.1"},
            rule="clauses.document",
            source=reading.SOURCE,
        )
    catalogue = reading.document(path).get("catalog")
    if not isinstance(catalogue, dict) or (not catalogue.get("groups") and not catalogue.get("controls")):
        raise Refused(
            _("{file} is no OSCAL catalogue: it holds no controls. A profile must be resolved into a catalogue first."),
            {"file": path.name},
            rule="clauses.format",
            source=reading.SOURCE,
        )
    report = Report(document=document)
    try:
        rows = list(_rows(catalogue, report))
        held = _held(document, catalogue["metadata"])
    except (KeyError, TypeError, AttributeError) as error:
        raise Refused(
            _("{file} is no OSCAL catalogue: {why} is missing or of another shape."),
            {"file": path.name, "why": str(error)},
            rule="clauses.format",
            source=reading.SOURCE,
        ) from error
    _check_numbers(path, rows)
    report.assessed = sum(1 for row in rows if row.facts.get("assessed"))
    if _check_same(held, rows):
        return report
    _write(held, rows)
    report.written = len(rows)
    journal.record(
        "requirements.clauses_imported",
        subject=held,
        by=by,
        at=at,
        payload={
            "key": document,
            "file": path.name,
            "clauses": len(rows),
            "assessed": report.assessed,
            "digest": multibase.digest(jcs.canonical([_said(row) for row in rows])),
        },
        source=str(catalogue["metadata"].get("title", "")),
    )
    return report


def _rows(catalogue: Mapping[str, Any], report: Report) -> Iterator[Row]:
    labels = {control["id"]: _label(control) for control in _controls(catalogue)}
    for group in catalogue.get("groups", []):
        report.groups += 1
        number = _label(group)
        yield Row(number, group["title"], None, {"kind": "group", "id": group["id"]})
        for control in group.get("controls", []):
            yield from _control(control, number, {}, labels, report)
    for control in catalogue.get("controls", []):
        yield from _control(control, None, {}, labels, report)


def _controls(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for inner in holder.get("groups", []):
        yield from _controls(inner)
    for control in holder.get("controls", []):
        yield control
        yield from _controls(control)


def _control(
    control: Mapping[str, Any], parent: str | None, known: Mapping[str, Any], labels: Mapping[str, str], report: Report
) -> Iterator[Row]:
    """Yield a control, the items of its statement, then its enhancements."""
    number, enhancement = _label(control), "enhancement" in str(control.get("class", ""))
    report.enhancements += enhancement
    report.controls += not enhancement
    facts: dict[str, Any] = {"kind": "enhancement" if enhancement else "control", "id": control["id"]}
    parameters = {**known, **{one["id"]: one for one in control.get("params", [])}}
    if any(one.get("name") == "status" and one.get("value") == "withdrawn" for one in control.get("props", [])):
        report.withdrawn += 1
        facts["withdrawn"] = True
        into = [one["href"].lstrip("#") for one in control.get("links", []) if one.get("rel") in WENT_INTO]
        facts["into"] = [labels.get(one, one) for one in into]
        yield Row(number, control["title"], parent, facts)
    else:
        statements = [part for part in control.get("parts", []) if part.get("name") == "statement"]
        text = " ".join(_text(part, parameters) for part in statements if part.get("prose"))
        items = [row for part in statements for row in _items(part, number, parameters, report, 1)]
        if text:
            facts["statement"] = {"en": text}
        facts["assessed"] = bool(statements) and not items
        yield Row(number, control["title"], parent, facts)
        yield from items
    for inner in control.get("controls", []):
        yield from _control(inner, number, parameters, labels, report)


WENT_INTO = frozenset({"incorporated-into", "moved-to"})


def _items(
    part: Mapping[str, Any], above: str, parameters: Mapping[str, Any], report: Report, depth: int
) -> Iterator[Row]:
    for item in part.get("parts", []):
        if item.get("name") != "item" or depth > DEEPEST:
            continue
        report.items += 1
        label = _label(item).rstrip(".")
        joint = "." if depth > 1 and not label.startswith("(") else ""
        number = f"{above}{joint}{label}"
        below = list(_items(item, number, parameters, report, depth + 1))
        yield Row(number, _text(item, parameters), above, {"kind": "item", "id": item["id"], "assessed": not below})
        yield from below


def _label(thing: Mapping[str, Any]) -> str:
    """Return the label people cite: the one without a class, which zero-padded ones carry; else the id in capitals."""
    labels = sorted(
        (bool(one.get("class")), one["value"]) for one in thing.get("props", []) if one.get("name") == "label"
    )
    return str(labels[0][1]).strip() if labels else str(thing["id"]).upper()


def _text(part: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    """Return the prose with each parameter as NIST prints it, [Assignment: …], and links by their words alone."""
    filled = _filled(str(part.get("prose", "")), parameters, 0)
    return " ".join(LINK.sub(r"\1", filled).split())


def _filled(prose: str, parameters: Mapping[str, Any], depth: int) -> str:
    def one(match: re.Match[str]) -> str:
        parameter = parameters.get(match[1])
        if parameter is None or depth > DEEPEST:
            return f"[{match[1]}]"
        select = parameter.get("select")
        if select:
            many = " (one or more)" if select.get("how-many") == "one-or-more" else ""
            choices = "; ".join(_filled(choice, parameters, depth + 1).strip() for choice in select.get("choice", []))
            return f"[Selection{many}: {choices}]"
        label = parameter.get("label") or parameter["id"]
        prefix = "" if str(label).startswith("organization-defined") else "organization-defined "
        return f"[Assignment: {prefix}{_filled(label, parameters, depth + 1)}]"

    return PARAMETER.sub(one, prose)


def _held(key: str, metadata: Mapping[str, Any]) -> Document:
    document = Document.objects.filter(key=key).first()
    if document is not None:
        return document
    title = str(metadata["title"])
    name = key.partition("@")[0].upper().replace("-", " ", 1)
    return hold_document(
        key=key,
        designation=f"{name} {metadata.get('version', '')}".strip()[:200],
        title={"en": title},
        register="oscal",
    )


def _check_numbers(path: Path, rows: list[Row]) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.number in seen or len(row.number) > 60:
            raise Refused(
                _("{file}: the number {number} stands twice or is too long; a finding could not cite it."),
                {"file": path.name, "number": row.number},
                rule="clauses.numbers",
                source=reading.SOURCE,
            )
        seen.add(row.number)


def _said(row: Row) -> list[Any]:
    return [row.number, row.title, row.parent, row.facts]


def _check_same(document: Document, rows: list[Row]) -> bool:
    """Say whether the document holds just these clauses; findings cite clauses, so others never take their place."""
    held = document.clauses.order_by("position").values_list("number", "title", "parent__number", "facts")
    known = [[number, title.get("en", ""), parent, facts] for number, title, parent, facts in held]
    if not known:
        return False
    if known != [_said(row) for row in rows]:
        different = {row[0] for row in known} ^ {row.number for row in rows}
        raise Refused(
            _("{key} holds other clauses ({count} differ); what findings cite never changes. Give a new edition."),
            {"key": document.key, "count": len(different)},
            rule="clauses.never_change",
            source=reading.SOURCE,
        )
    return True


def _write(document: Document, rows: list[Row]) -> None:
    """Write level by level, so that each row can name its parent."""
    ids: dict[str | None, int | None] = {None: None}
    waiting = list(enumerate(rows))
    while waiting:
        level = [(place, row) for place, row in waiting if row.parent in ids]
        made = Clause.objects.bulk_create(
            [
                Clause(
                    document=document, number=row.number, title={"en": row.title}, parent_id=ids[row.parent],
                    position=place, facts=row.facts,
                )
                for place, row in level
            ],
            batch_size=1000,
        )  # fmt: skip
        ids.update((one.number, one.pk) for one in made)
        waiting = [(place, row) for place, row in waiting if row.number not in ids]


def text_of(report: Report, translate: Callable[[str], str] = str) -> str:
    """Return the report as lines for the terminal, in the reader's language."""
    counts = {
        name: f"{getattr(report, name):,}"
        for name in ("groups", "controls", "enhancements", "items", "withdrawn", "assessed", "written")
    }
    written = _("{written} written") if report.written else _("held already, unchanged")
    lines = [
        _("{document}: {groups} groups, {controls} controls, {enhancements} enhancements, {items} items"),
        _("{withdrawn} withdrawn; {assessed} clauses to assess"),
        written,
    ]
    return "".join(translate(line).format(document=report.document, **counts) + "\n" for line in lines)
