"""Verifications: many numbers at once, each answered by itself; and a credential file, checked from its bytes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext
from pydantic import Field, ValidationError

from testamur.api import telling
from testamur.api.endpoint import endpoint
from testamur.api.endpoints.attestations import FIRST, LAST, instant, names
from testamur.api.problems import Problem, expected, place
from testamur.api.shapes import AnswerOut, ClaimIn, Given, Shape, Words
from testamur.kernel.refusal import Refused, _
from testamur.parties.models import Organisation
from testamur.parties.templatetags.parties_words import sentence, shown
from testamur.register.answers import answer, by_number, nothing_found
from testamur.register.claims import Claim
from testamur.register.disclosure import disclosed_to
from testamur.transparency import publication
from testamur.verification import layout, path, trust_file
from testamur.verification import site as sites
from testamur.verification.strict_json import Malformed
from testamur.verification.verdict import HEADLINES

#: Items of one request.
ITEMS_MOST = 1000


class ItemIn(Given):
    """One question: a number, for persons with the holder's whole name; on a day; covering a claim."""

    number: Annotated[str, Field(min_length=1, max_length=120)]
    holder: Words = ""
    issuer: Annotated[str, Field(max_length=10)] = ""
    on: Annotated[date | None, Field(ge=FIRST, le=LAST)] = None
    known: datetime | None = None
    claim: ClaimIn | None = None


class VerificationsIn(Given):
    """Up to 1000 questions. Each item is read by itself, so one that does not fit spoils no other."""

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


class VerificationsOut(Shape):
    """One result per item, in their order."""

    items: list[ItemOut]


@endpoint(
    "POST", "/verifications", response=VerificationsOut, summary="Verify up to 1000 numbers", tags=["verification"]
)
def verify_numbers(request: HttpRequest, body: VerificationsIn) -> Any:
    """Answer each item independently: valid, not valid because, withheld, not reporting, or no such record."""
    membership = getattr(request, "membership", None)
    return {"items": [_item(number, given, membership) for number, given in enumerate(body.items)]}


def _item(number: int, given: Any, membership: Any) -> dict[str, Any]:
    try:
        item = ItemIn.model_validate(given)
        return {"item": number, "answers": _answers(item, membership)}
    except ValidationError as error:
        rows = [{"field": place(one["loc"]), "message": expected(one["type"])} for one in error.errors()[:20]]
    except Refused as refused:
        rows = [{"field": refused.field, "message": sentence(refused)}]
    except Problem as problem:
        said = sentence(problem.refusal) if problem.refusal else ""
        rows = [{"field": str(problem.more.get("field", "")), "message": said}]
    return {"item": number, "errors": rows}


def _answers(item: ItemIn, membership: Any) -> list[dict[str, Any]]:
    text, holder = item.number.replace("\0", ""), item.holder.replace("\0", "")
    found = by_number(text, holder)
    if item.issuer:
        found = [one for one in found if one.issuer.public_id == item.issuer.upper()]
    if not found:
        issuer = Organisation.objects.filter(public_id=item.issuer.upper()).first() if item.issuer else None
        nothing = nothing_found(issuer)
        return [telling.answer(nothing, telling.fields_of(nothing, disclosed=False, named=False))]
    claim = Claim(**{**item.claim.model_dump(), "lines": tuple(item.claim.lines)}) if item.claim else None
    answers = []
    for one in found:
        disclosed = disclosed_to(one, membership)
        said = answer(one, on=item.on, known=instant(item.known), claim=claim, disclosed=disclosed)
        answers.append(telling.answer(said, telling.fields_of(said, disclosed=disclosed, named=names(one, holder))))
    return answers


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
