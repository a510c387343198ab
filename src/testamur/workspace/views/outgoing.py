"""Everything that is on its way from this installation: what waits, fails or was given up, for who runs it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.kernel.words import Function
from testamur.notices import queries_outgoing as queries
from testamur.notices.actions import outgoing as actions
from testamur.notices.models import Message
from testamur.notices.policies import check_may_run_outbox
from testamur.notices.words import MESSAGES
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.listing import Column, listing

#: Messages that a list goes back to, and that one press deals with.
MOST = 2_000
CHANNELS: dict[str, dict[str, str]] = {
    Message.Channel.MAIL: {"en": "Letter", "zh": "邮件"},
    Message.Channel.WEBHOOK: {"en": "Webhook", "zh": "回调"},
}
STATES: dict[str, dict[str, str]] = {
    "open": {"en": "Not arrived", "zh": "未送达"},
    "waiting": {"en": "Waiting", "zh": "等待发送"},
    "failing": {"en": "Failed, tried again", "zh": "失败，将重试"},
    "dead": {"en": "Given up", "zh": "已放弃"},
    "sent": {"en": "Arrived", "zh": "已送达"},
}
HELD_BACK = {"en": "Held back: the webhook is switched off", "zh": "暂缓：回调已停用"}


@never_cache
@require_http_methods(["GET", "POST"])
@acting.requires(Function.ADMINISTRATION)
def outgoing(request: HttpRequest) -> HttpResponse:
    """List what has not arrived, by default; deal with all of a list at once; also as a file."""
    refused = _refused(request)
    if refused is not None:
        return refused
    asked = request.POST if request.method == "POST" else request.GET
    state = asked.get("state", "") if asked.get("state", "") in STATES else "open"
    channel = asked.get("channel", "") if asked.get("channel", "") in CHANNELS else ""
    text = asked.get("q", "").replace("\0", "").strip()[:254]
    found = list(queries.outgoing(state, channel, text)[:MOST])
    filters = {"state": state, "channel": channel, "q": text}
    again, up = _deal(request, found)
    if again.result or up.result:
        return redirect(f"{reverse('workspace:outgoing')}?{urlencode(filters)}")
    listed = listing(
        request, found, _columns(queries.problems(found)), name="outgoing", caption=_("Outgoing notices"),
        href=lambda one: reverse("workspace:outgoing-message", args=[one.public_id]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    counted = queries.counts()
    context = {
        "head": {
            "title": _("Outgoing notices"),
            "facts": [_("Letters and calls of every organisation. Addresses of persons and paths are not shown.")],
        },
        "crumbs": [
            {"label": _("Webhooks"), "href": reverse("workspace:organisation-webhooks")},
            {"label": _("Outgoing notices")},
        ],
        "filters": [
            {"label": label, "href": f"?{urlencode({**filters, 'state': key})}", "count": counted[key],
             "current": key == state}
            for key, label in STATES.items()
        ],
        "text": text, "state": state, "channel": channel,
        "channels": [(key, label, key == channel) for key, label in CHANNELS.items()],
        "narrowed": bool(text or channel or state != "open"),
        "cut": len(found) == MOST,
        "most": MOST,
        "sendable": sum(map(queries.sendable, found)),
        "waiting": sum(one.state == Message.State.WAITING for one in found),
        "again": again, "up": up, "unsaid": [],
        "empty": _empty(state, narrowed=bool(text or channel)),
        **listed,
    }  # fmt: skip
    return render(request, "workspace/outgoing.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@acting.requires(Function.ADMINISTRATION)
def message(request: HttpRequest, message_id: str) -> HttpResponse:
    """Show one message with its tries; send it again, or give it up."""
    refused = _refused(request)
    if refused is not None:
        return refused
    rows = Message.objects.select_related("watcher__account", "account", "endpoint__organisation").defer("body")
    found = get_object_or_404(rows, public_id=message_id[:20])
    again, up = _deal(request, [found])
    if again.result or up.result:
        return redirect(request.path)
    facts = [
        {"label": _("To"), "value": {"code": queries.receiver(found)}},
        {"label": _("Content"), "value": words(MESSAGES.get(found.kind, found.kind))},
        {"label": _("State"), "value": words(_state(found))},
        {"label": _("Made"), "value": found.made_at},
        {"label": _("Attempts"), "value": {"number": found.attempted}},
    ]
    if found.state == Message.State.WAITING:
        facts.append({"label": _("Next try"), "value": found.due_at})
    if found.sent_at is not None:
        facts.append({"label": _("Arrived"), "value": found.sent_at})
    if found.endpoint is not None:
        facts.insert(1, {"label": _("Owner"), "value": words(found.endpoint.organisation.names)})
    context = {
        "head": {"title": words(CHANNELS[found.channel]), "number": _id(found)},
        "crumbs": [
            {"label": _("Outgoing notices"), "href": reverse("workspace:outgoing")},
            {"label": words(CHANNELS[found.channel])},
        ],
        "facts": facts,
        "attempts": {
            "columns": [{"label": _("When")}, {"label": _("Code")}, {"label": _("Problem")},
                        {"label": _("Milliseconds"), "numeric": True}],
            "rows": [
                {"cells": [one.at, one.code or "–", {"code": _problem(one.problem)} if one.problem else _("arrived"),
                           {"number": one.took}]}
                for one in found.attempts.all()
            ],
        },
        "sendable": int(queries.sendable(found)),
        "waiting": int(found.state == Message.State.WAITING),
        "off": found.state != Message.State.SENT and queries.is_off(found),
        "again": again, "up": up, "unsaid": [],
    }  # fmt: skip
    return render(request, "workspace/outgoing_message.html", context)


def _refused(request: HttpRequest) -> HttpResponse | None:
    refusal = refusal_of(check_may_run_outbox, request.membership, clock.now())  # type: ignore[attr-defined]
    return acting.refused(request, refusal) if refusal is not None else None


def _deal(request: HttpRequest, rows: Iterable[Message]) -> tuple[Answers, Answers]:
    """Do what was pressed, with all of some messages; the answers hold how many, or the refusal."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    again, up = Answers(request, act="again"), Answers(request, act="give_up")
    if again.attempt(lambda: actions.send_again(messages=rows, by=membership, at=clock.now())) and again.result:
        told = ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", again.result)
        messages.success(request, told % {"count": again.result})
    reason = up.text("reason", most=actions.REASON) if up.sent else ""
    if up.attempt(
        lambda: actions.give_up(messages=rows, reason=reason, by=membership, at=clock.now())
    ) and up.result:  # fmt: skip
        told = ngettext("%(dead)s message was given up.", "%(dead)s messages were given up.", up.result)
        messages.success(request, told % {"dead": up.result})
    return again, up


def _state(one: Message) -> dict[str, str]:
    if one.state == Message.State.WAITING:
        if queries.is_off(one):
            return HELD_BACK
        return STATES["failing" if one.attempted else "waiting"]
    return STATES[one.state]


def _columns(problems: dict[int, str]) -> list[Column[Message]]:
    return [
        Column("id", _("Message"), _id, lambda one: {"code": _id(one)}),
        Column("channel", _("Way"), lambda one: words(CHANNELS[one.channel])),
        Column("to", _("To"), queries.receiver, lambda one: {"code": queries.receiver(one)}),
        Column("content", _("Content"), lambda one: words(MESSAGES.get(one.kind, one.kind))),
        Column("made", _("Made"), lambda one: one.made_at),
        Column("state", _("State"), lambda one: words(_state(one))),
        Column("attempts", _("Attempts"), lambda one: one.attempted, numeric=True),
        Column("next", _("Next try"), lambda one: one.due_at if one.state == Message.State.WAITING else None,
               lambda one: one.due_at if one.state == Message.State.WAITING else ""),
        Column("problem", _("Problem"), lambda one: _problem(problems.get(one.pk, "")),
               lambda one: {"code": _problem(problem)} if (problem := problems.get(one.pk)) else ""),
    ]  # fmt: skip


def _id(one: Message) -> str:
    return f"msg_{one.public_id}"


def _problem(told: str) -> str:
    # Some problems are sentences of ours, others what a server or this machine said.
    return _(told) if told else ""


def _empty(state: str, *, narrowed: bool) -> tuple[str, str]:
    if narrowed:
        return _("Nothing fits"), _("A mail address finds its letters only when it is written out in full.")
    if state == "sent":
        return _("Nothing arrived yet"), _("What arrived can be looked up here for seven days.")
    if state == "open":
        return _("Nothing is on its way"), _("Every letter and every call has arrived. What fails shows here.")
    tried = _("What fails is tried ten times within two days, and then given up; that shows here.")
    return _("Nothing of this kind"), tried
