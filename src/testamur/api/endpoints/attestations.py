"""Attestations: the list, one record with its answer, its history, its signed credential."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query
from pydantic import Field

from testamur.api import telling
from testamur.api.endpoint import endpoint
from testamur.api.paging import page
from testamur.api.problems import Problem
from testamur.api.shapes import AttestationOut, RowsOut, Shape, Text
from testamur.kernel import clock, days
from testamur.kernel.refusal import _
from testamur.kernel.words import Status
from testamur.register import queries
from testamur.register.answers import answer
from testamur.register.authority import Said
from testamur.register.disclosure import disclosed_to, public_fields
from testamur.register.models import Attestation, Current
from testamur.register.queries import status_of
from testamur.register.status import area_of, history, newest_edition
from testamur.register.words import fold
from testamur.surveillance.queries import overdue

Asked = Annotated[str, Query(max_length=300)]
#: Days before 1900 or after 2200 are typing errors, and arithmetic near the ends of the calendar is none.
FIRST, LAST = date(1900, 1, 1), date(2200, 12, 31)
Day = Annotated[date | None, Query(ge=FIRST, le=LAST)]


@endpoint("GET", "/attestations", response=RowsOut, summary="List attestations", tags=["register"])
def list_attestations(
    request: HttpRequest,
    q: Asked = "",
    issuer: Asked = "",
    scheme: Asked = "",
    standard: Asked = "",
    country: Asked = "",
    region: Asked = "",
    industry: Asked = "",
    accreditation: Asked = "",
    status: Annotated[Status | None, Query()] = None,
    cursor: Annotated[str, Query(max_length=600)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Find public attestations by number or words (`q`), narrowed by issuer, scheme, standard, country, status, region
    (beginning of a code), industry (`tree:code`) and accreditation (its number). A record that its source no longer
    lists has the status `gone`.

    In the order in which they came into the register, so that a cursor stays true while others are added. Persons'
    and confidential records are not listed; ask for them by number with POST /verifications.
    """
    today = days.day_of(clock.now())
    membership = getattr(request, "membership", None)
    filters = {
        "text": q.replace("\0", " "), "issuer": issuer.upper(), "scheme": scheme, "standard": standard,
        "country": country, "status": str(status) if status else "", "region": region, "industry": industry,
        "accreditation": accreditation,
    }  # fmt: skip
    rows = queries.listing(**_without_nul(filters), membership=membership, today=today)
    return page(
        rows, by=("attestation_id",), cursor=cursor, limit=limit, filters=list(filters.values()),
        shown=lambda row: _row(row, today, disclosed_to(row.attestation, membership)),
    )  # fmt: skip


def _without_nul(filters: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("\0", "") for name, value in filters.items()}


def _row(row: Current, today: date, disclosed: bool) -> dict[str, Any]:
    shown = public_fields(row.attestation, row.edition)
    named = disclosed or ("holder" in shown and not row.attestation.personal)
    return {
        "id": row.attestation.public_id,
        "number": row.number,
        "status": str(status_of(row, today)),
        "scheme": row.scheme,
        "issuer": {"id": row.issuer.public_id, "names": row.issuer.names},
        "holder": row.holder_text if named else None,
        "valid_from": row.effective_on,
        "valid_until": row.expires_on,
        "standards": [one for one in row.standards.split(" | ") if one],
    }


@endpoint("GET", "/attestations/{public_id}", response=AttestationOut, summary="One attestation, and whether it holds",
          tags=["register"])  # fmt: skip
def read_attestation(
    request: HttpRequest,
    public_id: str,
    on: Day = None,
    known: Annotated[datetime | None, Query()] = None,
    holder: Asked = "",
) -> Any:
    """Say what the register says of a record: on a civil day (`on`), as known at an instant (`known`).

    Withdrawn, expired and withheld records answer with their reason and never with 404. A person's name is shown to
    whoever asks with it (`holder`).
    """
    attestation = find(public_id)
    disclosed = disclosed_to(attestation, getattr(request, "membership", None))
    duties = [] if on else [Said(one.sentence, one.facts, one.source) for one in overdue(attestation=attestation)]
    found = answer(attestation, on=on, known=instant(known), duties=duties, disclosed=disclosed)
    return telling.record(found, telling.fields_of(found, disclosed=disclosed, named=names(attestation, holder)))


class HistoryLine(Shape):
    """One line: a change of status or an edition, on both clocks, and what became of it; of a source's record also
    that the source ceased to list it (``listed`` false) or listed it again."""

    effective_on: date
    recorded_at: datetime
    days_late: int
    fate: str
    status: str | None = None
    edition: int | None = None
    reason: Text = Field(default_factory=dict)
    ground: str = ""
    source: str = ""
    lines: list[int] | None = None
    log_entry: int | None = None
    listed: bool | None = None


class HistoryOut(Shape):
    """Everything that was recorded, in the order in which it took effect; corrected and annulled lines stay."""

    attestation: str
    items: list[HistoryLine]


@endpoint(
    "GET", "/attestations/{public_id}/history", response=HistoryOut, summary="History on both clocks", tags=["register"]
)
def read_history(request: HttpRequest, public_id: str, known: Annotated[datetime | None, Query()] = None) -> Any:
    """Return every edition and change of status, with the day it took effect and the instant it was recorded."""
    attestation = find(public_id)
    disclosed = disclosed_to(attestation, getattr(request, "membership", None))
    shown = public_fields(attestation, newest_edition(attestation))
    if not disclosed and "history" not in shown:
        raise Problem(
            "forbidden", _("Its holder and issuer keep it confidential; number and status are always public.")
        )
    reasons = disclosed or "reasons" in shown
    return {
        "attestation": attestation.public_id,
        "items": [_line(one, reasons) for one in history(attestation, instant(known))],
    }


def _line(one: Any, reasons: bool) -> dict[str, Any]:
    line = {
        "effective_on": one.effective_on,
        "recorded_at": one.recorded_at,
        "days_late": one.days_late,
        "fate": str(one.fate),
    }
    if one.change is not None:
        entry = one.change.entry
        told = (
            {"reason": one.change.reason, "ground": one.change.ground, "source": one.change.source} if reasons else {}
        )
        return line | told | {
            "status": one.change.status, "lines": one.change.lines, "log_entry": entry.index if entry else None,
        }  # fmt: skip
    if one.listing is not None:
        return line | {"listed": one.listing.listed}
    credential = next(iter(sorted(one.edition.credentials.all(), key=lambda row: row.pk)), None)
    entry = credential.entry if credential else None
    return line | {
        "edition": one.edition.edition,
        "reason": one.edition.reason_text if reasons else {},
        "log_entry": entry.index if entry else None,
    }


@endpoint("GET", "/attestations/{public_id}/credential", summary="The signed credential", tags=["register"],
          openapi_extra={"responses": {200: {"description": "OK", "content": {"application/vc+jwt": {}}}}})  # fmt: skip
def read_credential(request: HttpRequest, public_id: str) -> HttpResponse:
    """Return the current edition's credential (`application/vc+jwt`); `testamur verify` needs no server to check it."""
    attestation = find(public_id)
    quiet = attestation.confidential or attestation.personal
    if quiet and not disclosed_to(attestation, getattr(request, "membership", None)):
        raise Problem("forbidden", _("This credential is in the hands of its holder; ask for it there."))
    edition = attestation.editions.filter(credentials__isnull=False).order_by("-edition").first()
    if edition is None:
        raise Problem("not_found", _("Nothing was signed here for this record: it comes from {origin}."),
                      {"origin": attestation.origin_name or attestation.origin})  # fmt: skip
    credential = edition.credentials.order_by("-id").first()
    response = HttpResponse(credential.jwt, content_type="application/vc+jwt")
    response["Content-Disposition"] = f'attachment; filename="{attestation.public_id}.jwt"'
    return response


def find(public_id: str) -> Attestation:
    """Return a record by its public id; 404 where there is none."""
    rows = Attestation.objects.select_related("issuer", "holder", "person", "main", "continues")
    found = rows.filter(public_id=public_id.upper()).first() if public_id.isalnum() and len(public_id) <= 10 else None
    if found is None:
        raise Http404
    return found


def names(attestation: Attestation, holder: str) -> bool:
    """Say whether somebody asked with the whole name of the person who holds a record."""
    asked = fold(holder)
    person = attestation.person
    return bool(asked) and person is not None and asked in {fold(name) for name in person.names.values()}


def instant(known: datetime | None) -> datetime | None:
    """Return an instant in its zone; without a zone it is UTC."""
    if known is None:
        return None
    if not FIRST.year <= known.year <= LAST.year:
        raise Problem(
            "invalid", _("This is no day or instant; write 2026-03-31, or 2026-03-31T08:00:00Z."), field="known"
        )
    return known if known.tzinfo else days.first_instant(known.date(), "").replace(
        hour=known.hour, minute=known.minute, second=known.second
    )  # fmt: skip


def area(attestation: Attestation) -> str:
    """Return the area in whose zone the civil days of a record are counted."""
    return area_of(newest_edition(attestation)) or "CN"
