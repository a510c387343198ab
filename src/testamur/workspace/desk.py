"""The shapes in which a part of the workspace says what waits for somebody and which doors it has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Waiting:
    """One thing that waits for somebody.

    Attributes:
        what: sentence (message id) with its facts.
        role: words of the role in which it waits, for the filter.
        by: last day; ``left`` days in ``unit``.
        href: page on which it is done.
    """

    what: str
    facts: dict[str, Any]
    href: str
    function: str
    number: str = ""
    about: Any = ""
    role: Any = ""
    by: date | None = None
    left: int | None = None
    unit: str = "working_day"
    source: str = ""

    @property
    def late(self) -> bool:
        return self.left is not None and self.left < 0


@dataclass(frozen=True)
class Card:
    """A door of the workshop's first page.

    Attributes:
        section: ``studies``, ``improvement``, ``diagnosis`` or ``proficiency``.
        title, lead: words, translated.
        count: how many there are, None where nothing is counted; ``open``: how many of them wait for something.
    """

    section: str
    title: str
    lead: str
    href: str
    icon: str
    count: int | None = None
    open: int = 0
