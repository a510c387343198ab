"""What holds for every answer, whichever app gives it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from testamur.kernel.once import look
from testamur.workspace.answers import without_nul

Handler = Callable[[HttpRequest], HttpResponse]

#: Where functions are exercised; everything else is public or belongs to signing in itself.
SIGNED_IN_PATHS = ("/w/",)


def headers(get_response: Handler) -> Handler:
    """Add the headers that Django has no setting for; pages of signed-in people are never stored on the way.

    What an address asks loses the sign NUL, as what a form sends does.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            # PostgreSQL keeps no such sign, and looks for none.
            request.GET = without_nul(request.GET)  # type: ignore[assignment]
        if request.method in ("GET", "HEAD"):
            with look():  # a page that only reads asks for each tree, document and root once
                response = get_response(request)
        else:
            response = get_response(request)
        response.headers.setdefault(
            "Permissions-Policy",
            "accelerometer=(), camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if request.path.startswith(SIGNED_IN_PATHS) and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response

    return answer
