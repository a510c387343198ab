"""A holder under all names that people confirmed to be one organisation's, with all its public records."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from testamur.kernel import clock
from testamur.portal import asking, exports, showing
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.register import queries as register
from testamur.register import queries_holders as queries
from testamur.register.models import Current, Holder, HolderLink
from testamur.wording.templatetags.say import words

SORTS = {"number": "number_key", "holder": "holder_text", "from": "effective_on", "until": "expires_on"}
COLUMNS = (
    ("number", {"en": "Number", "zh": "编号"}),
    ("holder", {"en": "Name as stated", "zh": "所载名称"}),
    ("issuer", {"en": "Issued by", "zh": "发证机构"}),
    ("scheme", {"en": "Scheme", "zh": "认证方案"}),
    ("status", {"en": "Status", "zh": "状态"}),
    ("until", {"en": "Until", "zh": "截止日"}),
)


@require_safe
@limited("search", a_minute=120)
def holder(request: HttpRequest, public_id: str) -> HttpResponse:
    """Show a holder: its names, what links them, and every public record under any of them."""
    found = Holder.objects.filter(public_id=public_id.upper()).first()
    if found is None:
        raise Http404
    if found.public_id != public_id:
        return redirect("portal:holder", found.public_id)
    spellings = list(found.spellings.order_by("pk"))
    sort = asking.text(request, "sort")
    rows = queries.records_of(spellings)
    column = SORTS.get(sort.removeprefix("-"))
    if column:
        rows = rows.order_by(f"{'-' if sort.startswith('-') else ''}{column}", "attestation_id")
    titles, today = showing.scheme_titles(), showing.today()
    if request.GET.get("as") in exports.MEDIA_TYPES:
        return _export(request, rows, titles, today)
    listed = asking.page_of(request, rows)
    counted = {one.pk: queries.records_of([one]).count() for one in spellings}
    context = {
        "crumbs": [{"label": {"en": "Holders", "zh": "持有人"}}, {"label": spellings[0].name if spellings else ""}],
        "name": spellings[0].name if spellings else "",
        "spellings": {
            "columns": [
                {"label": {"en": "Name as stated", "zh": "所载名称"}},
                {"label": {"en": "Identifiers", "zh": "标识"}},
                {"label": {"en": "Records", "zh": "记录数"}, "numeric": True},
            ],
            "rows": [
                {"cells": [one.name, _identifiers(queries.identifiers(one)), {"number": counted[one.pk]}]}
                for one in spellings
            ],
        },
        "links": [_link(one) for one in queries.standing(spellings) if one.verdict == HolderLink.Verdict.SAME],
        "page": listed,
        "table": {
            "columns": [
                {"label": label, "sort": key if key in SORTS else ""} for key, label in COLUMNS
            ],
            "sorted": sort,
            "rows": [_row(row, titles, today) for row in listed],
        },
        "exports": exports.links(request, "portal:holder", found.public_id),
    }  # fmt: skip
    return page(request, "holder", context)


def _identifiers(found: dict[str, list[str]]) -> str:
    return "; ".join(
        f"{words(showing.IDENTIFIERS.get(scheme, scheme))} {', '.join(values)}" for scheme, values in found.items()
    )


def _link(link: HolderLink) -> dict[str, Any]:
    """Return a link as the page tells it: which names, since when; who said so is for those who may ask."""
    return {"first": link.first.name, "second": link.second.name, "at": link.effective_at, "reason": link.reason}


def _row(row: Current, titles: dict[str, dict[str, str]], today: Any) -> dict[str, Any]:
    until: Any = {"day": row.expires_on} if row.expires_on else {"en": "no end", "zh": "长期"}
    return {
        "cells": [
            {"text": row.number, "href": showing.address(row.attestation)}, row.holder_text, row.issuer.names,
            titles.get(row.scheme, row.scheme), {"status": str(register.status_of(row, today))}, until,
        ]
    }  # fmt: skip


def _export(request: HttpRequest, rows: Any, titles: dict[str, dict[str, str]], today: Any) -> HttpResponse:
    written = [
        {
            "number": row.number, "holder": row.holder_text, "issuer": words(row.issuer.names),
            "scheme": words(titles.get(row.scheme, row.scheme)), "status": str(register.status_of(row, today)),
            "until": row.expires_on,
        }
        for row in rows[: exports.MOST]
    ]  # fmt: skip
    columns = [(key, words(label)) for key, label in COLUMNS]
    facts = {"as_of": clock.now().isoformat()}
    return exports.export(request.GET["as"], name="testamur-holder", columns=columns, rows=written, facts=facts)
