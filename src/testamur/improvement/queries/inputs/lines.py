"""What an input of a review is made of: sentences with their facts, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from testamur.parties.models import Organisation


@dataclass(frozen=True)
class Period:
    """Whose review, and from when to when: since the review before, or a year."""

    organisation: Organisation
    since: date
    until: date

    @property
    def days(self) -> tuple[date, date]:
        """Return the first and the last day, for ``__range``."""
        return self.since, self.until


@dataclass(frozen=True)
class Line:
    """One sentence of an input.

    Attributes:
        text: message id. facts: its facts.
        about: kind and public id of the record it comes from ("problem", "audit" …); empty where there is no page.
    """

    text: str
    facts: dict[str, Any] = field(default_factory=dict)
    about: tuple[str, str] | tuple[()] = ()

    def kept(self) -> dict[str, Any]:
        """Return the line as a review keeps it: days are ``{"day": ISO}``."""
        facts = {
            key: {"day": value.isoformat()} if isinstance(value, date) else value for key, value in self.facts.items()
        }
        return {"text": self.text, "facts": facts, "about": list(self.about)}
