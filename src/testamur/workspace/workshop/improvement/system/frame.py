"""The two kinds of pages the management system has: a sheet about one thing, and a list of many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from testamur.files import reports, tables
from testamur.kernel.refusal import Refused
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import refusal, translated, words
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers, refused_forms

PAGE = 50


def member_of(request: HttpRequest) -> Membership:
    """Return the membership under which the page is opened."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return membership


def colleagues(membership: Membership, today: date, *also: Membership | None) -> dict[str, Membership]:
    """Return public id → those who act for the organisation on a day, by name, and those who are named already."""
    rows = membership.organisation.memberships.filter(from_day__lte=today).select_related("person", "organisation")
    living = [one for one in rows if one.lives_on(today)] + [one for one in also if one is not None]
    return {one.public_id: one for one in sorted(living, key=lambda one: words(one.person.names))}


def named(members: dict[str, Membership]) -> list[dict[str, Any]]:
    """Return members as the options of a question."""
    return [{"id": key, "label": one.person.names} for key, one in members.items()]


def worded(table: Mapping[Any, str]) -> list[dict[str, Any]]:
    """Return a closed list of words as the options of a question."""
    return [{"id": str(key), "label": translated(text)} for key, text in table.items()]


def form(
    answers: Answers,
    title: Any,
    questions: Sequence[dict[str, Any]],
    button: Any,
    *,
    lead: Any = "",
    source: str = "",
    files: bool = False,
    main: bool = False,
    folded: bool = False,
    refused: Refused | None = None,
    hidden: Sequence[tuple[str, Any]] = (),
    danger: bool = False,
) -> dict[str, Any]:
    """Return a card with a form, as ``workshop/_card.html`` draws it; ``refused`` shows why it cannot be sent."""
    return {
        "title": title,
        "lead": lead,
        "source": source,
        "form": {
            "answers": answers,
            "questions": list(questions),
            "button": button,
            "files": files,
            "main": main,
            "folded": folded and not answers.sent,
            "refused": refused,
            "hidden": list(hidden),
            "danger": danger,
        },
    }


def crumbs(*rows: tuple[Any, str]) -> list[dict[str, Any]]:
    """Return the way from the workshop to a page: (label, address); the last one is the page itself."""
    first = {"label": _("Quality workshop"), "href": reverse("workspace:workshop")}
    return [first, *({"label": label, "href": href} for label, href in rows)]


def sheet(
    request: HttpRequest,
    *,
    head: dict[str, Any],
    way: list[dict[str, Any]],
    main: Iterable[dict[str, Any] | None],
    aside: Iterable[dict[str, Any] | None] = (),
    next_step: dict[str, Any] | None = None,
) -> HttpResponse:
    """Render a page about one thing: what comes next, then its cards; empty cards are left out."""
    shown = [card for card in main if card]
    beside = [card for card in aside if card]
    drawn = {id(card["form"]["answers"]) for card in [*shown, *beside] if card.get("form")}
    for place, card in enumerate([*shown, *beside]):
        card["ident"] = f"card-{place}"
    return render(
        request,
        "workshop/sheet.html",
        {
            "head": head,
            "crumbs": way,
            "next": next_step,
            "main": shown,
            "aside": beside,
            "unsaid": [one for one in refused_forms(request) if id(one) not in drawn],
            "today": case_pages.today_cn(),
        },
    )


@dataclass(frozen=True)
class Column:
    """A column of a list.

    Attributes:
        key: name in the address and in JSON.
        value: what files hold and rows are sorted by; None: not sorted.
        cell: what the page shows, where that is something else.
    """

    key: str
    label: str
    value: Callable[[Any], Any]
    cell: Callable[[Any], Any] | None = None
    numeric: bool = False


def listing(
    request: HttpRequest,
    *,
    title: str,
    lead: str,
    rows: Iterable[Any],
    columns: Sequence[Column],
    href: Callable[[Any], str],
    name: str,
    icon: str,
    states: dict[str, str],
    state_of: Callable[[Any], str],
    actions: Sequence[dict[str, Any]],
    empty: tuple[str, str],
    way: list[dict[str, Any]] | None = None,
    extra: dict[str, Any] | None = None,
) -> HttpResponse:
    """Render a list that is searched, narrowed by state, sorted and paged; also as a file.

    Args:
        rows: in the order in which they stand unless another is asked for.
        columns: the first one names the row and links to it.
        name: of the file, ASCII. states: key → words (message id).
        empty: title and text where there is nothing yet.
        way: to the list, where it does not lead through the workshop.
    """
    everything = list(rows)
    text, state, sort = (request.GET.get(key, "").strip()[:100] for key in ("q", "state", "sort"))
    found = [row for row in everything if not state or state_of(row) == state]
    if text:
        wanted = text.casefold()
        found = [row for row in found if any(wanted in str(column.value(row)).casefold() for column in columns)]
    by = {column.key: column for column in columns}.get(sort.lstrip("-"))
    if by is not None:
        filled = [row for row in found if by.value(row) not in (None, "")]
        rest = [row for row in found if by.value(row) in (None, "")]
        found = [*sorted(filled, key=by.value, reverse=sort.startswith("-")), *rest]
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        return tables.as_file(
            kind,
            [column.key for column in columns],
            [[column.value(row) for column in columns] for row in found],
            titles=[column.label for column in columns],
            name=name,
        )
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    counts = Counter(state_of(row) for row in everything)
    kept = request.GET.copy()
    for key in ("format", "page"):
        kept.pop(key, None)
    return render(
        request,
        "workshop/listing.html",
        {
            "head": {"title": title, "facts": [lead], "actions": list(actions)},
            "crumbs": way or crumbs((title, "")),
            "filters": [
                {"label": _("All"), "href": "?", "count": len(everything), "current": not state},
                *(
                    {"label": translated(word), "href": f"?state={key}", "count": counts[key], "current": state == key}
                    for key, word in states.items()
                    if counts[key]
                ),
            ]
            if everything
            else [],
            "text": text,
            "state": state,
            "table": {
                "caption": title,
                "columns": [
                    {"label": column.label, "sort": column.key, "numeric": column.numeric} for column in columns
                ],
                "sorted": sort,
                "rows": [
                    {"href": href(row), "cells": [(column.cell or column.value)(row) for column in columns]}
                    for row in page
                ],
            },
            "page": page,
            "query": kept.urlencode(),
            "empty": empty,
            "icon": icon,
            "any": bool(everything),
            "today": case_pages.today_cn(),
            **(extra or {}),
        },
    )


def as_pdf(report: reports.Report, name: str) -> HttpResponse:
    """Return a report as a PDF to download; where this machine cannot set type, a page says so."""
    try:
        content = reports.to_pdf(report)
    except Refused as refused:
        return HttpResponse(refusal(refused), status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response
