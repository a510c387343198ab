"""What is remembered of changes, of those who follow them, and of what is on its way to them."""

from testamur.notices.models.changes import Change, ChangedStandard, Line, Told
from testamur.notices.models.endpoints import Endpoint, Secret
from testamur.notices.models.outbox import Attempt, Message
from testamur.notices.models.watches import Watch, Watcher

__all__ = [
    "Attempt",
    "Change",
    "ChangedStandard",
    "Endpoint",
    "Line",
    "Message",
    "Secret",
    "Told",
    "Watch",
    "Watcher",
]
