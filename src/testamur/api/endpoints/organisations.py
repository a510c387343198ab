"""Public facts of an organisation; and who the caller is."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest

from testamur.api.endpoint import endpoint, words_of
from testamur.api.shapes import Shape, Text
from testamur.parties import actions, queries
from testamur.parties.models import Membership, Organisation
from testamur.register import queries as register


class OrganisationOut(Shape):
    """What anybody may know: names, place, identifiers, keys, and how many public attestations it gave and holds."""

    id: str
    names: Text
    address: Text
    country: str
    region: str
    website: str
    identifiers: list[dict[str, str]]
    did: str | None
    root: bool
    issued: int
    held: int
    sample: bool


@endpoint("GET", "/organisations/{public_id}", response=OrganisationOut, summary="Public facts of an organisation",
          tags=["organisations"])  # fmt: skip
def read_organisation(request: HttpRequest, public_id: str) -> Any:
    """Return an organisation that appears in the public register. One that only applied for something does not."""
    found = Organisation.objects.filter(public_id=public_id.upper().replace("\0", "")).first()
    if found is None:
        raise Http404
    public = register.visible_to(None)
    issued, held = public.filter(issuer=found).count(), public.filter(holder=found).count()
    named = public.filter(Q(editions__parties__organisation=found)).exists()
    root = queries.is_root(found)
    if not (issued or held or named or root or _own(request, found)):
        raise Http404
    return {
        "id": found.public_id,
        "names": found.names,
        "address": found.address,
        "country": found.country,
        "region": found.region,
        "website": found.website,
        "identifiers": [
            {"scheme": row.scheme, "value": row.value, "state": row.state}
            for row in found.identifiers.exclude(scheme="source").order_by("scheme", "id")
        ],
        "did": actions.did(found) if found.keys.exists() else None,
        "root": root,
        "issued": issued,
        "held": held,
        "sample": found.sample,
    }


def _own(request: HttpRequest, organisation: Organisation) -> bool:
    return any(one.organisation_id == organisation.pk for one in getattr(request, "memberships", ()))


class MeOut(Shape):
    """Under which membership the caller acts, and which others are theirs."""

    acting: dict[str, Any]
    memberships: list[dict[str, Any]]


@endpoint("GET", "/me", response=MeOut, summary="Who am I here?", tags=["cases"])
def read_me(request: HttpRequest, by: Membership) -> Any:
    """Return the acting membership; the header Acting-Membership names another of one's own."""
    own: list[Membership] = request.memberships  # type: ignore[attr-defined]
    return {"acting": words_of(by), "memberships": [words_of(one) for one in own]}
