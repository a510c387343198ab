"""Webhooks of one's organisation: what is called, what came of it, what never arrived."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock, days
from testamur.kernel.refusal import Refused
from testamur.kernel.words import Function
from testamur.notices.actions import endpoints as actions
from testamur.notices.models import Endpoint, Message
from testamur.notices.policies import runs_outbox
from testamur.notices.words import KINDS
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import refusal as sentence
from testamur.workspace.answers import Answers

LIST = "workspace:organisation-webhooks"
ABOUT: dict[str, dict[str, str]] = {
    Endpoint.About.EVERYTHING: {"en": "Every public certificate", "zh": "全部公开证书"},
    Endpoint.About.ISSUED: {"en": "What we issued", "zh": "本机构颁发的证书"},
    Endpoint.About.HELD: {"en": "What we hold", "zh": "本机构持有的证书"},
    Endpoint.About.SCHEME: {"en": "A scheme", "zh": "某一认证方案"},
    Endpoint.About.BODY: {"en": "A body", "zh": "某一机构"},
    Endpoint.About.STANDARD: {"en": "A standard", "zh": "某一标准"},
}
STATES: dict[str, dict[str, str]] = {
    Message.State.WAITING: {"en": "waiting", "zh": "等待发送"},
    Message.State.SENT: {"en": "arrived", "zh": "已送达"},
    Message.State.DEAD: {"en": "given up", "zh": "已放弃"},
}
PAGE = 20
administers = acting.requires(str(Function.ADMINISTRATION))


def _own(request: HttpRequest) -> Any:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return Endpoint.objects.filter(organisation=membership.organisation_id, removed_at=None)


def _facts(request: HttpRequest) -> dict[str, Any]:
    membership: Membership = request.membership  # type: ignore[attr-defined]
    return {"organisation": membership.organisation}


@require_safe
@administers
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the addresses that are called when something changes."""
    rows = [
        {
            "endpoint": one,
            "about": ABOUT[one.about],
            "dead": one.messages.filter(state=Message.State.DEAD).count(),
            "last": one.messages.filter(state=Message.State.SENT).order_by("-sent_at").first(),
        }
        for one in _own(request)
    ]
    runs = runs_outbox(request.membership)  # type: ignore[attr-defined]
    context = {**_facts(request), "rows": rows, "runs_outbox": runs}
    return render(request, "workspace/organisation_webhooks.html", context)


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
@administers
def webhook_new(request: HttpRequest) -> HttpResponse:
    """Add an address; its secret is shown on the answer to this one request and never again."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    answers = Answers(request, initial={"about": Endpoint.About.EVERYTHING})
    if answers.sent:
        given = _given(request)
        if answers.attempt(lambda: actions.add(**given, by=membership, at=clock.now())):
            if answers.again:
                messages.warning(request, _("This form was sent twice and made one webhook. Give it a new secret."))
                return redirect(LIST)
            endpoint, secret = answers.result
            return _shown(request, endpoint, secret, new=True)
    return render(request, "workspace/organisation_webhook_form.html", {**_facts(request), **_form(answers)})


@never_cache
@sensitive_variables("secret")
@require_http_methods(["GET", "POST"])
@administers
def webhook(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """Show one webhook with its messages and attempts; change it, try it, send again, replace its secret."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    endpoint = get_object_or_404(_own(request), public_id=webhook_id)
    initial = {"url": endpoint.url, "about": endpoint.about, "key": endpoint.key}
    answers = Answers(request, "change", initial)
    if request.method == "POST" and request.POST.get("act") == "rotate":
        try:
            secret = actions.rotate(endpoint=endpoint, by=membership, at=clock.now())
        except Refused as refused:
            messages.error(request, sentence(refused))
            return redirect(request.path)
        return _shown(request, endpoint, secret, new=False)
    if answers.sent:
        given = _given(request)
        if answers.attempt(lambda: actions.change(endpoint=endpoint, **given, by=membership, at=clock.now())):
            messages.success(request, _("Changed."))
            return redirect(request.path)
    elif request.method == "POST":
        _carry_out(request, endpoint, membership)
        gone = Endpoint.objects.filter(pk=endpoint.pk, removed_at=None).first() is None
        return redirect(LIST) if gone else redirect(request.path)
    state = request.GET.get("state", "")
    rows = endpoint.messages.order_by("-pk").prefetch_related("attempts")
    if state in STATES:
        rows = rows.filter(state=state)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        **_facts(request),
        **_form(answers, endpoint),
        "endpoint": endpoint,
        "secrets": endpoint.secrets.exclude(ends_at__lt=clock.real_now()),
        "page": page,
        "rows": [{"message": one, "state": STATES[one.state], "count": _count(one)} for one in page],
        "state": state,
        "states": [(key, label, key == state) for key, label in STATES.items()],
        "dead": endpoint.messages.filter(state=Message.State.DEAD).count(),
        "open": bool(answers.errors or answers.refused),
    }
    return render(request, "workspace/organisation_webhook.html", context)


def _count(message: Message) -> int:
    return len(message.body.get("data", {}).get("changes", ()))


def _given(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    return {
        "url": given.get("url", "").replace("\0", ""), "about": given.get("about", ""),
        "key": given.get("key", "").replace("\0", ""), "kinds": given.getlist("kinds"),
    }  # fmt: skip


def _form(answers: Answers, endpoint: Endpoint | None = None) -> dict[str, Any]:
    about, kept = answers.raw("about"), endpoint.kinds if endpoint is not None else []
    chosen = answers.request.POST.getlist("kinds") if answers.sent else kept
    return {
        "answers": answers,
        "once": answers.once,
        "typed": {"url": answers.raw("url"), "key": answers.raw("key")},
        "about": [(key, label, key == about) for key, label in ABOUT.items()],
        "kinds": [(kind, label, kind in chosen) for kind, label in KINDS.items()],
    }


def _shown(request: HttpRequest, endpoint: Endpoint, secret: str, *, new: bool) -> HttpResponse:
    facts = {**_facts(request), "endpoint": endpoint, "secret": secret, "new": new, "overlap": actions.OVERLAP}
    return render(request, "workspace/organisation_webhook_secret.html", facts)


def _carry_out(request: HttpRequest, endpoint: Endpoint, by: Membership) -> None:
    act, at = request.POST.get("act", ""), clock.now()
    try:
        if act == "test":
            actions.test(endpoint=endpoint, by=by, at=at)
            messages.success(request, _("A test is on its way; look below in a moment."))
        elif act == "off":
            actions.switch_off(endpoint=endpoint, by=by, at=at)
            messages.success(request, _("It is called no more."))
        elif act == "on":
            actions.switch_on(endpoint=endpoint, by=by, at=at)
            messages.success(request, _("It is called again."))
        elif act == "remove":
            actions.remove(endpoint=endpoint, by=by, at=at)
            messages.success(request, _("The webhook is removed."))
        elif act == "replay":
            _replay(request, endpoint, by)
    except Refused as refused:
        messages.error(request, sentence(refused))


def _replay(request: HttpRequest, endpoint: Endpoint, by: Membership) -> None:
    if named := request.POST.get("message", ""):
        message = get_object_or_404(endpoint.messages, public_id=named[:20])
        count = actions.replay(endpoint=endpoint, message=message, by=by, at=clock.now())
    else:
        answers = Answers(request, "replay")
        day = answers.day("since", required=False)
        if answers.errors:
            messages.error(request, sentence(next(iter(answers.errors.values()))))
            return
        since = days.first_instant(day, "CN") if day is not None else None
        count = actions.replay(endpoint=endpoint, since=since, by=by, at=clock.now())
    told = ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", count)
    messages.success(request, told % {"count": count})
