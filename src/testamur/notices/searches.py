"""A search as something that can be followed: kept as one text, and asked of records that just changed.

What the search page finds is asked of the index; here the question goes the other way: of these records, which ones
would this search find? Judged on their rows, many searches over the same rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from testamur.kernel import clock, days
from testamur.register import identifiers
from testamur.register.finding import documents
from testamur.register.finding.tokens import phrases
from testamur.register.models import Current
from testamur.register.queries import Filters
from testamur.register.words import fold, number_key

#: Characters of a search that can be followed.
LONGEST = 500
_DAYS = ("from_first", "from_last", "until_first", "until_last")
_NAMES = tuple(one.name for one in fields(Filters))


@dataclass(frozen=True)
class Search:
    """What somebody typed, and what narrows it."""

    text: str
    filters: Filters

    @property
    def key(self) -> str:
        """Return the search as one text; equal searches give the same."""
        given = {name: getattr(self.filters, name) for name in _NAMES}
        asked = {"q": " ".join(self.text.split()), **{name: str(value) for name, value in given.items() if value}}
        return urlencode(sorted((name, value) for name, value in asked.items() if value))

    def __bool__(self) -> bool:
        return bool(self.key)


def read(pairs: Iterable[tuple[str, str]]) -> Search:
    """Return the search that a query string asks for; what it does not know, and what is no day, narrows nothing."""
    given: dict[str, Any] = {}
    text = ""
    for name, value in pairs:
        value = " ".join("".join(char if char.isprintable() else " " for char in value).split())[:300]
        if name == "q":
            text = value
        elif name in _DAYS:
            try:
                given[name] = date.fromisoformat(value)
            except ValueError:
                continue
        elif name in _NAMES:
            given[name] = value.upper() if name == "issuer" else value
    return Search(text, Filters(**given))


def of_key(key: str) -> Search:
    """Return the search that was kept as one text."""
    return read(parse_qsl(key))


class Found:
    """Some records, read once, of which any number of searches can be asked."""

    def __init__(self, ids: Collection[int]) -> None:
        states = [one for one in documents.present(ids) if not (one["confidential"] or one["personal"])]
        about, stated = documents.About(states), documents.identified(states)
        self._rows = [
            (one, documents.facets(one, about=about), identifiers.beginnings(stated[one["attestation_id"]]))
            for one in states
        ]
        self._day = days.day_of(clock.now())

    def by(self, search: Search) -> set[int]:
        """Return which of the records a search finds."""
        asked, wanted = phrases(search.text), set(search.filters.tokens())
        if search.text.strip() and not asked:
            return set()
        key, folded, named = number_key(search.text), fold(search.text), identifiers.asked(search.text)
        found = {
            state["attestation_id"]
            for state, tokens, beginnings in self._rows
            if wanted <= tokens
            and (
                all(phrase.stands_in(state["search"]) for phrase in asked)
                or (len(key) >= 3 and number_key(state["number"]).startswith(key))
                or (len(folded) > 1 and any(fold(name).startswith(folded) for name in documents.names(state)))
                or (named and identifiers.beginning(named) in beginnings and f" {named}" in state["search"])
            )
        }
        where = search.filters.where(self._day)
        if not found or not where:
            return found
        return set(Current.objects.filter(where, pk__in=found).values_list("pk", flat=True))
