"""What changed lately, how far the log is, and the problems this API answers with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query

from testamur.api import problems
from testamur.api.endpoint import endpoint
from testamur.api.endpoints.attestations import instant
from testamur.api.shapes import Shape
from testamur.register import queries
from testamur.transparency import custody
from testamur.transparency import queries as transparency


class ChangeOut(Shape):
    """A new edition, or a change of status."""

    recorded_at: datetime
    effective_at: datetime
    attestation: str
    what: str
    status: str | None = None
    edition: int | None = None


class ChangesOut(Shape):
    """Newest first. ``complete`` is false where ``since`` asks for more than ``limit`` lines: ask for more of them."""

    items: list[ChangeOut]
    complete: bool


@endpoint("GET", "/changes", response=ChangesOut, summary="What changed since", tags=["register"])
def list_changes(
    request: HttpRequest,
    since: Annotated[datetime | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=499)] = 50,
) -> Any:
    """Return the public records that changed after an instant, newest first: what a mirror or a watch asks."""
    found = queries.changes(since=instant(since), limit=limit + 1)
    return {"items": [_change(one) for one in found[:limit]], "complete": len(found) <= limit}


def _change(one: queries.Changed) -> dict[str, Any]:
    row: Any = one.edition or one.change
    return {
        "recorded_at": one.recorded_at,
        "effective_at": row.effective_at,
        "attestation": one.attestation.public_id,
        "what": "edition" if one.edition else "status",
        "status": one.change.status if one.change else None,
        "edition": one.edition.edition if one.edition else None,
    }


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
