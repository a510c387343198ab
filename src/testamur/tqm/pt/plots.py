"""Scores of the participants in rising order, E_n with its line at 1, and the density of their results."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.kernel.refusal import Refused, _
from testamur.tqm.data import Floats
from testamur.tqm.figures.figure import Bars, Dots, Figure, Level, Mark, Path, Plot, Said, Table, check_size, written
from testamur.tqm.figures.titles import title_of
from testamur.tqm.methods import index
from testamur.tqm.pt.density import Density
from testamur.tqm.pt.scoring import Scores

PARTICIPANT = Said(_("Participant"))
RATED = {
    "acceptable": Said(_("acceptable")),
    "warning": Said(_("warning signal")),
    "action": Said(_("action signal")),
}


def score_figure(result: Scores) -> Figure:
    """Return z (or z', where that decides) and E_n of every participant.

    Raises:
        Refused: there is neither.
    """
    check_size(len(result.lab))
    title = title_of(index()[result.provenance.method].title)
    decisive = result.z if result.estimator == "z" else result.z_prime
    plots = []
    if decisive is not None:
        plots.append(_bars(result, result.estimator, decisive, (2.0, 3.0), result.rating))
    if result.En is not None and np.isfinite(result.En).any():
        plots.append(_bars(result, "E_n", result.En, (1.0,), result.En_rating))
    if not plots:
        raise Refused(_("There is no score to draw: give σ_pt, or uncertainties."))
    action = sum(rating == "action" for rating in result.rating)
    warning = sum(rating == "warning" for rating in result.rating)
    summary = Said(
        _("{title}: {count} participants, {action} with an action signal, {warning} with a warning signal."),
        {"title": title, "count": len(result.lab), "action": action, "warning": warning},
    )
    return Figure(title, summary, tuple(plots), warnings=result.warnings)


def _bars(result: Scores, name: str, values: Floats, lines: tuple[float, ...], rating: Any) -> Plot:
    order = [int(place) for place in np.argsort(values, kind="stable") if np.isfinite(values[place])]
    shown = values[order]
    at = np.arange(1, len(order) + 1, dtype=np.float64)
    beyond = np.abs(shown) >= lines[-1]
    near = ~beyond & (np.abs(shown) > lines[0])
    marks: list[Mark] = []
    for role, some in (("bar", ~beyond & ~near), ("b", near), ("signal", beyond)):
        if some.any():
            height = shown[some]
            marks.append(Bars(at[some] - 0.4, at[some] + 0.4, np.minimum(height, 0), np.maximum(height, 0), role))
    for line in lines:
        marks += [
            Level(sign * line, "limit" if line == lines[-1] else "stage", written(sign * line)) for sign in (1, -1)
        ]
    marks.append(Level(0.0, "center"))
    rows = tuple(
        (result.lab[place], float(result.D[place]), float(values[place]), RATED.get(rating[place], ""))
        for place in order
    )
    table = Table(name, (PARTICIPANT, Said(_("Deviation")), name, Said(_("Rating"))), rows)
    labels = tuple(str(result.lab[place]) for place in order)
    return Plot(name, tuple(marks), PARTICIPANT, name, x_names=labels, x_range=(0.4, len(order) + 0.6), tables=(table,))


def density_figure(result: Density) -> Figure:
    """Return the curve, a mark for every result below it, and the assigned value."""
    check_size(result.x.size)
    title = title_of(index()[result.provenance.method].title)
    shown = result.values[(result.values >= result.x[0]) & (result.values <= result.x[-1])]
    marks: list[Mark] = [Path(result.x, result.density, "data"), Level(0.0, "zone")]
    marks.append(Dots(shown, np.zeros(shown.size), "b", "diamond", hollow=True))
    if result.x_pt is not None and result.x[0] <= result.x_pt <= result.x[-1]:
        marks.append(Level(result.x_pt, "center", f"x_pt {written(result.x_pt, 6)}", upright=True))
    value, height = Said(_("Result")), Said(_("Density"))
    rows = tuple(zip(result.x.tolist(), result.density.tolist(), strict=True))
    plot = Plot(
        "", tuple(marks), value, height, x_range=(float(result.x[0]), float(result.x[-1])),
        tables=(Table(title, (value, height), rows),),
    )  # fmt: skip
    facts = {"title": title, "count": int(result.values.size), "modes": int(result.modes.size)}
    summary = Said(_("{title}: {count} results; modes: {modes}."), facts)
    return Figure(title, summary, (plot,), warnings=result.warnings)
