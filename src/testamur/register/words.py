"""Folding of numbers and words, so that people find what they type."""

from __future__ import annotations

import unicodedata

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


def fold(text: str) -> str:
    """Return text as search compares it: no case, no accents, one space between words."""
    split = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    bare = "".join(character for character in split if not unicodedata.combining(character))
    words = "".join(character if character.isalnum() else " " for character in unicodedata.normalize("NFKC", bare))
    return " ".join(words.split())


def is_ideographic(text: str) -> bool:
    """Say whether a text holds characters of a script whose words are not parted by spaces."""
    return any(first <= character <= last for character in text for first, last in IDEOGRAPHIC)
