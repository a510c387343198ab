"""Where things stand in a TOML text. ``tomllib`` forgets positions; this walks the same text and keeps the lines.

It trusts that ``tomllib`` has accepted the text: it finds places, it judges nothing. A test asserts that its paths
include every path that ``tomllib`` parsed, on every file of the library and on a nasty one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import Any

Path = tuple[Any, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def positions(text: str) -> dict[Path, int]:
    """Return the line (from 1) of every table, key and array item, by its path of keys and indices."""
    return _Walk(text).lines


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.spot = 0
        self.lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._breaks = [match.start() for match in re.finditer("\n", text)]
        self._document()

    def _mark(self, path: Path, spot: int) -> None:
        self.lines.setdefault(path, bisect_left(self._breaks, spot) + 1)

    def _document(self) -> None:
        table: Path = ()
        self._blank(" \t\r\n")
        while self.spot < len(self.text):
            if self.text[self.spot] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._blank(" \t\r\n")

    def _header(self) -> Path:
        start, listed = self.spot, self.text.startswith("[[", self.spot)
        self.spot += 2 if listed else 1
        names = self._keys()
        table: Path = ()
        self.spot += 2 if listed else 1
        for depth, name in enumerate(names):
            table = (*table, name)
            if listed and depth == len(names) - 1:
                self._counts[table] = self._counts.get(table, -1) + 1
            self._mark(table, start)
            if table in self._counts:
                table = (*table, self._counts[table])
                self._mark(table, start)
        return table

    def _pair(self, path: Path) -> None:
        start = self.spot
        for name in self._keys():
            path = (*path, name)
            self._mark(path, start)
        self.spot += 1  # the equals sign
        self._blank(" \t")
        self._value(path)

    def _keys(self) -> list[str]:
        found = []
        while True:
            self._blank(" \t")
            if self.text[self.spot] in "\"'":
                found.append(self._string())
            else:
                match = _BARE.match(self.text, self.spot)
                assert match is not None, "tomllib accepts no other key"
                found.append(match[0])
                self.spot = match.end()
            self._blank(" \t")
            if self.text[self.spot] != ".":
                return found
            self.spot += 1

    def _value(self, path: Path) -> None:
        self._mark(path, self.spot)
        first = self.text[self.spot]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            while self.spot < len(self.text) and self.text[self.spot] not in ",]}\n#":
                self.spot += 1

    def _array(self, path: Path) -> None:
        self.spot, count = self.spot + 1, 0
        self._blank(" \t\r\n,")
        while self.text[self.spot] != "]":
            self._value((*path, count))
            count += 1
            self._blank(" \t\r\n,")
        self.spot += 1

    def _inline_table(self, path: Path) -> None:
        self.spot += 1
        self._blank(" \t\r\n,")
        while self.text[self.spot] != "}":
            self._pair(path)
            self._blank(" \t\r\n,")
        self.spot += 1

    def _string(self) -> str:
        start = self.spot
        triple = self.text[start : start + 3]
        quote = triple if triple in ('"""', "'''") else self.text[start]
        self.spot += len(quote)
        while not self.text.startswith(quote, self.spot):
            self.spot += 2 if self.text[self.spot] == "\\" and quote[0] == '"' else 1
        self.spot += len(quote)
        while len(quote) == 3 and self.text[self.spot : self.spot + 1] == quote[0]:
            self.spot += 1  # a triple-quoted string may end in up to five quotes
        return self.text[start + len(quote) : self.spot - len(quote)]

    def _blank(self, stops: str) -> None:
        while self.spot < len(self.text) and (self.text[self.spot] in stops or self.text[self.spot] == "#"):
            if self.text[self.spot] == "#":
                after = self.text.find("\n", self.spot)
                self.spot = len(self.text) if after < 0 else after
            else:
                self.spot += 1
