"""Components of the workspace that need a little thinking before they are drawn: ``{% load work %}``.

Formatting is left to the templates (``{% load say shell %}``): each value is said in the reader's language once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

#: The seven functions of ISO/IEC 17000, in their order; a stepper always shows all seven.
FUNCTIONS = (
    ("application", _("Application")),
    ("selection", _("Selection")),
    ("determination", _("Determination")),
    ("review", _("Review")),
    ("decision", _("Decision")),
    ("attestation", _("Attestation")),
    ("surveillance", _("Surveillance")),
)
#: Tone of a pill → the icon it has when none is named.
TONE_ICONS = {
    "ok": "circle-check",
    "warn": "alert-triangle",
    "bad": "circle-x",
    "info": "progress",
    "mute": "circle-dashed",
    "susp": "player-pause",
    "turn": "arrow-right",
}
#: Status of an attestation → tone of its pill.
STATUS_TONES = {
    "valid": "ok",
    "suspended": "susp",
    "withdrawn": "bad",
    "cancelled": "mute",
    "expired": "mute",
    "superseded": "warn",
}
#: Above this the two clocks of a record differ visibly (design, principle 6).
GAP = timedelta(hours=4)

#: How each of the scheme language's 19 field types is asked. The partials are ``workspace/fields/_<shape>.html``.
SHAPES = {
    "text": "line",
    "identifier": "line",
    "organisation": "line",
    "person": "line",
    "country": "line",
    "long_text": "lines",
    "address": "lines",
    "whole_number": "amount",
    "decimal": "amount",
    "money": "amount",
    "date": "day",
    "yes_no": "one_of",
    "choice": "one_of",
    "choices": "some_of",
    "file": "files",
    "files": "files",
    "sites": "rows",
    "products": "rows",
    "people": "rows",
}
#: More options than this are a list to choose from, not buttons to read.
FEW = 7
#: Columns of the composite types, which the platform draws itself; a field may bring its own ``columns``.
COLUMNS: dict[str, tuple[dict[str, Any], ...]] = {
    "sites": (
        {"id": "name", "label": _("Name of the site"), "type": "text"},
        {"id": "address", "label": _("Address"), "type": "text"},
        {"id": "people", "label": _("People there"), "type": "whole_number"},
        {"id": "central", "label": _("Central function"), "type": "yes_no"},
    ),
    "products": (
        {"id": "name", "label": _("Product"), "type": "text"},
        {"id": "model", "label": _("Model"), "type": "text"},
        {"id": "trademark", "label": _("Trademark"), "type": "text"},
        {"id": "difference", "label": _("Difference from the others"), "type": "text"},
    ),
    "people": (
        {"id": "work", "label": _("What they do"), "type": "text"},
        {"id": "number", "label": _("How many people"), "type": "whole_number"},
        {"id": "hours", "label": _("Hours a week each"), "type": "decimal"},
    ),
}


@register.inclusion_tag("workspace/_stepper.html")
def stepper(steps: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Draw the seven functions.

    ``steps`` maps a function to ``{"state": done, now or next, "note", "href"}``; a missing one comes later.
    """
    shown = []
    for number, (function, name) in enumerate(FUNCTIONS, start=1):
        step = steps.get(function) or {}
        shown.append(
            {
                "number": number,
                "name": name,
                "state": step.get("state") or "next",
                **{key: step.get(key) for key in ("note", "href")},
            }
        )
    return {"steps": shown}


@register.inclusion_tag("workspace/_pill.html")
def pill(tone: str, text: Any, icon: str = "") -> dict[str, Any]:
    """Say a state in a word with shape and colour; ``tone`` is ok, warn, bad, info, mute, susp or turn."""
    return {"tone": tone, "text": text, "symbol": icon or TONE_ICONS.get(tone, "circle-dashed")}


@register.inclusion_tag("workspace/_pill.html")
def status_pill(code: Any) -> dict[str, Any]:
    """Say the status of an attestation as a pill."""
    tone = STATUS_TONES.get(str(code), "mute")
    symbols = {"cancelled": "circle-off", "expired": "clock"}
    return {"tone": tone, "text": str(code), "is_status": True, "symbol": symbols.get(str(code), TONE_ICONS[tone])}


@register.inclusion_tag("workspace/_term.html")
def term(value: Mapping[str, Any]) -> dict[str, Any]:
    """Draw a term: one cell for each day, with the sentence that says the same.

    ``value`` holds title, today, due, says (sentence), source and, for a working-day term, ``days``: (day, is it a
    working day) from the first day to the last, optionally (day, working, paused). Without ``days`` it is a
    calendar term.
    """
    today, due = value.get("today"), value.get("due")
    cells, length, position = [], 0, 0
    for entry in value.get("days") or ():
        when, working = entry[0], entry[1]
        paused = len(entry) > 2 and entry[2]
        if working:
            length += 1
            position += bool(today is not None and when <= today)
        cells.append(_cell(when, working, paused, today, due))
    left = (due - today).days if isinstance(due, date) and isinstance(today, date) else None
    return {
        **value,
        "cells": cells,
        "length": length,
        "position": max(position, 1),
        "left": left,
        "late": left is not None and left < 0,
        "late_by": -left if left is not None else 0,
    }


def _cell(when: date, working: bool, paused: bool, today: date | None, due: date | None) -> str:
    if not working:
        return "is-off"
    if paused:
        return "is-pause"
    if due is not None and when == due:
        return "is-last"
    if today is not None and when == today:
        return "is-today"
    return "is-past" if today is not None and when < today else ""


@register.filter
def gap(event: Mapping[str, Any] | Any) -> bool:
    """Say whether a record came more than four hours after what it records."""
    effective = event.get("effective_at") if isinstance(event, Mapping) else getattr(event, "effective_at", None)
    recorded = event.get("recorded_at") if isinstance(event, Mapping) else getattr(event, "recorded_at", None)
    if isinstance(effective, datetime) and isinstance(recorded, datetime):
        return recorded - effective > GAP
    if isinstance(effective, date) and isinstance(recorded, datetime):
        return recorded.date() > effective
    return False


@register.inclusion_tag("workspace/_blocked.html")
def blocked(label: Any, refused: Any, ident: str, icon: str = "lock", hand_over_href: str = "") -> dict[str, Any]:
    """Show a button that may not be pressed: focusable, with the reason, its clause, who can and from when.

    ``refused`` is a ``kernel.refusal.Refused``; ``ident`` ties the reason to the button.
    """
    return {"label": label, "refused": refused, "ident": ident, "symbol": icon, "hand_over_href": hand_over_href}


@register.inclusion_tag("workspace/_field.html")
def field(question: Mapping[str, Any]) -> dict[str, Any]:
    """Ask one question of a scheme's form. ``workspace/_field.html`` describes the mapping."""
    kind = str(question.get("type") or "text")
    shape = SHAPES.get(kind, "line")
    name = str(question.get("name") or question["id"])
    ident = f"f-{name}"
    described = [f"{ident}-help"] if question.get("help") or (shape == "amount" and question.get("unit")) else []
    if question.get("error"):
        described.insert(0, f"{ident}-error")
    options = _options(question, kind)
    value = question.get("value")
    asked: dict[str, Any] = {
        **question,
        "name": name,
        "ident": ident,
        "kind": kind,
        "template": f"workspace/fields/_{shape}.html",
        "grouped": shape in {"some_of", "rows"} or (shape == "one_of" and len(options) <= FEW),
        "described": " ".join(described),
        "options": options,
        "few": len(options) <= FEW,
        "required": question.get("required", True),
        "value": "" if value is None else value,
        "accepts": ",".join(f".{ending.lstrip('.')}" for ending in question.get("accept") or ()),
    }
    if shape == "rows":
        asked |= _rows(question, kind, name, value)
    return {"field": asked}


def _options(question: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    chosen = question.get("value")
    if kind == "yes_no":
        answer = {True: "true", False: "false"}.get(chosen, str(chosen).lower()) if chosen not in (None, "") else ""
        return [
            {"value": "true", "label": _("Yes"), "chosen": answer in {"true", "yes"}},
            {"value": "false", "label": _("No"), "chosen": answer in {"false", "no"}},
        ]
    several = chosen if isinstance(chosen, (list, tuple, set)) else [chosen]
    picked = {str(one) for one in several if one is not None}
    options = []
    for option in question.get("options") or ():
        if isinstance(option, Mapping):
            value = str(option.get("id", option.get("value", "")))
            label = option.get("label") or {key: text for key, text in option.items() if key not in {"id", "value"}}
            options.append(
                {"value": value, "label": label or value, "note": option.get("note"), "chosen": value in picked}
            )
        else:
            options.append({"value": str(option), "label": str(option), "chosen": str(option) in picked})
    # What was answered once stays in sight, even when the list no longer has it: a form must not lose an answer.
    lost = picked - {option["value"] for option in options} - {""}
    return [*options, *({"value": one, "label": one, "chosen": True} for one in sorted(lost))] if options else []


def _rows(question: Mapping[str, Any], kind: str, name: str, value: Any) -> dict[str, Any]:
    """Lay out the rows of a composite answer; inputs are called ``<name>-<row>-<column>``, rows count from 0."""
    columns = list(question.get("columns") or COLUMNS[kind])
    given = list(value) if isinstance(value, (list, tuple)) else []
    blank = int(question.get("more") or (0 if given else 1))
    rows = [
        [{**column, "input": f"{name}-{n}-{column['id']}", "value": _text(row, column["id"])} for column in columns]
        for n, row in enumerate([*given, *({} for _more in range(blank))])
    ]
    return {"rows": rows, "list_id": f"rows-{name}"}


def _text(row: Any, key: str) -> Any:
    value = row.get(key, "") if isinstance(row, Mapping) else ""
    return "" if value is None else value


@register.filter
def conditions(when: Any) -> list[Mapping[str, Any]]:
    """Return a scheme's ``when`` as a list of conditions; one or none become a list too."""
    if not when:
        return []
    return [when] if isinstance(when, Mapping) else list(when)


@register.filter
def as_json(value: Any) -> str:
    """Write a value as JSON for a data attribute; the template escapes it."""
    return json.dumps(value, ensure_ascii=False, default=str)
