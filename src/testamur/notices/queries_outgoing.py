"""Questions to the outbox: what waits, what fails, what was given up, and for whom, without saying who it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from django.db.models import Count, Q, QuerySet

from testamur.notices.models import Attempt, Message

State, Channel = Message.State, Message.Channel
#: What a list is narrowed to → which messages these are.
STATES: dict[str, Q] = {
    "open": ~Q(state=State.SENT),
    "waiting": Q(state=State.WAITING, attempted=0),
    "failing": Q(state=State.WAITING, attempted__gt=0),
    "dead": Q(state=State.DEAD),
    "sent": Q(state=State.SENT),
}
_HOST = re.compile(r"[a-z0-9.:\[\]-]{1,200}")


def outgoing(state: str = "open", channel: str = "", text: str = "") -> QuerySet[Message]:
    """Return messages, newest first, without their contents.

    Args:
        state: key of ``STATES``; anything else: open.
        channel: ``mail`` or ``webhook``; anything else: both.
        text: what somebody who asks can tell: an id (``msg_…``), a whole mail address, or the beginning of a host.
            Parts of mail addresses and of paths find nothing, so that nobody gets to know them by trying.
    """
    rows = Message.objects.filter(STATES.get(state, STATES["open"]))
    if channel in Channel.values:
        rows = rows.filter(channel=channel)
    if text:
        rows = rows.filter(_named(text))
    return rows.select_related("watcher__account", "account", "endpoint__organisation").defer("body").order_by("-id")


def _named(text: str) -> Q:
    if "@" in text:
        ways = ("watcher__address", "watcher__account__email", "account__email")
        return Q(*((f"{way}__iexact", text) for way in ways), _connector=Q.OR)
    found = Q(public_id=text.removeprefix("msg_").upper())
    host = text.casefold().removeprefix("https://").removeprefix("http://")
    if _HOST.fullmatch(host):
        found |= Q(endpoint__url__istartswith=f"https://{host}") | Q(endpoint__url__istartswith=f"http://{host}")
    return found


def counts() -> dict[str, int]:
    """Return how many messages are in which state, by the keys of ``STATES``."""
    found: dict[str, int] = Message.objects.aggregate(
        **{key: Count("pk", filter=condition) for key, condition in STATES.items()}
    )
    return found


def is_off(message: Message) -> bool:
    """Say whether a message can only be sent when its owner switches the webhook on again."""
    return message.endpoint is not None and not message.endpoint.lives


def sendable(message: Message) -> bool:
    """Say whether a message can be sent again."""
    return message.state != State.SENT and not is_off(message)


def receiver(message: Message) -> str:
    """Return whom a message goes to, so far as who runs the installation needs it: no mail address, no path.

    A path may hold a secret of its owner's; a mail address is a person's.
    """
    if message.endpoint is not None:
        parts = urlsplit(message.endpoint.url)
        return f"{parts.scheme}://{parts.hostname or ''}/…"
    account = message.account
    address = message.watcher.goes_to if message.watcher is not None else account.email if account is not None else ""
    name, _at, host = address.rpartition("@")
    return f"{name[:1]}…@{host}" if host else "–"


def problems(messages: Iterable[Message]) -> dict[int, str]:
    """Return of messages, by their ids, why the last try failed; those without a try, or that arrived, say nothing."""
    found: dict[int, str] = {}
    tries = Attempt.objects.filter(message__in=[one.pk for one in messages]).order_by("message", "-id")
    for message, problem in tries.values_list("message", "problem"):
        found.setdefault(message, problem)
    return found
