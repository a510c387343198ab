"""Sentences of the working in both languages, with their facts written as each language writes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, TypeAlias

#: One text in English and Chinese: ``{"en": …, "zh": …}``.
Words: TypeAlias = dict[str, str]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def say(en: str, zh: str, **facts: Any) -> Words:
    """Return a text in both languages.

    Args:
        en: English sentence with named placeholders.
        zh: Chinese sentence with the same placeholders.
        facts: days, numbers, yes/no, lists and two-language texts keep their type here.
    """
    return {
        language: text.format_map({name: shown(fact, language) for name, fact in facts.items()})
        for language, text in (("en", en), ("zh", zh))
    }


def shown(fact: Any, language: str) -> str:
    """Return one fact as the language writes it: ``22 Nov 2026`` or ``2026年11月22日``, ``6.5``, ``是``."""
    if isinstance(fact, Mapping):
        return str(fact[language])
    if isinstance(fact, bool):
        return {"en": ("no", "yes"), "zh": ("否", "是")}[language][fact]
    if isinstance(fact, date):
        if language == "zh":
            return f"{fact.year}年{fact.month}月{fact.day}日"
        return f"{fact.day} {_MONTHS[fact.month - 1]} {fact.year}"
    if isinstance(fact, (Decimal, Fraction)):
        return number(fact)
    if isinstance(fact, (list, tuple)):
        joint = "、" if language == "zh" else ", "
        return joint.join(shown(item, language) for item in fact) or {"en": "none", "zh": "无"}[language]
    if fact is None:
        return {"en": "none", "zh": "无"}[language]
    return str(fact)


def number(value: Decimal | Fraction | int, places: int = 4) -> str:
    """Return a number without exponent or idle zeros; endless fractions are cut to ``places`` decimals."""
    if isinstance(value, Fraction):
        value = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(
            Decimal(1).scaleb(-places), ROUND_HALF_UP
        )
    return format(Decimal(value).normalize(), "f") if value else "0"


def percent(share: Decimal | Fraction) -> Words:
    """Return a share as a percentage in both languages: ``-30 %`` and ``-30%``."""
    text = number(Fraction(share) * 100, 2).replace("-", "−")
    return {"en": f"{text} %", "zh": f"{text}%"}
