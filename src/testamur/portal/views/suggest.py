"""Suggestions under the box: a list that a script shows while somebody types, and JSON for others' boxes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from testamur.portal import asking
from testamur.portal.limits import limited
from testamur.register.finding.near import near
from testamur.register.finding.suggesting import Suggestion, suggestions

KINDS: dict[str, dict[str, str]] = {
    "number": {"en": "Number", "zh": "编号"},
    "holder": {"en": "Holder", "zh": "持有人"},
    "body": {"en": "Body", "zh": "机构"},
    "standard": {"en": "Standard", "zh": "标准"},
}
#: Hits below which the search page also names holders whose names are alike.
FEW = 5


@require_safe
@limited("suggest", a_minute=600)
def suggest(request: HttpRequest) -> HttpResponse:
    """List what somebody may be about to type, each with the page it leads to."""
    found = [
        {"text": one.text, "kind": one.kind, "title": KINDS[one.kind], "href": _leads_to(one)}
        for one in suggestions(asking.text(request, "q"))
    ]
    if request.GET.get("as") == "json":
        rows = [{key: one[key] for key in ("text", "kind", "href")} for one in found]
        response: HttpResponse = JsonResponse({"suggestions": rows}, json_dumps_params={"ensure_ascii": False})
    else:
        response = render(request, "portal/_suggestions.html", {"suggestions": found})
    response["Cache-Control"] = "private, max-age=60"
    return response


def alike(asked: str, total: int) -> list[dict[str, Any]]:
    """Return the holders' names like what was asked, with their searches, where it found few or nothing."""
    if not asked or total >= FEW:
        return []
    return [{"name": one.name, "href": _search(one.name)} for one in near(asked)]


def _leads_to(one: Suggestion) -> str:
    if one.kind == "number":
        return reverse("portal:certificate", args=[one.key])
    if one.kind == "body":
        return reverse("portal:body", args=[one.key])
    if one.kind == "standard":
        return reverse("portal:standard", args=[one.key])
    return _search(one.text)


def _search(text: str) -> str:
    return f"{reverse('portal:search')}?{urlencode({'q': text})}"
