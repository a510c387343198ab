"""Copied data: rows that occur again, wholly or nearly, and blocks of consecutive rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import Floats, table
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.screens.many import LEAD

SOURCE, EDITION = "Testamur", "2026"
#: Most pairs that are listed, and most column subsets that are searched for near copies.
MOST_PAIRS, MOST_SUBSETS = 10_000, 500


@dataclass(frozen=True, kw_only=True)
class Duplicates(Result):
    """Rows that occur again; places count from 0.

    Attributes:
        exact_groups: groups of equal rows; near: pairs equal in at least ``equal`` of ``width`` columns, equal rows
            included.
        expected_exact, expected_near: pairs to be expected by chance, were columns independent.
    """

    exact_groups: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, int], ...]
    equal: int
    width: int
    expected_exact: float
    expected_near: float

    def answer(self) -> Any:
        return {
            "exact_groups": self.exact_groups,
            f"near_duplicates_equal_in_at_least_{self.equal}_of_{self.width}": self.near,
            "expected_exact": self.expected_exact,
            "expected_near": self.expected_near,
        }


@dataclass(frozen=True)
class Block:
    """A run of rows that occurs twice: rows ``first`` … and ``second`` …, ``length`` of them."""

    first: int
    second: int
    length: int


@dataclass(frozen=True, kw_only=True)
class Blocks(Result):
    """Longest runs that occur again, longest first."""

    blocks: tuple[Block, ...]


def duplicate_rows(rows: Any, *, equal: int | None = None) -> Duplicates:
    """Return rows that are equal, or equal in all but a few columns.

    Args:
        rows: one record a row; numbers as written (12.50 and 12.5 are equal).
        equal: columns in which near copies agree; all but one where absent.

    Raises:
        Refused: fewer than two rows, a missing cell, or too many column subsets to search.
    """
    read = table(rows, "rows", at_least=2)
    x = read.values
    count, width = x.shape
    if width < 2:
        raise Refused(_("One column repeats itself by chance; give rows of at least two columns."), field="rows")
    least = width - 1 if equal is None else whole(equal, "equal", at_least=1, at_most=width)
    if comb(width, least) > MOST_SUBSETS:
        raise Refused(
            _("Rows of {width} columns equal in {equal} need too many comparisons; ask for more equal columns."),
            {"width": width, "equal": least},
            field="equal",
        )
    codes = np.stack([np.unique(x[:, column], return_inverse=True)[1] for column in range(width)], axis=1)
    groups = [tuple(group) for group in _groups(codes) if len(group) > 1]
    near: set[tuple[int, int]] = set()
    full = False
    for kept in combinations(range(width), least):
        for group in _groups(codes[:, kept]):
            full = full or comb(len(group), 2) + len(near) > MOST_PAIRS
            if not full:
                near.update(combinations(group, 2))
    said = [LEAD]
    if full:
        said.append(
            Warning(
                "too_many_pairs",
                _("More than {most} near pairs: the columns repeat by nature. Groups are listed."),
                {"most": MOST_PAIRS},
            )
        )
    meet = _meeting(codes)
    pairs = comb(count, 2)
    expected = pairs * _at_least(meet, least)
    if near and expected > len(near) / 2:
        said.append(
            Warning(
                "expected_by_chance",
                _("About {count} such pairs are to be expected by chance: this is no lead."),
                {"count": round(expected)},
            )
        )
    return Duplicates(
        exact_groups=tuple(sorted(groups)),
        near=() if full else tuple(sorted(near)),
        equal=least,
        width=width,
        expected_exact=float(pairs * np.prod(meet)),
        expected_near=expected,
        estimator="hash",
        warnings=tuple(said),
        provenance=provenance(
            "duplicate_rows", SOURCE, EDITION, data={"rows": read.given}, parameters={"equal": least}
        ),
    )


def copied_blocks(rows: Any, *, length: int = 3, shifted: bool = False) -> Blocks:
    """Return runs of consecutive rows that occur again, for example one month's record copied into another.

    Args:
        rows: one record a row, or one column of numbers, in the order recorded.
        length: fewest rows of a run, at least 2.
        shifted: find runs also where a constant was added to them (compares changes from row to row).

    Raises:
        Refused: too few rows, or a missing cell.
    """
    least = whole(length, "length", at_least=2)
    flat = not (isinstance(rows, np.ndarray) and rows.ndim == 2) and not (
        isinstance(rows, (list, tuple)) and bool(rows) and isinstance(rows[0], (list, tuple, np.ndarray))
    )
    read = table([[cell] for cell in rows] if flat else rows, "rows", at_least=2 * least)
    x = read.values
    if shifted:
        # Changes between written numbers are rounded to their last digit; binary noise makes none unequal.
        x = np.round(np.diff(x, axis=0), 12 if read.decimals is None else read.decimals)
    wanted = least - 1 if shifted else least
    codes = np.unique(x, axis=0, return_inverse=True)[1].reshape(-1)
    places: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for start in range(len(codes) - wanted + 1):
        places[tuple(codes[start : start + wanted].tolist())].append(start)
    found, full = _runs(codes.tolist(), places, wanted, 1 if shifted else 0)
    said = [LEAD]
    if full:
        said.append(
            Warning(
                "too_many_runs",
                _("The rows repeat so often that only the first {most} runs are listed."),
                {"most": MOST_PAIRS},
            )
        )
    return Blocks(
        blocks=tuple(sorted(found, key=lambda block: (-block.length, block.first, block.second))),
        estimator="longest repeated runs",
        warnings=tuple(said),
        provenance=provenance(
            "copied_blocks",
            SOURCE,
            EDITION,
            data={"rows": read.given},
            parameters={"length": least, "shifted": shifted},
        ),
    )


def _runs(
    codes: list[int], places: dict[tuple[int, ...], list[int]], least: int, more: int
) -> tuple[list[Block], bool]:
    """Lengthen every repeated beginning as far as it goes; ``more`` rows belong to a run of changes."""
    found: list[Block] = []
    for starts in places.values():
        for first, second in combinations(starts, 2):
            if first > 0 and codes[first - 1] == codes[second - 1]:
                continue  # the middle of a run that began before
            size = least
            # A run does not run into its own copy: constant stretches are one run, not a block copied.
            while second + size < len(codes) and first + size < second and codes[first + size] == codes[second + size]:
                size += 1
            if second - first < size + more or len(set(codes[first : first + size])) == 1:
                continue
            if len(found) >= MOST_PAIRS:
                return found, True
            found.append(Block(first, second, size + more))
    return found, False


def _groups(codes: np.ndarray) -> list[list[int]]:
    """Return the places of equal rows, groups of two or more."""
    inverse = np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)
    order = np.argsort(inverse, kind="stable")
    ends = np.flatnonzero(np.diff(inverse[order])) + 1
    return [group.tolist() for group in np.split(order, ends) if len(group) > 1]


def _meeting(codes: np.ndarray) -> Floats:
    """Return for each column the probability that two rows drawn from it are equal."""
    count = len(codes)
    return np.array([float((seen * (seen - 1)).sum()) / (count * (count - 1)) for seen in map(np.bincount, codes.T)])


def _at_least(meet: Sequence[float] | Floats, least: int) -> float:
    """Return the probability that independent columns agree in ``least`` or more."""
    share = np.zeros(len(meet) + 1)
    share[0] = 1.0
    for one in meet:
        share[1:] = share[1:] * (1 - one) + share[:-1] * one
        share[0] *= 1 - one
    return float(share[least:].sum())
