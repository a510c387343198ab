"""Scope algebra: what somebody may do, and whether a claim lies inside it. The heart of path validation.

A scope is a set of lines. A line maps a dimension (``document``, ``sector``, ``site`` …) to a value: a node
of a tree, a decimal range with a unit, or "all". Coverage is judged per line: each line of the claim must
lie inside **one** line of the authority; no union of lines is tried. Two asymmetries keep silence from
granting anything: a dimension that the authority line does not name is *not covered*, and a dimension that
the claim line does not name means that the claim is unrestricted in it, so only "all" covers it. A scheme
may say that a dimension is free.

Source: architecture.md "Scope algebra"; schemes/language.md §5; trust.md §6.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any, Final, Protocol, TypeAlias


class MalformedScope(ValueError):
    """A scope, line or value is not written as the algebra reads it; the message says what is expected."""


class All(Enum):
    """The one value that stands for every value of a dimension, said and never implied."""

    ALL = "all"

    def __repr__(self) -> str:
        return "ALL"


ALL: Final = All.ALL


@dataclass(frozen=True, slots=True)
class Node:
    """A place in a tree; it stands for itself and everything below it.

    Args:
        tree: id of the tree with its edition, e.g. ``"sectors@iaf-id1-2023"``.
        node: id of the node in that tree, e.g. ``"17"``.
    """

    tree: str
    node: str

    def __post_init__(self) -> None:
        if not self.tree or not self.node:
            raise MalformedScope("A node names its tree and its place in it; neither may be empty.")


@dataclass(frozen=True, slots=True)
class Range:
    """A decimal range with both ends included; an end that is None is open (no limit on that side).

    Args:
        low: smallest value, in ``unit``.
        high: largest value, in ``unit``.
        unit: the unit of both ends, e.g. ``"V"``. Ranges in different units are never compared.
    """

    low: Decimal | None
    high: Decimal | None
    unit: str

    def __post_init__(self) -> None:
        for end in (self.low, self.high):
            if end is not None and not end.is_finite():
                raise MalformedScope("The end of a range is a finite number, or absent where it is open.")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise MalformedScope(f"The range from {self.low} to {self.high} is empty.")

    def holds(self, other: Range) -> bool:
        """Say whether the other range lies inside this one."""
        if self.unit != other.unit:
            return False
        low = self.low is None or (other.low is not None and self.low <= other.low)
        high = self.high is None or (other.high is not None and other.high <= self.high)
        return low and high


Value: TypeAlias = Node | Range | All


class Trees(Protocol):
    """What the algebra asks of the trees; the register answers from rows, a verifier from its bundle."""

    def inside(self, tree: str, node: str, ancestor: str) -> bool:
        """Say whether a node is the ancestor itself or below it."""

    def map(self, tree_from: str, node: str, tree_to: str) -> frozenset[str]:
        """Return the nodes of another tree which a node means there; empty where no crosswalk row says so."""


class TreeTable:
    """Trees and crosswalks held in memory.

    Args:
        trees: tree → node → parent, or None at a root.
        crosswalks: rows (tree from, node, tree to, node there). A row speaks for the node and for everything
            below it that has no row of its own. Rows hold on the day the caller chose them for.

    Raises:
        MalformedScope: where a parent is unknown or the parents run in a circle.
    """

    def __init__(
        self,
        trees: Mapping[str, Mapping[str, str | None]],
        crosswalks: Iterable[tuple[str, str, str, str]] = (),
    ) -> None:
        self._parents = {tree: dict(nodes) for tree, nodes in trees.items()}
        for tree, nodes in self._parents.items():
            sound: set[str] = set()  # nodes whose line is known to reach a root
            for node in nodes:
                self._check_line_to_root(tree, node, sound)
        rows: dict[tuple[str, str, str], set[str]] = {}
        for tree_from, node, tree_to, there in crosswalks:
            rows.setdefault((tree_from, node, tree_to), set()).add(there)
        self._rows = {key: frozenset(there) for key, there in rows.items()}

    def _check_line_to_root(self, tree: str, node: str, sound: set[str]) -> None:
        parents = self._parents[tree]
        seen, parent = {node}, parents[node]
        while parent is not None and parent not in sound:
            if parent not in parents:
                raise MalformedScope(f"Tree {tree}: the parent {parent} of {node} is not in the tree.")
            if parent in seen:
                raise MalformedScope(f"Tree {tree}: {node} is above itself.")
            seen.add(parent)
            parent = parents[parent]
        sound |= seen

    def _upwards(self, tree: str, node: str) -> Iterator[str]:
        nodes = self._parents.get(tree, {})
        place: str | None = node
        while place is not None:
            yield place
            place = nodes.get(place)

    def inside(self, tree: str, node: str, ancestor: str) -> bool:
        """Say whether a node is the ancestor itself or below it; an unknown node is inside itself only."""
        return node == ancestor or any(place == ancestor for place in self._upwards(tree, node))

    def map(self, tree_from: str, node: str, tree_to: str) -> frozenset[str]:
        """Return what the nearest row, from the node upwards, says of it in the other tree."""
        for place in self._upwards(tree_from, node):
            there = self._rows.get((tree_from, place, tree_to))
            if there:
                return there
        return frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a scope: dimension → value, ordered by dimension so that equal lines are equal."""

    values: tuple[tuple[str, Value], ...]

    def __post_init__(self) -> None:
        names = [name for name, _value in self.values]
        # In order and none twice: each name is behind the one before; the first is behind the empty text.
        if not all(map(str.__lt__, ["", *names], names)):
            raise MalformedScope("A line names each dimension once, in order, and no dimension is empty.")

    @classmethod
    def of(cls, values: Mapping[str, Value]) -> Line:
        """Make a line from a mapping in any order."""
        return cls(tuple(sorted(values.items(), key=lambda pair: pair[0])))

    @property
    def dimensions(self) -> tuple[str, ...]:
        """Names of the dimensions that this line names, sorted."""
        return tuple(name for name, _value in self.values)

    def get(self, dimension: str) -> Value | None:
        """Return the value of a dimension, or None where the line does not name it."""
        for name, value in self.values:
            if name == dimension:
                return value
        return None

    def to_json(self) -> dict[str, Any]:
        """Return the line as credentials and the register write it."""
        return {name: _value_to_json(value) for name, value in self.values}

    @classmethod
    def from_json(cls, data: Any) -> Line:
        """Read a line.

        Raises:
            MalformedScope: anything but an object of dimension → "all", node or range.
        """
        if not isinstance(data, Mapping):
            raise MalformedScope('A scope line is an object of dimension → "all", node or range.')
        return cls.of({str(name): _value_from_json(str(name), value) for name, value in data.items()})

    def canonical(self) -> str:
        """Return the line's one spelling: sorted keys, no spaces, decimals without exponent or idle zeros."""
        return _canonical(self.to_json())


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of lines. An empty scope allows nothing; an empty claim asks nothing, so anything covers it."""

    lines: frozenset[Line] = frozenset()

    @classmethod
    def of(cls, *lines: Mapping[str, Value] | Line) -> Scope:
        """Make a scope from lines or mappings."""
        return cls(frozenset(line if isinstance(line, Line) else Line.of(line) for line in lines))

    def __iter__(self) -> Iterator[Line]:
        return iter(sorted(self.lines, key=Line.canonical))

    def __len__(self) -> int:
        return len(self.lines)

    def __or__(self, other: Scope) -> Scope:
        return self.union(other)

    def union(self, other: Scope) -> Scope:
        """Return the lines of both."""
        return Scope(self.lines | other.lines)

    def normal_form(self, trees: Trees) -> Scope:
        """Return the scope without the lines that lie inside another of its lines.

        Crosswalks are not used: a line in another tree stays, because it is another statement.
        """

        def redundant(line: Line) -> bool:
            others = self.lines - {line}
            return any(not gaps(other, line, trees, crosswalks=False) for other in others)

        return Scope(frozenset(line for line in self.lines if not redundant(line)))

    def intersection(self, other: Scope, trees: Trees) -> Scope:
        """Return the scope that covers exactly the claims which both cover.

        Restricted to values of the same tree: two nodes of different trees have no common part, so that an
        accreditation in one tree and a recognition in another give nothing until one is carried over.
        """
        meets = (_meet_of_lines(one, two, trees) for one in self.lines for two in other.lines)
        return Scope(frozenset(line for line in meets if line is not None)).normal_form(trees)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the lines in canonical order."""
        return [line.to_json() for line in self]

    @classmethod
    def from_json(cls, data: Any) -> Scope:
        """Read a list of lines.

        Raises:
            MalformedScope: see :meth:`Line.from_json`.
        """
        if not isinstance(data, list):
            raise MalformedScope("A scope is a list of lines.")
        return cls(frozenset(Line.from_json(line) for line in data))

    def canonical(self) -> str:
        """Return the scope's one spelling, which may be hashed."""
        return _canonical(self.to_json())


class Why(StrEnum):
    """Why a line does not cover a line, as a stable code."""

    NO_LINE = "no_line"
    NOT_NAMED = "not_named"
    UNRESTRICTED = "unrestricted"
    NOT_INSIDE = "not_inside"
    OTHER_UNIT = "other_unit"
    NO_CROSSWALK = "no_crosswalk"


@dataclass(frozen=True, slots=True)
class Gap:
    """One dimension in which an authority line does not cover a claim line.

    Args:
        why: ``no_line`` (the authority has no lines), ``not_named`` (the authority line does not name the
            dimension), ``unrestricted`` (the claim line does not, and the authority does not say "all"),
            ``not_inside``, ``other_unit``, ``no_crosswalk`` (two trees and no row between them).
        dimension: the dimension in the authority's words; empty for ``no_line``.
        claimed: what the claim line says, or None.
        allowed: what the authority line says, or None.
    """

    why: Why
    dimension: str = ""
    claimed: Value | None = None
    allowed: Value | None = None


@dataclass(frozen=True, slots=True)
class LineCoverage:
    """Verdict on one line of the claim: the authority line that covers it, or the gaps of the nearest one."""

    line: Line
    by: Line | None
    gaps: tuple[Gap, ...] = ()

    def __bool__(self) -> bool:
        return self.by is not None


@dataclass(frozen=True, slots=True)
class Coverage:
    """Verdict on a whole claim, line by line in canonical order; true when every line is covered."""

    lines: tuple[LineCoverage, ...]

    def __bool__(self) -> bool:
        return all(self.lines)

    @property
    def partly(self) -> bool:
        """True when some lines are covered and some are not."""
        return not self and any(self.lines)

    @property
    def missing(self) -> tuple[LineCoverage, ...]:
        """The lines that nothing covers, with their gaps."""
        return tuple(line for line in self.lines if not line)


def covers(
    authority: Scope,
    claim: Scope,
    trees: Trees,
    mapping: Mapping[str, str] | None = None,
    free: Iterable[str] = (),
) -> Coverage:
    """Judge a claim against an authority's scope.

    Args:
        authority: what the issuer holds.
        claim: what is to be attested.
        trees: places and crosswalks, of the day that is asked about.
        mapping: claim dimension → authority dimension, as the scheme maps them (``covers``). Dimensions that
            it does not name meet those of the same name.
        free: dimensions the scheme says need no authority; names of the claim's, or of the authority's where
            no dimension of the claim meets them.

    Returns:
        A coverage, true when each claim line lies inside one authority line.
    """
    free = frozenset(free)
    return Coverage(tuple(_cover_line(authority, line, trees, mapping, free) for line in claim))


def _cover_line(
    authority: Scope, claim: Line, trees: Trees, mapping: Mapping[str, str] | None, free: frozenset[str]
) -> LineCoverage:
    nearest: tuple[Gap, ...] | None = None
    for line in authority:
        found = gaps(line, claim, trees, mapping, free)
        if not found:
            return LineCoverage(claim, line)
        if nearest is None or len(found) < len(nearest):
            nearest = found
    return LineCoverage(claim, None, (Gap(Why.NO_LINE),) if nearest is None else nearest)


def gaps(
    authority: Line,
    claim: Line,
    trees: Trees,
    mapping: Mapping[str, str] | None = None,
    free: frozenset[str] = frozenset(),
    *,
    crosswalks: bool = True,
) -> tuple[Gap, ...]:
    """Return in which dimensions an authority line does not cover a claim line; empty when it covers it."""
    mapping = mapping or {}
    found: list[Gap] = []
    met: set[str] = set()
    for name in sorted({*claim.dimensions, *mapping} - free):
        dimension = mapping.get(name, name)
        met.add(dimension)
        claimed, allowed = claim.get(name), authority.get(dimension)
        if allowed is None:
            found.append(Gap(Why.NOT_NAMED, dimension, claimed))
        elif claimed is None:
            if allowed is not ALL:
                found.append(Gap(Why.UNRESTRICTED, dimension, None, allowed))
        elif why := _not_inside(claimed, allowed, trees, crosswalks):
            found.append(Gap(why, dimension, claimed, allowed))
    for dimension, allowed in authority.values:
        if dimension not in met and dimension not in free and allowed is not ALL:
            found.append(Gap(Why.UNRESTRICTED, dimension, None, allowed))
    return tuple(found)


def _not_inside(claimed: Value, allowed: Value, trees: Trees, crosswalks: bool) -> Why | None:
    if allowed is ALL:
        return None
    if isinstance(claimed, Range) and isinstance(allowed, Range):
        if claimed.unit != allowed.unit:
            return Why.OTHER_UNIT
        return None if allowed.holds(claimed) else Why.NOT_INSIDE
    if isinstance(claimed, Node) and isinstance(allowed, Node):
        if claimed.tree == allowed.tree:
            return None if trees.inside(claimed.tree, claimed.node, allowed.node) else Why.NOT_INSIDE
        there = trees.map(claimed.tree, claimed.node, allowed.tree) if crosswalks else frozenset()
        if not there:
            return Why.NO_CROSSWALK
        # A node that means several things there is inside only when all of them are.
        if all(trees.inside(allowed.tree, node, allowed.node) for node in there):
            return None
    return Why.NOT_INSIDE


def _meet_of_lines(one: Line, two: Line, trees: Trees) -> Line | None:
    values: dict[str, Value] = {}
    for dimension in {*one.dimensions, *two.dimensions}:
        left, right = one.get(dimension), two.get(dimension)
        if left is None or right is None:
            # Named by one side only: the other covers no claim that names it, this one only claims that do
            # not if it says "all". Then the dimension drops out; otherwise no claim satisfies both.
            if left is ALL or right is ALL:
                continue
            return None
        value = _meet(left, right, trees)
        if value is None:
            return None
        values[dimension] = value
    return Line.of(values)


def _meet(left: Value, right: Value, trees: Trees) -> Value | None:
    if left is ALL:
        return right
    if right is ALL:
        return left
    if isinstance(left, Node) and isinstance(right, Node) and left.tree == right.tree:
        if trees.inside(left.tree, left.node, right.node):
            return left
        return right if trees.inside(left.tree, right.node, left.node) else None
    if isinstance(left, Range) and isinstance(right, Range) and left.unit == right.unit:
        lows = [end for end in (left.low, right.low) if end is not None]
        highs = [end for end in (left.high, right.high) if end is not None]
        low, high = max(lows, default=None), min(highs, default=None)
        return None if low is not None and high is not None and low > high else Range(low, high, left.unit)
    return None


def plain_decimal(number: Decimal) -> str:
    """Return a decimal's one spelling: no exponent, no idle zeros, no sign on zero (``"0.5"``, ``"10"``)."""
    return format(number.normalize(), "f") if number else "0"


def _value_to_json(value: Value) -> Any:
    if isinstance(value, Node):
        return {"tree": value.tree, "node": value.node}
    if isinstance(value, Range):
        ends = {"from": value.low, "to": value.high}
        written: dict[str, str] = {name: plain_decimal(end) for name, end in ends.items() if end is not None}
        return {**written, "unit": value.unit}
    return "all"


def _value_from_json(dimension: str, data: Any) -> Value:
    if data == "all":
        return ALL
    if isinstance(data, Mapping) and all(isinstance(part, str) for part in data.values()):
        names = set(data)
        if names == {"tree", "node"}:
            return Node(data["tree"], data["node"])
        if "unit" in names and names <= {"from", "to", "unit"}:
            return Range(_end(dimension, data.get("from")), _end(dimension, data.get("to")), data["unit"])
    raise MalformedScope(
        f'{dimension}: expected "all", {{"tree": …, "node": …}} or {{"from": "1", "to": "5", "unit": "V"}}.'
    )


def _end(dimension: str, text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        raise MalformedScope(f"{dimension}: {text!r} is not a decimal number.") from None


def _canonical(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
