"""JSON as verifiers must read it: one meaning for one text. Duplicate names, NaN and huge texts are refused."""

from __future__ import annotations

import json
from typing import Any

#: Largest JSON text read, bytes. A credential has about 9 kB; a national root list or a tree of codes fits.
SIZE_MOST = 4_000_000
#: Deepest nesting read; Python's own limit would answer with a RecursionError.
DEPTH_MOST = 64


class Malformed(ValueError):
    """Bytes that are not what they claim to be. The message names the fault in English, for logs and details."""


def parse(data: bytes | str, size_most: int = SIZE_MOST) -> Any:
    """Return the value of a JSON text.

    Args:
        data: UTF-8 bytes without byte order mark, or text.
        size_most: largest size read, bytes or characters.

    Raises:
        Malformed: not JSON, not UTF-8, a name twice in one object, NaN or Infinity, too large, too deep.
    """
    if len(data) > size_most:
        raise Malformed("JSON text is too large")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        return _DECODER.decode(text)
    except RecursionError:
        raise Malformed("JSON is nested too deeply") from None
    except Malformed:
        raise
    except ValueError as error:
        raise Malformed(f"not JSON: {error}") from None


def parse_object(data: bytes | str, size_most: int = SIZE_MOST) -> dict[str, Any]:
    """Return a JSON text's object; anything else is Malformed."""
    value = parse(data, size_most)
    if not isinstance(value, dict):
        raise Malformed("JSON text is not an object")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name occurs twice in one object")
    return found


def _constant(name: str) -> Any:
    raise Malformed(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
