"""The processes of the organisation: names, and who answers for each."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.improvement.actions import processes as actions
from testamur.improvement.models import Process
from testamur.improvement.queries import processes as queries
from testamur.kernel import clock
from testamur.kernel.words import Function
from testamur.parties import acting
from testamur.parties.models import Membership
from testamur.workspace import case_pages
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.improvement.system import frame


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def processes(request: HttpRequest) -> HttpResponse:
    """List the processes and name a new one."""
    membership = frame.member_of(request)
    answers = Answers(request, initial={"owner": membership.public_id})
    if answers.attempt(lambda: _keep(answers, membership, None)):
        messages.success(request, _("The process is recorded."))
        return redirect("workspace:workshop-processes")
    rows = [
        {
            "href": reverse("workspace:workshop-process", args=[one.public_id]),
            "cells": [one.name, one.owner.person.names, _("ended") if one.ended_at else ""],
        }
        for one in queries.visible_to(membership)
    ]
    return frame.sheet(
        request,
        head={"title": _("Processes"), "facts": [_("Nobody audits a process that they answer for.")]},
        way=frame.crumbs((_("Processes"), "")),
        main=[
            {
                "title": _("Processes"),
                "source": "iso-9001@2015#4.4",
                "table": {
                    "columns": [{"label": label} for label in (_("Process"), _("Owner"), _("State"))],
                    "rows": rows,
                    "empty": _("None yet. Name the first one: purchasing, turning, a night shift."),
                },
            }
        ],
        aside=[_form(answers, membership, None, _("New process"), _("Record the process"))],
    )


@require_http_methods(["GET", "POST"])
@acting.requires(Function.QUALITY)
def process(request: HttpRequest, process_id: str) -> HttpResponse:
    """Give a process to somebody else, name it anew, or end it."""
    membership = frame.member_of(request)
    found = get_object_or_404(queries.visible_to(membership), public_id=process_id)
    answers = Answers(request, "keep", {"name": found.name, "owner": found.owner.public_id})
    ended = Answers(request, "end")
    if answers.attempt(lambda: _keep(answers, membership, found)):
        messages.success(request, _("The process is recorded."))
        return redirect("workspace:workshop-processes")
    if ended.attempt(lambda: actions.end_process(process=found, by=membership, at=clock.now())):
        messages.success(request, _("The process ended."))
        return redirect("workspace:workshop-processes")
    return frame.sheet(
        request,
        head={"title": found.name, "facts": [found.owner.person.names]},
        way=frame.crumbs((_("Processes"), reverse("workspace:workshop-processes")), (found.name, "")),
        main=[_form(answers, membership, found, _("Name and owner"), _("Save"))],
        aside=[
            frame.form(ended, _("End"), [], _("End this process"), lead=_("What was audited of it stays."))
            if found.ended_at is None
            else {"title": _("Ended"), "facts": [{"label": _("Since"), "value": found.ended_at}]}
        ],
    )


def _form(
    answers: Answers, membership: Membership, found: Process | None, title: str, button: str
) -> dict[str, object]:
    people = frame.colleagues(membership, case_pages.today_cn(), found.owner if found else None)
    questions = [
        answers.ask("name", "text", _("Name"), max=120),
        answers.ask("owner", "choice", _("Owner"), options=frame.named(people)),
    ]
    return frame.form(answers, title, questions, button, main=found is not None)


def _keep(answers: Answers, membership: Membership, found: Process | None) -> Process | None:
    name = answers.text("name", required=True, most=120)
    people = frame.colleagues(membership, case_pages.today_cn(), found.owner if found else None)
    owner = answers.chosen("owner", people)
    if owner is None:
        return None
    return actions.keep_process(name=name, owner=owner, by=membership, at=clock.now(), process=found)
