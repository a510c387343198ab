"""The way of a small firm: check, plan, folder, apply; where one stands and what comes next."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from testamur.diagnosis import folder, queries
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.register.models import Current
from testamur.selection import queries as selection
from testamur.workspace.workshop.diagnosis import pages


@require_safe
@acting.requires(Function.QUALITY)
def path(request: HttpRequest) -> HttpResponse:
    """Lead from the first question to the application, in plain words."""
    membership: Membership = request.membership  # type: ignore[attr-defined]
    today = pages.today_of(membership)
    checkup = queries.last_checkup(membership.organisation)
    draft = queries.visible_to(membership).filter(questionnaire="iso-9001", finished_at=None).first()
    items = queries.plan(membership)
    open_items, done = items.filter(done_on=None).count(), items.exclude(done_on=None).count()
    rows = folder.contents(membership, today)
    against = folder.standing_against(membership, today, rows)
    missing = len([one for one in rows if one.state in ("bad", "warn")])
    cases = selection.visible_to(membership).filter(client_id=membership.organisation_id)
    applied = cases.exists()
    certified = Current.objects.filter(attestation__holder=membership.organisation_id, status="valid").exists()
    checked = checkup is not None and queries.is_fresh(checkup, today)
    steps: list[dict[str, Any]] = [
        {
            "title": _("You are here: your firm has an account"),
            "text": _("Invite a colleague if two of you shall answer."),
            "done": True,
            "href": reverse("workspace:organisation-people"),
            "go": _("People"),
        },
        {
            "title": _("Check where you stand, 20 minutes"),
            "text": _("25 plain questions. Nobody else sees the answers.")
            if checkup is None
            else _("Last result: {score} of 100.").format(score=checkup.total),
            "done": checked,
            "href": reverse("workspace:workshop-assessment", args=[(draft or checkup).public_id])  # type: ignore[union-attr]
            if (draft or checked)
            else reverse("workspace:workshop-assessment-start"),
            "go": _("Go on") if draft else _("Look at it") if checked else _("Begin"),
        },
        {
            "title": _("Decide what to do first"),
            "text": _("{open} open, {done} done.").format(open=open_items, done=done),
            "done": bool(done) and not open_items,
            "href": reverse("workspace:workshop-assessment", args=[checkup.public_id])
            if checkup and not (open_items or done)
            else reverse("workspace:workshop-plan"),
            "go": _("Improvement plan"),
        },
        {
            "title": _("Collect what an auditor asks for"),
            "text": _("Everything is there.")
            if not against
            else _("{missing} clauses lack something; {count} points stand against it.").format(
                missing=missing, count=len(against)
            ),
            "done": not against,
            "href": reverse("workspace:workshop-folder"),
            "go": _("Folder for the auditor"),
        },
        {
            "title": _("Apply for a certificate"),
            "text": _("You applied; the case says what comes next.")
            if applied
            else _("Choose a scheme and a body; you see beforehand what it proves and what it does not."),
            "done": applied,
            "href": reverse("workspace:cases") if applied else reverse("workspace:apply"),
            "go": _("Cases") if applied else _("Choose a scheme"),
        },
        {
            "title": _("Hold a certificate that anybody can check"),
            "text": _("You hold one.") if certified else _("It comes with the decision of the body, not before."),
            "done": certified,
            "href": reverse("workspace:certificates"),
            "go": _("Certificates"),
        },
    ]
    now = next((one for one in steps if not one["done"]), steps[-1])
    begins = now is steps[1] and draft is None and not checked
    for one in steps:
        one["now"] = one is now and not one["done"]
    return render(
        request,
        "workshop/diagnosis/path.html",
        {
            "head": {
                "title": _("The way to a certificate"),
                "facts": [_("Six steps. You may stop after each: every one is of use by itself.")],
            },
            "crumbs": pages.crumbs({"label": _("The way to a certificate")}),
            "next": {
                "step": now["title"],
                "who": membership.person.names,
                "actions": [pages.begin_short() if begins else {"label": now["go"], "href": now["href"], "main": True}],
            },
            "steps": steps,
        },
    )
