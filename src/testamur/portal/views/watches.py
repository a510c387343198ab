"""Watching by mail without an account: asked for, confirmed, looked through, ended."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from testamur.kernel.refusal import Refused
from testamur.notices import links, subjects
from testamur.notices.actions import watches as actions
from testamur.notices.models import Watch, Watcher
from testamur.portal import asking, exports
from testamur.portal.frame import page
from testamur.portal.limits import limited
from testamur.wording.templatetags.say import refusal as sentence

PACES: dict[str, dict[str, str]] = {
    Watch.Pace.AT_ONCE: {"en": "At once", "zh": "即时"},
    Watch.Pace.DAILY: {"en": "Once a day", "zh": "每日一次"},
    Watch.Pace.WEEKLY: {"en": "Once a week", "zh": "每周一次"},
}
CRUMBS = [{"label": {"en": "Watches", "zh": "订阅"}}]


def paces(chosen: str) -> list[tuple[str, dict[str, str], bool]]:
    """Return the paces as a choice shows them."""
    return [(pace, label, pace == chosen) for pace, label in PACES.items()]


@never_cache
@limited("watch", a_minute=20)
@require_http_methods(["GET", "POST"])
def watch(request: HttpRequest) -> HttpResponse:
    """Ask to be told by mail; whoever asks reads the same, whether the address is known here or not."""
    given = request.POST if request.method == "POST" else request.GET
    subject = subjects.find(given.get("kind", "")[:20], given.get("key", "")[: 2 * asking.LONGEST])
    typed, pace, wrong = given.get("address", "")[:300], given.get("pace", Watch.Pace.AT_ONCE), ""
    if request.method == "POST" and subject is not None:
        try:
            actions.ask(address=typed, subject=subject, pace=pace, language=get_language() or "en")
        except Refused as refused:
            wrong = sentence(refused)
        else:
            return _sent(request)
    context = {
        "crumbs": CRUMBS,
        "subject": subject,
        "named": bool(given.get("key")),
        "typed": typed,
        "paces": paces(pace),
        "wrong": wrong,
        "workspace": f"{reverse('workspace:watches')}?{urlencode({'kind': subject.kind, 'key': subject.key})}"
        if subject is not None and request.user.is_authenticated
        else "",
    }
    return page(request, "watch", context, status=200 if subject is not None or not context["named"] else 404)


@never_cache
@limited("watch", a_minute=20)
@require_http_methods(["GET", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """Have the link to one's own list sent; the answer is alike for every address."""
    typed, wrong = request.POST.get("address", "")[:300], ""
    if request.method == "POST":
        try:
            actions.send_list(address=typed)
        except Refused as refused:
            wrong = sentence(refused)
        else:
            return _sent(request)
    return page(request, "watch_mine", {"crumbs": CRUMBS, "typed": typed, "wrong": wrong})


def _sent(request: HttpRequest) -> HttpResponse:
    return page(request, "watch_sent", {"crumbs": CRUMBS, "to_files": not settings.EMAIL_HOST and settings.SAMPLE})


@never_cache
@limited("watch-link", a_minute=60)
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Begin a watch by a button: programs that look through letters open links, and press nothing."""
    public_id = links.read("confirm", token)
    found = Watch.objects.filter(public_id=public_id or "").first()
    if request.method == "POST":
        try:
            found = actions.confirm(token=token)
        except Refused as refused:
            return page(request, "watch_ended", {"crumbs": CRUMBS, "refused": refused}, status=404)
        messages.success(request, _("The watch begins now. You get a letter when something changes."))
        return redirect(links.listed(found.watcher.public_id))
    if found is None:
        return page(request, "watch_ended", {"crumbs": CRUMBS}, status=404)
    context = {"crumbs": CRUMBS, "subject": subjects.of_watch(found), "begins": True}
    return page(request, "watch_press", context)


@csrf_exempt  # a mail program presses this button for its reader (RFC 8058); the link itself is what it may do
@never_cache
@limited("watch-link", a_minute=60)
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """End a watch, by the button of the page or of a mail program."""
    found = Watch.objects.filter(public_id=links.read("stop", token) or "").select_related("watcher").first()
    if found is None:
        # Ended before, or never there: for whoever wants it ended that is the same.
        gone = links.read("stop", token) is not None
        return page(request, "watch_ended", {"crumbs": CRUMBS, "gone": gone}, status=200 if gone else 404)
    if request.method == "POST":
        actions.stop(watch=found)
        return page(request, "watch_ended", {"crumbs": CRUMBS, "gone": True})
    return page(request, "watch_press", {"crumbs": CRUMBS, "subject": subjects.of_watch(found), "begins": False})


@never_cache
@limited("watch-link", a_minute=60)
@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest, token: str) -> HttpResponse:
    """Show everything that an address watches, to change, to end, and to take away."""
    found = Watcher.objects.filter(public_id=links.read("list", token) or "", account=None).first()
    if found is None:
        return page(request, "watch_ended", {"crumbs": CRUMBS}, status=404)
    if request.method == "POST":
        if request.POST.get("act") == "forget":
            actions.stop_all(watcher=found)
            return page(request, "watch_ended", {"crumbs": CRUMBS, "forgotten": True})
        change(request, found)
        if not Watcher.objects.filter(pk=found.pk).exists():
            return page(request, "watch_ended", {"crumbs": CRUMBS, "forgotten": True})
        return redirect(request.path)
    if request.GET.get("as") in exports.MEDIA_TYPES:
        return export(request, found)
    context = {
        "crumbs": CRUMBS,
        "watcher": found,
        "watches": rows(found),
        "exports": exports.links(request, "portal:watch-list", token),
    }
    return page(request, "watch_list", context)


def change(request: HttpRequest, watcher: Watcher) -> None:
    """Carry out what one of the forms of a list asks: another pace, or the end."""
    one = watcher.watches.filter(public_id=request.POST.get("watch", "")[:20]).first()
    if one is None:
        return
    try:
        if request.POST.get("act") == "stop":
            actions.stop(watch=one)
            messages.success(request, _("The watch has ended."))
        elif request.POST.get("act") == "pace":
            actions.change_pace(watch=one, pace=request.POST.get("pace", ""))
            messages.success(request, _("Changed."))
    except Refused as refused:
        messages.error(request, sentence(refused))


def rows(watcher: Watcher) -> list[dict[str, Any]]:
    """Return the watches of an address as its list shows them."""
    return [
        {"watch": one, "subject": subjects.of_watch(one), "paces": paces(one.pace)} for one in watcher.watches.all()
    ]


def export(request: HttpRequest, watcher: Watcher) -> HttpResponse:
    """Return the watches of an address as a file: all that is kept of it."""
    columns = (
        ("subject", "subject"), ("key", "key"), ("pace", "pace"), ("made_at", "asked for"),
        ("confirmed_at", "confirmed"),
        ("told_at", "last letter"),
    )  # fmt: skip
    written = [{name: getattr(one, name) for name, _title in columns} for one in watcher.watches.all()]
    facts = {"address": watcher.goes_to, "language": watcher.language}
    return exports.export(request.GET["as"], name="testamur-watches", columns=columns, rows=written, facts=facts)
