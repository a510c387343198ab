"""Work of the worker."""

from __future__ import annotations

from testamur.notices import expiring, notifying, outbox, telling
from testamur.notices.actions import watches


def tell() -> None:
    """Let the line of changes follow what was recorded and what days end; queue what its followers shall hear."""
    telling.follow()
    expiring.follow()
    notifying.notify()


def send() -> int:
    """Send what is due; returns how many messages were tried."""
    return outbox.send_due()


def daily() -> None:
    """Queue letters that gather a day or a week; forget what is kept no longer. Asked often, done when due."""
    notifying.digest()
    watches.forget()
    outbox.tidy()
