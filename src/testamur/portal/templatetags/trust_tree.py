"""The trust tree: certificate at the bottom, the authorities it rests on above it, roots on top.

``{% trust_tree tree %}`` draws it twice (wide and narrow; the page shows one) and says it as a list. One picture, one
source: both drawings and the list read the same links. A link is a mapping:

    kind       certificate, licence, accreditation, recognition, registration, qualification, designation,
               competence, law
    title      what people call it, e.g. "Licence SC-R-2019-0042"; without it the holder's name stands there
    holder, issuer, scope, status, why      texts or {"en", "zh"}; status is a code or words ("in force, covers this")
    valid_from, valid_until                 days, either may be missing
    verdict    valid, bad, held, silent or none; codes as "suspended" are understood
    url        page of the link, where there is one
    facts      more rows for the list: [{"label", "value"}]
    children   the links this one rests on
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from testamur.wording.templatetags.say import STATUSES, answer_class, answer_icon, day, language, status_word, words

register = template.Library()

KINDS = {
    "certificate": _("This certificate"),
    "licence": _("Right to operate"),
    "accreditation": _("Competence, confirmed by an accreditor"),
    "recognition": _("Recognition of the accreditor"),
    "registration": _("Registration of a person"),
    "qualification": _("Qualification of a laboratory"),
    "designation": _("Designation for compulsory work"),
    "competence": _("Competence of an authority"),
    "law": _("Root you trust"),
}
#: What the upper party does so that the lower link exists.
DOES = {
    "certificate": pgettext_lazy("trust tree", "issues"),
    "licence": pgettext_lazy("trust tree", "licenses"),
    "accreditation": pgettext_lazy("trust tree", "accredits"),
    "recognition": pgettext_lazy("trust tree", "recognises"),
    "registration": pgettext_lazy("trust tree", "registers"),
    "qualification": pgettext_lazy("trust tree", "qualifies"),
    "designation": pgettext_lazy("trust tree", "designates"),
    "competence": pgettext_lazy("trust tree", "empowers"),
}
#: One shape for each verdict, drawn in an 8 × 8 field, so that the picture reads without colour.
MARKS = {
    "valid": "l4 4l8 -8",
    "bad": "m0 -4l9 9m0 -9l-9 9",
    "held": "m2 -4v9m5 -9v9",
    "silent": "m4 -5v6m0 3v1",
    "none": "h9",
}
DEEPEST = 8  # a path has three credentials and a root; anything longer is a mistake in the data, not a picture
PADDING, LINE, GAP = 18, 19, 46
#: Where Chinese may break: after any character, but runs of Latin stay whole and no line begins with a closing mark.
CJK_PIECES = re.compile(r"(?:[A-Za-z0-9./:-]+|.)[、，。；：！？）》”’…]*")


@dataclass
class Link:
    """One link as the drawings and the list need it: every text already in the reader's language."""

    kind: str
    title: str
    holder: str
    issuer: str
    scope: str
    dates: str
    status: str
    answer: str
    why: str
    url: str
    facts: list[dict[str, str]]
    does: str
    children: list[Link] = field(default_factory=list)

    @property
    def word(self) -> str:
        return str(KINDS.get(self.kind, self.kind))

    @property
    def icon(self) -> str:
        return answer_icon(self.answer)

    def walk(self) -> Iterator[Link]:
        """Yield this link and all it rests on, each line of authority to its root before the next."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Text:
    """A line of text at a place of the drawing; ``style`` is a class."""

    x: int
    y: int
    words: str
    style: str = ""
    anchor: str = "start"


@dataclass(frozen=True)
class Box:
    """One link as drawn."""

    x: int
    y: int
    width: int
    height: int
    answer: str
    mark: str
    texts: tuple[Text, ...]

    @property
    def middle(self) -> int:
        return self.x + self.width // 2


@dataclass(frozen=True)
class Arrow:
    """A line of authority, from the upper party down to what it issued."""

    path: str
    head: str
    broken: bool
    label: Text | None


@dataclass(frozen=True)
class Picture:
    """A drawing: size in its own units, boxes over arrows."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


@register.inclusion_tag("portal/_trust_tree.html")
def trust_tree(tree: Mapping[str, Any] | None, ident: str = "trust") -> dict[str, Any]:
    """Draw the tree and say it as a list; ``ident`` keeps element ids apart where a page has two trees."""
    if not tree:
        return {"links": []}
    root = read(tree)
    links = list(root.walk())
    broken = [link.title for link in links[1:] if link.answer == "bad"]
    if broken:
        comma = "、" if language() == "zh" else ", "
        says = gettext("A line of authority is broken at: %(links)s.") % {"links": comma.join(broken)}
    elif any(link.answer not in {"valid", "none"} for link in links[1:]):
        says = gettext("Part of a line of authority cannot be confirmed from here.")
    else:
        says = gettext("Every line of authority reaches a root without a break.")
    drawings = [svg(wide(root), "wide", ident, says), svg(narrow(root), "narrow", ident, says)]
    return {"links": links, "drawings": drawings, "says": says, "ident": ident}


def svg(picture: Picture, shape: str, ident: str, says: str) -> SafeString:
    """Write one drawing. Written here and not by a template, which took longer for its numbers than all the rest."""
    ident = f"{ident}-{shape}"
    parts = [
        f'<svg class="t-tree t-tree--{shape}" viewBox="0 0 {picture.width} {picture.height}" role="img"'
        f' aria-labelledby="{ident}-t {ident}-d"><title id="{ident}-t">{escape(gettext("Lines of authority"))}</title>'
        f'<desc id="{ident}-d">{escape(says)}</desc>'
    ]
    for arrow in picture.arrows:
        broken = ' class="t-tree__broken"' if arrow.broken else ""
        parts.append(f'<path{broken} d="{arrow.path}"/><path class="t-tree__arrow" d="{arrow.head}"/>')
        if arrow.label:
            parts.append(_written(arrow.label))
    for box in picture.boxes:
        at = f'x="{box.x}" y="{box.y}"'
        parts.append(
            f'<g class="t-c--{box.answer}"><rect {at} width="{box.width}" height="{box.height}" rx="5"/>'
            f'<rect class="t-tree__bar" {at} width="6" height="{box.height}"/>'
        )
        parts += map(_written, box.texts)
        parts.append(f'<path class="t-tree__mark" d="{box.mark}"/></g>')
    return mark_safe("".join([*parts, "</svg>"]))


def _written(text: Text) -> str:
    style = f' class="{text.style}"' if text.style else ""
    anchor = "" if text.anchor == "start" else f' text-anchor="{text.anchor}"'
    return f'<text{style} x="{text.x}" y="{text.y}"{anchor}>{escape(text.words)}</text>'


def read(node: Mapping[str, Any], depth: int = 0) -> Link:
    """Read one mapping of the module's description; unknown keys are left alone."""
    kind = str(node.get("kind") or "")
    since, until = node.get("valid_from"), node.get("valid_until")
    if since and until:
        dates = gettext("%(since)s to %(until)s") % {"since": day(since), "until": day(until)}
    elif since:
        dates = gettext("since %(day)s") % {"day": day(since)}
    else:
        dates = gettext("until %(day)s") % {"day": day(until)} if until else words(node.get("dates"))
    status = node.get("status")
    children = node.get("children") or []
    return Link(
        kind=kind,
        title=words(node.get("title")) or words(node.get("holder")),
        holder=words(node.get("holder")),
        issuer=words(node.get("issuer")),
        scope=words(node.get("scope")),
        dates=dates,
        status=status_word(status) if str(status) in STATUSES else words(status),
        answer=answer_class(node.get("verdict") or status or "none"),
        why=words(node.get("why")),
        url=str(node.get("url") or ""),
        facts=[{"label": words(f.get("label")), "value": words(f.get("value"))} for f in node.get("facts") or []],
        does=words(node.get("does")) or str(DOES.get(kind, "")),
        children=[read(child, depth + 1) for child in children] if depth < DEEPEST else [],
    )


# Measuring -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)  # a page measures the same words for both of its drawings
def width_of(text: str, size: float) -> float:
    """Estimate a text's width in the drawing's units: no font is measured here, so it errs on the wide side."""
    return sum(1.02 if ord(char) >= 0x2E80 else 0.68 if char.isupper() else 0.57 for char in text) * size


@lru_cache(maxsize=4096)  # a box is measured before it is drawn, in both drawings, and most stand on many pages
def wrap(text: str, size: float, room: float, lines: int) -> tuple[str, ...]:
    """Break a text into at most ``lines`` lines of a width; what does not fit ends in an ellipsis."""
    pieces: list[str] = []
    for word in text.split():
        cjk = any(ord(char) >= 0x2E80 for char in word)
        broken = CJK_PIECES.findall(word) if cjk else list(word) if width_of(word, size) > room else [word]
        pieces += [*([" "] if pieces else []), *broken]
    done, line = [], ""
    for piece in pieces:
        if line and width_of(line + piece, size) > room:
            done.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    done.append(line.rstrip())
    done = [part for part in done if part]
    if len(done) <= lines:
        return tuple(done)
    last = done[lines - 1]
    while last and width_of(last + "…", size) > room:
        last = last[:-1]
    return (*done[: lines - 1], last.rstrip() + "…")


def _lines(link: Link, width: int) -> list[tuple[str, str]]:
    """Return (text, style) of every line in a box, the status apart and last."""
    room = width - 2 * PADDING
    said = [(part, "t-tree__h") for part in wrap(link.title, 15, room, 2)]
    if link.holder and link.holder != link.title:
        said += [(part, "") for part in wrap(link.holder, 13, room, 1)]
    said += [(part, "") for part in wrap(link.scope, 13, room, 2)]
    said += [(part, "") for part in wrap(link.dates, 13, room, 1)]
    return said


def _height(link: Link, width: int) -> int:
    return 16 + LINE * (len(_lines(link, width)) + 1) + 10


def _box(link: Link, x: int, y: int, width: int, height: int) -> Box:
    texts, at = [], y + 25
    for said, style in _lines(link, width):
        texts.append(Text(x + PADDING, at, said, style))
        at += LINE + (2 if style else 0)
    base = y + height - 14
    shown = link.status or _answer_word(link.answer)
    status = wrap(shown, 13, width - 2 * PADDING - 20, 1)
    texts.append(Text(x + PADDING + 20, base, status[0] if status else "", "t-tree__s"))
    mark = f"M{x + PADDING + 1} {base - 4}{MARKS[link.answer]}"
    return Box(x, y, width, height, link.answer, mark, tuple(texts))


def _answer_word(answer: str) -> str:
    if answer == "none":
        return gettext("neither demanded nor claimed")
    return str(status_word({"bad": "not_valid", "silent": "not_reporting"}.get(answer, answer)))


def _down(x: int, y: int) -> str:
    return f"M{x - 6} {y - 9}h12l-6 9z"


# Two drawings --------------------------------------------------------------------------------------------------------


def wide(root: Link) -> Picture:
    """Draw columns, one for each root; a link stands over the middle of what rests on it."""
    leaves = sum(1 for link in root.walk() if not link.children)
    column, gutter = (350, 30) if leaves <= 2 else (236, 16)
    total = max(740, leaves * column + (leaves - 1) * gutter) + 10
    rows = _rows(root)
    tall: dict[int, int] = {}
    for link, row in rows.values():
        tall[row] = max(tall.get(row, 0), _height(link, _wide_width(link, root, column)))
    top, y = {}, 4
    for row in sorted(tall, reverse=True):
        top[row] = y
        y += tall[row] + GAP
    boxes: dict[int, Box] = {}
    start = 5 + (total - 10 - leaves * column - (leaves - 1) * gutter) // 2
    taken = iter(range(leaves))

    def place(link: Link) -> int:
        middles = [place(child) for child in link.children]
        middle = sum(middles) // len(middles) if middles else start + next(taken) * (column + gutter) + column // 2
        row, width = rows[id(link)][1], _wide_width(link, root, column)
        boxes[id(link)] = _box(link, middle - width // 2, top[row], width, tall[row])
        return middle

    place(root)
    arrows = []
    for link in root.walk():
        lower = boxes[id(link)]
        for n, child in enumerate(link.children):
            upper = boxes[id(child)]
            arrows.append(_wide_arrow(link, child, upper, lower, n))
    return Picture(total, y - GAP + 6, tuple(boxes.values()), tuple(arrows))


def _wide_width(link: Link, root: Link, column: int) -> int:
    return 450 if link is root else column


def _rows(root: Link) -> dict[int, tuple[Link, int]]:
    """Give each link its row, counted from the certificate up; every root stands in the top row."""
    rows: dict[int, tuple[Link, int]] = {}

    def descend(link: Link, row: int) -> None:
        rows[id(link)] = (link, row)
        for child in link.children:
            descend(child, row + 1)

    descend(root, 0)
    deepest = max(row for _link, row in rows.values())
    return {key: (link, row if link.children or link is root else deepest) for key, (link, row) in rows.items()}


def _wide_arrow(link: Link, child: Link, upper: Box, lower: Box, n: int) -> Arrow:
    start, end = upper.y + upper.height, lower.y
    count = len(link.children)
    target = (
        upper.middle
        if count == 1 and upper.middle == lower.middle
        else (lower.x + lower.width * (n + 1) // (count + 1))
    )
    if target == upper.middle:
        path = f"M{target} {start}V{end - 7}"
    else:
        path = f"M{upper.middle} {start}V{end - GAP // 2}H{target}V{end - 7}"
    # Several authorities issue one thing together: their word is written once, beside the first arrow.
    label_y = (start + end) // 2 + 4 if count == 1 else end - 9
    label = Text(target + 12, label_y, link.does, "t-tree__edge") if link.does and n == 0 else None
    return Arrow(path, _down(target, end), child.answer == "bad", label)


def narrow(root: Link) -> Picture:
    """Stack the links for a phone: roots first, the certificate last; lines that cannot be straight run at the left."""
    order: list[tuple[Link, Link | None]] = []

    def stack(link: Link, below: Link | None) -> None:
        for child in link.children:
            stack(child, link)
        order.append((link, below))

    stack(root, None)
    gutter = 8 + 14 * max(0, max(len(link.children) for link, _b in order) - 1)
    width = 354 - gutter - 4
    boxes: dict[int, Box] = {}
    y = 4
    for link, _below in order:
        height = _height(link, width)
        boxes[id(link)] = _box(link, gutter, y, width, height)
        y += height + 34
    arrows = []
    lanes: dict[int, int] = {}
    for n, (link, below) in enumerate(order):
        if below is None:
            continue
        upper, lower = boxes[id(link)], boxes[id(below)]
        broken = link.answer == "bad"
        if order[n + 1][0] is below:
            x, start, end = upper.middle, upper.y + upper.height, lower.y
            label = Text(x + 12, (start + end) // 2 + 4, below.does, "t-tree__edge") if below.does else None
            arrows.append(Arrow(f"M{x} {start}V{end - 7}", _down(x, end), broken, label))
        else:
            lane = lanes[id(below)] = lanes.get(id(below), 0) + 1
            x = gutter - 14 * lane
            from_y, to_y = upper.y + upper.height // 2, lower.y + lower.height // 2 + 8 * (lane - 1)
            head = f"M{gutter - 9} {to_y - 6}v12l9 -6z"
            arrows.append(Arrow(f"M{gutter} {from_y}H{x}V{to_y}H{gutter - 7}", head, broken, None))
    return Picture(354, y - 34 + 6, tuple(boxes.values()), tuple(arrows))
