"""The authority extract of a scheme, as verifiers read it: built from the definition, in the verifier's own shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from testamur.kernel import multibase
from testamur.verification import extract as extracts

if TYPE_CHECKING:
    from testamur.schemes.language.definition import Definition
    from testamur.schemes.language.vocabulary import Vocabulary


def authority_extract(definition: Definition, words: Vocabulary) -> dict[str, Any]:
    """Return ``schemes/<id>/<version>.authority.json``: who must hold what, in which trees (trust.md 6.0, < 3 kB)."""
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
            asks={"function": (keys.get("functions", "functions"), row.function)} if row.function and row.kind != "law" else None,
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
            tables=_tables(definition, words),
        ),
        whole=multibase.digest(definition.canonical()),
    )


def _tables(definition: Definition, words: Vocabulary) -> list[str]:
    """Name the trees of the scheme's dimensions and the crosswalks that lead out of them."""
    used = {row.tree for row in definition.scopes}
    trees = [tree.key for tree in words.trees.values() if tree.name in used]
    walks = [walk.key for walk in words.crosswalks if walk.from_tree in used]
    if any(row.function and row.kind != "law" for row in definition.authorities):
        used.add("functions")
        trees += [tree.key for tree in words.trees.values() if tree.name == "functions"]
    reached = {walk.to_tree for walk in words.crosswalks if walk.from_tree in used}
    trees += [tree.key for tree in words.trees.values() if tree.name in reached - used]
    return sorted(trees) + sorted(walks)
