"""Write a catalogue of standards into documents, with supersession and ICS; reading it again changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from testamur.journal import actions as journal
from testamur.journal import marks
from testamur.journal.actions import ByMembership, ByRule
from testamur.kernel import multibase
from testamur.kernel.refusal import _
from testamur.requirements import bulk
from testamur.requirements.catalogue import Record, Report, fold, read, resolve_same_keys
from testamur.requirements.models import Classification, Document, Supersession, search_words

SOURCE = "ISO Open Data (ODC-By); IEC catalogue"
#: What the catalogue says of a document and may say differently tomorrow.
SAID = (
    "designation", "edition", "title", "publisher", "published_on", "status", "register", "facts", "confirmed", "words",
)  # fmt: skip


def import_catalogue(
    path: Path, *, by: ByMembership | ByRule, at: datetime, told: Callable[[int, int], None] = lambda done, of: None
) -> Report:
    """Read a catalogue into the standards library; reading it again changes nothing but what is new in it.

    Args:
        path: ``standards.csv`` or ``standards.csv.gz``.
        told: called with (documents written, of how many).

    Raises:
        Refused: the file is unreadable or lacks columns; nothing was written.
    """
    report = Report()
    records = fold(read(path), report)
    resolve_same_keys(records)
    with transaction.atomic():
        ids = _write_documents(records, report, told)
        written = _write_ics(records, ids) + _write_supersessions(records, ids, report)
        if report.new or report.changed or written:
            marks.touch("documents")
            _record(path, records, ids, report, by, at)
    return report


def _write_documents(records: dict[str, Record], report: Report, told: Callable[[int, int], None]) -> dict[str, int]:
    """Write what is new or said differently; return reference → id."""
    held = {row[1]: (row[0], row[2:]) for row in Document.objects.values_list("id", "key", *SAID)}
    new: list[tuple[Any, ...]] = []
    changed: list[tuple[int, tuple[Any, ...]]] = []
    for one in records.values():
        key = one.key[:160]
        known = held.get(key)
        if known is None:
            new.append((key, *_said(one, {}), Document.Kind.STANDARD))
            continue
        pk, before = known
        said = _said(one, before[SAID.index("title")])
        if said != before:
            changed.append((pk, said))
            if said[SAID.index("status")] == Document.Status.WITHDRAWN != before[SAID.index("status")]:
                report.withdrawn.append(one.designation)
    bulk.insert(Document, ("key", *SAID, "kind"), _counted(new, told))
    bulk.update(Document, SAID, changed)
    report.documents, report.new, report.changed = len(records), len(new), len(changed)
    by_key = dict(Document.objects.values_list("key", "id"))
    return {reference: by_key[one.key[:160]] for reference, one in records.items()}


def _said(one: Record, held_title: dict[str, str]) -> tuple[Any, ...]:
    """Return the values of ``SAID``; titles in languages that the catalogue does not speak are kept."""
    title = {**held_title, "en": one.title or held_title.get("en", "")}
    return (
        one.designation[:200], one.edition[:40], title, one.publisher[:120], one.published_on, str(one.status),
        one.source, one.facts, True, search_words(one.key[:160], one.designation[:200], title),
    )  # fmt: skip


def _counted(rows: list[tuple[Any, ...]], told: Callable[[int, int], None]) -> Any:
    for place, row in enumerate(rows, 1):
        if place % bulk.BATCH == 0 or place == len(rows):
            told(place, len(rows))
        yield row


def _write_ics(records: dict[str, Record], ids: dict[str, int]) -> int:
    known = set(Classification.objects.values_list("document_id", "ics"))
    rows = {(ids[one.designation], ics[:20]) for one in records.values() for ics in one.ics} - known
    return bulk.insert(Classification, ("document_id", "ics"), sorted(rows))


def _write_supersessions(records: dict[str, Record], ids: dict[str, int], report: Report) -> int:
    known = set(Supersession.objects.values_list("old_id", "new_id", "old_designation"))
    rows = []
    for one in records.values():
        new = ids[one.designation]
        for reference in one.replaces:
            old = ids.get(reference)
            if old is None:
                report.dangling.append((one.designation, reference))
            if old is not None and (None, new, reference[:200]) in known:  # named before, held only now
                Supersession.objects.filter(old=None, new=new, old_designation=reference[:200]).update(old=old)
                known.add((old, new, reference[:200]))
            if (old, new, reference[:200]) not in known:
                rows.append((old, new, reference[:200], one.designation[:200]))
            report.supersessions += 1
    return bulk.insert(Supersession, ("old_id", "new_id", "old_designation", "new_designation"), rows)


def _record(
    path: Path, records: dict[str, Record], ids: dict[str, int], report: Report, by: ByMembership | ByRule, at: datetime
) -> None:
    """Write the event of the import, and one for each edition that was in force here and is no longer."""
    for reference in report.withdrawn:
        journal.record(
            "requirements.document_withdrawn",
            subject=Document.objects.get(pk=ids[reference]),
            by=by,
            at=at,
            payload={"key": records[reference].key, "stage": records[reference].facts["stage"]},
            source=SOURCE,
        )
    journal.record(
        "requirements.standards_imported",
        subject=Document.objects.get(pk=next(iter(ids.values()))),
        by=by,
        at=at,
        payload={
            "file": path.name,
            "documents": report.documents,
            "new": report.new,
            "changed": report.changed,
            "folded": report.folded,
            "dangling": len(report.dangling),
            "digest": multibase.digest("\n".join(sorted(records)).encode()),
        },
        source=SOURCE,
    )


def text_of(report: Report, translate: Callable[[str], str] = str) -> str:
    """Return the report as lines for the terminal, in the reader's language."""
    lines = [
        translate(_("{records} records read; {documents} documents; {folded} joint records folded")).format(
            records=f"{report.records:,}", documents=f"{report.documents:,}", folded=f"{report.folded:,}"
        ),
        translate(_("{new} new, {changed} changed, {withdrawn} newly withdrawn")).format(
            new=f"{report.new:,}", changed=f"{report.changed:,}", withdrawn=f"{len(report.withdrawn):,}"
        ),
        translate(_("{count} replacements, of which {missing} name a reference that is not in the file")).format(
            count=f"{report.supersessions:,}", missing=f"{len(report.dangling):,}"
        ),
    ]
    for document, reference in report.dangling[:5]:
        said = translate(_("{document} replaces {reference}, which is not held"))
        lines.append("  " + said.format(document=document, reference=reference))
    for line, what in report.odd_rows[:20]:
        said = translate(_("line {line}: {what}"))
        lines.append("  " + said.format(line=line, what=what.sentence(translate)))
    return "\n".join(lines) + "\n"
