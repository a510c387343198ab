"""Schemes and their versions, as published."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest

from testamur.api.endpoint import endpoint
from testamur.api.shapes import Shape, Text
from testamur.schemes import queries
from testamur.schemes.models import Scheme


class VersionOut(Shape):
    """One published version, which never changes; ``digest`` is SHA-256 of its canonical JSON."""

    id: str
    version: str
    title: Text
    family: str
    effective_from: date
    effective_to: date | None
    digest: str
    log_entry: int | None


class VersionsOut(Shape):
    """Versions, newest first."""

    items: list[VersionOut]


class DefinitionOut(VersionOut):
    """A version with its whole flattened definition."""

    definition: dict[str, Any]


@endpoint("GET", "/schemes", response=VersionsOut, summary="Published schemes", tags=["schemes"])
def list_schemes(request: HttpRequest) -> Any:
    """Return the newest version of every scheme."""
    newest: dict[str, Scheme] = {}
    for scheme in queries.published().select_related("entry"):
        newest.setdefault(scheme.scheme_id, scheme)
    return {"items": [_version(one) for one in newest.values()]}


@endpoint("GET", "/schemes/{scheme_id}", response=VersionsOut, summary="Versions of a scheme", tags=["schemes"])
def list_versions(request: HttpRequest, scheme_id: str) -> Any:
    """Return every version of a scheme, newest first."""
    rows = list(queries.published().filter(scheme_id=_plain(scheme_id)).select_related("entry"))
    if not rows:
        raise Http404
    return {"items": [_version(one) for one in rows]}


@endpoint("GET", "/schemes/{scheme_id}/{version}", response=DefinitionOut, summary="One version", tags=["schemes"])
def read_version(request: HttpRequest, scheme_id: str, version: str) -> Any:
    """Return one version with its definition in the scheme language."""
    found = queries.published().filter(scheme_id=_plain(scheme_id), version=_plain(version)).first()
    if found is None:
        raise Http404
    return {**_version(found), "definition": found.body}


def _plain(text: str) -> str:
    return text.replace("\0", "")


def _version(scheme: Scheme) -> dict[str, Any]:
    return {
        "id": scheme.scheme_id,
        "version": scheme.version,
        "title": scheme.title,
        "family": scheme.family,
        "effective_from": scheme.effective_from,
        "effective_to": scheme.effective_to,
        "digest": scheme.digest,
        "log_entry": scheme.entry.index if scheme.entry else None,
    }
