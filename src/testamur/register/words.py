"""Folding of numbers and words, so that people find what they type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from testamur.register.scripts import simplified

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
    return _folded(text, _GAPS).strip()


def fold_in_its_script(text: str) -> str:
    """Return :func:`fold` of a text but for traditional characters, which stay as they are written."""
    return _bare(text, _GAPS).strip()


def fold_all(texts: Sequence[str]) -> list[str]:
    """Return :func:`fold` of many texts, which are folded together: a line for each."""
    whole = "\n".join(texts)
    if whole.count("\n") != len(texts) - 1:
        return [fold(text) for text in texts]
    return [text.strip() for text in _folded(whole, _GAPS_IN_LINES).split("\n")]


def _folded(text: str, gaps: re.Pattern[str]) -> str:
    bare = _bare(text, gaps)
    return bare if bare.isascii() else simplified(bare)


def _bare(text: str, gaps: re.Pattern[str]) -> str:
    if text.isascii():
        return gaps.sub(" ", text.lower().replace("_", " "))
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    for sign in set(_PERHAPS_ACCENTS.findall(split)):
        if unicodedata.combining(sign):
            split = split.replace(sign, "")
    return gaps.sub(" ", unicodedata.normalize("NFKC", split).replace("_", " "))


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
