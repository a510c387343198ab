"""What is odd about the days of records: too early, too late, too far, too long; each asked once for each day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from testamur.kernel.days import add_months
from testamur.kernel.words import Status
from testamur.register.reporting.columns import REMEMBERED, Memo, Part
from testamur.register.reporting.records import Records
from testamur.schemes.language.definition import Definition
from testamur.schemes.language.kinds import Moment
from testamur.schemes.language.moments import resolve

Days = Sequence[str | None]
#: Before this day nothing of the kind was issued: a day of it is a slip (1900-01-00 in spreadsheets).
EARLIEST = "1950-01-01"
#: Years after which a last day stands for "no end", or is a slip (9999-12-31, 3018-01-30).
FAR = 50
#: How long before the end of the old period a renewal may begin whose new period is counted from that end, months.
RENEWED_BEFORE = 12


class Lifetimes:
    """Judges the days of records, by the calendar and by their schemes where these are published here."""

    def __init__(self, as_of: date, columns: dict[str, str], definition: Callable[[str], Definition | None]) -> None:
        """Take the day for which the source speaks, field → column, and how the definition of a scheme is found."""
        self._as_of, self._columns, self._definition = as_of.isoformat(), columns, definition
        self._far = add_months(as_of, FAR * 12).isoformat()
        self._begins, self._issued = Memo(self._judge("effective_on")), Memo(self._judge("issued_on"))
        self._most: dict[tuple[str, str | None], str | None] = {}

    def odd(self, p: Part, records: Records, issued_on: Days | None, stated: Sequence[str] | None) -> None:
        """Remark what is odd about the days of some records.

        Args:
            issued_on: as stated; None where the mapping reads none.
            stated: the statuses as the source has them; None where it has none.
        """
        first, last = records.effective_on, records.expires_on
        p.read(first, self._begins)
        if issued_on is not None:
            p.read(issued_on, self._issued)
        column = self._columns.get("expires_on", "")
        if not column:
            return
        self._remark_ends(p, records.scheme, first, last, column)
        if stated is not None:
            valid = Status.VALID.value
            over = [place for place, (one, day) in enumerate(zip(stated, last, strict=True))
                    if one == valid and day is not None and day < self._as_of]  # fmt: skip
            for place in over:
                p.remark(place, "valid_though_over", column, {"last": last[place]})

    def _judge(self, field: str) -> Callable[..., None]:
        column = self._columns.get(field, "")

        def judge(day: str | None, remark: Callable[..., None]) -> None:
            if day is None:
                return
            if day > self._as_of:
                remark("day_in_future", column, value=day, as_of=self._as_of)
            elif day < EARLIEST:
                remark("day_impossible", column, value=day)

        return judge

    def _remark_ends(self, p: Part, schemes: Sequence[str], first: Days, last: Days, column: str) -> None:
        for place, told in enumerate(zip(schemes, first, last, strict=True)):
            scheme, begins, ends = told
            most = self._allowed(scheme, begins)
            if ends is None:
                if most is not None:
                    p.remark(place, "end_missing", column, {"scheme": scheme})
            elif ends == begins:
                p.remark(place, "ends_as_it_begins", column, {"last": ends})
            elif most is not None and ends > most:
                facts = {"first": begins, "last": ends, "scheme": scheme, "latest": most}
                p.remark(place, "life_too_long", column, facts)
            elif ends > self._far:
                p.remark(place, "day_too_far", column, {"value": ends, "years": FAR})
            elif ends < EARLIEST:
                p.remark(place, "day_impossible", column, {"value": ends})

    def _allowed(self, scheme: str, first: str | None) -> str | None:
        """Return the latest last day that a scheme allows what begins on a day; None where it says nothing."""
        known = (scheme, first)
        if known not in self._most:
            if len(self._most) > REMEMBERED:
                self._most.clear()
            self._most[known] = self._latest(scheme, first)
        return self._most[known]

    def _latest(self, scheme: str, first: str | None) -> str | None:
        definition = self._definition(scheme)
        if definition is None or definition.attestation is None or first is None:
            return None
        table, area = definition.attestation, (*definition.scheme.area, "")[0]
        found = [
            _end(moment, date.fromisoformat(first), area)
            for moment in (table.until, table.renewed_until) if moment is not None
        ]  # fmt: skip
        ends = [day for day in found if day is not None]
        return max(ends).isoformat() if len(ends) == len(found) else None


def _end(moment: Moment, first: date, area: str) -> date | None:
    """Return the last day by a moment, whichever day of the beginning it counts from; None: there is no end."""
    if moment.endless:
        return None
    begins = add_months(first, RENEWED_BEFORE) if moment.day == "expiry" else first
    return resolve(moment, {moment.day: begins}, area)
