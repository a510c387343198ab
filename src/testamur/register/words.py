"""Folding of numbers and words, so that people find what they type."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

#: What an ASCII number holds besides letters and digits.
_SIGNS = {code: None for code in range(128) if not chr(code).isalnum()}


class _Learnt(dict[int, "int | str | None"]):
    """A table for ``str.translate`` that asks of each character once what becomes of it; there are finitely many."""

    def __init__(self, become: Callable[[str], int | str | None]) -> None:
        super().__init__()
        self.become = become

    def __missing__(self, code: int) -> int | str | None:
        self[code] = found = self.become(chr(code))
        return found


_BARE = _Learnt(lambda character: None if unicodedata.combining(character) else ord(character))
_SPACED = _Learnt(lambda character: ord(character) if character.isalnum() else " ")
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


def fold(text: str) -> str:
    """Return text as search compares it: no case, no accents, one space between words."""
    if text.isascii():
        return " ".join(text.lower().translate(_SPACED).split())
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = split.translate(_BARE)
    return " ".join(unicodedata.normalize("NFKC", bare).translate(_SPACED).split())


def is_ideographic(text: str) -> bool:
    """Say whether a text holds characters of a script whose words are not parted by spaces."""
    return any(first <= character <= last for character in text for first, last in IDEOGRAPHIC)
