"""How the rows of a source are read: a mapping is data, so a new source needs no code.

``docs/reference/mappings.md`` explains every table; the files of ``data/mappings`` are examples. Values are read by
one of the readers of ``values.READERS``.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.kernel.words import Origin, Status
from testamur.register.reporting.values import READERS
from testamur.verification import jcs

#: Tables and the keys they may have; those with a star they must have.
TABLES: dict[str, str] = {
    "source": "*id *names *scheme *origin *title statement_language attribution duty_days",
    "file": "format columns encoding delimiter sheet rows whole shortest optional",
    "key": "*columns map",
    "scheme": "*column *map",
    "issuer": "column value names pattern country map organisations absent",
    "holder": "*column pattern address country countries region identifiers",
    "status": "*column *map absent leave_out reason reason_on",
    "personal": "*column *values",
    "fold": "*keep order earlier entries",
    "feed": "*operation *map *day form",
}
LISTS = {
    "field": "*to *column read form tree empty keep map separator names",
    "rests_on": "*kind column value names separator",
    "inherit": "*column *values *parent *fields",
}
INNER = {"entries": "*to *day *form columns", "identifiers": "*scheme *column"}
#: Where a value can go, besides ``shown.…``, ``line.…`` and ``declared.…``.
TARGETS = (
    "number",
    "title",
    "statement",
    "grade",
    "mode",
    "conditions",
    "issued_on",
    "effective_on",
    "expires_on",
    "requirements",
)
#: What the body that keeps a portfolio declares of it, as ``declared.…``: nobody here saw it.
DECLARED = ("last_visit_on", "next_visit_on", "cycle_began_on", "open_findings")
KINDS = ("body", "laboratory", "accreditation", "assessor", "certificate", "module", "arrangement", "audit")
#: What a record can take from its parent, besides ``shown.…`` and ``rests_on.KIND``.
INHERITED = ("requirements", "grade", "mode", "conditions")
#: What a row of a change feed says became of its record.
APPEARED, CHANGED, GONE = OPERATIONS = ("appeared", "changed", "gone")


@dataclass(frozen=True)
class Field:
    """One ``[[field]]``: where a value goes, where it comes from and how it is read."""

    to: str
    column: tuple[str, ...]  # the first that is not empty is read
    read: str = "text"
    form: tuple[str, ...] = ()
    tree: str = ""
    empty: tuple[str, ...] = ()
    keep: int = 0
    map: Mapping[str, str] | None = None
    separator: str = ","
    names: Mapping[str, str] | None = None  # what people call it, where a page shows it


@dataclass(frozen=True)
class Inherit:
    """One ``[[inherit]]``: where ``column`` says so, a record takes ``fields`` from its parent."""

    column: str
    values: tuple[str, ...]
    parent: tuple[str, ...]  # its columns name the parent as those of the key name the record
    fields: tuple[str, ...]


@dataclass(frozen=True)
class RegisterMapping:
    """A mapping, checked. ``body`` is it as read, kept with every version of it.

    Attributes:
        columns: every column that is read, once, in the order in which rows hold their values.
        optional: those of them that a file may lack.
        ending: names that an object of a feed has where it says no more than that a record is gone.
    """

    body: Mapping[str, Any]
    columns: tuple[str, ...]
    optional: frozenset[str]
    fields: tuple[Field, ...]
    ending: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Mapping[str, Any]:
        if name in TABLES:
            found: Mapping[str, Any] = self.body.get(name, {})
            return found
        raise AttributeError(name)

    @property
    def origin(self) -> Origin:
        """Return how records of this source come here."""
        return Origin(self.body["source"]["origin"])

    @property
    def key_columns(self) -> tuple[str, ...]:
        """Return the columns that name a record together."""
        return _names(self.body["key"]["columns"])

    @property
    def for_feed(self) -> RegisterMapping:
        """Return the mapping as it reads a change feed: with the columns that only a feed has.

        Raises:
            Refused: it says nothing of feeds.
        """
        if not self.feed:
            raise Refused(
                _("The mapping does not say how a change feed is read; give it a table [feed] with operation and day."),
                field="mapping",
            )
        more = (self.feed["operation"], self.feed["day"])
        ending = frozenset(column.split("[")[0].split(".")[0] for column in (*self.key_columns, *more))
        return replace(self, columns=tuple(dict.fromkeys((*self.columns, *more))), ending=ending)

    @property
    def rests_on(self) -> Sequence[Mapping[str, Any]]:
        """Return the ``[[rests_on]]`` tables."""
        found: Sequence[Mapping[str, Any]] = self.body.get("rests_on", ())
        return found

    @property
    def inherit(self) -> tuple[Inherit, ...]:
        """Return the ``[[inherit]]`` tables."""
        return tuple(Inherit(row["column"], _names(row["values"]), _names(row["parent"]), _names(row["fields"]))
                     for row in self.body.get("inherit", ()))  # fmt: skip

    def column_of(self, field: str) -> str:
        """Return the column in which the source says a field; the field itself where it is said by no column."""
        group, _dot, kind = field.partition(".")
        if group == "rests_on":
            rows = [row for row in self.rests_on if row["kind"] == kind]
            return str(rows[0].get("column", field)) if rows else field
        return next((one.column[0] for one in self.fields if one.to == field), field)

    @property
    def language(self) -> str:
        """Return in which language the source words its statements."""
        return str(self.body["source"].get("statement_language", "en"))

    @property
    def digest(self) -> str:
        """Return SHA-256 of the canonical body, hex."""
        return hashlib.sha256(jcs.canonical(dict(self.body))).hexdigest()


def load(path: Path) -> RegisterMapping:
    """Read a mapping file.

    Raises:
        Refused: not TOML; a table or key missing or unknown; an unknown reader, target or word.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(_("The mapping {file} cannot be read: {why}."), {"file": path.name, "why": str(error)}) from None
    return read(body, path.name)


def read(body: Mapping[str, Any], name: str = "mapping") -> RegisterMapping:
    """Check a mapping that was read from TOML or JSON; raises :class:`Refused` as :func:`load` does."""
    known = [*TABLES, *LISTS]
    for table in body:
        if table not in known:
            raise _unknown(
                name, table, known, _("The mapping {file} has a table [{word}], which means nothing; {near}.")
            )
    for table, keys in TABLES.items():
        if table in body or table in ("source", "key", "issuer", "holder"):
            _check_keys(name, table, body.get(table, {}), keys)
    for table, keys in LISTS.items():
        rows = body.get(table, [])
        if not isinstance(rows, list):
            raise _wrong(name, table, _("is a list of tables, written [[{table}]]"), {"table": table})
        for row in rows:
            _check_keys(name, table, row, keys)
    _check_inner(name, body)
    fields = tuple(_field(name, row) for row in body.get("field", []))
    _check_words(name, body, fields)
    _check_inherit(name, body, fields)
    columns = tuple(dict.fromkeys(_columns(body, fields)))
    file = body.get("file", {})
    listed = file.get("columns", [])
    unknown = [one for one in columns if listed and one not in listed]
    if unknown:
        near = [f"{one} (← {found[0]}?)" if (found := get_close_matches(one, listed, 1)) else one for one in unknown]
        raise Refused(
            _("The mapping {file} names columns that its file has not: {columns}."),
            {"file": name, "columns": near},
            field="mapping",
        )
    return RegisterMapping(dict(body), columns, frozenset(file.get("optional", ())), fields)


def _check_keys(name: str, table: str, row: Any, keys: str) -> None:
    if not isinstance(row, Mapping):
        raise _wrong(name, table, _("is a table"), {})
    allowed = keys.replace("*", "").split()
    for key in row:
        if key not in allowed:
            raise _unknown(
                name,
                key,
                allowed,
                _("The mapping {file} has the key {word} in [{table}], which means nothing; {near}."),
                table=table,
            )
    lacking = [key[1:] for key in keys.split() if key.startswith("*") and key[1:] not in row]
    if lacking:
        raise Refused(
            _("The mapping {file} lacks {keys} in [{table}]."),
            {"file": name, "keys": lacking, "table": table},
            field="mapping",
        )


def _check_inner(name: str, body: Mapping[str, Any]) -> None:
    if "entries" in body.get("fold", {}):
        _check_keys(name, "fold.entries", body["fold"]["entries"], INNER["entries"])
    for row in body["holder"].get("identifiers", []):
        _check_keys(name, "holder.identifiers", row, INNER["identifiers"])


def _field(name: str, row: Mapping[str, Any]) -> Field:
    texts = {key: _names(row[key]) for key in ("column", "form", "empty") if key in row}
    one = Field(**{**row, **texts})
    if one.read not in READERS:
        raise _unknown(
            name,
            one.read,
            list(READERS),
            _("The mapping {file} reads {column} by {word}, which is no reader; {near}."),
            column=", ".join(one.column),
        )
    declared = [f"declared.{fact}" for fact in DECLARED]
    if one.to not in (*TARGETS, *declared) and one.to.partition(".")[0] not in ("shown", "line"):
        raise _unknown(
            name,
            one.to,
            [*TARGETS, "shown.…", "line.…", *declared],
            _("The mapping {file} sends {column} to {word}, which is no place; {near}."),
            column=", ".join(one.column),
        )
    if (one.to.endswith("_on")) != (one.read == "day"):
        raise _wrong(name, one.to, _("is a day, and only days are read as day"), {})
    if one.to in ("requirements", "declared.open_findings") and one.read != "list":
        raise _wrong(name, one.to, _("is read as list"), {})
    if one.read == "day" and not one.form:
        raise _wrong(name, one.to, _('needs the form of its days, "%Y-%m-%d" for instance, or "auto"'), {})
    if one.names is not None and (not isinstance(one.names, Mapping) or not one.names):
        raise _wrong(name, f"{one.to}.names", _("is a text by language, as in {{ en = …, zh = … }}"), {})
    if one.to.startswith("line.") and not one.tree:
        raise _wrong(name, one.to, _("needs the tree whose codes it holds"), {})
    return one


def _check_words(name: str, body: Mapping[str, Any], fields: Sequence[Field]) -> None:
    source = body["source"]
    told = [str(origin) for origin in Origin if origin is not Origin.NATIVE]
    if source["origin"] not in told:
        raise _unknown(
            name,
            str(source["origin"]),
            told,
            _("The mapping {file} says that records are {word}; only records from elsewhere are entered: {near}."),
        )
    for key in ("names", "title"):
        if not isinstance(source[key], Mapping) or not source[key]:
            raise _wrong(name, f"source.{key}", _("is a text by language, as in {{ en = …, zh = … }}"), {})
    if "number" not in {one.to for one in fields}:
        raise _wrong(name, "field", _("says nowhere which column holds the number"), {})
    statuses = {str(one) for one in Status}
    status = body.get("status", {})
    for word in [*status.get("map", {}).values(), *([status["absent"]] if "absent" in status else [])]:
        if word not in statuses:
            raise _unknown(
                name,
                str(word),
                sorted(statuses),
                _("The mapping {file} knows a status {word} that there is not; {near}."),
            )
    for row in body.get("rests_on", []):
        if row["kind"] not in KINDS:
            raise _unknown(
                name, str(row["kind"]), list(KINDS), _("The mapping {file} lets records rest on a {word}; {near}.")
            )
    for table, row in [("issuer", body["issuer"]), *(("rests_on", row) for row in body.get("rests_on", []))]:
        if ("column" in row) == ("value" in row):
            raise _wrong(name, table, _("has either a column or, where it is the same for all, a value"), {})
    strangers = set(body["key"].get("map", {})) - set(_names(body["key"]["columns"]))
    if strangers:
        raise _wrong(name, "key.map", _("names columns that are no part of the key"), {})
    for table, key in (("issuer", "pattern"), ("holder", "pattern")):
        try:
            re.compile(str(body[table].get(key, "")))
        except re.error as error:
            raise _wrong(name, f"{table}.{key}", _("is no pattern: {why}"), {"why": str(error)}) from None
    if body.get("fold", {}).get("keep", "first") not in ("first", "latest"):
        raise _wrong(name, "fold.keep", _('is "first" or "latest"'), {})
    _check_feed(name, body)


def _check_feed(name: str, body: Mapping[str, Any]) -> None:
    feed = body.get("feed")
    if feed is None:
        return
    if "fold" in body:
        told = _("tells each row by itself, and [fold] makes several rows one; have one of them")
        raise _wrong(name, "feed", told, {})
    if "inherit" in body:
        told = _("tells each row by itself, and [inherit] takes from other rows; have one of them")
        raise _wrong(name, "feed", told, {})
    for key in ("operation", "day"):
        if not isinstance(feed[key], str) or not feed[key]:
            raise _wrong(name, f"feed.{key}", _("is the name of one column"), {})
    if not all(isinstance(one, str) for one in _names(feed.get("form", ""))):
        raise _wrong(name, "feed.form", _("is one form of days, or a list of them"), {})
    if not isinstance(feed["map"], Mapping):
        raise _wrong(name, "feed.map", _("is a table"), {})
    for one in feed["map"].values():
        if one not in OPERATIONS:
            raise _unknown(
                name,
                str(one),
                list(OPERATIONS),
                _("The mapping {file} knows an operation {word} that no feed has; {near}."),
            )


def _check_inherit(name: str, body: Mapping[str, Any], fields: Sequence[Field]) -> None:
    given = [one.to for one in fields if one.to in INHERITED or one.to.startswith("shown.")]
    given += [f"rests_on.{row['kind']}" for row in body.get("rests_on", [])]
    taken: set[str] = set()
    for row in body.get("inherit", []):
        for key in ("column", "values", "parent", "fields"):
            told = row[key] if isinstance(row[key], list) else [row[key]]
            if not told or not all(isinstance(one, str) and one for one in told):
                raise _wrong(name, f"inherit.{key}", _("is a text, or a list of texts"), {})
        for field in _names(row["fields"]):
            if field not in given:
                raise _unknown(
                    name, str(field), given,
                    _("The mapping {file} lets a record take {word} from its parent, which it reads nowhere; {near}."),
                )  # fmt: skip
            if field in taken:
                raise _wrong(name, "inherit", _("takes {field} twice"), {"field": field})
            taken.add(field)
        if len(_names(row["parent"])) != len(_names(body["key"]["columns"])):
            raise _wrong(name, "inherit.parent", _("names the parent by as many columns as the key has"), {})
    if taken and "fold" in body:
        raise _wrong(name, "inherit", _("does not go together with [fold]: a parent is one row"), {})


def _columns(body: Mapping[str, Any], fields: Sequence[Field]) -> Iterator[str]:
    """Yield every column that is read, the file's own order first."""
    wanted = [*_names(body["key"]["columns"])]
    for table in ("issuer", "scheme", "status", "personal"):
        wanted += _names(body.get(table, {}).get("column", ()))
    for key in ("reason", "reason_on"):
        wanted += _names(body.get("status", {}).get(key, ()))
    for key in ("column", "address", "country", "region"):
        wanted += _names(body["holder"].get(key, ()))
    wanted += [row["column"] for row in body["holder"].get("identifiers", [])]
    wanted += [column for one in fields for column in one.column]
    wanted += [
        column for row in body.get("rests_on", []) for key in ("column", "names") for column in _names(row.get(key, ()))
    ]
    wanted += [column for row in body.get("inherit", []) for key in ("column", "parent") for column in _names(row[key])]
    entries = body.get("fold", {}).get("entries", {})
    wanted += [*_names(entries.get("day", ())), *_names(entries.get("columns", ()))]
    listed = body.get("file", {}).get("columns", [])
    yield from (one for one in listed if one in set(wanted))
    yield from wanted


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _unknown(name: str, word: str, known: Sequence[str], message: str, **facts: Any) -> Refused:
    near = get_close_matches(word, known, 1)
    hint = f"{near[0]}?" if near else ", ".join(known)
    return Refused(message, {"file": name, "word": word, "near": hint, **facts}, field="mapping")


def _wrong(name: str, place: str, what: str, facts: Mapping[str, Any]) -> Refused:
    from testamur.register.authority import Said, in_both

    told = in_both(Said(what, facts)) if facts else in_both(Said(what))
    return Refused(
        _("In the mapping {file}, {place} {what}."), {"file": name, "place": place, "what": told}, field="mapping"
    )
