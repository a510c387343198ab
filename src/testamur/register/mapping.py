"""How rows of another register are read: a mapping is data in TOML, so a new source needs no code.

``data/mappings/common-criteria.toml`` is an example with every table. Values are read by one of the readers ``text``
(entities and spaces cleaned), ``day``, ``list`` (by commas), ``address`` and ``file_stem`` (name of the file an address
points to, without its ending).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import html
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Origin

#: Largest file unpacked, bytes.
UNPACKED_MOST = 200 * 1024 * 1024
READERS = ("text", "day", "list", "address", "file_stem")


@dataclass(frozen=True)
class Row:
    """One row of a file, as received.

    Attributes:
        number: of the record, the header being 1.
        line: of the file on which the record ends.
        values: column → text; empty where the record is broken.
        problem: why the record cannot be read as a row, None where it can.
    """

    number: int
    line: int
    values: Mapping[str, str]
    problem: RowError | None = None


@dataclass(frozen=True)
class RowError:
    """Why a row was not taken, and what would help. Message ids; facts are typed."""

    reason: str
    remedy: str
    field: str = ""
    facts: Mapping[str, Any] = attribute(default_factory=dict)


class BadValue(Exception):
    """A value cannot be read; carries the row's error."""

    def __init__(self, error: RowError) -> None:
        super().__init__(error.reason)
        self.error = error


@dataclass(frozen=True)
class Field:
    """One ``[[field]]``: where a value goes, where it comes from and how it is read."""

    to: str
    column: str
    read: str = "text"
    form: str = ""
    tree: str = ""
    empty: tuple[str, ...] = ()
    keep: int = 0


@dataclass(frozen=True)
class RegisterMapping:
    """A mapping file, checked. ``body`` is the TOML as read, kept with every batch that used it."""

    source: Mapping[str, Any]
    columns: tuple[str, ...]
    key: tuple[str, ...]
    issuer: Mapping[str, Any]
    holder: Mapping[str, Any]
    fields: tuple[Field, ...]
    edition: Mapping[str, Any] | None
    body: Mapping[str, Any]

    @property
    def origin(self) -> Origin:
        """Return how records of this source come here."""
        return Origin(self.source["origin"])


def load(path: Path) -> RegisterMapping:
    """Read a mapping file.

    Raises:
        Refused: not TOML, a table or key missing, an unknown reader or column.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(_("The mapping {file} cannot be read: {why}."), {"file": path.name, "why": str(error)}) from None
    return read(body, path.name)


def read(body: Mapping[str, Any], name: str = "mapping") -> RegisterMapping:
    """Check a mapping that was read from TOML; raises :class:`Refused` as :func:`load` does."""
    facts: dict[str, Any] = {"file": name}
    for table, keys in _NEEDED.items():
        missing = [key for key in keys if key not in body.get(table, {})]
        if missing:
            raise Refused(
                _("The mapping {file} lacks {keys} in [{table}]."), {**facts, "keys": missing, "table": table}
            )
    columns = tuple(body["file"]["columns"])
    fields = []
    for row in body.get("field", []):
        try:
            one = Field(**{**row, "empty": tuple(row.get("empty", ()))})
        except TypeError:
            raise Refused(
                _("The mapping {file} has a [[field]] with unknown keys: {row}."), {**facts, "row": str(row)}
            ) from None
        if one.read not in READERS:
            raise Refused(
                _("The mapping {file} reads {column} as {read}; known are {known}."),
                {**facts, "column": one.column, "read": one.read, "known": list(READERS)},
            )
        fields.append(one)
    edition = body.get("edition")
    named = {one.column for one in fields} | {
        *body["key"]["columns"],
        body["issuer"]["column"],
        body["holder"]["column"],
    }
    if edition:
        named |= {edition["day"], edition["what"], *edition.get("shown", {}).values()}
    unknown = sorted(named - set(columns))
    if unknown:
        raise Refused(
            _("The mapping {file} names columns that its file has not: {columns}."), {**facts, "columns": unknown}
        )
    return RegisterMapping(
        body["source"],
        columns,
        tuple(body["key"]["columns"]),
        body["issuer"],
        body["holder"],
        tuple(fields),
        edition,
        body,
    )


_NEEDED = {
    "source": ("id", "register", "scheme", "origin", "title"),
    "file": ("format", "columns"),
    "key": ("columns",),
    "issuer": ("column", "names"),
    "holder": ("column",),
}


# ------------------------------------------------------------ the file


def rows_of(content: bytes, mapping: RegisterMapping) -> Iterator[Row]:
    """Yield the rows of a file; a broken record is yielded with its problem, never with shifted values.

    Args:
        content: CSV in UTF-8, or the same compressed by gzip.

    Raises:
        Refused: not text, or a header other than the mapping's.
    """
    text = _text_of(content)
    reader = csv.reader(io.StringIO(text, newline=""))
    header = [name.strip() for name in next(reader, [])]
    if tuple(header) != mapping.columns:
        raise Refused(
            _("The first line of the file names other columns than the mapping expects: {found}."),
            {"found": header[:20]},
            field="file",
        )
    number = 1
    while True:
        number += 1
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problem = RowError(
                _("The record cannot be read: {why}."), _("Correct the record at the source."), "", {"why": str(error)}
            )
            yield Row(number, reader.line_num, {}, problem)
            continue
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(header):
            problem = RowError(
                _(
                    "The record has {found} fields where {expected} are expected, "
                    "so its values stand in the wrong columns."
                ),
                _('A text with quotation marks inside doubles them ("") in CSV; have the source correct the record.'),
                "",
                {"found": len(values), "expected": len(header)},
            )
            yield Row(number, reader.line_num, {}, problem)
            continue
        yield Row(number, reader.line_num, dict(zip(header, values, strict=True)))


def _text_of(content: bytes) -> str:
    if content[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
                content = file.read(UNPACKED_MOST + 1)
        except (OSError, EOFError):
            raise Refused(_("The compressed file is damaged."), field="file") from None
        if len(content) > UNPACKED_MOST:
            raise Refused(
                _("The file unpacks to more than {most} MB."), {"most": UNPACKED_MOST // 1024**2}, field="file"
            )
    if not content.strip():
        raise Refused(_("The file is empty."), field="file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(_("The file is not UTF-8 text (byte {place})."), {"place": error.start}, field="file") from None


# ------------------------------------------------------------ values


def clean(text: str) -> str:
    """Return a text without entities, double spaces and line breaks."""
    return " ".join(html.unescape(text).split())


def value_of(one: Field, text: str) -> Any:
    """Read one value; None where it is empty or a word for empty.

    Raises:
        BadValue: the text is not of its kind.
    """
    cleaned = clean(text)
    if not cleaned or cleaned in one.empty:
        return None
    if one.read == "day":
        return day_of(one.column, cleaned, one.form)
    if one.read == "list":
        return [part.strip() for part in cleaned.split(",") if part.strip()]
    if one.read == "address":
        return address_of(cleaned)
    if one.read == "file_stem":
        return stem_of(cleaned)
    return cleaned[: one.keep] if one.keep else cleaned


def day_of(column: str, text: str, form: str) -> date:
    """Read a civil day in the form of the source (``strptime``)."""
    try:
        return datetime.strptime(text, form).date()
    except ValueError:
        raise BadValue(
            RowError(
                _("{value} is no day of the form {form}."),
                _("Correct the day at the source."),
                column,
                {"value": text[:60], "form": form},
            )
        ) from None


def address_of(text: str) -> str:
    """Return an address with its odd characters escaped and the idle port taken out; plain text where it is none."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return text
    port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}{quote(unquote(parts.path))}"


def stem_of(text: str) -> str:
    """Return the name of the file an address points to, without its ending and the traces of uploads."""
    name = PurePosixPath(unquote(urlsplit(text).path or text)).name or text
    name = re.sub(r"\.pdf.*$", "", name, flags=re.IGNORECASE)
    return clean(name)[:80]


def key_of(mapping: RegisterMapping, row: Row) -> str:
    """Return the derived id of the record a row belongs to: SHA-256 of its key columns, hex."""
    parts = [clean(row.values[column]) for column in mapping.key]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
