"""What a file is, by its bytes. The sender's word and the extension are only compared with them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from testamur.kernel.refusal import Refused, _

#: Largest unpacked size of a zip container we look into, bytes: a bomb stays a refusal.
MOST_UNPACKED = 500_000_000


@dataclass(frozen=True)
class FileKind:
    """A kind of file that may be handed in."""

    id: str
    media_type: str
    extensions: tuple[str, ...]


PDF = FileKind("pdf", "application/pdf", ("pdf",))
JPEG = FileKind("jpeg", "image/jpeg", ("jpg", "jpeg"))
PNG = FileKind("png", "image/png", ("png",))
DOCX = FileKind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",))
XLSX = FileKind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",))
ZIP = FileKind("zip", "application/zip", ("zip",))
CSV = FileKind("csv", "text/csv", ("csv",))
TEXT = FileKind("txt", "text/plain", ("txt", "md"))
JSON = FileKind("json", "application/json", ("json",))
KINDS = {kind.id: kind for kind in (PDF, JPEG, PNG, DOCX, XLSX, ZIP, CSV, TEXT, JSON)}


def check(content: bytes, *, name: str, accept: Sequence[str] | None = None) -> FileKind:
    """Return the kind of the bytes.

    Raises:
        Refused: unknown bytes, a name that says otherwise, or a kind the field does not take.
    """
    wanted = [KINDS[id] for id in accept or KINDS if id in KINDS]
    listed = ", ".join(kind.id.upper() for kind in wanted)
    extension = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    found = _found(content, extension)
    if found is None:
        raise Refused(
            _("What is in {name} is none of {kinds}. Save it as one of these and choose it again."),
            {"name": name, "kinds": listed},
            rule="files.kind",
            source="testamur@2026-1#files",
        )
    if extension and extension not in found.extensions:
        raise Refused(
            _(
                "The file {name} is named .{extension}, but what is in it is {found}. Check that it is "
                "the right file, and name it .{right}."
            ),
            {"name": name, "extension": extension, "found": found.id.upper(), "right": found.extensions[0]},
            rule="files.kind",
            source="testamur@2026-1#files",
        )
    if found not in wanted:
        raise Refused(
            _("The file {name} is {found}; here {kinds} is asked for."),
            {"name": name, "found": found.id.upper(), "kinds": listed},
            rule="files.kind",
            source="testamur@2026-1#files",
        )
    return found


def _found(content: bytes, extension: str) -> FileKind | None:
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"PK\x03\x04"):
        return _container(content)
    return _text(content, extension)


def _container(content: bytes) -> FileKind | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = set(archive.namelist())
            if sum(item.file_size for item in archive.infolist()) > MOST_UNPACKED:
                return None
    except zipfile.BadZipFile:
        return None
    if "word/document.xml" in names:
        return DOCX
    if "xl/workbook.xml" in names:
        return XLSX
    return ZIP


def _text(content: bytes, extension: str) -> FileKind | None:
    if extension in JSON.extensions:
        return JSON if _is_json(content) else None
    if extension not in (*CSV.extensions, *TEXT.extensions) or b"\x00" in content:
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return CSV if extension in CSV.extensions else TEXT
    return None


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except (UnicodeDecodeError, ValueError, RecursionError):
        return False
    return True
