"""Figures of the management system: the line of an objective with its target."""

from __future__ import annotations

from datetime import date

import numpy as np

from testamur.improvement.models import Objective
from testamur.improvement.queries.objectives import counted
from testamur.kernel.refusal import _
from testamur.tqm.figures.figure import Dots, Figure, Level, Path, Plot, Said, Table


def objective_figure(objective: Objective, today: date) -> Figure | None:
    """Return the measured values of an objective, the line it should follow and its target; None for a draft.

    Positions are days since the day of the start value; values are in the objective's unit.
    """
    if objective.agreed_at is None or objective.start_on is None or objective.target_on is None:
        return None
    values = counted(objective, today)
    start_on = objective.start_on
    days = [0, *((row.measured_on - start_on).days for row in values)]
    numbers = [float(objective.start), *(float(row.value) for row in values)]
    span = (objective.target_on - start_on).days
    x, y = np.array(days, dtype=np.float64), np.array(numbers, dtype=np.float64)
    name = f"{objective.indicator} ({objective.unit})" if objective.unit else objective.indicator
    rows = [(start_on.isoformat(), objective.start), *((row.measured_on.isoformat(), row.typed) for row in values)]
    plot = Plot(
        title=name,
        marks=(
            Path(
                np.array([0.0, float(span)]),
                np.array([float(objective.start), float(objective.target)]),
                role="center",
                name=Said(_("line to follow")),
            ),
            Path(x, y, name=Said(_("measured"))),
            Dots(x, y),
            Level(float(objective.target), "limit", Said(_("target {value}"), {"value": objective.target})),
        ),
        x_label=Said(_("days since {day}"), {"day": start_on.isoformat()}),
        y_label=objective.unit,
        x_range=(0.0, float(max(span, *days))),
        tables=(Table(Said(_("Measured values")), (Said(_("Day")), Said(_("Value"))), tuple(rows)),),
    )
    return Figure(
        title=Said(_("Progress of {indicator}"), {"indicator": objective.indicator}),
        summary=Said(
            _("{count} values since {start}; the target is {target} by {day}."),
            {
                "count": len(values),
                "start": start_on.isoformat(),
                "target": objective.target,
                "day": objective.target_on.isoformat(),
            },
        ),
        plots=(plot,),
    )
