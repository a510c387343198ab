"""Verifications: many numbers at once, each answered by itself; and a credential file, checked from its bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeVar

from django.conf import settings
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext
from pydantic import Field, ValidationError

from testamur.api import telling
from testamur.api.endpoint import endpoint
from testamur.api.endpoints.attestations import FIRST, LAST, instant
from testamur.api.problems import Problem, expected, place
from testamur.api.shapes import AnswerOut, ClaimIn, Given, Shape, Words
from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Membership
from testamur.parties.templatetags.parties_words import sentence, shown
from testamur.register.answering import signing
from testamur.register.answering.kept import written
from testamur.register.answering.questions import Found, Parts, Question, answers_to, parts_to
from testamur.register.claims import Claim
from testamur.transparency import publication
from testamur.verification import layout, path, trust_file
from testamur.verification import site as sites
from testamur.verification.strict_json import Malformed
from testamur.verification.verdict import HEADLINES

#: Items of one request.
ITEMS_MOST = 10_000
#: Items whose answers are put together with one look at the register.
TOGETHER = 500
#: What a caller accepts who wants one answer a line.
LINES = ("application/jsonl", "application/x-ndjson")


class ItemIn(Given):
    """One question: a number, for persons with the holder's whole name; on a day; covering a claim."""

    number: Annotated[str, Field(min_length=1, max_length=120)]
    holder: Words = ""
    issuer: Annotated[str, Field(max_length=300)] = ""
    on: Annotated[date | None, Field(ge=FIRST, le=LAST)] = None
    known: datetime | None = None
    claim: ClaimIn | None = None


class VerificationsIn(Given):
    """Up to 10,000 questions. Each item is read by itself, so one that does not fit spoils no other."""

    items: Annotated[list[Any], Field(min_length=1, max_length=ITEMS_MOST)]


class ItemError(Shape):
    """What does not fit in one item."""

    field: str
    message: str


class ItemOut(Shape):
    """The answers to one item: none of the five is an error; several records may bear one number."""

    item: int
    answers: list[AnswerOut] = Field(default_factory=list)
    errors: list[ItemError] = Field(default_factory=list)


@dataclass(frozen=True)
class Unfit:
    """What does not fit in an item."""

    errors: list[dict[str, str]]


Answers = TypeVar("Answers")


class VerificationsOut(Shape):
    """One result per item, in their order."""

    items: list[ItemOut]


@endpoint("POST", "/verifications", response=VerificationsOut, summary="Verify up to 10,000 numbers",
          tags=["verification"])  # fmt: skip
def verify_numbers(request: HttpRequest, body: VerificationsIn) -> Any:
    """Answer each item independently: valid, not valid because, withheld, not reporting, or no such record.

    With `Accept: application/jsonl` the answers come one a line, in the order of the items and as soon as they are
    known, with the sentences in both languages; the last line is `{"signature": …}`, a JWS over the SHA-256 of all
    lines before it.
    """
    membership = getattr(request, "membership", None)
    if any(one in request.headers.get("Accept", "") for one in LINES):
        lines = _lines(body.items, membership, translation.get_language() or "en")
        response = StreamingHttpResponse(lines, content_type=LINES[0])
        response["Content-Language"] = "en, zh"
        return response
    return {"items": [_row(number, found) for number, found in _answered(body.items, answers_to, membership)]}


def _row(number: int, found: list[Found] | Unfit) -> dict[str, Any]:
    if isinstance(found, Unfit):
        return {"item": number, "errors": found.errors}
    return {"item": number, "answers": [telling.answer(one.told, one.shown) for one in found]}


def _lines(items: Sequence[Any], membership: Membership | None, language: str) -> Iterator[bytes]:
    """Yield a line of JSON for each item, some hundred at a time, and the signature over all of them."""
    digest = hashlib.sha256()
    for place_of in range(0, len(items), TOGETHER):
        with translation.override(language):
            answered = _answered(items[place_of : place_of + TOGETHER], parts_to, membership, place_of)
            lines = [written(_line(number, found)) for number, found in answered]
        chunk = b"\n".join(lines) + b"\n"
        digest.update(chunk)
        yield chunk
    part = {"part": "batch", "sha256": digest.hexdigest(), "items": len(items), "as_of": days.iso(clock.now()),
            "host": settings.HOST, "sample": bool(settings.SAMPLE)}  # fmt: skip
    yield written({"signature": signing.sign(part)}) + b"\n"


def _line(number: int, found: list[Parts] | Unfit) -> dict[str, Any]:
    if isinstance(found, Unfit):
        return {"item": number, "errors": found.errors}
    return {"item": number, "answers": found}


def _answered(
    items: Sequence[Any],
    ask: Callable[[Sequence[Question], Membership | None], list[Answers]],
    membership: Membership | None,
    first: int = 0,
) -> Iterator[tuple[int, Answers | Unfit]]:
    """Yield item after item its answers, or what does not fit in it; the register is asked for all together."""
    read = [_read(given) for given in items]
    for place_of in range(0, len(read), TOGETHER):
        part = read[place_of : place_of + TOGETHER]
        told = iter(ask([one for one in part if isinstance(one, Question)], membership))
        for number, one in enumerate(part, start=first + place_of):
            yield number, next(told) if isinstance(one, Question) else one


def _read(given: Any) -> Question | Unfit:
    """Return the question of an item, or what does not fit in it."""
    try:
        item = ItemIn.model_validate(given)
        claim = Claim(**{**item.claim.model_dump(), "lines": tuple(item.claim.lines)}) if item.claim else None
        number, holder = item.number.replace("\0", ""), item.holder.replace("\0", "")
        return Question(number, holder, item.issuer, item.on, instant(item.known), claim)
    except ValidationError as error:
        return Unfit([{"field": place(one["loc"]), "message": expected(one["type"])} for one in error.errors()[:20]])
    except Refused as refused:
        return Unfit([{"field": refused.field, "message": sentence(refused)}])
    except Problem as problem:
        said = sentence(problem.refusal) if problem.refusal else ""
        return Unfit([{"field": str(problem.more.get("field", "")), "message": said}])


class VerdictOut(Shape):
    """The verdict of path validation: a stable code, its sentence, the path, and as of when it holds."""

    result: str
    headline: str
    reason: str
    now: str
    at_issue: str | None = None
    path: list[dict[str, Any]]
    as_of: dict[str, Any] | datetime
    assurance: list[str]
    sample: bool


_BODIES = {
    media: {"schema": {"type": "string", "format": "binary"}}
    for media in ("application/vc+jwt", "application/json", "application/octet-stream")
}


@endpoint("POST", "/verifications/credential", response=VerdictOut, summary="Verify a credential file",
          tags=["verification"], openapi_extra={"requestBody": {"required": True, "content": _BODIES}})  # fmt: skip
def verify_credential(request: HttpRequest) -> Any:
    """Validate the bytes of a credential (`.jwt`, `.json`) or an offline bundle, as `testamur verify` does.

    The roots are this installation's. Whoever trusts neither us nor our server runs the same command on their own
    machine, with roots of their own.
    """
    data = request.body
    roots = publication.get(layout.TRUST_ROOTS)
    if roots is None:
        raise Problem("unavailable", _("This installation has published no roots of trust yet."))
    if not data.strip():
        raise Problem("invalid", _("Send the file's bytes as the body."), field="body")
    if data.startswith(b"%PDF"):
        raise Problem(
            "invalid", _("A PDF is a picture of the certificate; send its .jwt or bundle.json."), field="body"
        )
    site: sites.Site = sites.FolderSite(settings.PUBLIC_DIR)
    try:
        if sites.is_bundle(data):
            bundle = sites.BundleSite(data)
            site, data = bundle, bundle.credential
        verdict = path.validate(data, site=site, trust=trust_file.parse(roots))
    except Malformed as error:
        raise Problem(
            "invalid", _("The file cannot be used: {problem}."), {"problem": str(error)}, field="body"
        ) from None
    return {
        **verdict.to_json(gettext),
        "reason": verdict.sentence(gettext, shown),
        "headline": gettext(HEADLINES[verdict.result]),
    }
