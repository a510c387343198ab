"""Studies as evidence: what goes in from a chart, how it is kept, and whether it gives the same answer again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from testamur.kernel.refusal import Refused, _
from testamur.studies import charting
from testamur.studies.choosing import KINDS
from testamur.studies.models import Chart, Study
from testamur.tqm.methods import find
from testamur.tqm.results import Result, Written, simple

#: Two answers are the same where their numbers agree to so many parts: other machines round the last digits otherwise.
AGREE = 1e-9


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
            _(
                "The chart has no limits yet that could say whether the process is stable, so capability is void."
                " Add measurements until it has, then compute again."
            ),
            rule="studies.stability",
            source="iso-22514-1@2014",
            field="chart",
        )
    start = drawn.stretches[-1].start
    signals = [number for number in drawn.signals if number > start and number not in drawn.excluded]
    if signals:
        raise Refused(
            _(
                "The process is not stable, so a capability would mean nothing (signals at: {points})."
                " Open each of these points on the chart, find its cause, remove it and comment it;"
                " leave out points whose cause is gone, or begin a new stage, then compute again."
            ),
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


@dataclass(frozen=True)
class Recomputed:
    """A kept study computed again by the program as it is now.

    Attributes:
        same_inputs: the digest of the inputs is the one that was kept.
        differs: names of the numbers that differ by more than rounding.
        refused: today's program refuses the computation.
    """

    result: Result | None
    same_inputs: bool = False
    differs: list[str] = field(default_factory=list)
    refused: Refused | None = None

    @property
    def holds(self) -> bool:
        """Say whether the study gives the same answer from the same inputs."""
        return self.result is not None and self.same_inputs and not self.differs


def recompute(study: Study) -> Recomputed:
    """Compute a study again from what was kept, and compare."""
    try:
        result = run(study)
    except Refused as refused:
        return Recomputed(None, refused=refused)
    same = result.evidence()["inputs_sha256"] == study.evidence.get("inputs_sha256")
    return Recomputed(result, same, differences(study.answer, result.to_dict()))


def run(study: Study) -> Result:
    """Return the result of a kept study, computed from its data, with the edition and the seed of then."""
    method = find(study.method)
    parameters = dict(study.parameters)
    if study.evidence.get("seed") is not None and "seed" in method.parameters:
        parameters["seed"] = study.evidence["seed"]
    parameters.setdefault("edition", study.evidence.get("edition"))
    if parameters["edition"] not in method.editions:
        parameters.pop("edition")
    return method.run(study.data, parameters)


def differences(kept: Any, found: Any, name: str = "") -> list[str]:
    """Return the dotted names of what differs between two answers (JSON types); sentences of warnings do not count."""
    if isinstance(kept, Mapping) and isinstance(found, Mapping):
        names = [one for one in {**kept, **found} if one != "sentence"]
        return [
            place
            for one in names
            for place in differences(kept.get(one), found.get(one), f"{name}.{one}" if name else str(one))
        ]
    if isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        return [
            place for number, (one, other) in enumerate(zip(kept, found, strict=True), 1)
            for place in differences(one, other, f"{name}.{number}")
        ]  # fmt: skip
    numbers = (int, float)
    if isinstance(kept, numbers) and isinstance(found, numbers) and not isinstance(kept, bool):
        return [] if math.isclose(kept, found, rel_tol=AGREE, abs_tol=1e-12) else [name]
    return [] if kept == found else [name]
