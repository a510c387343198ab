"""Two stretches of a process beside each other: intervals of the difference of means and of the ratio of spreads.

Both take values for independent and about normal (ISO 2854).
"""

from __future__ import annotations

import math

from scipy import stats

#: Mean, standard deviation (n - 1) and number of values.
Summary = tuple[float, float, int]


def mean_difference(before: Summary, after: Summary, conf: float = 0.95) -> tuple[float, float]:
    """Return the interval of the second mean minus the first, for unequal spreads (Welch)."""
    a, b = before[1] ** 2 / before[2], after[1] ** 2 / after[2]
    freedom = (a + b) ** 2 / (a**2 / (before[2] - 1) + b**2 / (after[2] - 1))
    reach = float(stats.t.ppf(0.5 + conf / 2, freedom)) * math.sqrt(a + b)
    difference = after[0] - before[0]
    return difference - reach, difference + reach


def spread_ratio(before: Summary, after: Summary, conf: float = 0.95) -> tuple[float, float]:
    """Return the interval of the second standard deviation divided by the first (F distribution)."""
    variances = (after[1] / before[1]) ** 2
    tail = 0.5 + conf / 2
    low = variances / float(stats.f.ppf(tail, after[2] - 1, before[2] - 1))
    high = variances * float(stats.f.ppf(tail, before[2] - 1, after[2] - 1))
    return math.sqrt(low), math.sqrt(high)
