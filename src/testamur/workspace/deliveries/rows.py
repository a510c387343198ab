"""The rows behind a figure: what is new, changed or gone, old beside new; what was rejected or remarked, by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.files import tables
from testamur.kernel.words import Function, Status
from testamur.parties import acting
from testamur.register.models import Delivery, Remark
from testamur.register.queries_changes import LISTED, Changed, changes_of, unsaid
from testamur.register.queries_reporting import check_of, told
from testamur.register.reporting.codes import CODES
from testamur.register.reporting.differing import Change
from testamur.wording.templatetags.say import status_word, words
from testamur.workspace.deliveries import said
from testamur.workspace.deliveries.delivery import of

PAGE = 50
#: Records that a page leads to; a file holds more, and at most so many.
SHOWN, TAKEN_AWAY = 1_000, 100_000
#: The list of what change feeds had not said.
UNSAID = "unsaid"
REMARKS = {"rejected": True, "remarked": False}
SORTS = {"line": "line", "field": "field", "code": "code"}


@require_safe
@acting.requires(Function.RECORDS)
def rows(request: HttpRequest, delivery_id: str, listed: str) -> HttpResponse:
    """List the rows of a delivery that one of its figures counts; also as a file."""
    one = of(request.membership, delivery_id)  # type: ignore[attr-defined]
    if listed in REMARKS:
        return _remarks(request, one, listed)
    if listed == UNSAID and one.fed:
        return _unsaid(request, one)
    if listed in [str(change) for change in LISTED]:
        return _changes(request, one, Change(listed))
    raise Http404


def _frame(one: Delivery, listed: str) -> dict[str, Any]:
    page = reverse("workspace:delivery", args=[one.public_id])
    title = _("The feed did not say this") if listed == UNSAID else _(said.COUNTED[listed])
    return {
        "head": {"title": title, "number": one.public_id, "facts": [one.name, words(one.source.names)]},
        "crumbs": [
            {"label": _("Reporting in"), "href": reverse("workspace:deliveries")},
            {"label": one.name or one.public_id, "href": page},
            {"label": title},
        ],
    }


def _query(request: HttpRequest) -> str:
    kept = request.GET.copy()
    for name in ("format", "page"):
        kept.pop(name, None)
    return kept.urlencode()


# ------------------------------------------------------------ remarks


def _remarks(request: HttpRequest, one: Delivery, listed: str) -> HttpResponse:
    remarks = Remark.objects.filter(delivery=one, rejects=REMARKS[listed])
    counts = dict(remarks.order_by().values_list("code").annotate(Count("id")))
    code, text = request.GET.get("code", ""), request.GET.get("q", "").strip()[:100]
    shown = remarks.filter(code=code) if code in counts else remarks
    if text:
        shown = shown.filter(field__icontains=text)
    sort = request.GET.get("sort", "line")
    by = SORTS.get(sort.lstrip("-"), "line")
    shown = shown.order_by(f"-{by}" if sort.startswith("-") else by, "row", "id")
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        keys = ["row", "line", "field", "code", "reason", "remedy"]
        titles = [_("Row"), _("Line"), _("Field"), _("Code"), _("Reason"), _("Remedy")]
        return tables.as_file(
            kind, keys, (_taken_away(told(row)) for row in shown.iterator(2_000)), name=f"{listed}-{one.public_id}",
            titles=titles,
        )  # fmt: skip
    page = Paginator(shown, PAGE).get_page(request.GET.get("page"))
    chips: list[dict[str, Any]] = [
        {"label": _("All"), "href": "?", "count": sum(counts.values()), "current": code not in counts}
    ]
    chips += [
        {"label": _label(name), "href": f"?code={name}", "count": count, "current": code == name}
        for name, count in sorted(counts.items(), key=lambda pair: -pair[1])
    ]
    total = said.count(one, listed)
    return render(
        request,
        "deliveries/rows.html",
        {
            **_frame(one, listed),
            "filters": chips if len(counts) > 1 else [],
            "search": _("Field"),
            "text": text,
            "hidden": {"code": code} if code in counts else {},
            "table": {
                "caption": _("Line numbers are those of your file."),
                "sorted": sort,
                "columns": [
                    {"label": _("Line"), "sort": "line"}, {"label": _("Field"), "sort": "field"},
                    {"label": _("Reason")}, {"label": _("Remedy")},
                ],
                "rows": [{"cells": _cells(told(row))} for row in page],
            },
            "page": page,
            "query": _query(request),
            "short": total if total > sum(counts.values()) else 0,
        },
    )  # fmt: skip


def _label(code: str) -> str:
    """Return a short name of a code: its reason without the facts."""
    return code.replace("_", " ") if code not in CODES else words(said.CODES[code])


def _cells(row: dict[str, Any]) -> list[Any]:
    return [row["line"] or _("the file"), row["field"], row["reason"], row["remedy"]]


def _taken_away(row: dict[str, Any]) -> list[Any]:
    return [row["row"], row["line"], row["field"], row["code"], words(row["reason"]), words(row["remedy"])]


# ------------------------------------------------------------ changes


def _changes(request: HttpRequest, one: Delivery, change: Change) -> HttpResponse:
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        keys = ["line", "number", "holder", "status", "last_day", "field", "old", "new"]
        titles = [
            _("Line"),
            _("Number"),
            _("Holder"),
            _("Status"),
            _("Last day"),
            _("Field"),
            _("Before"),
            _("In your file"),
        ]
        found = islice(changes_of(one, change), TAKEN_AWAY)
        return tables.as_file(kind, keys, _lines(found), name=f"{change}-{one.public_id}", titles=titles)
    total = said.count(one, str(change))
    if change is Change.GONE and one.state != Delivery.State.COMMITTED:
        total += said.count(one, "held")
    count = min(total, SHOWN)
    page = Paginator(range(count), PAGE).get_page(request.GET.get("page"))
    start = page.start_index() - 1 if count else 0
    shown = list(islice(changes_of(one, change), start, start + PAGE)) if count else []
    compared = change not in (Change.NEW, Change.GONE)
    return render(
        request,
        "deliveries/rows.html",
        {
            **_frame(one, str(change)),
            "table": {
                "caption": _("Line numbers are those of your file."),
                "columns": _columns(compared),
                "rows": [row for record in shown for row in (_compared(record) if compared else [_plain(record)])],
            },
            "page": page,
            "query": _query(request),
            "short": total if total > SHOWN else 0,
        },
    )


def _unsaid(request: HttpRequest, one: Delivery) -> HttpResponse:
    """List what a whole list says and the change feeds before it did not."""
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        keys = ["key", "number", "holder", "unsaid", "field", "left", "listed"]
        titles = [
            _("Key at its source"), _("Number"), _("Holder"), _("The feed did not say"), _("Field"),
            _("As the feeds left it"), _("In the list"),
        ]  # fmt: skip
        found = islice(unsaid(one), TAKEN_AWAY)
        return tables.as_file(kind, keys, _unsaid_lines(found), name=f"{UNSAID}-{one.public_id}", titles=titles)
    check = check_of(one)
    total = check.differs if check is not None else 0
    page = Paginator(range(min(total, SHOWN)), PAGE).get_page(request.GET.get("page"))
    start = page.start_index() - 1 if total else 0
    columns = [
        _("Key at its source"), _("Number"), _("The feed did not say"), _("Field"), _("As the feeds left it"),
        _("In the list"),
    ]  # fmt: skip
    return render(
        request,
        "deliveries/rows.html",
        {
            **_frame(one, UNSAID),
            "table": {
                "caption": _("The key is what the source calls the record."),
                "columns": [{"label": label} for label in columns],
                "rows": [row for record in islice(unsaid(one), start, start + PAGE) for row in _unsaid_rows(record)],
            },
            "page": page,
            "query": _query(request),
            "short": total if total > SHOWN else 0,
        },
    )


def _unsaid_rows(record: Changed) -> Iterator[dict[str, Any]]:
    for name, old, new in record.fields or [("", "", "")]:
        before, after = ((status_word(one) if one else "") if name == "status" else one for one in (old, new))
        field = words(said.field(name)) if name else ""
        what = _(said.UNSAID[str(record.change)])
        yield {"href": _address(record), "cells": [record.key, record.number, what, field, before, after]}


def _unsaid_lines(found: Iterator[Changed]) -> Iterator[list[Any]]:
    for one in found:
        head = [one.key, one.number, one.holder, _(said.UNSAID[str(one.change)])]
        yield from ([*head, *field] for field in one.fields or [("", "", "")])


def _columns(compared: bool) -> list[dict[str, Any]]:
    named: list[dict[str, Any]] = [{"label": _("Number")}, {"label": _("Line")}, {"label": _("Holder")}]
    if compared:
        return [*named, {"label": _("Field")}, {"label": _("In the register")}, {"label": _("In your file")}]
    return [*named, {"label": _("Status")}, {"label": _("Last day")}]


def _address(record: Changed) -> str:
    return reverse("portal:certificate", args=[record.attestation]) if record.attestation else ""


def _plain(record: Changed) -> dict[str, Any]:
    cells = [record.number, record.line or "", record.holder, {"status": record.status}, record.expires_on or ""]
    return {"href": _address(record), "cells": cells}


def _compared(record: Changed) -> Iterator[dict[str, Any]]:
    """Yield a row for each field that differs; the record is named in every one, as rows are sorted and read alone."""
    for name, old, new in record.fields or [("", "", "")]:
        before, after = ((status_word(one) if one else "") if name == "status" else one for one in (old, new))
        field = words(said.field(name)) if name else _("listed again")
        cells = [record.number, record.line or "", record.holder, field, before, after]
        yield {"href": _address(record), "cells": cells}


def _lines(found: Iterator[Changed]) -> Iterator[list[Any]]:
    for one in found:
        known = str(Status(one.status)) if one.status else ""
        head = [one.line or None, one.number, one.holder, known, one.expires_on]
        yield from ([*head, *field] for field in one.fields or [("", "", "")])
