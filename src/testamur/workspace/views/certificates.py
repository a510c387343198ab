"""The portfolio: what one's organisation issued and holds."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.files import tables
from testamur.kernel import days
from testamur.kernel.words import Status
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register import queries as register
from testamur.register.answering.assurance import ORIGINS
from testamur.register.models import Current
from testamur.schemes import queries as schemes
from testamur.surveillance import queries as surveillance
from testamur.wording.templatetags.say import status_word, words
from testamur.workspace import case_pages

PAGE = 50

SORTS = {
    "number": "number",
    "holder": "holder_text",
    "expiry": "expires_on",
    "from": "effective_on",
    "changed": "changed_at",
}


@require_safe
@acting.requires()
def certificates(request: HttpRequest) -> HttpResponse:
    """List what one's organisation issued and holds: status, last day, next duty; also as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    side = request.GET.get("side", "")
    own = Q(attestation__issuer=membership.organisation_id)
    held = Q(attestation__holder=membership.organisation_id) | Q(attestation__person=membership.person_id)
    rows = Current.objects.filter({"issued": own, "held": held}.get(side, own | held))
    counts = {"issued": Current.objects.filter(own).count(), "held": Current.objects.filter(held).count()}
    text, status, scheme = (request.GET.get(key, "").strip()[:100] for key in ("q", "status", "scheme"))
    if text:
        rows = rows.filter(Q(number__icontains=text) | Q(holder_text__icontains=text) | Q(search__icontains=text))
    over = Q(expires_on__lt=today) & Q(status__in=[Status.VALID, Status.SUSPENDED])
    if status == Status.EXPIRED:
        rows = rows.filter(over)
    elif status in set(Status):
        rows = rows.filter(status=status).exclude(over)
    if scheme:
        rows = rows.filter(scheme=scheme)
    sort = request.GET.get("sort", "-changed")
    key = SORTS.get(sort.lstrip("-"), "changed_at")
    rows = rows.select_related("attestation", "edition__scheme", "issuer").order_by(
        f"-{key}" if sort.startswith("-") else key, "pk"
    )
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["number", "id", "holder", "scheme", "status", "from", "until", "standards", "issuer",
                   "origin"]  # fmt: skip
        listed = (
            [
                row.number,
                row.attestation.public_id,
                row.holder_text,
                row.scheme,
                str(register.status_of(row, today)),
                row.effective_on,
                row.expires_on,
                row.standards,
                words(row.issuer.names),
                str(row.attestation.origin),
            ]
            for row in rows.iterator()
        )
        return tables.as_file(kind, columns, listed, name="certificates")
    present = set(Current.objects.filter(own | held).values_list("scheme", flat=True))
    titles = {one.scheme_id: words(one.title) for one in reversed(schemes.published())}
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    late = {duty.due.attestation_id for duty in surveillance.overdue(issuer=membership.organisation, today=today)}
    chips = [
        {"label": _("All"), "href": "?", "count": None, "current": side not in counts},
        {"label": _("Issued by us"), "href": "?side=issued", "count": counts["issued"], "current": side == "issued"},
        {"label": _("Held by us"), "href": "?side=held", "count": counts["held"], "current": side == "held"},
    ]
    return render(
        request,
        "workspace/certificates.html",
        {
            "head": {
                "title": _("Certificates"),
                "facts": [_("Certificates, licences, accreditations and registrations: issued and held.")],
            },
            "crumbs": [{"label": _("Certificates")}],
            "chips": chips if all(counts.values()) else [],
            "text": text,
            "status": status,
            "scheme": scheme,
            "side": side,
            "statuses": [(str(one), status_word(one)) for one in Status],
            "schemes": [(key, titles.get(key, key)) for key in sorted(present)],
            "table": {
                "columns": _columns(),
                "sorted": sort,
                "rows": [_row(row, today, late, titles) for row in page],
                "caption": _("Certificates"),
            },
            "page": page,
            "query": _query(request),
            "filtered": bool(text or status or scheme),
            "figures": _figures(membership, today) if counts["issued"] else [],
            "today": today,
        },
    )


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    for name in ("format", "page"):
        kept.pop(name, None)
    return kept.urlencode()


def _columns() -> list[dict[str, Any]]:
    return [
        {"label": _("Number"), "sort": "number"},
        {"label": _("Holder"), "sort": "holder"},
        {"label": _("Scheme")},
        {"label": _("Status")},
        {"label": _("Valid until"), "sort": "expiry"},
        {"label": _("Duty")},
        {"label": {"en": "Origin", "zh": "登记方式"}},
    ]


def _row(row: Current, today: date, late: set[int], titles: dict[str, str]) -> dict[str, Any]:
    edition = row.edition
    page = "portal:certificate" if row.attestation.source_id is not None else "workspace:certificate"
    title: Any = edition.scheme.title if edition and edition.scheme else titles.get(row.scheme, row.scheme)
    return {
        "id": row.attestation.public_id,
        "href": reverse(page, args=[row.attestation.public_id]),
        "cells": [
            row.number,
            row.holder_names,
            title,
            {"status": str(register.status_of(row, today))},
            row.expires_on,
            _("overdue") if row.attestation_id in late else "",
            ORIGINS[row.attestation.origin],
        ],
    }


def _figures(membership: Membership, today: date) -> list[dict[str, Any]]:
    mine = Current.objects.filter(attestation__issuer=membership.organisation_id)
    living = Q(expires_on__gte=today) | Q(expires_on=None)
    overdue = surveillance.overdue(issuer=membership.organisation, today=today)
    soon = mine.filter(status=Status.VALID, expires_on__gte=today, expires_on__lte=days.add_months(today, 6))
    return [
        {
            "label": _("Valid"),
            "value": mine.filter(living, status=Status.VALID).count(),
            "href": "?side=issued&status=valid",
            "note": _("show"),
        },
        {
            "label": _("Suspended"),
            "value": mine.filter(living, status=Status.SUSPENDED).count(),
            "href": "?side=issued&status=suspended",
            "note": _("show"),
        },
        {
            "label": _("End within six months"),
            "value": soon.count(),
            "href": "?side=issued&sort=expiry",
            "note": _("show"),
        },
        {
            "label": _("Overdue duties"),
            "value": len(overdue),
            "href": reverse("workspace:oversight"),
            "note": _("show"),
        },
    ]
