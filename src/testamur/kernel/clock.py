"""The platform's one clock. ``recorded_at`` is always ``now()``; no caller can pass it.

The sample world runs under :func:`travel`, which works only after :func:`permit_travel`, called by the settings
when ``SAMPLE`` is true. Checkpoints and witnesses use :func:`real_now`: a sample may invent its past, the log may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta

_travelled: ContextVar[list[datetime] | None] = ContextVar("travelled", default=None)
_permitted = False


class TravelForbidden(RuntimeError):
    """Somebody tried to move the clock of a platform that is not a sample."""


def permit_travel(permitted: bool = True) -> None:
    """Let the sample world move the clock; called once by the settings of a sample platform."""
    global _permitted
    _permitted = permitted


def real_now() -> datetime:
    """Return the machine's instant, UTC, even while travelling."""
    return datetime.now(UTC)


def now() -> datetime:
    """Return the instant of recording, UTC. While travelling each call is one second later than the one before."""
    travelled = _travelled.get()
    if travelled is None:
        return real_now()
    travelled[0] += timedelta(seconds=1)
    return travelled[0]


@contextmanager
def travel(to: date | datetime) -> Iterator[None]:
    """Move the clock to a day (09:00 in China, 01:00 UTC) or instant for the length of a block.

    Raises:
        TravelForbidden: on a platform that is not a sample.
    """
    if not _permitted:
        raise TravelForbidden("The clock can be moved only on a platform whose settings say SAMPLE = True.")
    start = to if isinstance(to, datetime) else datetime.combine(to, time(1, 0), tzinfo=UTC)
    token = _travelled.set([start])
    try:
        yield
    finally:
        _travelled.reset(token)
