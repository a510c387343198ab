"""Under which membership a request is made. Nobody acts as an account: an account only opens the door."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation

from testamur.kernel.refusal import Refused, refusal_of
from testamur.parties import functions as duties
from testamur.parties import policies, queries
from testamur.parties.models import Membership, Person
from testamur.parties.templatetags.parties_words import sentence

#: Session key that keeps the public id of the membership somebody chose.
CHOSEN = "acting"
#: Where functions are exercised: nothing below these addresses is open to strangers.
GUARDED = ("/w/",)

Handler = Callable[[HttpRequest], HttpResponse]


class ActingMiddleware:
    """Set ``request.membership`` (None for the public) and ``request.memberships``; close guarded addresses.

    A request without a session cookie is the public's and touches no session, so public pages stay cacheable.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership, request.memberships = None, []  # type: ignore[attr-defined]
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            memberships = queries.memberships(request.user)
            request.memberships = memberships  # type: ignore[attr-defined]
            request.membership = in_force(memberships, request.session.get(CHOSEN))  # type: ignore[attr-defined]
            _speak(request)
        if request.path.startswith(GUARDED):
            closed = _closed(request)
            if closed is not None:
                return closed
        return self.get_response(request)


def in_force(memberships: list[Membership], chosen: str | None) -> Membership | None:
    """Return the chosen membership when it is among the living ones, else the first of them."""
    for membership in memberships:
        if membership.public_id == chosen:
            return membership
    return memberships[0] if memberships else None


def choose(request: HttpRequest, public_id: str) -> Membership | None:
    """Act under another of one's own living memberships; None where it is not one's own, and nothing changes."""
    for membership in request.memberships:  # type: ignore[attr-defined]
        if membership.public_id == public_id:
            request.session[CHOSEN] = membership.public_id
            request.membership = membership  # type: ignore[attr-defined]
            return membership
    return None


def requires(*functions: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Let only a membership through that holds every function; others read which one is missing, and who gives it."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            membership: Membership | None = getattr(request, "membership", None)
            if membership is None:
                return _to_sign_in(request)
            for function in functions:
                refusal = refusal_of(policies.check_holds, membership, function, membership.organisation)
                if refusal is not None:
                    return refused(request, refusal)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def refused(request: HttpRequest, refusal: Refused, status: int = 403) -> HttpResponse:
    """Answer with the refusal's sentence, its source and who can change it."""
    return render(request, "parties/refused.html", {"refusal": refusal}, status=status)


def _speak(request: HttpRequest) -> None:
    """Use the account's language where this browser was never asked."""
    language = request.user.language  # type: ignore[union-attr]
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES and language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language() or language


def _closed(request: HttpRequest) -> HttpResponse | None:
    membership: Membership | None = request.membership  # type: ignore[attr-defined]
    if not request.user.is_authenticated:
        return _to_sign_in(request)
    if membership is None:
        return render(request, "parties/no_membership.html", status=403)
    refusal = refusal_of(policies.check_second_factor, request.user, membership)
    if refusal is not None:
        messages.warning(request, sentence(refusal))
        return _go(request, redirect("mfa_index"))
    return None


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    back = request.get_full_path() if request.method == "GET" else settings.LOGIN_REDIRECT_URL
    return _go(request, redirect_to_login(back, reverse("parties:demo") if settings.DEMO else None))


def _go(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """htmx follows redirects inside the fragment; tell it to leave the page instead."""
    if request.headers.get("HX-Request") == "true":
        moved = HttpResponse(status=204)
        moved["HX-Redirect"] = response["Location"]
        return moved
    return response


def context(request: HttpRequest) -> dict[str, object]:
    """Context processor: who acts, for whom, and what they may switch to, as ``base_workspace.html`` shows it."""
    membership: Membership | None = getattr(request, "membership", None)
    if membership is None:
        return {}
    own: list[Membership] = request.memberships  # type: ignore[attr-defined]
    return {
        "acting": {
            "name": membership.person.names,
            "role": _role(membership),
            "organisation": membership.organisation.names,
            "initials": _initials(membership.person),
        },
        "memberships": [
            {
                "id": other.public_id,
                "role": _role(other),
                "organisation": other.organisation.names,
                "current": other.pk == membership.pk,
            }
            for other in own
        ]
        if len(own) > 1
        else [],
    }


def _role(membership: Membership) -> dict[str, str]:
    return membership.title or duties.words(membership.functions)


def _initials(person: Person) -> str:
    latin = person.names.get("en", "").split()
    if latin:
        return "".join(part[0] for part in latin[:2]).upper()
    return person.names.get("zh", "")[-2:]
