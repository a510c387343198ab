"""Who takes part in a round, as its provider sees it: codes, groups, invitations."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from testamur.files import tables
from testamur.kernel import clock
from testamur.parties import acting
from testamur.proficiency import queries
from testamur.proficiency.actions import participants as actions
from testamur.proficiency.models import Round
from testamur.wording.templatetags.say import words
from testamur.workspace.answers import Answers
from testamur.workspace.workshop.proficiency.frame import crumb, member_of, organisation_called, page, run


@require_http_methods(["GET", "POST"])
@acting.requires("quality")
def participants(request: HttpRequest, round_id: str) -> HttpResponse:
    """Show the provider who takes part under which code; invite; make groups. Also as a file."""
    found, membership = run(request, round_id), member_of(request)
    rows: Any = queries.participants(membership, found)
    kind = request.GET.get("format", "")
    if kind in tables.WRITERS:
        columns = ["code", "laboratory", "group", "enrolled", "results", "withdrawn"]
        cells = [
            [
                one.code,
                words(one.organisation.names),
                one.group.name,
                one.effective_at,
                one.sent,
                one.withdrawn_at,
            ]
            for one in rows
        ]
        return tables.as_file(kind, columns, cells, name=f"participants-{found.public_id}")
    groups = {one.public_id: one for one in found.groups.all()}
    inviting = Answers(request, "invite", initial={"group": next(iter(groups))})
    grouping = Answers(request, "group")
    at = clock.now()
    done = inviting.attempt(
        lambda: actions.invite(
            found=found,
            laboratory=organisation_called(inviting.text("laboratory"), "laboratory"),
            group=inviting.chosen("group", groups) or found.groups.earliest("id"),
            by=membership,
            at=at,
        )
    ) or grouping.attempt(
        lambda: actions.make_group(
            found=found, name=grouping.text("name"), blind=grouping.yes("blind"), by=membership, at=at
        )
    )
    if done:
        messages.success(request, _("It is kept."))
        return redirect("workspace:workshop-round-participants", found.public_id)
    columns = [_("Code"), _("Laboratory"), _("Group"), _("Rules read"), _("Times sent"), _("State")]
    newest = found.rules_versions.count()
    table = {
        "caption": _("Participants"),
        "columns": [{"label": label} for label in columns],
        "rows": [
            {
                "cells": [
                    {"code": one.code},
                    one.organisation.names,
                    one.group.name,
                    _("version {number} of {newest}").format(number=one.seen.number, newest=newest),
                    one.sent,
                    _("has left") if one.withdrawn_at else _("takes part"),
                ]
            }
            for one in rows
        ],
    }
    secret = _("Only you and the laboratory itself know whose a code is.")
    blocks = [
        {
            "title": _("Participants"),
            "text": [secret] if table["rows"] else [secret, _("Nobody is enrolled yet.")],
            "table": table,
            "exports": "",
        }
    ]
    invited = [
        {"cells": [one.organisation.names, one.group.name, {"instant": one.effective_at}]}
        for one in found.invitations.select_related("organisation", "group")
    ]
    heads = [{"label": label} for label in (_("Laboratory"), _("Group"), _("Invited"))]
    block: dict[str, Any] = {
        "title": _("Invitations"),
        "table": {"caption": _("Invitations"), "columns": heads, "rows": invited},
    }
    if found.state in ("draft", "open"):
        block["form"] = {
            "answers": inviting,
            "button": _("Invite"),
            "questions": [
                inviting.ask("laboratory", "text", _("Laboratory"), help=_("Whole name, code or number.")),
                inviting.ask(
                    "group",
                    "choice",
                    _("Group"),
                    options=[{"id": key, "label": one.name} for key, one in groups.items()],
                ),
            ],
        }
        blocks.append(block)
        if found.grouping != Round.Grouping.ONE:
            blind = _("No accreditor sees its results, also not by a laboratory's release.")
            blocks.append(
                {
                    "title": _("Groups"),
                    "text": [_("Members of a group learn nothing of another: no name, no code, no count.")],
                    "form": {
                        "answers": grouping,
                        "button": _("Make the group"),
                        "questions": [
                            grouping.ask("name", "text", _("Your word for the group")),
                            grouping.ask("blind", "yes_no", _("Blind to accreditors too?"), help=blind, required=False),
                        ],
                    },
                }
            )
    elif invited:
        blocks.append(block)
    return page(request, _("Participants"), blocks, crumbs=[crumb(found), {"label": _("Participants")}])
