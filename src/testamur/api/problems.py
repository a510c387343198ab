"""Problems (RFC 9457): what went wrong, in the reader's language, with who can change it and by which rule."""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from testamur.kernel.refusal import Refused, _
from testamur.parties.templatetags.parties_words import sentence

logger = logging.getLogger("testamur.api")


@dataclass(frozen=True)
class Kind:
    """A kind of problem: stable id, HTTP status, title and what a caller can do."""

    id: str
    status: int
    title: str
    remedy: str


KINDS = {
    kind.id: kind
    for kind in (
        Kind("malformed", 400, _("The request cannot be read"), _("Send JSON in UTF-8, as openapi.json describes it.")),
        Kind(
            "unauthenticated", 401, _("Nobody is signed in"),
            _("Sign in and send the session's cookie, or send an access token as Authorization: Bearer."),
        ),
        Kind(
            "forbidden", 403, _("This is not open to you"),
            _("Read the detail: it says what is missing and who gives it."),
        ),
        Kind(
            "not_found", 404, _("There is nothing at this address"),
            _("Check the address; what you may not see is not there either."),
        ),
        Kind("method", 405, _("This address does not take that method"), _("The Allow header says which it takes.")),
        Kind(
            "refused", 409, _("Refused by a rule"),
            _("Nothing was changed. The detail says why, “who” says who can change it."),
        ),
        Kind("invalid", 422, _("A value does not fit"), _("“errors” names each field and what it expects.")),
        Kind(
            "key_used", 422, _("This idempotency key stood for another request"),
            _("Choose a new key for a new request."),
        ),
        Kind("too_many", 429, _("Too many requests from this address"), _("Wait as long as Retry-After says.")),
        Kind(
            "unexpected", 500, _("Something went wrong here"),
            _("Nothing was changed. Tell the operator the reference."),
        ),
        Kind("unavailable", 503, _("This part rests"), _("Try again later.")),
    )
}  # fmt: skip
_BY_STATUS = {kind.status: kind for kind in reversed(KINDS.values())}


class Problem(Exception):
    """Ends a request with a problem; ``detail`` is a message id with ``facts``."""

    def __init__(self, kind: str, detail: str = "", facts: dict[str, Any] | None = None, **more: Any) -> None:
        super().__init__(kind)
        self.kind, self.refusal, self.more = KINDS[kind], Refused(detail, facts) if detail else None, more

    @classmethod
    def of(cls, kind: str, refusal: Refused) -> Problem:
        """Return a refusal as a problem of another kind: an input that does not fit, a function that is not held."""
        problem = cls(kind, rule=refusal.rule, source=refusal.source, field=refusal.field)
        problem.refusal = refusal
        problem.more["who"] = gettext(refusal.who) if refusal.who else ""
        if refusal.field:
            problem.more["errors"] = [{"field": refusal.field, "message": sentence(refusal)}]
        return problem


def answer(kind: Kind, detail: str = "", **more: Any) -> HttpResponse:
    """Return a problem as a response; empty members are left out."""
    body = {
        "type": f"{settings.ORIGIN}/api/v1/problems#{kind.id}",
        "title": gettext(kind.title),
        "status": kind.status,
        "detail": detail or gettext(kind.remedy),
        **{name: value for name, value in more.items() if value not in ("", None, [], {})},
    }
    content = json.dumps(body, ensure_ascii=False, default=str)
    response = HttpResponse(content, status=kind.status, content_type="application/problem+json")
    if kind.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="testamur"'
    return response


def of_status(status: int, detail: str = "", **more: Any) -> HttpResponse:
    """Return the problem that belongs to an HTTP status."""
    kind = _BY_STATUS.get(status) or KINDS["unexpected" if status >= 500 else "malformed"]
    return answer(kind, detail, **more)


def of_refusal(refusal: Refused) -> HttpResponse:
    """Return a refusal as a problem: sentence, rule, source, who can change it, from when, which field."""
    several = [one for one in getattr(refusal, "problems", ()) if isinstance(one, Refused)]
    return answer(
        KINDS["refused"],
        sentence(refusal),
        rule=refusal.rule,
        source=refusal.source,
        who=gettext(refusal.who) if refusal.who else "",
        until=refusal.until.isoformat() if refusal.until else "",
        field=refusal.field,
        errors=[{"field": one.field, "message": sentence(one), "source": one.source} for one in several],
    )


#: Pydantic's kinds of errors → our sentences; what begins alike is said alike.
_EXPECTED = (
    ("missing", _("This is needed.")),
    ("extra_forbidden", _("There is no such field.")),
    ("date", _("This is no day or instant; write 2026-03-31, or 2026-03-31T08:00:00Z.")),
    ("datetime", _("This is no day or instant; write 2026-03-31, or 2026-03-31T08:00:00Z.")),
    ("string_too_long", _("This is too long.")),
    ("string_too_short", _("This is too short.")),
    ("too_long", _("These are too many at once.")),
    ("too_short", _("At least one is needed.")),
    ("int", _("A whole number is expected.")),
    ("bool", _("true or false is expected.")),
    ("list", _("A list is expected.")),
    ("dict", _("An object is expected.")),
    ("model", _("An object is expected.")),
    ("string", _("A text is expected.")),
    ("literal", _("This is none of the words that are known here.")),
    ("enum", _("This is none of the words that are known here.")),
    ("json", _("This is not JSON.")),
)


def expected(kind: str) -> str:
    """Return what a field expects, for a validation error of a kind."""
    for beginning, message in sorted(_EXPECTED, key=lambda pair: -len(pair[0])):
        if kind.startswith(beginning):
            return gettext(message)
    return gettext(_("This value does not fit; openapi.json says what is expected."))


def of_validation(errors: list[dict[str, Any]]) -> HttpResponse:
    """Return what does not fit, field by field."""
    rows = [{"field": place(error["loc"]), "message": expected(str(error["type"]))} for error in errors[:50]]
    return answer(KINDS["invalid"], field=rows[0]["field"] if rows else "", errors=rows)


def place(path: Any) -> str:
    """Return the place of an error as callers write it: without body, query and the name of the argument."""
    parts = [str(part) for part in path]
    if len(parts) > 1 and parts[0] in ("body", "query", "path", "header"):
        parts = parts[1:]
    return ".".join(part for part in parts if part != "body")[:200]


def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """Log an error under a reference, and answer with the reference alone."""
    reference = secrets.token_hex(6)
    logger.error("unexpected error", exc_info=error, extra={"facts": {"reference": reference, "path": request.path}})
    return answer(KINDS["unexpected"], reference=reference)


def of_error(request: HttpRequest, error: Exception) -> HttpResponse:
    """Return the problem that an exception is."""
    if isinstance(error, Problem):
        return answer(error.kind, sentence(error.refusal) if error.refusal else "", **error.more)
    if isinstance(error, Refused):
        return of_refusal(error)
    if isinstance(error, ValidationError):
        return of_validation(error.errors)
    if isinstance(error, Http404):
        return answer(KINDS["not_found"])
    if isinstance(error, HttpError):
        return of_status(error.status_code)
    if isinstance(error, SuspiciousOperation | BadRequest):
        return answer(KINDS["malformed"])
    return unexpected(request, error)


def install(api: NinjaAPI) -> None:
    """Let every error of an API end as a problem."""
    for error in (Problem, Refused, ValidationError, Http404, HttpError, Exception):
        api.add_exception_handler(error, of_error)  # type: ignore[arg-type]  # handlers get instances


def listed() -> list[dict[str, Any]]:
    """Return every kind of problem, in the reader's language."""
    return [
        {
            "id": kind.id,
            "type": f"{settings.ORIGIN}/api/v1/problems#{kind.id}",
            "status": kind.status,
            "phrase": HTTPStatus(kind.status).phrase,
            "title": gettext(kind.title),
            "remedy": gettext(kind.remedy),
        }
        for kind in KINDS.values()
    ]
