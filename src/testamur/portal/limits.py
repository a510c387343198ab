"""How often one address may ask for what costs much: generous for people, a wall for those who copy everything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import wraps

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from testamur.kernel import clock
from testamur.parties.allowance import address_of

MINUTE = 60  # seconds


def limited(action: str, *, a_minute: int) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Answer 429 where one address asks more often.

    Args:
        action: what is counted; the views of one action share a count.
        a_minute: requests that one address may send in a minute.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if _count(request, action) > a_minute:
                response = render(request, "429.html", status=429)
                response["Retry-After"] = str(MINUTE)
                return response
            return view(request, *args, **kwargs)

        return counted

    return decorate


def _count(request: HttpRequest, action: str) -> int:
    # The address itself is not kept: a digest that changes with the minute is enough to count by.
    minute = int(clock.real_now().timestamp()) // MINUTE
    # Behind a proxy of ours every visitor comes from its address; who is counted is the one that it saw.
    key = hashlib.sha256(f"{action} {minute} {address_of(request.META)}".encode()).hexdigest()
    cache.add(key, 0, timeout=2 * MINUTE)
    try:
        return cache.incr(key)
    except ValueError:  # the cache dropped it between the two lines
        return 1
