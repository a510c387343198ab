"""Writing results as JSON without losing a digit: days as ISO text, decimals as JSON numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from testamur.rules.saying import number


def to_json(data: Any, indent: int | None = None) -> str:
    """Return JSON text. ``json`` itself would turn a Decimal into a binary float or refuse it."""
    return _write(data, indent, "\n" if indent is not None else "")


def from_json(text: str) -> Any:
    """Read JSON with decimals kept exact.

    Raises:
        ValueError: the text is not JSON.
    """
    return json.loads(text, parse_float=Decimal)


def _write(data: Any, indent: int | None, newline: str) -> str:
    inner = newline + " " * indent if indent is not None else ""
    if isinstance(data, Decimal):
        return number(data)
    if isinstance(data, date):
        return f'"{data.isoformat()}"'
    if isinstance(data, Mapping) and data:
        comma = "," if indent is not None else ", "
        pairs = (
            f"{json.dumps(str(name), ensure_ascii=False)}: {_write(value, indent, inner)}"
            for name, value in data.items()
        )
        return "{" + inner + f"{comma}{inner}".join(pairs) + newline + "}"
    if isinstance(data, (list, tuple)) and data:
        comma = "," if indent is not None else ", "
        return "[" + inner + f"{comma}{inner}".join(_write(item, indent, inner) for item in data) + newline + "]"
    return json.dumps(data, ensure_ascii=False)
