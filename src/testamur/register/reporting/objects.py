"""Rows that are JSON objects: a list in one document, or one object a line.

A column is a path: ``vendor``, ``issuer.name``, ``documents[].url`` (of every part of a list).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.register.reporting import files
from testamur.register.reporting.mapping import RegisterMapping
from testamur.register.reporting.rows import PART, Problem, Reading, Row, checked, missing

#: Largest document that is read whole because its list lies inside of it, bytes.
WHOLE_MOST = 256 * 1024**2
#: Longest line or single object, characters.
OBJECT_MOST = 4_000_000
#: Objects among which a column must occur once.
LOOKED_AT = 1_000

Getter = Callable[[dict[str, Any]], str]


def rows_by_line(path: Path, mapping: RegisterMapping, reading: Reading) -> Iterator[Row]:
    """Yield the rows of JSON Lines; a line that holds no object is rejected by itself."""
    encoding = files.encoding_of(path, str(mapping.file.get("encoding", "")))
    with files.text_of(path, encoding) as text:
        yield from _rows(_lines(text), mapping)


def _lines(text: Any) -> Iterator[tuple[int, Any]]:
    number = 0
    while line := text.readline(OBJECT_MOST):
        number += 1
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield number, Problem("no_object", {"why": str(error)[:120]})
            continue
        yield number, found if isinstance(found, dict) else Problem("no_object", {"why": type(found).__name__})


def rows(path: Path, mapping: RegisterMapping, reading: Reading) -> Iterator[Row]:
    """Yield the rows of a JSON document: a list is read part by part; one that lies inside, at ``rows``, whole."""
    inside = str(mapping.file.get("rows", ""))
    encoding = files.encoding_of(path, str(mapping.file.get("encoding", "")))
    with files.text_of(path, encoding) as text:
        found = _whole(text, inside) if inside else _parts(text)
        yield from _rows(enumerate(found, 1), mapping)


def _whole(text: Any, inside: str) -> Iterator[Any]:
    content = text.read(WHOLE_MOST + 1)
    if len(content) > WHOLE_MOST:
        raise Refused(
            _("The document is larger than {most} MB; send its list as JSON Lines."),
            {"most": WHOLE_MOST // 1024**2}, field="file",
        )  # fmt: skip
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _damaged(error) from None
    for part in inside.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if not isinstance(found, list):
        raise Refused(_("The document has no list at {path}."), {"path": inside}, field="file")
    yield from found


def _parts(text: Any) -> Iterator[Any]:
    """Yield the parts of a list at the top, holding one block of text and one part at a time."""
    decoder = json.JSONDecoder()
    buffer = text.read(1 << 20).lstrip("﻿ \t\r\n")
    if not buffer.startswith("["):
        raise Refused(_("The document is no list; say in the mapping where its list lies (rows)."), field="file")
    at, ended = 1, False
    while True:
        while at < len(buffer) and buffer[at] in " \t\r\n,":
            at += 1
        if at < len(buffer) and buffer[at] == "]":
            return
        try:
            if at >= len(buffer):
                raise ValueError("it ends too early")
            found, end = decoder.raw_decode(buffer, at)
            if end == len(buffer) and not ended:
                raise ValueError("it goes on")
        except (ValueError, RecursionError) as error:
            more = "" if ended or len(buffer) - at > OBJECT_MOST else text.read(1 << 20)
            if not more:
                raise _damaged(error) from None
            ended = len(more) < 1 << 20
            buffer, at = buffer[at:] + more, 0
            continue
        yield found
        at = end


def _damaged(error: Exception) -> Refused:
    return Refused(_("The document is no JSON: {why}."), {"why": str(error)[:200]}, field="file")


def _rows(found: Iterator[tuple[int, Any]], mapping: RegisterMapping) -> Iterator[Row]:
    columns = mapping.columns
    getters = [_getter(column) for column in columns]
    first = list(islice(found, LOOKED_AT))
    objects = [one for _line, one in first if isinstance(one, dict)]
    _check_columns(objects, mapping, getters)
    for number, (line, one) in enumerate(chain(first, found), 1):
        if isinstance(one, Problem):
            yield Row(number, line, (), one)
        elif not isinstance(one, dict):
            yield Row(number, line, (), Problem("no_object", {"why": type(one).__name__}))
        else:
            yield checked(number, line, [get(one) for get in getters], columns, "UTF-8")


def _check_columns(objects: Sequence[dict[str, Any]], mapping: RegisterMapping, getters: Sequence[Getter]) -> None:
    if not objects:
        return
    # Of a record that is gone a feed says no more than that.
    telling = [one for one in objects if not mapping.ending or not mapping.ending.issuperset(one)]
    named = {name for one in telling or objects for name in one}
    needed = mapping.columns if telling else mapping.ending
    lacking = [
        column
        for column in needed
        if column not in mapping.optional and column.split("[")[0].split(".")[0] not in named and column not in named
    ]
    if lacking:
        raise missing(lacking, sorted(named - set(mapping.columns)))


def _getter(column: str) -> Getter:
    """Return how the value of a column is taken out of an object."""
    if "." not in column and "[" not in column:
        return lambda one: _text(one.get(column))
    steps = [step for part in column.split(".") for step in ([part[:-2], "[]"] if part.endswith("[]") else [part])]

    def get(one: dict[str, Any]) -> str:
        if column in one:
            return _text(one[column])
        found: list[Any] = [one]
        for step in steps:
            if step == "[]":
                found = [part for value in found if isinstance(value, list) for part in value]
            else:
                found = [value.get(step) for value in found if isinstance(value, dict)]
        return PART.join(text for text in map(_text, found) if text)

    return get


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return PART.join(text for text in map(_text, value) if text)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
