"""Reporting in: a body sends what it certified elsewhere, rows and how they are read, as one batch."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from pydantic import Field

from testamur.api.endpoint import endpoint, now
from testamur.api.endpoints.attestations import FIRST, LAST
from testamur.api.problems import Problem
from testamur.api.shapes import Given, LongText, Shape, Text
from testamur.kernel.refusal import _
from testamur.kernel.words import Origin
from testamur.parties.models import Membership
from testamur.register import mapping as mappings
from testamur.register.intake import take_in
from testamur.register.models import ImportBatch

Column = Annotated[str, Field(min_length=1, max_length=120)]
ROWS_MOST = 5000


class FieldIn(Given):
    """Where a value goes, from which column, how it is read: text, day (`form`: strptime), list, address, file_stem."""

    to: Column
    column: Column
    read: Annotated[str, Field(max_length=20)] = "text"
    form: Annotated[str, Field(max_length=40)] = ""
    tree: Annotated[str, Field(max_length=80)] = ""
    empty: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=20)] = Field(default_factory=list)
    keep: Annotated[int, Field(ge=0, le=4000)] = 0


class BatchIn(Given):
    """Up to 5000 rows as of a day. ``key``: columns that together name one record; ``holder``: who holds it."""

    as_of: Annotated[date, Field(ge=FIRST, le=LAST)]
    scheme: Annotated[str, Field(min_length=1, max_length=60)]
    title: LongText
    language: Annotated[str, Field(max_length=12)] = "zh"
    key: Annotated[list[Column], Field(min_length=1, max_length=10)]
    holder: Column
    fields: Annotated[list[FieldIn], Field(min_length=1, max_length=60)]
    rows: Annotated[list[dict[str, str]], Field(min_length=1, max_length=ROWS_MOST)]


class RejectedOut(Shape):
    """A row that did not come in: which, why, and what would help, in both languages."""

    row: int
    field: str
    reason: Text
    remedy: Text


class BatchOut(Shape):
    """What became of the batch; sent again it is found, not repeated (``digest`` is SHA-256 of rows and mapping)."""

    digest: str
    as_of: date
    rows: int
    accepted: int
    rejected: list[RejectedOut]


@endpoint(
    "POST", "/registers/{source}/batches", response={201: BatchOut}, summary="Report attestations in", tags=["register"]
)
def report_batch(request: HttpRequest, by: Membership, source: str, body: BatchIn) -> Any:
    """Take rows in as reported by the acting organisation; `source` is its id, since nobody reports for another.

    Each row is judged by itself: a bad one is rejected with its reason and remedy, the rest come in.
    """
    if source.upper() != by.organisation.public_id:
        raise Http404
    mapping = _mapping(body, by)
    rows = [
        mappings.Row(number, number, {name: row.get(name, "").replace("\0", "") for name in mapping.columns})
        for number, row in enumerate(body.rows, 2)
    ]
    batch = take_in(rows=rows, mapping=mapping, as_of=body.as_of, issuer=by.organisation, by=by, at=now())
    return 201, _batch(batch)


def _mapping(body: BatchIn, by: Membership) -> mappings.RegisterMapping:
    names = by.organisation.names
    wanted = {*body.key, body.holder, *(one.column for one in body.fields)}
    given = {name for row in body.rows for name in row}
    lacking = sorted(wanted - given)
    if lacking:
        raise Problem("invalid", _("No row has a column {columns}."), {"columns": lacking[:10]}, field="rows")
    if not {"number", "effective_on"} <= {one.to for one in body.fields}:
        raise Problem("invalid", _("Say which columns hold “number” and “effective_on”."), field="fields")
    known = ("number", "statement", "grade", "effective_on", "expires_on", "requirements")
    for place, one in enumerate(body.fields):
        if one.to not in known and one.to.partition(".")[0] not in ("shown", "line"):
            raise Problem("invalid", _("A value goes to one of {known}, to shown.… or to line.…."),
                          {"known": list(known)}, field=f"fields.{place}.to")  # fmt: skip
        if (one.to in ("effective_on", "expires_on")) != (one.read == "day") or (one.to == "requirements") != (
            one.read == "list"
        ):
            raise Problem("invalid", _("Days are read as day, requirements as list, and nothing else is."),
                          field=f"fields.{place}.read")  # fmt: skip
    return mappings.read(
        {
            "source": {
                "id": by.organisation.public_id,
                "register": names.get("zh") or names.get("en") or by.organisation.public_id,
                "scheme": body.scheme,
                "origin": str(Origin.REPORTED),
                "title": body.title,
                "statement_language": body.language,
            },
            "file": {"format": "json", "columns": sorted(given)},
            "key": {"columns": body.key},
            "issuer": {"column": body.holder, "names": names},
            "holder": {"column": body.holder},
            "field": [one.model_dump() for one in body.fields],
        },
        "body",
    )


def _batch(batch: ImportBatch) -> dict[str, Any]:
    return {
        "digest": batch.digest,
        "as_of": batch.as_of,
        "rows": batch.rows,
        "accepted": batch.accepted,
        "rejected": [
            {"row": one["row"], "field": one["field"], "reason": one["reason"], "remedy": one["remedy"]}
            for one in batch.rejected
        ],
    }
