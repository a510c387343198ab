"""What holds for every answer of the API: its language, its entity tag, and a problem where there was no endpoint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, get_conditional_response, patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from testamur.api import problems
from testamur.parties import allowance

View = Callable[..., HttpResponse]
#: Two answers that differ only in when they were given are one answer to whoever asks "has it changed?".
WHEN = re.compile(rb'"as_of": "[^"]*"')


def language_of(request: HttpRequest) -> str:
    """Return the language of the answer: Accept-Language alone decides, because a program keeps no cookie in mind."""
    for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return "en"


def framed(view: View) -> View:
    """Put an endpoint into the frame."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        with translation.override(language_of(request)):
            try:
                response = view(request, *args, **kwargs)
            except Exception as error:  # what happens outside an operation: a stray method, a body too large
                response = problems.of_error(request, error)
            response = _as_problem(response)
            language = "zh-Hans" if translation.get_language() == "zh-hans" else "en"
            response.headers.setdefault("Content-Language", language)
        allowance.tell(request, response)
        patch_vary_headers(response, ["Accept-Language", "Authorization", "Cookie"])
        return _cached(request, response)

    return answer


def _as_problem(response: HttpResponse) -> HttpResponse:
    """Turn the framework's own 404, 405 and the like into problems."""
    if response.status_code < 400 or response.headers.get("Content-Type", "").startswith("application/problem"):
        return response
    problem = problems.of_status(response.status_code)
    for name in ("Allow", "Retry-After"):
        if name in response:
            problem[name] = response[name]
    return problem


def _cached(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if request.method not in ("GET", "HEAD") or response.status_code != 200:
        add_never_cache_headers(response)
        return response
    if not response.has_header("ETag"):
        content = WHEN.sub(b"", response.content)
        response["ETag"] = f'W/"{hashlib.sha256(content).hexdigest()[:24]}"'
    response["Cache-Control"] = (
        "private, no-cache"
        if request.COOKIES or "Authorization" in request.headers
        else "public, max-age=0, must-revalidate"
    )
    return get_conditional_response(request, etag=response["ETag"], response=response) or response


def nothing(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
    """Answer for an address below /api/ that is none."""
    return problems.of_status(404)
