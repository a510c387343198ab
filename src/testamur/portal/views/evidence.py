"""Evidence to take away: the code that leads to a record, and everything that one offline check reads."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from testamur.attestation import queries as attestation
from testamur.portal import showing
from testamur.portal.limits import limited
from testamur.register.models import Attestation, Credential

#: Seconds a drawn code may be kept: it changes with a new edition, and the old one keeps leading to the record.
MAX_AGE = 86_400


@require_safe
def qr(request: HttpRequest, public_id: str) -> HttpResponse:
    """Draw the address of a record's page as a QR code."""
    record = Attestation.objects.filter(public_id=public_id.upper()).first() if len(public_id) == 10 else None
    if record is None:
        raise Http404
    held = _newest(Q(edition__attestation=record))
    # Behind "#" stand the first characters of the digest: a browser that opens it knows a swapped page by itself.
    address = f"/c/{held.public_id}#{held.digest[:16]}" if held else showing.address(record)
    picture = io.BytesIO()
    code = segno.make(settings.ORIGIN + address, error="m", micro=False)
    code.save(picture, kind="svg", scale=4, border=2, dark="#000", light="#fff", xmldecl=True, svgns=True)
    response = HttpResponse(picture.getvalue(), content_type="image/svg+xml")
    response["Cache-Control"] = f"public, max-age={MAX_AGE}"
    return response


@require_safe
@limited("bundle", a_minute=30)
def offline_bundle(request: HttpRequest, public_id: str) -> HttpResponse:
    """Pack everything that one offline check reads; the id is a record's, or that of one of its credentials."""
    code = public_id.upper() if len(public_id) == 10 else ""
    one = _newest(Q(edition__attestation__public_id=code)) or _newest(Q(public_id=code))
    made = attestation.bundle_of(one) if one is not None else None
    if made is None:
        raise Http404
    response = HttpResponse(made, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{code}.bundle.json"'
    return response


def _newest(asked: Q) -> Credential | None:
    rows = Credential.objects.select_related("edition__attestation__issuer", "entry").filter(asked)
    return rows.order_by("-edition__edition", "-id").first()
