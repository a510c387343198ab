"""Reporting a result: uncertainty to one or two significant digits, the value to the same place (JCGM 100, 7.2.6)."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal, localcontext
from typing import Any

from testamur.tqm.counting import whole
from testamur.tqm.data import choice, number


def rounded(value: Any, uncertainty: Any, *, digits: int = 2, up: bool = False) -> tuple[str, str]:
    """Return value and uncertainty as they are reported, as texts that keep their zeros.

    Args:
        value: best estimate.
        uncertainty: standard or expanded, not negative; 0 leaves the value as it is.
        digits: significant digits of the uncertainty, 1 or 2.
        up: round the uncertainty up, where understating it would harm.
    """
    x, u = number(value, "value"), number(uncertainty, "uncertainty", at_least=0)
    choice(str(whole(digits, "digits")), "digits", ("1", "2"))
    if u == 0:
        return _plain(Decimal(repr(x))), "0"
    with localcontext() as context:
        context.prec = 400  # a large value beside a tiny uncertainty has many digits
        return _rounded(x, u, digits, ROUND_UP if up else ROUND_HALF_EVEN)


def _rounded(x: float, u: float, digits: int, mode: str) -> tuple[str, str]:
    exact = Decimal(repr(u))
    place = exact.adjusted() - digits + 1
    shown = exact.quantize(Decimal(1).scaleb(place), rounding=mode)
    if shown.adjusted() - digits + 1 > place:
        # 0.0996 became 0.100: one digit too many.
        place += 1
        shown = shown.quantize(Decimal(1).scaleb(place), rounding=mode)
    return _plain(Decimal(repr(x)).quantize(Decimal(1).scaleb(place), rounding=ROUND_HALF_EVEN)), _plain(shown)


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.replace("-", "", 1) if value == 0 else text
