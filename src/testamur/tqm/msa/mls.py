"""Intervals of variance components by modified large samples, for sums and differences of mean squares.

Source: Graybill and Wang (1980), J. Am. Stat. Assoc. 75, 869-873; Ting, Burdick, Graybill, Jeyaratnam, Lu (1990),
J. Stat. Comput. Simul. 35, 135-143; for gauge studies Burdick and Larsen (1997), J. Qual. Technol. 29(3), 261-273.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from scipy.special import chdtri, fdtri


def interval(terms: Sequence[tuple[float, float, float]], conf: float) -> tuple[float, float]:
    """Return the two-sided interval of a variance component, at least 0.

    Args:
        terms: (coefficient, mean square, degrees of freedom) of each mean square; coefficients may be negative.
        conf: level.
    """
    tail = (1 - conf) / 2
    plus = [(c, ms, df) for c, ms, df in terms if c > 0 and ms > 0]
    minus = [(-c, ms, df) for c, ms, df in terms if c < 0 and ms > 0]
    estimate = sum(c * ms for c, ms, _df in terms)
    low = estimate - math.sqrt(max(0.0, _variance(plus, minus, tail, lower=True)))
    high = estimate + math.sqrt(max(0.0, _variance(plus, minus, tail, lower=False)))
    return max(0.0, low), max(0.0, high)


def _shrink(df: float, tail: float) -> float:
    """Return 1 - 1/F(upper tail; df, infinity)."""
    return 1 - df / float(chdtri(df, tail))


def _stretch(df: float, tail: float) -> float:
    """Return 1/F(lower tail; df, infinity) - 1."""
    return df / float(chdtri(df, 1 - tail)) - 1


def _variance(
    plus: list[tuple[float, float, float]], minus: list[tuple[float, float, float]], tail: float, *, lower: bool
) -> float:
    near, far = (_shrink, _stretch) if lower else (_stretch, _shrink)
    total = sum((near(df, tail) * c * ms) ** 2 for c, ms, df in plus)
    total += sum((far(df, tail) * c * ms) ** 2 for c, ms, df in minus)
    for c1, ms1, df1 in plus:
        for c2, ms2, df2 in minus:
            f = float(fdtri(df1, df2, 1 - tail if lower else tail))
            cross = ((f - 1) ** 2 - (near(df1, tail) * f) ** 2 - far(df2, tail) ** 2) / f
            total += cross * c1 * c2 * ms1 * ms2
    # Pairs on one side count only towards the bound that they move apart.
    pairs = plus if lower else minus
    if len(pairs) > 1:
        for i, (c1, ms1, df1) in enumerate(pairs):
            for c2, ms2, df2 in pairs[i + 1 :]:
                both = df1 + df2
                g1, g2, g = _shrink(df1, tail), _shrink(df2, tail), _shrink(both, tail)
                star = (g**2 * both**2 / (df1 * df2) - g1**2 * df1 / df2 - g2**2 * df2 / df1) / (len(pairs) - 1)
                total += star * c1 * c2 * ms1 * ms2
    return total
