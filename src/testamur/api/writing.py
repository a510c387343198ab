"""JSON in and out: decimals keep every digit, instants are UTC, nothing that is not JSON is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic import BaseModel

from testamur.kernel import days
from testamur.rules import writing

#: Digits of a number that is read; a longer one is a mistake or an attack.
DIGITS_MOST = 60


def to_json(data: Any) -> str:
    """Return JSON text."""
    return writing.to_json(_plain(data))


def _plain(data: Any) -> Any:
    if isinstance(data, BaseModel):
        data = data.model_dump()
    if isinstance(data, Mapping):
        return {str(name): _plain(value) for name, value in data.items()}
    if isinstance(data, list | tuple | set | frozenset):
        return [_plain(value) for value in data]
    if isinstance(data, datetime):
        return days.iso(data)
    if data is None or isinstance(data, bool | int | float | str | Decimal | date):
        return str(data) if isinstance(data, str) else data
    return str(data)


def _number(text: str) -> Decimal:
    found = Decimal(text)
    if len(text) > DIGITS_MOST or (found and abs(found.adjusted()) > DIGITS_MOST):
        raise ValueError("a number of this length is not read")
    return found


def _whole(text: str) -> int:
    if len(text) > DIGITS_MOST:
        raise ValueError("a number of this length is not read")
    return int(text)


def _none(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def from_json(content: bytes) -> Any:
    """Read JSON.

    Raises:
        ValueError: not JSON in UTF-8, ``NaN``, a number of absurd length, a text that holds the sign NUL, which no
            database keeps; ``RecursionError`` for absurd depth.
    """
    found = json.loads(content.decode("utf-8"), parse_float=_number, parse_int=_whole, parse_constant=_none)
    if b"\\u0000" in content and _holds_nul(found):
        raise ValueError("a text holds the sign NUL (\\u0000); leave it out")
    return found


def _holds_nul(found: Any) -> bool:
    if isinstance(found, dict):
        return any(_holds_nul(one) for pair in found.items() for one in pair)
    if isinstance(found, list):
        return any(map(_holds_nul, found))
    return isinstance(found, str) and "\x00" in found


class ExactParser(Parser):
    """Reads bodies by :func:`from_json`."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast(dict[str, Any], from_json(request.body))


class ExactRenderer(BaseRenderer):
    """Writes answers by :func:`to_json`."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return to_json(data)
