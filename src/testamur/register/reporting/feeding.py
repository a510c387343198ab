"""Rows of a change feed judged: what became of a record and from which day, and the record where the row tells one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from testamur.register.reporting import values
from testamur.register.reporting.columns import Memo, Part, Rejected
from testamur.register.reporting.judging import Judge
from testamur.register.reporting.linting import Linter
from testamur.register.reporting.mapping import GONE, RegisterMapping
from testamur.register.reporting.records import Found, Record, Records, in_columns
from testamur.register.reporting.rows import Block
from testamur.register.reporting.values import word

#: Rows of one feed: what they leave behind is held while it is judged. Longer ones are sent in parts, by their days.
ROWS_MOST = 100_000
ISO = ("%Y-%m-%d",)


class FeedJudge(Judge):
    """A mapping, compiled for a feed.

    Attributes:
        begins: day of the first row that can be read; empty before it.
    """

    def __init__(
        self,
        mapping: RegisterMapping,
        as_of: date,
        linter: Linter,
        found: Callable[[Found], None],
        first: Sequence[Sequence[str]],
    ) -> None:
        """Take the mapping ``for_feed``; the rest as for any list."""
        super().__init__(mapping, as_of, linter, found, first)
        rules = mapping.feed
        form = rules.get("form", ISO)
        self._column = str(rules["operation"])
        self._operation, self._operations = self._raw([self._column]), self._operation_memo()
        self._day_column = str(rules["day"])
        self._day = self._day_reader([self._day_column], (form,) if isinstance(form, str) else tuple(form), ())
        self._last = self.begins = ""

    def fed(self, block: Block) -> tuple[Records, list[str], list[str]]:
        """Return the records of some rows, what became of each and from which day.

        Of a record that is gone its row says the key, and nothing else is asked of it.
        """
        p = Part(block, len(self._at))
        operations = p.read(self._operation(p), self._operations)
        raw, read = self._day
        days = self._in_order(p, read(p, raw(p)))
        gone = [one == GONE and place not in p.out for place, one in enumerate(operations)]
        ended = [place for place, one in enumerate(gone) if one]
        told = dict.fromkeys(ended, "")
        if ended:
            part = Part(Block([p.numbers[at] for at in ended], [p.lines[at] for at in ended],
                              [block.values[at] for at in ended], (), b""), len(self._at))  # fmt: skip
            keys = self._keys(part)
            told = {at: keys[place] for place, at in enumerate(ended) if place not in part.out}
            p.found += part.found
        rest = [place for place in range(p.size) if place not in p.out and not gone[place]]
        records = self.records(Block([p.numbers[at] for at in rest], [p.lines[at] for at in rest],
                                     [block.values[at] for at in rest], block.broken, b""))  # fmt: skip
        for _place, one in sorted(p.found, key=lambda pair: pair[1].row):
            self._found(one)
        stated = {one.row: one for one in records.each()}
        places = [at for at in range(p.size) if at in told or p.numbers[at] in stated]
        found = [stated[p.numbers[at]] if at not in told else _gone(p, at, told[at]) for at in places]
        return in_columns(found), [operations[at] for at in places], [str(days[at]) for at in places]

    def _in_order(self, p: Part, days: Sequence[str | None]) -> Sequence[str | None]:
        for place, day in enumerate(days):
            if place in p.out:
                continue
            if day is None:
                p.reject(place, "feed_day_missing", self._day_column, {})
            elif day > self._as_of:
                p.reject(place, "feed_day_ahead", self._day_column, {"day": day, "as_of": self._as_of})
            elif day < self._last:
                p.reject(place, "feed_day_back", self._day_column, {"day": day, "before": self._last})
            else:
                self._last, self.begins = day, self.begins or day
        return days

    def _operation_memo(self) -> Memo:
        known = values.table(self._mapping.feed["map"])

        def operation(text: str, _remark: Callable[..., None]) -> str:
            found = known.get(word(text))
            if found is None:
                raise Rejected("operation_unknown", self._column, value=text[:60] or "–")
            return found

        return Memo(operation)


def _gone(p: Part, at: int, key: str) -> Record:
    """Return the record of a row that says no more than that it is gone."""
    return Record(p.numbers[at], p.lines[at], key, "", "", "", "", "", "", None, None, "", "", "", False, "{}", "", 0)
