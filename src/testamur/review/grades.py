"""Which grade the facts give: the highest rank whose conditions all hold; the reasons are the conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from testamur.schemes.language.definition import Definition


def grade(definition: Definition, facts: dict[str, Any]) -> str:
    """Return the id of the grade that the facts give, "" where the scheme has none or none is reached."""
    for table in sorted(definition.grades, key=lambda table: table.rank, reverse=True):
        if all(condition.holds(facts) for condition in table.when):
            return str(table.id)
    return ""
