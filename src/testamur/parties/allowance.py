"""How much one caller may ask in a minute, counted in this process and told in the headers of every answer.

The address itself is not kept: a digest that changes with the minute is enough to count by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from testamur.kernel import clock

MINUTE = 60  # seconds
#: Callers counted in one minute; beyond that the oldest are forgotten, so that nobody can fill the memory.
CALLERS_MOST = 200_000


class Taken(NamedTuple):
    """What is left of an allowance after a request.

    Attributes:
        allowed: the request may be answered.
        limit: units a minute. left: of them in this minute. reset: seconds until the next one.
    """

    allowed: bool
    limit: int
    left: int
    reset: int

    def headers(self) -> dict[str, str]:
        """Return the header fields that tell a caller."""
        found = {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.reset),
        }
        return found if self.allowed else {**found, "Retry-After": str(self.reset)}


class Counts:
    """Counts of the running minute."""

    def __init__(self) -> None:
        self._minute, self._taken, self._lock = 0, dict[bytes, int](), Lock()

    def take(self, action: str, caller: str, limit: int, cost: int = 1) -> Taken:
        """Take some units of a caller's allowance for one action."""
        seconds = int(clock.real_now().timestamp())
        minute = seconds // MINUTE
        key = hashlib.blake2b(f"{action} {minute} {caller}".encode(), digest_size=12).digest()
        with self._lock:
            if minute != self._minute:
                self._minute, self._taken = minute, {}
            taken = self._taken.get(key, 0)
            allowed = taken + cost <= limit
            if allowed:
                taken += cost
                if cost:
                    self._taken[key] = taken
                if len(self._taken) > CALLERS_MOST:
                    del self._taken[next(iter(self._taken))]
        return Taken(allowed, limit, limit - taken, MINUTE - seconds % MINUTE)

    def left(self, action: str, caller: str, limit: int) -> Taken:
        """Return what is left of a caller's allowance, and take nothing of it."""
        return self.take(action, caller, limit, cost=0)

    def clear(self) -> None:
        """Forget everybody."""
        with self._lock:
            self._taken = {}


counts = Counts()


@dataclass(frozen=True, slots=True)
class Quota:
    """What may be asked in a minute: by one address, and with one access token."""

    address: int
    token: int


#: Verifications are free for everybody: an address may stand for a whole office, and a shop floor scans all day.
QUOTAS: dict[str, Quota] = {
    "verify_number": Quota(settings.VERIFICATIONS_A_MINUTE, 50 * settings.VERIFICATIONS_A_MINUTE),
    "verify_numbers": Quota(30, 300),  # requests of up to 10,000 numbers each
}


def address_of(environ: Mapping[str, Any]) -> str:
    """Return the address a request came from; behind a proxy of ours, the one that the proxy saw."""
    if settings.SECURE_PROXY_SSL_HEADER:
        seen = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
        if seen:
            return seen
    return str(environ.get("REMOTE_ADDR", ""))


def note(request: HttpRequest, taken: Taken) -> None:
    """Keep what was taken, to be told with the answer."""
    request.taken = taken  # type: ignore[attr-defined]


def tell(request: HttpRequest, response: HttpResponse) -> None:
    """Write into an answer what is left of the caller's allowance."""
    taken: Taken | None = getattr(request, "taken", None)
    for name, value in (taken.headers() if taken is not None else {}).items():
        response.headers.setdefault(name, value)
