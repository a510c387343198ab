"""Names, refusals and form fields as the reader sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from testamur.kernel.refusal import Refused
from testamur.parties import functions as duties

register = template.Library()


def script() -> str:
    """Return the reader's script as names are keyed by it."""
    return "zh" if (translation.get_language() or "en").startswith("zh") else "en"


@register.filter
def named(texts: Mapping[str, str] | None) -> str:
    """Return a text in two languages in the reader's, or in the other where there is only one."""
    texts = texts or {}
    return texts.get(script()) or next((text for text in texts.values() if text), "")


@register.filter
def other_name(texts: Mapping[str, str] | None) -> str:
    """Return the text in the script the reader does not read, where it differs."""
    texts = texts or {}
    other = texts.get("en" if script() == "zh" else "zh", "")
    return other if other != named(texts) else ""


@register.filter
def sentence(refusal: Refused) -> str:
    """Return a refusal's sentence in the reader's language."""
    return refusal.sentence(gettext, shown)


@register.filter
def function_words(functions: object) -> str:
    """Return the names of functions in the reader's language."""
    return named(duties.words(functions))


def shown(value: Any) -> str:
    """Format one fact of a refusal for the reader."""
    if isinstance(value, Mapping):
        return named(value)
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, (list, tuple)):
        return ("、" if script() == "zh" else ", ").join(shown(item) for item in value)
    return str(value)


@register.inclusion_tag("parties/_field.html")
def field(bound: BoundField, label: str = "", hint: str = "") -> dict[str, Any]:
    """Show a form field: label, hint, message, control; the three are tied together for assistive technology."""
    widget = bound.field.widget
    hint = hint or str(bound.help_text or "")
    described = [f"{bound.auto_id}-hint"] if hint else []
    described += [f"{bound.auto_id}-error"] if bound.errors else []
    attributes: dict[str, Any] = {"aria-describedby": " ".join(described)} if described else {}
    if bound.errors:
        attributes["aria-invalid"] = "true"
    several = isinstance(widget, (RadioSelect, CheckboxSelectMultiple))
    single = isinstance(widget, CheckboxInput)
    if not (several or single):
        attributes["class"] = "t-input"
    return {
        "bound": bound,
        "label": label or bound.label,
        "hint": hint,
        "several": several,
        "single": single,
        "control": bound.as_widget(attrs=attributes),
        "optional": not (bound.field.required or single or bound.name in getattr(bound.form, "conditional", ())),
    }
