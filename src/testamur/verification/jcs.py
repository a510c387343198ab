"""Canonical JSON, RFC 8785 (JCS): the one spelling that is hashed and signed.

The standard library's encoder writes the same bytes for everything but fractions, integers beyond 2^53 and names
outside the basic plane; those take the slow way. Measured several times faster than the pure-Python packages.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from json import encoder as json_encoder
from json import scanner as json_scanner
from operator import itemgetter
from typing import Any

from testamur.verification.strict_json import DEPTH_MOST, SIZE_MOST, Malformed, parse_object

#: Integers beyond this are not exact in JavaScript, so two readers would disagree (RFC 8785, 3.2.2.3).
INTEGER_MOST = 2**53 - 1


def _fast_encoder() -> Callable[[Any], str]:
    """Return the standard library's encoder, made once: ``JSONEncoder.encode`` makes its C part for every value."""
    whole = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
    make: Any = getattr(json_encoder, "c_make_encoder", None)
    if make is None:
        return whole.encode
    part = make(None, whole.default, json_encoder.encode_basestring, None, ":", ",", True, False, True)
    return lambda value: "".join(part(value, 0))


_FAST = _fast_encoder()
_TEXT_ONLY: Callable[[str], str] = json_encoder.encode_basestring
_TEXT = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: Any) -> bytes:
    """Return the canonical UTF-8 bytes of a JSON value (str, int, float, bool, None, list, dict with str names).

    Raises:
        Malformed: a value JSON cannot hold, an integer beyond 2^53, a lone surrogate, nesting beyond 64.
    """
    try:
        return (_FAST(value) if _is_plain(value, 0) else _slow(value)).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("text holds a lone surrogate") from None


def text(value: str) -> str:
    """Return the canonical spelling of a text, to be put together with others and :func:`encoded`."""
    return _TEXT_ONLY(value)


def encoded(spelled: str) -> bytes:
    """Return the bytes of what was put together from canonical pieces.

    Raises:
        Malformed: a lone surrogate.
    """
    try:
        return spelled.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("text holds a lone surrogate") from None


def canonical_texts(row: list[str | None]) -> bytes:
    """Return the canonical bytes of a list of texts and nulls, which nobody need look through first.

    Raises:
        Malformed: a lone surrogate.
    """
    try:
        return f"[{','.join(['null' if one is None else _TEXT_ONLY(one) for one in row])}]".encode()
    except UnicodeEncodeError:
        raise Malformed("text holds a lone surrogate") from None


def canonical_rows(rows: list[list[str | None]]) -> list[bytes]:
    """Return the canonical bytes of each of many lists of texts and nulls, none of them empty.

    They are spelled together and taken apart where one list ends and the next begins; a text that holds such a place
    itself shows in their number.

    Raises:
        Malformed: a lone surrogate.
    """
    try:
        parts = _FAST(rows)[2:-2].encode().split(b"],[")
    except UnicodeEncodeError:
        raise Malformed("text holds a lone surrogate") from None
    return [b"[%b]" % part for part in parts] if len(parts) == len(rows) else list(map(canonical_texts, rows))


class _Unusual(Exception):
    """A number that the standard encoder may spell in another way than RFC 8785."""


def _unusual(text: str) -> Any:
    raise _Unusual


def _short(text: str) -> int:
    if len(text) > 15:
        raise _Unusual
    return int(text)


_PLAIN = json.JSONDecoder(parse_float=_unusual, parse_constant=_unusual, parse_int=_short).decode
_SCAN: Any = json_scanner.make_scanner(json.JSONDecoder())  # type: ignore[arg-type]

#: Shapes of texts that were canonical: what stands outside the quotation marks → (places of the names, the names).
_SHAPES: dict[bytes, tuple[Callable[[list[bytes]], tuple[bytes, ...]], tuple[bytes, ...]]] = {}
_SHAPES_MOST = 256
#: Longest text whose shape is kept, bytes.
_SHAPED_MOST = 16_384


def read(data: bytes, size_most: int = SIZE_MOST) -> tuple[dict[str, Any], bytes | None]:
    """Return a JSON text's object and, where the text is its canonical spelling already, that text.

    What issuers sign is canonical. So the text is read the fast way and spelled again: equal bytes prove that it holds
    no name twice and nothing else that a strict reader refuses. Any other text is read strictly, and spelled by whoever
    needs it (None is returned for it).

    The documents of an issuer differ in their texts only. Without a backslash, what stands between quotation marks is
    its own canonical spelling; so a text that is, outside of them and in its names, the same as one that was spelled
    again before need not be.

    Raises:
        Malformed: as ``strict_json.parse_object``.
    """
    if len(data) > size_most:
        raise Malformed("JSON text is too large")
    try:
        text = data.decode("utf-8")
        shape, parts = b"", []
        if len(data) <= _SHAPED_MOST and b"\\" not in data:
            parts = data.split(b'"')
            shape = b'"'.join(parts[::2])
            known = _SHAPES.get(shape)
            if known is not None and known[0](parts) == known[1]:
                value, end = _SCAN(text, 0)
                if end == len(text):
                    return value, data
        value = _PLAIN(text)
        # Order of names differs from code points only beyond the basic plane; an escape may hide what lies there.
        spelled = type(value) is dict and "\\u" not in text and (text.isascii() or not _has_astral(text))
        if spelled and _FAST(value) == text:
            if shape:
                _keep_shape(shape, parts)
            return value, data
    except (_Unusual, StopIteration, ValueError, RecursionError):
        pass
    return parse_object(data, size_most), None


def _keep_shape(shape: bytes, parts: list[bytes]) -> None:
    places = [place for place in range(1, len(parts), 2) if parts[place + 1][:1] == b":"]
    if len(places) < 2:
        return  # itemgetter gives no tuple then
    if len(_SHAPES) >= _SHAPES_MOST:
        _SHAPES.clear()
    names = itemgetter(*places)
    _SHAPES[shape] = names, names(parts)


def _has_astral(text: str) -> bool:
    return len(text.encode("utf-16-le")) != 2 * len(text)


def _is_plain(value: Any, depth: int) -> bool:
    """Say whether the fast encoder is right for the value; raise where no encoder could be."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return True
    if kind is dict:
        if depth > DEPTH_MOST:
            raise Malformed("JSON is nested too deeply")
        plain = True
        for name, part in value.items():
            if type(name) is not str:
                raise Malformed("a name is not a text")
            # UTF-16 order differs from code point order only where both planes meet.
            if not name.isascii() and max(name) >= "\ue000":
                plain = False
            if type(part) is not str and not _is_plain(part, depth + 1):
                plain = False
        return plain
    if kind is list:
        if depth > DEPTH_MOST:
            raise Malformed("JSON is nested too deeply")
        plain = True
        for part in value:
            if type(part) is not str and not _is_plain(part, depth + 1):
                plain = False
        return plain
    if kind is int:
        if -INTEGER_MOST <= value <= INTEGER_MOST:
            return True
        raise Malformed("an integer is beyond 2^53")
    if kind is float:
        if math.isfinite(value):
            return False
        raise Malformed("a number is not finite")
    raise Malformed(f"{kind.__name__} is not JSON")


def _slow(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{_TEXT(name)}:{_slow(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_slow, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return _TEXT(value)


def _number(value: float) -> str:
    """Write a number as ECMAScript does (7.1.12.1): shortest digits, exponent from 1e21 and below 1e-6."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _e, exponent_text = repr(abs(value)).partition("e")
    whole, _dot, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    exponent = int(exponent_text or "0")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + exponent - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = point - 1
    head = digits[0] + ("." + digits[1:] if count > 1 else "")
    return f"{sign}{head}e{'+' if power > 0 else '-'}{abs(power)}"
