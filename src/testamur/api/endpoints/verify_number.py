"""Verification of one number, signed in two parts. Its address takes any number, so it is registered after all others
below ``/verifications/``."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from testamur.api.endpoint import endpoint
from testamur.api.endpoints.attestations import Asked, Day, instant
from testamur.api.problems import Problem
from testamur.api.shapes import Shape, Text
from testamur.kernel import clock, days
from testamur.kernel.refusal import _
from testamur.register.answering import kept
from testamur.register.answering.questions import Question, answers_to, signed_parts
from testamur.register.claims import Claim


class ReasonOut(Shape):
    """A reason: a stable id, the sentence in both languages, the clause it rests on."""

    id: str
    en: str
    zh: str
    source: str = ""


class OriginOut(Shape):
    """How the record came here, from which source, and for which day the source last stated it."""

    kind: str
    source: str = ""
    names: Text = Field(default_factory=dict)
    stated_on: date | None = None
    en: str
    zh: str


class PartOut(Shape):
    """What both parts of a signed answer say; ``signature`` is a compact JWS over the part without it, in JCS."""

    part: str
    record: str | None = None
    answer: str
    origin: OriginOut | None = None
    on: date | None = None
    known: datetime | None = None
    as_of: datetime
    host: str
    sample: bool
    signature: str


class StatusPartOut(PartOut):
    """Whether it holds: one of five answers, and the status beside it. Kept for an hour, or until it changes."""

    status: str | None = None
    authority: str
    disclosure: str
    reasons: list[ReasonOut]
    number: str | None = None
    edition: int | None = None
    issuer: dict[str, Any] | None = None
    holder: Text | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    listed: dict[str, Any] | None = None
    conflicts: list[dict[str, Any]] | None = None
    until: datetime


class CoveragePartOut(PartOut):
    """Whether it covers what was asked: covered, partly, not_covered or cannot_be_told, and why for each part."""

    coverage: str
    claim: list[dict[str, Any]]


class SignedAnswerOut(Shape):
    """The answer of one record, in two parts; the second only where a claim was asked."""

    status: StatusPartOut
    coverage: CoveragePartOut | None = None


class VerificationOut(Shape):
    """What was asked and when, unsigned, around the signed answers: several records may bear one number."""

    asked: dict[str, Any]
    at: datetime
    answers: list[SignedAnswerOut]


@endpoint("GET", "/verifications/{path:number}", response=VerificationOut, summary="Verify one number, signed",
          tags=["verification"])  # fmt: skip
def verify_number(
    request: HttpRequest,
    number: str,
    holder: Asked = "",
    issuer: Asked = "",
    model: Asked = "",
    factory: Asked = "",
    lot: Asked = "",
    product: Asked = "",
    made_on: Day = None,
    destination: Annotated[str, Query(max_length=2)] = "",
    standard: Asked = "",
    on: Day = None,
    known: Annotated[datetime | None, Query()] = None,
) -> HttpResponse:
    """Say whether what bears this number holds, and whether it covers what is asked, each signed by this platform.

    The number in any spelling; a person's record is found with the holder's whole name only. A number is no key:
    one, several or no record may bear it, and each answers for itself. The key of the signatures stands in
    `/.well-known/did.json`. An answer to *now* is kept until something in it changes, for an hour at most.
    """
    if not 0 < len(number) <= kept.LONGEST or "\0" in number:
        raise Problem("invalid", _("Send the number as printed, at most 120 characters."), field="number")
    given = {
        "number": number, "holder": holder, "issuer": issuer, "model": model, "factory": factory, "lot": lot,
        "product": product, "made_on": made_on, "destination": destination, "standard": standard, "on": on,
        "known": known,
    }  # fmt: skip
    asked = {name: _text(value) for name, value in given.items() if value}
    membership = getattr(request, "membership", None)
    if len(asked) == 1 and membership is None:
        answers = kept.answers(number)
        body, etag = answers.body, answers.etag
    else:
        claim = Claim(standard, product, model, factory, made_on, lot, destination)
        question = Question(number, holder, issuer, on, instant(known), claim if claim.asks else None)
        found = answers_to([question], membership)[0]
        body = kept.written([signed_parts(one) for one in found])
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    response = HttpResponse(
        kept.envelope(asked, days.iso(clock.now()), body), content_type="application/json; charset=utf-8"
    )
    response["ETag"] = etag
    response["Content-Language"] = "en, zh"
    return response


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return days.iso(value) if value.tzinfo else value.isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)
