"""The front door, and what this place is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.notices import queries as notices
from testamur.notices.models import Change
from testamur.notices.words import number_of
from testamur.parties import queries as parties
from testamur.portal import showing
from testamur.portal.frame import page
from testamur.portal.views.changes import what
from testamur.register.models import Current

#: Seconds for which the numbers of the front page are kept: nobody's decision hangs on them.
KEPT = 60


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show the one box, the five answers, the numbers and what is new."""
    counted = cache.get("portal.home")
    if counted is None or counted["sample"] != settings.SAMPLE:
        counted = {**_counts(), "at": clock.now(), "sample": settings.SAMPLE}
        cache.set("portal.home", counted, KEPT)
    context = {
        "is_home": True,
        "ask": {"action": reverse("portal:search"), "verify_href": reverse("portal:verify"), "examples": _examples()},
        "counts": counted if counted["records"] else None,
        "counted_at": counted["at"],
        "coverage": {
            "en": "Counted are the public records this register holds; what nobody reported here is not counted.",
            "zh": "仅统计本平台所载的公开记录；未向本平台报送的不在其内。",
        },
        "news": [_news(one) for one in notices.page(notices.Asked(), limit=8).rows],
        "feed_href": reverse("portal:changes-atom"),
    }
    return page(request, "home", context)


def _counts() -> dict[str, Any]:
    today = showing.today()
    month = days.first_instant(today.replace(day=1), "CN")
    rows = Current.objects.filter(personal=False)
    valid = rows.filter(status=Status.VALID).filter(Q(expires_on=None) | Q(expires_on__gte=today))
    certificates = valid.exclude(scheme__in=showing.authority_schemes())
    ended = rows.filter(status__in=[Status.SUSPENDED, Status.WITHDRAWN], changed_at__gte=month)
    return {
        "records": rows.count(),
        "valid": certificates.count(),
        "organisations": certificates.values("attestation__holder").distinct().count(),
        "bodies": certificates.values("issuer").distinct().count(),
        "ended_this_month": ended.count(),
    }


def _examples() -> list[dict[str, Any]]:
    """Return numbers to try, in a sample world only: real people are nobody's example."""
    if not settings.SAMPLE:
        return []
    rows = Current.objects.filter(personal=False, confidential=False, attestation__sample=True).exclude(
        scheme__in=showing.authority_schemes()
    )
    picked = [rows.filter(status=status).order_by("attestation_id").first() for status in ("valid", "suspended")]
    return [
        {"label": row.number, "href": f"{reverse('portal:search')}?q={row.number}", "code": True}
        for row in picked
        if row
    ]


def _news(one: Change) -> dict[str, Any]:
    return {
        "day": days.day_of(one.recorded_at),
        "text": {key: f"{number_of(one)}: {text}" for key, text in what(one).items()},
        "href": showing.address(one.attestation),
    }


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    """Say what this place is, who sees what, and by which rules it runs."""
    context = {
        "crumbs": [{"label": {"en": "About this place", "zh": "关于本平台"}}],
        "roots": [
            {"names": one.names, "href": reverse("portal:body", args=[one.public_id])} for one in parties.roots()
        ],
    }
    return page(request, "about", context)
