"""Reporting in: a body saves how its rows are read, sends what it certified, sees what would change, and commits."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from pydantic import Field

from testamur.api.endpoint import endpoint, now
from testamur.api.endpoints.attestations import FIRST, LAST
from testamur.api.problems import Problem
from testamur.api.shapes import Given, Shape, Text
from testamur.kernel.refusal import _
from testamur.kernel.words import Origin
from testamur.parties.models import Membership
from testamur.register.actions import commit, give_up, name_source, receive
from testamur.register.actions.deliveries import refusal_of
from testamur.register.models import Delivery, Source
from testamur.register.queries_reporting import check_of, told, visible_to
from testamur.register.reporting import mapping as mappings

#: Rows of one call, and remarks that its answer lists.
ROWS_MOST, REMARKS_MOST = 10_000, 500
_SEEN = (Delivery.State.JUDGED, Delivery.State.COMMITTING, Delivery.State.COMMITTED)


class MappingIn(Given):
    """How rows are read, in the tables that `docs/reference/mappings.md` explains; `source` may be left out."""

    body: Annotated[dict[str, Any], Field(max_length=20)]


class MappingOut(Shape):
    """A saved mapping: its version, and SHA-256 of its canonical body. The same one again is the same version."""

    source: str
    version: int
    digest: str


class DeliveryIn(Given):
    """Up to 10,000 rows as of a day, read by the saved mapping (the newest, or a version). `dry_run`: only judge them.

    `whole`: the rows are all that the body certified; what they do not name is gone. `feed`: the rows are what
    happened, in the order of their days and up to `as_of`, as the table `feed` of the mapping reads them. `once`: the
    caller's key; the same key again answers the same delivery. `override`: why a list that looks like a failed
    collection is right, or why what it lacks is gone although some of its rows cannot be read.
    """

    as_of: Annotated[date, Field(ge=FIRST, le=LAST)]
    rows: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=ROWS_MOST)]
    mapping: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    whole: bool = False
    feed: bool = False
    dry_run: bool = False
    once: Annotated[str, Field(max_length=80)] = ""
    override: Annotated[str, Field(max_length=300)] = ""


class RemarkOut(Shape):
    """What is wrong with a row, and what would help, in both languages. `rejects`: it did not come in."""

    row: int
    line: int
    field: str
    code: str
    rejects: bool
    reason: Text
    remedy: Text


class CheckOut(Shape):
    """How a whole list compares with what the change feeds since the one before it left, in records.

    `appeared`, `gone`, `otherwise`: what the feeds did not say. They speak up to `until`; what happened after that no
    feed could say.
    """

    feeds: int
    since: date | None
    until: date
    appeared: int
    gone: int
    otherwise: int
    same: int


class DeliveryOut(Shape):
    """What became of a delivery: judged, committed or refused; what changed; what is wrong with single rows.

    `begins_on`: of a change feed, the day of its first row. `check`: of a whole list that follows change feeds. In
    `counts`, `held` are records that a whole list lacks and that are not taken for gone, because it has rows
    (`unnamed`) that cannot be read and may be any record.
    """

    id: str
    state: str
    as_of: date
    whole: bool
    feed: bool
    begins_on: date | None
    rows: int
    check: CheckOut | None
    counts: dict[str, Any]
    refusal: str
    remarks: list[RemarkOut]


@endpoint(
    "POST", "/registers/{source}/mappings", response={201: MappingOut}, summary="Save how rows are read",
    tags=["register"],
)  # fmt: skip
def save_mapping_of_register(request: HttpRequest, by: Membership, source: str, body: MappingIn) -> Any:
    """Save how the rows of the acting organisation are read; `source` is its id, since nobody reports for another."""
    _check_own(by, source)
    given = body.body.get("source", {})
    if not isinstance(given, dict):
        raise Problem("invalid", _("The table source of a mapping holds names and values; send it as an object."),
                      field="body.source")  # fmt: skip
    head = {
        "names": by.organisation.names, "title": {"en": "Certificate", "zh": "证书"}, **given,
        "id": by.organisation.public_id, "origin": str(Origin.REPORTED),
    }  # fmt: skip
    # The body itself is the issuer of all it reports.
    said = {"issuer": {"value": by.organisation.public_id}, **body.body, "source": head}
    named = name_source(mapping=mappings.read(said, "body"), by=by, at=now(), organisation=by.organisation)
    saved = named.mappings.latest("version")
    return 201, {"source": named.key, "version": saved.version, "digest": saved.digest}


@endpoint(
    "POST", "/registers/{source}/deliveries", response={201: DeliveryOut}, summary="Report attestations in",
    tags=["register"],
)  # fmt: skip
def report_delivery(request: HttpRequest, by: Membership, source: str, body: DeliveryIn) -> Any:
    """Take rows in as reported by the acting organisation, or only say what they would change (`dry_run`).

    Each row is judged by itself: a bad one is rejected with its reason and remedy, the rest come in.
    """
    _check_own(by, source)
    named = Source.objects.filter(key=by.organisation.public_id).first()
    saved = None
    if named is not None:
        rows = named.mappings.order_by("-version")
        saved = rows.filter(version=body.mapping).first() if body.mapping else rows.first()
    if named is None or saved is None:
        raise Problem("invalid", _("No such mapping is saved; say first how your rows are read."), {}, field="mapping")
    delivery = receive(
        source=named, mapping=saved, content=body.rows, name="", as_of=body.as_of, whole=body.whole, by=by, at=now(),
        once=body.once, feed=body.feed,
    )  # fmt: skip
    if delivery.state == Delivery.State.REFUSED and not (body.override and delivery.counts):
        raise refusal_of(delivery)
    if not body.dry_run and delivery.state != Delivery.State.COMMITTED:
        delivery = commit(delivery=delivery, by=by, at=now(), override=body.override)
    return 201, _said(delivery)


@endpoint(
    "GET", "/registers/{source}/deliveries/{delivery}", response=DeliveryOut, summary="What became of a delivery",
    tags=["register"],
)  # fmt: skip
def delivery_of_register(request: HttpRequest, by: Membership, source: str, delivery: str) -> Any:
    """Return a delivery of the acting organisation with its counts and remarks."""
    return _said(_own(by, source, delivery))


@endpoint(
    "POST", "/registers/{source}/deliveries/{delivery}/commitment", response={201: DeliveryOut},
    summary="Commit a delivery that was judged", tags=["register"],
)  # fmt: skip
def commit_delivery(request: HttpRequest, by: Membership, source: str, delivery: str) -> Any:
    """Take in what a dry run showed; called again it goes on where it stopped, and changes nothing once it is done."""
    return 201, _said(commit(delivery=_own(by, source, delivery), by=by, at=now()))


@endpoint(
    "DELETE", "/registers/{source}/deliveries/{delivery}", response={200: DeliveryOut}, summary="Give up a delivery",
    tags=["register"],
)  # fmt: skip
def give_up_delivery(request: HttpRequest, by: Membership, source: str, delivery: str) -> Any:
    """Give up a delivery that was not committed."""
    return 200, _said(give_up(delivery=_own(by, source, delivery), by=by, at=now()))


def _check_own(by: Membership, source: str) -> None:
    if source.upper() != by.organisation.public_id:
        raise Http404


def _own(by: Membership, source: str, delivery: str) -> Delivery:
    _check_own(by, source)
    found = visible_to(by).select_related("source", "mapping").filter(public_id=delivery.upper()).first()
    if found is None:
        raise Http404
    return found


def _checked(delivery: Delivery) -> dict[str, Any] | None:
    found = check_of(delivery)
    return None if found is None else {name: getattr(found, name) for name in CheckOut.model_fields}


def _said(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.public_id,
        "state": delivery.state,
        "as_of": delivery.as_of,
        "whole": delivery.whole,
        "feed": delivery.feed,
        "begins_on": delivery.begins_on,
        "rows": delivery.rows,
        "check": _checked(delivery),
        "counts": {name: value for name, value in delivery.counts.items() if name != "so_far"},
        "refusal": refusal_of(delivery).sentence() if delivery.refusal and delivery.state not in _SEEN else "",
        "remarks": [told(one) for one in delivery.remarks.order_by("-rejects", "row", "id")[:REMARKS_MOST]],
    }
