"""Links in letters: signed, so that nothing need be kept of them; each opens one thing only.

A link that asks ends; the one that stops a watch does not, because a letter can be old.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.urls import reverse

#: Seconds: to answer the letter that asks, and to look through one's list.
TO_CONFIRM, TO_LIST = 48 * 3600, 24 * 3600
_SALT = "testamur.notices."


def confirm(watch: str) -> str:
    """Return the address that confirms a watch."""
    return _address("watch-confirm", signing.dumps(watch, salt=_SALT + "confirm"))


def stop(watch: str) -> str:
    """Return the address that stops a watch."""
    return _address("watch-stop", signing.dumps(watch, salt=_SALT + "stop"))


def listed(watcher: str) -> str:
    """Return the address of somebody's own list."""
    return _address("watch-list", signing.dumps(watcher, salt=_SALT + "list"))


def read(kind: str, token: str) -> str | None:
    """Return what a link names; None where it is none of ours, or too old.

    Args:
        kind: ``confirm``, ``stop`` or ``list``.
    """
    age = {"confirm": TO_CONFIRM, "list": TO_LIST}.get(kind)
    try:
        found = signing.loads(token[:300], salt=_SALT + kind, max_age=age)
    except signing.BadSignature:
        return None
    return found if isinstance(found, str) else None


def _address(route: str, token: str) -> str:
    return settings.ORIGIN + reverse(f"portal:{route}", args=[token])
