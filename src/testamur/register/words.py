"""Folding of numbers and words, so that people find what they type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from testamur.register.scripts import simplified

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What an ASCII number holds besides letters and digits.
_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}
#: Scripts whose words are not parted by spaces: Han with its extensions, kana, Hangul.
IDEOGRAPHIC = (
    ("\u3040", "\u30ff"),
    ("\u31f0", "\u31ff"),
    ("\u3400", "\u9fff"),
    ("\uac00", "\ud7af"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


def number_key(text: str) -> str:
    """Return a number as look-up compares it: upper case, full width made half width, letters and digits only.

    ``"LAMP-2026-000 001"``, ``"lamp2026000001"`` and ``"ＬＡＭＰ－2026－000001"`` have one key.
    """
    if text.isascii():  # as nearly all are
        return text.upper().translate(_SIGNS)[:80]
    folded = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in folded if character.isalnum())[:80]


def number_keys(texts: Sequence[str]) -> list[str]:
    """Return :func:`number_key` of many numbers."""
    whole = "\n".join(texts)
    if whole.isascii() and whole.count("\n") == len(texts) - 1:
        return [key[:80] for key in whole.upper().translate(_SIGNS_BUT_LINES).split("\n")]
    return [number_key(text) for text in texts]


def fold(text: str) -> str:
    """Return text as search compares it: no case, no accents, simplified characters, one space between words."""
    return _folded(text, _spaced).strip()


def fold_in_its_script(text: str) -> str:
    """Return :func:`fold` of a text but for traditional characters, which stay as they are written."""
    return _bare(text, _spaced).strip()


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return :func:`fold` of many texts, which are folded together: a line for each."""
    found: list[str] = []
    for start in range(0, len(texts), LOT):
        lot = texts[start : start + LOT]
        whole = "\n".join(lot)
        if whole.count("\n") != len(lot) - 1:
            found += [fold(text) for text in lot]
            continue
        spaced = _spaced_long if len(texts) >= MANY else _spaced_lines
        found += [text.strip() for text in _folded(whole, spaced).split("\n")]
    return found


def _folded(text: str, spaced: Callable[[str], str]) -> str:
    bare = _bare(text, spaced)
    return bare if bare.isascii() else simplified(bare)


def _bare(text: str, spaced: Callable[[str], str]) -> str:
    if text.isascii():
        return spaced(text.lower().replace("_", " "))
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    for sign in set(_PERHAPS_ACCENTS.findall(split)):
        if unicodedata.combining(sign):
            split = split.replace(sign, "")
    return spaced(unicodedata.normalize("NFKC", split).replace("_", " "))


def _spaced(text: str) -> str:
    """Return a text with one space for whatever stands between its words."""
    return _GAPS.sub(" ", text)


def _spaced_lines(text: str) -> str:
    """Return lines with one space for whatever stands between their words."""
    return _GAPS_IN_LINES.sub(" ", text)


def _spaced_long(text: str) -> str:
    """Return the same as ``_spaced_lines``, as an array: four times as fast, and dearer to begin."""
    import numpy as np

    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    gaps = _gaps().take(codes)
    first = gaps.copy()
    first[1:] &= ~gaps[:-1]
    found = np.where(first, np.uint32(32), codes)[first | ~gaps]
    return found.tobytes().decode("utf-32-le", "surrogatepass")


@cache
def _gaps() -> NDArray[np.bool_]:
    """Return of every character whether it stands between words; in a tenth of a second, when many texts want it."""
    import numpy as np

    found = ~np.fromiter(map(str.isalnum, map(chr, range(0x110000))), dtype=bool, count=0x110000)
    found[ord("\n")] = False
    return found


#: Texts that are folded together, and from how many on as an array.
LOT, MANY = 500, 2_000
#: What is neither letter nor digit: a word character of ``re`` is one that ``str.isalnum`` says so of, or ``_``.
_GAPS, _GAPS_IN_LINES = re.compile(r"\W+"), re.compile(r"[^\w\n]+")
#: Where Unicode has the signs that combine with the one before; few ranges are looked through faster than many.
_PERHAPS_ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u1dff\u20d0-\u20f0\u2cef-\u2dff\u302a-\u302f\u3099\u309a\ua66f-\uabed"
    "\ufb1e\ufe20-\ufe2f\U000101fd-\U0001ffff]"
)
_IDEOGRAPHIC = re.compile("[{}]".format("".join(f"{first}-{last}" for first, last in IDEOGRAPHIC)))
_SIGNS_BUT_LINES = {code: sign for code, sign in _SIGNS.items() if code != 10}


def is_ideographic(text: str) -> bool:
    """Say whether a text holds characters of a script whose words are not parted by spaces."""
    return _IDEOGRAPHIC.search(text) is not None
