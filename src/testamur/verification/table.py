"""Trees and crosswalks as logged tables: rows under one root, so that a bundle can prove the few it carries.

A row of a tree is ``[node, parent or null]``, of a crosswalk ``[tree from, node, tree to, node there]``. What a row
says can only widen a scope, so leaving rows out never makes a verdict better than it is.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from testamur.kernel.multibase import from_b64
from testamur.verification import jcs
from testamur.verification.entry import document_digest
from testamur.verification.strict_json import Malformed
from testamur.verification.tiles import grow, hash_reader
from testamur.verification.tree import EMPTY_ROOT, inclusion_proof, leaf_hash, root_of, verify_inclusion

Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read and proven: its name, ``"tree"`` or ``"crosswalk"``, its rows, the digest its log entry has."""

    name: str
    kind: str
    rows: list[list[str | None]]
    digest: str


def build(name: str, kind: str, rows: Iterable[Row], *, source: str = "") -> dict[str, Any]:
    """Return ``trees/<name>.json``, whole.

    Args:
        name: id with edition, ``"sectors@iaf-id1-2023"``.
        kind: ``"tree"`` or ``"crosswalk"``.
        rows: see the module; their order is part of the root.
        source: versioned source of the table.

    Its log entry is ``tree.publish`` with ``d`` = :func:`digest`.
    """
    if kind not in ("tree", "crosswalk"):
        raise ValueError("a table is a tree or a crosswalk")
    listed = [list(row) for row in rows]
    head = {
        "name": name,
        "kind": kind,
        "source": source,
        "size": len(listed),
        "root": base64.b64encode(root_of([leaf_hash(jcs.canonical(row)) for row in listed])).decode(),
    }
    return {"head": head, "rows": listed}


def digest(table: dict[str, Any]) -> str:
    """Return what ``tree.publish`` commits to: the head, which holds the root of the rows."""
    return document_digest(table["head"])


def part(table: dict[str, Any], wanted: Iterable[int]) -> dict[str, Any]:
    """Return the table with only the rows at these places, each with its path to the root."""
    rows = table["rows"]
    leaves = [leaf_hash(jcs.canonical(row)) for row in rows]
    tiles = {(tile.level, tile.index): tile.data for tile in grow(0, leaves, lambda *_: None)}
    read = hash_reader(len(leaves), lambda level, index, _width: tiles.get((level, index)))
    proven = [
        [
            place,
            rows[place],
            [base64.b64encode(one).decode() for one in inclusion_proof(place, len(rows), read)],
        ]
        for place in sorted(set(wanted))
    ]
    return {"head": table["head"], "proven": proven}


def parse(data: bytes) -> Table:
    """Read a table, whole or in part, and prove its rows against its root.

    Raises:
        Malformed: another shape, or a row that is not under the root.
    """
    facts, _canonical = jcs.read(data, 50_000_000)
    try:
        _check_shape(facts)
        head = facts["head"]
        name, kind, size, root = head["name"], head["kind"], head["size"], from_b64(head["root"])
        if not isinstance(name, str) or kind not in ("tree", "crosswalk") or type(size) is not int:
            raise Malformed("a table of another shape")
        if "rows" in facts:
            rows = facts["rows"]
            found = root_of(list(map(leaf_hash, jcs.canonical_rows(rows)))) if rows else EMPTY_ROOT
            if len(rows) != size or found != root:
                raise Malformed("the rows of a table do not make its root")
        else:
            rows = []
            for place, row, path in facts["proven"]:
                hashes = [from_b64(one) for one in path]
                if not verify_inclusion(place, size, leaf_hash(jcs.canonical_texts(row)), hashes, root):
                    raise Malformed("a row is not in its table")
                rows.append(row)
    except (KeyError, TypeError, ValueError) as error:
        raise error if isinstance(error, Malformed) else Malformed("a table of another shape") from None
    return Table(name, kind, rows, document_digest(head))


def _check_shape(facts: dict[str, Any]) -> None:
    """Every row is a list of texts; only the parent in a tree may be missing."""
    tree = facts["head"]["kind"] == "tree"
    width = 2 if tree else 4
    rows = facts["rows"] if "rows" in facts else [one[1] for one in facts["proven"]]
    if type(rows) is not list or not {*map(type, rows)} <= {list} or not {*map(len, rows)} <= {width}:
        raise Malformed("a row of another shape")
    for place, column in enumerate(zip(*rows, strict=True)):
        if not {*map(type, column)} <= ({str, type(None)} if tree and place == 1 else {str}):
            raise Malformed("a row of another shape")
