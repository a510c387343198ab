"""What changed: the public line of changes as a page, as JSON, and as Atom feeds that can be followed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.kernel import clock
from testamur.notices import queries, searches
from testamur.notices.models import Change
from testamur.notices.queries import Asked
from testamur.notices.words import KINDS, number_of
from testamur.parties.models import Organisation
from testamur.portal import asking, exports, feeds, showing
from testamur.portal.frame import page
from testamur.register.models import Attestation

#: Lines of a page, and of an answer for machines.
PAGE, MANY = 50, 500
#: What narrows the line, by the names it has in addresses.
NARROWING = ("certificate", "body", "standard", "scheme", "kind", "from", "to")


class Narrowing:
    """What an address asks of the line of changes.

    Attributes:
        given: name → what was typed, empty ones left out.
        errors: name → what is wrong with it.
        nowhere: something is named that is not on record, so nothing changed.
    """

    def __init__(self, request: HttpRequest, since: datetime | None = None) -> None:
        self.request = request
        self.given = {name: value for name in NARROWING if (value := asking.text(request, name))}
        self.errors: dict[str, dict[str, str]] = {}
        self.nowhere = False
        self.certificate = self._certificate()
        self.body = self._body()
        self.asked = Asked(
            certificate=self.certificate.pk if self.certificate else None,
            body=self.body.pk if self.body else None,
            standard=self.given.get("standard", ""),
            scheme=self.given.get("scheme", ""),
            kinds=self._kinds(),
            first=self._day("from"),
            last=self._day("to"),
            since=since,
        )
        self.cursor = self._cursor()

    def address(self, route: str, **more: str | int) -> str:
        """Return the address of the same question at another page."""
        query = urlencode({**self.given, **more})
        return reverse(route) + (f"?{query}" if query else "")

    @property
    def title(self) -> dict[str, str]:
        """Return what the narrowed line is called."""
        if self.certificate is not None and hasattr(self.certificate, "current"):
            number = self.certificate.current.number
            return {"en": f"Changes of {number}", "zh": f"{number} 的变更"}
        if self.body is not None:
            names = self.body.names
            local = names.get("zh") or names.get("en", "")
            return {"en": f"Changes: {names.get('en') or local}", "zh": f"变更：{local}"}
        if named := self.given.get("standard") or self.given.get("scheme"):
            return {"en": f"Changes: {named}", "zh": f"变更：{named}"}
        return {"en": "Changes", "zh": "变更"}

    def _certificate(self) -> Attestation | None:
        named = self.given.get("certificate", "").upper()
        found = Attestation.objects.filter(public_id=named, confidential=False, personal=False).first()
        self.nowhere |= bool(named) and found is None
        return found if named else None

    def _body(self) -> Organisation | None:
        named = self.given.get("body", "").upper()
        found = Organisation.objects.filter(public_id=named).first() if named else None
        self.nowhere |= bool(named) and found is None
        return found

    def _kinds(self) -> tuple[str, ...]:
        kind = self.given.get("kind", "")
        self.nowhere |= bool(kind) and kind not in KINDS
        return (kind,) if kind in KINDS else ()

    def _day(self, name: str) -> date | None:
        found, wrong = asking.day(self.request, name)
        if wrong:
            self.errors[name] = {
                "en": "This is no day; write it as 2026-03-31.", "zh": "日期无法识别，请写作 2026-03-31。",
            }  # fmt: skip
        return found

    def _cursor(self) -> int | None:
        value = asking.text(self.request, "before")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None


def what(change: Change) -> dict[str, str]:
    """Return what happened, as fully as the register tells it in public."""
    if change.status_change is not None:
        return showing.change_words(change.status_change)
    if change.edition is not None:
        return showing.edition_words(change.edition)
    return KINDS[change.kind]


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """List what changed, newest first, narrowed by what the address says."""
    narrowing = Narrowing(request)
    if request.GET.get("as") in exports.MEDIA_TYPES and not narrowing.errors:  # else the page says what is wrong
        return _export(request, narrowing)
    found = _page(narrowing, PAGE)
    rows = [
        {
            "cells": [
                {"instant": one.recorded_at},
                {"code": number_of(one), "href": showing.address(one.attestation)},
                what(one),
                {"day": one.effective_on},
                {"text": one.issuer.names, "href": reverse("portal:body", args=[one.issuer.public_id])},
            ]
        }
        for one in found.rows
    ]
    context = {
        "crumbs": [{"label": {"en": "Changes", "zh": "变更"}}],
        "title": narrowing.title,
        "narrowing": narrowing,
        "kinds": [(kind, label, kind == narrowing.given.get("kind")) for kind, label in KINDS.items()],
        "schemes": [
            (ident, label, ident == narrowing.given.get("scheme"))
            for ident, label in sorted(showing.scheme_titles().items())
        ],
        "older": narrowing.address("portal:changes", before=found.next) if found.next else "",
        "newest": narrowing.address("portal:changes"),
        "begun": narrowing.cursor is not None,
        "short": bool(found.next) and len(found.rows) < PAGE,
        "history": showing.address(narrowing.certificate) + "#history" if narrowing.certificate else "",
        "table": {"columns": _COLUMNS, "rows": rows},
        "watch_url": _watch(narrowing),
        "json_url": narrowing.address("portal:changes-json"),
        "atom_url": narrowing.address("portal:changes-atom"),
        "exports": exports.links(request, "portal:changes"),
        "most": exports.MOST,
    }
    return page(request, "changes", context, status=400 if narrowing.errors else 200)


def _watch(narrowing: Narrowing) -> str:
    """Return where what the page is narrowed to can be watched; "" where it is no such thing."""
    for kind, named in (("certificate", narrowing.certificate), ("body", narrowing.body)):
        if named is not None:
            return f"{reverse('portal:watch')}?{urlencode({'kind': kind, 'key': named.public_id})}"
    if designation := narrowing.given.get("standard"):
        return f"{reverse('portal:watch')}?{urlencode({'kind': 'standard', 'key': designation})}"
    return ""


_COLUMNS = [
    {"label": {"en": "Recorded", "zh": "记录时间"}},
    {"label": {"en": "Number", "zh": "编号"}},
    {"label": {"en": "What happened", "zh": "内容"}},
    {"label": {"en": "In effect from", "zh": "生效日期"}},
    {"label": {"en": "Issued by", "zh": "发证机构"}},
]


def _page(narrowing: Narrowing, limit: int) -> queries.Page:
    if narrowing.nowhere or narrowing.errors:
        return queries.Page([], None, 0)
    return queries.page(narrowing.asked, cursor=narrowing.cursor, limit=limit)


def line(change: Change) -> dict[str, Any]:
    """Return a change as JSON tells it."""
    status = change.status_change.status if change.status_change is not None else None
    return {
        "id": change.pk,
        "recorded_at": change.recorded_at.isoformat(),
        "effective_on": change.effective_on.isoformat(),
        "kind": change.kind,
        "number": number_of(change),
        "attestation": change.attestation.public_id,
        "url": settings.ORIGIN + showing.address(change.attestation),
        "history": f"{settings.ORIGIN}/api/v1/attestations/{change.attestation.public_id}/history",
        "issuer": change.issuer.public_id,
        "scheme": change.scheme,
        "status": status,
        "what": what(change),
    }


@require_safe
def changes_json(request: HttpRequest) -> HttpResponse:
    """Return the changes for machines, newest first; ``next`` is the address of the page after this one.

    ``since`` is an instant with its zone: what was told before it is left out.
    """
    since, wrong = _since(request)
    narrowing = Narrowing(request, None if wrong else since)
    if wrong or narrowing.errors:
        title = (
            "since is an instant with its zone, written 2026-11-22T06:00:00+08:00"
            if wrong
            else next(iter(narrowing.errors.values()))["en"]
        )
        return JsonResponse({"title": title, "status": 400}, status=400, content_type="application/problem+json")
    found = _page(narrowing, MANY)
    more = {"since": request.GET["since"]} if since else {}
    return JsonResponse(
        {
            "as_of": clock.now().isoformat(),
            "sample": settings.SAMPLE,
            "changes": [line(one) for one in found.rows],
            "next": settings.ORIGIN + narrowing.address("portal:changes-json", **more, before=found.next)
            if found.next is not None
            else None,
        }
    )


def _since(request: HttpRequest) -> tuple[datetime | None, bool]:
    given = request.GET.get("since", "")
    if not given:
        return None, False
    try:
        found = datetime.fromisoformat(given[:40].replace(" ", "+"))
    except ValueError:
        return None, True
    return found, found.tzinfo is None


def _export(request: HttpRequest, narrowing: Narrowing) -> HttpResponse:
    rows, found = [], _page(narrowing, MANY)
    rows += found.rows
    while found.next is not None and len(rows) < exports.MOST:
        found = queries.page(narrowing.asked, cursor=found.next, limit=MANY)
        rows += found.rows
    columns = (
        ("recorded_at", "recorded"), ("number", "number"), ("kind", "kind"), ("effective_on", "in effect from"),
        ("issuer", "issuer"), ("scheme", "scheme"), ("url", "page"),
    )  # fmt: skip
    facts: Mapping[str, Any] = {
        "as_of": clock.now().isoformat(), "filters": narrowing.given,
        "next": settings.ORIGIN + narrowing.address("portal:changes", before=found.next, **{"as": "json"})
        if found.next is not None else None,
    }  # fmt: skip
    return exports.export(
        request.GET["as"], name="testamur-changes", columns=columns, rows=[line(one) for one in rows], facts=facts
    )


@require_safe
def changes_atom(request: HttpRequest) -> HttpResponse:
    """Return the changes as an Atom feed, narrowed like the page."""
    narrowing = Narrowing(request)
    if narrowing.errors:
        return render(request, "400.html", status=400)
    return feeds.answer(
        request,
        _page(narrowing, feeds.ENTRIES),
        title=narrowing.title,
        here=lambda **more: narrowing.address("portal:changes-atom", **more),
        page=narrowing.address("portal:changes"),
        about=urlencode(sorted(narrowing.given.items())),
        what=what,
    )


@require_safe
def search_atom(request: HttpRequest) -> HttpResponse:
    """Return the newest changes of what a search finds, as an Atom feed; asked like the search page."""
    search = searches.read((name, asking.text(request, name)) for name in request.GET)
    cursor = Narrowing(request).cursor
    found = queries.page(Asked(search=search if search else None), cursor=cursor, limit=feeds.ENTRIES)
    named = search.text or search.key

    def here(**more: str | int) -> str:
        tail = "&".join(part for part in (search.key, urlencode(more)) if part)
        return reverse("portal:search-atom") + (f"?{tail}" if tail else "")

    return feeds.answer(
        request,
        found,
        title={"en": f"Changes of what a search finds: {named}", "zh": f"检索结果的变更：{named}"},
        here=here,
        page=reverse("portal:search") + (f"?{search.key}" if search else ""),
        about=f"search?{search.key}",
        what=what,
    )
