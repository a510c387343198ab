"""Do the tables agree with each other? The third pass of the checker; it runs on a composed scheme without slips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testamur.kernel.refusal import _
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.grammar import INTEGRATED, NEEDED, SINGLE, brackets
from testamur.schemes.language.sense import authority, form, head, openness, process, status
from testamur.schemes.language.sense.judge import Judge, at

if TYPE_CHECKING:
    from testamur.schemes.language.library import Library

__all__ = ["agree"]


def agree(definition: Definition, library: Library) -> None:
    """Note every disagreement on the places of the tables."""
    if definition.scheme.integrates:
        _agree_integrated(definition, library)
        return
    for name in NEEDED:
        if not definition.tables.get(name):
            message = _("{table} has no {brackets}; every scheme that can be applied for needs it.")
            at(definition.scheme).say(message, brackets=brackets(name))
            return
    judge = Judge(definition, library)
    head.agree(judge)
    authority.agree(judge)
    form.agree(judge)
    process.agree(judge)
    status.agree(judge)
    openness.agree(judge)


def _agree_integrated(definition: Definition, library: Library) -> None:
    for name, held in definition.tables.items():
        if name not in INTEGRATED and held:
            table = held if name in SINGLE else held[0]
            message = _("{table} does not belong in an integrated scheme; it stays in the schemes it integrates.")
            at(table).say(message)
    scheme = definition.scheme
    if len(scheme.integrates) < 2:
        at(scheme).say(_("{table} integrates fewer than two schemes."), "integrates")
    for number, pinned in enumerate(scheme.integrates):
        if library.find(pinned) is None:
            message = _('{table} integrates "{scheme}", which the library does not hold.')
            at(scheme).say(message, "integrates", number, scheme=pinned)
