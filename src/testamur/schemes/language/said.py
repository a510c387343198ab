"""What the checker says: a marked sentence with its facts, translated where it is shown, never here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from testamur.kernel.refusal import _, plain

Translate = Callable[[str], str]


@dataclass(frozen=True)
class Said:
    """A marked sentence, or a part of one, with the values of its placeholders (which may be ``Said`` again)."""

    message_id: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def sentence(self, translate: Translate = str, language: str = "en") -> str:
        """Return the sentence in the reader's language; ``translate`` maps a message id to its translation."""
        shown = {name: _shown(value, translate, language) for name, value in self.facts.items()}
        return translate(self.message_id).format_map(shown)


def _shown(value: Any, translate: Translate, language: str) -> str:
    if isinstance(value, Said):
        return value.sentence(translate, language)
    if isinstance(value, Mapping) and language in value:
        return str(value[language])
    return plain(value)


#: Stands in a sentence where no hint is to be given.
NOTHING = Said("{nothing}", {"nothing": ""})


class Wrong(Exception):
    """A value is not of its kind; ``said`` says what would be."""

    def __init__(self, message_id: str, **facts: Any) -> None:
        super().__init__(message_id)
        self.said = Said(message_id, facts)


@dataclass(frozen=True)
class Mistake:
    """One mistake of a scheme file. Like ``Refused``: a message id and typed facts, and the place it is about.

    Attributes:
        file: ``<id>/<version>.toml``.
        line: line of the file, counted from 1.
    """

    message_id: str
    facts: Mapping[str, Any]
    file: str
    line: int

    def sentence(self, translate: Translate = str, language: str = "en") -> str:
        """Return the sentence in the reader's language."""
        return Said(self.message_id, self.facts).sentence(translate, language)

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence()}"


@dataclass(frozen=True)
class Place:
    """Where a table stands, for sentences with a line."""

    file: str
    label: str
    lines: Mapping[tuple[Any, ...], int]
    path: tuple[Any, ...]
    mistakes: list[Mistake]

    def say(self, message_id: str, *key: Any, **facts: Any) -> None:
        """Note a mistake on the line of ``key`` of this table, or of the table where the key is absent."""
        near = self.lines.get((*self.path, *key[:1]), self.lines.get(self.path, 1))
        line = self.lines.get((*self.path, *key), near)
        self.mistakes.append(Mistake(message_id, {"table": self.label, **facts}, self.file, line))


def hint(word: object, known: Iterable[str]) -> Said:
    """Return the question *Did you mean …?* where one known word is close, else nothing."""
    close = get_close_matches(str(word), list(known), 1)
    return Said(_(' Did you mean "{word}"?'), {"word": close[0]}) if close else NOTHING
