"""A bore that is watched, the gauge it is measured with, and what was computed of both: the first desk of a demo.

Numbers are drawn from a seeded generator: invented, and the same on every machine.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

from testamur.kernel import days
from testamur.sample.founding import World
from testamur.sample.walk import on
from testamur.studies import actions
from testamur.studies.reading import Taken

SEED = 24
#: Day of the new tool, on which the limits were frozen, and of the shift that shows three signals.
NEW_TOOL, FROZEN, SHIFT = date(2026, 10, 30), date(2026, 11, 2), date(2026, 11, 18)
PARTS, OPERATORS, TRIALS = 10, ("A", "B", "C"), 3


def keep_charts(world: World) -> None:
    """Give the sample firm a characteristic with a chart of 40 subgroups, a gauge, and two studies."""
    keeper = world.members["applicant"]
    with on(date(2026, 10, 26)) as at:
        bore = actions.describe_characteristic(
            name="Bore diameter, line 2 / 示例内孔直径，2号线",
            unit="mm",
            lower=Decimal("73.95"),
            upper=Decimal("74.05"),
            target=Decimal("74"),
            by=keeper,
            at=at,
        )
        gauge = actions.enter_gauge(
            number="BG-04", name="Sample bore gauge / 示例内径量表", certificate="SAMPLE-CAL-2026-117",
            calibrated_on=date(2026, 6, 15), calibration_due_on=date(2027, 6, 14), by=keeper, at=at,
        )  # fmt: skip
        actions.enter_gauge(
            number="MC-11", name="Sample micrometer / 示例外径千分尺", certificate="SAMPLE-CAL-2025-408",
            calibrated_on=date(2025, 11, 10), calibration_due_on=date(2026, 11, 9), by=keeper, at=at,
        )  # fmt: skip
    with on(date(2026, 10, 27)) as at:
        actions.keep_study(
            method="gage_rr_crossed", title="Gauge BG-04, repeatability and reproducibility / 重复性与再现性",
            data=_crossed(), parameters={"tolerance": "0.1"}, characteristic=bore, gauge=gauge, by=keeper, at=at,
        )  # fmt: skip
    with on(NEW_TOOL) as at:
        chart = actions.start_chart(characteristic=bore, method="xbar_r", gauge=gauge, by=keeper, at=at)
    rows = _subgroups()
    with on(FROZEN, hour=16) as at:
        actions.take_in(chart=chart, rows=rows[:25], note="Sample shift reports / 示例班次记录", by=keeper, at=at)
        actions.freeze_limits(chart=chart, first=1, last=25, reason="after new tool / 更换刀具后", by=keeper, at=at)
        actions.keep_study(
            method="capability_normal", title="Bore, line 2, after new tool / 2号线内孔，更换刀具后", data=None,
            parameters={"lsl": "73.95", "usl": "74.05", "target": "74"}, chart=chart, by=keeper, at=at,
        )  # fmt: skip
    with on(SHIFT, hour=17) as at:
        actions.take_in(chart=chart, rows=rows[25:], note="Sample shift reports / 示例班次记录", by=keeper, at=at)
        actions.comment_point(
            chart=chart, number=37, text="Coolant pump replaced at 13:10 / 13:10更换冷却泵", cause="machine",
            by=keeper, at=at,
        )  # fmt: skip


def _subgroups() -> list[Taken]:
    """Return 40 subgroups of 5, of two days; from 37 to 39 the bore is wider."""
    random = Random(SEED)
    shifts = {37: 0.016, 38: 0.018, 39: 0.022}
    found = []
    for number in range(1, 41):
        center = 74.0 + shifts.get(number, 0.0)
        values = [f"{center + random.gauss(0, 0.0095):.3f}" for _piece in range(5)]
        if number <= 25:
            taken = days.first_instant(FROZEN) + timedelta(hours=7, minutes=10 + 20 * number)
        else:
            taken = days.first_instant(SHIFT) + timedelta(hours=7, minutes=10 + 30 * (number - 25))
        found.append(Taken(values, taken_at=taken))
    return found


def _crossed() -> dict[str, list[str]]:
    """Return ten parts, each measured three times by three operators."""
    random = Random(SEED)
    found: dict[str, list[str]] = {"part": [], "operator": [], "value": []}
    for part in range(1, PARTS + 1):
        true = 74 + random.gauss(0, 0.012)
        for bias, operator in zip((0.0, 0.0012, -0.0008), OPERATORS, strict=True):
            for _trial in range(TRIALS):
                found["part"].append(str(part))
                found["operator"].append(operator)
                found["value"].append(f"{true + bias + random.gauss(0, 0.0024):.4f}")
    return found
