"""Identifiers with a check character, looked at many together: a wrong one is remarked, as some of them are legal.

Source: GB 32100-2015; ISO 17442-1:2020 (check digits by ISO/IEC 7064, MOD 97-10); GS1 General Specifications, 7.9.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from testamur.register.identifiers import GTIN_LENGTHS
from testamur.rules.codes import USCC_ALPHABET

_USCC = np.full(256, -1, dtype=np.int64)
_USCC[[ord(sign) for sign in USCC_ALPHABET]] = range(31)
_WEIGHTS = np.array([*(pow(3, place, 31) for place in range(17)), 1])
#: Length of a GLN.
_GLN = (13,)


def checked(scheme: str) -> Callable[[Sequence[str]], list[int]] | None:
    """Return what finds the places of wrong values of a scheme; None where it has no check character known here."""
    return _KNOWN.get(scheme.casefold().removeprefix("cn."))


def _usccs(values: Sequence[str]) -> list[int]:
    """Return the places of texts, empty ones apart, that are no unified social credit codes: counted in one step."""
    whole = [place for place, value in enumerate(values) if len(value) == 18 and value.isascii()]
    odd = [place for place, value in enumerate(values) if value and not (len(value) == 18 and value.isascii())]
    if whole:
        signs = np.frombuffer("".join([values[place] for place in whole]).encode(), dtype=np.uint8).reshape(-1, 18)
        numbers = _USCC[signs]
        wrong = (numbers < 0).any(axis=1) | (numbers @ _WEIGHTS % 31 != 0)
        odd += [whole[at] for at in np.flatnonzero(wrong).tolist()]
    return sorted(odd)


def _leis(values: Sequence[str]) -> list[int]:
    return [place for place, value in enumerate(values) if value and not is_lei(value)]


def is_lei(value: str) -> bool:
    """Say whether a text is a legal entity identifier: 18 letters and digits, two check digits."""
    if len(value) != 20 or not value.isascii() or not value.isalnum() or value != value.upper():
        return False
    return value[18:].isdigit() and int("".join(str(int(sign, 36)) for sign in value)) % 97 == 1


def is_gs1(value: str, lengths: Sequence[int] = GTIN_LENGTHS) -> bool:
    """Say whether a text is a number of GS1 of one of some lengths: its digits weigh a multiple of ten."""
    if len(value) not in lengths or not value.isascii() or not value.isdigit():
        return False
    return sum(int(sign) * (3 if place % 2 else 1) for place, sign in enumerate(reversed(value))) % 10 == 0


def _gtins(values: Sequence[str]) -> list[int]:
    return [place for place, value in enumerate(values) if value and not is_gs1(value)]


def _glns(values: Sequence[str]) -> list[int]:
    return [place for place, value in enumerate(values) if value and not is_gs1(value, _GLN)]


_KNOWN: dict[str, Callable[[Sequence[str]], list[int]]] = {"uscc": _usccs, "lei": _leis, "gtin": _gtins, "gln": _glns}
