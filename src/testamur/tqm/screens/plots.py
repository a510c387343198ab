"""Digits found and digits expected, as bars and a line."""

from __future__ import annotations

from typing import Any

import numpy as np

from testamur.kernel.refusal import _
from testamur.tqm.figures.figure import Bars, Dots, Figure, Mark, Path, Plot, Said, Table, Text, written
from testamur.tqm.figures.titles import title_of
from testamur.tqm.methods import index
from testamur.tqm.screens.digits import Benford, Terminal, expected_shares

DIGIT, FOUND, EXPECTED = Said(_("Digit")), Said(_("Found")), Said(_("Expected"))


def benford_figure(result: Benford) -> Figure:
    """Return one plot for each test: counts found and those of Benford's law."""
    titles = {
        "first_digit": Said(_("First digit")),
        "second_digit": Said(_("Second digit")),
        "first_two": Said(_("First two digits")),
    }
    plots = tuple(
        _plot(titles[name], test.digits, test.counts, test.n_used * expected_shares(name))
        for name, test in result.tests.items()
    )
    first = next(iter(result.tests.values()))
    return _figure(result, plots, first.chisq_p)


def terminal_figure(result: Terminal) -> Figure:
    """Return the counts of terminal digits beside an even spread."""
    expected = np.full(10, sum(result.counts) / 10)
    return _figure(result, (_plot(Said(_("Last digit")), tuple(range(10)), result.counts, expected),), result.p)


def _figure(result: Any, plots: tuple[Plot, ...], p: float) -> Figure:
    title = title_of(index()[result.provenance.method].title)
    summary = Said(_("{title}: p = {p}. A lead for a person, no proof."), {"title": title, "p": written(p, 3)})
    return Figure(title, summary, plots, warnings=result.warnings)


def _plot(title: Text, digits: tuple[int, ...], counts: tuple[int, ...], expected: np.ndarray) -> Plot:
    at = np.array(digits, dtype=np.float64)
    marks: list[Mark] = [
        Bars(at - 0.4, at + 0.4, np.zeros(len(at)), np.array(counts, dtype=np.float64), "bar", FOUND),
        Path(at, expected, "fit", name=EXPECTED),
        Dots(at, expected, "fit", shape="diamond"),
    ]
    rows = tuple((digit, count, float(want)) for digit, count, want in zip(digits, counts, expected, strict=True))
    return Plot(title, tuple(marks), DIGIT, FOUND, tables=(Table(title, (DIGIT, FOUND, EXPECTED), rows),))
