"""What a member gets to read, whatever their functions: the version in force, and the word that they read it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from testamur.files.responses import download
from testamur.improvement.actions.versions import acknowledge
from testamur.improvement.models import Acknowledgement, ControlledDocument, Training
from testamur.improvement.queries import documents as queries
from testamur.kernel import clock
from testamur.kernel.days import day_of
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.improvement.system import frame
from testamur.workspace.workshop.improvement.system.words import READING


@require_safe
@acting.requires()
def readings(request: HttpRequest) -> HttpResponse:
    """List what a member gets to read, whatever their functions: the versions in force, and which they have read."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    read = dict(Acknowledgement.objects.filter(by=membership).values_list("version", "recorded_at"))
    rows = [
        (version, read.get(version.pk))
        for one in queries.given_to(membership)
        if (version := queries.in_force(one, today)) is not None
    ]
    return frame.listing(
        request,
        title=_("Documents for you"),
        lead=_("The versions in force that you work by. Older ones are not valid any more."),
        rows=rows,
        columns=[
            frame.Column("number", _("Number"), lambda row: row[0].document.number),
            frame.Column("title", _("Title"), lambda row: row[0].document.title),
            frame.Column("version", _("Version in force"), lambda row: row[0].number, numeric=True),
            frame.Column("since", _("Since"), lambda row: row[0].in_force_on),
            frame.Column("read", _("Read on"), lambda row: day_of(row[1], membership.organisation.country)
                         if row[1] else None),
        ],
        href=lambda row: reverse("workspace:workshop-document-reading", args=[row[0].document.public_id]),
        name="documents-to-read",
        icon="books",
        states=READING,
        state_of=lambda row: "read" if row[1] else "unread",
        actions=[],
        empty=(_("No document for you"), _("What is distributed to you, or to a function you hold, stands here.")),
        way=[{"label": _("Your turn"), "href": reverse("workspace:inbox")}, {"label": _("Documents for you")}],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@acting.requires()
def reading(request: HttpRequest, document_id: str) -> HttpResponse:
    """Show the version in force to those who get it, and take their word that they read it."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    found = get_object_or_404(queries.given_to(membership), public_id=document_id)
    current = queries.in_force(found, today)
    if current is None:
        raise Http404
    answers = Answers(request, "read")
    if answers.attempt(lambda: acknowledge(version=current, by=membership, at=clock.now())):
        messages.success(request, _("It is recorded that you read it."))
        return redirect("workspace:workshop-document-reading", found.public_id)
    read = Acknowledgement.objects.filter(version=current, by=membership).first()
    href = reverse("workspace:workshop-document-file", args=[found.public_id, current.number])
    return frame.sheet(
        request,
        head={"title": found.title, "number": found.number,
              "facts": [_("Version {number}").format(number=current.number)]},
        way=[
            {"label": _("Your turn"), "href": reverse("workspace:inbox")},
            {"label": _("Documents for you"), "href": reverse("workspace:workshop-readings")},
            {"label": found.number},
        ],
        next_step={"step": _("Nothing: you have read this version."), "tone": "wait"}
        if read
        else {"step": _("Read this version, and say so"), "who": _("you"), "tone": "warn"},
        main=[
            {
                "title": _("In force"),
                "facts": [
                    {"label": _("From"), "value": current.in_force_on},
                    {"label": _("What changed"), "value": current.changed},
                    {"label": _("Approved by"), "value": current.approved_by.person.names},
                ],
                "links": [{"label": _("Open the file"), "href": href, "icon": "download"}],
            },
            {"title": _("Read"), "facts": [{"label": _("Read on"), "value": read.recorded_at}]}
            if read
            else frame.form(answers, _("Read"), [], _("I have read and understood it"), main=True),
            _trained(membership, found),
        ],
    )  # fmt: skip


def _trained(membership: Membership, found: ControlledDocument) -> dict[str, Any] | None:
    """Return the reader's own training record of a document."""
    rows = [
        {"cells": [one.trained_on, one.version.number, one.trainer, one.checked]}
        for one in Training.objects.filter(trained=membership, version__document=found).select_related("version")
    ]
    labels = [_("Day"), _("Version"), _("By whom"), _("How it was checked")]
    if not rows:
        return None
    return {"title": _("Your training"), "table": {"columns": [{"label": label} for label in labels], "rows": rows}}


@require_safe
@acting.requires()
def document_file(request: HttpRequest, document_id: str, number: int) -> HttpResponse:
    """Hand a version's file over: any to those who do quality work, approved ones to those who get the document."""
    membership, today = frame.member_of(request), case_pages.today_cn()
    whole = queries.visible_to(membership).filter(public_id=document_id).first()
    found = whole or get_object_or_404(queries.given_to(membership), public_id=document_id)
    version = get_object_or_404(found.versions.select_related("file"), number=number)
    if whole is None and version.approved_at is None:
        raise Http404
    state = queries.state(version, found, today)
    # A copy on a desk has to say by its name that it is no longer to be used.
    mark = "" if state == "in_force" else f"{state.upper()}-"
    return download(version.file, f"{mark}{found.number}-v{version.number}-{version.name}")
