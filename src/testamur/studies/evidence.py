"""What goes into a study from a chart, whether it may, and how it is kept so that its digest stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.studies import charting
from testamur.studies.choosing import KINDS
from testamur.studies.models import Chart
from testamur.tqm.methods import find
from testamur.tqm.results import Written, simple


def check_stable(chart: Chart, method: str, drawn: charting.Drawn | None = None) -> None:
    """A capability is claimed of a stable process only: the stretch in force has no signal that counts.

    Raises:
        Refused: it has, with the points.
    """
    if find(method).area != "capability" or method == "normality":
        return
    if not KINDS[chart.method].measured:
        raise Refused(
            _("Capability is computed of measured values; this chart counts. Its share nonconforming says the same."),
            rule="studies.stability",
            source="iso-22514-1@2014",
            field="chart",
        )
    drawn = drawn or charting.draw(chart)
    if drawn.result is None or drawn.stretches[-1].start + 1 in drawn.untold or drawn.result.status != "ok":
        raise Refused(
            _("The chart has no limits yet that could say whether the process is stable, so capability is void."),
            rule="studies.stability",
            source="iso-22514-1@2014",
            field="chart",
        )
    start = drawn.stretches[-1].start
    signals = [number for number in drawn.signals if number > start and number not in drawn.excluded]
    if signals:
        raise Refused(
            _("The process is not stable: {points} signal, so a capability would mean nothing. Find the causes first."),
            {"points": _points(signals)},
            rule="studies.stability",
            source="iso-22514-1@2014",
            field="chart",
        )


def _points(numbers: list[int]) -> str:
    shown = ", ".join(str(one) for one in numbers[:8])
    return shown if len(numbers) <= 8 else f"{shown} …"


def of_chart(chart: Chart, method: str) -> dict[str, Any]:
    """Return the points in force (last stage and limits, without excluded ones) as inputs of a method.

    Raises:
        Refused: the method takes other data.
    """
    drawn = charting.draw(chart)
    start = drawn.stretches[-1].start if drawn.stretches else 0
    rows = [row for row in drawn.rows[start:] if row[0] not in drawn.excluded]
    found = charting.inputs(chart.method, rows) if rows else {}
    wanted = find(method).data
    if found and set(found) <= set(wanted):
        return found
    if "subgroups" in found and "values" in wanted:
        return {"values": [value for _number, values, _size in rows for value in values]}
    raise Refused(
        _("{method} takes other data than this chart has; paste them instead."),
        {"method": find(method).title},
        rule="studies.data",
        source="iso-7870-2@2023",
        field="chart",
    )


def storable(value: Any) -> Any:
    """Return JSON in which numbers that remember how they were written stay texts, so that the digest stays."""
    if isinstance(value, Written):
        return value.text
    if isinstance(value, Mapping):
        return {str(name): storable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [storable(one) for one in value]
    return simple(value)
