"""Read a catalogue of standards (one CSV, records of ISO and IEC) and fold its two catalogues into one record each.

Traps of the real file: 5,357 joint documents stand in both catalogues with different words and dates; dates come in
three precisions; some replaced references are not in the file; titles carry line breaks and HTML entities.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import _
from testamur.requirements import reading
from testamur.requirements.drafts import Oddity
from testamur.requirements.models import Document

COLUMNS = (
    "source", "reference", "publisher", "type", "title_en", "edition", "published", "stage", "status", "ics",
    "committee", "replaces", "amended_or_updated_by", "urn",
)  # fmt: skip

#: Word of the catalogues → our status. An empty word stays unknown: no certificate is said to rest on a withdrawn
#: edition because a catalogue was silent.
STATUS = {
    "published": Document.Status.PUBLISHED,
    "confirmed": Document.Status.PUBLISHED,
    "to be revised": Document.Status.PUBLISHED,
    "to be withdrawn": Document.Status.PUBLISHED,
    "under review": Document.Status.PUBLISHED,
    "under review closed": Document.Status.PUBLISHED,
    "withdrawn": Document.Status.WITHDRAWN,
    "withdrawal": Document.Status.WITHDRAWN,
    "replaced": Document.Status.WITHDRAWN,
    "replaced by a revision": Document.Status.WITHDRAWN,
    "project deleted": Document.Status.WITHDRAWN,
    "under development": Document.Status.DRAFT,
    "": Document.Status.UNKNOWN,
}


@dataclass
class Report:
    """What an import did: counts, and the references that are named but not held."""

    records: int = 0
    documents: int = 0
    folded: int = 0
    new: int = 0  # documents that were not held before
    changed: int = 0  # documents of which the catalogue now says something else
    withdrawn: list[str] = field(default_factory=list)  # designations that were in force here and are no longer
    supersessions: int = 0
    dangling: list[tuple[str, str]] = field(default_factory=list)  # (document, reference it says it replaces)
    odd_rows: list[tuple[int, Oddity]] = field(default_factory=list)  # (line, what is odd)


@dataclass(frozen=True)
class Record:
    """One reference, after joint records are folded."""

    key: str
    designation: str
    edition: str
    title: str
    publisher: str
    published_on: date | None
    status: str
    ics: tuple[str, ...]
    replaces: tuple[str, ...]
    facts: dict[str, Any]
    source: str


def key_of(reference: str) -> str:
    """Return the key that schemes and scope lines cite: ``ISO/IEC 17065:2012`` → ``iso-17065@2012``.

    Joint designations of ISO and IEC keep ISO's short form, as the library of sources does; amendments stay part of
    the name (``iso-9001-amd1@2024``).
    """
    text = reference.strip()
    text = re.sub(r"^ISO/IEC(?:/IEEE)?\b", "ISO", text)
    base, _colon, years = text.partition(":")
    year = re.match(r"\d{4}", years)
    rest = years[4:] if year else years
    name = re.sub(r"[^a-z0-9.]+", "-", f"{base} {rest}".lower()).strip("-")
    return f"{name}@{year.group()}" if year else name


def read(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row) of a CSV or gzipped CSV.

    Raises:
        Refused: not readable, or columns missing; the message names them.
    """
    return reading.rows(path, COLUMNS)


def fold(rows: Iterable[tuple[int, dict[str, str]]], report: Report) -> dict[str, Record]:
    """Fold the records of both catalogues on their reference; ISO's comes first, IEC's finer date is kept."""
    found: dict[str, Record] = {}
    for line, row in rows:
        report.records += 1
        reference = " ".join(row["reference"].split())
        if not reference:
            report.odd_rows.append((line, Oddity(_("no reference"), {})))
            continue
        record = _record(line, reference, row, report)
        known = found.get(reference)
        if known is None:
            found[reference] = record
            continue
        report.folded += 1
        first, second = (known, record) if known.source == "iso" or record.source != "iso" else (record, known)
        found[reference] = Record(
            key=first.key,
            designation=reference,
            edition=first.edition or second.edition,
            title=first.title or second.title,
            publisher=first.publisher,
            published_on=_finer(first.published_on, second.published_on),
            status=first.status if first.status != Document.Status.UNKNOWN else second.status,
            ics=first.ics or second.ics,
            replaces=tuple(dict.fromkeys((*first.replaces, *second.replaces))),
            facts={**second.facts, **first.facts},
            source=first.source,
        )
    return found


def _record(line: int, reference: str, row: dict[str, str], report: Report) -> Record:
    word = row["status"].strip().lower()
    if word not in STATUS:
        report.odd_rows.append((line, Oddity(_("status “{status}” is unknown"), {"status": row["status"]})))
    published = _day(row["published"])
    if row["published"] and published is None:
        report.odd_rows.append((line, Oddity(_("published “{text}” is no date"), {"text": row["published"]})))
    return Record(
        key=key_of(reference),
        designation=reference,
        edition=row["edition"].strip(),
        title=" ".join(html.unescape(row["title_en"]).split()),
        publisher=row["publisher"].strip(),
        published_on=published,
        status=STATUS.get(word, Document.Status.UNKNOWN),
        ics=_parts(row["ics"]),
        replaces=_parts(row["replaces"]),
        facts={
            "type": row["type"],
            "stage": row["stage"],
            "committee": row["committee"],
            "urn": row["urn"],
            "published": row["published"],
        },
        source=row["source"],
    )


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(part.split()) for part in cell.split("|") if part.strip()))


def _day(text: str) -> date | None:
    parts = text.strip().split("-")
    try:
        year, month, day = (*map(int, parts), 1, 1)[:3]
        return date(year, month, day)
    except ValueError:
        return None


def _finer(first: date | None, second: date | None) -> date | None:
    """Of two days of the same month keep the one that names a day; ISO gives months, IEC days."""
    if first is None or second is None:
        return first or second
    return max(first, second) if (first.year, first.month) == (second.year, second.month) else first


def resolve_same_keys(records: dict[str, Record]) -> None:
    """Two references may fold to one key (``IEC PAS 60092-510:2009`` and ``IEC/PAS 60092-510:2009``): the later in the
    alphabet gets its full name, and a number where that is taken too."""
    taken: set[str] = set()
    for reference in sorted(records):
        key = records[reference].key
        if key in taken:
            full = re.sub(r"[^a-z0-9.@]+", "-", reference.lower().replace(":", "@")).strip("-")
            key, number = full, 2
            while key in taken:
                key, number = f"{full}-{number}", number + 1
            records[reference] = replace(records[reference], key=key)
        taken.add(key)
