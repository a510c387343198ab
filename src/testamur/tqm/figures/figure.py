"""The model of a figure: plots with marks and axes, words to translate, and tables of everything that is plotted.

A figure knows nothing of SVG or of a language; renderers do. Positions are in the unit of the data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.kernel.refusal import Refused, _, plain

Floats = NDArray[np.float64]
Translate = Callable[[str], str]
#: More points cannot be told apart on any screen, and their table is read by nobody.
MOST_POINTS = 20_000


@dataclass(frozen=True)
class Said:
    """A text to show: an English message with named placeholders, and their values."""

    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    def text(self, translate: Translate = str) -> str:
        """Return the text in the reader's language; facts that are texts to show are translated too."""
        facts = {
            name: value.text(translate) if isinstance(value, Said) else plain(value)
            for name, value in self.facts.items()
        }
        return translate(self.message).format_map(facts)


Text = str | Said


@dataclass(frozen=True)
class Path:
    """A line through points; NaN interrupts it. ``role``: data, limit, center, zone, fit, other.

    A name stands in the legend; that of a line in steps at its end, with the last value.
    """

    x: Floats
    y: Floats
    role: str = "data"
    steps: bool = False
    name: Text = ""


@dataclass(frozen=True)
class Dots:
    """Single points. ``shape``: circle, square, diamond, triangle; ``hollow`` for excluded ones; texts beside them."""

    x: Floats
    y: Floats
    role: str = "data"
    shape: str = "circle"
    hollow: bool = False
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Level:
    """A line across the plot at one value, with a text at its end. ``upright``: at an x instead of a y."""

    at: float
    role: str
    text: Text = ""
    upright: bool = False


@dataclass(frozen=True)
class Bars:
    """Bars from ``low`` to ``high`` over ``left`` to ``right``."""

    left: Floats
    right: Floats
    low: Floats
    high: Floats
    role: str = "bar"
    name: Text = ""


@dataclass(frozen=True)
class Region:
    """A shaded stretch of x, with a text at its top."""

    left: float
    right: float
    text: Text = ""


@dataclass(frozen=True)
class Lines:
    """Rows of text instead of a plot: (label, value)."""

    rows: tuple[tuple[Text, Text], ...]


Mark = Path | Dots | Level | Bars | Region | Lines


@dataclass(frozen=True)
class Table:
    """Numbers of a plot: column names and rows; None is an empty cell."""

    title: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True)
class Plot:
    """One plot of a figure.

    Attributes:
        title, x_label, y_label: texts; x_names: names of whole-number positions instead of numbers.
        x_range, y_range: shown ranges; from the marks unless given.
        tables: every plotted number.
    """

    title: Text
    marks: tuple[Mark, ...]
    x_label: Text = ""
    y_label: Text = ""
    x_names: tuple[str, ...] = ()
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Figure:
    """Some plots in columns, read row by row.

    Attributes:
        title: what it shows; summary: what a reader should see in it, for those who cannot.
        columns: plots in a row; warnings: texts below.
    """

    title: Said
    summary: Said
    plots: tuple[Plot, ...]
    columns: int = 1
    warnings: tuple[Any, ...] = ()


def check_size(points: int) -> None:
    """Refuse more points than a figure can show."""
    if points > MOST_POINTS:
        raise Refused(
            _("A figure shows at most {most} points; these are {count}. Choose a stretch of them."),
            {"most": MOST_POINTS, "count": points},
        )


def said(text: Text, translate: Translate = str) -> str:
    """Return a text in the reader's language; a plain string is shown as it is."""
    return text.text(translate) if isinstance(text, Said) else text


def ranges(plot: Plot) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the ranges of x and y that hold all marks, with a margin above and below."""
    xs: list[float] = []
    ys: list[float] = []
    for mark in plot.marks:
        if isinstance(mark, (Path, Dots)):
            xs += _ends(mark.x)
            ys += _ends(mark.y)
        elif isinstance(mark, Bars):
            xs += _ends(mark.left) + _ends(mark.right)
            ys += _ends(mark.low) + _ends(mark.high)
        elif isinstance(mark, Level) and math.isfinite(mark.at):
            (xs if mark.upright else ys).append(mark.at)
    x = plot.x_range or _widened(xs, 0.02)
    y = plot.y_range or _widened(ys, 0.08)
    return x, y


def _ends(values: Floats) -> list[float]:
    finite = values[np.isfinite(values)]
    return [float(finite.min()), float(finite.max())] if finite.size else []


def _widened(values: Sequence[float], share: float) -> tuple[float, float]:
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    if low == high:
        step = abs(low) * 1e-3 or 1.0
        return low - step, high + step
    margin = (high - low) * share
    return low - margin, high + margin


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers within a range: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    raw = span / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [index * step for index in range(first, last + 1)]


def written(value: Any, digits: int = 5) -> str:
    """Return a number as a figure writes it: significant digits, no exponent for everyday sizes; empty for none."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, (int, np.integer, str)):
        return str(value)
    number = float(value)
    if number == 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(abs(number)))
    if places > 9 or places < -9:
        return f"{number:.{digits - 1}e}"
    text = f"{number:.{max(0, places)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def cell(value: Any, translate: Translate = str) -> str:
    """Return a cell of a table in the reader's language: ten significant digits; empty for none."""
    if type(value) is float:
        return f"{value:.10g}" if math.isfinite(value) else ""
    if isinstance(value, Said):
        return value.text(translate)
    return "" if value is None else str(value)
