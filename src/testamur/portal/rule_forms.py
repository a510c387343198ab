"""A form for every rule, made from its typed inputs, and its answers read back: names are the paths refusals name.

``part_time[0].hours`` is the name of an input, the field a refusal blames, and the address of a result that can be
linked to: one spelling.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.http import QueryDict

from testamur.kernel.refusal import Refused
from testamur.rules.cycle import Years
from testamur.rules.engine import Rule
from testamur.rules.kinds import Choice, Day, Kind, ListOf, MapOf, Number, OneOrMany, Record, Text, Whole, YesNo
from testamur.wording.templatetags.say import unit

#: Rows of a list of records that are offered beyond those filled in, and the most that are read.
SPARE, ROWS = 2, 60
#: What is typed where a list is meant to be empty, which is not the same as leaving the field alone.
EMPTY = ("-", "none", "无")
LONGEST = 20_000  # characters of one answer


@dataclass
class Entry:
    """One place of the form: a field, or a group of them.

    Attributes:
        shape: text, number, date, choice, yes_no, lines, pairs, record, rows.
        name: of the HTML input, and the path a refusal names.
        value: as typed.
        error: what is wrong with it, or None.
        children: of a record; of rows, one record for each.
    """

    shape: str
    name: str
    kind: Kind
    value: str = ""
    error: Any = None
    options: list[dict[str, Any]] = field(default_factory=list)
    children: list[Entry] = field(default_factory=list)

    @property
    def ident(self) -> str:
        """Return the HTML id."""
        return "in-" + re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")

    @property
    def label(self) -> dict[str, str]:
        """Return the label, with a capital in English."""
        en, zh = self.kind.en or self.name, self.kind.zh or self.kind.en or self.name
        return {"en": en[:1].upper() + en[1:], "zh": zh}

    @property
    def optional(self) -> bool:
        """Say whether it may stay empty."""
        return self.kind.optional

    @property
    def unit(self) -> str:
        """Return the unit to be shown beside it, in the reader's language; symbols stay as they are."""
        return unit(self.kind.unit)

    @property
    def bounds(self) -> str:
        """Return the smallest and greatest value allowed, where the kind has any."""
        kind = self.kind
        if not isinstance(kind, Number):
            return ""
        low = f"≥ {kind.minimum}" if kind.minimum is not None else f"> {kind.above}" if kind.above is not None else ""
        high = f"≤ {kind.maximum}" if kind.maximum is not None else f"< {kind.below}" if kind.below is not None else ""
        far = kind.maximum is not None and Decimal(kind.maximum) >= 1_000_000
        return ", ".join(part for part in (low, "" if far else high) if part)

    def walk(self) -> list[Entry]:
        """Return the entry and everything in it."""
        return [self, *(one for child in self.children for one in child.walk())]


def form(rule: Rule, asked: QueryDict) -> list[Entry]:
    """Return the form of a rule, filled with what was typed."""
    return [_entry(kind, name, asked) for name, kind in rule.inputs.items()]


def _entry(kind: Kind, name: str, asked: QueryDict) -> Entry:
    value = asked.get(name, "")[:LONGEST]
    if isinstance(kind, Choice):
        options = [{"value": code, "label": words, "chosen": code == value} for code, words in kind.options.items()]
        return Entry("choice", name, kind, value, options=options)
    if isinstance(kind, YesNo):
        return Entry("yes_no", name, kind, value)
    if isinstance(kind, Day):
        return Entry("date", name, kind, value)
    if isinstance(kind, Record):
        return Entry(
            "record", name, kind, children=[_entry(part, f"{name}.{key}", asked) for key, part in kind.parts.items()]
        )
    if isinstance(kind, (ListOf, OneOrMany)):
        if isinstance(kind.item, Record):
            rows = range(min(_rows_of(name, asked) + SPARE, ROWS))
            return Entry("rows", name, kind, children=[_entry(kind.item, f"{name}[{row}]", asked) for row in rows])
        return Entry("lines", name, kind, value)
    if isinstance(kind, Years):
        return Entry("lines", name, kind, value)
    if isinstance(kind, MapOf):
        return Entry("pairs", name, kind, value)
    return Entry("number" if isinstance(kind, Number) else "text", name, kind, value)


def _rows_of(name: str, asked: QueryDict) -> int:
    """Return how many rows are filled in: up to the last one that says anything."""
    last = 0
    for key in asked:
        match = re.match(rf"{re.escape(name)}\[(\d{{1,3}})\]", key)
        if match and asked.get(key, "").strip():
            last = max(last, int(match[1]) + 1)
    return min(last, ROWS)


def read(rule: Rule, entries: list[Entry]) -> tuple[dict[str, Any], bool]:
    """Return (inputs as the engine takes them, whether each could be read); mistakes are noted on their entries."""
    inputs: dict[str, Any] = {}
    by_name = {one.name: one for entry in entries for one in entry.walk()}
    good = True
    for entry in entries:
        given = _given(entry)
        if given is not None:
            inputs[entry.name] = given
        try:
            entry.kind.read(given, entry.name)
        except Refused as refused:
            good = False
            _blame(refused, entry, by_name)
    return inputs, good


def _blame(refused: Refused, entry: Entry, by_name: Mapping[str, Entry]) -> None:
    path = refused.field or entry.name
    while path not in by_name and ("." in path or "[" in path):
        path = path[: max(path.rfind("."), path.rfind("["))]
    by_name.get(path, entry).error = refused


def blame(refused: Refused, entries: list[Entry]) -> bool:
    """Note a refusal of the rule itself on the entry it names; False where it names none."""
    by_name = {one.name: one for entry in entries for one in entry.walk()}
    if not refused.field or not any(refused.field.startswith(entry.name) for entry in entries):
        return False
    _blame(refused, next(entry for entry in entries if refused.field.startswith(entry.name)), by_name)
    return True


def _given(entry: Entry) -> Any:
    """Return what was typed in the type the engine reads; None where nothing was."""
    value = entry.value.strip()
    if entry.shape == "record":
        parts = {child.name.rpartition(".")[2]: _given(child) for child in entry.children}
        filled = {name: part for name, part in parts.items() if part is not None}
        return filled or None
    if entry.shape == "rows":
        rows = [given for child in entry.children if (given := _given(child)) is not None]
        return rows or ([] if not entry.kind.optional else None)
    if entry.shape == "lines":
        return _lines(entry, value)
    if entry.shape == "pairs":
        return _pairs(entry, value)
    if not value:
        return None
    if entry.shape == "yes_no":
        return {"yes": True, "no": False}.get(value, value)
    return value


def _lines(entry: Entry, value: str) -> Any:
    items = [item.strip() for item in re.split(r"[\n;；、]|,(?!\d{3}\b)", value) if item.strip()]
    kind = entry.kind
    if isinstance(kind, Years):
        # One small number is an interval; anything else is a list of years.
        return None if not items else items[0] if len(items) == 1 and len(items[0]) < 3 else items
    assert isinstance(kind, (ListOf, OneOrMany))
    if value.strip().lower() in EMPTY:
        return []
    if not items:
        return None if kind.optional or isinstance(kind, OneOrMany) else []
    return [_scalar(kind.item, item) for item in items]


def _pairs(entry: Entry, value: str) -> Any:
    kind = entry.kind
    assert isinstance(kind, MapOf)
    pairs: dict[str, Any] = {}
    for line in value.splitlines():
        name, equals, said = line.partition("=")
        if name.strip():
            if isinstance(kind.item, (ListOf, OneOrMany)):
                parts = [part.strip() for part in re.split(r"[,;；、]", said) if part.strip()]
                pairs[name.strip()] = [_scalar(kind.item.item, part) for part in parts]
            else:
                pairs[name.strip()] = _scalar(kind.item, said.strip()) if equals else None
    return pairs or (None if kind.optional else {})


def _scalar(kind: Kind, text: str) -> Any:
    if isinstance(kind, YesNo):
        return {"yes": True, "no": False, "true": True, "false": False, "是": True, "否": False}.get(text.lower(), text)
    return text


def typed(inputs: Mapping[str, Any], rule: Rule) -> dict[str, str]:
    """Return inputs as somebody would have typed them into the form: what a link to a result holds.

    Raises:
        ValueError: an input has a shape the form has no place for.
    """
    found: dict[str, str] = {}
    for name, value in inputs.items():
        if name in rule.inputs and value is not None:
            _type(rule.inputs[name], name, value, found)
    return found


def _type(kind: Kind, name: str, value: Any, found: dict[str, str]) -> None:
    if value is None:
        return
    if isinstance(kind, Record):
        if not isinstance(value, Mapping):
            raise ValueError(f"{name} is no record")
        for key, part in value.items():
            if key in kind.parts:
                _type(kind.parts[key], f"{name}.{key}", part, found)
    elif isinstance(kind, (ListOf, OneOrMany)):
        items = value if isinstance(value, (list, tuple)) else [value]
        if isinstance(kind.item, Record):
            for row, item in enumerate(items):
                _type(kind.item, f"{name}[{row}]", item, found)
        else:
            found[name] = "\n".join(_said(item) for item in items) or EMPTY[0]
    elif isinstance(kind, Years):
        found[name] = "\n".join(str(year) for year in value) if isinstance(value, (list, tuple)) else str(value)
    elif isinstance(kind, MapOf):
        listed = {
            key: ", ".join(_said(one) for one in item) if isinstance(item, (list, tuple)) else _said(item)
            for key, item in value.items()
        }
        found[name] = "\n".join(f"{key} = {item}" for key, item in listed.items())
    else:
        found[name] = _said(value)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


#: Kinds the form has a place for; a test compares it with the kinds that rules use.
PLACES = (Choice, Day, ListOf, MapOf, Number, OneOrMany, Record, Text, Whole, Years, YesNo)
