"""Public pages of schemes: what each proves, who decides what by which clause, and what changed between versions."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from testamur.portal import asking, exports, showing
from testamur.portal.frame import page
from testamur.portal.scheme_page import SchemePage
from testamur.portal.scheme_words import word
from testamur.register.models import Current
from testamur.schemes import queries
from testamur.schemes.models import Scheme
from testamur.transparency import publication
from testamur.wording.templatetags.say import words

FAMILIES = {
    "management-systems": {"en": "Management systems", "zh": "管理体系"},
    "compulsory": {"en": "Compulsory product certification", "zh": "强制性产品认证"},
    "products": {"en": "Voluntary product certification", "zh": "自愿性产品认证"},
    "licences": {"en": "Licences and qualifications", "zh": "资质批准与资质认定"},
    "accreditation": {"en": "Accreditation", "zh": "认可"},
    "persons": {"en": "Persons", "zh": "人员"},
    "authorities": {"en": "Authorities", "zh": "主管部门"},
    "bases": {"en": "Bases that others build on", "zh": "供其他方案承接的基础方案"},
}


def _newest() -> dict[str, list[Scheme]]:
    """Return scheme id → its versions, newest first."""
    found: dict[str, list[Scheme]] = {}
    for scheme in queries.published():
        found.setdefault(scheme.scheme_id, []).append(scheme)
    return found


@require_safe
def schemes(request: HttpRequest) -> HttpResponse:
    """List the published schemes by family."""
    asked = asking.text(request, "q").casefold()
    living = dict(Current.objects.order_by().values_list("scheme").annotate(n=Count("pk")))
    groups: dict[str, list[dict[str, Any]]] = {}
    flat = []
    for ident, versions in _newest().items():
        newest = versions[0]
        text = f"{ident} {newest.title.get('en', '')} {newest.title.get('zh', '')}".casefold()
        if not all(part in text for part in asked.split()):
            continue
        head = newest.definition.scheme
        row = {
            "id": ident, "title": newest.title, "version": newest.version, "proves": head.proves,
            "href": reverse("portal:scheme-version", args=[ident, newest.version]),
            "object": word(head.object), "from": newest.effective_from, "versions": len(versions),
            "living": living.get(ident, 0), "base": head.base, "unconfirmed": len(newest.definition.unconfirmed()),
        }  # fmt: skip
        groups.setdefault(newest.family, []).append(row)
        flat.append({**row, "title": words(newest.title), "object": words(row["object"])})
    if request.GET.get("as") in exports.MEDIA_TYPES:
        columns = [(key, key) for key in ("id", "version", "title", "object", "from", "living", "unconfirmed")]
        return exports.export(request.GET["as"], name="testamur-schemes", columns=columns, rows=flat)
    order = [*FAMILIES, *sorted(groups.keys() - FAMILIES.keys())]
    context = {
        "crumbs": [{"label": {"en": "Schemes", "zh": "认证方案"}}],
        "find": {"action": reverse("portal:schemes"), "q": asking.text(request, "q"), "target": "list"},
        "groups": [
            {
                "title": FAMILIES.get(family, {"en": family or "Other", "zh": family or "其他"}),
                "schemes": groups[family],
            }
            for family in order
            if family in groups
        ],
        "exports": exports.links(request, "portal:schemes"),
    }
    return page(request, "schemes", context)


@require_safe
def scheme(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Lead to the version in force today, or to the newest."""
    versions = _newest().get(scheme_id)
    if not versions:
        raise Http404
    today = showing.today()
    chosen = next((one for one in versions if one.effective_from <= today), versions[0])
    return redirect("portal:scheme-version", scheme_id, chosen.version)


@require_safe
def version(request: HttpRequest, scheme_id: str, version: str) -> HttpResponse:
    """Show one version, made from its tables."""
    versions = _newest().get(scheme_id, [])
    found = next((one for one in versions if one.version == version), None)
    if found is None:
        raise Http404
    path = f"schemes/{found.scheme_id}/{found.version}.json"
    compared = reverse("portal:scheme-differences", args=[scheme_id])
    others = [
        {
            "version": one.version,
            "from": one.effective_from,
            "href": reverse("portal:scheme-version", args=[scheme_id, one.version]),
            "differences": f"{compared}?from={one.version}&to={found.version}",
        }
        for one in versions
        if one.pk != found.pk
    ]
    context = {
        "crumbs": [
            {"label": {"en": "Schemes", "zh": "认证方案"}, "href": reverse("portal:schemes")},
            {"label": found.title},
        ],
        "scheme": found,
        "in_force": _in_force(found, showing.today()),
        "others": others,
        "json_href": f"/{path}" if publication.has(path) else "",
        "entry": found.entry.index if found.entry is not None else None,
        "living": Current.objects.filter(scheme=scheme_id, personal=False, confidential=False).count(),
        "search_href": f"{reverse('portal:search')}?scheme={scheme_id}",
        **SchemePage(found.definition).context(),
    }
    return page(request, "scheme", context)


def _in_force(scheme: Scheme, today: date) -> bool:
    return scheme.effective_from <= today and (scheme.effective_to is None or today <= scheme.effective_to)


@require_safe
def differences(request: HttpRequest, scheme_id: str) -> HttpResponse:
    """Show what differs between two versions, table by table."""
    versions = _newest().get(scheme_id, [])
    if not versions:
        raise Http404
    by_version = {one.version: one for one in versions}
    older = by_version.get(asking.text(request, "from"), versions[-1])
    newer = by_version.get(asking.text(request, "to"), versions[0])
    changed = queries.changed(older, newer)
    before, after = _tables(older), _tables(newer)
    context = {
        "crumbs": [
            {"label": {"en": "Schemes", "zh": "认证方案"}, "href": reverse("portal:schemes")},
            {"label": newer.title, "href": reverse("portal:scheme-version", args=[scheme_id, newer.version])},
            {"label": {"en": "Differences", "zh": "差异"}},
        ],
        "older": older,
        "newer": newer,
        "versions": [one.version for one in versions],
        "added": [_named(key, after) for key in changed["added"]],
        "dropped": [_named(key, before) for key in changed["dropped"]],
        "changed": [
            {
                **_named(key, after),
                "table": {
                    "columns": [
                        {"label": {"en": "Key", "zh": "键"}},
                        {"label": {"en": f"In {older.version}", "zh": f"{older.version}版"}},
                        {"label": {"en": f"In {newer.version}", "zh": f"{newer.version}版"}},
                    ],
                    "rows": [
                        {"cells": [{"code": name}, _said(before[key].get(name)), _said(after[key].get(name))]}
                        for name in sorted(before[key].keys() | after[key].keys())
                        if before[key].get(name) != after[key].get(name) and name != "origin"
                    ],
                },
            }
            for key in changed["changed"]
        ],
        "scheme_id": scheme_id,
    }
    return page(request, "scheme_differences", context)


def _tables(scheme: Scheme) -> dict[str, dict[str, Any]]:
    return {f"{name} {getattr(row, 'id', '')}".strip(): row.to_json() for name, row in scheme.definition.all_tables()}


def _named(key: str, tables: dict[str, dict[str, Any]]) -> dict[str, Any]:
    row = tables[key]
    text = row.get("title") or row.get("label") or row.get("means") or row.get("text") or row.get("step") or {}
    return {"key": key, "text": text, "sources": row.get("source", [])}


def _said(value: Any) -> Any:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return (
            words(value) if set(value) <= {"en", "zh"} else ", ".join(f"{key} = {item}" for key, item in value.items())
        )
    if isinstance(value, list):
        return "; ".join(str(_said(item)) for item in value)
    return str(value)
