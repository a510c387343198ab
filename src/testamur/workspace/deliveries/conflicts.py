"""Where two sources do not say the same of a certificate: the list, and the page on which the bodies settle it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.refusal import _ as marked
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register import queries_conflicts as queries
from testamur.register.actions import settle
from testamur.register.actions.conflicts import REASON_MOST
from testamur.register.answering.assurance import ORIGINS
from testamur.register.authority import Said
from testamur.register.conflicts import RULES, SOURCE
from testamur.register.models import Attestation, Conflict
from testamur.register.policies_reporting import check_may_settle
from testamur.wording.templatetags.say import status_word, words
from testamur.workspace.answers import Answers
from testamur.workspace.deliveries import said
from testamur.workspace.listing import Column, listing

#: Conflicts that the list holds; what is older is in its file.
MOST = 2_000


@require_safe
@acting.requires(Function.RECORDS)
def conflicts(request: HttpRequest) -> HttpResponse:
    """List the conflicts that concern one's organisation; also as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    rows = queries.concerning(membership)
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()[:100]
    kinds = {
        "open": rows.filter(ended_by=None).exclude(rule=Conflict.Rule.SETTLED),
        "settled": rows.filter(ended_by=None, rule=Conflict.Rule.SETTLED),
        "agree": rows.exclude(ended_by=None),
    }
    titles = {"open": words({"en": "Open", "zh": "待处理"}), "settled": _("Settled"), "agree": _("They agree by now")}
    shown = kinds.get(state, rows)
    if text:
        shown = shown.filter(first__current__number__icontains=text)
    listed = listing(
        request, list(shown[:MOST]), _columns(titles), name="conflicts", caption=_("Conflicts"),
        href=lambda one: reverse("workspace:conflict", args=[one.pk]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    counts = {key: found.count() for key, found in kinds.items()}
    total = sum(counts.values())
    chips: list[dict[str, Any]] = [{"label": _("All"), "href": "?", "count": total, "current": state not in kinds}]
    chips += [
        {"label": titles[key], "href": f"?state={key}", "count": count, "current": state == key}
        for key, count in counts.items()
    ]
    return render(
        request,
        "workshop/listing.html",
        {
            "head": {
                "title": _("Conflicts"),
                "facts": [_("Two sources tell of the same certificate, and not the same. Both stay as told.")],
            },
            "crumbs": [*_crumbs(), {"label": _("Conflicts")}],
            "filters": chips,
            "text": text,
            "state": state if state in kinds else "",
            "any": bool(total),
            "empty": (_("No conflicts"), _("Nobody tells otherwise of a certificate that you issued.")),
            **listed,
        },
    )


def _crumbs() -> list[dict[str, str]]:
    return [{"label": _("Reporting in"), "href": reverse("workspace:deliveries")}]


def _state(one: Conflict) -> str:
    if one.ended_by_id is not None:
        return "agree"
    return "settled" if one.rule == Conflict.Rule.SETTLED else "open"


def _columns(titles: dict[str, str]) -> list[Column[Conflict]]:
    return [
        Column("number", _("Number"), lambda one: one.first.current.number),
        Column("one", _("One source"), lambda one: words(_source(one.first))),
        Column("other", _("The other"), lambda one: words(_source(one.second))),
        Column("fields", _("They differ in"), lambda one: ", ".join(words(said.field(name)) for name in one.differs)),
        Column("state", _("State"), lambda one: titles[_state(one)]),
        Column("since", _("Since"), lambda one: one.found_by.as_of),
    ]


def _source(record: Attestation) -> Any:
    return record.source.names if record.source is not None else {"en": "issued here", "zh": "本平台签发"}


@require_http_methods(["GET", "POST"])
@acting.requires(Function.RECORDS)
def conflict(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Show what either source says, whose word holds and why; take the word of who may settle it."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    one = queries.concerning(membership).filter(pk=conflict_id).first()
    if one is None:
        raise Http404
    answers = Answers(request, "settle", {"holds": one.holds.public_id})
    records = {record.public_id: record for record in (one.first, one.second)}
    if answers.sent:
        holds = answers.chosen("holds", records)
        reason = answers.text("reason", required=True, most=REASON_MOST)
        if answers.attempt(
            lambda: settle(conflict=one, holds=holds, reason=reason, by=membership, at=clock.now())
        ):  # fmt: skip
            messages.success(request, _("Settled. The pages of both records say so from now on."))
            return redirect("workspace:conflict", conflict_id=one.pk)
    may = {key: _refusal(one, record, membership) for key, record in records.items()}
    allowed = [key for key, refused in may.items() if refused is None]
    rule = Said(RULES[one.rule], {"reason": one.reason}, SOURCE)
    return render(
        request,
        "deliveries/conflict.html",
        {
            "head": {
                "title": _("Two sources do not say the same"),
                "number": one.first.current.number,
                "facts": [_("since {day}").format(day=one.found_by.as_of.isoformat())],
                "pills": [_pill(one)],
            },
            "crumbs": [
                *_crumbs(), {"label": _("Conflicts"), "href": reverse("workspace:conflicts")},
                {"label": one.first.current.number},
            ],
            "next": _next(one, membership, allowed),
            "rule": rule,
            "table": _table(one),
            "answers": answers,
            "questions": [
                answers.ask("holds", "choice", _("Which record is right"), options=[
                    {"id": key, "label": words(_source(records[key])),
                     "note": words(ORIGINS[records[key].origin])} for key in allowed]),
                answers.ask("reason", "long_text", _("Why"), help=_("Both bodies and the public read it.")),
            ] if allowed else [],
            "refused": next((refused for refused in may.values() if refused is not None), None),
        },
    )  # fmt: skip


def _pill(one: Conflict) -> dict[str, str]:
    tone, text = {
        "open": ("warn", words({"en": "open", "zh": "待处理"})),
        "settled": ("ok", _("settled")),
        "agree": ("mute", _("they agree by now")),
    }[_state(one)]  # fmt: skip
    return {"tone": tone, "text": text}


def _refusal(one: Conflict, record: Attestation, membership: Membership) -> Refused | None:
    try:
        check_may_settle(one, record, membership, clock.now())
    except Refused as refused:
        return refused
    return None


def _next(one: Conflict, membership: Membership, allowed: list[str]) -> dict[str, Any] | None:
    if _state(one) != "open":
        return None
    step = marked("Say which record is right, or have the other source corrected")
    if allowed:
        return {"step": _(step), "who": words(membership.person.names), "tone": "warn", "source": SOURCE}
    return {"step": _(step), "who": _("the other body, or who runs this register"), "tone": "wait", "source": SOURCE}


def _table(one: Conflict) -> dict[str, Any]:
    sides = (one.first, one.second)
    rows: list[list[Any]] = [
        [words(said.ORIGIN), *(ORIGINS[side.origin] for side in sides)],
        [_("Issuer"), *(side.issuer.names for side in sides)],
        [_("Record"), *({"text": side.current.number, "href": reverse("portal:certificate", args=[side.public_id])}
                        for side in sides)],
    ]  # fmt: skip
    for name, values in one.differs.items():
        if name != "issuer":
            shown = [status_word(value) if name == "status" else value or "–" for value in values]
            rows.append([said.field(name), *shown])
    rows.append([_("Its word holds"), *(_("yes") if side.pk == one.holds_id else _("no") for side in sides)])
    return {
        "columns": [{"label": ""}, *({"label": _source(side)} for side in sides)],
        "rows": [{"cells": cells} for cells in rows],
    }
