"""The authority extract of a scheme, as verifiers read it: built from the definition, in the verifier's own shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from testamur.kernel import multibase
from testamur.verification import extract as extracts

if TYPE_CHECKING:
    from testamur.schemes.language.definition import Definition
    from testamur.schemes.language.library import Library
    from testamur.schemes.language.tables import Authority
    from testamur.schemes.language.vocabulary import Vocabulary


def authority_extract(definition: Definition, library: Library) -> dict[str, Any]:
    """Return ``schemes/<id>/<version>.authority.json``: who must hold what, in which trees (trust.md 6.0, < 3 kB)."""
    words = library.words
    keys = {tree.name: tree.key for tree in words.trees.values()}
    demands = [
        extracts.Demand(
            id=row.id,
            kind=row.kind,
            of=row.of,
            any_of=tuple(row.any_of),
            covers=dict(row.covers or {}),
            free=tuple(row.free),
            demand=row.demand,
            grade=row.grade or "",
            asks=_asks(row, library, keys),
        )
        for row in definition.authorities
    ]
    dimensions = [(row.id, keys.get(row.tree, row.tree)) for row in definition.scopes]
    return extracts.payload(
        extracts.Extract(
            scheme=definition.id,
            version=definition.version,
            area=definition.area,
            dimensions=dimensions,
            demands=demands,
            tables=_tables(definition, words, {tree for one in demands for tree, _node in (one.asks or {}).values()}),
        ),
        whole=multibase.digest(definition.canonical()),
    )


def _asks(row: Authority, library: Library, keys: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return what the authority must cover besides the claim, in the trees of the scheme that gives it."""
    asked = dict(row.asks)
    if row.function and row.kind != "law":
        asked["function"] = row.function
    scopes = (library.scope_of(row.any_of[0]) or {}) if row.any_of else {}
    return {name: (keys.get(scopes.get(name, name), scopes.get(name, name)), node) for name, node in asked.items()}


def _tables(definition: Definition, words: Vocabulary, asked: set[str]) -> list[str]:
    """Name the trees of the scheme's dimensions and the crosswalks that lead out of them."""
    used = {row.tree for row in definition.scopes}
    trees = [tree.key for tree in words.trees.values() if tree.name in used]
    walks = [walk.key for walk in words.crosswalks if walk.from_tree in used]
    reached = {walk.to_tree for walk in words.crosswalks if walk.from_tree in used}
    trees += [tree.key for tree in words.trees.values() if tree.name in reached - used]
    return sorted({*trees, *asked}) + sorted(walks)
