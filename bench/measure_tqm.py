"""Statistics of a million points beside bare numpy in the same run; processor time, the least of some runs."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from bench.figures import Figure


def figures() -> list[Figure]:
    """Measure charts, run rules, charts with memory, a figure of 5,000 points and a bootstrap."""
    from testamur.tqm import (
        capability_quantile,
        cusum,
        ewma,
        figure_of,
        gage_rr_crossed,
        i_mr,
        run_rules,
        to_svg,
        xbar_r,
    )

    rng = np.random.default_rng(1)
    rows = rng.normal(10, 1, (1_000_000, 5))
    z = rng.standard_normal(1_000_000)
    shown = rng.normal(10, 1, 5_000)
    skewed = rng.lognormal(0, 0.5, 150)
    part, operator = np.arange(90) // 9, np.tile(np.repeat(["A", "B", "C"], 3), 10)
    value = rng.normal(0, 1, 10)[part] + rng.normal(0, 0.2, 90)

    bare = least(lambda: by_columns(rows))
    charted = least(lambda: xbar_r(rows))
    standardised = least(lambda: (z - z.mean()) / z.std())
    drawn = figure_of(i_mr(shown))
    return [
        Figure(
            "Xbar-R, 10^6 subgroups of 5, with rules 1 and 2", charted, "s", "≤ 2 × bare", f"bare numpy {bare:.3f} s"
        ),
        Figure("Xbar-R over bare numpy by columns", charted / bare, "×", "≤ 2 ×"),
        Figure(
            "Nelson's eight rules, 10^6 points",
            least(lambda: run_rules(z)),
            "s",
            "≤ 1 s",
            f"one pass {standardised:.3f} s",
        ),
        Figure(
            "EWMA, 10^6 points",
            least(lambda: ewma(z, target=0, sigma=1)),
            "s",
            "≤ 0.1 s",
            f"one pass {standardised:.3f} s",
        ),
        Figure("CUSUM, 10^6 points, both arms", least(lambda: cusum(z, target=0, sigma=1)), "s", "≤ 0.1 s"),
        Figure("chart of 5,000 points: compute", 1000 * least(lambda: i_mr(shown)), "ms"),
        Figure(
            "chart of 5,000 points: draw, with its table", 1000 * least(lambda: to_svg(drawn)), "ms", "≤ 200 ms a page"
        ),
        Figure("gauge study, 90 measurements", 1000 * least(lambda: gage_rr_crossed(part, operator, value)), "ms"),
        Figure(
            "quantile capability, 1,000 resamples of 150",
            1000 * least(lambda: capability_quantile(skewed, usl=9)),
            "ms",
        ),
    ]


def by_columns(x: np.ndarray) -> tuple[float, float]:
    """Return grand mean and mean range as bare numpy gets them fastest: column by column."""
    total, high, low = x[:, 0].copy(), x[:, 0].copy(), x[:, 0].copy()
    for column in range(1, x.shape[1]):
        total += x[:, column]
        np.maximum(high, x[:, column], out=high)
        np.minimum(low, x[:, column], out=low)
    return float(total.mean() / x.shape[1]), float((high - low).mean())


def least(work: Callable[[], object], times: int = 7) -> float:
    """Return the least processor time of some runs, seconds."""
    durations = []
    for _ in range(times):
        began = time.process_time()
        work()
        durations.append(time.process_time() - began)
    return min(durations)
