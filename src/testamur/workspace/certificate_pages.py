"""What the pages of one certificate share: who may open it, its number, its holder."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.parties.models import Membership
from testamur.register import queries as register
from testamur.register.models import Attestation


def visible(membership: Membership) -> QuerySet[Attestation]:
    """Return the attestations that are somebody's work or own; who supervises sees all that are not confidential."""
    mine = Q(issuer=membership.organisation_id) | Q(holder=membership.organisation_id) | Q(person=membership.person_id)
    if membership.holds("supervision"):
        mine |= Q(confidential=False, personal=False)
    return register.visible_to(membership).filter(mine)


def open_certificate(request: HttpRequest, attestation_id: str) -> tuple[Attestation, Membership]:
    """Return an attestation that the person acting may see here, and the membership acted in; else 404."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    # What a source tells changes by its next delivery, and by nothing that is done on these pages.
    rows = visible(membership).filter(source=None).select_related("issuer", "holder", "person", "main")
    return get_object_or_404(rows, public_id=attestation_id), membership


def number_of(part: Attestation) -> str:
    """Return the number of the newest edition, the id where none is entered yet."""
    edition = part.editions.order_by("-edition").first()
    return edition.number if edition else part.public_id


def holder_of(found: Attestation) -> Any:
    """Return the names of the holder by language, "" where only a text is known."""
    party = found.holder or found.person
    return party.names if party else ""


def crumbs(found: Attestation, number: str, here: Any) -> list[dict[str, Any]]:
    """Return the way back from a page about one certificate."""
    return [
        {"label": _("Certificates"), "href": reverse("workspace:certificates")},
        {"label": number, "href": reverse("workspace:certificate", args=[found.public_id]), "mono": True},
        {"label": here},
    ]
