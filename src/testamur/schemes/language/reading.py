"""Reads one file: TOML, then words (tables, keys, kinds, order, sources). How the tables agree is ``sense``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import _
from testamur.schemes.language.grammar import ANYWHERE, GRAMMAR, SAME_RANK, SINGLE, brackets, label
from testamur.schemes.language.kinds import SOURCE_KIND
from testamur.schemes.language.positions import positions
from testamur.schemes.language.said import Mistake, Place, Said, Wrong, hint
from testamur.schemes.language.tables import MUST, Table, keys_of
from testamur.schemes.language.vocabulary import Vocabulary

Tables = dict[str, Any]


def read_file(path: Path, text: str, words: Vocabulary) -> tuple[Tables, list[Mistake]]:
    """Return the tables of a text and what is wrong with them, each with its line."""
    name = f"{path.parent.name}/{path.name}"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return {}, [_not_toml(name, text, error)]
    if not data:
        return {}, [Mistake(_("This file is empty; a scheme begins with [scheme]."), {}, name, 1)]
    mistakes: list[Mistake] = []
    file = Place(name, "", positions(text), (), mistakes)
    _refuse_fractions(data, (), file)
    head = data.get("scheme")
    origin = f"{head.get('id')}@{head.get('version')}" if isinstance(head, dict) else ""
    tables: Tables = {}
    for top in data:
        place = replace(file, label=f"[{top}]", path=(top,))
        if top not in GRAMMAR:
            place.say(_("{table} is not a table of a scheme.{hint}"), hint=hint(top, GRAMMAR))
        elif isinstance(data[top], dict) and top in SINGLE:
            tables[top] = _read_table(top, data[top], replace(file, path=(top,)), words, origin)
        elif top not in SINGLE and isinstance(data[top], list) and all(isinstance(row, dict) for row in data[top]):
            rows = enumerate(data[top])
            read = (_read_table(top, row, replace(file, path=(top, n)), words, origin) for n, row in rows)
            tables[top] = tuple(read)
            _refuse_same_ids(top, tables[top])
        else:
            place.say(_("{table} is written {brackets} in a scheme."), brackets=brackets(top))
    _check_order(file)
    return tables, mistakes


def _not_toml(name: str, text: str, error: tomllib.TOMLDecodeError) -> Mistake:
    line = re.search(r"line (\d+)", str(error))
    why = re.sub(r" ?[(]at .*[)]$", "", str(error))
    return Mistake(_("This is not TOML: {why}."), {"why": why}, name, int(line[1]) if line else text.count("\n") + 1)


def _refuse_fractions(data: Any, path: tuple[Any, ...], file: Place) -> None:
    if isinstance(data, float):
        word = path[-1] if isinstance(path[-1], str) else path[-2]
        message = _('"{key}" is a binary fraction; write decimals as text, "{value}".')
        file.say(message, *path, key=word, value=str(data))
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for word, value in inner:
        _refuse_fractions(value, (*path, word), file)


def _refuse_same_ids(name: str, rows: tuple[Table, ...]) -> None:
    seen: set[str] = set()
    for row in rows:
        ident = getattr(row, "id", "")
        if ident in seen and row.at:
            row.at.say(
                _("{table} has the id of another {brackets}; every id is used once."), "id", brackets=brackets(name)
            )
        seen.add(ident)


def _check_order(file: Place) -> None:
    """The tables stand in the order of the functions, so that two schemes can be laid side by side."""
    ranks = {name: rank for rank, name in enumerate(GRAMMAR)}
    heads = [
        (line, path)
        for path, line in file.lines.items()
        if path[0] in GRAMMAR
        and path[0] not in ANYWHERE
        and (len(path) == 1 if path[0] in SINGLE else len(path) == 2 and isinstance(path[1], int))
    ]
    last, before = -1, ""
    for _line, path in sorted(heads, key=lambda head: head[0]):
        rank = ranks[SAME_RANK.get(path[0], path[0])]
        if rank < last:
            message = _(
                "{table} stands after [{before}]; a scheme is written in the order of its functions, {name} first."
            )
            replace(file, label=f"[{path[0]}]", path=path).say(message, before=before, name=path[0])
        else:
            last, before = rank, path[0]


def _read_table(name: str, row: Mapping[str, Any], place: Place, words: Vocabulary, origin: str) -> Table:
    table = GRAMMAR[name]
    place = replace(place, label=label(name, row.get("id")))
    known = keys_of(table)
    values: dict[str, Any] = {}
    for word, written in row.items():
        if word not in known:
            place.say(_('{table} does not know the key "{key}".{hint}'), word, key=word, hint=hint(word, known))
            continue
        spec = known[word]
        try:
            values[spec.name] = spec.metadata["kind"].read(written)
        except Wrong as wrong:
            values[spec.name] = None
            place.say(_ending(wrong.said), word, key=word, wrong=wrong.said)
            continue
        if spec.metadata["kind"] is SOURCE_KIND:
            _check_sources(place, word, values[spec.name], words)
    for word, spec in known.items():
        if word in row:
            continue
        values[spec.name] = None if spec.metadata["otherwise"] is MUST else spec.metadata["otherwise"]
        if spec.metadata["otherwise"] is MUST and word == "source":
            place.say(_('{table} cites no source; add source = "document@version#clause".'))
        elif spec.metadata["otherwise"] is MUST:
            place.say(_('{table} lacks "{key}" ({meaning}).'), key=word, meaning=spec.metadata["meaning"])
    for word in values.get("unconfirmed") or ():
        if word not in row:
            message = _('{table} marks "{key}" as unconfirmed, but this table does not say "{key}".')
            place.say(message, "unconfirmed", key=word)
    return table(at=place, origin=origin, **values)


def _ending(said: Said) -> str:
    """A sentence that ends in a question or a list has its own stop."""
    return _("{table} {key} {wrong}") if said.message_id.endswith("{hint}") else _("{table} {key} {wrong}.")


def _check_sources(place: Place, word: str, sources: tuple[Any, ...], words: Vocabulary) -> None:
    for cited in sources:
        if cited.document not in words.sources:
            message = _('{table} {key} cites "{document}", which the library of sources does not hold.{hint}')
            near = hint(cited.document, words.sources)
            place.say(message, word, key=word, document=cited.document, hint=near)
