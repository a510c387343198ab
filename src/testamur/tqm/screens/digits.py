"""Digits: Benford's law where it can hold, and terminal digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from testamur.kernel.refusal import Refused, _
from testamur.tqm.counting import whole
from testamur.tqm.data import Floats, Numbers, choice, numbers
from testamur.tqm.methods import provenance
from testamur.tqm.results import Result, Warning
from testamur.tqm.screens.many import LEAD

#: Benford's law needs this many values, over this many powers of ten (between the 1 % and the 99 % point).
ENOUGH, POWERS = 300, 2.0
#: Constants of R's benford.analysis 0.1.5; in the second two figures changed places.
PEER_MEAN, PEER_DIVISOR = 39.0865, 39.0685
#: Terminal digits: values, and standard deviation in units of the last digit.
ENOUGH_TERMINAL, SPREAD = 50, 5.0
TESTS = ("first_digit", "second_digit", "first_two")
DIGITS = {"first_digit": np.arange(1, 10), "second_digit": np.arange(10), "first_two": np.arange(10, 100)}
#: Mean absolute deviation up to which data conform closely, acceptably, marginally (Nigrini, 2012).
_MAD = {
    "first_digit": (0.006, 0.012, 0.015),
    "second_digit": (0.008, 0.010, 0.012),
    "first_two": (0.0012, 0.0018, 0.0022),
}
_CONFORMITY = (
    "Close conformity",
    "Acceptable conformity",
    "Marginally acceptable conformity",
    "Nonconformity",
)


@dataclass(frozen=True)
class Digits:
    """One Benford test.

    Attributes:
        n_used: values above 0; chisq, chisq_p: against Benford's shares; mad: mean absolute deviation of shares;
            mad_conformity: Nigrini's word for it; mantissa_arc_L2: squared length of the mean mantissa on the circle;
            mean_10_100: mean of the values brought to 10 … 100; distortion_percent: percent by which it exceeds
            Benford's (Nigrini).
    """

    n_used: int
    chisq: float
    chisq_p: float
    mad: float
    mad_conformity: str
    mantissa_arc_L2: float
    mean_10_100: float
    distortion_percent: float
    counts: tuple[int, ...]
    digits: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Benford(Result):
    """Benford tests by name: ``first_digit``, ``second_digit``, ``first_two``."""

    tests: Mapping[str, Digits]

    def answer(self) -> Any:
        return {name: vars(test) for name, test in self.tests.items()}

    def published(self) -> Any:
        """Add the distortion as R's benford.analysis prints it, with its divisor 39.0685 where 39.0865 is meant."""
        return {
            name: {**vars(test), "distortion_factor": 100 * (test.mean_10_100 - PEER_MEAN) / PEER_DIVISOR}
            for name, test in self.tests.items()
        }


@dataclass(frozen=True, kw_only=True)
class Terminal(Result):
    """Counts of the terminal digits 0 to 9 and how surprising their unevenness is."""

    counts: tuple[int, ...]
    chisq: float
    df: int
    p: float
    decimals: int


def benford(values: Any, *, digits: Sequence[Any] = (1, 2)) -> Benford:
    """Compare leading digits with Benford's law, where it can be expected to hold.

    Args:
        values: amounts; zeros and negative ones take no part.
        digits: tests: 1 or ``first_digit``, 2 or ``first_two``, ``second_digit``.

    Raises:
        Refused: fewer than 300 values above 0, or values over less than two powers of ten, as most measurements are:
            their digits tell nothing.
    """
    read = numbers(values, "values", missing="drop")
    short = {"1": "first_digit", "2": "first_two"}
    names = [choice(short.get(str(one), one), "digits", TESTS) for one in digits]
    if not names:
        raise Refused(_("{name} must be a list of values."), {"name": "digits"}, field="digits")
    x = read.values[read.values > 0]
    if len(x) < ENOUGH:
        raise Refused(
            _("Benford's law needs at least {needed} values above 0; there are {count}."),
            {"needed": ENOUGH, "count": len(x)},
            field="values",
        )
    low, high = np.quantile(x, [0.01, 0.99])
    powers = float(np.log10(high / low))
    if powers < POWERS:
        raise Refused(
            _(
                "Benford's law does not hold here: the values span {powers} powers of ten, and two are needed. Most "
                "measurements of one kind are so; use terminal digits."
            ),
            {"powers": f"{powers:.1f}"},
            field="values",
        )
    leading, mantissa = _leading(x)
    left = len(read.values) - len(x)
    said = [LEAD]
    if left:
        said.append(Warning("left_out", _("{count} values that are 0 or negative took no part."), {"count": left}))
    return Benford(
        tests={name: _benford(name, leading, mantissa) for name in names},
        estimator="Benford",
        warnings=tuple(said),
        provenance=provenance(
            "benford", "Nigrini, Benford's Law", "2012", data={"values": read.given}, parameters={"digits": list(names)}
        ),
    )


def _leading(x: Floats) -> tuple[np.ndarray, Floats]:
    """Return the first two digits (10 … 99) and the mantissa of log10, in 0 … 1.

    Digits come from the shortest decimal of each number, so 0.3 has the digits 30 and never 29.
    """
    texts = np.char.mod("%.14e", x)
    first_two = np.char.replace(np.array([text[0] + text[2] for text in texts.tolist()]), ".", "").astype(int)
    return first_two, np.log10(x) % 1.0


def _benford(name: str, leading: np.ndarray, mantissa: Floats) -> Digits:
    digits = DIGITS[name]
    seen = {"first_digit": leading // 10, "second_digit": leading % 10}.get(name, leading)
    shares = expected_shares(name)
    n = len(leading)
    counts = np.bincount(seen, minlength=int(digits[-1]) + 1)[digits]
    chisq = float((((counts - n * shares) ** 2) / (n * shares)).sum())
    mad = float(np.abs(counts / n - shares).mean())
    grade = int(np.searchsorted(_MAD[name], mad, side="left"))
    arc = float(np.cos(2 * np.pi * mantissa).mean() ** 2 + np.sin(2 * np.pi * mantissa).mean() ** 2)
    mean = float((10.0 ** (1 + mantissa)).mean())
    # Mean of n Benford numbers between 10 and 100, evenly spread by their logarithms (Nigrini).
    nigrini = 90 / (n * float(np.expm1(np.log(10) / n)))
    return Digits(
        n_used=n,
        chisq=chisq,
        chisq_p=float(stats.chi2.sf(chisq, len(digits) - 1)),
        mad=mad,
        mad_conformity=_CONFORMITY[grade],
        mantissa_arc_L2=arc,
        mean_10_100=mean,
        distortion_percent=100 * (mean / nigrini - 1),
        counts=tuple(int(count) for count in counts),
        digits=tuple(int(digit) for digit in digits),
    )


def expected_shares(name: str) -> Floats:
    """Return Benford's share of each digit of a test."""
    if name == "second_digit":
        return np.asarray(np.log10(1 + 1 / (10 * np.arange(1, 10)[:, None] + DIGITS[name])).sum(axis=0))
    return np.asarray(np.log10(1 + 1 / DIGITS[name]))


def terminal_digits(values: Any, *, decimals: int | None = None) -> Terminal:
    """Test whether the last written digits are evenly spread, as they are where the instrument resolves far more.

    Args:
        values: as they were written; texts keep trailing zeros (``"7.40"``), floats need ``decimals``.
        decimals: places to which all were recorded; the most written in any where absent.

    Raises:
        Refused: fewer than 50 values, more decimals written than said, or a standard deviation below five units of the
            last digit, where last digits are not even by nature.
    """
    read = numbers(values, "values", missing="drop", at_least=ENOUGH_TERMINAL)
    places = _places(read, decimals)
    x = read.values
    scaled = x * 10.0**places
    units = np.round(scaled)
    if np.abs(scaled - units).max() > 1e-6 * max(1.0, float(np.abs(scaled).max()) * 1e-9):
        raise Refused(
            _("Some values have more than {decimals} decimals; say how many were recorded."),
            {"decimals": places},
            field="decimals",
        )
    spread = float(x.std(ddof=1)) * 10.0**places
    if spread < SPREAD:
        raise Refused(
            _("The values vary by {spread} units of their last digit only; terminal digits are not even then."),
            {"spread": f"{spread:.1f}"},
            field="values",
        )
    counts = np.bincount((np.abs(units) % 10).astype(int), minlength=10)
    expected = len(x) / 10
    chisq = float(((counts - expected) ** 2 / expected).sum())
    return Terminal(
        counts=tuple(int(count) for count in counts),
        chisq=chisq,
        df=9,
        p=float(stats.chi2.sf(chisq, 9)),
        decimals=places,
        estimator="chi-squared",
        warnings=(LEAD,),
        provenance=provenance(
            "terminal_digit_chisq",
            "Mosimann et al.",
            "1995",
            data={"values": read.given},
            parameters={"decimals": places},
        ),
    )


def _places(read: Numbers, decimals: int | None) -> int:
    if decimals is not None:
        return whole(decimals, "decimals", at_least=0, at_most=15)
    if read.decimals is None:
        raise Refused(_("Say to how many decimals the values were recorded."), field="decimals")
    return read.decimals
