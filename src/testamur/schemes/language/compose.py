"""Composes a scheme from its file and its bases: no merging inside a table, what you see is what holds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from testamur.kernel.refusal import _
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.grammar import GRAMMAR, SINGLE, brackets
from testamur.schemes.language.reading import Tables, read_file
from testamur.schemes.language.said import Mistake
from testamur.schemes.language.sense import agree
from testamur.schemes.language.tables import Drop, Scheme, Table

if TYPE_CHECKING:
    from testamur.schemes.language.library import Library


@dataclass(frozen=True)
class Checked:
    """What came of a file.

    Attributes:
        definition: the composed scheme; None where the file has no readable head. Use it only without mistakes.
        mistakes: in the order of file and line.
    """

    definition: Definition | None
    mistakes: tuple[Mistake, ...]


def check_file(path: Path, library: Library, text: str | None = None) -> Checked:
    """Read, compose and judge a file. The third pass runs only when the first two found nothing."""
    try:
        raw = path.read_bytes() if text is None else text.encode("utf-8")
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        name = f"{path.parent.name}/{path.name}"
        return Checked(None, (Mistake(_("This file is not written in UTF-8."), {}, name, line),))
    tables, mistakes = read_file(path, text, library.words)
    head = tables.get("scheme")
    if head is None:
        if tables:
            name = f"{path.parent.name}/{path.name}"
            mistakes.append(Mistake(_("[scheme] is missing; a scheme begins with it."), {}, name, 1))
        return Checked(None, tuple(mistakes))
    digests = {f"{head.id}@{head.version}": hashlib.sha256(raw).hexdigest()}
    inherited = _received(head, tables, library, mistakes, digests)
    _drop(tables.pop("drop", ()), inherited)
    composed = _overlaid(inherited, tables)
    definition = Definition({name: composed[name] for name in GRAMMAR if name in composed}, digests)
    if not mistakes and not head.base:
        agree(definition, library)
    return Checked(definition, tuple(sorted(set_of(mistakes), key=lambda m: (m.file, m.line, m.sentence()))))


def set_of(mistakes: list[Mistake]) -> list[Mistake]:
    """Return the mistakes, each sentence once for each line."""
    return list({(m.file, m.line, m.sentence()): m for m in mistakes}.values())


def _received(
    head: Scheme, tables: Tables, library: Library, mistakes: list[Mistake], digests: dict[str, str]
) -> Tables:
    """Return the tables of the bases; their mistakes are shown with ours."""
    merged: Tables = {}
    assert head.at is not None
    for pinned in head.based_on or ():
        path = library.find(pinned)
        if path is None:
            head.at.say(_('{table} is based on "{base}", which the library does not hold.'), "based_on", base=pinned)
            continue
        base = library.check(path)
        mistakes.extend(base.mistakes)
        if base.definition is None:
            continue
        digests.update(base.definition.digests)
        for name, got in base.definition.tables.items():
            if name == "scheme":
                continue
            _receive(name, got, head, tables, merged, mistakes)
    return merged


def _receive(name: str, got: Any, head: Scheme, tables: Tables, merged: Tables, mistakes: list[Mistake]) -> None:
    assert head.at is not None
    if name in SINGLE:
        if name in merged and not (name in tables and tables[name].override):
            message = _("{table} receives {brackets} from two bases; state it here with override = true.")
            head.at.say(message, "based_on", brackets=brackets(name))
        merged[name] = _here(got, mistakes)
        return
    mine = {row.id for row in tables.get(name, ()) if row.override}
    taken = {row.id for row in merged.get(name, ())} - mine
    for row in got:
        if row.id in taken:
            message = _('{table} receives {brackets} "{id}" from two bases; state it here with override = true.')
            head.at.say(message, "based_on", brackets=brackets(name), id=row.id)
    merged[name] = (*merged.get(name, ()), *(_here(row, mistakes) for row in got))


def _here(row: Table, mistakes: list[Mistake]) -> Table:
    return replace(row, at=replace(row.at, mistakes=mistakes)) if row.at else row


def _drop(drops: tuple[Drop, ...], inherited: Tables) -> None:
    for drop in drops:
        have = inherited.get(drop.table, ()) if drop.table not in SINGLE else ()
        if drop.id not in {row.id for row in have}:
            assert drop.at is not None
            message = _('{table} drops {brackets} "{id}", which no base holds.')
            drop.at.say(message, "id", brackets=f"[[{drop.table}]]", id=drop.id)
        else:
            inherited[drop.table] = tuple(row for row in have if row.id != drop.id)


def _overlaid(inherited: Tables, tables: Tables) -> Tables:
    composed = dict(inherited)
    for name, got in tables.items():
        if name in SINGLE:
            _check_override(got, name in inherited, by_id=False)
            composed[name] = got
            continue
        before = {row.id for row in inherited.get(name, ())}
        for row in got:
            _check_override(row, row.id in before, by_id=True)
        replaced = {row.id for row in got}
        kept = tuple(row for row in inherited.get(name, ()) if row.id not in replaced)
        composed[name] = _in_place(inherited.get(name, ()), got) if replaced & before else (*kept, *got)
    return composed


def _in_place(inherited: tuple[Any, ...], got: tuple[Any, ...]) -> tuple[Any, ...]:
    """A changed table stands where the base had it; a form keeps its order."""
    changed = {row.id: row for row in got}
    before = {row.id for row in inherited}
    return (*(changed.get(row.id, row) for row in inherited), *(row for row in got if row.id not in before))


def _check_override(row: Table, in_base: bool, *, by_id: bool) -> None:
    assert row.at is not None
    key = ("id",) if by_id else ()
    if in_base and not row.override:
        message = _("{table} is also in a base; say override = true and cite what allows the change.")
        row.at.say(message, *key)
    elif row.override and not in_base and by_id:
        row.at.say(_("{table} overrides nothing; no base holds this id."), "override")
    elif row.override and not in_base:
        row.at.say(_("{table} overrides nothing; no base holds this table."), "override")
