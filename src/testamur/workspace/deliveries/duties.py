"""Who is late: what every source owes, and by when. All of it is public."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.register.answering.assurance import ORIGINS
from testamur.register.queries_reporting import Duty, duties
from testamur.wording.templatetags.say import words
from testamur.workspace import case_pages
from testamur.workspace.deliveries.said import ORIGIN, SOURCE
from testamur.workspace.listing import Column, listing


@require_safe
@acting.requires()
def late(request: HttpRequest) -> HttpResponse:
    """List what sources owe, those first that are late; also as a file."""
    today = case_pages.today_cn()
    owed = duties(today)
    text, state = request.GET.get("q", "").strip()[:100].casefold(), request.GET.get("state", "")
    behind = [duty for duty in owed if duty.left < 0]
    shown = [duty for duty in (behind if state == "late" else owed) if text in words(duty.source.names).casefold()]
    listed = listing(request, shown, _columns(), name="duties", caption=_("Who must report, and by when"), href=_href)
    if isinstance(listed, HttpResponse):
        return listed
    said = ngettext("{n} of them is late.", "{n} of them are late.", len(behind)).format(n=len(behind))
    must = ngettext("{n} source must report.", "{n} sources must report.", len(owed)).format(n=len(owed))
    reports = request.membership.holds(Function.RECORDS)  # type: ignore[attr-defined]
    crumbs = [{"label": _("Reporting in"), "href": reverse("workspace:deliveries")}] if reports else []
    return render(
        request,
        "workshop/listing.html",
        {
            "head": {
                "title": _("Who must report"),
                "facts": [must, said],
            },
            "crumbs": [*crumbs, {"label": _("Who must report")}],
            "filters": [
                {"label": _("All"), "href": "?", "count": len(owed), "current": state != "late"},
                {"label": _("Late"), "href": "?state=late", "count": len(behind), "current": state == "late"},
            ],
            "text": text,
            "state": state,
            "any": bool(owed),
            "empty": (_("Nobody must report"), _("A body that reports once reports again every month from then on.")),
            **listed,
        },
    )  # fmt: skip


def _href(duty: Duty) -> str:
    body = duty.source.organisation
    return reverse("portal:body", args=[body.public_id]) if body is not None else ""


def _columns() -> list[Column[Duty]]:
    return [
        Column("source", words(SOURCE), lambda one: words(one.source.names)),
        Column("origin", words(ORIGIN), lambda one: words(ORIGINS[one.source.origin])),
        Column("last", _("Last reported for"), lambda one: one.last, lambda one: one.last or _("never")),
        Column("due", _("Report again by"), lambda one: one.due),
        Column("late", _("Days late"), lambda one: one.days or None, numeric=True),
    ]
