"""What somebody pasted or uploaded, as points of a chart: every cell read, every refusal with its row and column."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from testamur.kernel import days
from testamur.kernel.refusal import Refused, _
from testamur.studies.choosing import KINDS, Kind
from testamur.studies.models import Chart
from testamur.tqm import data as cells
from testamur.tqm.methods import find
from testamur.tqm.reading import read

#: Headings of columns that are no measurements: when a row was taken, and what was said beside it.
TIMES = frozenset({"time", "taken", "taken_at", "date", "时间", "日期", "取样时间"})
NOTES = frozenset({"note", "notes", "lot", "batch", "remark", "备注", "批次", "批号"})
#: Headings under which Chinese tables give the inputs of tqm.
_NAMES = {"不合格品数": "defectives", "不合格数": "counts", "样本量": "sizes", "检验数": "sizes", "size": "sizes",
          "n": "sizes", "defects": "counts", "faults": "counts", "nonconforming": "defectives"}  # fmt: skip
#: Values in one subgroup.
WIDEST = 100


@dataclass(frozen=True)
class Taken:
    """One point as it was read: values and size as plain decimals, with the decimals that were written."""

    values: list[str]
    size: str = ""
    taken_at: datetime | None = None
    note: str = ""


@dataclass
class _Beside:
    """What stood beside the measurements, row by row."""

    times: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def rows(text: str, chart: Chart, *, area: str = "CN") -> list[Taken]:
    """Return the points of a text.

    Args:
        text: lines of tabs, semicolons or commas, or JSON, as ``tqm.reading`` reads them; columns headed *time* and
            *note* may stand beside.
        area: zone of the times.

    Raises:
        Refused: a cell that is no number, a row too short or too long, a time that is none.
    """
    kind = KINDS[chart.method]
    if not text.strip():
        raise _refused(_("Paste the data, or choose a file."))
    text, beside = _without_words(text, kind)
    data, _settings = read(text, find(chart.method))
    if not isinstance(data, dict):
        data = {"subgroups" if data and isinstance(data[0], list) else "values": data} if isinstance(data, list) else {}
    found = _measured(data, kind) if kind.measured else _counted(data, kind)
    for place, row in enumerate(found):
        when = beside.times[place] if place < len(beside.times) else ""
        note = beside.notes[place] if place < len(beside.notes) else ""
        found[place] = Taken(row.values, row.size, _time(when, place + 1, area), note[:200])
    _check_computable(chart, found)
    return found


def _without_words(text: str, kind: Kind) -> tuple[str, _Beside]:
    """Return the text without its columns of times and notes, and these; headings as tqm knows them."""
    beside = _Beside()
    stripped = text.lstrip("\ufeff \r\n\t")
    if stripped[:1] in ("{", "["):
        return text, beside
    first = stripped.partition("\n")[0]
    mark = next((sign for sign in "\t;," if sign in first), "")
    if not mark:
        return text, beside
    table = [row for row in csv.reader(io.StringIO(stripped), delimiter=mark) if any(one.strip() for one in row)]
    head = [one.strip().lower() for one in table[0]]
    times = next((place for place, name in enumerate(head) if name in TIMES), None)
    notes = next((place for place, name in enumerate(head) if name in NOTES), None)
    renamed = {} if kind.measured else {place: _NAMES[name] for place, name in enumerate(head) if name in _NAMES}
    if times is None and notes is None and not renamed:
        return text, beside
    for row in table[1:]:
        beside.times.append(row[times].strip() if times is not None and times < len(row) else "")
        beside.notes.append(row[notes].strip() if notes is not None and notes < len(row) else "")
    table[0] = [renamed.get(place, name) for place, name in enumerate(table[0])]
    kept = [[one for place, one in enumerate(row) if place not in (times, notes)] for row in table]
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows(kept)
    return out.getvalue(), beside


def _measured(data: dict[str, Any], kind: Kind) -> list[Taken]:
    given = data.get("subgroups")
    listed = [[one] for one in data.get("values") or []] if given is None else [list(row) for row in given]
    found = []
    for number, row in enumerate(listed, 1):
        values = [_plain(value, "values", number, place) for place, value in enumerate(row, 1)]
        if not values:
            raise _refused(_("Row {row} has no value."), row=number)
        if kind.method == "i_mr" and len(values) > 1:
            raise _refused(
                _("Row {row} has {count} values; this chart takes one value at a time."), row=number, count=len(values)
            )
        if kind.method in ("xbar_r", "xbar_s") and not 2 <= len(values) <= WIDEST:
            raise _refused(
                _("Row {row} has {count} values; this chart takes subgroups of 2 to {most} in a row."),
                row=number, count=len(values), most=WIDEST,
            )  # fmt: skip
        if kind.remembers and len(values) != len(listed[0]):
            raise _refused(_("Row {row} has {count} values, the first row {first}; give each as many."),
                           row=number, count=len(values), first=len(listed[0]))  # fmt: skip
        found.append(Taken(values))
    return found


def _counted(data: dict[str, Any], kind: Kind) -> list[Taken]:
    counts = data.get(kind.counted_of)
    if counts is None:
        wanted = [kind.counted_of, "sizes"] if kind.shape == "count_of" else [kind.counted_of]
        raise _refused(_("Name the columns in the first row: {names}."), names=", ".join(wanted))
    counts = counts if isinstance(counts, list) else [counts]
    sizes = data.get("sizes")
    if kind.shape == "count_of" and sizes is None:
        raise _refused(_("A column “sizes” is missing: how many were inspected each time."))
    listed = sizes if isinstance(sizes, list) else [sizes] * len(counts)
    found = []
    for number, count in enumerate(counts, 1):
        if kind.shape != "count_of":
            found.append(Taken([_plain(count, kind.counted_of, number)]))
            continue
        if number > len(listed):
            raise _refused(_("Row {row} says no number inspected."), row=number)
        found.append(Taken([_plain(count, kind.counted_of, number)], _plain(listed[number - 1], "sizes", number)))
    return found


def _plain(value: Any, name: str, row: int, column: int | None = None) -> str:
    """Return a cell as a plain decimal with the decimals that were written; an empty one is refused."""
    read_one = cells.cell(getattr(value, "text", value), name, row, column)
    if read_one is None:
        place = _("Row {row}, column {column} is empty.") if column else _("Row {row} is empty.")
        raise _refused(place, row=row, column=column)
    found = read_one if isinstance(read_one, Decimal) else Decimal(repr(read_one))
    return format(found, "f")


def _time(text: str, row: int, area: str) -> datetime | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
        if not 1900 <= found.year <= 2199:
            raise ValueError
    except ValueError:
        raise _refused(
            _("Row {row}: “{text}” is not a time; write it as 2026-03-31 09:30."), row=row, text=text[:40]
        ) from None
    return (found if found.tzinfo else found.replace(tzinfo=days.zone(area))).astimezone(UTC)


def _check_computable(chart: Chart, found: list[Taken]) -> None:
    """Let the method itself look at the rows: counts that are none, more nonconforming than inspected."""
    from testamur.studies.charting import compute_alone

    listed = [(number, row.values, row.size) for number, row in enumerate(found, 1)]
    try:
        compute_alone(chart, listed)
    except Refused as refused:
        refused.field = "data"
        raise


def _refused(message: str, **facts: Any) -> Refused:
    return Refused(message, facts, rule="studies.data", source="iso-7870-2@2023", field="data")
