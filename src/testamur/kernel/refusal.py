"""A refusal: a sentence that a person can act on, with the rule and the source it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any


def _(message: str) -> str:
    """Mark an English sentence for extraction; it is translated where it is shown, never here."""
    return message


class Refused(Exception):
    """A policy says no.

    Args:
        message_id: the English sentence with named placeholders,
            e.g. ``"{person} evaluated this case and cannot decide it."``.
        facts: values of the placeholders. Days, decimals and texts in two languages (``{"en": …, "zh": …}``)
            keep their type, so that each language can format them.
        rule: id of the rule or policy, e.g. ``"CAB.decision_independence"``.
        source: versioned clause, e.g. ``"iso-17021-1@2015#9.5.1"``.
        who: who can change the situation (an English sentence fragment, marked with ``_``).
        until: the day from which it would be allowed, where known.
        field: the form field or file place the refusal is about, where there is one.
    """

    def __init__(
        self,
        message_id: str,
        facts: Mapping[str, Any] | None = None,
        *,
        rule: str = "",
        source: str = "",
        who: str = "",
        until: date | None = None,
        field: str = "",
    ) -> None:
        super().__init__(message_id)
        self.message_id = message_id
        self.facts = dict(facts or {})
        self.rule = rule
        self.source = source
        self.who = who
        self.until = until
        self.field = field

    def sentence(self, translate: Callable[[str], str] = str, shown: Callable[[Any], str] | None = None) -> str:
        """Return the sentence in the reader's language.

        Args:
            translate: message id → sentence with the same placeholders.
            shown: formats one fact for the reader; default is plain English text.
        """
        shown = shown or plain
        facts = {name: shown(value) for name, value in self.facts.items()}
        return translate(self.message_id).format_map(facts)

    def __str__(self) -> str:
        return self.sentence()


def plain(value: Any) -> str:
    """Format one fact in English: days in ISO form, two-language texts by their English part."""
    if isinstance(value, Mapping):
        return str(value.get("en") or next(iter(value.values()), ""))
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(plain(item) for item in value)
    return str(value)


def refusal_of(check: Callable[..., Any], *args: Any, **kwargs: Any) -> Refused | None:
    """Run a ``check_*`` policy and return its refusal, or None where it allows: for "why can't I press this?"."""
    try:
        check(*args, **kwargs)
    except Refused as refusal:
        return refusal
    return None


def allows(check: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Say whether a ``check_*`` policy allows, as templates need it."""
    return refusal_of(check, *args, **kwargs) is None
