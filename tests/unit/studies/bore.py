"""A study of a bore, its gauge and the gauge's own study, as rows."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from testamur.studies.models import Characteristic, Gauge, Study
from testamur.tqm.methods import find
from testamur.tqm.results import simple
from tests.unit.selection.world import ProcessWorld, on

DAY = date(2026, 4, 1)


def computed(
    organisation: Any,
    by: Any,
    method: str,
    data: Any,
    parameters: Any = None,
    *,
    title: str = "Bore, line 2",
    **more: Any,
) -> Study:
    result = find(method).run(data, parameters or {})
    with on(DAY) as moment:
        return Study.objects.create(
            organisation=organisation, method=method, title=title, data=data, parameters=parameters or {},
            answer=result.to_dict(), evidence=simple(result.evidence()), by=by, effective_at=moment, **more,
        )  # fmt: skip


def bore(world: ProcessWorld, **more: Any) -> Study:
    random = Random(1)
    groups = [[f"{74 + random.gauss(0, 0.01):.3f}" for _ in range(5)] for _ in range(25)]
    with on(DAY) as moment:
        gauge = Gauge.objects.create(
            organisation=world.client, number="BG-04", name="Bore gauge", certificate="K-2026-117",
            calibrated_on=date(2026, 2, 1), calibration_due_on=date(2027, 1, 31), by=world.applicant,
            effective_at=moment,
        )  # fmt: skip
        bored = Characteristic.objects.create(
            organisation=world.client, name="Bore diameter", unit="mm", lower="73.95", upper="74.05",
            by=world.applicant, effective_at=moment,
        )  # fmt: skip
    bored.refresh_from_db()
    parts = [[[f"{p + 0.1 * random.random():.3f}" for _ in range(3)] for _ in range(3)] for p in range(10)]
    listed = [(p, o, value) for p, part in enumerate(parts) for o, trials in enumerate(part) for value in trials]
    measured = {
        "part": [str(p) for p, _o, _v in listed], "operator": [str(o) for _p, o, _v in listed],
        "value": [value for _p, _o, value in listed],
    }  # fmt: skip
    computed(world.client, world.applicant, "gage_rr_crossed", measured, gauge=gauge)
    return computed(
        world.client, world.applicant, "capability_normal", {"subgroups": groups}, {"lsl": "73.95", "usl": "74.05"},
        gauge=gauge, characteristic=bored, **more,
    )  # fmt: skip
