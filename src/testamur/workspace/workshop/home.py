"""First page of the quality workshop: what waits, then the doors."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.workspace import case_pages
from testamur.workspace import workshop as parts
from testamur.workspace.views.inbox import entry
from testamur.workspace.workshop.diagnosis import desk as diagnosis


@require_safe
@acting.requires(Function.QUALITY)
def workshop(request: HttpRequest) -> HttpResponse:
    """Show what waits in the workshop, and its doors."""
    membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    waiting = sorted(parts.waiting(membership, today), key=lambda one: (one.by is None, one.by or today))
    sections = {
        "diagnosis": _("Where you stand"),
        "studies": _("Measure and understand"),
        "improvement": _("Improve"),
        "proficiency": _("Proficiency tests"),
    }
    cards = parts.cards(membership, today)
    return render(
        request,
        "workshop/home.html",
        {
            "head": {"title": _("Quality workshop"), "facts": [_("From a problem to a proven improvement.")]},
            "next": diagnosis.first_step(membership),
            "waiting": [entry(one) for one in waiting],
            "sections": [
                {"title": title, "cards": found}
                for key, title in sections.items()
                if (found := [card for card in cards if card.section == key])
            ],
            "today": today,
        },
    )
