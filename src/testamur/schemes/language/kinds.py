"""The kinds of value a scheme may hold, each read into a frozen value that the engine uses without parsing.

============== ============================================ ==============================================
kind           written                                      read as
============== ============================================ ==============================================
text           ``{ en = "…", zh = "…" }``                   ``dict`` with the keys ``en`` and ``zh``
period         ``"6 months"``, ``"10 working days"``        :class:`Period`
moment         ``"expiry"``, ``"90 days before expiry"``    :class:`Moment`
moments        a moment, or ``{ initial = "…", … }``        :class:`Moments`, asked with ``.on("initial")``
condition      ``{ fact = "form.grade", is = "auditor" }``  tuple of :class:`Condition`; all must hold
source         ``"cn-rca@2023-07-20#art. 11"`` or a list    tuple of :class:`Source`
amount         ``"4800.00 CNY"``                            :class:`Amount`
number format  ``"LAMP-{year}-{serial:6}"``                 :class:`NumberFormat`
keep           ``["current and previous cycle", "2 years"]`` tuple of :class:`Period` and that one word
date           ``2026-03-01``                               ``datetime.date``
============== ============================================ ==============================================

``str()`` of every one of them is what stands in the file, so a value survives the way to JSON and back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from testamur.kernel.refusal import _
from testamur.schemes.language.said import Said, Wrong, hint

UNITS = ("day", "working day", "month", "year")
TESTS = ("is", "not", "in", "at_least", "at_most")
NUMBER_PARTS = (
    "area",
    "body",
    "category",
    "grade",
    "renewal",
    "serial",
    "size",
    "system",
    "year",
    "yy",
)
CURRENCIES = ("CNY", "EUR", "USD")
CYCLES = "current and previous cycle"

PERIOD = r"([1-9]\d*) (day|days|working day|working days|month|months|year|years)"
MOMENT = rf"(?:{PERIOD} (before|after) )?([a-z0-9_-]+(?:\.(?:started|ended))?)"


# ---------------------------------------------------------------- values


@dataclass(frozen=True)
class Period:
    """A length of time: whole number of days, working days, months or years."""

    number: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``"6 months"``; raises ``Wrong``."""
        match = re.fullmatch(PERIOD, text) if isinstance(text, str) else None
        if match is None:
            raise Wrong(_('"{value}" is not a period; write for example "6 months" or "45 working days"'), value=text)
        return cls(int(match[1]), match[2].removesuffix("s"))

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


@dataclass(frozen=True)
class Moment:
    """A named day, or a period before or after one; ``no end`` never comes.

    Attributes:
        day: ``"expiry"``, ``"decided"``, ``"type_test.ended"``, or ``"no end"``.
        period: distance from that day, or None for the day itself.
        before: the period lies before the day.
    """

    day: str
    period: Period | None = None
    before: bool = False

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Read ``"90 days before expiry"``; raises ``Wrong``."""
        if text == "no end":
            return cls(text)
        match = re.fullmatch(MOMENT, text) if isinstance(text, str) else None
        if match is None:
            message = _('"{value}" is not a moment; write for example "expiry" or "90 days before expiry"')
            raise Wrong(message, value=text)
        period = Period(int(match[1]), match[2].removesuffix("s")) if match[1] else None
        return cls(match[4], period, match[3] == "before")

    @property
    def endless(self) -> bool:
        """Say whether the moment never comes."""
        return self.day == "no end"

    def __str__(self) -> str:
        return f"{self.period} {'before' if self.before else 'after'} {self.day}" if self.period else self.day


@dataclass(frozen=True)
class Moments:
    """One moment for every occasion, or one for each: the time to close a finding differs between them."""

    always: Moment | None = None
    by_occasion: tuple[tuple[str, Moment], ...] = ()

    def on(self, occasion: str) -> Moment | None:
        """Return the moment that holds on an occasion, None where the scheme names none."""
        return dict(self.by_occasion).get(occasion, self.always)

    def all(self) -> tuple[Moment, ...]:
        """Return every moment named."""
        return tuple(m for m in (self.always, *(m for _name, m in self.by_occasion)) if m)


@dataclass(frozen=True)
class Condition:
    """One test of one fact: ``at_least`` and ``at_most`` compare, ``in`` looks in a list, ``is``, ``not`` equal."""

    fact: str
    test: str
    value: Any

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Say whether the condition holds; a fact nobody knows fulfils nothing, not even ``not``."""
        if self.fact not in facts or facts[self.fact] is None:
            return False
        given = facts[self.fact]
        if self.test == "in":
            return given in self.value
        if self.test in ("at_least", "at_most"):
            given, limit = Decimal(str(given)), Decimal(str(self.value))
            return given >= limit if self.test == "at_least" else given <= limit
        return (given == self.value) is (self.test == "is")


def all_hold(conditions: tuple[Condition, ...], facts: Mapping[str, Any]) -> bool:
    """Say whether all conditions hold; no condition always holds."""
    return all(condition.holds(facts) for condition in conditions)


@dataclass(frozen=True)
class Source:
    """A versioned clause: ``document`` is ``cn-rca@2023-07-20``, ``clause`` is ``art. 11``."""

    document: str
    clause: str

    def __str__(self) -> str:
        return f"{self.document}#{self.clause}"


@dataclass(frozen=True)
class Amount:
    """Money: a decimal number of a currency (ISO 4217)."""

    value: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.value} {self.currency}"


@dataclass(frozen=True)
class NumberFormat:
    """How numbers of attestations are built; always holds a serial number."""

    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of the parts, in order."""
        return tuple(re.findall(r"\{([a-z]+)(?::\d+)?\}", self.text))

    def render(self, values: Mapping[str, object]) -> str:
        """Return a number; figures are filled with zeros on the left to the width asked.

        Raises:
            ValueError: a part is missing, or longer than its width (the serial has run out).
        """

        def put(match: re.Match[str]) -> str:
            name, width = match[1], int(match[2] or 0)
            if name not in values:
                raise ValueError(f"The number {self.text} needs a value for {name}.")
            shown = str(values[name])
            if width and len(shown) > width:
                raise ValueError(f"{shown} is longer than the {width} places of {name} in {self.text}.")
            return shown.zfill(width)

        return re.sub(r"\{([a-z]+)(?::(\d+))?\}", put, self.text)

    def __str__(self) -> str:
        return self.text


# ---------------------------------------------------------------- kinds


@dataclass(frozen=True)
class Kind:
    """How a value is written, read and described.

    Attributes:
        name: marked words for people: ``must be {name}``.
        read: value of TOML -> frozen value; raises ``Wrong``.
        schema: JSON Schema of the written value, for editors.
        revive: value of the flattened JSON -> frozen value; JSON has no dates, else it is ``read``.
    """

    name: Said
    read: Callable[[Any], Any]
    schema: Mapping[str, Any]
    revive: Callable[[Any], Any]


def _kind(
    name: Said | str, read: Callable[[Any], Any], schema: Mapping[str, Any],
    revive: Callable[[Any], Any] | None = None,
) -> Kind:  # fmt: skip
    return Kind(name if isinstance(name, Said) else Said(name), read, schema, revive or read)


def _plain(name: str, wanted: type, schema: Mapping[str, Any], test: Callable[[Any], object] = lambda v: True) -> Kind:
    said = Said(name)

    def read(value: Any) -> Any:
        if type(value) is not wanted or not test(value):
            raise Wrong(_("must be {kind}"), kind=said)
        return value

    return _kind(said, read, schema)


def matching(name: str, pattern: str) -> Kind:
    """Return the kind of texts that match a pattern; ``name`` says which, in marked words."""
    return _plain(name, str, {"type": "string", "pattern": f"^(?:{pattern})$"}, lambda v: re.fullmatch(pattern, v))


def one(*words: str) -> Kind:
    """Return the kind of exactly one of the words."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in words:
            message = _('"{value}" is not one of: {words}.{hint}')
            raise Wrong(message, value=value, words=words, hint=hint(value, words))
        return value

    return _kind(Said(_("one of {words}"), {"words": " · ".join(words)}), read, {"enum": list(words)})


def many(kind: Kind) -> Kind:
    """Return the kind of lists, not empty and without repetition, read as tuples."""

    def each(reader: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def read(value: Any) -> tuple[Any, ...]:
            if not isinstance(value, list) or not value:
                raise Wrong(_("must be a list, not empty, of: {kind}"), kind=kind.name)
            done = tuple(reader(v) for v in value)
            if len({str(v) for v in done}) != len(done):
                raise Wrong(_("names the same thing twice"))
            return done

        return read

    schema = {"type": "array", "minItems": 1, "uniqueItems": True, "items": kind.schema}
    return _kind(Said(_("list of ({kind})"), {"kind": kind.name}), each(kind.read), schema, each(kind.revive))


def _read_text(value: Any) -> dict[str, str]:
    filled = isinstance(value, dict) and set(value) == {"en", "zh"}
    if not filled or not all(isinstance(v, str) and v.strip() for v in value.values()):
        raise Wrong(_("must say the same in en and zh, both filled"))
    return dict(value)


def _read_sources(value: Any) -> tuple[Source, ...]:
    found = []
    for cited in value if isinstance(value, list) else [value]:
        if not isinstance(cited, str) or not re.fullmatch(r"[a-z0-9.-]+@[A-Za-z0-9.-]+#\S.*", cited):
            raise Wrong(_('"{value}" is not a versioned source; write "document@version#clause"'), value=cited)
        found.append(Source(*cited.split("#", 1)))
    return tuple(found)


def _read_conditions(value: Any) -> tuple[Condition, ...]:
    found = []
    for row in value if isinstance(value, list) else [value]:
        tests = set(row) & set(TESTS) if isinstance(row, dict) else set()
        if len(tests) != 1 or set(row) != {"fact"} | tests or not isinstance(row["fact"], str):
            raise Wrong(
                _(
                    'must be {{ fact = "…", and one of is, not, in, at_least, at_most }} '
                    "or a list of these, all of which must hold"
                )
            )
        test = tests.pop()
        found.append(Condition(row["fact"], test, tuple(row[test]) if isinstance(row[test], list) else row[test]))
    return tuple(found)


def _read_amount(value: Any) -> Amount:
    try:
        number, currency = value.split(" ")
        if currency not in CURRENCIES or not re.fullmatch(r"\d+(\.\d{1,2})?", number):
            raise ValueError
        return Amount(Decimal(number), currency)
    except (AttributeError, ValueError, InvalidOperation):
        raise Wrong(_('"{value}" is not an amount; write for example "600.00 CNY"'), value=value) from None


def _read_number(value: Any) -> NumberFormat:
    if not isinstance(value, str) or "{serial" not in value:
        raise Wrong(_("must hold {part}, or two certificates could share a number"), part="{serial}")
    for name in re.findall(r"\{([a-z]+)(?::\d+)?\}", value):
        if name not in NUMBER_PARTS:
            message = _('"{part}" is not a part of a number; known: {known}')
            raise Wrong(message, part=f"{{{name}}}", known=NUMBER_PARTS)
    if re.search(r"[{}]", re.sub(r"\{[a-z]+(?::\d+)?\}", "", value)):
        raise Wrong(_("has a brace that opens or closes nothing"))
    return NumberFormat(value)


def _read_map(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not value:
        raise Wrong(_("must be a table in braces, not empty"))
    return {word: tuple(v) if isinstance(v, list) else v for word, v in value.items()}


def _read_moments(value: Any) -> Moments:
    if isinstance(value, dict) and value:
        # Sorted, because canonical JSON forgets the order of the file.
        return Moments(None, tuple(sorted(((_occasion(w), Moment.parse(t)) for w, t in value.items()), key=_first)))
    return Moments(Moment.parse(value))


def _first(pair: tuple[str, Moment]) -> str:
    return pair[0]


def _occasion(word: str) -> str:
    from testamur.schemes.language.closed_lists import OCCASIONS

    return str(one(*OCCASIONS).read(word))


def _read_keep(value: Any) -> tuple[Period | str, ...]:
    listed = value if isinstance(value, list) and value else [value]
    return tuple(item if item == CYCLES else Period.parse(item) for item in listed)


def _read_goods(value: Any) -> dict[str, str]:
    words = one("may_sell", "stop_shipping", "recall")
    if not isinstance(value, dict) or set(value) != {"made_before", "made_after"}:
        raise Wrong(_('must be {{ made_before = "…", made_after = "…" }}'))
    return {when: words.read(what) for when, what in value.items()}


def _revive_day(value: Any) -> date:
    return date.fromisoformat(value)


_STRING = {"type": "string"}
_SOURCE = {"type": "string", "pattern": "^[a-z0-9.-]+@[A-Za-z0-9.-]+#\\S"}
_PERIOD = {"type": "string", "pattern": f"^{PERIOD}$"}
_MOMENT = {"type": "string", "pattern": f"^(?:no end|{MOMENT})$"}
_TEXT = {
    "type": "object",
    "required": ["en", "zh"],
    "additionalProperties": False,
    "properties": {"en": {"type": "string", "minLength": 1}, "zh": {"type": "string", "minLength": 1}},
}
_CONDITION = {
    "type": "object",
    "required": ["fact"],
    "minProperties": 2,
    "maxProperties": 2,
    "additionalProperties": False,
    "properties": {"fact": _STRING, "is": {}, "not": {}, "in": {"type": "array"}, "at_least": {}, "at_most": {}},
}
_GOODS = {"enum": ["may_sell", "stop_shipping", "recall"]}

TEXT_KIND = _kind(_("text in en and zh"), _read_text, _TEXT)
PERIOD_KIND = _kind(_("period"), Period.parse, _PERIOD)
MOMENT_KIND = _kind(_("moment"), Moment.parse, _MOMENT)
MOMENTS_KIND = _kind(
    _("moment, or one for each occasion"),
    _read_moments,
    {"anyOf": [_MOMENT, {"type": "object", "minProperties": 1, "additionalProperties": _MOMENT}]},
)
SOURCE_KIND = _kind(
    _("source, or list of sources"),
    _read_sources,
    {"anyOf": [_SOURCE, {"type": "array", "minItems": 1, "items": _SOURCE}]},
)
CONDITION_KIND = _kind(
    _("condition, or list of conditions"),
    _read_conditions,
    {"anyOf": [_CONDITION, {"type": "array", "minItems": 1, "items": _CONDITION}]},
)
AMOUNT_KIND = _kind(
    _("amount and currency"), _read_amount, {"type": "string", "pattern": r"^\d+(\.\d{1,2})? (CNY|EUR|USD)$"}
)
NUMBER_KIND = _kind(_("number format"), _read_number, {"type": "string", "pattern": r"\{serial"})
KEEP_KIND = _kind(
    _("period, or list of periods"),
    _read_keep,
    {"anyOf": [_STRING, {"type": "array", "minItems": 1, "items": _STRING}]},
)
GOODS_KIND = _kind(
    _("what goods made before and after may do"),
    _read_goods,
    {
        "type": "object",
        "required": ["made_before", "made_after"],
        "additionalProperties": False,
        "properties": {"made_before": _GOODS, "made_after": _GOODS},
    },
)
MAP_KIND = _kind(_("table in braces"), _read_map, {"type": "object", "minProperties": 1})
DAY_KIND = Kind(
    Said(_("a date such as 2026-03-01")),
    _plain(_("a date such as 2026-03-01"), date, {}, lambda v: not isinstance(v, datetime)).read,
    {"type": "string", "format": "date"},
    _revive_day,
)
ID_KIND = matching(_("lower-case letters, digits, - or _"), r"[a-z][a-z0-9_-]*")
WORD_KIND = matching(_("text"), r"\S.*")
YES_KIND = _plain(_("true or false"), bool, {"type": "boolean"})
COUNT_KIND = _plain(_("a whole number"), int, {"type": "integer", "minimum": 0}, lambda v: v >= 0)
PINNED_KIND = matching(_("id@version"), r"[a-z0-9-]+@\d{4}-\d+")
DOCUMENT_KIND = matching(_("document@version"), r"[a-z0-9.-]+@[A-Za-z0-9.-]+")


def written(value: Any) -> Any:
    """Return a frozen value as it stands in JSON: texts, whole numbers, booleans, lists and tables of these."""
    if isinstance(value, Condition):
        return {"fact": value.fact, value.test: written(value.value)}
    if isinstance(value, Moments):
        by_occasion = {name: str(moment) for name, moment in value.by_occasion}
        return str(value.always) if value.always else by_occasion
    if isinstance(value, (Period, Moment, Source, Amount, NumberFormat)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [written(item) for item in value]
    if isinstance(value, Mapping):
        return {word: written(item) for word, item in value.items()}
    return value
