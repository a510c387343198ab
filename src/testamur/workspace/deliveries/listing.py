"""The list: the sources somebody delivers for with what each owes, and everything that was delivered."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register import queries_reporting as reporting
from testamur.register.answering.assurance import ORIGINS
from testamur.register.models import Current, Delivery, Source
from testamur.register.queries_conflicts import to_settle
from testamur.wording.templatetags.say import words
from testamur.workspace import case_pages
from testamur.workspace.deliveries import said
from testamur.workspace.listing import Column, listing

#: Deliveries that the list goes back to; older ones are found by their source's export.
MOST = 2_000


@require_safe
@acting.requires(Function.RECORDS)
def deliveries(request: HttpRequest) -> HttpResponse:
    """Show sources and deliveries; also as a file."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    rows = reporting.visible_to(membership).select_related("source", "mapping", "entry")
    text, state = request.GET.get("q", "").strip()[:100], request.GET.get("state", "")
    counts = {one: rows.filter(state=one).count() for one in said.STATES}
    shown = rows.filter(state=state) if state in counts else rows
    if text:
        shown = shown.filter(name__icontains=text)
    senders = people(rows)
    listed = listing(
        request, list(shown.order_by("-id")[:MOST]), _columns(senders), name="deliveries", caption=_("Deliveries"),
        href=lambda one: reverse("workspace:delivery", args=[one.public_id]),
    )  # fmt: skip
    if isinstance(listed, HttpResponse):
        return listed
    total = sum(counts.values())
    chips: list[dict[str, Any]] = [{"label": _("All"), "href": "?", "count": total, "current": state not in counts}]
    chips += [
        {"label": _(said.STATES[one][1]), "href": f"?state={one}", "count": number, "current": state == one}
        for one, number in counts.items() if number
    ]  # fmt: skip
    sources = list(reporting.sources_of(membership))
    return render(
        request,
        "deliveries/list.html",
        {
            "head": {
                "title": _("Reporting in"),
                "facts": [_("Certificates that were issued elsewhere come in here: uploaded, looked at, taken in.")],
                "actions": [{"label": _("Upload a file"), "href": reverse("workspace:delivery-new"), "icon": "upload"}],
            },
            "crumbs": [{"label": _("Reporting in")}],
            "sources": [_source(one, today) for one in sources],
            "filters": chips if total else [],
            "text": text,
            "state": state if state in counts else "",
            "any": total,
            "conflicts": to_settle(membership).count(),
            **listed,
        },
    )


def people(rows: Any) -> dict[int, dict[str, str]]:
    """Return membership → names of who sent deliveries."""
    ids = set(rows.exclude(by_membership=None).values_list("by_membership", flat=True))
    found = Membership.objects.filter(pk__in=ids).select_related("person")
    return {one.pk: dict(one.person.names) for one in found}


def _columns(senders: dict[int, dict[str, str]]) -> list[Column[Delivery]]:
    def counted(key: str) -> Column[Delivery]:
        return Column(key, _(said.COUNTED[key]), lambda one: said.count(one, key), numeric=True)

    return [
        Column("file", _("File"), lambda one: one.name or _("a call of the API")),
        Column("source", words(said.SOURCE), lambda one: words(one.source.names)),
        Column("as_of", _("As of"), lambda one: one.as_of),
        Column("state", _("State"), lambda one: _(said.STATES[one.state][1])),
        Column("rows", _("Rows"), lambda one: one.rows, numeric=True),
        counted("new"), counted("changed"), counted("rejected"),
        Column("by", _("Who"), lambda one: words(senders.get(one.by_membership or 0, {"en": "program", "zh": "程序"}))),
        Column("at", _("When"), lambda one: one.recorded_at.date(), lambda one: one.recorded_at),
    ]  # fmt: skip


def _source(source: Source, today: date) -> dict[str, Any]:
    duty = next(iter(reporting.duties(today, Source.objects.filter(pk=source.pk))), None)
    facts: list[dict[str, Any]] = [
        {"label": words(said.ORIGIN), "value": ORIGINS[source.origin]},
        {"label": _("Certificates listed"),
         "value": Current.objects.filter(attestation__source=source, gone_on=None).count()},
        {"label": _("Mapping"), "value": _("version {n}").format(n=source.mappings.count())},
    ]  # fmt: skip
    if duty is not None:
        facts.append({"label": _("Last reported for"), "value": duty.last or _("never")})
        facts.append({"label": _("Report again by"), "value": duty.due})
    late = duty is not None and duty.left < 0
    return {
        "names": source.names,
        "facts": facts,
        "pill": {"tone": "bad", "text": _("late by {n} days").format(n=duty.days)} if late and duty else None,
        "href": f"{reverse('workspace:delivery-new')}?source={source.public_id}",
    }
