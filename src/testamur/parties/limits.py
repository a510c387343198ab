"""How often one address may try what is open to everybody. Signing in has allauth's own limits."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from allauth.core.internal import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

APP = "testamur.parties"


def limited(action: str, rate: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Answer 429 where one address posts more often than the rate.

    Args:
        action: what is counted.
        rate: ``"10/m/ip"``: ten a minute from one address.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def counted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if request.method == "POST" and not _within(request, action, rate):
                return render(request, "429.html", status=429)
            return view(request, *args, **kwargs)

        return counted

    return decorate


def _within(request: HttpRequest, action: str, rate: str) -> bool:
    return bool(ratelimit.consume(request, app=APP, action=action, config={action: rate}))
