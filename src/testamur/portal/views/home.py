"""The front door, what this place is, and what changed lately."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from testamur.kernel import clock, days
from testamur.kernel.words import Status
from testamur.parties import queries as parties
from testamur.portal import showing
from testamur.portal.asking import page_of
from testamur.portal.frame import page
from testamur.register import queries as register
from testamur.register.models import Current
from testamur.wording.templatetags.say import words

#: Seconds for which the numbers of the front page are kept: nobody's decision hangs on them.
KEPT = 60
FEED = 200


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
        "news": [_news(one) for one in register.changes(limit=8)],
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


def _news(one: register.Changed) -> dict[str, Any]:
    return {
        "day": days.day_of(one.recorded_at),
        "text": {key: f"{one.attestation.current.number}: {text}" for key, text in _what(one).items()},
        "href": showing.address(one.attestation),
    }


def _what(one: register.Changed) -> dict[str, str]:
    if one.change is not None:
        return showing.change_words(one.change)
    return showing.edition_words(one.edition)


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


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """List what was recorded lately, newest first."""
    found = register.changes(limit=500)
    listed = page_of(request, found)
    rows = [
        {
            "cells": [
                {"instant": one.recorded_at},
                {"code": one.attestation.current.number, "href": showing.address(one.attestation)},
                _what(one),
                one.attestation.issuer.names,
            ]
        }
        for one in listed
    ]
    context = {
        "crumbs": [{"label": {"en": "Changes", "zh": "变更"}}],
        "page": listed,
        "table": {
            "columns": [
                {"label": {"en": "Recorded", "zh": "记录时间"}},
                {"label": {"en": "Number", "zh": "编号"}},
                {"label": {"en": "What happened", "zh": "内容"}},
                {"label": {"en": "Issued by", "zh": "发证机构"}},
            ],
            "rows": rows,
        },
    }
    return page(request, "changes", context)


@require_safe
def changes_json(request: HttpRequest) -> HttpResponse:
    """Return the changes for machines; ``since`` is an instant with its zone."""
    since = None
    given = request.GET.get("since", "")
    if given:
        try:
            since = datetime.fromisoformat(given[:40].replace(" ", "+"))
        except ValueError:
            since = None
        if since is None or since.tzinfo is None:
            problem = {
                "title": "since is an instant with its zone, written 2026-11-22T06:00:00+08:00",
                "status": 400,
            }
            return JsonResponse(problem, status=400, content_type="application/problem+json")
    rows = [
        {
            "recorded_at": one.recorded_at.isoformat(),
            "number": one.attestation.current.number,
            "url": settings.ORIGIN + showing.address(one.attestation),
            "kind": "status" if one.change is not None else "edition",
            "status": one.change.status if one.change is not None else None,
            "what": _what(one),
        }
        for one in register.changes(since=since, limit=500)
    ]
    return JsonResponse({"as_of": clock.now().isoformat(), "sample": settings.SAMPLE, "changes": rows})


@require_safe
def changes_atom(request: HttpRequest) -> HttpResponse:
    """Return the changes as an Atom feed."""
    feed = Atom1Feed(
        title=words({"en": "Testamur: changes", "zh": "Testamur：变更"}),
        link=settings.ORIGIN + reverse("portal:changes"),
        description="",
        language=get_language() or "en",
        feed_url=settings.ORIGIN + reverse("portal:changes-atom"),
    )
    for one in register.changes(limit=FEED):
        link = settings.ORIGIN + showing.address(one.attestation)
        stamp = one.recorded_at.isoformat()
        feed.add_item(
            title=f"{one.attestation.current.number}: {words(_what(one))}",
            link=link,
            description=words(one.attestation.issuer.names),
            unique_id=f"{link}#{stamp}",
            updateddate=one.recorded_at,
            pubdate=one.recorded_at,
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)
