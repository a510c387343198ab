"""What hangs on a laboratory, a body, an accreditation, an edition of a standard or an arrangement; what would fall."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from testamur.kernel import days
from testamur.parties.models import Organisation
from testamur.portal import asking, exports, showing
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.portal.told_by import KINDS as TOLD_KINDS
from testamur.register import dependants
from testamur.register.dependants import Dependant, Dependants
from testamur.register.models import Attestation
from testamur.register.queries import status_on
from testamur.requirements.models import Document

KINDS = {**TOLD_KINDS, "standard": {"en": "Standard", "zh": "标准"}}
#: Rows of an export: whoever plans a withdrawal needs all of them; a workbook holds fewer.
MOST = {"csv": 500_000, "json": 500_000, "xlsx": exports.MOST}
COLUMNS = (
    ("number", {"en": "Number", "zh": "编号"}),
    ("holder", {"en": "Holder", "zh": "持有人"}),
    ("scheme", {"en": "Scheme", "zh": "认证方案"}),
    ("status", {"en": "Status", "zh": "状态"}),
    ("falls", {"en": "Would fall", "zh": "将失去依据"}),
    ("from", {"en": "From", "zh": "起始日"}),
    ("until", {"en": "Until", "zh": "截止日"}),
    ("address", {"en": "Page", "zh": "网页"}),
)


@require_safe
@limited("rests-on", a_minute=30)
def rests_on(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """List what rests on something, on a day, and say what would fall with it."""
    if kind not in KINDS or len(key) > 300 or "\0" in key:
        raise Http404
    errors = []
    asked: dict[str, Any] = {}
    for name in ("on", "known"):
        asked[name], wrong = asking.day(request, name)
        if wrong:
            text = gettext("This is no day; write it as 2026-03-31.")
            errors.append({"id": f"rests-{name}", "text": text})
    known = days.last_second(asked["known"]) if asked["known"] is not None else None
    found = dependants.of(kind, key, asked["on"], known)
    if (form := request.GET.get("as", "")) in exports.MEDIA_TYPES:
        return _export(request, found, form)
    listed = asking.page_of(request, list(found.rows), 100)
    context = {
        "crumbs": [{"label": {"en": "What hangs on it", "zh": "影响范围"}}, {"label": key}],
        "kind": KINDS[kind],
        "key": key,
        "name": _name(kind, key),
        "errors": errors,
        "found": found,
        "asked": asked,
        "action": reverse("portal:rests-on", args=[kind, key]),
        "page": listed,
        "table": _table(list(listed), found),
        "schemes": [{"label": showing.scheme_titles().get(one, one), "value": {"number": count}}
                    for one, count in found.by_scheme.items()],
        "exports": exports.links(request, "portal:rests-on", kind, key),
    }  # fmt: skip
    return page(request, "rests_on", context)


def _table(rows: list[Dependant], found: Dependants) -> dict[str, Any]:
    titles = showing.scheme_titles()
    columns: list[dict[str, Any]] = [{"label": label} for key, label in COLUMNS[:-1]]
    return {
        "columns": columns,
        "rows": [
            {
                "cells": [
                    {"text": one.number, "href": _address(one)},
                    one.holder,
                    titles.get(one.scheme, one.scheme),
                    {"status": _status(one, found)},
                    {"en": "yes", "zh": "是"} if one.in_force(found.on) else {"en": "no", "zh": "否"},
                    one.effective_on or "",
                    one.expires_on or "",
                ]
            }
            for one in rows
        ],
    }


def _status(one: Dependant, found: Dependants) -> str:
    """Return what it is on the day asked about: expired by the calendar, and no more listed, are no acts."""
    return str(status_on(one.status, one.expires_on, one.gone_on, found.on))


def _address(one: Dependant) -> str:
    # An authority's page leads on from here, so that no row needs its scheme to be asked for.
    return reverse("portal:certificate", args=[one.public_id])


def _export(request: HttpRequest, found: Dependants, form: str) -> HttpResponse:
    rows = [
        {
            "number": one.number, "holder": one.holder, "scheme": one.scheme, "status": _status(one, found),
            "falls": "yes" if one.in_force(found.on) else "no", "from": one.effective_on, "until": one.expires_on,
            "address": request.build_absolute_uri(_address(one)),
        }
        for one in found.rows[: MOST[form]]
    ]  # fmt: skip
    facts = {
        "kind": found.kind, "key": found.key, "on": found.on, "known": found.known, "total": found.total,
        "falling": found.falling, "hidden": found.hidden,
    }  # fmt: skip
    columns = [(key, gettext(label["en"])) for key, label in COLUMNS]
    return exports.export(form, name="testamur-rests-on", columns=columns, rows=rows, facts=facts)


def _name(kind: str, key: str) -> Any:
    """Return what something is called here; its key where only its source knows it."""
    if kind == "body":
        organisation = Organisation.objects.filter(public_id=key.upper()[:10]).first()
        return organisation.names if organisation is not None else key
    if kind == "standard":
        document = Document.objects.filter(key=key).first()
        return document.designation if document is not None else key
    authority = Attestation.objects.filter(public_id=key.upper()[:10], personal=False, confidential=False).first()
    if authority is None:
        return key
    number = authority.current.number if hasattr(authority, "current") else key
    return number
