"""SVG of a figure: the same bytes for the same figure and language, without styles or scripts (strict pages allow it).

Screen readers get title and summary of the picture, then a table of every plotted number; signals differ in shape and
carry their rule's number, so nothing hangs on colour.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np

from testamur.tqm.figures.figure import (
    Bars,
    Dots,
    Figure,
    Level,
    Lines,
    Path,
    Plot,
    Region,
    Translate,
    cell,
    ranges,
    said,
    ticks,
    written,
)

#: Values of the data → places in the drawing.
Scale = Callable[[Any], np.ndarray]

WIDTH, ROW_HEIGHT = 960, 300
TOP, BOTTOM, LEFT, RIGHT = 34, 40, 62, 96
FONT = "system-ui, 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
INK, FAINT, ALARM, FILL = "#1f2937", "#6b7280", "#b91c1c", "#9db8d9"
#: role → stroke, width, dashes
STROKES = {
    "data": ("#1d4e89", 1.2, ""),
    "limit": (INK, 1.1, "6 4"),
    "center": (INK, 1.1, ""),
    "zone": ("#d1d5db", 0.8, ""),
    "stage": (FAINT, 1.0, "2 3"),
    "fit": ("#1d4e89", 1.6, ""),
    "fit2": ("#9a5b00", 1.6, "5 3"),
    "spec": (ALARM, 1.4, "8 3"),
    "target": ("#166534", 1.2, "3 3"),
    "other": (FAINT, 1.0, ""),
    "a": ("#1d4e89", 1.4, ""),
    "b": ("#9a5b00", 1.4, "6 3"),
    "c": ("#166534", 1.4, "2 3"),
    "d": ("#7c2d74", 1.4, "8 2 2 2"),
}
FILLS = {"data": "#1d4e89", "signal": ALARM, "a": "#1d4e89", "b": "#c98a2b", "c": "#5f9b6c", "bar": FILL}
#: More dots than this are drawn as a line only; signals keep their marks.
DOTS = 400


def to_svg(figure: Figure, translate: Translate = str, *, table: bool = True, language: str = "en") -> str:
    """Return the figure as one SVG document.

    Args:
        translate: English message → the reader's language.
        table: whether the table of every plotted number is part of the document (for screen readers).
        language: language tag of the texts.
    """
    title, summary = figure.title.text(translate), figure.summary.text(translate)
    notes = [warning.sentence(translate) for warning in figure.warnings]
    rows = math.ceil(len(figure.plots) / figure.columns)
    head = 30
    height = head + rows * ROW_HEIGHT + 18 * len(notes) + (10 if notes else 0)
    body = [_text(WIDTH / 2, 20, title, size=15, anchor="middle", weight="600")]
    width = WIDTH / figure.columns
    for place, plot in enumerate(figure.plots):
        across, down = place % figure.columns, place // figure.columns
        body.append(_plot(plot, across * width, head + down * ROW_HEIGHT, width, translate))
    for place, note in enumerate(notes):
        body.append(_text(12, head + rows * ROW_HEIGHT + 14 + 18 * place, "⚠ " + _cut(note, 150), size=12))
    drawn = "".join(body)
    mark = hashlib.sha256((title + summary + drawn).encode()).hexdigest()[:10]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="group" lang="{escape(language)}" font-family="{escape(FONT)}" aria-labelledby="t{mark}">',
        f'<title id="t{mark}">{escape(title)}</title><desc id="d{mark}">{escape(summary)}</desc>',
        f'<g role="img" aria-labelledby="t{mark} d{mark}"><rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        drawn,
        "</g>",
    ]
    if table:
        parts.append(_tables(figure, translate))
    parts.append("</svg>\n")
    return "".join(parts)


def _plot(plot: Plot, x0: float, y0: float, width: float, translate: Translate) -> str:
    left, top = x0 + LEFT, y0 + TOP
    right, bottom = x0 + width - RIGHT, y0 + ROW_HEIGHT - BOTTOM
    if len(plot.marks) == 1 and isinstance(plot.marks[0], Lines):
        return _lines(plot, plot.marks[0], x0, y0, width, translate)
    if not any(has_end(mark) for mark in plot.marks):
        right = x0 + width - 24
    (low_x, high_x), (low_y, high_y) = ranges(plot)

    def px(value: Any) -> np.ndarray:
        return left + (np.asarray(value, dtype=np.float64) - low_x) / (high_x - low_x) * (right - left)

    def py(value: Any) -> np.ndarray:
        return bottom - (np.asarray(value, dtype=np.float64) - low_y) / (high_y - low_y) * (bottom - top)

    out = [_text((left + right) / 2, y0 + 18, said(plot.title, translate), size=13, anchor="middle", weight="600")]
    for mark in plot.marks:
        if isinstance(mark, Region):
            a, b = float(px(max(mark.left, low_x))), float(px(min(mark.right, high_x)))
            out.append(f'<rect x="{a:.1f}" y="{top}" width="{b - a:.1f}" height="{bottom - top}" fill="#eef2f7"/>')
            if mark.text:
                out.append(_text(a + 4, bottom - 5, said(mark.text, translate), size=10, color=FAINT))
    out.append(_axes(plot, left, top, right, bottom, px, py, (low_x, high_x), (low_y, high_y), translate))
    taken: list[float] = []
    for mark in plot.marks:
        if isinstance(mark, Level):
            out.append(_level(mark, left, top, right, bottom, px, py, taken, translate))
        elif isinstance(mark, Path):
            out.append(_path(mark, px(mark.x), py(mark.y)))
            if mark.steps and mark.name and mark.y.size and math.isfinite(mark.y[-1]):
                text = f"{said(mark.name, translate)} {written(mark.y[-1], 6)}"
                out.append(_end(float(py(mark.y[-1])), right, text, taken))
        elif isinstance(mark, Bars):
            out.append(_bars(mark, px, py))
        elif isinstance(mark, Dots) and (mark.x.size <= DOTS or mark.role == "signal" or mark.hollow):
            out.append(_dots(mark, px(mark.x), py(mark.y), top))
    out.append(_legend(plot, left, top, translate))
    return "".join(out)


def _legend(plot: Plot, left: float, top: float, translate: Translate) -> str:
    out, x = [], left + 6
    for mark in plot.marks:
        if not isinstance(mark, (Path, Bars)) or not mark.name or (isinstance(mark, Path) and mark.steps):
            continue
        text = said(mark.name, translate)
        if isinstance(mark, Bars):
            out.append(
                f'<rect x="{x:.1f}" y="{top + 4:.1f}" width="9" height="9" fill="{FILLS.get(mark.role, FILL)}"/>'
            )
        else:
            out.append(f'<path d="M{x:.1f} {top + 9:.1f}h18" fill="none" {_stroke(mark.role)}/>')
            x += 9
        out.append(_text(x + 13, top + 12.5, text, size=10))
        # Chinese characters are as wide as high, Latin ones about half of it.
        x += 26 + sum(10 if ord(letter) > 0x2E80 else 5.6 for letter in text)
    return "".join(out)


def _end(y: float, right: float, text: str, taken: list[float]) -> str:
    """Return a text at the end of a line; texts of near lines are moved apart so that each can be read."""
    at = y + 3.5
    while any(abs(at - other) < 11 for other in taken):
        at += 11
    taken.append(at)
    return _text(right + 4, at, text, size=10)


def _axes(
    plot: Plot,
    left: float,
    top: float,
    right: float,
    bottom: float,
    px: Scale,
    py: Scale,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    translate: Translate,
) -> str:
    out = [
        f'<path d="M{left:.1f} {top:.1f}V{bottom:.1f}H{right:.1f}" fill="none" stroke="{INK}" stroke-width="1"/>',
    ]
    for value in ticks(*y_range):
        y = float(py(value))
        out.append(f'<path d="M{left - 4:.1f} {y:.1f}h4" stroke="{INK}"/>')
        out.append(_text(left - 7, y + 3.5, written(value), size=10, anchor="end"))
    if plot.x_names:
        step = max(1, math.ceil(len(plot.x_names) * 34 / max(1.0, right - left)))
        for place, name in list(enumerate(plot.x_names, 1))[::step]:
            out.append(_text(float(px(place)), bottom + 14, _cut(name, 12), size=10, anchor="middle"))
    else:
        for value in ticks(x_range[0], x_range[1], 8 if right - left > 500 else 5):
            x = float(px(value))
            out.append(f'<path d="M{x:.1f} {bottom:.1f}v4" stroke="{INK}"/>')
            out.append(_text(x, bottom + 15, written(value), size=10, anchor="middle"))
    if plot.x_label:
        out.append(_text((left + right) / 2, bottom + 31, said(plot.x_label, translate), size=11, anchor="middle"))
    if plot.y_label:
        x, y = left - 46, (top + bottom) / 2
        out.append(
            f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="middle" fill="{INK}" '
            f'transform="rotate(-90 {x:.1f} {y:.1f})">{escape(said(plot.y_label, translate))}</text>'
        )
    return "".join(out)


def has_end(mark: object) -> bool:
    """Say whether a mark writes a text at the right end of its line, so that the plot leaves room for it."""
    if isinstance(mark, Path):
        return mark.steps and bool(mark.name)
    return isinstance(mark, Level) and not mark.upright and bool(mark.text)


def _stroke(role: str) -> str:
    color, width, dashes = STROKES.get(role, STROKES["other"])
    return f'stroke="{color}" stroke-width="{width}"' + (f' stroke-dasharray="{dashes}"' if dashes else "")


def _level(
    mark: Level,
    left: float,
    top: float,
    right: float,
    bottom: float,
    px: Scale,
    py: Scale,
    taken: list[float],
    translate: Translate,
) -> str:
    if not math.isfinite(mark.at):
        return ""
    text = said(mark.text, translate)
    if mark.upright:
        x = float(px(mark.at))
        line = f'<path d="M{x:.1f} {top:.1f}V{bottom:.1f}" fill="none" {_stroke(mark.role)}/>'
        return line + (_text(x, top - 3, text, size=10, anchor="middle") if text else "")
    y = float(py(mark.at))
    line = f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" fill="none" {_stroke(mark.role)}/>'
    if not text:
        return line
    return line + _end(y, right, text, taken)


def _path(mark: Path, x: np.ndarray, y: np.ndarray) -> str:
    if mark.steps and x.size:
        middle = (x[1:] + x[:-1]) / 2
        edges = np.concatenate([[2 * x[0] - middle[0]] if middle.size else [x[0] - 4], middle])
        ends = np.concatenate([middle, [2 * x[-1] - middle[-1]] if middle.size else [x[-1] + 4]])
        x, y = np.column_stack([edges, ends]).ravel(), np.repeat(y, 2)
    pen, commands = "M", []
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if b != b:
            pen = "M"
            continue
        commands.append(f"{pen}{a:.1f} {b:.1f}")
        pen = "L"
    return f'<path d="{"".join(commands)}" fill="none" {_stroke(mark.role)}/>' if commands else ""


def _bars(mark: Bars, px: Scale, py: Scale) -> str:
    out = []
    color = FILLS.get(mark.role, FILL)
    edges = zip(px(mark.left), px(mark.right), py(mark.high), py(mark.low), strict=True)
    for a, b, high, low in edges:
        out.append(
            f'<rect x="{a:.1f}" y="{min(high, low):.1f}" width="{max(b - a, 0.5):.1f}" '
            f'height="{abs(low - high):.1f}" fill="{color}" stroke="#ffffff" stroke-width="0.6"/>'
        )
    return "".join(out)


def _dots(mark: Dots, x: np.ndarray, y: np.ndarray, top: float) -> str:
    color = FILLS.get(mark.role, FILLS["data"])
    paint = f'fill="#ffffff" stroke="{color}" stroke-width="1.2"' if mark.hollow else f'fill="{color}"'
    shape = {
        "circle": lambda a, b: f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.6" {paint}/>',
        "square": lambda a, b: f'<rect x="{a - 4:.1f}" y="{b - 4:.1f}" width="8" height="8" {paint}/>',
        "diamond": lambda a, b: f'<path d="M{a:.1f} {b - 4:.1f}l4 4l-4 4l-4 -4z" {paint}/>',
        "triangle": lambda a, b: f'<path d="M{a:.1f} {b - 4:.1f}l4 7h-8z" {paint}/>',
    }[mark.shape]
    out = []
    texts = mark.texts or ("",) * x.size
    for a, b, text in zip(x.tolist(), y.tolist(), texts, strict=True):
        if b != b:
            continue
        out.append(shape(a, b))
        if text:
            out.append(_text(a, max(b - 7, top - 2), text, size=10, anchor="middle", color=color, weight="600"))
    return "".join(out)


def _lines(plot: Plot, mark: Lines, x0: float, y0: float, width: float, translate: Translate) -> str:
    out = [_text(x0 + width / 2, y0 + 18, said(plot.title, translate), size=13, anchor="middle", weight="600")]
    step = min(18.0, (ROW_HEIGHT - TOP - 12) / max(1, len(mark.rows)))
    for place, (label, value) in enumerate(mark.rows):
        y = y0 + TOP + 14 + step * place
        out.append(_text(x0 + 18, y, said(label, translate), size=min(12, int(step) - 2)))
        out.append(_text(x0 + width - 18, y, said(value, translate), size=min(12, int(step) - 2), anchor="end"))
    return "".join(out)


def _text(
    x: float, y: float, text: str, *, size: int, anchor: str = "start", color: str = INK, weight: str = ""
) -> str:
    more = (f' text-anchor="{anchor}"' if anchor != "start" else "") + (f' font-weight="{weight}"' if weight else "")
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{color}"{more}>{escape(text)}</text>'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _tables(figure: Figure, translate: Translate) -> str:
    """Return the tables as text that is read aloud and not seen."""
    out = ['<g font-size="1" fill="none">']
    for plot in figure.plots:
        for table in plot.tables:
            out.append(f'<g role="table" aria-label="{escape(said(table.title, translate))}"><g role="row">')
            out += [f'<text role="columnheader">{escape(said(name, translate))}</text>' for name in table.columns]
            out.append("</g>")
            for row in table.rows:
                cells = "".join(f'<text role="cell">{escape(cell(one, translate))}</text>' for one in row)
                out.append(f'<g role="row">{cells}</g>')
            out.append("</g>")
    out.append("</g>")
    return "".join(out)
