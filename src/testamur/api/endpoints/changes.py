"""What changed lately, how far the log is, and the problems this API answers with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Query

from testamur.api import problems
from testamur.api.endpoint import endpoint
from testamur.api.endpoints.attestations import Asked, Day, instant
from testamur.api.shapes import Shape
from testamur.kernel import days
from testamur.notices import queries
from testamur.notices.models import Change
from testamur.notices.words import number_of
from testamur.parties.models import Organisation
from testamur.register.models import Attestation
from testamur.transparency import custody
from testamur.transparency import queries as transparency


class ChangeOut(Shape):
    """One change of one public certificate; ``id`` grows in the order of the telling and never changes.

    ``kind``: appeared, changed, renewed, corrected, suspended, restored, withdrawn, cancelled, gone (its source lists
    it no more), returned, expired (told on the day after its last one). ``what`` is ``status`` or ``edition`` where it
    happened here, ``delivery`` where a source told it, ``day`` where nobody did anything.
    """

    id: int
    recorded_at: datetime
    effective_at: datetime
    effective_on: date
    kind: str
    attestation: str
    number: str
    issuer: str
    scheme: str
    what: str
    status: str | None = None
    edition: int | None = None


class ChangesOut(Shape):
    """One page. ``complete``: nothing is left in this order; ``next`` is the cursor of what follows: null only where
    newest come first and nothing older is left. Oldest first, it is where to ask again later."""

    items: list[ChangeOut]
    complete: bool
    next: str | None


Kind = Literal[
    "appeared", "changed", "renewed", "corrected", "suspended", "restored", "withdrawn", "cancelled", "gone",
    "returned", "expired",
]


@endpoint("GET", "/changes", response=ChangesOut, summary="What changed since", tags=["register"])
def list_changes(
    request: HttpRequest,
    since: Annotated[datetime | None, Query()] = None,
    certificate: Asked = "",
    body: Asked = "",
    standard: Asked = "",
    scheme: Asked = "",
    kind: Annotated[list[Kind] | None, Query()] = None,
    on_or_after: Day = None,
    on_or_before: Day = None,
    order: Annotated[Literal["newest", "oldest"], Query()] = "newest",
    cursor: Annotated[str, Query(max_length=20, pattern="^[0-9]{0,18}$")] = "",
    limit: Annotated[int, Query(ge=1, le=499)] = 50,
) -> Any:
    """Return the changes of public certificates, newest first, or oldest first as a mirror reads (`order=oldest`: keep
    `next` and ask again with it as `cursor`).

    Narrowed by certificate, body (public ids), standard (designation), scheme, kind and days of telling. A page may
    come short where little of what was looked at was asked for; `next` goes on.
    """
    known = Attestation.objects.filter(public_id=certificate.upper().replace("\0", "")).first() if certificate else None
    issuer = Organisation.objects.filter(public_id=body.upper().replace("\0", "")).first() if body else None
    if (certificate and known is None) or (body and issuer is None):
        return {"items": [], "complete": True, "next": None}
    asked = queries.Asked(
        certificate=known.pk if known else None, body=issuer.pk if issuer else None,
        standard=standard.replace("\0", ""), scheme=scheme.replace("\0", ""), kinds=tuple(kind or ()),
        first=on_or_after, last=on_or_before, since=instant(since),
    )  # fmt: skip
    oldest = order == "oldest"
    found = queries.page(asked, cursor=int(cursor) if cursor else None, limit=limit, oldest=oldest)
    goes_on = found.next
    if goes_on is None and oldest:
        goes_on = found.rows[-1].pk if found.rows else int(cursor or 0)
    return {
        "items": [_change(one) for one in found.rows],
        "complete": found.next is None,
        "next": str(goes_on) if goes_on is not None else None,
    }


def _change(one: Change) -> dict[str, Any]:
    row: Any = one.edition or one.status_change
    return {
        "id": one.pk,
        "recorded_at": one.recorded_at,
        "effective_at": row.effective_at if row is not None else days.first_instant(one.effective_on, ""),
        "effective_on": one.effective_on,
        "kind": one.kind,
        "attestation": one.attestation.public_id,
        "number": number_of(one),
        "issuer": one.issuer.public_id,
        "scheme": one.scheme,
        "what": _what(one),
        "status": one.status_change.status if one.status_change else None,
        "edition": one.edition.edition if one.edition else None,
    }


def _what(one: Change) -> str:
    if one.kind == Change.Kind.EXPIRED:
        return "day"
    return "edition" if one.edition else "status" if one.status_change else "delivery"


class LogOut(Shape):
    """How far the public log is; ``checkpoint`` is the signed note, to be checked with ``key``."""

    name: str
    key: str
    size: int
    waiting: int
    signed_at: datetime | None
    cosigners: int
    quorum: int
    cosigned_size: int
    checkpoint: str | None


@endpoint("GET", "/log", response=LogOut, summary="State of the public log", tags=["log"])
def read_log(request: HttpRequest) -> Any:
    """Return the newest checkpoint. Tiles and proofs are plain files below /log/; `testamur log` audits them."""
    state, newest = transparency.state(), transparency.newest_checkpoint()
    return {
        "name": custody.log_name(),
        "key": str(custody.log_verifier_key()),
        "size": state.size,
        "waiting": transparency.waiting(),
        "signed_at": state.signed_at,
        "cosigners": state.cosigners,
        "quorum": state.quorum,
        "cosigned_size": state.cosigned_size,
        "checkpoint": transparency.cosigned(newest) if newest else None,
    }


class ProblemOut(Shape):
    """A kind of problem; ``type`` is what problems of this kind say."""

    id: str
    type: str
    status: int
    phrase: str
    title: str
    remedy: str


class ProblemsOut(Shape):
    """Every kind of problem."""

    items: list[ProblemOut]


@endpoint("GET", "/problems", response=ProblemsOut, summary="Kinds of problems", tags=["log"])
def list_problems(request: HttpRequest) -> Any:
    """Return every kind of problem that this API answers with."""
    return {"items": problems.listed()}
