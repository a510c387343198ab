"""A radar of scores as SVG: at most three shapes, each told apart by its line and not by colour alone.

Every number of it also stands in a table beside it; the drawing says so in its label.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

WIDTH, HEIGHT, RADIUS = 560, 390, 130
CENTRE = (WIDTH / 2, HEIGHT / 2)
#: Longest line of a label, signs; longer ones are broken at a space.
LINE = 18
STYLES = (
    'fill="#14507f" fill-opacity="0.14" stroke="#14507f" stroke-width="2"',
    'fill="none" stroke="#a5600a" stroke-width="1.6" stroke-dasharray="6 4"',
    'fill="none" stroke="#4a4a86" stroke-width="1.4" stroke-dasharray="1.5 3"',
)


@dataclass(frozen=True)
class Shape:
    """One shape: its name, and a score from 0 to 100 for each axis; None leaves a corner out."""

    name: str
    scores: Sequence[float | None]


def svg(axes: Sequence[str], shapes: Sequence[Shape], label: str) -> SafeString:
    """Return the drawing.

    Args:
        axes: names around the circle, at least three.
        shapes: the first is filled; at most three.
        label: what it is, for who cannot see it.
    """
    parts = [
        f'<svg class="ws-radar" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(label)}" font-family="Noto Sans, Noto Sans SC, sans-serif" font-size="12">'
    ]
    for ring in (20, 40, 60, 80, 100):
        points = " ".join(_at(n, len(axes), ring) for n in range(len(axes)))
        parts.append(f'<polygon class="grid" points="{points}" fill="none" stroke="#c3cbcc" stroke-width="0.8"/>')
    for n, name in enumerate(axes):
        x, y = _point(n, len(axes), 100)
        parts.append(
            f'<line class="grid" x1="{CENTRE[0]:.1f}" y1="{CENTRE[1]:.1f}" x2="{x:.1f}" y2="{y:.1f}"'
            ' stroke="#c3cbcc" stroke-width="0.8"/>'
        )
        parts.append(_label(n, len(axes), name))
    for ring in (20, 60, 100):
        x, y = _point(0, len(axes), ring)
        parts.append(f'<text class="tick" x="{x + 4:.1f}" y="{y + 4:.1f}" font-size="10" fill="#475663">{ring}</text>')
    # The filled shape first, so that lines lie on it.
    for place, shape in enumerate(shapes[: len(STYLES)]):
        known = [(n, score) for n, score in enumerate(shape.scores) if score is not None]
        if len(known) > 2:
            points = " ".join(_at(n, len(axes), score) for n, score in known)
            parts.append(f'<polygon class="shape{place}" points="{points}" {STYLES[place]}/>')
        if place == 0:
            for n, score in known:
                x, y = _point(n, len(axes), score)
                parts.append(f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#14507f"/>')
    parts.append("</svg>")
    return mark_safe("".join(parts))


def _point(n: int, count: int, score: float) -> tuple[float, float]:
    angle = 2 * math.pi * n / count - math.pi / 2
    length = RADIUS * score / 100
    return CENTRE[0] + length * math.cos(angle), CENTRE[1] + length * math.sin(angle)


def _at(n: int, count: int, score: float) -> str:
    x, y = _point(n, count, score)
    return f"{x:.1f},{y:.1f}"


def _label(n: int, count: int, name: str) -> str:
    x, y = _point(n, count, 113)
    anchor = "middle" if abs(x - CENTRE[0]) < 8 else "start" if x > CENTRE[0] else "end"
    lines = _broken(name)
    top = y - 6 * (len(lines) - 1) - (8 if y < CENTRE[1] - RADIUS * 0.9 else 0) + 4
    rows = "".join(f'<tspan x="{x:.1f}" y="{top + 14 * k:.1f}">{escape(line)}</tspan>' for k, line in enumerate(lines))
    return f'<text class="name" text-anchor="{anchor}" font-weight="600" fill="#17232e">{rows}</text>'


def _broken(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= LINE:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
