"""What every check of the third pass needs: the names of this scheme, and how to say that one is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from testamur.kernel.refusal import _
from testamur.schemes.language.closed_lists import ASPECTS
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.kinds import Condition, Moment
from testamur.schemes.language.said import Place, Said, hint
from testamur.schemes.language.tables import Table

if TYPE_CHECKING:
    from testamur.schemes.language.library import Library

SCOPE_DIMENSION = Said(_("scope dimension"))
ROLE = Said(_("role"))
ACTIVITY = Said(_("activity"))
GROUND = Said(_("ground"))
PART = Said(_("part"))
GRADE = Said(_("grade"))
HOLDER_OF_AUTHORITY = Said(_("issuer, role or activity"))
ARRANGEMENT = Said(_("arrangement"))


def at(table: Table) -> Place:
    """Return where a table stands; while a file is checked every table has a place."""
    assert table.at is not None
    return table.at


class Judge:
    """The names of one scheme. ``refer``, ``facts_of`` and ``day`` say which of them are unknown."""

    def __init__(self, definition: Definition, library: Library) -> None:
        self.definition = definition
        self.library = library
        self.words = library.words
        self.dimensions = {row.id for row in definition.scopes}
        self.trees = {row.id: row.tree for row in definition.scopes}
        self.roles = {row.id for row in definition.roles}
        self.activities = {row.id for row in definition.activities}
        self.grounds = {row.id for row in definition.grounds}
        self.grades = {row.id for row in definition.grades}
        self.parts = {row.id for row in definition.parts}
        aspects = {f"form.{row.id}.{aspect}" for row in definition.fields for aspect in ASPECTS.get(row.type, ())}
        form = {f"form.{row.id}" for row in definition.fields}
        rules = {f"rule.{row.id}" for row in definition.rules}
        self.facts = set(self.words.facts) | form | aspects | rules

    def refer(self, table: Table, word: str, values: Iterable[str | None], known: Iterable[str], what: Said) -> None:
        """Say which of the values are not known."""
        known = set(known)
        for value in values:
            if value is not None and value not in known:
                message = _('{table} {key} names "{value}", which is no {what} of this scheme.{hint}')
                at(table).say(message, word, key=word, value=value, what=what, hint=hint(value, known))

    def facts_of(self, table: Table, word: str, conditions: tuple[Condition, ...]) -> None:
        """Say which facts of the conditions nobody knows."""
        for condition in conditions:
            if condition.fact not in self.facts:
                message = _(
                    '{table} {key} asks for "{fact}", which is neither a field of the form nor a known fact.{hint}'
                )
                at(table).say(message, word, key=word, fact=condition.fact, hint=hint(condition.fact, self.facts))

    def day(self, table: Table, word: str, moment: Moment | None) -> None:
        """Say when a moment counts from a day that does not exist."""
        if moment is None or moment.endless or moment.day in self.words.moments:
            return
        activity, _dot, edge = moment.day.partition(".")
        if edge and activity in self.activities:
            return
        known = [*self.words.moments, *(f"{name}.ended" for name in sorted(self.activities))]
        message = _('{table} {key} counts from "{day}", which is no moment of this scheme.{hint}')
        at(table).say(message, word, key=word, day=moment.day, hint=hint(moment.day, known))


def circle(edges: Mapping[str, set[str]]) -> list[str]:
    """Return the first circle found, its first node repeated at the end; empty where there is none."""

    def walk(node: str, trail: list[str]) -> list[str]:
        if node in trail:
            return [*trail[trail.index(node) :], node]
        found = (walk(following, [*trail, node]) for following in sorted(edges.get(node, ())))
        return next((round_ for round_ in found if round_), [])

    return next((found for start in edges if (found := walk(start, []))), [])
