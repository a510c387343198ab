"""One figure, its budget, and the limit that physics or a peer sets in the same run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Attributes:
        what: the thing measured, a noun phrase.
        value: in ``unit``.
        unit: e.g. ``"s"``, ``"ms"``, ``"certificates/s"``.
        budget: what the project promises, in words, e.g. ``"≤ 0.3 s"``; empty where nothing is promised.
        beside: the limit measured in the same run, in words, e.g. ``"bare Python 0.02 s"``.
    """

    what: str
    value: float
    unit: str
    budget: str = ""
    beside: str = ""


def median_seconds(work: Callable[[], object], times: int = 5) -> float:
    """Return the median duration of some runs, seconds."""
    durations = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        durations.append(time.perf_counter() - began)
    return sorted(durations)[times // 2]


def table(figures: list[Figure]) -> str:
    """Return the figures as a Markdown table."""
    rows = ["| what | measured | budget | beside |", "|---|---|---|---|"]
    for figure in figures:
        value = f"{figure.value:.3g}" if figure.value < 1000 else f"{figure.value:,.0f}"
        rows.append(f"| {figure.what} | {value} {figure.unit} | {figure.budget} | {figure.beside} |")
    return "\n".join(rows)


def percentile(durations: list[float], share: float) -> float:
    """Return the duration below which this share of them lies; 0.95 is p95."""
    return sorted(durations)[min(int(len(durations) * share), len(durations) - 1)]
