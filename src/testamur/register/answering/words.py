"""Sentences of answers in both languages at once: what is signed is the same for every reader."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from testamur.kernel import days
from testamur.register.authority import Said

#: Key of a text → Django's code of the language.
LANGUAGES = {"en": "en", "zh": "zh-hans"}


def both(said: Said) -> dict[str, str]:
    """Return a sentence with its facts, ``{"en": …, "zh": …}``."""
    return {key: _said(said, key) for key in LANGUAGES}


def reason(said: Said) -> dict[str, str]:
    """Return a reason as answers carry it: a stable id, the sentence in both languages, the clause it rests on."""
    return {"id": reason_id(said.message_id), **both(said), "source": said.source}


@lru_cache(maxsize=4096)
def reason_id(message_id: str) -> str:
    """Return an id that stays the same for as long as the English sentence does."""
    return "r-" + hashlib.sha256(message_id.encode()).hexdigest()[:8]


def _said(said: Said, key: str) -> str:
    template = _template(said.message_id, key)
    if not said.facts:
        return template
    return template.format_map({name: _fact(value, key) for name, value in said.facts.items()})


@lru_cache(maxsize=4096)
def _template(message_id: str, key: str) -> str:
    with translation.override(LANGUAGES[key]):
        return gettext(message_id)


def _fact(value: Any, key: str) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return str(value.get(key) or next((text for text in value.values() if text), ""))
    if isinstance(value, datetime):
        return days.iso(value)
    if isinstance(value, date):
        return _day(value, key)
    if isinstance(value, list | tuple):
        return ("、" if key == "zh" else ", ").join(_fact(one, key) for one in value)
    return str(value)


@lru_cache(maxsize=4096)
def _day(value: date, key: str) -> str:
    with translation.override(LANGUAGES[key]):
        return date_format(value, "DATE_FORMAT")
