"""Your turn: everything that waits for the person, by when it falls due."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties import functions as duties
from testamur.wording.templatetags.say import words
from testamur.workspace import case_pages, queries, workshop
from testamur.workspace.said import said


@require_safe
@acting.requires()
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what waits: late, this week, later; narrowed by the function in which it waits."""
    membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    whole = queries.inbox(membership, today)
    chosen = request.GET.get("function", "")
    counts: dict[str, int] = {}
    for one in whole.waiting:
        counts[one.function] = counts.get(one.function, 0) + 1
    shown = queries.Inbox([one for one in whole.waiting if not chosen or one.function == chosen])
    week, later = shown.within(today)
    sections = [
        _section("late", _("Late"), shown.late, late=True),
        _section("week", _("This week"), week),
        _section("later", _("Later"), later),
    ]
    total = len(whole.waiting)
    return render(
        request,
        "workspace/inbox.html",
        {
            "head": {
                "title": _("Your turn"),
                "facts": [_lead(total, len(whole.late))],
                "actions": workshop.doors(membership),
            },
            "filters": _filters(counts, total, chosen),
            "sections": [section for section in sections if section["entries"]],
            "your_turn": total,
            "today": today,
            "may_apply": membership.holds("application"),
            "many_to_issue": counts.get(Function.ATTESTATION, 0) > 1,
        },
    )


def _lead(total: int, late: int) -> str:
    if not total:
        return _("Nothing waits for you.")
    waits = ngettext("{n} thing waits for you.", "{n} things wait for you.", total).format(n=total)
    if not late:
        return waits
    return f"{waits} {ngettext('{n} is late.', '{n} are late.', late).format(n=late)}"


def _filters(counts: dict[str, int], total: int, chosen: str) -> list[dict[str, Any]]:
    if len(counts) < 2 and not chosen:
        return []
    chips: list[dict[str, Any]] = [{"label": _("All functions"), "href": "?", "count": total, "current": not chosen}]
    for function in Function:
        if function in counts:
            chips.append(
                {
                    "label": duties.WORDS[function][0],
                    "href": f"?function={function}",
                    "count": counts[function],
                    "current": chosen == function,
                }
            )
    return chips


def _section(ident: str, title: str, waiting: list[queries.Waiting], *, late: bool = False) -> dict[str, Any]:
    return {"id": ident, "title": title, "late": late, "entries": [entry(one) for one in waiting]}


def entry(one: queries.Waiting) -> dict[str, Any]:
    """Return one thing that waits, as ``_item.html`` draws it."""
    role = _("as {role}").format(role=words(one.role)) if one.role else ""
    return {
        "by": one.by,
        "by_note": case_pages.left_words(one.left, one.unit),
        "what": said(one.what, one.facts),
        "href": one.href,
        "number": one.number,
        "case": " · ".join(filter(None, [words(one.about), role])),
        "why": " " if one.source else "",
        "source": one.source,
        "action": {"label": _("Open"), "href": one.href},
        "pill": {"tone": "bad", "text": _("late")} if one.late else None,
    }
