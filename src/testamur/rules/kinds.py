"""Kinds of inputs: how a value is written, read and refused. Each input carries its label in two languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.rules.saying import Words

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\Z")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What one input is.

    Args:
        en: English label, lower case.
        zh: Chinese label.
        optional: absent or null is allowed and reads as ``default``.
        default: what an absent optional input means.
        unit: unit shown beside the field, e.g. ``days``.
    """

    en: str = ""
    zh: str = ""
    optional: bool = False
    default: Any = None
    unit: str = ""

    #: Word of the reference page and of the JSON of the calculators.
    word = "anything"

    @property
    def label(self) -> Words:
        """The input's label in both languages."""
        return {"en": self.en, "zh": self.zh}

    def read(self, value: Any, field: str) -> Any:
        """Return the value in its Python type.

        Args:
            value: as JSON, YAML, TOML or Python gives it.
            field: path of the input, e.g. ``part_time[0].hours``; a refusal names it.

        Raises:
            Refused: the value is of another kind or out of bounds.
        """
        if value is None or value == "":
            if self.optional:
                return self.default
            raise Refused(_("{input} is needed."), self._facts(field), field=field)
        return self._read(value, field)

    def _read(self, value: Any, field: str) -> Any:
        return value

    def _facts(self, field: str, **more: Any) -> dict[str, Any]:
        label = {
            "en": f"{self.en[:1].upper()}{self.en[1:]} ({field})" if self.en else field,
            "zh": f"{self.zh}（{field}）" if self.zh else field,
        }
        return {"input": label, **more}

    def _refuse(self, message: str, field: str, **more: Any) -> Refused:
        return Refused(message, self._facts(field, **more), field=field)


@dataclass(frozen=True, kw_only=True)
class Day(Kind):
    """A civil day, written 2026-03-31."""

    word = "day"

    def _read(self, value: Any, field: str) -> date:
        if isinstance(value, datetime):
            raise self._refuse(_("{input} must be a day without a time, written 2026-03-31."), field)
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            try:
                value = date.fromisoformat(value)
            except ValueError:
                raise self._refuse(
                    _("{input} is {value}, and the calendar has no such day."), field, value=value
                ) from None
        if not isinstance(value, date):
            raise self._refuse(_("{input} must be a day, written 2026-03-31."), field)
        # A year outside is a slip of the pen, and month arithmetic on it would leave the calendar.
        if not 1900 <= value.year <= 2200:
            raise self._refuse(_("{input} must lie between the years 1900 and 2200."), field)
        return value


@dataclass(frozen=True, kw_only=True)
class Number(Kind):
    """A decimal number; text keeps every digit. ``minimum`` and ``maximum`` are included."""

    word = "decimal"
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    above: Decimal | int | None = None
    below: Decimal | int | None = None

    def _read(self, value: Any, field: str) -> Decimal:
        number = self._number(value, field)
        self._check_bounds(number, field)
        return number

    def _number(self, value: Any, field: str) -> Decimal:
        if isinstance(value, float):
            value = repr(value)  # the shortest decimal that means this float: what the person wrote
        if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
            number = Decimal(value)
            if number.is_finite():
                return number
        if isinstance(value, str) and _DECIMAL.match(value.strip()):
            try:
                return Decimal(value.strip())
            except InvalidOperation:
                pass
        raise self._refuse(_("{input} must be a number, written 12.5."), field)

    def _check_bounds(self, number: Decimal, field: str) -> None:
        if self.minimum is not None and number < self.minimum:
            raise self._refuse(_("{input} must be at least {minimum}."), field, minimum=self.minimum)
        if self.maximum is not None and number > self.maximum:
            raise self._refuse(_("{input} must be at most {maximum}."), field, maximum=self.maximum)
        if self.above is not None and number <= self.above:
            raise self._refuse(_("{input} must be more than {limit}."), field, limit=self.above)
        if self.below is not None and number >= self.below:
            raise self._refuse(_("{input} must be less than {limit}."), field, limit=self.below)


@dataclass(frozen=True, kw_only=True)
class Whole(Number):
    """A whole number."""

    word = "whole number"

    def _read(self, value: Any, field: str) -> int:  # type: ignore[override]
        number = self._number(value, field)
        if number != number.to_integral_value():
            raise self._refuse(_("{input} must be a whole number."), field)
        self._check_bounds(number, field)
        return int(number)


@dataclass(frozen=True, kw_only=True)
class YesNo(Kind):
    """True or false."""

    word = "yes/no"

    def _read(self, value: Any, field: str) -> bool:
        if isinstance(value, bool):
            return value
        raise self._refuse(_("{input} must be yes or no (true or false)."), field)


@dataclass(frozen=True, kw_only=True)
class Text(Kind):
    """A text; ``at_most`` characters."""

    word = "text"
    at_most: int = 500

    def _read(self, value: Any, field: str) -> str:
        if not isinstance(value, str):
            raise self._refuse(_("{input} must be a text, written in quotation marks."), field)
        if len(value) > self.at_most:
            raise self._refuse(_("{input} must have at most {count} characters."), field, count=self.at_most)
        return value


@dataclass(frozen=True, kw_only=True)
class Choice(Kind):
    """One code of a closed list; ``options`` maps each code to its words."""

    word = "one of"
    options: Mapping[str, Words]

    def _read(self, value: Any, field: str) -> str:
        if isinstance(value, str) and value in self.options:
            return value
        raise self._refuse(_("{input} must be one of: {choices}."), field, choices=list(self.options))

    def words(self, code: str) -> Words:
        """Return the words of a code."""
        return dict(self.options[code])


@dataclass(frozen=True, kw_only=True)
class ListOf(Kind):
    """A list whose items are all of one kind; ``distinct`` items where it says so."""

    word = "list of"
    item: Kind
    at_least: int = 0
    distinct: bool = False

    def _read(self, value: Any, field: str) -> list[Any]:
        if not isinstance(value, (list, tuple)):
            raise self._refuse(_("{input} must be a list."), field)
        items = [self.item.read(item, f"{field}[{place}]") for place, item in enumerate(value)]
        if len(items) < self.at_least:
            raise self._refuse(_("{input} must name at least {count}."), field, count=self.at_least)
        if self.distinct:
            twice = sorted(str(item) for item, times in Counter(items).items() if times > 1)
            if twice:
                raise self._refuse(_("{input} names the same item twice: {items}."), field, items=twice)
        return items


@dataclass(frozen=True, kw_only=True)
class OneOrMany(Kind):
    """One item or a list of them; always read as a list."""

    word = "one or a list of"
    item: Kind

    def _read(self, value: Any, field: str) -> list[Any]:
        if isinstance(value, (list, tuple)):
            if not value:
                raise self._refuse(_("{input} must name at least {count}."), field, count=1)
            return [self.item.read(item, f"{field}[{place}]") for place, item in enumerate(value)]
        return [self.item.read(value, field)]


@dataclass(frozen=True, kw_only=True)
class Record(Kind):
    """A record of named parts."""

    word = "record"
    parts: Mapping[str, Kind]

    def _read(self, value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self._refuse(_("{input} must be a record with: {names}."), field, names=list(self.parts))
        for name in value:
            if name not in self.parts:
                raise self._refuse(
                    _("{input} has no part called {name}; its parts are: {names}."),
                    field,
                    name=name,
                    names=list(self.parts),
                )
        return {name: kind.read(value.get(name), f"{field}.{name}") for name, kind in self.parts.items()}


@dataclass(frozen=True, kw_only=True)
class MapOf(Kind):
    """A mapping from any name to values of one kind."""

    word = "mapping of names to"
    item: Kind

    def _read(self, value: Any, field: str) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self._refuse(_("{input} must map names to values."), field)
        return {str(name): self.item.read(item, f"{field}.{name}") for name, item in value.items()}


def described(kind: Kind) -> str:
    """Return a kind in plain English words, for the reference page: ``list of day, optional``."""
    text = kind.word
    if isinstance(kind, Choice):
        text = f"one of {', '.join(f'`{code}`' for code in kind.options)}"
    elif isinstance(kind, (ListOf, OneOrMany, MapOf)):
        text = f"{kind.word} {described(kind.item)}"
    elif isinstance(kind, Record):
        text = f"record of {', '.join(f'`{name}` ({described(part)})' for name, part in kind.parts.items())}"
    if isinstance(kind, Number):
        bounds = [
            words.format(limit)
            for words, limit in (
                ("at least {}", kind.minimum),
                ("more than {}", kind.above),
                ("at most {}", kind.maximum),
                ("less than {}", kind.below),
            )
            if limit is not None
        ]
        text = ", ".join([text, *bounds])
    if kind.unit:
        text = f"{text}, in {kind.unit}"
    return f"{text}, optional" if kind.optional else text
