"""What every table of a scheme has, and how its keys are declared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field as DataField
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from testamur.schemes.language.kinds import (
    SOURCE_KIND,
    WORD_KIND,
    YES_KIND,
    Kind,
    Source,
    many,
    written,
)
from testamur.schemes.language.said import Place


class _Must:
    """The key is needed."""

    def __repr__(self) -> str:
        return "needed"


MUST = _Must()


def key(kind: Kind, otherwise: Any, en: str, zh: str) -> Any:
    """Declare a key of a table: its kind of value, what holds when it is absent (``MUST``: needed), what it says."""
    meaning = {"en": en, "zh": zh}
    return field(default=None, metadata={"kind": kind, "otherwise": otherwise, "meaning": meaning}, kw_only=True)


@dataclass(frozen=True)
class Table:
    """One table of a scheme. ``at`` is known while a file is checked, ``origin`` always.

    Attributes:
        origin: ``id@version`` of the file that states the table (a base, or the scheme itself).
    """

    MEANING: ClassVar[dict[str, str]] = {}

    at: Place | None = field(default=None, compare=False, repr=False, kw_only=True)
    origin: str = field(default="", kw_only=True)
    source: tuple[Source, ...] = key(
        SOURCE_KIND, MUST, "the versioned clause that states this rule", "规定本条规则的、带版本的条款"
    )
    unconfirmed: tuple[str, ...] = key(
        many(WORD_KIND),
        (),
        "keys of this table whose values nobody has checked against the source",
        "本表中尚未与来源核对其值的键",
    )
    override: bool = key(
        YES_KIND,
        False,
        "this table takes the place of the one with the same id in a base",
        "本表取代基础方案中同名的表",
    )

    def to_json(self) -> dict[str, Any]:
        """Return what the table says, defaults included, as JSON values; empty keys are left out."""
        said = {word: written(getattr(self, spec.name)) for word, spec in keys_of(type(self)).items()}
        row = {word: value for word, value in said.items() if value not in (None, [], {}) and word != "override"}
        return {**row, "origin": self.origin}

    def spoken_keys(self) -> tuple[str, ...]:
        """Return the keys whose value differs from what holds when they are absent."""
        return tuple(
            word
            for word, spec in keys_of(type(self)).items()
            if word not in ("source", "unconfirmed", "override")
            and getattr(self, spec.name) != spec.metadata["otherwise"]
            and getattr(self, spec.name) not in (None, (), {})
        )


@dataclass(frozen=True)
class Listed(Table):
    """A table that may stand many times, each with an id."""

    id: str = field(default="", kw_only=True)


_KEYS: dict[type[Table], dict[str, DataField[Any]]] = {}


def keys_of(table: type[Table]) -> dict[str, DataField[Any]]:
    """Return the keys of a table as they are written, with their declaration."""
    if table not in _KEYS:
        _KEYS[table] = {spec.name.rstrip("_"): spec for spec in fields(table) if spec.metadata}
    return _KEYS[table]


def needed_keys(table: type[Table]) -> Iterator[str]:
    """Yield the keys that must be written."""
    return (word for word, spec in keys_of(table).items() if spec.metadata["otherwise"] is MUST)
