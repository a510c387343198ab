"""A list of numbers as people have it, pasted or in a file, read into the questions of a verification.

One number a line, or a table with or without headings; what does not fit in a line is said of that line, and spoils no
other. A file becomes the same text that could have been pasted.
"""

from __future__ import annotations

import csv
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from testamur.kernel.refusal import Refused, _
from testamur.register.answering.questions import Question
from testamur.register.claims import Claim
from testamur.register.reporting import files
from testamur.register.reporting.workbook import cells_of

#: Lines of one list, and characters of one number (both as the API has them), and bytes of a file.
LINES_MOST = 10_000
NUMBER_MOST = 120
FILE_MOST = 4 * 1024 * 1024
#: Characters of a list: a line names a number and perhaps a holder and what it shall cover.
TEXT_MOST = 2_000_000

#: What a column may be headed, folded → what it asks.
HEADINGS = {
    "number": "number", "no": "number", "no.": "number", "certificate": "number", "certificate number": "number",
    "certificate no.": "number", "编号": "number", "证书编号": "number", "证书号": "number", "证书号码": "number",
    "holder": "holder", "company": "holder", "name": "holder", "持有人": "holder", "企业名称": "holder",
    "获证组织": "holder",
    "issuer": "issuer", "body": "issuer", "issued by": "issuer", "发证机构": "issuer", "认证机构": "issuer",
    "standard": "standard", "标准": "standard", "product": "product", "产品": "product", "model": "model",
    "型号": "model", "factory": "factory", "site": "factory", "生产企业": "factory", "lot": "lot",
    "serial number": "lot",
    "批号": "lot", "made on": "made_on", "made_on": "made_on", "生产日期": "made_on", "destination": "destination",
    "目的国": "destination", "on": "on", "day": "on", "日期": "on",
}  # fmt: skip
#: What the columns of a table without headings ask.
PLAIN = ("number", "holder")


@dataclass(frozen=True)
class Line:
    """One line of a list.

    Attributes:
        place: of the line in the list, from 1.
        number: as given.
        question: None where something in the line does not fit.
        wrong: what that is.
    """

    place: int
    number: str
    question: Question | None = None
    wrong: Refused | None = None


def lines_of(text: str) -> list[Line]:
    """Return the lines of a list that hold anything.

    Raises:
        Refused: nothing, or more than can be answered at once.
    """
    if len(text) > TEXT_MOST:
        raise Refused(_("This is more text than {most} lines hold. Send it in parts."), {"most": LINES_MOST},
                      field="numbers")  # fmt: skip
    rows = [(place, cells) for place, cells in _rows(text) if any(cells)]
    names: Sequence[str] = PLAIN
    if rows and (headed := _headings(rows[0][1])):
        names, rows = headed, rows[1:]
    if not rows:
        raise Refused(_("Paste at least one number, or choose a file with numbers."), field="numbers")
    if len(rows) > LINES_MOST:
        raise Refused(
            _("These are {count} numbers; at most {most} are answered at once. Send them in parts."),
            {"count": len(rows), "most": LINES_MOST}, field="numbers",
        )  # fmt: skip
    return [_line(place, dict(zip(names, cells, strict=False))) for place, cells in rows]


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line's cells; the separator is that which the first line with one uses."""
    lines = text.lstrip("\ufeff").splitlines()
    mark = next((mark for line in lines for mark in ("\t", ";", ",", "，") if mark in line), "\t")
    for place, line in enumerate(lines, 1):
        try:
            cells = next(csv.reader([line], delimiter=mark), [])
        except csv.Error:  # a cell beyond all measure; said as a number that is too long
            cells = [line]
        yield place, [_clean(cell) for cell in cells]


def _clean(cell: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in cell).split())


def _headings(cells: Sequence[str]) -> list[str]:
    """Return what each column asks, "" for one that asks nothing; [] where the cells are no headings."""
    names = [HEADINGS.get(unicodedata.normalize("NFKC", cell).casefold(), "") for cell in cells]
    return names if "number" in names else []


def _line(place: int, given: dict[str, str]) -> Line:
    number = given.get("number", "")
    try:
        return Line(place, number, _question(number, given))
    except Refused as refused:
        return Line(place, number[:NUMBER_MOST], wrong=refused)


def _question(number: str, given: dict[str, str]) -> Question:
    if not number:
        raise Refused(_("There is no number in this line."))
    if len(number) > NUMBER_MOST:
        raise Refused(_("A number has at most {most} characters."), {"most": NUMBER_MOST})
    claim = Claim(
        standard=given.get("standard", ""), product=given.get("product", ""), model=given.get("model", ""),
        factory=given.get("factory", ""), made_on=_day(given.get("made_on", "")), lot=given.get("lot", ""),
        destination=given.get("destination", "")[:2].upper(),
    )  # fmt: skip
    return Question(
        number, given.get("holder", ""), given.get("issuer", ""), _day(given.get("on", "")),
        claim=claim if claim.asks else None,
    )  # fmt: skip


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        found = date.min
    if not 1900 <= found.year <= 2200:
        raise Refused(_("{text} is no day; write it as 2026-03-31."), {"text": text[:20]})
    return found


def text_of(upload: UploadedFile) -> str:
    """Return the text of a file: CSV in any usual encoding, a list a line each, or the first sheet of a workbook.

    Raises:
        Refused: empty, too large, damaged, or of another kind.
    """
    if (upload.size or 0) > FILE_MOST:
        raise Refused(_("{name} is larger than {most} MB; {lines} numbers are far less."),
                      {"name": str(upload.name)[:80], "most": FILE_MOST // 1024**2, "lines": LINES_MOST},
                      field="list")  # fmt: skip
    # Reading looks at a file twice and unpacks no more than it may, so it wants one on disk.
    with tempfile.NamedTemporaryFile(prefix="testamur-list-") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        path = Path(kept.name)
        kind = files.kind_of(path)
        if kind == "xlsx":
            return "\n".join("\t".join(map(_clean, cells)) for cells in cells_of(path, LINES_MOST + 2))
        if kind != "csv":
            raise Refused(
                _("A list of numbers is a text, a CSV file or a workbook (XLSX); programs send JSON to the API."),
                field="list",
            )  # fmt: skip
        with files.text_of(path, files.encoding_of(path)) as file:
            text = file.read(TEXT_MOST + 1)
        return text.encode("utf-8", "replace").decode()
