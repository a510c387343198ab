"""For who licensed or accredited a body, and for the body itself: what is overdue; the right to look in."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.kernel import clock
from testamur.kernel.refusal import refusal_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register.policies_holders import check_may_link_holders
from testamur.schemes import queries as schemes
from testamur.selection import queries as selection
from testamur.selection.policies import STAGE_WORDS
from testamur.surveillance import queries as surveillance
from testamur.wording.templatetags.say import words
from testamur.workspace import case_pages, offers
from testamur.workspace.answers import Answers
from testamur.workspace.said import said


@require_safe
@acting.requires()
def oversight(request: HttpRequest) -> HttpResponse:
    """Overdue duties by issuer, and the cases of the bodies one's organisation gave an authority to."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = case_pages.today_cn()
    mine = set(surveillance.visible_to(membership).values_list("pk", flat=True))
    groups: dict[int, dict[str, Any]] = {}
    for duty in surveillance.overdue(today=today):
        if duty.due.pk not in mine:
            continue
        issuer = duty.due.attestation.issuer
        group = groups.setdefault(issuer.pk, {"issuer": issuer, "duties": []})
        party = duty.due.attestation.holder or duty.due.attestation.person
        number = duty.due.attestation.current.number if hasattr(duty.due.attestation, "current") else ""
        group["duties"].append(
            {
                "state": "bad",
                "text": said(duty.sentence, duty.facts),
                "facts": f"{number} · {words(party.names) if party else ''}",
                "source": duty.source,
                "href": reverse("workspace:certificate", args=[duty.due.attestation.public_id]),
            }
        )
    open_now = set(selection.opened_as_overseer(membership))
    cases = [
        {"case": case, "stage": STAGE_WORDS[case.stage], "open": case.public_id in open_now}
        for case in selection.overseen(membership).order_by("-opened_on")[:200]
    ]
    reason = Answers(request, act="look").ask(
        "reason", "text", _("Why you look into it"), help=_("The body and its client can read it.")
    )
    return render(
        request,
        "workspace/oversight.html",
        {
            "head": {
                "title": _("Oversight"),
                "facts": [_("What bodies had to do and have not done. The platform itself suspends nobody.")],
            },
            "crumbs": [{"label": _("Oversight")}],
            "groups": sorted(groups.values(), key=lambda one: -len(one["duties"])),
            "cases": cases,
            "reason": reason,
            "today": today,
            "links_holders": refusal_of(check_may_link_holders, membership, clock.now()) is None,
        },
    )


@require_safe
@acting.requires()
def library(request: HttpRequest) -> HttpResponse:
    """The published schemes, as the workspace lists them: in force, who may issue, and the way to apply."""
    today = case_pages.today_cn()
    rows = []
    open_ = {one.pk for one in schemes.open_to_applications(today)}
    titles = {scheme.scheme_id: scheme.title for scheme in schemes.published()}
    for scheme in schemes.published():
        head = scheme.definition.scheme
        if head.base:
            continue
        rows.append(
            {
                "scheme": scheme,
                "proves": head.proves,
                "open": scheme.pk in open_,
                "integrates": [titles.get(one.partition("@")[0], one) for one in head.integrates],
                "issuers": len(offers.issuers(scheme.definition, today)) if scheme.pk in open_ else None,
            }
        )
    return render(
        request,
        "workspace/schemes.html",
        {
            "head": {
                "title": _("Schemes"),
                "facts": [_("A published version never changes; a change is a new version.")],
            },
            "crumbs": [{"label": _("Schemes")}],
            "rows": rows,
            "today": today,
        },
    )
