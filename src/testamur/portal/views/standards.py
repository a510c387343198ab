"""Standards: searched, browsed by ICS level by level, each with its chain of editions and what rests on it."""

from __future__ import annotations

import re
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from testamur import rules
from testamur.portal import asking, exports, feeds, ics, showing
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.register.models import Current
from testamur.requirements import queries as requirements
from testamur.requirements.models import Classification, Document
from testamur.rules.sources import documents as cited
from testamur.schemes import queries as schemes
from testamur.wording.templatetags.say import citation, words

STATES: dict[str, tuple[str, dict[str, str]]] = {
    "published": ("valid", {"en": "current", "zh": "现行"}),
    "withdrawn": ("withdrawn", {"en": "withdrawn", "zh": "废止"}),
    "draft": ("none", {"en": "draft", "zh": "草案"}),
    "unknown": ("none", {"en": "state not known", "zh": "状态不详"}),
}
DEGREES = {
    "IDT": {"en": "identical to", "zh": "等同采用"},
    "MOD": {"en": "modified from", "zh": "修改采用"},
    "NEQ": {"en": "not equivalent to", "zh": "非等效采用"},
}
CODE = re.compile(r"\d{2}(\.\d{3}(\.\d{2})?)?\Z")
KEPT = 600  # seconds: the counts of a tree that changes with an import


def state(document: Document) -> dict[str, Any]:
    """Return a document's state as a cell."""
    colour, text = STATES[document.status]
    return {"status": colour, "text": text}


@require_safe
@limited("search", a_minute=120)
def standards(request: HttpRequest) -> HttpResponse:
    """Search documents, or go down the ICS."""
    asked, code = asking.text(request, "q"), asking.text(request, "ics")
    status = asking.text(request, "status")
    status = status if status in STATES else ""
    code = code if CODE.match(code) else ""
    rows = _matching(asked, code, status)
    if request.GET.get("as") in exports.MEDIA_TYPES:
        return _export(request, rows)
    listing = bool(asked or code or status)
    listed = asking.page_of(request, rows) if listing else None
    context = {
        "crumbs": _crumbs(code),
        "find": {
            "action": reverse("portal:standards"), "q": asked, "target": "list",
            "hidden": [{"name": n, "value": v} for n, v in (("ics", code), ("status", status)) if v],
        },
        "asked": asked,
        "ics": code,
        "ics_title": ics.FIELDS.get(code[:2], {}) if code else {},
        "branches": _branches(code),
        "states": [
            {"href": _address(q=asked, ics=code, status=key), "label": text, "current": key == status}
            for key, text in [("", {"en": "All", "zh": "全部"}), *((key, text) for key, (_c, text) in STATES.items())]
        ],
        "page": listed,
        "table": _table(listed) if listed is not None else None,
        "used": _used() if not listing else None,
        "total": _total(),
        "exports": exports.links(request, "portal:standards") if listing else [],
    }  # fmt: skip
    return page(request, "standards", context)


def _matching(asked: str, code: str, status: str) -> QuerySet[Document]:
    rows = requirements.search(" ".join(asked.split()[:8]), status=status)
    if code:
        under = Classification.objects.filter(Q(ics=code) | Q(ics__startswith=f"{code}."))
        rows = rows.filter(pk__in=under.values("document"))
    return rows


def _address(**query: str) -> str:
    tail = urlencode({key: value for key, value in query.items() if value})
    return f"{reverse('portal:standards')}{'?' + tail if tail else ''}"


def _crumbs(code: str) -> list[dict[str, Any]]:
    crumbs: list[dict[str, Any]] = [{"label": {"en": "Standards", "zh": "标准"}, "href": reverse("portal:standards")}]
    if not code:
        return crumbs[:1]
    parts = code.split(".")
    for depth in range(len(parts)):
        branch = ".".join(parts[: depth + 1])
        crumbs.append({"label": f"ICS {branch}", "href": _address(ics=branch)})
    return crumbs


def _counted() -> dict[str, int]:
    """Return ICS code → documents classified right there."""
    key = f"portal.ics.{Classification.objects.order_by('-pk').values_list('pk', flat=True).first()}"
    found: dict[str, int] | None = cache.get(key)
    if found is None:
        found = dict(Classification.objects.order_by().values_list("ics").annotate(n=Count("pk")))
        cache.set(key, found, KEPT)
    return found


def _branches(code: str) -> list[dict[str, Any]]:
    """Return the branches one level below a code, with how many documents each holds."""
    depth = len(code.split(".")) if code else 0
    if depth >= 3:
        return []
    sums: dict[str, int] = {}
    for one, count in _counted().items():
        parts = one.split(".")
        if len(parts) > depth and (not code or one.startswith(f"{code}.")):
            branch = ".".join(parts[: depth + 1])
            sums[branch] = sums.get(branch, 0) + count
    return [
        {
            "code": branch,
            "title": ics.FIELDS.get(branch, {}) if depth == 0 else {},
            "count": sums[branch],
            "href": _address(ics=branch),
        }
        for branch in sorted(sums)
    ]


def _total() -> int:
    found: int | None = cache.get("portal.standards.total")
    if found is None:
        found = Document.objects.count()
        cache.set("portal.standards.total", found, 60)
    return found


def _table(listed: Any) -> dict[str, Any]:
    return {
        "columns": [
            {"label": {"en": "Number", "zh": "编号"}},
            {"label": {"en": "Title", "zh": "名称"}},
            {"label": {"en": "Published", "zh": "发布"}},
            {"label": {"en": "State", "zh": "状态"}},
        ],
        "rows": [
            {
                "cells": [
                    {"text": one.designation, "href": reverse("portal:standard", args=[one.key])},
                    one.title or "",
                    {"day": one.published_on} if one.published_on else "",
                    state(one),
                ]
            }
            for one in listed
        ],
    }


def _used() -> dict[str, Any] | None:
    """Return what most certificates are issued against."""
    rows = Current.objects.filter(personal=False, confidential=False).exclude(standards="")
    counts: dict[str, int] = {}
    for listed, count in rows.values_list("standards").annotate(n=Count("pk")):
        for designation in listed.split(" | "):
            counts[designation] = counts.get(designation, 0) + count
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:10]
    known = {one.designation: one for one in Document.objects.filter(designation__in=[name for name, _n in most])}
    cells = []
    for designation, count in most:
        document = known.get(designation)
        href = reverse("portal:standard", args=[document.key]) if document else ""
        search = f"{reverse('portal:search')}?{urlencode({'standard': designation})}"
        cells.append(
            {
                "cells": [
                    {"text": designation, "href": href},
                    document.title if document else "",
                    state(document) if document else "",
                    {"number": count, "href": search},
                ]
            }
        )
    if not cells:
        return None
    return {
        "columns": [
            {"label": {"en": "Number", "zh": "编号"}},
            {"label": {"en": "Title", "zh": "名称"}},
            {"label": {"en": "State", "zh": "状态"}},
            {"label": {"en": "Records", "zh": "记录数"}, "numeric": True},
        ],
        "rows": cells,
    }


def _export(request: HttpRequest, rows: QuerySet[Document]) -> HttpResponse:
    columns = (("key", "key"), ("designation", "designation"), ("title", "title"), ("publisher", "publisher"),
               ("published_on", "published"), ("withdrawn_on", "withdrawn"), ("status", "status"))  # fmt: skip
    written = [
        {name: words(one.title) if name == "title" else getattr(one, name) for name, _title in columns}
        for one in rows[: exports.MOST]
    ]
    return exports.export(request.GET["as"], name="testamur-standards", columns=columns, rows=written)


# ---------------------------------------------------------------- one document


@require_safe
def standard(request: HttpRequest, key: str) -> HttpResponse:
    """Show one document: its editions, what it adopts, what rests on it."""
    document = Document.objects.filter(key=key[:160]).first()
    if document is None:
        raise Http404
    replaced = requirements.replaced_by(document)
    named = [row.new_designation for row in document.replaced_by.filter(new=None) if row.new_designation]
    older = [row.old_designation for row in document.replaces.filter(old=None) if row.old_designation]
    gone = requirements.is_withdrawn(document.key, showing.today()) is not None
    chain = requirements.chain(document)
    resting = Current.objects.filter(personal=False, confidential=False, standards__contains=document.designation)
    codes = [one.ics for one in document.classifications.order_by("ics")]
    context = {
        "crumbs": [
            {"label": {"en": "Standards", "zh": "标准"}, "href": reverse("portal:standards")},
            {"label": document.designation},
        ],
        "document": document,
        "follow": feeds.follow("standard", document.designation, standard=document.designation),
        "state": state(document),
        "gone": gone,
        "replaced": [{"document": one, "href": reverse("portal:standard", args=[one.key])} for one in replaced],
        "replaced_elsewhere": named,
        "replaces_elsewhere": older,
        "chain": [
            {
                "label": one.designation,
                "note": words(STATES[one.status][1]) + (f" · {one.published_on.year}" if one.published_on else ""),
                "href": reverse("portal:standard", args=[one.key]),
                "here": one.pk == document.pk,
                "gone": one.status == Document.Status.WITHDRAWN,
            }
            for one in chain
        ]
        if len(chain) > 1
        else [],
        "adopts": [
            {
                "degree": DEGREES[row.degree],
                "document": row.adopted,
                "href": reverse("portal:standard", args=[row.adopted.key]),
            }
            for row in document.adopts.select_related("adopted")
        ],
        "adopted_by": [
            {
                "degree": DEGREES[row.degree],
                "document": row.adopting,
                "href": reverse("portal:standard", args=[row.adopting.key]),
            }
            for row in document.adopted_by.select_related("adopting")
        ],
        "ics": [{"code": code, "title": ics.FIELDS.get(code[:2], {}), "href": _address(ics=code)} for code in codes],
        "resting": resting.count(),
        "resting_href": f"{reverse('portal:search')}?{urlencode({'standard': document.designation})}",
        "clauses": document.clauses.select_related("parent")[:400],
        "schemes": _schemes_on(document.key),
        "rules": _rules_on(document.key),
    }
    return page(request, "standard", context)


def _schemes_on(key: str) -> list[dict[str, Any]]:
    """Return the newest versions of the schemes whose requirements, or whose sources, name a document."""
    found, seen = [], set()
    for scheme in schemes.published():
        if scheme.scheme_id in seen:
            continue
        seen.add(scheme.scheme_id)
        definition = scheme.definition
        required = any(row.document == key for row in definition.requirements)
        sourced = any(one.document == key for _name, row in definition.all_tables() for one in row.source or ())
        if required or sourced:
            found.append(
                {
                    "title": scheme.title,
                    "href": reverse("portal:scheme", args=[scheme.scheme_id]),
                    "what": {"en": "certifies against it", "zh": "以其为认证依据"}
                    if required
                    else {"en": "cites it as a source", "zh": "引为来源"},
                }
            )
    return found


def _rules_on(key: str) -> list[dict[str, Any]]:
    return [
        {"id": rule.id, "title": rule.title, "href": reverse("portal:rule", args=[rule.id])}
        for rule in rules.index().values()
        if any(source.partition("#")[0] == key for source in rule.source)
    ]


@require_safe
def source(request: HttpRequest, key: str) -> HttpResponse:
    """Lead from a cited document to its page; a document that is only cited gets a page of who cites it."""
    if Document.objects.filter(key=key[:160]).exists():
        return redirect("portal:standard", key)
    title = cited().get(key)
    by_schemes, by_rules = _schemes_on(key), _rules_on(key)
    if title is None and not by_schemes and not by_rules:
        raise Http404
    context = {
        "crumbs": [
            {"label": {"en": "Standards", "zh": "标准"}, "href": reverse("portal:standards")},
            {"label": title or citation(key)},
        ],
        "title": title or citation(f"{key}#").rstrip(", "),
        "key": key,
        "schemes": by_schemes,
        "rules": by_rules,
    }
    return page(request, "source", context)
