"""One delivery: what it would change, the act that takes it in, how far that is, and the receipt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from testamur.kernel import clock
from testamur.kernel.refusal import Refused
from testamur.kernel.refusal import _ as marked
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register.actions import begin, commit, give_up
from testamur.register.actions.deliveries import OVERRIDABLE, refusal_of
from testamur.register.models import Conflict, Delivery
from testamur.register.queries_reporting import check_of, told, visible_to
from testamur.register.reporting.codes import CODES
from testamur.wording.templatetags.say import number, words
from testamur.workspace.answers import Answers
from testamur.workspace.deliveries import said
from testamur.workspace.deliveries.listing import people
from testamur.workspace.said import said as sentence

State = Delivery.State
#: Rows that are taken in while somebody waits for the page; longer ones are left to the worker.
AT_ONCE = 20_000
#: Lines of one kind of remark that its row names.
LINES = 3


def of(membership: Membership, delivery_id: str) -> Delivery:
    """Return a delivery that somebody may look into; to everybody else there is none."""
    rows = visible_to(membership).select_related("source__organisation", "mapping", "file", "entry")
    found = rows.filter(public_id=delivery_id.upper()).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "POST"])
@acting.requires(Function.RECORDS)
def delivery(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Show what a delivery would change, and take it in or give it up."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    one = of(membership, delivery_id)
    taking, giving = Answers(request, "commit"), Answers(request, "give_up")
    if taking.sent and _taken(request, taking, one, membership):
        return redirect("workspace:delivery", delivery_id=one.public_id)
    if giving.sent:
        try:
            give_up(delivery=one, by=membership, at=clock.now())
            messages.success(request, _("The delivery was given up; nothing of it came in."))
            return redirect("workspace:deliveries")
        except Refused as refused:
            giving.refuse(refused)
    one.refresh_from_db()
    overridable = one.state == State.REFUSED and one.refusal.get("rule") in OVERRIDABLE
    refusal = refusal_of(one) if one.state == State.REFUSED else None
    return render(
        request,
        "deliveries/delivery.html",
        {
            "head": _head(one),
            "crumbs": [{"label": _("Reporting in"), "href": reverse("workspace:deliveries")}, {"label": one.public_id}],
            "delivery": one,
            "next": _next(one, membership, overridable),
            "figures": _figures(one) if one.counts else [],
            "refusal": refusal,
            "overridable": overridable,
            "override": [
                taking.ask("override", "long_text", _("Why the list is right all the same") if overridable
                           else _("Why they are gone all the same"),
                           help=_("Kept with the delivery and in its log entry; 1 to 300 characters."))
            ],
            "held": said.count(one, "held") if one.state == State.JUDGED else 0,
            "check": check_of(one),
            "taking": taking,
            "giving": giving,
            "rejected": _reasons(one, rejects=True),
            "remarked": _reasons(one, rejects=False),
            "progress": _progress(one) if one.state == State.COMMITTING else None,
            "may_give_up": one.state in (State.RECEIVED, State.JUDGED, State.REFUSED),
            "may_describe": one.state in (State.JUDGED, State.REFUSED) and one.file_id is not None,
            "receipt": _receipt(one, membership) if one.state == State.COMMITTED else None,
        },
    )  # fmt: skip


def _taken(request: HttpRequest, answers: Answers, one: Delivery, membership: Membership) -> bool:
    override = answers.text("override", most=300)
    if one.state == State.REFUSED and not override:
        answers.refuse(
            Refused(marked("Say in a sentence why the list is right; it is kept in the log."), field="override")
        )
    if answers.errors:
        return False
    try:
        if one.rows > AT_ONCE and one.state != State.COMMITTING:
            begin(delivery=one, by=membership, at=clock.now(), override=override)
        else:
            commit(delivery=one, by=membership, at=clock.now(), override=override)
            messages.success(request, _("Taken in. The receipt is below."))
    except Refused as refused:
        answers.refuse(refused)
        return False
    return True


@never_cache
@require_safe
@acting.requires(Function.RECORDS)
def progress(request: HttpRequest, delivery_id: str) -> HttpResponse:
    """Answer how far a delivery is taken in; where it is done, the page is loaded again."""
    one = of(request.membership, delivery_id)  # type: ignore[attr-defined]
    if one.state != State.COMMITTING:
        answer = HttpResponse(status=200)
        answer["HX-Redirect"] = reverse("workspace:delivery", args=[one.public_id])
        return answer
    return render(request, "deliveries/_progress.html", {"delivery": one, "progress": _progress(one)})


def _progress(one: Delivery) -> dict[str, Any]:
    """Return how far the writing is; rate and rest are counted from when it was ordered."""
    total = said.records(one)
    passed = (clock.now() - one.committed_at).total_seconds() if one.committed_at else 0.0
    rate = one.written / passed if passed > 1 and one.written else 0.0
    left = round((total - one.written) / rate) if rate else None
    return {
        "written": one.written,
        "of": max(total, 1),
        "share": min(100, round(100 * one.written / max(total, 1))),
        "rate": round(rate),
        "left": str(timedelta(seconds=max(left, 0))) if left is not None else "",
        "href": reverse("workspace:delivery-progress", args=[one.public_id]),
    }


# ------------------------------------------------------------ what stands on the page


def _head(one: Delivery) -> dict[str, Any]:
    facts = [
        words(one.source.names), _("as of {day}").format(day=one.as_of.isoformat()),
        _lists(one),
        ngettext("{n} row", "{n} rows", one.rows).format(n=number(one.rows)),
    ]  # fmt: skip
    return {
        "title": one.name or _("A call of the API"),
        "number": one.public_id,
        "facts": facts,
        "pills": [said.pill(one)],
    }


def _lists(one: Delivery) -> str:
    """Say what a delivery lists."""
    if one.feed and one.begins_on is not None:
        return _("what happened since {day}, row by row").format(day=one.begins_on.isoformat())
    if one.feed:
        return _("what happened, row by row")
    return _("everything there is") if one.whole else _("what is new or has changed")


def _next(one: Delivery, membership: Membership, overridable: bool) -> dict[str, Any] | None:
    who = words(membership.person.names)
    rejected, count = said.count(one, "rejected"), said.records(one)
    rows = reverse("workspace:delivery-rows", args=[one.public_id, "rejected"])
    take = {"label": ngettext("Take in {n} record", "Take in {n} records", count).format(n=number(count)),
            "form": "commit", "main": True, "icon": "file-import"}  # fmt: skip
    if one.state == State.JUDGED and rejected:
        step = sentence(
            marked("Correct the {rejected} rejected rows and send the file again, or take in the {count} good ones"),
            {"rejected": rejected, "count": count},
        )
        return {"step": step, "who": who, "tone": "warn", "actions": [
            {"label": _("Rejected rows (XLSX)"), "href": f"{rows}?format=xlsx", "icon": "download"}, take]}  # fmt: skip
    if one.state == State.JUDGED:
        step = sentence(marked("Look at what would change, then take in {count} records"), {"count": count})
        return {"step": step, "who": who, "actions": [take]}
    if overridable:
        return {"step": _("Send the whole list again, or say why this one is right"), "who": who, "tone": "bad"}
    if one.state == State.REFUSED:
        upload = {
            "label": _("Upload a file"),
            "href": reverse("workspace:delivery-new"),
            "main": True,
            "icon": "upload",
        }
        return {"step": _("Mend what is said below, and send the file again"), "who": who, "tone": "bad",
                "actions": [upload]}  # fmt: skip
    if one.state == State.COMMITTING:
        return {"step": _("Wait until everything is written"), "who": _("the register's worker"), "tone": "wait"}
    return None


def _figures(one: Delivery) -> list[dict[str, Any]]:
    found = []
    for name, label in said.COUNTED.items():
        count = said.count(one, name)
        if not count and name not in ("new", "changed", "unchanged", "rejected"):
            continue
        figure: dict[str, Any] = {"label": _(label), "value": count}
        if name in said.MEANT:
            figure["note"] = _(said.MEANT[name])
        elif count and one.state != State.GIVEN_UP and not (name == "held" and one.state == State.COMMITTED):
            listed = "gone" if name == "held" else name
            figure |= {"note": _("look"), "href": reverse("workspace:delivery-rows", args=[one.public_id, listed])}
        found.append(figure)
    return found


def _reasons(one: Delivery, *, rejects: bool) -> list[dict[str, Any]]:
    """Return the remarks of a delivery by their code: how many, where the first are, reason and remedy."""
    counts = one.counts.get("codes") or {}
    found = []
    listed = reverse("workspace:delivery-rows", args=[one.public_id, "rejected" if rejects else "remarked"])
    for code, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        if code not in CODES:
            continue
        first = list(one.remarks.filter(code=code, rejects=rejects).order_by("row", "id")[:LINES])
        if not first:
            continue
        shown = told(first[0])
        lines = ", ".join(number(remark.line) for remark in first if remark.line)
        more = f" +{number(count - len(first))}" if count > len(first) else ""
        place = lines + more if lines else _("the file")
        cells = [place, shown["field"], shown["reason"], shown["remedy"], count]
        found.append({"href": f"{listed}?code={code}", "cells": cells})
    columns = [{"label": _("Line")}, {"label": _("Field")}, {"label": _("Reason")}, {"label": _("Remedy")},
               {"label": _("Rows"), "numeric": True}]  # fmt: skip
    return [{"columns": columns, "rows": found}] if found else []


def _receipt(one: Delivery, membership: Membership) -> dict[str, Any]:
    senders = people(visible_to(membership).filter(pk=one.pk))
    facts: list[dict[str, Any]] = [
        {"label": _("Taken in"), "value": one.committed_at},
        {"label": _("Sent by"), "value": senders.get(one.by_membership or 0, {"en": "a program", "zh": "程序"})},
        {"label": _("File"), "value": {"hash": one.file.sha256}} if one.file else {},
        {"label": _("Rows read (SHA-256)"), "value": {"hash": one.digest}},
        {"label": _("Mapping"), "value": _("version {n}").format(n=one.mapping.version)},
    ]
    if one.override:
        facts.append({"label": _("Taken in as it is, because"), "value": one.override})
    if one.entry is not None:
        where: Any = _("waits for its number")
        if one.entry.index is not None:
            where = {"text": f"#{one.entry.index:,}", "href": f"{reverse('portal:log')}?entry={one.entry.index}"}
        facts.append({"label": _("Log entry"), "value": where})
    conflicts = Conflict.objects.filter(found_by=one, ended_by=None).count()
    return {"facts": [fact for fact in facts if fact], "conflicts": conflicts}
