"""What pages of studies share: where they stand, a form page, a list page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.files import tables
from testamur.parties.models import Membership
from testamur.workspace.answers import Answers

PAGE = 50


def acting(request: HttpRequest) -> Membership:
    """Return the membership under which the request is made; the view's guard let it through."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return membership


def crumbs(*steps: tuple[Any, str]) -> list[dict[str, Any]]:
    """Return the way from the workshop's first page to here: (words, address or "")."""
    first = {"label": _("Quality workshop"), "href": reverse("workspace:workshop")}
    return [first, *({"label": label, "href": href} if href else {"label": label} for label, href in steps)]


def form_page(
    request: HttpRequest,
    answers: Answers,
    questions: list[dict[str, Any]],
    *,
    title: Any,
    button: str,
    back: str,
    way: Sequence[tuple[Any, str]],
    lead: str = "",
    notes: Sequence[dict[str, Any]] = (),
    multipart: bool = False,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """Show one form: what it is for, its questions, one button, and the way back."""
    context = {
        "head": {"title": title, "facts": [lead] if lead else []},
        "crumbs": crumbs(*way, (title, "")),
        "answers": answers,
        "questions": questions,
        "button": button,
        "back": back,
        "notes": notes,
        "multipart": multipart,
        **more,
    }
    return render(request, "workshop/studies/form.html", context, status=status)


def list_page(
    request: HttpRequest,
    rows: QuerySet[Any],
    *,
    title: str,
    lead: str,
    name: str,
    columns: Sequence[tuple[str, str, str]],
    row_of: Callable[[Any], tuple[str, list[Any], list[Any]]],
    search: Sequence[str],
    action: dict[str, str],
    empty: tuple[str, str],
    icon: str,
    chips: Sequence[tuple[str, str, Q]] = (),
) -> HttpResponse:
    """Show rows as a table that filters, sorts, pages and is taken away as a file.

    Args:
        name: of the file.
        columns: (key in the file, words, field to sort by or "").
        row_of: row → address, cells of the page, cells of the file.
        search: fields that the text filter looks at.
        action: the button that makes a new one.
        empty: title and text where there is nothing at all.
        chips: (key of ``show``, words, condition).
    """
    text = request.GET.get("q", "").strip()[:100]
    show = request.GET.get("show", "")
    whole = rows
    for key, _words, condition in chips:
        if key == show:
            rows = rows.filter(condition)
    if text:
        found = Q()
        for field in search:
            found |= Q(**{f"{field}__icontains": text})
        rows = rows.filter(found)
    sort = request.GET.get("sort", "")
    fields = {field for _key, _words, field in columns if field}
    if sort.removeprefix("-") in fields:
        rows = rows.order_by(sort, "pk")
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        listed = (row_of(one)[2] for one in rows)
        return tables.as_file(kind, [key for key, _words, _field in columns], listed, name=name)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    listed_rows = []
    for one in page:
        href, cells, _plain = row_of(one)
        listed_rows.append({"href": href, "cells": cells, "id": one.public_id})
    kept = request.GET.copy()
    for gone in ("format", "page"):
        kept.pop(gone, None)
    context = {
        "head": {"title": title, "facts": [lead], "actions": [action]},
        "crumbs": crumbs((title, "")),
        "chips": [
            {"label": words, "href": f"?show={key}" if key else "?", "count": count, "current": key == show}
            for key, words, count in [
                ("", _("All"), None),
                *((key, words, whole.filter(condition).count()) for key, words, condition in chips),
            ]
        ]
        if chips
        else [],
        "text": text,
        "show": show,
        "table": {
            "caption": title,
            "sorted": sort,
            "columns": [{"label": words, **({"sort": field} if field else {})} for _key, words, field in columns],
            "rows": listed_rows,
        },
        "page": page,
        "query": kept.urlencode(),
        "filtered": bool(text or show),
        "empty": {"title": empty[0], "text": empty[1], "icon": icon, "action": action},
    }
    return render(request, "workshop/studies/list.html", context)


def plain_number(value: Any) -> str:
    """Return a decimal of the database as it was agreed, without the zeros that fill its column."""
    return "" if value is None else format(value.normalize(), "f")
