"""Failure mode and effects analysis: action priority (AIAG & VDA, 2019) and the older risk priority number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning

SOURCE, EDITION = "AIAG & VDA FMEA Handbook", "2019"

#: First rating of each band, from the worst: severity, occurrence, detection.
_SEVERITY, _OCCURRENCE, _DETECTION = (9, 7, 4, 2, 1), (8, 6, 4, 2, 1), (7, 5, 2, 1)
#: Severity band → occurrence band → priorities by detection band.
_PRIORITY = (
    ("HHHH", "HHHH", "HHHM", "HMLL", "LLLL"),
    ("HHHH", "HHHM", "HMMM", "MMLL", "LLLL"),
    ("HHMM", "MMML", "MLLL", "LLLL", "LLLL"),
    ("MMLL", "LLLL", "LLLL", "LLLL", "LLLL"),
    ("LLLL", "LLLL", "LLLL", "LLLL", "LLLL"),
)
_NAMES = ("S", "O", "D")


@dataclass(frozen=True, kw_only=True)
class Priorities(Result):
    """Action priority of each failure cause: ``H``, ``M`` or ``L``.

    Attributes:
        ap: in the order of the rows; counts: how many of each.
    """

    ap: tuple[str, ...]
    counts: Mapping[str, int]

    def published(self) -> dict[str, Any]:
        table = (action_priority(*row) for row in product(range(1, 11), repeat=3))
        return {**self.answer(), "counts_all_1000": _counted(tuple(table))}


@dataclass(frozen=True, kw_only=True)
class RiskNumbers(Result):
    """Risk priority numbers S × O × D, 1 to 1000; kept for old records, without any threshold."""

    rpn: tuple[int, ...]


def action_priority(severity: int, occurrence: int, detection: int) -> str:
    """Return H, M or L for ratings of 1 to 10 (design and process FMEA; monitoring, FMEA-MSR, has another table)."""
    return _PRIORITY[_band(severity, _SEVERITY)][_band(occurrence, _OCCURRENCE)][_band(detection, _DETECTION)]


def fmea_action_priority(rows: Sequence[Any], *, table: str = "DFMEA/PFMEA") -> Priorities:
    """Return the action priority of each row.

    Args:
        rows: [S, O, D] or mappings with S, O and D, each a whole number from 1 to 10.
        table: the handbook's table; only that of DFMEA and PFMEA, which are the same, is here.

    Raises:
        Refused: a rating is not from 1 to 10, or the table is that of FMEA-MSR.
    """
    if "MSR" in str(table).upper():
        raise Refused(
            _("FMEA-MSR has a priority table of its own, with frequency and monitoring; it is not in this system."),
            source="AIAG & VDA FMEA Handbook, 2019",
            field="table",
        )
    ratings = _ratings(rows)
    found = tuple(action_priority(*row) for row in ratings)
    return Priorities(
        ap=found,
        counts=_counted(found),
        estimator="AP table",
        provenance=provenance("fmea_action_priority", SOURCE, EDITION, data={"rows": ratings, "table": table}),
    )


def fmea_rpn(rows: Sequence[Any]) -> RiskNumbers:
    """Return S × O × D of each row; a warning says why no threshold is set."""
    ratings = _ratings(rows)
    return RiskNumbers(
        rpn=tuple(s * o * d for s, o, d in ratings),
        estimator="S × O × D",
        warnings=(
            Warning(
                "no_threshold",
                _("Equal products hide unequal risks (10×1×8 and 1×8×10): rank by action priority, set no threshold."),
            ),
        ),
        provenance=provenance("fmea_rpn", "AIAG FMEA", "4", data={"rows": ratings}),
    )


def _band(rating: int, starts: tuple[int, ...]) -> int:
    return next(place for place, start in enumerate(starts) if rating >= start)


def _counted(priorities: tuple[str, ...]) -> dict[str, int]:
    found = Counter(priorities)
    return {name: found.get(name, 0) for name in "LMH"}


def _ratings(rows: Any) -> list[tuple[int, int, int]]:
    if not isinstance(rows, (list, tuple)) or not rows:
        raise Refused(_("Give rows of severity, occurrence and detection."), field="rows")
    found = []
    for number, row in enumerate(rows, 1):
        cells = [row.get(name, row.get(name.lower())) for name in _NAMES] if isinstance(row, Mapping) else row
        if not isinstance(cells, (list, tuple)) or len(cells) != 3 or any(cell is None for cell in cells):
            raise Refused(_("Row {row} needs S, O and D."), {"row": number}, field="rows")
        s, o, d = (
            whole(cell, f"{name} ({number})", at_least=1, at_most=10) for name, cell in zip(_NAMES, cells, strict=True)
        )
        found.append((s, o, d))
    return found
