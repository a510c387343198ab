"""The folder for the auditor to take away: one ZIP of files by clause, with an index as CSV, HTML and PDF.

The same folder gives the same bytes on the same day in the same language. The digest of the folder is the SHA-256 of
``index.csv``, which names the SHA-256 of each file: whoever holds the digest can tell whether anything was changed.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from datetime import time as hour
from html import escape

from django.utils.translation import gettext as _

from testamur.diagnosis import folder
from testamur.files import reports
from testamur.files.models import StoredFile
from testamur.files.queries import read
from testamur.files.tables import neutral
from testamur.improvement import clauses
from testamur.kernel import days
from testamur.kernel.refusal import Refused
from testamur.parties.models import Organisation
from testamur.wording.templatetags.say import day, language, refusal, words

#: Moment of every entry of the ZIP: the day stands in the index, and a clock would make two equal folders differ.
MOMENT = (1980, 1, 1, 0, 0, 0)
COLUMNS = ("clause", "asked", "there", "note", "day", "file", "sha256")


@dataclass(frozen=True)
class Line:
    """A line of the index; ``file`` is the path in the ZIP, "" for what has no file."""

    clause: str
    asked: str
    there: str
    note: str = ""
    day: str = ""
    file: str = ""
    sha256: str = ""

    def cells(self) -> list[str]:
        return [getattr(self, name) for name in COLUMNS]


class Archive:
    """One folder as it stands on a day, in the reader's language."""

    def __init__(self, organisation: Organisation, rows: Sequence[folder.Clause], today: date) -> None:
        self.organisation, self.rows, self.today = organisation, rows, today
        self.lines: list[Line] = []
        self.files: dict[str, StoredFile] = {}
        for row in rows:
            self._of_clause(row)
        self.index = self._csv()
        self.digest = hashlib.sha256(self.index).hexdigest()

    def _of_clause(self, row: folder.Clause) -> None:
        asked = title_of(row)
        for n, one in enumerate(row.found, 1):
            path, digest = "", ""
            if one.file is not None:
                path, digest = self._path(f"{row.number}/{n:02d}-{_safe(one.name)}", one.file), one.file.sha256
            on = one.on.isoformat() if one.on else ""
            self.lines.append(Line(row.number, asked, refusal(one.title), refusal(one.note), on, path, digest))
        self.lines += [Line(row.number, asked, _("missing"), refusal(one.said)) for one in row.lacks]
        if not row.found and not row.lacks:
            if row.not_applicable:
                self.lines.append(Line(row.number, asked, _("does not apply"), row.not_applicable))
            elif row.asked:
                self.lines.append(Line(row.number, asked, _("missing")))

    def _path(self, path: str, file: StoredFile) -> str:
        """Return where a file lies; the same bytes lie there once, whatever clauses they serve."""
        already = next((known for known, one in self.files.items() if one.sha256 == file.sha256), None)
        if already is None:
            self.files[path] = file
        return already or path

    @property
    def name(self) -> str:
        """Return the name under which it is taken away, without an ending."""
        return f"folder-{self.organisation.public_id}-{self.today.isoformat()}-{self.digest[:8]}"

    def zipped(self) -> bytes:
        """Return the ZIP; without the PDF where this machine has no typesetter."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, file in self.files.items():
                _write(archive, path, read(file))
            _write(archive, "index.csv", self.index)
            _write(archive, "index.html", self._html())
            try:
                _write(archive, "index.pdf", self.pdf())
            except Refused as refused:
                if refused.rule != "files.reports":
                    raise
        return out.getvalue()

    def pdf(self) -> bytes:
        """Return the index on paper.

        Raises:
            Refused: this machine has no typesetter.
        """
        midnight = datetime.combine(self.today, hour(), tzinfo=days.zone(self.organisation.country or "CN"))
        return reports.to_pdf(self._report(), language=language(), at=midnight.astimezone(UTC))

    def _report(self) -> reports.Report:
        titles = [_("Clause"), _("What is there"), _("Note"), _("Day"), _("File")]
        sections = []
        for chapter in dict.fromkeys(line.clause.split(".")[0] for line in self.lines):
            mine = [line for line in self.lines if line.clause.split(".")[0] == chapter]
            table = [[line.clause, line.there, line.note, line.day, line.file] for line in mine]
            sections.append(reports.Section(f"ISO 9001, {chapter}", [], reports.Table(titles, table)))
        return reports.Report(
            title=_("Folder for the auditor"),
            subtitle=words(self.organisation.names),
            facts=[
                (_("As of"), day(self.today)),
                (_("Files"), len(self.files)),
                (_("Digest of the index (SHA-256)"), self.digest),
            ],
            sections=sections,
            footer=words(self.organisation.names),
        )

    def _csv(self) -> bytes:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows([neutral(cell) for cell in line.cells()] for line in self.lines)
        return b"\xef\xbb\xbf" + out.getvalue().encode()

    def _html(self) -> bytes:
        title = escape(f"{words(self.organisation.names)} · {_('Folder for the auditor')}")
        titles = [_("Clause"), _("Asked for"), _("What is there"), _("Note"), _("Day"), _("File"), "SHA-256"]
        head = "".join(f'<th scope="col">{escape(text)}</th>' for text in titles)
        body = "".join(f"<tr>{''.join(_cell(line, name) for name in COLUMNS)}</tr>" for line in self.lines)
        return (
            f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8"><title>{title}</title></head>'
            f"<body><h1>{title}</h1><p>{escape(day(self.today))}</p><p>index.csv, SHA-256: {self.digest}</p>"
            f'<table border="1"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></body></html>'
        ).encode()


def title_of(row: folder.Clause) -> str:
    """Return what a clause asks for, or what it is about where it asks for nothing of its own."""
    if row.asked:
        return words(row.asked)
    titles = clauses.titles()
    return words(titles.get(row.number) or titles.get(row.number.rpartition(".")[0]))


def _cell(line: Line, name: str) -> str:
    text = escape(getattr(line, name))
    return f'<td><a href="{text}">{text}</a></td>' if name == "file" and text else f"<td>{text}</td>"


def _write(archive: zipfile.ZipFile, path: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(path, MOMENT)
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)


def _safe(name: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in name).strip(" .")
    return kept[-120:] or "file"
