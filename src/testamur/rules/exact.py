"""Exact arithmetic of the rules: integers, fractions and decimals; never binary floating point."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction


def half_days(days: Fraction) -> Decimal:
    """Return audit days to the nearest half day; a tie (x.25, x.75) goes up (IAF MD 5, 2.2.3; tie P)."""
    return Decimal(floor(days * 2 + Fraction(1, 2))) / 2


def floor(value: Fraction) -> int:
    """Return the largest whole number not above the value."""
    return value.numerator // value.denominator


def ceiling(value: Fraction) -> int:
    """Return the smallest whole number not below the value."""
    return -(-value.numerator // value.denominator)


def ceiling_of_root(share: Fraction, count: int) -> int:
    """Return the smallest whole k with k ≥ share·√count, found by squares (k² ≥ share²·count)."""
    target = share * share * count
    k = 0
    while k * k < target:
        k += 1
    return k


def rounded(value: Fraction, places: int) -> Decimal:
    """Return the value half up (away from zero at a tie) to ``places`` decimals."""
    scale = 10**places
    size = floor(abs(value) * scale + Fraction(1, 2))
    return Decimal(size if value >= 0 else -size).scaleb(-places)
