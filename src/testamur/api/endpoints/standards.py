"""Standards and legal acts: search, one document, its chain of editions."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Query
from pydantic import Field

from testamur.api.endpoint import endpoint
from testamur.api.endpoints.attestations import Asked
from testamur.api.paging import page
from testamur.api.shapes import Shape, Text
from testamur.requirements import queries
from testamur.requirements.models import Document


class DocumentOut(Shape):
    """One edition; ``key`` is what schemes and scope lines cite."""

    key: str
    designation: str
    title: Text
    kind: str
    status: str
    publisher: str
    published_on: date | None
    withdrawn_on: date | None
    confirmed: bool


class DocumentsOut(Shape):
    """One page, by designation."""

    items: list[DocumentOut]
    next: str | None


class ChainOut(DocumentOut):
    """A document, what replaced it, and every edition of its chain, oldest first."""

    ics: list[str]
    replaced_by: list[DocumentOut]
    chain: list[DocumentOut] = Field(default_factory=list)


@endpoint("GET", "/standards", response=DocumentsOut, summary="Search standards", tags=["standards"])
def list_standards(
    request: HttpRequest,
    q: Asked = "",
    ics: Asked = "",
    status: Annotated[Document.Status | None, Query()] = None,
    cursor: Annotated[str, Query(max_length=600)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Any:
    """Find documents by the words of designation and title, within a branch of ICS."""
    words, branch = q.replace("\0", " "), ics.replace("\0", "")
    rows = queries.search(" ".join(words.split()[:8]), ics=branch, status=str(status.value) if status else "")
    return page(rows, by=("designation", "id"), cursor=cursor, limit=limit, filters=[q, ics, status], shown=_document)


@endpoint("GET", "/standards/{path:key}", response=ChainOut, summary="One standard", tags=["standards"])
def read_standard(request: HttpRequest, key: str) -> Any:
    """Return one document with its chain of editions, so that a withdrawn one names its successor."""
    found = Document.objects.filter(key=key.replace("\0", "")).first()
    if found is None:
        raise Http404
    return {
        **_document(found),
        "ics": [row.ics for row in found.classifications.order_by("ics")],
        "replaced_by": [_document(one) for one in queries.replaced_by(found)],
        "chain": [_document(one) for one in queries.chain(found)],
    }


def _document(row: Document) -> dict[str, Any]:
    return {
        "key": row.key,
        "designation": row.designation,
        "title": row.title,
        "kind": row.kind,
        "status": row.status,
        "publisher": row.publisher,
        "published_on": row.published_on,
        "withdrawn_on": row.withdrawn_on,
        "confirmed": row.confirmed,
    }
