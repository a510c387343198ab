"""Values of many rows at once: each distinct value is judged once, and what is odd about it is told of every row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from testamur.register.reporting.records import Found
from testamur.register.reporting.rows import Block
from testamur.register.reporting.values import cleaned

#: Values remembered by one reader.
REMEMBERED = 50_000


class Rejected(Exception):
    """The row does not come in: code, column and facts."""

    def __init__(self, code: str, column: str = "", **facts: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.facts = code, column, facts


class Odd(NamedTuple):
    """What became of a value that is not just read.

    Attributes:
        value: as read; None where the row is rejected.
        told: (code, column, facts) of remarks.
        rejected: why no row with it comes in.
    """

    value: Any
    told: tuple[tuple[str, str, Mapping[str, Any]], ...]
    rejected: Rejected | None


class Memo(dict[Any, Any]):
    """Value → what it is read as, or :class:`Odd`; each is judged once, as a million rows hold a few thousand."""

    def __init__(self, judge: Callable[[Any, Callable[..., None]], Any]) -> None:
        """Take what judges one value: it raises ``Rejected``, or calls its second argument to remark something."""
        super().__init__()
        self._judge, self._told = judge, list[tuple[str, str, Mapping[str, Any]]]()
        self.odd = False  # whether any value was

    def remark(self, code: str, column: str = "", **facts: Any) -> None:
        """Tell of something odd about the value that is being judged."""
        self._told.append((code, column, facts))

    def __missing__(self, value: Any) -> Any:
        if len(self) >= REMEMBERED:
            self.clear()
        rejected = found = None
        try:
            found = self._judge(value, self.remark)
        except Rejected as no:
            rejected = no
        if rejected is not None or self._told:
            found, self.odd = Odd(found, tuple(self._told), rejected), True
            self._told.clear()
        self[value] = found
        return found


class Part:
    """Rows that are judged together.

    Readers run over all of them, column by column and in the order in which a row is judged. A row is rejected by the
    first thing that is wrong with it: from then on it is ``out``, and nothing more is told of it.

    Attributes:
        size: rows.
        columns: their values, one sequence for each column of the mapping.
        out: places of rows that do not come in.
        found: (place, remark).
    """

    def __init__(self, block: Block, width: int) -> None:
        self.numbers, self.lines, self.size = block.numbers, block.lines, len(block.values)
        self.columns: Sequence[Sequence[str]] = list(zip(*block.values, strict=True)) or [()] * width
        self.out: set[int] = set()
        self.found: list[tuple[int, Found]] = []
        self._cleaned: dict[int, Sequence[str]] = {}

    def cleaned(self, column: int) -> Sequence[str]:
        """Return the values of a column, cleaned."""
        found = self._cleaned.get(column)
        if found is None:
            found = self._cleaned[column] = cleaned(self.columns[column])
        return found

    def read(self, values: Iterable[Any], memo: Memo) -> list[Any]:
        """Return what some values, one of each row, are read as; tell what is odd, reject what has to be."""
        found = list(map(memo.__getitem__, values))
        if memo.odd:
            for place, one in enumerate(found):
                if type(one) is Odd:
                    found[place] = one.value
                    for code, column, facts in one.told:
                        self.remark(place, code, column, facts)
                    if one.rejected is not None:
                        self.reject(place, one.rejected.code, one.rejected.column, one.rejected.facts)
        return found

    def reject(self, place: int, code: str, column: str, facts: Mapping[str, Any]) -> None:
        """Let a row not come in."""
        if place not in self.out:
            self.found.append((place, Found(True, self.numbers[place], self.lines[place], column, code, facts)))
            self.out.add(place)

    def remark(self, place: int, code: str, column: str, facts: Mapping[str, Any]) -> None:
        """Tell of something odd about a row that comes in."""
        if place not in self.out:
            self.found.append((place, Found(False, self.numbers[place], self.lines[place], column, code, facts)))
