"""A code list as read from a table, before it is published: its trees, and what in the file was odd."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from testamur.kernel.refusal import plain

Row = dict[str, str]


@dataclass
class Draft:
    """One tree as read: what ``actions.publish_tree`` asks for."""

    name: str
    edition: str
    title: dict[str, str]
    source: str
    titles: dict[str, dict[str, str]] = field(default_factory=dict)  # code → words
    parents: dict[str, str | None] = field(default_factory=dict)
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return ``name@edition``."""
        return f"{self.name}@{self.edition}"

    def put(self, code: str, words: dict[str, str], parent: str | None, **facts: Any) -> None:
        """Put a node; empty words and facts are left out."""
        self.titles[code] = {language: " ".join(text.split()) for language, text in words.items() if text.strip()}
        self.parents[code] = parent or None
        more = {name: value for name, value in facts.items() if value not in ("", None, [], False)}
        if more:
            self.facts[code] = more


@dataclass(frozen=True)
class Oddity:
    """Something in the file that was not taken as it stands: a sentence with facts."""

    message_id: str
    facts: dict[str, Any]

    def sentence(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence in the reader's language; ``translate`` maps a message id to its translation."""
        return translate(self.message_id).format_map({name: plain(value) for name, value in self.facts.items()})


Oddities = list[Oddity]
