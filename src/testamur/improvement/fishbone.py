"""The cause-and-effect diagram (Ishikawa), drawn as SVG; every word of it stands in a list beside it too."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from html import escape

from testamur.improvement.models import FishboneCause
from testamur.kernel.refusal import _
from testamur.tqm.figures.svg import FAINT, FONT, INK

WIDTH, LINE, HEAD = 980, 19, 190
#: Widest text of a cause, in half-width letters.
LETTERS = 27
BRANCHES = ("man", "machine", "material", "method", "measurement", "environment")
MARKS = {True: "✓ ", False: "✗ ", None: ""}


def drawn(effect: str, causes: Sequence[FishboneCause], translate: Callable[[str], str], language: str = "en") -> str:
    """Return the diagram.

    Args:
        effect: the problem, at the head.
        causes: possible causes; verified ones are bold with a tick, those ruled out are grey with a cross.
        translate: message → the reader's language.
    """
    hung = {branch: [one for one in causes if one.branch == branch] for branch in BRANCHES}
    most = max([len(rows) for rows in hung.values()] + [2])
    half = 40 + most * LINE
    height, spine = 2 * half + 24, half + 12
    step = (WIDTH - HEAD - 40) / 3
    body = [
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<path d="M20 {spine}H{WIDTH - HEAD}" stroke="{INK}" stroke-width="2.5"/>',
        f'<rect x="{WIDTH - HEAD}" y="{spine - 34}" width="{HEAD - 12}" height="68" rx="6" fill="none" '
        f'stroke="{INK}"/>',
    ]
    for place, text in enumerate(_lines(effect, 24, 3)):
        body.append(_text(WIDTH - HEAD + 12, spine - 12 + 18 * place, text, weight="600"))
    for place, branch in enumerate(BRANCHES):
        down = place >= 3
        body += _branch(
            translate(str(FishboneCause.Branch(branch).label)), hung[branch], 20 + (place % 3) * step, spine, half, down
        )
    title = translate(_("Cause-and-effect diagram"))
    said = "; ".join(
        ": ".join(
            [
                translate(str(FishboneCause.Branch(branch).label)),
                ", ".join(MARKS[one.verified] + one.text for one in rows),
            ]
        )
        for branch, rows in hung.items()
        if rows
    )
    mark = hashlib.sha256("".join([title, said, *body]).encode()).hexdigest()[:10]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" lang="{escape(language)}" font-family="{escape(FONT)}" aria-labelledby="t{mark} d{mark}">'
        f'<title id="t{mark}">{escape(title)}: {escape(effect)}</title><desc id="d{mark}">{escape(said)}</desc>'
        + "".join(body)
        + "</svg>"
    )


def _branch(
    name: str, causes: Sequence[FishboneCause], left: float, spine: float, half: float, down: bool
) -> list[str]:
    """Return one bone: its name at the end, its causes beside it."""
    sign = 1 if down else -1
    end = spine + sign * (half - 14)
    foot = left + 70
    parts = [
        f'<path d="M{left + 6:.0f} {end - sign * 8:.0f}L{foot:.0f} {spine:.0f}" stroke="{INK}" stroke-width="1.5"/>',
        _text(left, end + (12 if down else 0), name, weight="600"),
    ]
    for place, one in enumerate(causes):
        y = end - sign * (26 + place * LINE)
        x = left + 6 + (foot - left - 6) * abs(y - end) / max(abs(spine - end), 1)
        parts.append(f'<path d="M{x:.0f} {y:.0f}h12" stroke="{FAINT}"/>')
        parts.append(
            _text(
                x + 16, y + 4, MARKS[one.verified] + _lines(one.text, LETTERS, 1)[0], size=12,
                fill=FAINT if one.verified is False else INK, weight="700" if one.verified else "400",
            )
        )  # fmt: skip
    return parts


def _text(x: float, y: float, text: str, *, size: int = 13, weight: str = "400", fill: str = INK) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
    )


def _wide(text: str) -> int:
    """Return the width of a text in half-width letters."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _lines(text: str, width: int, most: int) -> list[str]:
    """Break a text into lines of a width; what does not fit ends in an ellipsis."""
    lines, rest = [""], text.strip()
    for piece in rest.split(" ") if " " in rest else list(rest):
        gap = " " if " " in rest and lines[-1] else ""
        if _wide(lines[-1] + gap + piece) <= width or not lines[-1]:
            lines[-1] += gap + piece
        else:
            lines.append(piece)
    shown = [_cut(line, width) for line in lines[:most]]
    if len(lines) > most:
        shown[-1] = _cut(shown[-1] + " ……", width) if _wide(shown[-1]) > width - 2 else shown[-1] + "…"
    return shown


def _cut(line: str, width: int) -> str:
    if _wide(line) <= width:
        return line
    while line and _wide(line) > width - 1:
        line = line[:-1]
    return line + "…"
