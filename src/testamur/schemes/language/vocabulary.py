"""What a scheme may refer to: data files beside the library, one folder ``vocabulary/`` of TOML.

``sources.toml transitions.toml arrangements.toml facts.toml moments.toml outside.toml`` hold words; ``trees/*.toml``
small classification trees; ``crosswalks/*.toml`` dated, sourced tables that lead from one tree to another. The index
of rules is not here: it comes from :mod:`testamur.rules`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from testamur.kernel.scope import TreeTable
from testamur.rules import index as rule_index
from testamur.rules.engine import Rule as RuleEntry

Text = dict[str, str]


@dataclass(frozen=True)
class TreeNode:
    """One place of a tree; ``parent`` is None at a root."""

    code: str
    title: Text
    parent: str | None


@dataclass(frozen=True)
class Tree:
    """A small classification that ships with the library.

    Attributes:
        name: what schemes write, e.g. ``"fields"``; ``edition`` is its edition, ``key`` both.
        confirmed: somebody has read the nodes in their source.
    """

    name: str
    edition: str
    title: Text
    source: str
    confirmed: bool
    nodes: Mapping[str, TreeNode]

    @property
    def key(self) -> str:
        """Return ``name@edition``, the tree's name in scope lines and credentials."""
        return f"{self.name}@{self.edition}"


@dataclass(frozen=True)
class Crosswalk:
    """Dated, sourced data by which a node of one tree is looked up in another.

    Attributes:
        from_tree, to_tree: names of trees, e.g. ``"documents"`` and ``"fields"``.
        rows: (node here, node there); a row speaks for everything below its node that has none of its own.
    """

    from_tree: str
    to_tree: str
    effective_from: date
    effective_to: date | None
    source: str
    confirmed: bool
    rows: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """Return ``documents-to-fields@2026-01-01``."""
        return f"{self.from_tree}-to-{self.to_tree}@{self.effective_from.isoformat()}"

    def holds_on(self, day: date) -> bool:
        """Say whether the table holds on a day; both ends are included."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)


class Vocabulary:
    """The words of one library, read when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / f"{name}.toml"
        return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}

    @cached_property
    def sources(self) -> dict[str, dict[str, Any]]:
        """Return ``document@version`` -> title and whether somebody has read it."""
        return self._read("sources")

    @cached_property
    def transitions(self) -> dict[str, dict[str, Any]]:
        """Return the rows of ``TRANS`` by which editions end."""
        return self._read("transitions")

    @cached_property
    def arrangements(self) -> dict[str, dict[str, Any]]:
        """Return the names of recognition arrangements; who is a member is an attestation."""
        return self._read("arrangements")

    @cached_property
    def facts(self) -> dict[str, Text]:
        """Return what a condition or a rule may ask for, besides ``form.*`` and ``rule.*``."""
        return self._read("facts")

    @cached_property
    def moments(self) -> dict[str, Text]:
        """Return the named days, besides ``<activity>.started`` and ``<activity>.ended``."""
        return self._read("moments")

    @cached_property
    def outside(self) -> dict[str, dict[str, str]]:
        """Return schemes that have no file here: id -> scope dimension -> tree."""
        return dict(self._read("outside").get("schemes", {}))

    @cached_property
    def earlier(self) -> dict[str, dict[str, Any]]:
        """Return earlier versions (``id@version``) that have no file here but may be replaced."""
        return dict(self._read("outside").get("earlier", {}))

    @cached_property
    def rules(self) -> Mapping[str, RuleEntry]:
        """Return the index of computable rules."""
        return rule_index()

    @cached_property
    def questions(self) -> frozenset[str]:
        """Return every question that some rule may decide."""
        return frozenset(question for rule in self.rules.values() for question in rule.decides)

    @cached_property
    def trees(self) -> dict[str, Tree]:
        """Return the trees that ship with the library, by name."""
        return {path.stem: _tree(path) for path in sorted((self.folder / "trees").glob("*.toml"))}

    @cached_property
    def crosswalks(self) -> tuple[Crosswalk, ...]:
        """Return every crosswalk, whatever its day."""
        return tuple(_crosswalk(path) for path in sorted((self.folder / "crosswalks").glob("*.toml")))

    @cached_property
    def crosswalk_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the pairs of trees between which some crosswalk leads."""
        return frozenset((walk.from_tree, walk.to_tree) for walk in self.crosswalks)

    def tree_table(self, on: date) -> TreeTable:
        """Return trees and crosswalks of a day for the scope algebra, under their keys ``name@edition``."""
        keys = {tree.name: tree.key for tree in self.trees.values()}
        trees = {tree.key: {code: node.parent for code, node in tree.nodes.items()} for tree in self.trees.values()}
        rows = [
            (keys.get(walk.from_tree, walk.from_tree), here, keys.get(walk.to_tree, walk.to_tree), there)
            for walk in self.crosswalks
            if walk.holds_on(on)
            for here, there in walk.rows
        ]
        return TreeTable(trees, rows)


def _tree(path: Path) -> Tree:
    data = tomllib.loads(path.read_text("utf-8"))
    nodes = {
        code: TreeNode(code, {"en": row["en"], "zh": row["zh"]}, row.get("parent"))
        for code, row in data["nodes"].items()
    }
    return Tree(path.stem, data["edition"], data["title"], data["source"], data["confirmed"], nodes)


def _crosswalk(path: Path) -> Crosswalk:
    data = tomllib.loads(path.read_text("utf-8"))
    return Crosswalk(
        data["from"], data["to"], data["effective_from"], data.get("effective_to"), data["source"],
        data["confirmed"], tuple((here, there) for here, there in data["rows"]),
    )  # fmt: skip
