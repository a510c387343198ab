"""A laboratory's scores over rounds: charts with memory, and signals (ISO 13528:2022, section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from testamur.proficiency.models import Measurand, Score
from testamur.tqm.spc.memory import CusumChart, EwmaChart, cusum, ewma


@dataclass(frozen=True)
class Series:
    """Scores of one measurand, oldest round first.

    Attributes:
        key: by which the same measurand is known in another round: its name and unit.
        signals: codes: ``action`` (|score| at least 3), ``two_warnings`` (two in a row above 2, on the same or on
            different sides), ``drift`` (CUSUM beyond its interval), each with the index of the score.
    """

    key: str
    measurand: Measurand
    scores: tuple[Score, ...]
    signals: tuple[tuple[str, int], ...] = field(default=())
    cusum: CusumChart | None = None
    ewma: EwmaChart | None = None


def key_of(one: Measurand) -> str:
    """Return by what a measurand is known over rounds and providers."""
    name = one.name.get("en") or one.name.get("zh") or ""
    return f"{' '.join(name.lower().split())}|{one.unit}"


def series(rows: Sequence[Score]) -> list[Series]:
    """Return the scores in force by measurand; those judged by E_n stand on another scale and are left out.

    Args:
        rows: scores in force, oldest round first (``queries.in_force``).
    """
    grouped: dict[str, list[Score]] = {}
    for row in rows:
        if row.score is not None and row.measurand.score_by != Measurand.ScoreBy.EN:
            grouped.setdefault(key_of(row.measurand), []).append(row)
    return [_series(key, found) for key, found in sorted(grouped.items())]


def _series(key: str, rows: list[Score]) -> Series:
    z = [float(row.score) for row in rows if row.score is not None]
    signals = [("action", place) for place, value in enumerate(z) if abs(value) >= 3]
    signals += [("two_warnings", place) for place in range(1, len(z)) if abs(z[place]) > 2 and abs(z[place - 1]) > 2]
    charts: dict[str, Any] = {}
    if len(z) >= 2:
        # Scores have centre 0 and standard deviation 1 by construction; nothing is estimated from the laboratory.
        charts = {"cusum": cusum(z, target=0.0, sigma=1.0), "ewma": ewma(z, target=0.0, sigma=1.0)}
        arms = [*charts["cusum"].signal_high, *charts["cusum"].signal_low]
        signals += [("drift", int(place)) for place in sorted(set(arms))[:1]]
    return Series(key, rows[-1].measurand, tuple(rows), tuple(sorted(signals, key=lambda one: one[1])), **charts)
