"""How an endpoint is made: from its row in the access table, or not at all."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Status
from ninja.security import APIKeyCookie, HttpBearer
from ninja.throttling import BaseThrottle
from ninja.utils import check_csrf

from testamur.api import tokens
from testamur.api.access import TABLE, Row
from testamur.api.once import once
from testamur.api.problems import Problem, install
from testamur.api.writing import ExactParser, ExactRenderer
from testamur.kernel import clock
from testamur.kernel.refusal import Refused, _, refusal_of
from testamur.parties import functions as duties
from testamur.parties import policies, queries
from testamur.parties.allowance import address_of, counts, note
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence

#: Which of one's memberships acts, where one has several; without it the one chosen in the browser.
MEMBERSHIP = "Acting-Membership"
MINUTE = 60

api = NinjaAPI(
    title="Testamur",
    version="1",
    urls_namespace="api",
    description=(
        "Attestations of conformity: what they say, whether they hold, by what right, and how they come to be. "
        "Sentences follow Accept-Language (en, zh). Problems are application/problem+json (RFC 9457)."
    ),
    docs_url=None,
    parser=ExactParser(),
    renderer=ExactRenderer(),
    openapi_extra={"info": {"license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}}},
)
install(api)


class Session(APIKeyCookie):
    """The session of somebody who signed in; they act under one membership, which holds the functions asked for."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, row: Row) -> None:
        self.row = row
        super().__init__()

    def __call__(self, request: HttpRequest) -> Membership:
        if not request.user.is_authenticated:
            raise Problem("unauthenticated")
        if check_csrf(request) is not None:
            raise Problem("forbidden", _("The CSRF token is missing or wrong; send it as X-CSRFToken."))
        by = self._membership(request)
        _check_functions(self.row, by, refusal_of(policies.check_second_factor, request.user, by))
        return by

    def authenticate(self, request: HttpRequest, key: str | None) -> None:
        """Not used: the session is read by the framework."""

    def _membership(self, request: HttpRequest) -> Membership:
        wanted = request.headers.get(MEMBERSHIP, "").strip().upper()
        own: list[Membership] = request.memberships  # type: ignore[attr-defined]
        chosen: Membership | None = request.membership  # type: ignore[attr-defined]
        if wanted:
            chosen = next((one for one in own if one.public_id == wanted), None)
        if chosen is None:
            raise Problem("forbidden", _("You act for no organisation here, or not under this membership."))
        return chosen


class Token(HttpBearer):
    """The access token of a program: no cookie, so nothing that another site could make a browser send (no CSRF)."""

    def __init__(self, row: Row) -> None:
        self.row = row
        super().__init__()

    def __call__(self, request: HttpRequest) -> Membership | None:
        secret = tokens.shown(request)
        return self.authenticate(request, secret) if secret else None

    def authenticate(self, request: HttpRequest, token: str) -> Membership:
        by = tokens.admit(request, token)
        if not self.row.by_program:
            raise Problem("forbidden", _("This is done by a person who signed in, not by a program."))
        _check_functions(self.row, by)
        return by


def _check_functions(row: Row, by: Membership, *more: Refused | None) -> None:
    found = [*more, *(refusal_of(policies.check_holds, by, one, by.organisation) for one in row.functions)]
    refusal = next((one for one in found if one is not None), None)
    if refusal is not None:
        refusal.source = refusal.source or row.source
        raise Problem.of("forbidden", refusal)


class PerCaller(BaseThrottle):
    """So many requests of one kind a minute from one address, or with one access token."""

    def __init__(self, action: str, a_minute: int, with_key: int) -> None:
        self.action, self.a_minute, self.with_key = action, a_minute, with_key

    def allow_request(self, request: HttpRequest) -> bool:
        membership: Membership | None = getattr(request, "membership", None)
        token = membership.via if membership is not None else ""
        if not token and (secret := tokens.shown(request)):
            # What anybody may ask lets a token in only after it was counted; whether it works is judged there.
            known = queries.with_secret(secret)
            token = known.public_id if known is not None else ""
        caller, limit = (f"key {token}", self.with_key) if token else (address_of(request.META), self.a_minute)
        taken = counts.take(self.action, caller, limit)
        note(request, taken)
        return taken.allowed

    def wait(self) -> float | None:
        """Return seconds after which it may be tried again."""
        return MINUTE


def endpoint(method: str, path: str, **more: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function an endpoint.

    The function gets ``request`` and, unless anybody may call, ``by``: the acting membership. A POST that changes
    something returns ``(status, body)`` and is done once per ``Idempotency-Key``.

    Raises:
        KeyError: the access table has no such row.
    """
    row = TABLE[(method, path)]

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        hints = typing.get_type_hints(function, include_extras=True)
        signature = inspect.signature(function)
        asked = [
            parameter.replace(annotation=hints.get(name, parameter.annotation))
            for name, parameter in signature.parameters.items()
            if name != "by"
        ]

        @wraps(function)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if row.open:
                if secret := tokens.shown(request):
                    tokens.admit(request, secret)
                return function(request, *args, **kwargs)
            by: Membership = request.auth  # type: ignore[attr-defined]
            if method == "GET":
                return function(request, *args, by=by, **kwargs)
            done = once(request, by, lambda: function(request, *args, by=by, **kwargs))
            return done if isinstance(done, HttpResponse) else Status(*done)

        view.__signature__ = signature.replace(parameters=asked)  # type: ignore[attr-defined]
        register_as = getattr(api, method.lower())
        register_as(
            path,
            auth=None if row.open else [Token(row), Session(row)],
            throttle=[PerCaller(function.__name__, row.a_minute, row.with_key or row.a_minute)],
            operation_id=function.__name__,
            url_name=function.__name__.replace("_", "-"),
            by_alias=True,
            **more,
        )(view)
        return function

    return register


def words_of(membership: Membership) -> dict[str, Any]:
    """Return a membership as callers see their own."""
    return {
        "id": membership.public_id,
        "organisation": {"id": membership.organisation.public_id, "names": membership.organisation.names},
        "functions": [{"id": one, "names": duties.words([one])} for one in membership.functions],
        "title": membership.title,
        "from": membership.from_day,
        "until": membership.until_day,
    }


def told(message: Any) -> str:
    """Return a sentence with facts (``Said``, ``Turn``, ``Missing`` …) in the reader's language."""
    return sentence(Refused(getattr(message, "message_id", "") or message.sentence, message.facts))


def now() -> Any:
    """Return the instant at which an act of this request takes effect."""
    return clock.now()
