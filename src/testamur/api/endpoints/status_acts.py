"""Changes of a living attestation by its issuer: nouns that one creates; a suspension one deletes to restore."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from pydantic import Field

from testamur.api.endpoint import endpoint, now
from testamur.api.shapes import Codes, Given, LongText, Shape, Text
from testamur.attestation import actions
from testamur.parties.models import Membership
from testamur.register.models import Attestation, Edition, StatusChange

Ground = Annotated[str, Field(max_length=60)]
Lines = Annotated[list[Annotated[int, Field(ge=0, le=10_000)]], Field(max_length=1000)]


class ActIn(Given):
    """The scheme's ground, and reasons that the public page shows, in one language or more."""

    ground: Ground = ""
    reasons: LongText


class OnLinesIn(ActIn):
    """The same, of the whole or of some scope lines by their positions."""

    lines: Lines | None = None


class ReductionIn(ActIn):
    """The scope lines that remain, and the scope in words as it reads then."""

    scope: Annotated[Codes, Field(min_length=1, max_length=1000)]
    statement: LongText | None = None


class SiteIn(Given):
    """A line of the new site list."""

    names: LongText
    address: LongText = Field(default_factory=dict)
    statement: LongText = Field(default_factory=dict)
    central: bool = False
    site: Annotated[str, Field(max_length=10)] | None = None


class EditionIn(Given):
    """What is written differently; what is left out stays as it is."""

    reasons: LongText
    names: LongText | None = None
    address: LongText | None = None
    sites: Annotated[list[SiteIn], Field(max_length=2000)] | None = None
    statement: LongText | None = None


class StatusOut(Shape):
    """What was recorded: status, from when, why, by which ground."""

    attestation: str
    status: str
    effective_at: datetime
    recorded_at: datetime
    ground: str
    reasons: Text
    lines: list[int] | None


class NewEditionOut(Shape):
    """The edition that is current now; older papers answer superseded."""

    attestation: str
    edition: int
    number: str
    effective_at: datetime
    recorded_at: datetime


class AwaitedOut(Shape):
    """It is decided and proposed; nothing is issued before a second person of the issuer approves it."""

    attestation: str
    awaits: str


@endpoint("POST", "/attestations/{public_id}/suspension", response={201: StatusOut}, summary="Suspend", tags=["status"])
def suspend(request: HttpRequest, by: Membership, public_id: str, body: OnLinesIn) -> Any:
    """Suspend the whole or some scope lines, from now on. DELETE the suspension to restore."""
    change = actions.suspend(
        attestation=_own(public_id, by), ground=body.ground, reasons=body.reasons, lines=body.lines, by=by, at=now()
    )
    return 201, _status(change)


@endpoint(
    "DELETE", "/attestations/{public_id}/suspension", response={200: StatusOut}, summary="Restore", tags=["status"]
)
def restore(request: HttpRequest, by: Membership, public_id: str, body: OnLinesIn) -> Any:
    """End the suspension: its reasons are gone."""
    change = actions.restore(
        attestation=_own(public_id, by), ground=body.ground, reasons=body.reasons, lines=body.lines, by=by, at=now()
    )
    return 200, _status(change)


@endpoint(
    "POST", "/attestations/{public_id}/withdrawal", response={201: StatusOut}, summary="Withdraw", tags=["status"]
)
def withdraw(request: HttpRequest, by: Membership, public_id: str, body: ActIn) -> Any:
    """Withdraw for cause. It cannot be undone, only annulled on appeal."""
    change = actions.withdraw(
        attestation=_own(public_id, by), ground=body.ground, reasons=body.reasons, by=by, at=now()
    )
    return 201, _status(change)


@endpoint(
    "POST", "/attestations/{public_id}/cancellation", response={201: StatusOut}, summary="Cancel", tags=["status"]
)
def cancel(request: HttpRequest, by: Membership, public_id: str, body: ActIn) -> Any:
    """Cancel at the holder's request, or because the object ceased."""
    change = actions.cancel(attestation=_own(public_id, by), ground=body.ground, reasons=body.reasons, by=by, at=now())
    return 201, _status(change)


@endpoint("POST", "/attestations/{public_id}/reduction", response={201: NewEditionOut, 202: AwaitedOut},
          summary="Reduce the scope",
          tags=["status"])  # fmt: skip
def reduce(request: HttpRequest, by: Membership, public_id: str, body: ReductionIn) -> Any:
    """Take scope lines away: a new edition under the same number."""
    edition = actions.reduce(
        attestation=_own(public_id, by), scope=body.scope, statement=body.statement, ground=body.ground,
        reasons=body.reasons, by=by, at=now(),
    )  # fmt: skip
    return (201, _edition(edition)) if edition is not None else (202, {"attestation": public_id, "awaits": "approval"})


@endpoint("POST", "/attestations/{public_id}/editions", response={201: NewEditionOut, 202: AwaitedOut},
          summary="Change its words",
          tags=["status"])  # fmt: skip
def change(request: HttpRequest, by: Membership, public_id: str, body: EditionIn) -> Any:
    """Write a name, an address, the sites or the wording differently: a new edition; nothing is revoked."""
    edition = actions.change(
        attestation=_own(public_id, by), names=body.names, address=body.address, statement=body.statement,
        sites=[one.model_dump() for one in body.sites] if body.sites is not None else None,
        reasons=body.reasons, by=by, at=now(),
    )  # fmt: skip
    return (201, _edition(edition)) if edition is not None else (202, {"attestation": public_id, "awaits": "approval"})


def _own(public_id: str, by: Membership) -> Attestation:
    """Return an attestation of the acting organisation; to others there is none to change."""
    rows = Attestation.objects.filter(issuer=by.organisation_id).select_related("issuer")
    found = rows.filter(public_id=public_id.upper().replace("\0", "")).first()
    if found is None:
        raise Http404
    return found


def _status(change: StatusChange) -> dict[str, Any]:
    return {
        "attestation": change.attestation.public_id,
        "status": str(change.status),
        "effective_at": change.effective_at,
        "recorded_at": change.recorded_at,
        "ground": change.ground,
        "reasons": change.reason,
        "lines": change.lines,
    }


def _edition(edition: Edition) -> dict[str, Any]:
    return {
        "attestation": edition.attestation.public_id,
        "edition": edition.edition,
        "number": edition.number,
        "effective_at": edition.effective_at,
        "recorded_at": edition.recorded_at,
    }
