"""Tags of the frame both screens share: icons, links that exist, status words. ``{% load shell %}``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from testamur.diagnosis import queries as diagnosis
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.parties import queries as parties
from testamur.wording.templatetags.say import (
    answer_class,
    answer_icon,
    number,
    refusal,
    source,
    status_word,
    when,
    words,
)

register = template.Library()

#: The public pages in the order of the header; one that has no route yet is left out.
PUBLIC = (
    ("portal:verify", _("Verify a file")),
    ("portal:search", _("Search")),
    ("portal:bodies", _("Bodies")),
    ("portal:standards", _("Standards")),
    ("portal:schemes", _("Schemes")),
    ("portal:calculators", _("Calculators")),
    ("portal:methods", _("Quality methods")),
)
#: The workspace's entries with their icons; seven at most fit a phone.
WORK = (
    ("workspace:inbox", _("Your turn"), "inbox"),
    ("workspace:cases", _("Cases"), "folders"),
    ("workspace:certificates", _("Certificates"), "certificate"),
    ("workspace:deliveries", _("Reporting in"), "file-import"),
    ("workspace:workshop", _("Quality workshop"), "tool"),
    ("workspace:workshop-visits", _("Check-ups of others"), "gauge"),
    ("workspace:people", _("People"), "users"),
    ("workspace:schemes", _("Schemes"), "stack-2"),
    ("workspace:oversight", _("Oversight"), "eye"),
    ("workspace:organisation", _("Our organisation"), "building-bank"),
)


#: What tells a described cell from a text in two languages.
CELL = {"status", "instant", "day", "hash", "code", "source", "number", "text", "href", "note"}


@dataclass(frozen=True)
class Entry:
    """One link of a navigation."""

    href: str
    word: Any
    current: bool
    icon: str = ""
    count: int | None = None


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Draw an icon of the sprite, hidden from assistive technology: the word beside it says what it means."""
    return _drawn(static("vendor/icons.svg"), name, classes)


@lru_cache(maxsize=1024)  # a page draws the same dozen over and over
def _drawn(sprite: str, name: str, classes: str) -> SafeString:
    return format_html(
        '<svg class="icon{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        f" {classes}" if classes else "",
        sprite,
        name,
    )


@register.simple_tag
def status(code: str, text: str = "") -> SafeString:
    """Say a status with its icon and colour: ``{% status "suspended" %}``; ``text`` replaces the word."""
    return format_html(
        '<span class="t-status t-status--{}">{}{}</span>',
        answer_class(code),
        icon(answer_icon(code)),
        text or status_word(code),
    )


@register.simple_tag(name="value")
def value_tag(cell: Any) -> SafeString | str:
    """Say one value of a table or fact by its type.

    A mapping holds one of ``status``, ``instant``, ``day``, ``hash``, ``code``, ``source``, ``number``, ``text`` and
    optionally ``href`` and ``note``; a mapping of languages is a text.
    """
    if cell is None:
        return ""
    if isinstance(cell, Refused):
        return refusal(cell)
    if isinstance(cell, date):
        return when(cell)
    if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
        return number(cell)
    if not isinstance(cell, Mapping) or not CELL & cell.keys():
        return words(cell)
    said: Any = words(cell.get("text"))
    if "status" in cell:
        said = status(cell["status"], said)
    elif "instant" in cell or "day" in cell:
        said = when(cell.get("instant") or cell.get("day"), "" if "instant" in cell else "day")
    elif "hash" in cell:
        said = format_html('<span class="t-hash">{}</span>', cell["hash"])
    elif "code" in cell:
        said = format_html("<code>{}</code>", cell["code"])
    elif "source" in cell:
        said = source(cell["source"])
    elif "number" in cell:
        said = number(cell["number"])
    if cell.get("href"):
        said = format_html('<a href="{}">{}</a>', cell["href"], said)
    if cell.get("note"):
        said = format_html('{} <span class="t-muted t-small">{}</span>', said, words(cell["note"]))
    return said


def _entry(name: str, word: Any, path: str, **more: Any) -> Entry | None:
    try:
        href = reverse(name)
    except NoReverseMatch:
        return None
    # The inbox lies at the root of the workspace: every page is below it, so only itself counts as current.
    below = name != "workspace:inbox" and path.startswith(href.rstrip("/") + "/")
    return Entry(href, word, below or path.rstrip("/") == href.rstrip("/"), **more)


@register.simple_tag(takes_context=True)
def public_links(context: template.Context) -> list[Entry]:
    """Return the public pages that exist, the one we are on marked."""
    path = _path(context)
    found = (_entry(name, word, path) for name, word in PUBLIC)
    return [entry for entry in found if entry]


@register.simple_tag(takes_context=True)
def work_links(context: template.Context) -> list[Entry]:
    """Return the workspace's entries that exist. ``counts`` of the context maps a route name to its number."""
    path = _path(context)
    counts = context.get("counts") or {}
    entries = []
    request = context.get("request")
    membership = getattr(request, "membership", None)
    for name, word, symbol in WORK:
        if name == "workspace:workshop" and not (membership and membership.holds(Function.QUALITY)):
            continue  # those who certify others do no quality work of an enterprise here
        if name == "workspace:deliveries" and not (membership and membership.holds(Function.RECORDS)):
            continue
        if name == "workspace:workshop-visits" and not _is_guest(membership):
            continue
        count = context.get("your_turn") if name == "workspace:inbox" else counts.get(name)
        entry = _entry(name, word, path, icon=symbol, count=count)
        if entry:
            entries.append(entry)
    return entries


def _is_guest(membership: Any) -> bool:
    """Say whether somebody was let in to look at a check-up; who does quality work has a door in the workshop."""
    if membership is None or membership.holds(Function.QUALITY):
        return False
    return diagnosis.let_in(membership, parties.today(membership.organisation)).exists()


def _path(context: template.Context) -> str:
    request = context.get("request")
    return request.path if request is not None else ""
