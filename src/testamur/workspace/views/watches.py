"""What a member watches: with the verified address of their account, so no letter asks first."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.files import tables
from testamur.kernel.refusal import Refused
from testamur.notices import subjects
from testamur.notices.actions import watches as actions
from testamur.notices.models import Watch, Watcher
from testamur.parties import acting
from testamur.parties.models import Account
from testamur.wording.templatetags.say import refusal as sentence

PACES: dict[str, dict[str, str]] = {
    Watch.Pace.AT_ONCE: {"en": "At once", "zh": "即时"},
    Watch.Pace.DAILY: {"en": "Once a day", "zh": "每日一次"},
    Watch.Pace.WEEKLY: {"en": "Once a week", "zh": "每周一次"},
}
COLUMNS = ("subject", "key", "pace", "made_at", "told_at")


@require_http_methods(["GET", "POST"])
@acting.requires()
def watches(request: HttpRequest) -> HttpResponse:
    """List what one watches; begin, change and end it, and take the list away."""
    account = request.user
    watcher = Watcher.objects.filter(account=account.pk).first()
    if request.method == "POST":
        _carry_out(request, watcher)
        return redirect("workspace:watches")
    rows = list(watcher.watches.all()) if watcher is not None else []
    if request.GET.get("as") in tables.MEDIA_TYPES:
        values = ([getattr(one, name) for name in COLUMNS] for one in rows)
        titles = ["subject", "key", "pace", "begun", "last letter"]
        return tables.as_file(
            request.GET["as"], list(COLUMNS), values, name="testamur-watches", titles=titles,
            facts={"address": account.email},
        )  # fmt: skip
    wanted = subjects.find(request.GET.get("kind", "")[:20], request.GET.get("key", "")[:600])
    address = reverse("workspace:watches")
    context = {
        "wanted": wanted,
        "watches": [{"watch": one, "subject": subjects.of_watch(one), "paces": _paces(one.pace)} for one in rows],
        "paces": _paces(Watch.Pace.AT_ONCE),
        "address": account.email,
        "exports": [{"label": form.upper(), "href": f"{address}?as={form}"} for form in ("csv", "xlsx", "json")],
    }
    return render(request, "workspace/watches.html", context)


def _paces(chosen: str) -> list[tuple[str, dict[str, str], bool]]:
    return [(pace, label, pace == chosen) for pace, label in PACES.items()]


def _carry_out(request: HttpRequest, watcher: Watcher | None) -> None:
    act, given = request.POST.get("act", ""), request.POST
    try:
        if act == "watch":
            subject = subjects.find(given.get("kind", "")[:20], given.get("key", "")[:600])
            if subject is None:
                messages.error(request, _("Nothing of this name is public here."))
                return
            actions.watch_as(account=cast(Account, request.user), subject=subject, pace=given.get("pace", ""))
            messages.success(request, _("The watch begins now. You get a letter when something changes."))
            return
        one = watcher.watches.filter(public_id=given.get("watch", "")[:20]).first() if watcher is not None else None
        if one is None:
            return
        if act == "stop":
            actions.stop(watch=one)
            messages.success(request, _("The watch has ended."))
        elif act == "pace":
            actions.change_pace(watch=one, pace=given.get("pace", ""))
            messages.success(request, _("Changed."))
    except Refused as refused:
        messages.error(request, sentence(refused))
